//! The sink without anything else: three records to one endpoint, durably.
//!
//!     cargo run -p webhook-sink --example deliver -- http://127.0.0.1:8080/hook

use std::time::Duration;

use webhook_sink::{Endpoint, Error, Network, Options, Record, Sink};

fn main() -> Result<(), Error> {
    let url = std::env::args().nth(1).unwrap_or("http://127.0.0.1:8080/hook".to_owned());
    let endpoint = Endpoint::builder("example", &url)
        .header("X-Api-Key", "a secret of ours")
        .network(Network::loopback())
        .build()?;

    let sink = Sink::open("example-queue", [endpoint], Options::default())?;
    let to = [sink.endpoint("example").expect("it has just been configured")];

    // Once this returns, the records survive a crash; start the program again to see them go on.
    sink.accept((1..=3).map(|n| Record::new(format!("{{\"n\":{n}}}"), to)).collect())?;

    sink.wait_until_empty(Duration::from_secs(60));
    eprintln!("{:#?}", sink.shutdown(Duration::from_secs(11)));
    Ok(())
}
