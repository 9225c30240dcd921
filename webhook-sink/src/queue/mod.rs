//! The queue: one SQLite file, written by one thread. Private; delivery's rules live above it.
//!
//! Records that are committed together form a *block*; a *turn* says who has yet to get which items
//! of a block, and when. A first attempt that fails leaves a *made* block with the bodies that were
//! sent, and the delivery goes on from there. Leases live in memory: a claim writes nothing, and
//! what was claimed and not settled when the process ended is claimed again.

pub(crate) mod codec;
pub(crate) mod reader;
pub(crate) mod salvage;
pub(crate) mod schema;
pub(crate) mod store;

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use crate::error::{Error, ErrorKind, Result};
use crate::report::DeadReason;

/// The number of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct BlockId(pub(crate) i64);

/// One item of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Place {
    pub(crate) block: BlockId,
    pub(crate) item: u16,
}

/// The place of a turn in the order of things to do. First attempts have `due` 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct TurnKey {
    pub(crate) due: i64,
    pub(crate) id: i64,
}

impl TurnKey {
    /// Before every turn.
    pub(crate) const START: TurnKey = TurnKey { due: i64::MIN, id: i64::MIN };
    /// Behind every first attempt, before every retry.
    pub(crate) const FIRST_RETRY: TurnKey = TurnKey { due: 1, id: i64::MIN };

    pub(crate) fn is_fresh(self) -> bool {
        self.due <= 0
    }
}

/// One delivery that someone has taken up: an item of a turn, for an endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) turn: TurnKey,
    pub(crate) endpoint: u32,
    pub(crate) place: Place,
}

/// What was claimed, as the queue needs it to settle the delivery.
#[derive(Debug, Clone)]
pub(crate) struct Work {
    pub(crate) claims: Vec<Claim>,
    /// If the claim is on a made block: the records its body was made of.
    pub(crate) sources: Vec<Place>,
}

/// A delivery that failed and is to be attempted again.
#[derive(Debug)]
pub(crate) struct Advance {
    pub(crate) work: Work,
    /// The body, unless it lies in the queue already.
    pub(crate) made: Option<codec::MadeItem>,
    /// The attempt to come; 1 is the first retry.
    pub(crate) tier: u8,
    pub(crate) due: i64,
}

/// A delivery that ended without success.
#[derive(Debug)]
pub(crate) struct Death {
    pub(crate) work: Work,
    pub(crate) made: Option<codec::MadeItem>,
    pub(crate) id: Box<str>,
    pub(crate) reason: DeadReason,
    pub(crate) detail: String,
    pub(crate) status: Option<u16>,
    pub(crate) answer: Vec<u8>,
    pub(crate) attempts: u32,
    pub(crate) accepted: i64,
    pub(crate) first: Option<i64>,
    pub(crate) died: i64,
}

/// All that waits to be written.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    pub(crate) done: Vec<Work>,
    pub(crate) advances: Vec<Advance>,
    pub(crate) deaths: Vec<Death>,
    /// Blocks whose bytes are not what was written.
    pub(crate) damaged: Vec<BlockId>,
    /// Turns that cannot be read.
    pub(crate) damaged_turns: Vec<TurnKey>,
}

impl Changes {
    pub(crate) fn is_empty(&self) -> bool {
        self.done.is_empty()
            && self.advances.is_empty()
            && self.deaths.is_empty()
            && self.damaged.is_empty()
            && self.damaged_turns.is_empty()
    }

    /// Whether anything in it must be durable soon: acknowledgements can wait for the next commit.
    pub(crate) fn is_urgent(&self) -> bool {
        !self.advances.is_empty() || !self.deaths.is_empty() || !self.damaged.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.done.len() + self.advances.len() + self.deaths.len()
    }

    /// Puts what could not be written back in front of what has come since.
    pub(crate) fn put_back(&mut self, mut older: Changes) {
        std::mem::swap(self, &mut older);
        self.done.append(&mut older.done);
        self.advances.append(&mut older.advances);
        self.deaths.append(&mut older.deaths);
        self.damaged.append(&mut older.damaged);
        self.damaged_turns.append(&mut older.damaged_turns);
    }
}

/// A turn as it lies in the file.
#[derive(Debug, Clone)]
pub(crate) struct Turn {
    pub(crate) key: TurnKey,
    pub(crate) block: BlockId,
    pub(crate) tier: u8,
    pub(crate) todo: codec::Todo,
}

/// What kind of items a block has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum BlockKind {
    /// Records as they were accepted.
    Records,
    /// Bodies that were made and sent without success.
    Made,
}

/// A block's bytes, checked against their sum.
#[derive(Debug)]
pub(crate) struct Block {
    pub(crate) id: BlockId,
    pub(crate) kind: BlockKind,
    pub(crate) accepted: i64,
    pub(crate) stamp: i64,
    pub(crate) data: Vec<u8>,
}

impl Block {
    /// The bytes of one item.
    pub(crate) fn item(&self, item: u16) -> Option<&[u8]> {
        codec::item(&self.data, usize::from(item))
    }

    /// The id of one of its records that has none of its own.
    pub(crate) fn default_id(&self, item: u16) -> String {
        format!("msg_{:016x}{item:04x}", self.stamp)
    }
}

/// A block's checksum: over all that is fixed when it is written.
pub(crate) fn block_sum(
    id: i64,
    kind: i64,
    accepted: i64,
    items: i64,
    stamp: i64,
    data: &[u8],
) -> i64 {
    let mut hasher = crc32fast::Hasher::new();
    for value in [id, kind, accepted, items, stamp] {
        hasher.update(&value.to_le_bytes());
    }
    hasher.update(data);
    i64::from(hasher.finalize())
}

/// A turn's checksum.
pub(crate) fn turn_sum(key: TurnKey, block: BlockId, tier: u8, todo: &[u8]) -> i64 {
    let mut hasher = crc32fast::Hasher::new();
    for value in [key.due, key.id, block.0, i64::from(tier)] {
        hasher.update(&value.to_le_bytes());
    }
    hasher.update(todo);
    i64::from(hasher.finalize())
}

/// Pages of 8 KiB write a block of records in half the calls of 4 KiB, and a single record in
/// hardly more bytes.
const PAGE_BYTES: i64 = 8_192;

/// Opens the file to write to it.
pub(crate) fn open_writer(path: &Path) -> Result<Connection> {
    let mut connection = open(path, OpenFlags::default())?;
    let set_up = |connection: &mut Connection| -> rusqlite::Result<()> {
        connection.pragma_update(None, "page_size", PAGE_BYTES)?;
        connection.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        // Kept in hand by the writer: the thread decides when the log is copied back.
        connection.pragma_update_and_check(None, "wal_autocheckpoint", 0, |_| Ok(()))?;
        connection.pragma_update(None, "cache_size", -4_096)?;
        connection.pragma_update_and_check(None, "journal_size_limit", 32 << 20, |_| Ok(()))?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(())
    };
    set_up(&mut connection).map_err(|e| storage_error("cannot open the queue", e))?;
    schema::migrate(&mut connection)?;
    Ok(connection)
}

/// Opens the file to read from it, beside a writer of this or another process.
pub(crate) fn open_reader(path: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = open(path, flags)?;
    connection
        .pragma_update(None, "cache_size", -2_048)
        .map_err(|e| storage_error("cannot open the queue", e))?;
    connection.set_prepared_statement_cache_capacity(32);
    Ok(connection)
}

fn open(path: &Path, flags: OpenFlags) -> Result<Connection> {
    let connection = Connection::open_with_flags(path, flags)
        .map_err(|e| storage_error(&format!("cannot open the queue {}", path.display()), e))?;
    connection
        .busy_timeout(std::time::Duration::from_secs(10))
        .map_err(|e| storage_error("cannot open the queue", e))?;
    Ok(connection)
}

/// Sorts SQLite's errors into those that the caller can wait out and those that it cannot.
pub(crate) fn storage_error(what: &str, error: rusqlite::Error) -> Error {
    use rusqlite::ErrorCode;
    let (kind, hint) = match error.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => (ErrorKind::DiskFull, ": the disk is full"),
        Some(ErrorCode::SystemIoFailure) => (ErrorKind::Unavailable, ": the disk failed"),
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
            (ErrorKind::Damaged, ": the file is damaged")
        }
        _ => (ErrorKind::Storage, ""),
    };
    let text = format!("{what}{hint}: {error}");
    Error::new(kind, text).with_source(error)
}
