//! Looking at a queue and giving it commands, within its owner or from another process.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use rusqlite::{OptionalExtension, params, params_from_iter};

use crate::attempts::{Attempt, AttemptFilter, LogReader};
use crate::clock::{Clock, SystemClock, millis};
use crate::command::{self, Command, DeadFilter};
use crate::error::{Error, ErrorKind, Result};
use crate::metrics::{Metrics, QueueMetrics};
use crate::queue::codec::{read_made, read_record};
use crate::queue::reader::Reader;
use crate::queue::{BlockId, TurnKey, open_writer, storage_error};
use crate::report::DeadReason;
use crate::shared::Shared;

/// A delivery that ended without success.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeadLetter {
    /// Its number, by which it is shown and replayed.
    pub number: i64,
    /// The endpoint's key.
    pub endpoint: String,
    /// The id under which it was sent.
    pub id: String,
    /// Why it ended.
    pub reason: DeadReason,
    /// That in words.
    pub detail: String,
    /// Status of the last answer, if there was one.
    pub status: Option<u16>,
    /// The first bytes of the last answer.
    pub answer: Vec<u8>,
    /// Attempts made.
    pub attempts: u32,
    /// When the record was accepted, in milliseconds since 1970.
    pub accepted_millis: i64,
    /// When it was first attempted, in milliseconds since 1970.
    pub first_attempt_millis: Option<i64>,
    /// When it ended, in milliseconds since 1970.
    pub died_millis: i64,
}

/// A dead letter with what it carried.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeadLetterContent {
    /// What is known of it.
    pub letter: DeadLetter,
    /// The record as it was accepted.
    pub record: Vec<u8>,
    /// The body that was sent, if one was made.
    pub body: Option<Vec<u8>>,
}

/// How a queue is.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Status {
    /// Whether a process owns it and delivers.
    pub is_running: bool,
    /// Endpoints that the queue knows, configured or not.
    pub endpoints: Vec<EndpointStatus>,
    /// Bytes in use in the queue's file.
    pub used_bytes: u64,
    /// Parts of the file that were damaged and set aside, and records that may have been in them.
    pub damaged: u64,
    /// The same in records.
    pub damaged_records: u64,
}

/// How an endpoint is.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct EndpointStatus {
    /// Its key.
    pub key: String,
    /// Whether it was paused by a command.
    pub is_paused: bool,
    /// What waits for it. Its requests in flight are known only within the owner.
    pub queue: QueueMetrics,
    /// Deliveries that wait for another attempt.
    pub retrying: u64,
    /// Its dead letters.
    pub dead: u64,
    /// The last hour.
    pub last_hour: Metrics,
}

/// A way to look at a queue and to give it commands.
///
/// Within the owner ([`Sink::control`](crate::Sink::control)) commands go straight to it. From
/// another process ([`Control::open`]) they are left in the queue, where the owner finds them within
/// a fraction of a second; if there is no owner they are carried out at once.
pub struct Control {
    dir: PathBuf,
    owner: Option<Arc<Shared>>,
}

/// The owner must answer within this time.
const ANSWER: Duration = Duration::from_secs(30);

impl Control {
    /// Looks at the queue in the folder `dir`, which must be there.
    pub fn open(dir: impl AsRef<Path>) -> Result<Control> {
        let dir = dir.as_ref();
        if !dir.join("queue.db").is_file() {
            let text = format!("there is no queue in {}", dir.display());
            return Err(Error::new(ErrorKind::NotFound, text));
        }
        Ok(Control { dir: dir.to_owned(), owner: None })
    }

    pub(crate) fn of(owner: Arc<Shared>) -> Control {
        Control { dir: owner.dir.clone(), owner: Some(owner) }
    }

    fn reader(&self) -> Result<Reader> {
        Reader::open(&self.dir.join("queue.db"))
    }

    /// Keeps an endpoint's records until [`Control::resume`], also over restarts.
    pub fn pause(&self, key: &str) -> Result<()> {
        self.about_endpoint(key, Command::Pause(key.to_owned()))
    }

    /// Lets deliveries to an endpoint go on.
    pub fn resume(&self, key: &str) -> Result<()> {
        self.about_endpoint(key, Command::Resume(key.to_owned()))
    }

    fn about_endpoint(&self, key: &str, command: Command) -> Result<()> {
        if self.run(command)? == 0 {
            let text = format!("the queue knows no endpoint {key:?}");
            return Err(Error::new(ErrorKind::NotFound, text));
        }
        Ok(())
    }

    /// Puts dead letters back in the queue as first attempts; gives how many. Their bodies are made
    /// again, unless `same_body` asks for the bytes that were sent.
    pub fn replay(&self, filter: &DeadFilter, same_body: bool) -> Result<u64> {
        self.repeat(filter, |filter| Command::Replay { filter, same_body })
    }

    /// Removes dead letters for good; gives how many.
    pub fn purge(&self, filter: &DeadFilter) -> Result<u64> {
        self.repeat(filter, Command::Purge)
    }

    /// Repeats a command that handles some at a time. Those that die meanwhile are not meant.
    fn repeat(&self, filter: &DeadFilter, command: impl Fn(DeadFilter) -> Command) -> Result<u64> {
        let last = self.reader()?.last_dead()?;
        let mut filter = filter.clone();
        filter.max_id = Some(filter.max_id.map_or(last, |max| max.min(last)));
        let mut total = 0;
        loop {
            let count = self.run(command(filter.clone()))?;
            total += count;
            if count < command::AT_ONCE as u64 {
                return Ok(total);
            }
        }
    }

    /// Dead letters that pass, by number, `limit` of them at most. To read on, set `after_id`.
    pub fn dead_letters(&self, filter: &DeadFilter, limit: usize) -> Result<Vec<DeadLetter>> {
        self.reader()?.dead_letters(filter, limit)
    }

    /// How many dead letters pass.
    pub fn count_dead(&self, filter: &DeadFilter) -> Result<u64> {
        self.reader()?.count_dead(filter)
    }

    /// One dead letter with its record and body.
    pub fn dead_letter(&self, number: i64) -> Result<DeadLetterContent> {
        let reader = self.reader()?;
        let filter = DeadFilter { ids: vec![number], ..DeadFilter::default() };
        let not_found = || Error::new(ErrorKind::NotFound, format!("no dead letter {number}"));
        let letter = reader.dead_letters(&filter, 1)?.pop().ok_or_else(not_found)?;
        let (block, item, made) = reader.dead_places(number)?.ok_or_else(not_found)?;
        let damaged = || Error::new(ErrorKind::Damaged, "the record cannot be read");
        let block = reader.block(block)?.ok_or_else(damaged)?;
        let record = block.item(item).and_then(read_record).ok_or_else(damaged)?.1.to_vec();
        let body = match made {
            Some((made, item)) => {
                let made = reader.block(made)?.ok_or_else(damaged)?;
                Some(made.item(item).and_then(read_made).ok_or_else(damaged)?.body)
            }
            None => None,
        };
        Ok(DeadLetterContent { letter, record, body })
    }

    /// The newest attempts that pass, newest first.
    pub fn attempts(&self, filter: &AttemptFilter) -> Result<Vec<Attempt>> {
        match LogReader::open(&self.dir.join("attempts.db"))? {
            Some(reader) => reader.attempts(filter),
            None => Ok(Vec::new()),
        }
    }

    /// Metrics of each endpoint from `start_millis` to `end_millis` (milliseconds since 1970): whole
    /// minutes within the last four hours, whole hours before, 90 days back.
    pub fn metrics(&self, start_millis: i64, end_millis: i64) -> Result<BTreeMap<String, Metrics>> {
        let now = self.now();
        match LogReader::open(&self.dir.join("attempts.db"))? {
            Some(reader) => reader.metrics(start_millis, end_millis, now),
            None => Ok(BTreeMap::new()),
        }
    }

    fn now(&self) -> i64 {
        match &self.owner {
            Some(shared) => shared.time.now(),
            None => millis(SystemClock::default().now()),
        }
    }

    /// How the queue is. Reads the list of all that waits, which for a million records takes some
    /// tenths of a second.
    pub fn status(&self) -> Result<Status> {
        let reader = self.reader()?;
        let now = self.now();
        let is_running = self.owner.is_some() || crate::sink::own(&self.dir)?.is_none();
        let mut waiting = reader.waiting()?;
        let dead = reader.dead_by_endpoint()?;
        let hour = 3_600_000;
        let mut last_hour = self.metrics(now - hour, now + hour)?;
        let mut endpoints = Vec::new();
        for (number, key, is_paused) in reader.endpoints()? {
            let waiting = waiting.remove(&number).unwrap_or_default();
            let age = waiting.oldest.map(|accepted| (now - accepted).max(0).cast_unsigned());
            let mut queue = QueueMetrics {
                depth: waiting.depth,
                oldest_age: age.map(Duration::from_millis),
                ..QueueMetrics::default()
            };
            if let Some(shared) = &self.owner {
                let state = crate::lock(&shared.state);
                if let Some(index) = state.slots.iter().position(|slot| slot.number == number) {
                    queue.in_flight = state.scheduler.in_flight_of(index) as u64;
                    queue.cap = state.scheduler.cap_of(index) as u64;
                }
            }
            endpoints.push(EndpointStatus {
                last_hour: last_hour.remove(&key).unwrap_or_default(),
                key,
                is_paused,
                queue,
                retrying: waiting.retrying,
                dead: dead.get(&number).copied().unwrap_or(0),
            });
        }
        let (damaged, damaged_records) = reader.damaged()?;
        let used_bytes = reader.used_bytes()?;
        Ok(Status { is_running, endpoints, used_bytes, damaged, damaged_records })
    }

    /// Has a command carried out; gives how many it has touched.
    pub(crate) fn run(&self, command: Command) -> Result<u64> {
        if let Some(shared) = &self.owner {
            let (sender, receiver) = mpsc::sync_channel(1);
            shared.inbox.command(command, Box::new(move |result| drop(sender.send(result))));
            return receiver
                .recv()
                .unwrap_or_else(|_| Err(Error::new(ErrorKind::Closed, "the sink has ended")));
        }
        match crate::sink::own(&self.dir)? {
            Some(_lock) => self.run_alone(&command),
            None => self.leave(&command),
        }
    }

    /// Carries a command out while no one owns the queue.
    fn run_alone(&self, command: &Command) -> Result<u64> {
        let error = |e| storage_error("cannot write to the queue", e);
        let mut connection = open_writer(&self.dir.join("queue.db"))?;
        let tx = connection.transaction().map_err(error)?;
        let mut next: i64 = tx
            .query_row(
                "SELECT max((SELECT coalesce(max(id), 0) FROM block),
                            (SELECT coalesce(max(id), 0) FROM turn)) + 1",
                [],
                |row| row.get(0),
            )
            .map_err(error)?;
        let mut effects = command::Effects::default();
        let count =
            command::apply(&tx, &mut next, self.now(), command, &mut effects).map_err(error)?;
        tx.commit().map_err(error)?;
        Ok(count)
    }

    /// Leaves a command for the owner and waits for its answer.
    fn leave(&self, command: &Command) -> Result<u64> {
        let error = |e| storage_error("cannot leave a command in the queue", e);
        let connection = open_writer(&self.dir.join("queue.db"))?;
        connection
            .execute(
                "INSERT INTO command (at, request) VALUES (?1, ?2)",
                params![self.now(), command.write()],
            )
            .map_err(error)?;
        let id = connection.last_insert_rowid();
        let start = Instant::now();
        while start.elapsed() < ANSWER {
            let result: Option<Option<String>> = connection
                .query_row("SELECT result FROM command WHERE id = ?1 AND done = 1", [id], |row| {
                    row.get(0)
                })
                .optional()
                .map_err(error)?;
            if let Some(result) = result {
                let result = result.unwrap_or_default();
                return result.parse().map_err(|_| Error::new(ErrorKind::Storage, result));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        // Whether it was just about to be carried out is not known; it will not be from now on.
        let _ = connection.execute("DELETE FROM command WHERE id = ?1 AND done = 0", [id]);
        let text = "the process that owns the queue does not answer";
        Err(Error::new(ErrorKind::NoAnswer, text))
    }
}

/// What waits for one endpoint.
#[derive(Debug, Default)]
struct WaitingFor {
    depth: u64,
    retrying: u64,
    oldest: Option<i64>,
}

impl Reader {
    /// Number, key and whether it is paused, of every endpoint.
    pub(crate) fn endpoints(&self) -> Result<Vec<(u32, String, bool)>> {
        let read = || -> rusqlite::Result<Vec<(u32, String, bool)>> {
            let mut statement =
                self.connection().prepare("SELECT id, key, paused FROM endpoint ORDER BY id")?;
            let rows =
                statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
            rows.collect()
        };
        read().map_err(unreadable)
    }

    pub(crate) fn mark(&self, name: &str) -> Result<Option<Vec<u8>>> {
        self.connection()
            .query_row("SELECT value FROM mark WHERE key = ?1", [name], |row| row.get(0))
            .optional()
            .map_err(unreadable)
    }

    fn last_dead(&self) -> Result<i64> {
        self.connection()
            .query_row("SELECT coalesce(max(id), 0) FROM dead", [], |row| row.get(0))
            .map_err(unreadable)
    }

    fn dead_letters(&self, filter: &DeadFilter, limit: usize) -> Result<Vec<DeadLetter>> {
        let read = || -> rusqlite::Result<Vec<DeadLetter>> {
            let (condition, values) = filter.sql();
            let mut statement = self.connection().prepare(&format!(
                "SELECT id, (SELECT key FROM endpoint e WHERE e.id = dead.endpoint), record, reason,
                    detail, status, answer, attempts, accepted, first, died
                 FROM dead WHERE {condition} ORDER BY id LIMIT {limit}"
            ))?;
            let rows = statement.query_map(params_from_iter(values), |row| {
                Ok(DeadLetter {
                    number: row.get(0)?,
                    endpoint: row.get::<_, Option<String>>(1)?.unwrap_or_default(),
                    id: row.get(2)?,
                    reason: DeadReason::from_number(row.get(3)?),
                    detail: row.get(4)?,
                    status: row.get(5)?,
                    answer: row.get(6)?,
                    attempts: row.get(7)?,
                    accepted_millis: row.get(8)?,
                    first_attempt_millis: row.get(9)?,
                    died_millis: row.get(10)?,
                })
            })?;
            rows.collect()
        };
        read().map_err(unreadable)
    }

    fn count_dead(&self, filter: &DeadFilter) -> Result<u64> {
        let (condition, values) = filter.sql();
        self.connection()
            .query_row(
                &format!("SELECT count(*) FROM dead WHERE {condition}"),
                params_from_iter(values),
                |row| row.get::<_, i64>(0),
            )
            .map(i64::cast_unsigned)
            .map_err(unreadable)
    }

    fn dead_by_endpoint(&self) -> Result<BTreeMap<u32, u64>> {
        let read = || -> rusqlite::Result<BTreeMap<u32, u64>> {
            let mut statement = self
                .connection()
                .prepare("SELECT endpoint, count(*) FROM dead GROUP BY endpoint")?;
            let rows = statement
                .query_map([], |row| Ok((row.get(0)?, row.get::<_, i64>(1)?.cast_unsigned())))?;
            rows.collect()
        };
        read().map_err(unreadable)
    }

    /// Where a dead letter's record and body lie.
    #[expect(clippy::type_complexity, reason = "used once")]
    fn dead_places(&self, number: i64) -> Result<Option<(BlockId, u16, Option<(BlockId, u16)>)>> {
        self.connection()
            .query_row(
                "SELECT block, item, made, made_item FROM dead WHERE id = ?1",
                [number],
                |row| {
                    let made: Option<i64> = row.get(2)?;
                    let item: Option<u16> = row.get(3)?;
                    let made = made.zip(item).map(|(block, item)| (BlockId(block), item));
                    Ok((BlockId(row.get(0)?), row.get(1)?, made))
                },
            )
            .optional()
            .map_err(unreadable)
    }

    fn waiting(&self) -> Result<BTreeMap<u32, WaitingFor>> {
        let mut found: BTreeMap<u32, WaitingFor> = BTreeMap::new();
        let mut after = TurnKey::START;
        loop {
            let stretch = self.turns(after, i64::MAX, 4_096)?;
            let Some(last) = stretch.last else { return Ok(found) };
            for (turn, accepted) in stretch.turns.iter().zip(&stretch.accepted) {
                for (endpoint, places) in &turn.todo.0 {
                    let waiting = found.entry(*endpoint).or_default();
                    waiting.depth += places.len() as u64;
                    if turn.tier > 0 {
                        waiting.retrying += places.len() as u64;
                    }
                    waiting.oldest =
                        Some(waiting.oldest.map_or(*accepted, |oldest| oldest.min(*accepted)));
                }
            }
            after = last;
        }
    }

    fn damaged(&self) -> Result<(u64, u64)> {
        self.connection()
            .query_row("SELECT count(*), coalesce(sum(records), 0) FROM damaged", [], |row| {
                Ok((row.get::<_, i64>(0)?.cast_unsigned(), row.get::<_, i64>(1)?.cast_unsigned()))
            })
            .map_err(unreadable)
    }

    fn used_bytes(&self) -> Result<u64> {
        let value = |pragma: &str| {
            self.connection().query_row(pragma, [], |row| row.get::<_, i64>(0)).map_err(unreadable)
        };
        let pages = value("PRAGMA page_count")? - value("PRAGMA freelist_count")?;
        Ok((pages * value("PRAGMA page_size")?).max(0).cast_unsigned())
    }
}

fn unreadable(error: rusqlite::Error) -> Error {
    storage_error("cannot read the queue", error)
}
