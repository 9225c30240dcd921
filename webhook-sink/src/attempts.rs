//! The attempt log: what was sent and what came back, and the counts per minute and hour. A file of
//! its own, never waited for: when it cannot keep up, entries are dropped and counted.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex};
use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, params};

use crate::error::Result;
use crate::metrics::{Counters, Latency, Metrics};
use crate::outcome::{Response, TransportError};
use crate::queue::codec::Input;
use crate::queue::storage_error;

/// One request, as it was logged.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Attempt {
    /// When it ended, in milliseconds since 1970.
    pub at_millis: i64,
    /// The endpoint's key.
    pub endpoint: String,
    /// The delivery's id.
    pub id: String,
    /// Which attempt; 0 is the first.
    pub attempt: u32,
    /// Which request of the attempt; 0 is the first.
    pub request: u32,
    /// The answer's status, if there was an answer.
    pub status: Option<u16>,
    /// Why there was none.
    pub error: Option<String>,
    /// How long it took.
    pub duration: Duration,
    /// The first bytes of the answer.
    pub answer: Vec<u8>,
    /// When the delivery is tried again, in milliseconds since 1970.
    pub next_millis: Option<i64>,
}

impl Attempt {
    /// Whether the receiver took it.
    pub fn is_delivered(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }
}

/// Which attempts to read. The default is the last 100 of all.
#[derive(Debug, Clone)]
pub struct AttemptFilter {
    /// Only this endpoint's.
    pub endpoint: Option<String>,
    /// Only this delivery's.
    pub id: Option<String>,
    /// Only those without success.
    pub failed: bool,
    /// Only those since then, in milliseconds since 1970.
    pub since_millis: Option<i64>,
    /// Only those before then.
    pub before_millis: Option<i64>,
    /// Not more than this many, the newest.
    pub limit: usize,
}

impl Default for AttemptFilter {
    fn default() -> Self {
        AttemptFilter {
            endpoint: None,
            id: None,
            failed: false,
            since_millis: None,
            before_millis: None,
            limit: 100,
        }
    }
}

/// How much of the log is kept.
#[derive(Debug, Clone)]
pub struct LogSettings {
    /// Entries older than this go. Default: 7 days.
    pub keep: Duration,
    /// The file holds about this much. Default: 256 MiB.
    pub max_bytes: u64,
    /// Whether successful requests are logged too. Default: yes.
    pub successes: bool,
}

impl Default for LogSettings {
    fn default() -> Self {
        LogSettings { keep: Duration::from_secs(7 * 86_400), max_bytes: 256 << 20, successes: true }
    }
}

/// An entry as it is handed in.
pub(crate) struct Entry<'a> {
    pub(crate) at: i64,
    pub(crate) endpoint: u32,
    pub(crate) id: &'a str,
    pub(crate) attempt: u8,
    pub(crate) request: u32,
    pub(crate) result: &'a std::result::Result<Response, TransportError>,
    pub(crate) duration: Duration,
    pub(crate) next: Option<i64>,
}

/// Entries that wait to be written take this much at most.
const MOST_WAITING: usize = 4 << 20;

/// So much is written at once, and so often.
const FLUSH_BYTES: usize = 64 * 1024;
pub(crate) const FLUSH_EVERY: Duration = Duration::from_millis(500);

/// Text of an error and bytes of an answer that are kept.
const MOST_TEXT: usize = 500;
const MOST_ANSWER: usize = 1_024;

/// Entries that wait to be written.
#[derive(Default)]
pub(crate) struct Log {
    waiting: Mutex<Waiting>,
    flush: Condvar,
    successes: bool,
}

#[derive(Default)]
struct Waiting {
    blocks: Vec<LogBlock>,
    bytes: usize,
    dropped: u64,
    names: Vec<(u32, String)>,
    is_closed: bool,
}

/// Entries in the order they came.
#[derive(Default)]
struct LogBlock {
    from: i64,
    to: i64,
    rows: u32,
    failed: u32,
    data: Vec<u8>,
}

impl Log {
    pub(crate) fn new(settings: &LogSettings) -> Self {
        Log { successes: settings.successes, ..Log::default() }
    }

    /// Says which key a number stands for.
    pub(crate) fn name(&self, number: u32, key: &str) {
        crate::lock(&self.waiting).names.push((number, key.to_owned()));
    }

    /// Adds an entry, or counts it as dropped.
    pub(crate) fn add(&self, entry: &Entry<'_>) {
        let is_success =
            entry.result.as_ref().is_ok_and(|response| (200..300).contains(&response.status));
        if is_success && !self.successes {
            return;
        }
        let mut waiting = crate::lock(&self.waiting);
        if waiting.bytes > MOST_WAITING {
            waiting.dropped += 1;
            return;
        }
        if waiting.blocks.last().is_none_or(|block| block.data.len() > FLUSH_BYTES) {
            waiting.blocks.push(LogBlock { from: entry.at, to: entry.at, ..LogBlock::default() });
            self.flush.notify_one();
        }
        let Some(block) = waiting.blocks.last_mut() else { return };
        let before = block.data.len();
        write_entry(entry, &mut block.data);
        block.from = block.from.min(entry.at);
        block.to = block.to.max(entry.at);
        block.rows += 1;
        block.failed += u32::from(!is_success);
        let added = block.data.len() - before;
        waiting.bytes += added;
    }

    /// Ends the writer's loop after what is waiting.
    pub(crate) fn close(&self) {
        crate::lock(&self.waiting).is_closed = true;
        self.flush.notify_all();
    }
}

fn write_entry(entry: &Entry<'_>, out: &mut Vec<u8>) {
    let (status, error, answer) = match entry.result {
        Ok(response) => (response.status, String::new(), &response.body[..]),
        Err(error) => (0, error.to_string(), &[][..]),
    };
    let error = cut(error.as_bytes(), MOST_TEXT);
    let answer = cut(answer, MOST_ANSWER);
    let id = cut(entry.id.as_bytes(), 255);
    out.extend_from_slice(&entry.at.to_le_bytes());
    out.extend_from_slice(&entry.endpoint.to_le_bytes());
    out.push(entry.attempt);
    out.push(u8::try_from(entry.request).unwrap_or(u8::MAX));
    out.extend_from_slice(&status.to_le_bytes());
    let micros = u32::try_from(entry.duration.as_micros()).unwrap_or(u32::MAX);
    out.extend_from_slice(&micros.to_le_bytes());
    out.extend_from_slice(&entry.next.unwrap_or(0).to_le_bytes());
    // The cuts above make every length fit.
    out.push(u8::try_from(id.len()).unwrap_or(0));
    out.extend_from_slice(id);
    for bytes in [error, answer] {
        out.extend_from_slice(&u16::try_from(bytes.len()).unwrap_or(0).to_le_bytes());
        out.extend_from_slice(bytes);
    }
}

fn cut(bytes: &[u8], most: usize) -> &[u8] {
    bytes.get(..most).unwrap_or(bytes)
}

fn read_entry(input: &mut Input<'_>) -> Option<(u32, Attempt)> {
    let at_millis = input.i64()?;
    let endpoint = input.u32()?;
    let attempt = u32::from(input.u8()?);
    let request = u32::from(input.u8()?);
    let status = input.u16()?;
    let duration = Duration::from_micros(u64::from(input.u32()?));
    let next = input.i64()?;
    let id = usize::from(input.u8()?);
    let id = String::from_utf8_lossy(input.bytes(id)?).into_owned();
    let error = usize::from(input.u16()?);
    let error = String::from_utf8_lossy(input.bytes(error)?).into_owned();
    let answer = usize::from(input.u16()?);
    let answer = input.bytes(answer)?.to_vec();
    let attempt = Attempt {
        at_millis,
        endpoint: String::new(),
        id,
        attempt,
        request,
        status: (status != 0).then_some(status),
        error: (!error.is_empty()).then_some(error),
        duration,
        answer,
        next_millis: (next != 0).then_some(next),
    };
    Some((endpoint, attempt))
}

const TABLES: &str = "
    CREATE TABLE IF NOT EXISTS endpoint (id INTEGER PRIMARY KEY, key TEXT NOT NULL);
    CREATE TABLE IF NOT EXISTS attempts (
        id INTEGER PRIMARY KEY,
        from_ms INTEGER NOT NULL,
        to_ms INTEGER NOT NULL,
        rows INTEGER NOT NULL,
        failed INTEGER NOT NULL,
        data BLOB NOT NULL
    );
    CREATE TABLE IF NOT EXISTS counts (
        span INTEGER NOT NULL,
        start INTEGER NOT NULL,
        endpoint INTEGER NOT NULL,
        counts BLOB NOT NULL,
        PRIMARY KEY (span, start, endpoint)
    ) WITHOUT ROWID;
";

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

/// Counts per minute are kept so long, counts per hour for 90 days; as Amplitude does.
const KEEP_MINUTES: i64 = 4 * HOUR;
const KEEP_HOURS: i64 = 90 * 24 * HOUR;

/// Writes the log's file.
pub(crate) struct Scribe {
    connection: Connection,
    settings: LogSettings,
    swept: i64,
}

impl Scribe {
    /// Opens the file; one that cannot be used is put aside and begun anew, since nothing depends on
    /// it.
    pub(crate) fn open(path: &Path, settings: LogSettings) -> Result<Scribe> {
        let connection = match open(path) {
            Ok(connection) => connection,
            Err(_) => {
                let mut aside = path.as_os_str().to_owned();
                aside.push(".damaged");
                for suffix in ["-wal", "-shm"] {
                    let mut file = path.as_os_str().to_owned();
                    file.push(suffix);
                    let _ = std::fs::remove_file(file);
                }
                let _ = std::fs::rename(path, PathBuf::from(aside));
                open(path).map_err(|e| storage_error("cannot open the attempt log", e))?
            }
        };
        Ok(Scribe { connection, settings, swept: 0 })
    }

    /// Waits for entries and writes them. Gives `false` once the log is closed and all is written.
    pub(crate) fn write(&mut self, log: &Log, counts: Vec<(u32, Counters)>, now: i64) -> bool {
        let (blocks, names, is_closed) = {
            let mut waiting = crate::lock(&log.waiting);
            waiting.bytes = 0;
            let blocks = std::mem::take(&mut waiting.blocks);
            (blocks, std::mem::take(&mut waiting.names), waiting.is_closed)
        };
        // A log that cannot be written loses entries; deliveries go on.
        let _ = self.write_all(&blocks, &names, &counts, now);
        if now - self.swept > MINUTE {
            self.swept = now;
            let _ = self.sweep(now);
        }
        !is_closed
    }

    /// Waits until there is something to write, or for the usual time.
    pub(crate) fn wait(log: &Log) {
        let waiting = crate::lock(&log.waiting);
        if waiting.is_closed || waiting.blocks.len() > 1 {
            return;
        }
        drop(log.flush.wait_timeout(waiting, FLUSH_EVERY));
    }

    fn write_all(
        &mut self,
        blocks: &[LogBlock],
        names: &[(u32, String)],
        counts: &[(u32, Counters)],
        now: i64,
    ) -> rusqlite::Result<()> {
        if blocks.is_empty() && names.is_empty() && counts.is_empty() {
            return Ok(());
        }
        let transaction = self.connection.transaction()?;
        for (number, key) in names {
            transaction
                .prepare_cached("INSERT OR REPLACE INTO endpoint (id, key) VALUES (?1, ?2)")?
                .execute(params![number, key])?;
        }
        for block in blocks {
            transaction
                .prepare_cached(
                    "INSERT INTO attempts (from_ms, to_ms, rows, failed, data)
                     VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .execute(params![block.from, block.to, block.rows, block.failed, block.data])?;
        }
        for (number, counters) in counts {
            for span in [MINUTE, HOUR] {
                let start = now.div_euclid(span) * span;
                let before: Option<Vec<u8>> = transaction
                    .prepare_cached(
                        "SELECT counts FROM counts WHERE span = ?1 AND start = ?2 AND endpoint = ?3",
                    )?
                    .query_row(params![span, start, number], |row| row.get(0))
                    .optional()?;
                let mut sum = before.and_then(|bytes| read_counters(&bytes)).unwrap_or_default();
                sum.add(counters);
                transaction
                    .prepare_cached(
                        "INSERT OR REPLACE INTO counts (span, start, endpoint, counts)
                         VALUES (?1, ?2, ?3, ?4)",
                    )?
                    .execute(params![span, start, number, write_counters(&sum)])?;
            }
        }
        transaction.commit()
    }

    /// Removes what is too old or too much.
    fn sweep(&mut self, now: i64) -> rusqlite::Result<()> {
        let keep = crate::clock::duration_millis(self.settings.keep);
        self.connection.execute("DELETE FROM attempts WHERE to_ms < ?1", [now - keep])?;
        let bytes: i64 = self.connection.query_row(
            "SELECT coalesce(sum(length(data)), 0) FROM attempts",
            [],
            |row| row.get(0),
        )?;
        let most = i64::try_from(self.settings.max_bytes).unwrap_or(i64::MAX);
        let mut over = bytes - most;
        while over > 0 {
            let oldest: Option<(i64, i64)> = self
                .connection
                .query_row("SELECT id, length(data) FROM attempts ORDER BY id LIMIT 1", [], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })
                .optional()?;
            let Some((id, length)) = oldest else { break };
            self.connection.execute("DELETE FROM attempts WHERE id = ?1", [id])?;
            over -= length.max(1);
        }
        for (span, keep) in [(MINUTE, KEEP_MINUTES), (HOUR, KEEP_HOURS)] {
            self.connection.execute(
                "DELETE FROM counts WHERE span = ?1 AND start < ?2",
                [span, now - keep - span],
            )?;
        }
        Ok(())
    }
}

fn open(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_secs(10))?;
    connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "NORMAL")?;
    connection.pragma_update(None, "cache_size", -1_024)?;
    connection.pragma_update_and_check(None, "journal_size_limit", 8 << 20, |_| Ok(()))?;
    connection.execute_batch(TABLES)?;
    Ok(connection)
}

fn write_counters(counters: &Counters) -> Vec<u8> {
    let mut out = Vec::new();
    for value in [
        counters.first_attempt,
        counters.after_retry,
        counters.expired,
        counters.discarded,
        counters.repaired,
        counters.attempts_failed,
    ] {
        out.extend_from_slice(&value.to_le_bytes());
    }
    for count in counters.latency.0 {
        out.extend_from_slice(&count.to_le_bytes());
    }
    out
}

fn read_counters(bytes: &[u8]) -> Option<Counters> {
    let mut input = Input(bytes);
    let mut next = || input.i64().map(i64::cast_unsigned);
    let mut counters = Counters {
        first_attempt: next()?,
        after_retry: next()?,
        expired: next()?,
        discarded: next()?,
        repaired: next()?,
        attempts_failed: next()?,
        latency: Latency::default(),
    };
    for count in &mut counters.latency.0 {
        *count = input.u32()?;
    }
    Some(counters)
}

/// Reads the log's file, of this process or another.
pub(crate) struct LogReader {
    connection: Connection,
}

impl LogReader {
    /// `None` if there is no log yet.
    pub(crate) fn open(path: &Path) -> Result<Option<LogReader>> {
        if !path.exists() {
            return Ok(None);
        }
        let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
        let connection = Connection::open_with_flags(path, flags)
            .and_then(|connection| {
                connection.busy_timeout(Duration::from_secs(10)).map(|()| connection)
            })
            .map_err(|e| storage_error("cannot open the attempt log", e))?;
        Ok(Some(LogReader { connection }))
    }

    fn names(&self) -> rusqlite::Result<BTreeMap<u32, String>> {
        let mut statement = self.connection.prepare("SELECT id, key FROM endpoint")?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect()
    }

    /// The newest entries that pass, newest first.
    pub(crate) fn attempts(&self, filter: &AttemptFilter) -> Result<Vec<Attempt>> {
        self.read(filter).map_err(|e| storage_error("cannot read the attempt log", e))
    }

    fn read(&self, filter: &AttemptFilter) -> rusqlite::Result<Vec<Attempt>> {
        let names = self.names()?;
        let since = filter.since_millis.unwrap_or(i64::MIN);
        let before = filter.before_millis.unwrap_or(i64::MAX);
        let mut statement = self.connection.prepare(
            "SELECT data FROM attempts
             WHERE to_ms >= ?1 AND from_ms < ?2 AND (failed > 0 OR NOT ?3) ORDER BY id DESC",
        )?;
        let mut rows = statement.query(params![since, before, filter.failed])?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let data: Vec<u8> = row.get(0)?;
            let mut input = Input(&data);
            let mut of_block = Vec::new();
            while let Some((number, mut attempt)) = read_entry(&mut input) {
                attempt.endpoint = names.get(&number).cloned().unwrap_or_default();
                let passes = (since..before).contains(&attempt.at_millis)
                    && filter.endpoint.as_ref().is_none_or(|key| *key == attempt.endpoint)
                    && filter.id.as_ref().is_none_or(|id| *id == attempt.id)
                    && !(filter.failed && attempt.is_delivered());
                if passes {
                    of_block.push(attempt);
                }
            }
            found.extend(of_block.into_iter().rev());
            if found.len() >= filter.limit {
                found.truncate(filter.limit);
                break;
            }
        }
        Ok(found)
    }

    /// Counts per endpoint from `start` to `end`, in whole minutes within the last hours and in whole
    /// hours before.
    pub(crate) fn metrics(
        &self,
        start: i64,
        end: i64,
        now: i64,
    ) -> Result<BTreeMap<String, Metrics>> {
        let read = || -> rusqlite::Result<BTreeMap<String, Metrics>> {
            let names = self.names()?;
            let span = if start >= now - KEEP_MINUTES { MINUTE } else { HOUR };
            let mut statement = self.connection.prepare(
                "SELECT endpoint, counts FROM counts WHERE span = ?1 AND start >= ?2 AND start < ?3",
            )?;
            let first = start.div_euclid(span) * span;
            let mut rows = statement.query(params![span, first, end])?;
            let mut sums: BTreeMap<u32, Counters> = BTreeMap::new();
            while let Some(row) = rows.next()? {
                let bytes: Vec<u8> = row.get(1)?;
                if let Some(counters) = read_counters(&bytes) {
                    sums.entry(row.get(0)?).or_default().add(&counters);
                }
            }
            let named = sums.iter().filter_map(|(number, counters)| {
                Some((names.get(number)?.clone(), counters.metrics()))
            });
            Ok(named.collect())
        };
        read().map_err(|e| storage_error("cannot read the attempt log", e))
    }
}
