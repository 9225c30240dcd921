//! Durable delivery of webhooks.
//!
//! A record and an endpoint go in; the record arrives, or is kept with the reason why it did not.
//! Once [`Sink::accept`] returns, a record survives the end of the process and of the machine's power.
//! Its body is made when it is first taken up and is the same from then on, over all retries.
//!
//! ```no_run
//! use std::time::Duration;
//! use webhook_sink::{Endpoint, Options, Record, Sink};
//!
//! # fn main() -> Result<(), webhook_sink::Error> {
//! let endpoint = Endpoint::builder("orders", "https://example.com/hook")
//!     .header("X-Api-Key", "a secret of ours")
//!     .build()?;
//! let sink = Sink::open("queue", [endpoint], Options::default())?;
//! let orders = sink.endpoint("orders").expect("it has just been configured");
//!
//! sink.accept(vec![Record::new(r#"{"event_type": "Order Completed"}"#, [orders])])?;
//!
//! sink.wait_until_empty(Duration::from_secs(60));
//! let report = sink.shutdown(Duration::from_secs(11));
//! assert_eq!(report.delivered, 1);
//! # Ok(())
//! # }
//! ```
//!
//! - [`Policy`] says how an endpoint is attempted; its defaults are those of Amplitude's webhooks.
//! - [`Options::make_body`] turns records into bodies; [`Options::client`] and [`Options::clock`]
//!   can be replaced in tests.
//! - [`Control`] lists, exports and replays dead letters, pauses endpoints, and reads the status and
//!   the attempt log, within this process or from another.
//!
//! What is promised: each accepted record is delivered to each of its endpoints at least once or
//! becomes a dead letter. After a crash, what was in flight and what had not been written yet (256
//! deliveries at most) is sent again. The order of deliveries is not promised.

mod attempts;
mod clerk;
mod client;
mod clock;
mod command;
mod control;
mod dispatch;
mod endpoint;
mod error;
mod metrics;
mod outcome;
mod policy;
mod queue;
mod random;
mod record;
mod report;
mod request;
mod retry;
mod scheduler;
mod shared;
mod signature;
mod sink;
mod worker;
mod writer;

pub use attempts::{Attempt, AttemptFilter, LogSettings};
pub use client::address::{Net, Network};
pub use client::resolver::Lookup;
pub use client::{Client, UreqClient};
pub use clock::{Clock, SystemClock};
pub use command::DeadFilter;
pub use control::{Control, DeadLetter, DeadLetterContent, EndpointStatus, Status};
pub use endpoint::{ClientCertificate, Endpoint, EndpointBuilder, Roots, Tls};
pub use error::{Error, ErrorKind, Result};
pub use metrics::{Metrics, QueueMetrics};
pub use outcome::{Outcome, Response, TransportError, TransportErrorKind};
pub use policy::{Batch, Policy};
pub use record::{Body, EndpointId, MakeBody, Record, RenderFailure};
pub use report::{DeadReason, Report};
pub use request::Request;
pub use retry::{Decision, Progress};
pub use signature::{HmacHeader, Secret, Signing};
pub use sink::{Options, Sink};

use std::sync::{Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

/// Locks, also when another thread has panicked meanwhile: the state is never left half changed
/// where foreign code runs.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn read<T>(lock: &RwLock<T>) -> RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(PoisonError::into_inner)
}
