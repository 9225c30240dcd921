//! The one thread that writes. Whatever waits together is committed together.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use crate::command::{self, Command};
use crate::error::{Error, ErrorKind, Result};
use crate::queue::salvage::Watch;
use crate::queue::store::Store;
use crate::record::Record;
use crate::shared::Shared;

/// So many acknowledgements are written even if nothing else is: after a crash no more than these
/// and what was in flight is repeated.
pub(crate) const MANY: usize = 256;

/// Acknowledgements wait so long for something else to be written.
const ACKNOWLEDGE_AFTER: Duration = Duration::from_millis(25);

/// One commit takes about this much.
const COMMIT_BYTES: usize = 8 << 20;

/// The log is copied back into the file when it has grown by this much.
const CHECKPOINT_BYTES: u64 = 8 << 20;

/// After the disk was full, changes are tried again so often.
const AGAIN_AFTER: Duration = Duration::from_millis(250);

type Answer<T> = Box<dyn FnOnce(Result<T>) + Send>;

/// What producers hand in.
pub(crate) struct Batch {
    pub(crate) records: Vec<Record>,
    pub(crate) marks: Vec<(String, Vec<u8>)>,
    pub(crate) bytes: usize,
    pub(crate) answer: Answer<()>,
}

/// What waits for the writer.
#[derive(Default)]
pub(crate) struct Inbox {
    waiting: Mutex<Waiting>,
    wake: Condvar,
}

#[derive(Default)]
struct Waiting {
    batches: Vec<Batch>,
    commands: Vec<(Command, Answer<u64>)>,
    /// Bytes of the batches.
    bytes: usize,
    wake: bool,
    end: bool,
    is_closed: bool,
    /// Commands of other processes may have come.
    poll: bool,
}

/// Producers wait in front of the queue with this much at most.
const WAITING_BYTES: usize = 64 << 20;

impl Inbox {
    pub(crate) fn wake(&self) {
        let mut waiting = crate::lock(&self.waiting);
        if !waiting.wake {
            waiting.wake = true;
            self.wake.notify_one();
        }
    }

    pub(crate) fn poll(&self) {
        crate::lock(&self.waiting).poll = true;
        self.wake();
    }

    /// Hands records in; gives them back with the reason if they cannot be taken.
    pub(crate) fn put(&self, batch: Batch) {
        let mut waiting = crate::lock(&self.waiting);
        if waiting.is_closed {
            drop(waiting);
            (batch.answer)(Err(Error::new(ErrorKind::Closed, "the sink is shutting down")));
            return;
        }
        if waiting.bytes > WAITING_BYTES {
            drop(waiting);
            let text = "too many records wait to be written";
            (batch.answer)(Err(Error::new(ErrorKind::Full, text)));
            return;
        }
        waiting.bytes += batch.bytes;
        waiting.batches.push(batch);
        self.wake.notify_one();
    }

    pub(crate) fn command(&self, command: Command, answer: Answer<u64>) {
        let mut waiting = crate::lock(&self.waiting);
        if waiting.is_closed {
            drop(waiting);
            answer(Err(Error::new(ErrorKind::Closed, "the sink is shutting down")));
            return;
        }
        waiting.commands.push((command, answer));
        self.wake.notify_one();
    }

    /// Takes no more from producers.
    pub(crate) fn close(&self) {
        crate::lock(&self.waiting).is_closed = true;
    }

    /// Ends the writer after what is waiting.
    pub(crate) fn end(&self) {
        let mut waiting = crate::lock(&self.waiting);
        waiting.is_closed = true;
        waiting.end = true;
        drop(waiting);
        self.wake.notify_one();
    }
}

/// What one round has to do.
struct Round {
    batches: Vec<Batch>,
    commands: Vec<(Command, Answer<u64>)>,
    end: bool,
    poll: bool,
}

/// Runs until [`Inbox::end`].
pub(crate) fn run(shared: &Arc<Shared>, mut store: Store, mut watch: Watch) {
    let mut written = 0;
    let mut last_sweep = None;
    loop {
        let round = wait(shared);
        let is_last = round.end;
        let now = shared.time.now();
        let sweep = last_sweep.is_none_or(|last: i64| now - last > 10_000);
        if sweep {
            last_sweep = Some(now);
        }
        let bytes = write(shared, &mut store, &mut watch, round, sweep, now);
        written += bytes;
        if written > CHECKPOINT_BYTES {
            written = 0;
            checkpoint(&store, "PASSIVE");
        }
        if is_last {
            break;
        }
    }
    watch.forget();
    checkpoint(&store, "TRUNCATE");
    if let Err(error) = store.close() {
        shared.problem(error.to_string());
    }
}

/// Waits until something has to be written: records and commands at once, acknowledgements a little
/// later, so that they ride along.
fn wait(shared: &Shared) -> Round {
    let mut since: Option<Instant> = None;
    let mut waiting = crate::lock(&shared.inbox.waiting);
    loop {
        if waiting.end
            || waiting.poll
            || !waiting.batches.is_empty()
            || !waiting.commands.is_empty()
        {
            break;
        }
        waiting.wake = false;
        drop(waiting);
        let (has_changes, is_urgent) = {
            let state = crate::lock(&shared.state);
            let changes = &state.changes;
            // After a failure nothing is tried again; the end will come by `end`.
            let can_write = state.failure.is_none();
            (
                can_write && !changes.is_empty(),
                can_write && (changes.is_urgent() || changes.len() >= MANY),
            )
        };
        let waited = since.map_or(Duration::ZERO, |since| since.elapsed());
        waiting = crate::lock(&shared.inbox.waiting);
        if is_urgent || (has_changes && waited >= ACKNOWLEDGE_AFTER) {
            break;
        }
        if waiting.wake || waiting.end || !waiting.batches.is_empty() {
            if has_changes {
                since.get_or_insert_with(Instant::now);
            }
            continue;
        }
        let time = if has_changes {
            since.get_or_insert_with(Instant::now);
            ACKNOWLEDGE_AFTER.saturating_sub(waited)
        } else {
            since = None;
            Duration::from_secs(60)
        };
        let result = shared.inbox.wake.wait_timeout(waiting, time);
        waiting = result.unwrap_or_else(std::sync::PoisonError::into_inner).0;
    }
    let mut bytes = 0;
    let count = waiting
        .batches
        .iter()
        .take_while(|batch| {
            let fits = bytes < COMMIT_BYTES;
            bytes += batch.bytes;
            fits
        })
        .count();
    let rest = waiting.batches.split_off(count);
    let batches = std::mem::replace(&mut waiting.batches, rest);
    waiting.bytes -= batches.iter().map(|batch| batch.bytes).sum::<usize>();
    Round {
        batches,
        commands: std::mem::take(&mut waiting.commands),
        end: waiting.end && waiting.batches.is_empty(),
        poll: std::mem::take(&mut waiting.poll),
    }
}

/// Commits one round and answers those who wait; gives the bytes it has written, about.
fn write(
    shared: &Arc<Shared>,
    store: &mut Store,
    watch: &mut Watch,
    round: Round,
    sweep: bool,
    now: i64,
) -> u64 {
    let (changes, failure) = {
        let mut state = crate::lock(&shared.state);
        let failure = state.failure.as_ref().map(Shared::unavailable);
        let changes = if failure.is_none() { state.take_changes(now) } else { Default::default() };
        (changes, failure)
    };
    let mut batches = round.batches;
    if let Some(error) = failure {
        refuse(batches, round.commands, &error);
        return 0;
    }
    batches = turn_away(shared, batches);
    let bytes: usize = batches.iter().map(|batch| batch.bytes).sum();
    let records: Vec<&[crate::Record]> = batches.iter().map(|batch| &batch.records[..]).collect();
    let mut effects = command::Effects::default();
    let mut answers: Vec<u64> = Vec::new();
    let result = store.commit(now, &records, &changes, |tx, next| {
        for batch in &batches {
            for (key, value) in &batch.marks {
                tx.prepare_cached("INSERT OR REPLACE INTO mark (key, value) VALUES (?1, ?2)")?
                    .execute(rusqlite::params![key, value])?;
            }
        }
        for (command, _) in &round.commands {
            answers.push(command::apply(tx, next, now, command, &mut effects)?);
        }
        if round.poll {
            command::apply_waiting(tx, next, now, &mut effects)?;
        }
        if sweep {
            command::sweep(tx, now, &shared.settings)?;
        }
        Ok(())
    });
    match result {
        Ok(mut added) => {
            watch.note(store.connection());
            let blocks = std::mem::take(&mut added.blocks);
            let count: usize = batches.iter().map(|batch| batch.records.len()).sum();
            shared.accepted.fetch_add(u64::try_from(count).unwrap_or(0), Ordering::Relaxed);
            added.turns.extend(effects.turns.iter().cloned());
            hand_over(shared, &added, blocks, &effects, changes.len());
            if !changes.damaged.is_empty() || !changes.damaged_turns.is_empty() {
                shared.needs_count.store(true, Ordering::Relaxed);
            }
            if shared.needs_count.load(Ordering::Relaxed)
                && shared.is_counted.load(Ordering::Acquire)
            {
                shared.needs_count.store(false, Ordering::Relaxed);
                // The count is for people and for `wait_until_empty`; damage that it meets is known.
                let _ = crate::clerk::count_again(shared);
            }
            for batch in batches {
                (batch.answer)(Ok(()));
            }
            for ((_, answer), count) in round.commands.into_iter().zip(answers) {
                answer(Ok(count));
            }
            shared.add_used(used_bytes(store));
            u64::try_from(bytes).unwrap_or(0) + 32_768 + 256 * changes.len() as u64
        }
        Err(error) => {
            drop(records);
            cannot_write(shared, changes, &error);
            refuse(batches, round.commands, &error);
            if error.kind() == ErrorKind::DiskFull {
                std::thread::sleep(AGAIN_AFTER);
            }
            0
        }
    }
}

/// Turns producers away while the queue is at its limit.
fn turn_away(shared: &Shared, batches: Vec<Batch>) -> Vec<Batch> {
    let mut used = shared.used_bytes.load(Ordering::Relaxed);
    let mut taken = Vec::with_capacity(batches.len());
    for batch in batches {
        used += u64::try_from(batch.bytes).unwrap_or(u64::MAX);
        if used <= shared.settings.max_queue_bytes || batch.records.is_empty() {
            taken.push(batch);
        } else {
            let text = "the queue has reached its size limit";
            (batch.answer)(Err(Error::new(ErrorKind::Full, text)));
        }
    }
    taken
}

fn refuse(batches: Vec<Batch>, commands: Vec<(Command, Answer<u64>)>, error: &Error) {
    for batch in batches {
        (batch.answer)(Err(error.again()));
    }
    for (_, answer) in commands {
        answer(Err(error.again()));
    }
}

/// Gives the deliverers what has been committed.
fn hand_over(
    shared: &Arc<Shared>,
    added: &crate::queue::store::Added,
    blocks: Vec<crate::queue::Block>,
    effects: &command::Effects,
    written: usize,
) {
    // First the blocks, so that whoever sees the turns finds them.
    let is_caught_up = crate::lock(&shared.state).is_caught_up();
    if is_caught_up {
        for block in blocks {
            shared.blocks.add(block);
        }
    }
    let mut state = crate::lock(&shared.state);
    for turn in &added.turns {
        if turn.key.is_fresh() {
            for (endpoint, places) in &turn.todo.0 {
                if let Some(slot) = state.slot_numbered(*endpoint) {
                    slot.pending += i64::try_from(places.len()).unwrap_or(0);
                }
            }
        }
    }
    for (number, change) in &effects.pending {
        if let Some(slot) = state.slot_numbered(*number) {
            slot.pending += change;
        }
    }
    for (number, paused) in &effects.paused {
        state.set_paused(*number, *paused);
    }
    state.see_committed(&added.turns);
    let due = match (added.next_due, effects.next_due) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
    state.settle_changes(due);
    if due.is_some() || written > 0 || !effects.paused.is_empty() {
        shared.wake_clerk();
    }
    shared.wake_more(&mut state);
    drop(state);
    shared.ended.notify_all();
}

fn cannot_write(shared: &Shared, changes: crate::queue::Changes, error: &Error) {
    let mut state = crate::lock(&shared.state);
    state.put_back(changes);
    match error.kind() {
        // The transaction is undone, and the file is as it was before.
        ErrorKind::DiskFull => shared.problem(error.to_string()),
        // What the failed write has left behind is not known; a second one could report success
        // for bytes that never came to the disk.
        _ => shared.fail(&mut state, error.again()),
    }
}

/// What the queue takes on the disk, free pages not counted.
fn used_bytes(store: &Store) -> u64 {
    let value = |pragma: &str| -> u64 {
        store
            .connection()
            .prepare_cached(pragma)
            .and_then(|mut statement| statement.query_row([], |row| row.get::<_, i64>(0)))
            .map_or(0, |value| u64::try_from(value).unwrap_or(0))
    };
    let pages = value("PRAGMA page_count").saturating_sub(value("PRAGMA freelist_count"));
    pages * value("PRAGMA page_size")
}

/// Copies the log back into the file. What fails here fails again at the next write, and is
/// reported there.
fn checkpoint(store: &Store, mode: &str) {
    let _ = store.connection().query_row(&format!("PRAGMA wal_checkpoint({mode})"), [], |_| Ok(()));
}
