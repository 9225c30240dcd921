//! What to do about a file that is not what was written.
//!
//! A block's bytes have their own sum, and a damaged one is set aside while the queue works
//! ([`super::store`]). This is about the two other cases: the tables themselves are damaged, or the
//! end of SQLite's log is, which SQLite takes for a commit that never happened.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};

use super::codec::{Todo, item, read_made};
use super::{BlockId, TurnKey, open_reader, open_writer, storage_error, turn_sum};
use crate::error::{Error, ErrorKind, Result};

/// Says that the file was found damaged while it was in use, so that it is mended when it is opened
/// next.
pub(crate) fn mark_damaged(dir: &Path) {
    // If the mark cannot be made, the damage will show again.
    let _ = File::create(dir.join("damaged"));
}

/// Whether it was.
pub(crate) fn is_marked(dir: &Path) -> bool {
    dir.join("damaged").exists()
}

/// Moves the damaged file aside and makes a new one of all in it that can be read; says in words
/// what was done.
pub(crate) fn salvage(dir: &Path, now: i64) -> Result<String> {
    let path = dir.join("queue.db");
    let aside = dir.join(format!("queue.damaged-{now}.db"));
    for suffix in ["", "-wal"] {
        let from = with_suffix(&path, suffix);
        if from.exists() {
            std::fs::rename(&from, with_suffix(&aside, suffix)).map_err(|e| {
                Error::new(ErrorKind::Storage, "cannot move the damaged queue").with_source(e)
            })?;
        }
    }
    let _ = std::fs::remove_file(with_suffix(&path, "-shm"));
    // Where that cannot be done, less is found below.
    let _ = lengthen(&aside);
    let mut new = open_writer(&path)?;
    let mut lost = 0;
    // Even the file's first page may be gone; then there is nothing to copy.
    let old = Connection::open(&aside).or_else(|_| open_reader(&aside).map_err(|_| ()));
    if let Ok(old) = old {
        lost = copy(&old, &mut new).map_err(|e| storage_error("cannot mend the queue", e))?;
    }
    let _ = std::fs::remove_file(dir.join("damaged"));
    Ok(format!(
        "the queue's tables were damaged: what can be read was taken over, {lost} rows cannot; the old file is {}",
        aside.display()
    ))
}

/// SQLite refuses a file that is shorter than its first page says; so what was cut off is made of
/// zeros, which are found to be wrong one by one.
fn lengthen(path: &Path) -> std::io::Result<()> {
    let mut file = File::options().read(true).write(true).open(path)?;
    let mut head = [0; 32];
    file.read_exact(&mut head)?;
    let number = |at: usize| head.get(at..at + 4).and_then(|b| b.try_into().ok());
    let pages = u64::from(number(28).map_or(0, u32::from_be_bytes));
    let wanted = pages.saturating_mul(super::PAGE_BYTES.cast_unsigned());
    let length = file.metadata()?.len();
    // A damaged number must not fill the disk.
    if wanted > length && wanted < length.saturating_mul(1_000).max(64 << 20) {
        file.set_len(wanted)?;
    }
    Ok(())
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

type Row = Vec<Value>;

/// Copies what can be read; gives how many rows are known to be lost.
fn copy(old: &Connection, new: &mut Connection) -> rusqlite::Result<u64> {
    let tx = new.transaction()?;
    let mut lost = 0;
    for (table, columns) in [
        ("endpoint", "id, key, paused"),
        ("block", "id, kind, refs, accepted, items, bytes, stamp, sum"),
        (
            "dead",
            "id, endpoint, block, item, made, made_item, record, reason, detail, status, answer, \
             attempts, accepted, first, died",
        ),
        ("delivered", "id, at, endpoint, block, item"),
        ("damaged", "id, found, what, place, records, data"),
        ("data", "id, data"),
    ] {
        let insert = insert_of(table, columns);
        lost += each_by_id(old, table, columns, |row| {
            tx.prepare_cached(&insert)?.execute(params_from_iter(row)).map(|_| ())
        })?;
    }
    let (turns, is_whole) = turns(old);
    lost += u64::from(!is_whole);
    for row in turns.into_values() {
        tx.prepare_cached(&insert_of("turn", "due, id, block, tier, todo, sum"))?
            .execute(params_from_iter(row))?;
    }
    if let Ok(marks) = rows(old, "SELECT key, value FROM mark", &[]) {
        for row in marks {
            tx.prepare_cached(&insert_of("mark", "key, value"))?.execute(params_from_iter(row))?;
        }
    }
    count_again(&tx)?;
    tx.commit()?;
    Ok(lost)
}

fn insert_of(table: &str, columns: &str) -> String {
    let places: Vec<String> = (1..=columns.split(',').count()).map(|n| format!("?{n}")).collect();
    format!("INSERT OR IGNORE INTO {table} ({columns}) VALUES ({})", places.join(", "))
}

fn rows(connection: &Connection, sql: &str, values: &[i64]) -> rusqlite::Result<Vec<Row>> {
    let mut statement = connection.prepare_cached(sql)?;
    let width = statement.column_count();
    let mut rows = statement.query(params_from_iter(values))?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        all.push((0..width).map(|index| row.get(index)).collect::<rusqlite::Result<Row>>()?);
    }
    Ok(all)
}

/// Numbers between two readable ones that are tried one by one.
const MOST_TRIED: i64 = 5_000_000;

/// Hands over each row that can be read, by its number; gives how many cannot.
fn each_by_id(
    old: &Connection,
    table: &str,
    columns: &str,
    mut take: impl FnMut(Row) -> rusqlite::Result<()>,
) -> rusqlite::Result<u64> {
    // From the front until something is wrong, from the back likewise, and what lies between one by
    // one: there a row may be found by a way around the damaged page.
    let up = until_error(old, &format!("SELECT id FROM {table} ORDER BY id"));
    let down = until_error(old, &format!("SELECT id FROM {table} ORDER BY id DESC"));
    let mut ids: BTreeSet<i64> = up.0.iter().chain(&down.0).copied().collect();
    let mut lost = 0;
    if up.1 || down.1 {
        let from = up.0.last().copied().unwrap_or(0);
        let to = down.0.last().copied().unwrap_or(from);
        lost += u64::from(up.1);
        if to - from <= MOST_TRIED {
            ids.extend(from..to.max(from));
        }
    }
    let sql = format!("SELECT {columns} FROM {table} WHERE id = ?1");
    for id in ids {
        match rows(old, &sql, &[id]) {
            Ok(found) => found.into_iter().try_for_each(&mut take)?,
            Err(_) => lost += 1,
        }
    }
    Ok(lost)
}

/// The first column of all rows up to an error, and whether there was one.
fn until_error(old: &Connection, sql: &str) -> (Vec<i64>, bool) {
    let mut found = Vec::new();
    let Ok(mut statement) = old.prepare(sql) else { return (found, true) };
    let Ok(mut rows) = statement.query([]) else { return (found, true) };
    loop {
        match rows.next() {
            Ok(Some(row)) => match row.get(0) {
                Ok(id) => found.push(id),
                Err(_) => return (found, true),
            },
            Ok(None) => return (found, false),
            Err(_) => return (found, true),
        }
    }
}

/// All turns that can be read from either end, and whether that is all of them.
fn turns(old: &Connection) -> (BTreeMap<TurnKey, Row>, bool) {
    let mut found = BTreeMap::new();
    let mut is_whole = true;
    for order in ["due, id", "due DESC, id DESC"] {
        let sql = format!("SELECT due, id, block, tier, todo, sum FROM turn ORDER BY {order}");
        let Ok(mut statement) = old.prepare(&sql) else { return (found, false) };
        let Ok(mut rows) = statement.query([]) else { return (found, false) };
        loop {
            match rows.next() {
                Ok(Some(row)) => {
                    let values: rusqlite::Result<Row> = (0..6).map(|i| row.get(i)).collect();
                    if let Ok(values) = values
                        && let [Value::Integer(due), Value::Integer(id), ..] = values[..]
                    {
                        found.insert(TurnKey { due, id }, values);
                    }
                }
                Ok(None) => return (found, is_whole),
                Err(_) => {
                    is_whole = false;
                    break;
                }
            }
        }
    }
    (found, is_whole)
}

/// Counts anew who needs each block, and removes those that no one needs and turns without a block.
fn count_again(tx: &rusqlite::Transaction<'_>) -> rusqlite::Result<()> {
    let mut refs: BTreeMap<i64, i64> = BTreeMap::new();
    tx.execute("DELETE FROM turn WHERE block NOT IN (SELECT id FROM block)", [])?;
    let mut statement = tx.prepare(
        "SELECT t.due, t.id, t.block, t.tier, t.todo, t.sum, b.items, b.kind FROM turn t
         JOIN block b ON b.id = t.block",
    )?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let key = TurnKey { due: row.get(0)?, id: row.get(1)? };
        let (block, tier): (i64, u8) = (row.get(2)?, row.get(3)?);
        let (todo, sum): (Vec<u8>, i64) = (row.get(4)?, row.get(5)?);
        let items = row.get::<_, i64>(6)?;
        if turn_sum(key, BlockId(block), tier, &todo) != sum {
            // It is set aside when it is read.
            continue;
        }
        let Some(todo) = u16::try_from(items).ok().and_then(|n| Todo::read(&todo, n)) else {
            continue;
        };
        *refs.entry(block).or_default() += i64::try_from(todo.len()).unwrap_or(0);
        if row.get::<_, i64>(7)? == 1 {
            let data: Option<Vec<u8>> =
                tx.query_row("SELECT data FROM data WHERE id = ?1", [block], |row| row.get(0)).ok();
            let data = data.unwrap_or_default();
            for place in todo.0.iter().flat_map(|(_, places)| places) {
                let made = item(&data, usize::from(*place)).and_then(read_made);
                for source in made.iter().flat_map(|made| &made.sources) {
                    *refs.entry(source.block.0).or_default() += 1;
                }
            }
        }
    }
    drop(rows);
    drop(statement);
    for sql in [
        "SELECT block, count(*) FROM dead GROUP BY block",
        "SELECT made, count(*) FROM dead WHERE made IS NOT NULL GROUP BY made",
        "SELECT block, count(*) FROM delivered GROUP BY block",
    ] {
        let mut statement = tx.prepare(sql)?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            *refs.entry(row.get(0)?).or_default() += row.get::<_, i64>(1)?;
        }
    }
    tx.execute("UPDATE block SET refs = 0", [])?;
    for (block, count) in refs {
        tx.prepare_cached("UPDATE block SET refs = ?2 WHERE id = ?1")?
            .execute(params![block, count])?;
    }
    tx.execute("DELETE FROM block WHERE refs = 0", [])?;
    tx.execute("DELETE FROM data WHERE id NOT IN (SELECT id FROM block)", [])?;
    Ok(())
}

/// How far SQLite's log had come after the last commit, kept in a file beside it. It is not synced:
/// after a failure of the power it may be old, and then it says less, but never too much.
pub(crate) struct Watch {
    wal: PathBuf,
    note: Option<File>,
    path: PathBuf,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Position {
    /// The log's salts; the first is one more each time it begins anew.
    salts: [u32; 2],
    frames: u32,
}

impl Watch {
    /// Looks whether the log still has all that it had, and mends what can be mended. Must be called
    /// before anything else has opened the queue.
    pub(crate) fn open(dir: &Path) -> (Watch, Option<Expected>) {
        let path = dir.join("commits");
        let wal = dir.join("queue.db-wal");
        let noted = std::fs::read(&path).ok().and_then(|bytes| Position::read(&bytes));
        // SQLite removes the log when the last one who uses it closes it in good order.
        let noted = noted.filter(|_| wal.exists());
        // What cannot be mended is found missing.
        let mended = noted.and_then(|noted| mend_log(&wal, noted).ok()).unwrap_or(0);
        let salts = salts(&wal);
        let watch = Watch { wal, note: None, path };
        (watch, noted.map(|noted| Expected { noted, salts, mended }))
    }

    /// Takes note of a commit.
    pub(crate) fn note(&mut self, connection: &Connection) {
        let Some(position) = self.position(connection) else { return };
        if self.note.is_none() {
            let mut options = File::options();
            self.note = options.create(true).truncate(false).write(true).open(&self.path).ok();
        }
        let Some(file) = &mut self.note else { return };
        // What cannot be noted is not watched.
        let _ = file.seek(SeekFrom::Start(0)).and_then(|_| file.write_all(&position.write()));
    }

    fn position(&self, connection: &Connection) -> Option<Position> {
        let frames = frames(connection)?;
        Some(Position { salts: salts(&self.wal)?, frames })
    }

    /// Forgets all, before the log is emptied in good order.
    pub(crate) fn forget(&mut self) {
        self.note = None;
        let _ = std::fs::remove_file(&self.path);
    }
}

/// What was noted, and the salts that the log has now.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Expected {
    noted: Position,
    salts: Option<[u32; 2]>,
    /// Pages of the log that were not what was written.
    pub(crate) mended: u32,
}

impl Expected {
    /// How many pages are missing from the log, once SQLite has read it; 0 if none.
    pub(crate) fn missing(&self, connection: &Connection) -> u32 {
        match self.salts {
            Some(salts) if salts == self.noted.salts => {
                self.noted.frames.saturating_sub(frames(connection).unwrap_or(0))
            }
            // It was begun anew, which it is only after all of it was copied into the file.
            Some([first, _]) if first == self.noted.salts[0].wrapping_add(1) => 0,
            _ => self.noted.frames,
        }
    }
}

const HEAD: usize = 32;
const FRAME_HEAD: usize = 24;

/// SQLite believes a log up to the first sum that does not fit, and so drops all commits behind a
/// single flipped bit. We know how far the log was good, so the sums are made to fit up to there;
/// what is wrong is then one page, and is found by the sums of the blocks. Gives how many pages did
/// not fit.
fn mend_log(wal: &Path, noted: Position) -> std::io::Result<u32> {
    let mut bytes = std::fs::read(wal)?;
    let page = usize::try_from(super::PAGE_BYTES).unwrap_or(usize::MAX);
    let mut damaged = 0;
    let now = salts(wal);
    let begun_anew = now.is_some_and(|[first, _]| first == noted.salts[0].wrapping_add(1));
    let Some(head) = bytes.first_chunk_mut::<HEAD>() else { return Ok(0) };
    if begun_anew && now != Some(noted.salts) && sum_fits(head, HEAD - 8, [0, 0]).is_some() {
        return Ok(0);
    }
    let mut sum = match sum_fits(head, HEAD - 8, [0, 0]) {
        Some(sum) if now == Some(noted.salts) => sum,
        _ => {
            damaged += 1;
            // Magic (sums of little-endian words), version, page size, count of checkpoints, salts.
            let values = [0x377f_0682, 3_007_000, super::PAGE_BYTES as u32, 0];
            let values = values.iter().chain(&noted.salts);
            for (place, value) in head.chunks_exact_mut(4).zip(values) {
                place.copy_from_slice(&value.to_be_bytes());
            }
            fit_sum(head, HEAD - 8, [0, 0])
        }
    };
    let frames = bytes.get_mut(HEAD..).unwrap_or_default();
    for frame in frames.chunks_exact_mut(FRAME_HEAD + page).take(noted.frames as usize) {
        let (head, page) = frame.split_at_mut(FRAME_HEAD);
        let of_head = sum_of(head.get(..8).unwrap_or_default(), sum);
        let of_page = sum_of(page, of_head);
        let written = |at: usize| {
            head.get(at..at + 4).and_then(|b| b.try_into().ok()).map(u32::from_be_bytes)
        };
        let fits = [written(8), written(12), written(16), written(20)]
            == [noted.salts[0], noted.salts[1], of_page[0], of_page[1]].map(Some);
        if !fits {
            // Sums behind a mended one do not fit either; they are no damage of their own.
            damaged += 1;
            let values = [noted.salts[0], noted.salts[1], of_page[0], of_page[1]];
            for (place, value) in head.chunks_exact_mut(4).skip(2).zip(values) {
                place.copy_from_slice(&value.to_be_bytes());
            }
        }
        sum = of_page;
    }
    if damaged > 0 {
        let mut file = File::options().write(true).open(wal)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
    }
    Ok(damaged)
}

/// SQLite's sum over pairs of little-endian words.
fn sum_of(bytes: &[u8], [mut first, mut second]: [u32; 2]) -> [u32; 2] {
    for pair in bytes.chunks_exact(8) {
        let word = |at: usize| {
            pair.get(at..at + 4).and_then(|b| b.try_into().ok()).map_or(0, u32::from_le_bytes)
        };
        first = first.wrapping_add(word(0)).wrapping_add(second);
        second = second.wrapping_add(word(4)).wrapping_add(first);
    }
    [first, second]
}

/// The sum over the first bytes, if it is what stands behind them.
fn sum_fits(bytes: &[u8], length: usize, start: [u32; 2]) -> Option<[u32; 2]> {
    let sum = sum_of(bytes.get(..length)?, start);
    let stored = bytes.get(length..length + 8)?;
    let expected: Vec<u8> = sum.iter().flat_map(|word| word.to_be_bytes()).collect();
    (stored == expected).then_some(sum)
}

/// Writes the sum over the first bytes behind them.
fn fit_sum(bytes: &mut [u8], length: usize, start: [u32; 2]) -> [u32; 2] {
    let sum = sum_of(bytes.get(..length).unwrap_or_default(), start);
    for (place, word) in bytes.chunks_exact_mut(4).skip(length / 4).zip(sum) {
        place.copy_from_slice(&word.to_be_bytes());
    }
    sum
}

/// Pages in the log.
fn frames(connection: &Connection) -> Option<u32> {
    connection
        .prepare_cached("PRAGMA wal_checkpoint(NOOP)")
        .and_then(|mut statement| statement.query_row([], |row| row.get::<_, i64>(1)))
        .ok()
        .and_then(|frames| u32::try_from(frames).ok())
}

fn salts(wal: &Path) -> Option<[u32; 2]> {
    let mut head = [0; 32];
    File::open(wal).and_then(|mut file| file.read_exact(&mut head)).ok()?;
    let number = |at: usize| -> Option<u32> {
        Some(u32::from_be_bytes(head.get(at..at + 4)?.try_into().ok()?))
    };
    Some([number(16)?, number(20)?])
}

impl Position {
    fn write(self) -> [u8; 16] {
        let mut bytes = [0; 16];
        for (place, value) in
            bytes.chunks_exact_mut(4).zip([self.salts[0], self.salts[1], self.frames])
        {
            place.copy_from_slice(&value.to_le_bytes());
        }
        let sum = crc32fast::hash(bytes.get(..12).unwrap_or_default());
        if let Some(place) = bytes.get_mut(12..) {
            place.copy_from_slice(&sum.to_le_bytes());
        }
        bytes
    }

    fn read(bytes: &[u8]) -> Option<Position> {
        let number = |at: usize| -> Option<u32> {
            Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
        };
        let position = Position { salts: [number(0)?, number(4)?], frames: number(8)? };
        (position.write() == bytes).then_some(position)
    }
}
