//! What the sink's threads share, and how they wake each other.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, RwLock};
use std::time::Duration;

use crate::attempts::Log;
use crate::client::Client;
use crate::clock::QueueTime;
use crate::dispatch::State;
use crate::error::{Error, ErrorKind};
use crate::queue::reader::Blocks;
use crate::record::MakeBody;
use crate::writer::Inbox;

/// One sink's shared part.
pub(crate) struct Shared {
    pub(crate) dir: PathBuf,
    pub(crate) settings: Settings,
    pub(crate) time: QueueTime,
    pub(crate) client: Arc<dyn Client>,
    pub(crate) make_body: RwLock<Arc<MakeBody>>,
    pub(crate) state: Mutex<State>,
    /// For workers without work.
    pub(crate) work: Condvar,
    /// For the clerk.
    pub(crate) clerk: Condvar,
    /// For whoever waits for an end: of a worker, of the last delivery.
    pub(crate) ended: Condvar,
    pub(crate) inbox: Inbox,
    pub(crate) blocks: Blocks,
    pub(crate) log: Log,
    pub(crate) problems: Mutex<Vec<String>>,
    pub(crate) accepted: AtomicU64,
    pub(crate) used_bytes: AtomicU64,
    pub(crate) is_counted: AtomicBool,
    /// Something was set aside since the last count.
    pub(crate) needs_count: AtomicBool,
}

/// Numbers that hold for the whole sink.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) max_in_flight: usize,
    pub(crate) max_queue_bytes: u64,
    pub(crate) max_record_bytes: usize,
    pub(crate) keep_delivered: Duration,
    pub(crate) keep_dead: Duration,
    pub(crate) worker_stack_bytes: usize,
}

impl Shared {
    /// Waits until there is work, or the time is over (then the second value is true).
    pub(crate) fn wait_for_work<'a>(
        &'a self,
        state: MutexGuard<'a, State>,
        time: Duration,
    ) -> (MutexGuard<'a, State>, bool) {
        let result = self.work.wait_timeout(state, time);
        let (state, timeout) = result.unwrap_or_else(std::sync::PoisonError::into_inner);
        (state, timeout.timed_out())
    }

    /// Wakes one more worker, or starts one, if there is more to do than hands at it. Each that
    /// comes does the same, one after the other, so that no more wake than find work.
    pub(crate) fn wake_more(self: &Arc<Self>, state: &mut State) {
        if state.is_stopping || state.is_waking || !state.scheduler.is_ready() {
            return;
        }
        if state.idle > 0 {
            state.is_waking = true;
            self.work.notify_one();
            return;
        }
        if state.threads >= self.settings.max_in_flight {
            return;
        }
        state.threads += 1;
        state.is_waking = true;
        let shared = self.clone();
        let spawned = std::thread::Builder::new()
            .name("deliverer".to_owned())
            .stack_size(self.settings.worker_stack_bytes)
            .spawn(move || crate::worker::run(&shared));
        if spawned.is_err() {
            // The system has no more threads to give; those that are there go on.
            state.threads -= 1;
            state.is_waking = false;
        }
    }

    pub(crate) fn wake_clerk(&self) {
        self.clerk.notify_one();
    }

    /// Tells the writer that something may have to be written; it is held under the state's lock.
    pub(crate) fn wake_writer(&self, state: &State) {
        if state.is_writing {
            // It looks again before it sleeps.
            return;
        }
        if state.changes.is_urgent() || matches!(state.changes.len(), 1 | crate::writer::MANY) {
            self.inbox.wake();
        }
    }

    /// Stops everything that would go on from a state that cannot be written any more.
    pub(crate) fn fail(&self, state: &mut State, error: Error) {
        self.problem(error.to_string());
        if error.kind() == ErrorKind::Damaged {
            crate::queue::salvage::mark_damaged(&self.dir);
        }
        if state.failure.is_none() {
            state.failure = Some(error);
        }
        self.inbox.wake();
        self.ended.notify_all();
    }

    /// Takes note of what an operator should know.
    pub(crate) fn problem(&self, text: String) {
        let mut problems = crate::lock(&self.problems);
        if problems.len() < 1_000 {
            problems.push(text);
        }
    }

    /// The error for a producer when nothing can be written any more.
    pub(crate) fn unavailable(error: &Error) -> Error {
        let text = format!("nothing is accepted until the queue is opened again: {error}");
        Error::new(ErrorKind::Unavailable, text)
    }

    pub(crate) fn queue_path(&self) -> PathBuf {
        self.dir.join("queue.db")
    }

    pub(crate) fn add_used(&self, bytes: u64) {
        self.used_bytes.store(bytes, Ordering::Relaxed);
    }
}
