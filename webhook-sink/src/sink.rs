//! The sink: opening, accepting, ending.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, RwLock, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::attempts::{FLUSH_EVERY, Log, LogSettings, Scribe};
use crate::client::{Client, UreqClient};
use crate::clock::{Clock, QueueTime, SystemClock};
use crate::command::Command;
use crate::control::Control;
use crate::dispatch::State;
use crate::endpoint::Endpoint;
use crate::error::{Error, ErrorKind, Result};
use crate::metrics::{Metrics, QueueMetrics};
use crate::queue::reader::{Blocks, Reader};
use crate::queue::salvage::{self, Watch};
use crate::queue::store::Store;
use crate::queue::{open_writer, schema, storage_error};
use crate::random::Random;
use crate::record::{Body, EndpointId, MakeBody, Record};
use crate::report::Report;
use crate::shared::{Settings, Shared};
use crate::writer::{Batch, Inbox};

/// How a sink works. [`Options::default`] sends records as they are, by the real client.
#[derive(Clone)]
#[non_exhaustive]
pub struct Options {
    /// Makes the bodies. Default: the record's bytes as they are.
    pub make_body: Arc<MakeBody>,
    /// Sends requests. Default: [`UreqClient`].
    pub client: Arc<dyn Client>,
    /// Where time comes from. Default: [`SystemClock`].
    pub clock: Arc<dyn Clock>,
    /// Most requests in flight over all endpoints, and so most threads that deliver. With a receiver
    /// that takes 200 ms, 256 of them send 1,280 requests per second. Default: 256.
    pub max_in_flight: usize,
    /// Producers are refused when the queue's file holds this much. Default: 8 GiB.
    pub max_queue_bytes: u64,
    /// A single record may be this large. Default: 4 MiB.
    pub max_record_bytes: usize,
    /// How long delivered records are kept. Default: not at all.
    pub keep_delivered: Duration,
    /// How long dead letters are kept. Default: 30 days.
    pub keep_dead: Duration,
    /// The attempt log.
    pub log: LogSettings,
    /// Stack of a thread that delivers, on which the body maker runs too. Only what is used takes
    /// memory. Default: 2 MiB.
    pub worker_stack_bytes: usize,
    /// Chance is drawn from this. Default: another one in each run.
    pub seed: Option<u64>,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            make_body: Arc::new(|_, record| Ok(Body::new(record))),
            client: Arc::new(UreqClient::new()),
            clock: Arc::new(SystemClock::default()),
            max_in_flight: 256,
            max_queue_bytes: 8 << 30,
            max_record_bytes: 4 << 20,
            keep_delivered: Duration::ZERO,
            keep_dead: Duration::from_secs(30 * 86_400),
            log: LogSettings::default(),
            worker_stack_bytes: 2 << 20,
            seed: None,
        }
    }
}

/// A durable queue and those who deliver from it.
///
/// Cheap to share by reference; all methods may be called from many threads. One process owns a
/// queue at a time; others look at it and leave commands through [`Control`].
pub struct Sink {
    shared: Arc<Shared>,
    threads: Mutex<Option<Threads>>,
    /// Held as long as the sink lives; the operating system lets go of it when the process dies.
    _lock: File,
}

struct Threads {
    writer: JoinHandle<()>,
    clerk: JoinHandle<()>,
    scribe: JoinHandle<()>,
}

impl Sink {
    /// Opens the queue in the folder `dir`, which is made if need be, and begins to deliver what lies
    /// in it.
    ///
    /// What was in flight when the last process ended is sent again. Records for endpoints that are
    /// not among `endpoints` stay in the queue until these are.
    pub fn open(
        dir: impl AsRef<Path>,
        endpoints: impl IntoIterator<Item = Endpoint>,
        options: Options,
    ) -> Result<Sink> {
        let dir = dir.as_ref();
        let endpoints: Vec<Endpoint> = endpoints.into_iter().collect();
        check_keys(&endpoints)?;
        std::fs::create_dir_all(dir).map_err(|e| {
            Error::new(ErrorKind::Storage, format!("cannot make the folder {}", dir.display()))
                .with_source(e)
        })?;
        let lock = own(dir)?.ok_or_else(|| {
            let text = format!("the queue {} is in use by another process", dir.display());
            Error::new(ErrorKind::InUse, text)
        })?;
        let path = dir.join("queue.db");
        let now = crate::clock::millis(options.clock.now());
        let (connection, watch, problems) = open_queue(dir, now)?;
        let seed = options.seed.unwrap_or_else(Random::seed);
        let keeps_delivered = !options.keep_delivered.is_zero();
        let store = Store::new(connection, seed ^ 0x5bd1_e995, keeps_delivered)?;
        let shared = Arc::new(Shared {
            dir: dir.to_owned(),
            settings: Settings {
                max_in_flight: options.max_in_flight.max(1),
                max_queue_bytes: options.max_queue_bytes,
                max_record_bytes: options.max_record_bytes,
                keep_delivered: options.keep_delivered,
                keep_dead: options.keep_dead,
                worker_stack_bytes: options.worker_stack_bytes,
            },
            time: QueueTime::new(options.clock),
            client: options.client,
            make_body: RwLock::new(options.make_body),
            state: Mutex::new(State::new(options.max_in_flight, seed)),
            work: Condvar::new(),
            clerk: Condvar::new(),
            ended: Condvar::new(),
            inbox: Inbox::default(),
            blocks: Blocks::new(&path),
            log: Log::new(&options.log),
            problems: Mutex::new(problems),
            accepted: AtomicU64::new(0),
            used_bytes: AtomicU64::new(0),
            is_counted: AtomicBool::new(false),
            needs_count: AtomicBool::new(false),
        });
        let scribe = Scribe::open(&dir.join("attempts.db"), options.log)?;
        know_endpoints(&shared)?;
        let reader = Reader::open(&path)?;
        let counter = Reader::open(&path)?;
        counter.pin()?;
        let threads = start(&shared, (store, watch), scribe, reader, counter)?;
        let sink = Sink { shared, threads: Mutex::new(Some(threads)), _lock: lock };
        sink.reload(endpoints)?;
        Ok(sink)
    }

    /// Replaces the endpoints while deliveries go on. Requests under way end as they began;
    /// what waits is sent under the new configuration. Records of endpoints that are left out wait.
    pub fn reload(&self, endpoints: impl IntoIterator<Item = Endpoint>) -> Result<()> {
        let endpoints: Vec<Endpoint> = endpoints.into_iter().collect();
        check_keys(&endpoints)?;
        let unknown: Vec<String> = {
            let state = crate::lock(&self.shared.state);
            let is_new = |endpoint: &&Endpoint| state.slot_of(endpoint.key()).is_none();
            endpoints.iter().filter(is_new).map(|endpoint| endpoint.key().to_owned()).collect()
        };
        if !unknown.is_empty() {
            self.control().run(Command::AddEndpoints(unknown))?;
            know_endpoints(&self.shared)?;
        }
        self.shared.client.reloaded(&endpoints);
        let now = self.shared.time.clock().elapsed();
        crate::lock(&self.shared.state).configure(&endpoints, now);
        self.shared.wake_clerk();
        Ok(())
    }

    /// Replaces the body maker. Bodies that are made already stay.
    pub fn set_make_body(&self, make_body: Arc<MakeBody>) {
        *self.shared.make_body.write().unwrap_or_else(std::sync::PoisonError::into_inner) =
            make_body;
    }

    /// The number under which records are addressed to the endpoint of this key.
    pub fn endpoint(&self, key: &str) -> Option<EndpointId> {
        crate::lock(&self.shared.state).slot_of(key).map(|slot| EndpointId(slot.number))
    }

    /// Takes records, all or none. Once this returns, they survive a crash of the process and of the
    /// machine.
    ///
    /// Fails with [`ErrorKind::Full`] or [`ErrorKind::DiskFull`] when the same call may succeed later,
    /// with [`ErrorKind::Unavailable`] when the storage has failed.
    pub fn accept(&self, records: Vec<Record>) -> Result<()> {
        self.accept_with_marks(records, Vec::new())
    }

    /// Takes records and, in the same commit, notes: a name and a value each, read back by
    /// [`Sink::mark`]. A producer keeps its place in its source in one, and goes on from there after
    /// a crash with nothing lost or doubled.
    pub fn accept_with_marks(
        &self,
        records: Vec<Record>,
        marks: Vec<(String, Vec<u8>)>,
    ) -> Result<()> {
        let (sender, receiver) = mpsc::sync_channel(1);
        self.submit_with_marks(records, marks, move |result| drop(sender.send(result)));
        receiver.recv().unwrap_or_else(|_| Err(Error::new(ErrorKind::Closed, "the sink has ended")))
    }

    /// Takes records as [`Sink::accept`] does, without waiting: `done` is called when they are durable
    /// or refused. It runs on the thread that writes and should not take long.
    pub fn submit(&self, records: Vec<Record>, done: impl FnOnce(Result<()>) + Send + 'static) {
        self.submit_with_marks(records, Vec::new(), done);
    }

    /// [`Sink::submit`] with marks.
    pub fn submit_with_marks(
        &self,
        records: Vec<Record>,
        marks: Vec<(String, Vec<u8>)>,
        done: impl FnOnce(Result<()>) + Send + 'static,
    ) {
        match self.check(&records) {
            Ok(bytes) => {
                self.shared.inbox.put(Batch { records, marks, bytes, answer: Box::new(done) });
            }
            Err(error) => done(Err(error)),
        }
    }

    fn check(&self, records: &[Record]) -> Result<usize> {
        let most = self.shared.settings.max_record_bytes;
        let mut bytes: usize = 0;
        for record in records {
            if record.data.len() > most {
                let text = format!("a record of {} bytes; {most} are allowed", record.data.len());
                return Err(Error::new(ErrorKind::TooLarge, text));
            }
            if let Some(id) = &record.id
                && (id.is_empty() || id.len() > 64 || !id.bytes().all(|b| b.is_ascii_graphic()))
            {
                let text = "a record's id must have 1 to 64 visible ASCII characters";
                return Err(Error::new(ErrorKind::Config, text));
            }
            bytes += record.data.len() + 32;
        }
        Ok(bytes)
    }

    /// What was last noted under this name, by this process or an earlier one.
    pub fn mark(&self, name: &str) -> Result<Option<Vec<u8>>> {
        Reader::open(&self.shared.queue_path())?.mark(name)
    }

    /// Looks at the queue and gives commands: dead letters, replay, pause, status.
    pub fn control(&self) -> Control {
        Control::of(self.shared.clone())
    }

    /// How each endpoint does: since the sink was opened, and what lies in the queue right now (its
    /// oldest age is only in [`Control::status`], which reads the file).
    pub fn metrics(&self) -> Vec<(String, Metrics, QueueMetrics)> {
        let state = crate::lock(&self.shared.state);
        let mut all = Vec::with_capacity(state.slots.len());
        for (index, slot) in state.slots.iter().enumerate() {
            let queue = QueueMetrics {
                depth: u64::try_from(slot.pending).unwrap_or(0),
                oldest_age: None,
                in_flight: state.scheduler.in_flight_of(index) as u64,
                cap: state.scheduler.cap_of(index) as u64,
            };
            all.push((slot.key.to_string(), slot.total().metrics(), queue));
        }
        all
    }

    /// What has been done since the sink was opened.
    pub fn report(&self) -> Report {
        let state = crate::lock(&self.shared.state);
        let mut report = Report {
            accepted: self.shared.accepted.load(Ordering::Relaxed),
            problems: crate::lock(&self.shared.problems).clone(),
            ..Report::default()
        };
        for slot in &state.slots {
            let counters = slot.total();
            report.delivered += counters.first_attempt + counters.after_retry;
            report.retried += counters.attempts_failed;
            report.dead += counters.expired + counters.discarded;
            report.repaired += counters.repaired;
            report.pending += u64::try_from(slot.pending).unwrap_or(0);
        }
        report
    }

    /// Why nothing is accepted any more, if so.
    pub fn failure(&self) -> Option<Error> {
        crate::lock(&self.shared.state).failure.as_ref().map(Error::again)
    }

    /// Waits until the queue is empty, retries included, or the time is over; gives whether it is.
    pub fn wait_until_empty(&self, time: Duration) -> bool {
        let clock = SystemClock::default();
        let mut state = crate::lock(&self.shared.state);
        loop {
            let is_counted = self.shared.is_counted.load(Ordering::Acquire);
            let pending: i64 = state.slots.iter().map(|slot| slot.pending).sum();
            if is_counted && pending <= 0 && state.changes.is_empty() && !state.is_writing {
                return true;
            }
            if state.failure.is_some() {
                return false;
            }
            let left = time.saturating_sub(clock.elapsed());
            if left.is_zero() {
                return false;
            }
            let result = self.shared.ended.wait_timeout(state, left.min(FLUSH_EVERY));
            state = result.unwrap_or_else(std::sync::PoisonError::into_inner).0;
        }
    }

    /// Ends: takes nothing more, waits for the requests under way as long as `deadline` allows, and
    /// writes what has been settled. What is left stays in the queue.
    pub fn shutdown(self, deadline: Duration) -> Report {
        self.stop(deadline)
    }

    fn stop(&self, deadline: Duration) -> Report {
        let Some(threads) = crate::lock(&self.threads).take() else { return self.report() };
        let shared = &self.shared;
        shared.inbox.close();
        let clock = SystemClock::default();
        let mut state = crate::lock(&shared.state);
        state.is_stopping = true;
        shared.work.notify_all();
        shared.clerk.notify_all();
        while state.threads > 0 {
            let left = deadline.saturating_sub(clock.elapsed());
            if left.is_zero() {
                break;
            }
            let result = shared.ended.wait_timeout(state, left);
            state = result.unwrap_or_else(std::sync::PoisonError::into_inner).0;
        }
        let abandoned = state.scheduler.in_flight() as u64;
        drop(state);
        shared.inbox.end();
        // A thread that has panicked has nothing more to do.
        let _ = threads.writer.join();
        let _ = threads.clerk.join();
        shared.log.close();
        let _ = threads.scribe.join();
        Report { abandoned, ..self.report() }
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        self.stop(Duration::ZERO);
    }
}

/// Becomes the queue's owner; `None` if there is one.
pub(crate) fn own(dir: &Path) -> Result<Option<File>> {
    let path = dir.join("lock");
    let open = File::options().create(true).truncate(false).read(true).write(true).open(&path);
    let file = open.map_err(|e| {
        Error::new(ErrorKind::Storage, format!("cannot open {}", path.display())).with_source(e)
    })?;
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(e)) => {
            let text = format!("cannot lock {}", path.display());
            Err(Error::new(ErrorKind::Storage, text).with_source(e))
        }
    }
}

/// Opens the file to write to it. One that is damaged is mended, and what was found is said in words.
fn open_queue(dir: &Path, now: i64) -> Result<(rusqlite::Connection, Watch, Vec<String>)> {
    let path = dir.join("queue.db");
    let mut problems = Vec::new();
    let (mut watch, expected) = Watch::open(dir);
    if expected.is_some_and(|expected| expected.mended > 0) {
        problems
            .push("the queue's log was damaged; what it holds is checked when it is read".into());
    }
    let result = if salvage::is_marked(dir) {
        Err(Error::new(ErrorKind::Damaged, "it was found damaged"))
    } else {
        open_writer(&path).and_then(|connection| {
            schema::check(&connection)?;
            Ok(connection)
        })
    };
    let connection = match result {
        Ok(connection) => {
            let missing = expected.map_or(0, |expected| expected.missing(&connection));
            if missing > 0 {
                problems.push(format!(
                    "the end of the queue's log was damaged: the {missing} pages written last are lost"
                ));
            }
            connection
        }
        Err(error) if error.kind() == ErrorKind::Damaged => {
            problems.push(salvage::salvage(dir, now)?);
            open_writer(&path)?
        }
        Err(error) => return Err(error),
    };
    watch.forget();
    Ok((connection, watch, problems))
}

/// Makes places for all endpoints that the queue knows.
fn know_endpoints(shared: &Shared) -> Result<()> {
    let rows = Reader::open(&shared.queue_path())?.endpoints()?;
    let mut state = crate::lock(&shared.state);
    for (number, key, paused) in rows {
        shared.log.name(number, &key);
        state.add_slot(number, &key, paused);
    }
    Ok(())
}

fn check_keys(endpoints: &[Endpoint]) -> Result<()> {
    let mut keys: Vec<&str> = endpoints.iter().map(Endpoint::key).collect();
    keys.sort_unstable();
    for pair in keys.windows(2) {
        if let [a, b] = pair
            && a == b
        {
            return Err(Error::new(ErrorKind::Config, format!("two endpoints have the key {a:?}")));
        }
    }
    Ok(())
}

fn start(
    shared: &Arc<Shared>,
    store: (Store, Watch),
    scribe: Scribe,
    reader: Reader,
    counter: Reader,
) -> Result<Threads> {
    let spawn = |name: &str, run: Box<dyn FnOnce() + Send>| {
        std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(run)
            .map_err(|e| Error::new(ErrorKind::Storage, "cannot start a thread").with_source(e))
    };
    let for_writer = shared.clone();
    let for_clerk = shared.clone();
    let for_scribe = shared.clone();
    let for_counter = shared.clone();
    let writer =
        spawn("writer", Box::new(move || crate::writer::run(&for_writer, store.0, store.1)))?;
    let clerk = spawn("clerk", Box::new(move || crate::clerk::run(&for_clerk, &reader)))?;
    let scribe = spawn("scribe", Box::new(move || write_log(&for_scribe, scribe)))?;
    spawn("counter", Box::new(move || crate::clerk::count(&for_counter, &counter)))?;
    Ok(Threads { writer, clerk, scribe })
}

fn write_log(shared: &Shared, mut scribe: Scribe) {
    loop {
        Scribe::wait(&shared.log);
        let counts = crate::lock(&shared.state).take_counts();
        if !scribe.write(&shared.log, counts, shared.time.now()) {
            return;
        }
    }
}

impl Reader {
    /// Keeps seeing the queue as it is now.
    fn pin(&self) -> Result<()> {
        self.connection()
            .execute_batch("BEGIN; SELECT 1 FROM turn LIMIT 1")
            .map_err(|e| storage_error("cannot read the queue", e))
    }
}
