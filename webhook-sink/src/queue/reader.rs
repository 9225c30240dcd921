//! What deliverers read: turns in their order, and blocks.

use std::collections::{HashMap, VecDeque};
use std::path::Path;
use std::sync::{Arc, Mutex};

use rusqlite::{Connection, OptionalExtension, params};

use super::codec::Todo;
use super::{
    Block, BlockId, BlockKind, Turn, TurnKey, block_sum, open_reader, storage_error, turn_sum,
};
use crate::error::{Error, ErrorKind, Result};

/// A reading connection.
pub(crate) struct Reader {
    connection: Connection,
}

/// A stretch of the order of turns.
#[derive(Debug, Default)]
pub(crate) struct Stretch {
    pub(crate) turns: Vec<Turn>,
    /// When the oldest record of each turn was accepted.
    pub(crate) accepted: Vec<i64>,
    /// Turns whose bytes are not what was written.
    pub(crate) damaged: Vec<TurnKey>,
    /// The last turn looked at; `None` if there was none.
    pub(crate) last: Option<TurnKey>,
}

impl Reader {
    pub(crate) fn open(path: &Path) -> Result<Reader> {
        Ok(Reader { connection: open_reader(path)? })
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    /// Up to `limit` turns behind `after`, due by `until`.
    pub(crate) fn turns(&self, after: TurnKey, until: i64, limit: usize) -> Result<Stretch> {
        let read = || -> rusqlite::Result<Stretch> {
            let mut statement = self.connection.prepare_cached(
                "SELECT t.due, t.id, t.block, t.tier, t.todo, t.sum, b.items, b.accepted
                 FROM turn t LEFT JOIN block b ON b.id = t.block
                 WHERE (t.due, t.id) > (?1, ?2) AND t.due <= ?3
                 ORDER BY t.due, t.id LIMIT ?4",
            )?;
            let mut rows = statement.query(params![
                after.due,
                after.id,
                until,
                i64::try_from(limit).unwrap_or(i64::MAX)
            ])?;
            let mut stretch = Stretch::default();
            while let Some(row) = rows.next()? {
                let key = TurnKey { due: row.get(0)?, id: row.get(1)? };
                let block = BlockId(row.get(2)?);
                let tier: i64 = row.get(3)?;
                let bytes = row.get_ref(4)?.as_blob().unwrap_or_default();
                let sum: i64 = row.get(5)?;
                let items: Option<i64> = row.get(6)?;
                stretch.last = Some(key);
                let tier = u8::try_from(tier).ok();
                let turn =
                    tier.filter(|t| turn_sum(key, block, *t, bytes) == sum).and_then(|tier| {
                        let items = u16::try_from(items?).ok()?;
                        Some(Turn { key, block, tier, todo: Todo::read(bytes, items)? })
                    });
                match turn {
                    Some(turn) => {
                        stretch.turns.push(turn);
                        stretch.accepted.push(row.get(7)?);
                    }
                    None => stretch.damaged.push(key),
                }
            }
            Ok(stretch)
        };
        read().map_err(|e| storage_error("cannot read the queue", e))
    }

    /// When the first retry behind `after` is due.
    pub(crate) fn next_due(&self, after: TurnKey) -> Result<Option<i64>> {
        let after = after.max(TurnKey::FIRST_RETRY);
        self.connection
            .prepare_cached(
                "SELECT due FROM turn WHERE (due, id) > (?1, ?2) ORDER BY due, id LIMIT 1",
            )
            .and_then(|mut statement| {
                statement.query_row([after.due, after.id], |row| row.get(0)).optional()
            })
            .map_err(|e| storage_error("cannot read the queue", e))
    }

    /// A block, `None` if there is none of that number; an error of kind `Damaged` if it is not what
    /// was written.
    pub(crate) fn block(&self, id: BlockId) -> Result<Option<Block>> {
        let read = || -> rusqlite::Result<Option<(Block, bool)>> {
            let mut statement = self.connection.prepare_cached(
                "SELECT b.kind, b.accepted, b.items, b.stamp, b.sum, d.data
                 FROM block b LEFT JOIN data d ON d.id = b.id WHERE b.id = ?1",
            )?;
            statement
                .query_row([id.0], |row| {
                    let kind: i64 = row.get(0)?;
                    let (accepted, items, stamp, sum): (i64, i64, i64, i64) =
                        (row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?);
                    let data: Option<Vec<u8>> = row.get(5)?;
                    let data = data.unwrap_or_default();
                    let good = block_sum(id.0, kind, accepted, items, stamp, &data) == sum;
                    let kind = if kind == 0 { BlockKind::Records } else { BlockKind::Made };
                    Ok((Block { id, kind, accepted, stamp, data }, good))
                })
                .optional()
        };
        match read() {
            Ok(Some((_, false))) => {
                let text = format!("block {} of the queue is not what was written", id.0);
                Err(Error::new(ErrorKind::Damaged, text))
            }
            Ok(found) => Ok(found.map(|(block, _)| block)),
            Err(error) => Err(storage_error("cannot read the queue", error)),
        }
    }
}

/// Blocks in memory, the ones last used kept.
pub(crate) struct Blocks {
    path: std::path::PathBuf,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    blocks: HashMap<BlockId, Arc<Block>>,
    order: VecDeque<BlockId>,
    bytes: usize,
    /// Readers not in use; each thread that misses takes one.
    readers: Vec<Reader>,
}

/// Blocks in memory take this much at most.
const CACHE_BYTES: usize = 4 << 20;

/// More idle readers than this are closed.
const IDLE_READERS: usize = 2;

impl Blocks {
    pub(crate) fn new(path: &Path) -> Self {
        Blocks { path: path.to_owned(), inner: Mutex::default() }
    }

    /// Remembers a block that was just written.
    pub(crate) fn add(&self, block: Block) {
        crate::lock(&self.inner).add(Arc::new(block));
    }

    /// A block from memory or from the file.
    pub(crate) fn get(&self, id: BlockId) -> Result<Option<Arc<Block>>> {
        let reader = {
            let mut inner = crate::lock(&self.inner);
            if let Some(block) = inner.blocks.get(&id) {
                return Ok(Some(block.clone()));
            }
            inner.readers.pop()
        };
        let reader = match reader {
            Some(reader) => reader,
            None => Reader::open(&self.path)?,
        };
        let found = reader.block(id)?.map(Arc::new);
        let mut inner = crate::lock(&self.inner);
        if inner.readers.len() < IDLE_READERS {
            inner.readers.push(reader);
        }
        if let Some(block) = &found {
            inner.add(block.clone());
        }
        Ok(found)
    }
}

impl Inner {
    fn add(&mut self, block: Arc<Block>) {
        self.bytes += block.data.len();
        self.order.push_back(block.id);
        if let Some(old) = self.blocks.insert(block.id, block) {
            // It keeps its old place in the order; the new one is passed over there.
            self.bytes -= old.data.len();
        }
        while self.bytes > CACHE_BYTES && self.order.len() > 1 {
            let Some(oldest) = self.order.pop_front() else { break };
            if let Some(old) = self.blocks.remove(&oldest) {
                self.bytes -= old.data.len();
            }
        }
    }
}
