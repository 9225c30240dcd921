//! What several tests need: a client that plays a part, a clock that jumps, a folder that goes.
#![allow(dead_code, reason = "each test uses some of it")]

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use webhook_sink::{Client, Clock, Endpoint, Network, Options, Request, Response, TransportError};

/// A folder of its own for each test, removed at its end.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("webhook-sink-{name}-{}-{count}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What was sent.
#[derive(Debug, Clone)]
pub(crate) struct Sent {
    pub(crate) at: Duration,
    pub(crate) endpoint: String,
    pub(crate) id: String,
    pub(crate) attempt: u32,
    pub(crate) request: u32,
    pub(crate) body: Vec<u8>,
    pub(crate) headers: Vec<(String, String)>,
}

type Answer = dyn Fn(&Sent) -> Result<Response, TransportError> + Send + Sync;

/// A client that notes what it is asked to send, and answers as it is told.
pub(crate) struct Scripted {
    pub(crate) sent: Mutex<Vec<Sent>>,
    clock: Arc<Jumping>,
    answer: Box<Answer>,
}

impl Scripted {
    pub(crate) fn new(
        clock: &Arc<Jumping>,
        answer: impl Fn(&Sent) -> Result<Response, TransportError> + Send + Sync + 'static,
    ) -> Arc<Self> {
        let (sent, clock) = (Mutex::default(), clock.clone());
        Arc::new(Scripted { sent, clock, answer: Box::new(answer) })
    }

    pub(crate) fn sent(&self) -> Vec<Sent> {
        self.sent.lock().unwrap().clone()
    }

    /// How often each id was sent, by endpoint.
    pub(crate) fn counts(&self) -> HashMap<(String, String), u32> {
        let mut counts = HashMap::new();
        for sent in self.sent.lock().unwrap().iter() {
            *counts.entry((sent.endpoint.clone(), sent.id.clone())).or_default() += 1;
        }
        counts
    }
}

impl Client for Scripted {
    fn send(&self, request: &Request<'_>) -> Result<Response, TransportError> {
        let sent = Sent {
            at: self.clock.elapsed(),
            endpoint: request.endpoint.key().to_owned(),
            id: request.id.to_owned(),
            attempt: request.attempt,
            request: request.request,
            body: request.body.to_vec(),
            headers: request.headers.clone(),
        };
        let answer = (self.answer)(&sent);
        self.sent.lock().unwrap().push(sent);
        answer
    }
}

/// A clock that stands still while there is something to do, and jumps to what comes next when
/// there is not.
pub(crate) struct Jumping {
    elapsed_ms: AtomicU64,
    /// Added to the wall clock alone.
    pub(crate) shift_ms: std::sync::atomic::AtomicI64,
    start: Duration,
    /// Waits longer than this do not make it jump.
    pub(crate) until: AtomicU64,
}

impl Jumping {
    pub(crate) fn new() -> Arc<Self> {
        Self::starting_at(Duration::from_secs(1_700_000_000))
    }

    pub(crate) fn starting_at(start: Duration) -> Arc<Self> {
        Arc::new(Jumping {
            elapsed_ms: AtomicU64::new(0),
            shift_ms: Default::default(),
            start,
            until: AtomicU64::new(u64::MAX),
        })
    }
}

impl Clock for Jumping {
    fn now(&self) -> SystemTime {
        let shift = self.shift_ms.load(Ordering::Relaxed);
        let now = UNIX_EPOCH + self.start + self.elapsed();
        let by = Duration::from_millis(shift.unsigned_abs());
        if shift >= 0 { now + by } else { now - by }
    }

    fn elapsed(&self) -> Duration {
        Duration::from_millis(self.elapsed_ms.load(Ordering::Relaxed))
    }

    fn wait(&self, time: Duration, idle: bool) -> Duration {
        let ms = (time.as_millis() as u64).max(1);
        let until = self.elapsed_ms.load(Ordering::Relaxed) + ms;
        if !idle || until > self.until.load(Ordering::Relaxed) {
            return Duration::from_millis(1);
        }
        self.elapsed_ms.store(until, Ordering::Relaxed);
        Duration::ZERO
    }
}

/// Options for virtual time.
pub(crate) fn options(clock: &Arc<Jumping>, client: Arc<dyn Client>) -> Options {
    let mut options = Options::default();
    options.clock = clock.clone();
    options.client = client;
    options.seed = Some(7);
    options
}

pub(crate) fn endpoint(key: &str) -> Endpoint {
    Endpoint::new(key, "http://receiver.example/hook").unwrap()
}

/// An endpoint on this machine.
pub(crate) fn local(key: &str, port: u16) -> Endpoint {
    Endpoint::builder(key, &format!("http://127.0.0.1:{port}/hook"))
        .network(Network::loopback())
        .build()
        .unwrap()
}
