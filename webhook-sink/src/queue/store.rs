//! What the writer does: each function is part of one transaction.

use std::collections::{BTreeMap, HashMap};

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::codec::{MadeItem, Todo, write_items, write_made, write_record};
use super::{
    Advance, Block, BlockId, BlockKind, Changes, Claim, Death, Place, Turn, TurnKey, Work,
    block_sum, storage_error, turn_sum,
};
use crate::error::Result;
use crate::record::Record;

/// A block holds records up to this many bytes, so that one slow endpoint does not keep much alive
/// that others are done with; a larger record has a block to itself.
const BLOCK_BYTES: usize = 64 * 1024;

/// A block holds this many items at most.
const BLOCK_ITEMS: usize = 256;

/// The writing side of the file, owned by one thread.
pub(crate) struct Store {
    connection: Connection,
    next: i64,
    stamps: crate::random::Random,
    /// Whether delivered records are kept for a while.
    keeps_delivered: bool,
}

/// What a commit has added for the deliverers.
#[derive(Debug, Default)]
pub(crate) struct Added {
    pub(crate) turns: Vec<Turn>,
    pub(crate) blocks: Vec<Block>,
    /// The earliest due time among the retries it has added.
    pub(crate) next_due: Option<i64>,
}

type Sql<T> = rusqlite::Result<T>;

impl Store {
    pub(crate) fn new(connection: Connection, seed: u64, keeps_delivered: bool) -> Result<Store> {
        let next = connection
            .query_row(
                "SELECT max((SELECT coalesce(max(id), 0) FROM block),
                            (SELECT coalesce(max(id), 0) FROM turn)) + 1",
                [],
                |row| row.get(0),
            )
            .map_err(|e| storage_error("cannot read the queue", e))?;
        let stamps = crate::random::Random::new(seed);
        Ok(Store { connection, next, stamps, keeps_delivered })
    }

    /// Writes all of it durably, or nothing.
    pub(crate) fn commit(
        &mut self,
        now: i64,
        accepted: &[&[Record]],
        changes: &Changes,
        extra: impl FnOnce(&Transaction<'_>, &mut i64) -> Sql<()>,
    ) -> Result<Added> {
        let next = self.next;
        let result = self.write(now, accepted, changes, extra);
        if result.is_err() {
            self.next = next;
        }
        result.map_err(|e| storage_error("cannot write to the queue", e))
    }

    fn write(
        &mut self,
        now: i64,
        accepted: &[&[Record]],
        changes: &Changes,
        extra: impl FnOnce(&Transaction<'_>, &mut i64) -> Sql<()>,
    ) -> Sql<Added> {
        let transaction =
            self.connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        let mut added = Added::default();
        {
            let mut writing = Writing {
                tx: &transaction,
                next: &mut self.next,
                stamps: &mut self.stamps,
                now,
                removed: HashMap::new(),
                refs: BTreeMap::new(),
                added: &mut added,
            };
            writing.append(accepted)?;
            for id in &changes.damaged {
                writing.set_aside(*id)?;
            }
            for key in &changes.damaged_turns {
                writing.set_turn_aside(*key)?;
            }
            for work in &changes.done {
                writing.done(work, self.keeps_delivered)?;
            }
            writing.advance(&changes.advances)?;
            writing.bury(&changes.deaths)?;
            writing.settle_turns()?;
            writing.settle_refs()?;
            extra(&transaction, writing.next)?;
        }
        transaction.commit()?;
        Ok(added)
    }

    pub(crate) fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(crate) fn close(self) -> Result<()> {
        self.connection.close().map_err(|(_, e)| storage_error("cannot close the queue", e))
    }
}

struct Writing<'a, 'tx> {
    tx: &'a Transaction<'tx>,
    next: &'a mut i64,
    stamps: &'a mut crate::random::Random,
    now: i64,
    removed: HashMap<TurnKey, Vec<Claim>>,
    /// How many fewer (or more) deliveries need each block.
    refs: BTreeMap<BlockId, i64>,
    added: &'a mut Added,
}

impl Writing<'_, '_> {
    fn id(&mut self) -> i64 {
        let id = *self.next;
        *self.next += 1;
        id
    }

    /// Stores records once, however many endpoints take them.
    fn append(&mut self, accepted: &[&[Record]]) -> Sql<()> {
        let mut block: Vec<&Record> = Vec::new();
        let mut bytes = 0;
        for record in accepted.iter().flat_map(|records| records.iter()) {
            if record.to.is_empty() {
                continue;
            }
            if !block.is_empty()
                && (bytes + record.data.len() > BLOCK_BYTES || block.len() == BLOCK_ITEMS)
            {
                self.append_block(&block)?;
                block.clear();
                bytes = 0;
            }
            bytes += record.data.len();
            block.push(record);
        }
        if !block.is_empty() {
            self.append_block(&block)?;
        }
        Ok(())
    }

    fn append_block(&mut self, records: &[&Record]) -> Sql<()> {
        let mut payload =
            Vec::with_capacity(records.iter().map(|record| record.data.len() + 8).sum());
        let mut ends = Vec::with_capacity(records.len() + 1);
        ends.push(0);
        let mut todo: BTreeMap<u32, Vec<u16>> = BTreeMap::new();
        for (index, record) in records.iter().enumerate() {
            write_record(record.id.as_deref(), &record.data, &mut payload);
            ends.push(payload.len());
            let index = u16::try_from(index).unwrap_or(u16::MAX);
            for endpoint in record.to.iter() {
                let places = todo.entry(endpoint.0).or_default();
                if places.last() != Some(&index) {
                    places.push(index);
                }
            }
        }
        let items = ends.windows(2).map(|pair| payload.get(pair[0]..pair[1]).unwrap_or_default());
        let data = write_items(items.collect::<Vec<_>>().into_iter());
        let todo = Todo(todo.into_iter().collect());
        let refs = todo.len();
        let block = self.insert_block(BlockKind::Records, self.now, refs, records.len(), data)?;
        let turn = Turn { key: TurnKey { due: 0, id: block.id.0 }, block: block.id, tier: 0, todo };
        self.insert_turn(&turn, records.len())?;
        self.added.blocks.push(block);
        self.added.turns.push(turn);
        Ok(())
    }

    fn insert_block(
        &mut self,
        kind: BlockKind,
        accepted: i64,
        refs: usize,
        items: usize,
        data: Vec<u8>,
    ) -> Sql<Block> {
        let id = self.id();
        let stamp = (self.stamps.next() >> 1) as i64;
        let kind_number = i64::from(kind == BlockKind::Made);
        let items = i64::try_from(items).unwrap_or(i64::MAX);
        let sum = block_sum(id, kind_number, accepted, items, stamp, &data);
        self.tx
            .prepare_cached(
                "INSERT INTO block (id, kind, refs, accepted, items, bytes, stamp, sum)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            )?
            .execute(params![
                id,
                kind_number,
                i64::try_from(refs).unwrap_or(i64::MAX),
                accepted,
                items,
                i64::try_from(data.len()).unwrap_or(i64::MAX),
                stamp,
                sum
            ])?;
        self.tx
            .prepare_cached("INSERT INTO data (id, data) VALUES (?1, ?2)")?
            .execute(params![id, data])?;
        Ok(Block { id: BlockId(id), kind, accepted, stamp, data })
    }

    fn insert_turn(&mut self, turn: &Turn, items: usize) -> Sql<()> {
        let todo = turn.todo.write(u16::try_from(items).unwrap_or(u16::MAX));
        let sum = turn_sum(turn.key, turn.block, turn.tier, &todo);
        self.tx
            .prepare_cached(
                "INSERT INTO turn (due, id, block, tier, todo, sum)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
            )?
            .execute(params![turn.key.due, turn.key.id, turn.block.0, turn.tier, todo, sum])?;
        if !turn.key.is_fresh() {
            let due = turn.key.due;
            self.added.next_due = Some(self.added.next_due.map_or(due, |next| next.min(due)));
        }
        Ok(())
    }

    /// Takes the claims out of their turns.
    fn remove(&mut self, work: &Work) {
        for claim in &work.claims {
            self.removed.entry(claim.turn).or_default().push(*claim);
        }
    }

    fn need(&mut self, block: BlockId, change: i64) {
        *self.refs.entry(block).or_default() += change;
    }

    fn done(&mut self, work: &Work, keep: bool) -> Sql<()> {
        self.remove(work);
        let records = record_places(work);
        if keep {
            for (endpoint, place) in &records {
                self.tx
                    .prepare_cached(
                        "INSERT INTO delivered (at, endpoint, block, item) VALUES (?1, ?2, ?3, ?4)",
                    )?
                    .execute(params![self.now, endpoint, place.block.0, place.item])?;
            }
        } else {
            for (_, place) in &records {
                self.need(place.block, -1);
            }
        }
        if !work.sources.is_empty() {
            for claim in &work.claims {
                self.need(claim.place.block, -1);
            }
        }
        Ok(())
    }

    /// Queues failed deliveries for their next attempt; bodies that are new are stored together.
    fn advance(&mut self, advances: &[Advance]) -> Sql<()> {
        let made: Vec<&MadeItem> = advances.iter().filter_map(|a| a.made.as_ref()).collect();
        let mut made_places = self.insert_made(&made, 1)?.into_iter();
        // One turn per due time, tier and block.
        let mut turns: BTreeMap<(i64, u8, BlockId), Todo> = BTreeMap::new();
        for advance in advances {
            self.remove(&advance.work);
            let Some(first) = advance.work.claims.first() else { continue };
            let place = match &advance.made {
                Some(_) => match made_places.next() {
                    Some(place) => place,
                    None => continue,
                },
                None => first.place,
            };
            turns
                .entry((advance.due.max(1), advance.tier, place.block))
                .or_default()
                .add(first.endpoint, place.item);
        }
        for ((due, tier, block), todo) in turns {
            let id = self.id();
            let turn = Turn { key: TurnKey { due, id }, block, tier, todo };
            let items = self.items_of(block)?;
            self.insert_turn(&turn, items)?;
        }
        Ok(())
    }

    /// Stores bodies in blocks of their own; `refs` deliveries or dead letters need each.
    fn insert_made(&mut self, made: &[&MadeItem], refs: usize) -> Sql<Vec<Place>> {
        let mut places = Vec::with_capacity(made.len());
        let mut items: Vec<Vec<u8>> = Vec::new();
        let mut bytes = 0;
        // A made block is as old as the oldest record in it.
        let mut oldest = self.now;
        let mut rest = made.iter().peekable();
        while let Some(item) = rest.next() {
            let mut written = Vec::with_capacity(item.body.len() + 64);
            write_made(item, &mut written);
            bytes += written.len();
            oldest = oldest.min(item.accepted);
            items.push(written);
            if rest.peek().is_some() && bytes < BLOCK_BYTES && items.len() < BLOCK_ITEMS {
                continue;
            }
            let data = write_items(items.iter().map(Vec::as_slice));
            let refs = refs * items.len();
            let block = self.insert_block(BlockKind::Made, oldest, refs, items.len(), data)?;
            for index in 0..items.len() {
                let item = u16::try_from(index).unwrap_or(u16::MAX);
                places.push(Place { block: block.id, item });
            }
            items.clear();
            bytes = 0;
            oldest = self.now;
        }
        Ok(places)
    }

    fn items_of(&self, block: BlockId) -> Sql<usize> {
        self.tx
            .prepare_cached("SELECT items FROM block WHERE id = ?1")?
            .query_row([block.0], |row| row.get::<_, i64>(0))
            .optional()
            .map(|items| items.and_then(|items| usize::try_from(items).ok()).unwrap_or(0))
    }

    fn bury(&mut self, deaths: &[Death]) -> Sql<()> {
        for death in deaths {
            self.remove(&death.work);
            let records = record_places(&death.work);
            let body = match &death.made {
                Some(made) => self.insert_made(&[made], records.len())?.first().copied(),
                None if death.work.sources.is_empty() => None,
                None => {
                    let place = death.work.claims.first().map(|claim| claim.place);
                    if let Some(place) = place {
                        let more = i64::try_from(records.len()).unwrap_or(1) - 1;
                        self.need(place.block, more);
                    }
                    place
                }
            };
            for (endpoint, place) in records {
                self.tx
                    .prepare_cached(
                        "INSERT INTO dead (endpoint, block, item, made, made_item, record, reason,
                            detail, status, answer, attempts, accepted, first, died)
                         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
                    )?
                    .execute(params![
                        endpoint,
                        place.block.0,
                        place.item,
                        body.map(|body| body.block.0),
                        body.map(|body| body.item),
                        &*death.id,
                        death.reason.number(),
                        death.detail,
                        death.status,
                        death.answer,
                        death.attempts,
                        death.accepted,
                        death.first,
                        death.died
                    ])?;
            }
        }
        Ok(())
    }

    /// Writes what is left of each turn, or removes it.
    fn settle_turns(&mut self) -> Sql<()> {
        let mut removed: Vec<(TurnKey, Vec<Claim>)> =
            std::mem::take(&mut self.removed).into_iter().collect();
        removed.sort_by_key(|(key, _)| *key);
        for (key, claims) in removed {
            let row = self
                .tx
                .prepare_cached(
                    "SELECT t.block, t.tier, t.todo, b.items FROM turn t
                     JOIN block b ON b.id = t.block WHERE t.due = ?1 AND t.id = ?2",
                )?
                .query_row([key.due, key.id], |row| {
                    Ok((
                        BlockId(row.get(0)?),
                        row.get::<_, u8>(1)?,
                        row.get::<_, Vec<u8>>(2)?,
                        row.get::<_, u16>(3)?,
                    ))
                })
                .optional()?;
            let Some((block, tier, bytes, items)) = row else { continue };
            let Some(mut todo) = Todo::read(&bytes, items) else { continue };
            for claim in &claims {
                todo.remove(claim.endpoint, claim.place.item);
            }
            if todo.is_empty() {
                self.tx
                    .prepare_cached("DELETE FROM turn WHERE due = ?1 AND id = ?2")?
                    .execute([key.due, key.id])?;
                continue;
            }
            let bytes = todo.write(items);
            let sum = turn_sum(key, block, tier, &bytes);
            self.tx
                .prepare_cached("UPDATE turn SET todo = ?3, sum = ?4 WHERE due = ?1 AND id = ?2")?
                .execute(params![key.due, key.id, bytes, sum])?;
        }
        Ok(())
    }

    /// Removes blocks that no one needs any more.
    fn settle_refs(&mut self) -> Sql<()> {
        settle_refs(self.tx, std::mem::take(&mut self.refs))
    }

    /// Takes a damaged block out of the queue, and keeps what is left of it.
    fn set_aside(&mut self, id: BlockId) -> Sql<()> {
        let changed = self.tx.execute(
            "INSERT INTO damaged (found, what, place, records, data)
             SELECT ?2, 'block', b.id, b.refs, d.data FROM block b
             LEFT JOIN data d ON d.id = b.id WHERE b.id = ?1",
            params![id.0, self.now],
        )?;
        if changed > 0 {
            // Turns are found by the order of due times, so this looks at all; damage is rare.
            self.tx.execute("DELETE FROM turn WHERE block = ?1", [id.0])?;
            self.tx.execute("DELETE FROM block WHERE id = ?1", [id.0])?;
            self.tx.execute("DELETE FROM data WHERE id = ?1", [id.0])?;
        }
        Ok(())
    }

    fn set_turn_aside(&mut self, key: TurnKey) -> Sql<()> {
        self.tx.execute(
            "INSERT INTO damaged (found, what, place, records, data)
             SELECT ?3, 'turn', id, 0, todo FROM turn WHERE due = ?1 AND id = ?2",
            params![key.due, key.id, self.now],
        )?;
        self.tx
            .execute("DELETE FROM turn WHERE due = ?1 AND id = ?2", [key.due, key.id])
            .map(|_| ())
    }
}

/// Changes how many need each block, and removes those that no one needs any more.
pub(crate) fn settle_refs(tx: &Transaction<'_>, refs: BTreeMap<BlockId, i64>) -> Sql<()> {
    for (block, change) in refs {
        if change == 0 {
            continue;
        }
        let left: Option<i64> = tx
            .prepare_cached("UPDATE block SET refs = refs + ?2 WHERE id = ?1 RETURNING refs")?
            .query_row([block.0, change], |row| row.get(0))
            .optional()?;
        if left.is_some_and(|left| left <= 0) {
            tx.prepare_cached("DELETE FROM block WHERE id = ?1")?.execute([block.0])?;
            tx.prepare_cached("DELETE FROM data WHERE id = ?1")?.execute([block.0])?;
        }
    }
    Ok(())
}

/// The records that a work delivers, each with its endpoint.
fn record_places(work: &Work) -> Vec<(u32, Place)> {
    if work.sources.is_empty() {
        return work.claims.iter().map(|claim| (claim.endpoint, claim.place)).collect();
    }
    let endpoint = work.claims.first().map_or(0, |claim| claim.endpoint);
    work.sources.iter().map(|place| (endpoint, *place)).collect()
}
