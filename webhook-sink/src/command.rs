//! What operators ask for, as parts of the writer's transactions. Another process leaves its
//! commands in a table; the queue's owner finds them there.

use std::collections::BTreeMap;

use rusqlite::types::Value;
use rusqlite::{OptionalExtension, Transaction, params_from_iter};

use crate::queue::codec::{Input, Todo, put_run};
use crate::queue::store::settle_refs;
use crate::queue::{BlockId, Turn, TurnKey, turn_sum};
use crate::report::DeadReason;
use crate::shared::Settings;

/// Which dead letters are meant. The default is all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeadFilter {
    /// Only these numbers. Empty: any.
    pub ids: Vec<i64>,
    /// Only this endpoint's.
    pub endpoint: Option<String>,
    /// Only those that ended for this reason.
    pub reason: Option<DeadReason>,
    /// Only those whose last answer had this status.
    pub status: Option<u16>,
    /// Only those that ended since then, in milliseconds since 1970.
    pub since_millis: Option<i64>,
    /// Only those that ended before then, in milliseconds since 1970.
    pub before_millis: Option<i64>,
    /// Only numbers up to this one.
    pub max_id: Option<i64>,
    /// Only numbers above this one; for reading on.
    pub after_id: Option<i64>,
}

impl DeadFilter {
    /// The condition in SQL, with its parameters.
    pub(crate) fn sql(&self) -> (String, Vec<Value>) {
        let mut parts = vec!["1".to_owned()];
        let mut values = Vec::new();
        let mut add = |text: &str, value: Value| {
            values.push(value);
            parts.push(text.replace('?', &format!("?{}", values.len())));
        };
        if let Some(endpoint) = &self.endpoint {
            add(
                "endpoint = (SELECT id FROM endpoint WHERE key = ?)",
                Value::Text(endpoint.clone()),
            );
        }
        if let Some(reason) = self.reason {
            add("reason = ?", Value::Integer(reason.number()));
        }
        if let Some(status) = self.status {
            add("status = ?", Value::Integer(i64::from(status)));
        }
        if let Some(since) = self.since_millis {
            add("died >= ?", Value::Integer(since));
        }
        if let Some(before) = self.before_millis {
            add("died < ?", Value::Integer(before));
        }
        if let Some(max) = self.max_id {
            add("id <= ?", Value::Integer(max));
        }
        if let Some(after) = self.after_id {
            add("id > ?", Value::Integer(after));
        }
        if !self.ids.is_empty() {
            let ids: Vec<String> = self.ids.iter().map(i64::to_string).collect();
            parts.push(format!("id IN ({})", ids.join(",")));
        }
        (parts.join(" AND "), values)
    }
}

/// One thing to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Command {
    /// Gives keys their lasting numbers.
    AddEndpoints(Vec<String>),
    Pause(String),
    Resume(String),
    Replay {
        filter: DeadFilter,
        same_body: bool,
    },
    Purge(DeadFilter),
}

/// A command handles so many dead letters at once; who wants more repeats it.
pub(crate) const AT_ONCE: usize = 2_000;

/// What commands change for those who deliver.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    pub(crate) turns: Vec<Turn>,
    pub(crate) next_due: Option<i64>,
    pub(crate) pending: Vec<(u32, i64)>,
    pub(crate) paused: Vec<(u32, bool)>,
}

type Sql<T> = rusqlite::Result<T>;

/// Carries a command out; gives how many it has touched.
pub(crate) fn apply(
    tx: &Transaction<'_>,
    next: &mut i64,
    now: i64,
    command: &Command,
    effects: &mut Effects,
) -> Sql<u64> {
    match command {
        Command::AddEndpoints(keys) => {
            let mut count = 0;
            for key in keys {
                count += tx
                    .prepare_cached("INSERT OR IGNORE INTO endpoint (key) VALUES (?1)")?
                    .execute([key])?;
            }
            Ok(count as u64)
        }
        Command::Pause(key) => pause(tx, key, true, effects),
        Command::Resume(key) => pause(tx, key, false, effects),
        Command::Replay { filter, same_body } => replay(tx, next, now, filter, *same_body, effects),
        Command::Purge(filter) => purge(tx, filter),
    }
}

fn pause(tx: &Transaction<'_>, key: &str, paused: bool, effects: &mut Effects) -> Sql<u64> {
    let number: Option<u32> = tx
        .query_row(
            "UPDATE endpoint SET paused = ?2 WHERE key = ?1 RETURNING id",
            rusqlite::params![key, paused],
            |row| row.get(0),
        )
        .optional()?;
    let Some(number) = number else { return Ok(0) };
    effects.paused.push((number, paused));
    Ok(1)
}

struct DeadRow {
    id: i64,
    endpoint: u32,
    block: BlockId,
    item: u16,
    made: Option<(BlockId, u16)>,
}

fn dead_rows(tx: &Transaction<'_>, filter: &DeadFilter) -> Sql<Vec<DeadRow>> {
    let (condition, values) = filter.sql();
    let mut statement = tx.prepare(&format!(
        "SELECT id, endpoint, block, item, made, made_item FROM dead
         WHERE {condition} ORDER BY id LIMIT {AT_ONCE}"
    ))?;
    let rows = statement.query_map(params_from_iter(values), |row| {
        let made: Option<i64> = row.get(4)?;
        let made_item: Option<u16> = row.get(5)?;
        Ok(DeadRow {
            id: row.get(0)?,
            endpoint: row.get(1)?,
            block: BlockId(row.get(2)?),
            item: row.get(3)?,
            made: made.zip(made_item).map(|(block, item)| (BlockId(block), item)),
        })
    })?;
    rows.collect()
}

/// Puts dead letters back in the queue, as first attempts.
fn replay(
    tx: &Transaction<'_>,
    next: &mut i64,
    _now: i64,
    filter: &DeadFilter,
    same_body: bool,
    effects: &mut Effects,
) -> Sql<u64> {
    let rows = dead_rows(tx, filter)?;
    let mut todos: BTreeMap<BlockId, BTreeMap<u32, Vec<u16>>> = BTreeMap::new();
    let mut refs: BTreeMap<BlockId, i64> = BTreeMap::new();
    let mut count = 0;
    for row in rows {
        // Records that were sent together died together; the first of them brings the others along.
        let deleted = match row.made {
            Some((block, item)) if same_body => tx
                .prepare_cached("DELETE FROM dead WHERE made = ?1 AND made_item = ?2")?
                .execute([block.0, i64::from(item)])?,
            _ => tx.prepare_cached("DELETE FROM dead WHERE id = ?1")?.execute([row.id])?,
        };
        if deleted == 0 {
            continue;
        }
        count += deleted as u64;
        let (block, item) = match row.made {
            Some((block, item)) if same_body => {
                // One delivery needs the body now, not each of the dead letters.
                *refs.entry(block).or_default() -= deleted as i64 - 1;
                (block, item)
            }
            Some((made, _)) => {
                *refs.entry(made).or_default() -= 1;
                (row.block, row.item)
            }
            None => (row.block, row.item),
        };
        todos.entry(block).or_default().entry(row.endpoint).or_default().push(item);
    }
    for (block, entries) in todos {
        let items: Option<u16> = tx
            .prepare_cached("SELECT items FROM block WHERE id = ?1")?
            .query_row([block.0], |row| row.get(0))
            .optional()?;
        let Some(items) = items else { continue };
        let mut todo = Todo::default();
        for (endpoint, mut places) in entries {
            places.sort_unstable();
            places.dedup();
            todo.0.push((endpoint, places));
        }
        let key = TurnKey { due: 0, id: *next };
        *next += 1;
        let bytes = todo.write(items);
        tx.prepare_cached(
            "INSERT INTO turn (due, id, block, tier, todo, sum) VALUES (0, ?1, ?2, 0, ?3, ?4)",
        )?
        .execute(rusqlite::params![
            key.id,
            block.0,
            bytes,
            turn_sum(key, block, 0, &bytes)
        ])?;
        effects.turns.push(Turn { key, block, tier: 0, todo });
    }
    settle_refs(tx, refs)?;
    Ok(count)
}

/// Removes dead letters for good.
fn purge(tx: &Transaction<'_>, filter: &DeadFilter) -> Sql<u64> {
    let rows = dead_rows(tx, filter)?;
    let mut refs: BTreeMap<BlockId, i64> = BTreeMap::new();
    for row in &rows {
        tx.prepare_cached("DELETE FROM dead WHERE id = ?1")?.execute([row.id])?;
        *refs.entry(row.block).or_default() -= 1;
        if let Some((made, _)) = row.made {
            *refs.entry(made).or_default() -= 1;
        }
    }
    settle_refs(tx, refs)?;
    Ok(rows.len() as u64)
}

/// Carries out what other processes have left.
pub(crate) fn apply_waiting(
    tx: &Transaction<'_>,
    next: &mut i64,
    now: i64,
    effects: &mut Effects,
) -> Sql<()> {
    let mut statement = tx.prepare_cached("SELECT id, request FROM command WHERE done = 0")?;
    let waiting: Vec<(i64, Vec<u8>)> =
        statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Sql<_>>()?;
    for (id, request) in waiting {
        let result = match Command::read(&request) {
            Some(command) => apply(tx, next, now, &command, effects)?.to_string(),
            None => "the queue's owner does not know this command".to_owned(),
        };
        tx.prepare_cached("UPDATE command SET done = 1, result = ?2 WHERE id = ?1")?
            .execute(rusqlite::params![id, result])?;
    }
    Ok(())
}

/// Removes what was kept long enough, some of it at a time.
pub(crate) fn sweep(tx: &Transaction<'_>, now: i64, settings: &Settings) -> Sql<()> {
    let keep = crate::clock::duration_millis(settings.keep_dead);
    let old = DeadFilter { before_millis: Some(now.saturating_sub(keep)), ..DeadFilter::default() };
    purge(tx, &old)?;
    let keep = crate::clock::duration_millis(settings.keep_delivered);
    let mut statement = tx.prepare_cached(&format!(
        "DELETE FROM delivered WHERE id IN
         (SELECT id FROM delivered WHERE at < ?1 ORDER BY id LIMIT {}) RETURNING block",
        10 * AT_ONCE
    ))?;
    let mut refs: BTreeMap<BlockId, i64> = BTreeMap::new();
    let mut rows = statement.query([now.saturating_sub(keep)])?;
    while let Some(row) = rows.next()? {
        *refs.entry(BlockId(row.get(0)?)).or_default() -= 1;
    }
    drop(rows);
    settle_refs(tx, refs)?;
    // Who left a command and went away does not fetch its result.
    tx.execute("DELETE FROM command WHERE done = 1 AND at < ?1", [now - 3_600_000])?;
    Ok(())
}

impl Command {
    /// As bytes, for the table.
    pub(crate) fn write(&self) -> Vec<u8> {
        let mut out = Vec::new();
        match self {
            Command::AddEndpoints(keys) => {
                out.push(0);
                for key in keys {
                    put_run(&mut out, key.as_bytes());
                }
            }
            Command::Pause(key) => {
                out.push(1);
                put_run(&mut out, key.as_bytes());
            }
            Command::Resume(key) => {
                out.push(2);
                put_run(&mut out, key.as_bytes());
            }
            Command::Replay { filter, same_body } => {
                out.push(if *same_body { 4 } else { 3 });
                write_filter(filter, &mut out);
            }
            Command::Purge(filter) => {
                out.push(5);
                write_filter(filter, &mut out);
            }
        }
        out
    }

    /// What [`Command::write`] wrote.
    pub(crate) fn read(bytes: &[u8]) -> Option<Command> {
        let mut input = Input(bytes);
        let kind = input.u8()?;
        let key = |input: &mut Input<'_>| {
            input.run().and_then(|run| String::from_utf8(run.to_vec()).ok())
        };
        match kind {
            0 => {
                let mut keys = Vec::new();
                while !input.0.is_empty() {
                    keys.push(key(&mut input)?);
                }
                Some(Command::AddEndpoints(keys))
            }
            1 => Some(Command::Pause(key(&mut input)?)),
            2 => Some(Command::Resume(key(&mut input)?)),
            3 | 4 => {
                let filter = read_filter(&mut input)?;
                Some(Command::Replay { filter, same_body: kind == 4 })
            }
            5 => Some(Command::Purge(read_filter(&mut input)?)),
            _ => None,
        }
    }
}

fn write_filter(filter: &DeadFilter, out: &mut Vec<u8>) {
    put_run(out, filter.endpoint.as_deref().unwrap_or("").as_bytes());
    let numbers = [
        filter.reason.map(DeadReason::number),
        filter.status.map(i64::from),
        filter.since_millis,
        filter.before_millis,
        filter.max_id,
        filter.after_id,
    ];
    for number in numbers {
        out.push(u8::from(number.is_some()));
        out.extend_from_slice(&number.unwrap_or(0).to_le_bytes());
    }
    for id in &filter.ids {
        out.extend_from_slice(&id.to_le_bytes());
    }
}

fn read_filter(input: &mut Input<'_>) -> Option<DeadFilter> {
    let endpoint = String::from_utf8(input.run()?.to_vec()).ok()?;
    let mut number = || -> Option<Option<i64>> {
        let is_there = input.u8()? != 0;
        let value = input.i64()?;
        Some(is_there.then_some(value))
    };
    let mut filter = DeadFilter {
        endpoint: (!endpoint.is_empty()).then_some(endpoint),
        reason: number()?.map(DeadReason::from_number),
        status: number()?.and_then(|status| u16::try_from(status).ok()),
        since_millis: number()?,
        before_millis: number()?,
        max_id: number()?,
        after_id: number()?,
        ids: Vec::new(),
    };
    while !input.0.is_empty() {
        filter.ids.push(input.i64()?);
    }
    Some(filter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_come_back() {
        let filter = DeadFilter {
            ids: vec![1, 5],
            endpoint: Some("orders".into()),
            reason: Some(DeadReason::Expired),
            status: Some(503),
            since_millis: Some(-1),
            before_millis: None,
            max_id: Some(9),
            after_id: None,
        };
        for command in [
            Command::AddEndpoints(vec!["a".into(), "ü".into()]),
            Command::Pause("a".into()),
            Command::Resume("a".into()),
            Command::Replay { filter: filter.clone(), same_body: true },
            Command::Replay { filter: DeadFilter::default(), same_body: false },
            Command::Purge(filter),
        ] {
            let bytes = command.write();
            assert_eq!(Command::read(&bytes), Some(command));
            for cut in 0..bytes.len() {
                Command::read(&bytes[..cut]);
            }
        }
    }
}
