//! The one thread that looks ahead: it reads the queue's order for the deliverers, watches the
//! times, and looks for other processes' commands.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::error::Result;
use crate::queue::TurnKey;
use crate::queue::reader::Reader;
use crate::shared::Shared;

/// So many turns are read at once.
const STRETCH: usize = 512;

/// Commands of other processes are looked for so often.
const POLL: Duration = Duration::from_millis(200);

/// Runs until the sink ends.
pub(crate) fn run(shared: &Arc<Shared>, reader: &Reader) {
    let mut version = None;
    if let Err(error) = turn(shared, reader, &mut version) {
        shared.fail(&mut crate::lock(&shared.state), error);
    }
}

fn turn(shared: &Arc<Shared>, reader: &Reader, version: &mut Option<i64>) -> Result<()> {
    // Other processes live in real time, whatever clock the deliveries go by.
    let mut polled = Instant::now();
    *version = data_version(reader);
    // A command may have been left before this process came.
    shared.inbox.poll();
    {
        let next = reader.next_due(TurnKey::FIRST_RETRY)?;
        crate::lock(&shared.state).note_due(next);
    }
    loop {
        let now = shared.time.clock().elapsed();
        if polled.elapsed() >= POLL {
            polled = Instant::now();
            let current = data_version(reader);
            if current != *version {
                *version = current;
                if has_commands(reader) {
                    shared.inbox.poll();
                }
            }
        }
        let is_busy = read_ahead(shared, reader)?;
        let mut state = crate::lock(&shared.state);
        state.ring(now);
        shared.wake_more(&mut state);
        if state.is_stopping {
            return Ok(());
        }
        if is_busy || state.needs_refill {
            state.needs_refill = false;
            continue;
        }
        let now = shared.time.clock().elapsed();
        let mut wait = POLL.saturating_sub(polled.elapsed());
        let mut next = None;
        if let Some(at) = state.next_ring() {
            next = Some(at.saturating_sub(now));
        }
        if let Some(due) = state.next_due {
            let left = due.saturating_sub(shared.time.now()).max(0);
            let left = Duration::from_millis(left.cast_unsigned());
            next = Some(next.map_or(left, |next: Duration| next.min(left)));
        }
        if let Some(next) = next {
            let is_idle = state.is_idle();
            wait = wait.min(shared.time.clock().wait(next, is_idle));
        }
        if wait.is_zero() {
            continue;
        }
        drop(shared.clerk.wait_timeout(state, wait));
    }
}

/// Reads some of what lies ahead; gives whether there may be more to read at once.
fn read_ahead(shared: &Arc<Shared>, reader: &Reader) -> Result<bool> {
    let mut is_busy = read_fresh(shared, reader)?;
    is_busy |= read_retries(shared, reader)?;
    is_busy |= refill(shared, reader)?;
    Ok(is_busy)
}

fn read_fresh(shared: &Shared, reader: &Reader) -> Result<bool> {
    let after = {
        let state = crate::lock(&shared.state);
        if state.is_caught_up() {
            return Ok(false);
        }
        state.fresh_seen()
    };
    let stretch = reader.turns(after, 0, STRETCH)?;
    let mut state = crate::lock(&shared.state);
    state.see_fresh(&stretch.turns);
    report_damaged(shared, &mut state, &stretch.damaged);
    if let Some(last) = stretch.last {
        state.skip_fresh(last);
        return Ok(true);
    }
    Ok(!state.catch_up())
}

fn read_retries(shared: &Shared, reader: &Reader) -> Result<bool> {
    let (after, until) = {
        let mut state = crate::lock(&shared.state);
        let now = shared.time.now();
        if state.next_due.is_none_or(|due| due > now) {
            return Ok(false);
        }
        state.begin_reading_retries(now)
    };
    let found = reader.turns(after, until, STRETCH);
    let next = found.as_ref().ok().map(|stretch| reader.next_due(stretch.last.unwrap_or(after)));
    let mut state = crate::lock(&shared.state);
    match (found, next) {
        (Ok(stretch), Some(Ok(next))) => {
            state.see_retries(&stretch.turns, stretch.last);
            report_damaged(shared, &mut state, &stretch.damaged);
            state.note_due(next);
            Ok(stretch.last.is_some())
        }
        (Err(error), _) | (_, Some(Err(error))) => {
            state.see_retries(&[], None);
            Err(error)
        }
        (Ok(_), None) => Ok(false),
    }
}

/// Reads on for windows that run low; gives whether one of them still does, because what it waits
/// for lies further on.
fn refill(shared: &Shared, reader: &Reader) -> Result<bool> {
    let mut goes_on = false;
    let wanted = crate::lock(&shared.state).to_refill();
    for (index, retry, behind) in wanted {
        let until = {
            let state = crate::lock(&shared.state);
            if retry { state.retry_seen() } else { state.fresh_seen() }
        };
        let stretch = reader.turns(behind, until.due, STRETCH)?;
        let mut state = crate::lock(&shared.state);
        let mut turns = stretch.turns;
        turns.retain(|turn| turn.key <= until);
        report_damaged(shared, &mut state, &stretch.damaged);
        let scanned = stretch.last.map_or(until, |last| last.min(until));
        goes_on |= state.refill(index, retry, &turns, scanned);
    }
    Ok(goes_on)
}

fn report_damaged(shared: &Shared, state: &mut crate::dispatch::State, damaged: &[TurnKey]) {
    for key in damaged {
        if !state.changes.damaged_turns.contains(key) {
            shared.problem(format!("turn {} of the queue was damaged and is set aside", key.id));
            state.changes.damaged_turns.push(*key);
        }
    }
}

/// Changes when another connection has written.
fn data_version(reader: &Reader) -> Option<i64> {
    reader.connection().query_row("PRAGMA data_version", [], |row| row.get(0)).ok()
}

fn has_commands(reader: &Reader) -> bool {
    reader
        .connection()
        .query_row("SELECT EXISTS (SELECT 1 FROM command WHERE done = 0)", [], |row| row.get(0))
        .unwrap_or(false)
}

/// How many entries each endpoint has in the file.
fn counts(reader: &Reader) -> Result<BTreeMap<u32, i64>> {
    let mut counts: BTreeMap<u32, i64> = BTreeMap::new();
    let mut after = TurnKey::START;
    loop {
        let stretch = reader.turns(after, i64::MAX, 4_096)?;
        let Some(last) = stretch.last else { return Ok(counts) };
        for (endpoint, places) in stretch.turns.iter().flat_map(|turn| &turn.todo.0) {
            *counts.entry(*endpoint).or_default() += i64::try_from(places.len()).unwrap_or(0);
        }
        after = last;
    }
}

/// Counts what lay in the queue when it was opened, on a thread of its own.
pub(crate) fn count(shared: &Shared, reader: &Reader) {
    // What cannot be read shows where it is needed.
    let counts = counts(reader).unwrap_or_default();
    let mut state = crate::lock(&shared.state);
    for (number, count) in counts {
        if let Some(slot) = state.slot_numbered(number) {
            slot.pending += count;
        }
    }
    drop(state);
    shared.is_counted.store(true, Ordering::Release);
    if shared.needs_count.load(Ordering::Relaxed) {
        shared.inbox.poll();
    }
    shared.ended.notify_all();
}

/// Counts anew after something was set aside. Called by the writer between two commits.
pub(crate) fn count_again(shared: &Shared) -> Result<()> {
    let counts = counts(&Reader::open(&shared.queue_path())?)?;
    crate::lock(&shared.state).recount(&counts);
    shared.ended.notify_all();
    Ok(())
}
