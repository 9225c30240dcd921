//! The tables, their version, and how an older file becomes a newer one.

use rusqlite::Connection;

use crate::error::{Error, ErrorKind, Result};
use crate::queue::storage_error;

/// What the file's `user_version` must be.
pub(crate) const VERSION: i64 = 1;

/// Marks the file as ours (`application_id`): "whsk".
const APPLICATION: i64 = 0x7768_736b;

/// Each step takes a file from the version of its place to the next one.
///
/// - `endpoint`: keys and their lasting numbers.
/// - `block`: one row per group of records committed together, small, so that opening a long queue
///   does not touch what `data` holds. `refs` counts deliveries that still need the block.
/// - `turn`: who has yet to get what of a block, and when. First attempts have `due` 0 and come in
///   the order of `id`; each tier of retries adds at its own place, since its delay is constant.
/// - `dead`: one row per dead letter.
const STEPS: &[&str] = &["
    CREATE TABLE endpoint (
        id INTEGER PRIMARY KEY,
        key TEXT NOT NULL UNIQUE,
        paused INTEGER NOT NULL DEFAULT 0
    );
    CREATE TABLE block (
        id INTEGER PRIMARY KEY,
        kind INTEGER NOT NULL,
        refs INTEGER NOT NULL,
        accepted INTEGER NOT NULL,
        items INTEGER NOT NULL,
        bytes INTEGER NOT NULL,
        stamp INTEGER NOT NULL,
        sum INTEGER NOT NULL
    );
    CREATE TABLE data (id INTEGER PRIMARY KEY, data BLOB NOT NULL);
    CREATE TABLE turn (
        due INTEGER NOT NULL,
        id INTEGER NOT NULL,
        block INTEGER NOT NULL,
        tier INTEGER NOT NULL,
        todo BLOB NOT NULL,
        sum INTEGER NOT NULL,
        PRIMARY KEY (due, id)
    ) WITHOUT ROWID;
    CREATE TABLE dead (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        endpoint INTEGER NOT NULL,
        block INTEGER NOT NULL,
        item INTEGER NOT NULL,
        made INTEGER,
        made_item INTEGER,
        record TEXT NOT NULL,
        reason INTEGER NOT NULL,
        detail TEXT NOT NULL,
        status INTEGER,
        answer BLOB NOT NULL,
        attempts INTEGER NOT NULL,
        accepted INTEGER NOT NULL,
        first INTEGER,
        died INTEGER NOT NULL
    );
    CREATE INDEX dead_by_time ON dead (died);
    CREATE INDEX dead_by_endpoint ON dead (endpoint, id);
    CREATE TABLE delivered (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at INTEGER NOT NULL,
        endpoint INTEGER NOT NULL,
        block INTEGER NOT NULL,
        item INTEGER NOT NULL
    );
    CREATE TABLE damaged (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        found INTEGER NOT NULL,
        what TEXT NOT NULL,
        place INTEGER NOT NULL,
        records INTEGER NOT NULL,
        data BLOB
    );
    CREATE TABLE mark (key TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE command (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at INTEGER NOT NULL,
        request BLOB NOT NULL,
        done INTEGER NOT NULL DEFAULT 0,
        result TEXT
    );
"];

/// Makes the tables, or brings an older file up to date.
pub(crate) fn migrate(connection: &mut Connection) -> Result<()> {
    let error = |e| storage_error("cannot read the queue", e);
    let version: i64 =
        connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(error)?;
    let application: i64 =
        connection.query_row("PRAGMA application_id", [], |row| row.get(0)).map_err(error)?;
    let objects: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(error)?;
    if objects > 0 && application != APPLICATION {
        return Err(Error::new(ErrorKind::Format, "the file is a database, but not a queue"));
    }
    if version > VERSION {
        return Err(Error::new(
            ErrorKind::Format,
            format!("the queue has format {version}, this program knows formats up to {VERSION}"),
        ));
    }
    let done = usize::try_from(version).unwrap_or(0);
    if done == STEPS.len() {
        return Ok(());
    }
    let transaction = connection.transaction().map_err(error)?;
    for step in STEPS.iter().skip(done) {
        transaction.execute_batch(step).map_err(error)?;
    }
    transaction.pragma_update(None, "user_version", VERSION).map_err(error)?;
    transaction.pragma_update(None, "application_id", APPLICATION).map_err(error)?;
    transaction.commit().map_err(error)
}

/// Whether the tables can be read at their beginnings and ends; damage elsewhere shows in use. To
/// look at all of a long queue would take longer than to deliver from it.
pub(crate) fn check(connection: &Connection) -> Result<()> {
    let tables = ["endpoint", "block", "data", "dead", "delivered", "damaged", "command"];
    let ends = tables.map(|table| {
        format!("SELECT (SELECT min(id) FROM {table}), (SELECT max(id) FROM {table})")
    });
    let turns = "SELECT (SELECT min(due) FROM turn), (SELECT max(due) FROM turn)".to_owned();
    for sql in ends.iter().chain([&turns]) {
        connection
            .query_row(sql, [], |_| Ok(()))
            .map_err(|e| storage_error("cannot read the queue", e))?;
    }
    Ok(())
}
