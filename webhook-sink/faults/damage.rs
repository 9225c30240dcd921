//! F5: files that are not what was written.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use webhook_sink::{Options, Record, Sink};

use super::disk::Taking;
use super::{Dice, Folder, Form, Verdict, body, child};

const RECORDS: u64 = 1_500;

/// Flips bits of a queue's files and cuts them off, then delivers from what is left.
pub(crate) fn damage(form: Form) -> Verdict {
    Verdict::of(try_damage(if form == Form::Long { 1_000 } else { 40 }))
}

fn try_damage(states: u64) -> Result<String, String> {
    let original = Folder::new("original");
    fill(original.path())?;
    let mut dice = Dice::new(5);
    let (mut harmless, mut reported, mut most_lost) = (0, 0, 0);
    for state in 0..states {
        let copy = Folder::new("damaged");
        let what = spoil(original.path(), copy.path(), state, &mut dice)?;
        let (lost, is_reported) =
            deliver(copy.path()).map_err(|error| format!("state {state}, {what}: {error}"))?;
        if std::env::var_os("FAULT_TELL").is_some() {
            eprintln!("state {state}, {what}: {lost} lost, reported: {is_reported}");
        }
        if lost > 0 && !is_reported {
            return Err(format!("state {state}, {what}: {lost} lost without a word"));
        }
        // A flipped bit is in one block, of 64 KiB; or in a page of the tables, which name several.
        most_lost = most_lost.max(if what.starts_with("flip") { lost } else { 0 });
        if lost == 0 { harmless += 1 } else { reported += 1 }
    }
    Ok(format!(
        "{states} states: {harmless} without loss, {reported} reported; a flip cost at most {most_lost} of {RECORDS}"
    ))
}

fn fill(folder: &Path) -> Result<(), String> {
    let say = |error: webhook_sink::Error| error.to_string();
    let sink = Sink::open(folder, [child::endpoint(9, true)], Options::default()).map_err(say)?;
    let to = [sink.endpoint("a").ok_or("it is there")?];
    for first in (0..RECORDS).step_by(50) {
        let records = (first..first + 50).map(|n| Record::new(body(n, 2_000), to)).collect();
        sink.accept(records).map_err(say)?;
    }
    // Beside the log lies the note of how far it had come.
    std::fs::copy(folder.join("commits"), folder.join("commits.live"))
        .map_err(|error| error.to_string())?;
    // The files as they are while the process runs: part of the records is in the log alone.
    for name in ["queue.db", "queue.db-wal"] {
        std::fs::copy(folder.join(name), folder.join(format!("{name}.live")))
            .map_err(|error| error.to_string())?;
    }
    sink.shutdown(Duration::from_secs(1));
    Ok(())
}

/// Copies the queue with a fault in it; gives what it is.
fn spoil(from: &Path, to: &Path, state: u64, dice: &mut Dice) -> Result<String, String> {
    let read = |name: &str| std::fs::read(from.join(name)).map_err(|error| error.to_string());
    let write = |name: &str, bytes: &[u8]| {
        std::fs::write(to.join(name), bytes).map_err(|error| error.to_string())
    };
    let mut spoil = |bytes: &mut Vec<u8>, name: &str| {
        if dice.below(5) == 0 {
            let length = dice.below(bytes.len() as u64) as usize;
            bytes.truncate(length);
            return format!("{name} cut to {length}");
        }
        let at = dice.below(bytes.len() as u64) as usize;
        let bit = dice.below(8);
        bytes[at] ^= 1 << bit;
        format!("flip of bit {bit} at {at} of {name}")
    };
    if state.is_multiple_of(3) {
        let (database, mut log) = (read("queue.db.live")?, read("queue.db-wal.live")?);
        let what = spoil(&mut log, "the log");
        write("queue.db", &database)?;
        write("queue.db-wal", &log)?;
        write("commits", &read("commits.live")?)?;
        return Ok(what);
    }
    let mut database = read("queue.db")?;
    let what = spoil(&mut database, "the database");
    write("queue.db", &database)?;
    Ok(what)
}

/// Delivers what can be; gives how many are lost, and whether anyone was told of damage.
fn deliver(folder: &Path) -> Result<(u64, bool), String> {
    let client = Arc::new(Taking::default());
    let open = || {
        let mut options = Options::default();
        options.client = client.clone();
        Sink::open(folder, [child::endpoint(9, false)], options)
    };
    let mut is_reported = false;
    // Damage that shows while the sink works ends it; it is mended at the next opening.
    for _ in 0..3 {
        let sink = open().map_err(|error| format!("cannot be opened: {error}"))?;
        let is_empty = sink.wait_until_empty(Duration::from_secs(20));
        let failure = sink.failure();
        let status = sink.control().status();
        let report = sink.shutdown(Duration::from_secs(1));
        is_reported |= !report.problems.is_empty();
        is_reported |= status.is_ok_and(|status| status.damaged > 0);
        if *client.damaged.lock().expect("no one panics") > 0 {
            return Err("a damaged record was sent".to_owned());
        }
        if is_empty {
            let found = client.numbers.lock().expect("no one panics").len() as u64;
            return Ok((RECORDS - found, is_reported));
        }
        if failure.is_none() {
            return Err(format!("stuck: {report:?}"));
        }
    }
    Err("damage is not mended".to_owned())
}
