//! What is under way: windows on the queue, jobs, and what is to be written. All under one lock,
//! and no waiting in here.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::Duration;

use crate::endpoint::Endpoint;
use crate::metrics::Counters;
use crate::outcome::Outcome;
use crate::policy::Policy;
use crate::queue::codec::MadeItem;
use crate::queue::{Advance, Changes, Claim, Place, Turn, TurnKey, Work};
use crate::random::Random;
use crate::scheduler::{Lane, Scheduler};

/// One delivery in someone's hands.
#[derive(Debug)]
pub(crate) struct Job {
    pub(crate) slot: usize,
    pub(crate) endpoint: Endpoint,
    pub(crate) work: Work,
    /// Attempts before this one.
    pub(crate) tier: u8,
    /// The body, once it is made or read.
    pub(crate) made: Option<MadeItem>,
    /// Requests of this attempt that have ended.
    pub(crate) requests: u32,
    /// When this attempt's first request was started.
    pub(crate) first_request: Option<Duration>,
}

/// A delivery seen in the queue and not taken up yet.
#[derive(Debug, Clone, Copy)]
struct Ready {
    turn: TurnKey,
    place: Place,
    tier: u8,
}

/// What waits for one endpoint in one order, the front of it in memory.
#[derive(Debug, Default)]
struct Window {
    ready: VecDeque<Ready>,
    /// If more waits in the file than fits here: it all lies behind this turn.
    behind: Option<TurnKey>,
}

/// An endpoint's place in the state. Its number in the queue is the index plus one.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) number: u32,
    pub(crate) key: Box<str>,
    /// `None` while it is not configured: its records wait.
    pub(crate) endpoint: Option<Endpoint>,
    pub(crate) paused: bool,
    pub(crate) pending: i64,
    /// Counts since the log took them last, and those it took.
    pub(crate) counters: Counters,
    logged: Counters,
    windows: [Window; 2],
    again: VecDeque<Job>,
    /// Jobs that wait for their next request, in the timer or in `again`.
    waiting: usize,
}

/// Everything that is under way.
pub(crate) struct State {
    pub(crate) scheduler: Scheduler,
    pub(crate) slots: Vec<Slot>,
    by_number: HashMap<u32, usize>,
    by_key: HashMap<Box<str>, usize>,
    /// Jobs whose next request of the same attempt waits for its time.
    timer: BTreeMap<(Duration, u64), Job>,
    timer_count: u64,
    /// First attempts up to here have been seen.
    fresh_seen: TurnKey,
    /// Whether there may be first attempts behind that which no one has handed over.
    fresh_more: bool,
    /// The last first attempt that was committed by this process.
    fresh_committed: TurnKey,
    /// Retries up to here have been seen.
    retry_seen: TurnKey,
    /// Retries up to this time are being read right now.
    reading_until: Option<i64>,
    /// Retries from this time on are being written right now and must not be read yet.
    writing_from: Option<i64>,
    pub(crate) next_due: Option<i64>,
    pub(crate) changes: Changes,
    delays: Vec<Delay>,
    /// Drawn anew for each block of changes.
    block_random: f64,
    pub(crate) random: Random,
    pub(crate) is_stopping: bool,
    /// Why nothing is taken up any more.
    pub(crate) failure: Option<crate::Error>,
    pub(crate) threads: usize,
    pub(crate) idle: usize,
    pub(crate) is_writing: bool,
    pub(crate) needs_refill: bool,
    /// Whether a worker has been woken and has not come yet.
    pub(crate) is_waking: bool,
}

/// Windows of all endpoints together hold about this many entries at most.
const ALL_READY: usize = 64 * 1024;

/// How an advance's due time is found when it is written.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Delay {
    delay: Duration,
    jitter: f64,
}

impl Slot {
    /// All counts since the sink was opened.
    pub(crate) fn total(&self) -> Counters {
        let mut total = self.logged.clone();
        total.add(&self.counters);
        total
    }
}

impl State {
    pub(crate) fn new(max_in_flight: usize, seed: u64) -> Self {
        let mut random = Random::new(seed);
        State {
            scheduler: Scheduler::new(max_in_flight),
            slots: Vec::new(),
            by_number: HashMap::new(),
            by_key: HashMap::new(),
            timer: BTreeMap::new(),
            timer_count: 0,
            fresh_seen: TurnKey::START,
            fresh_more: true,
            fresh_committed: TurnKey::START,
            retry_seen: TurnKey::FIRST_RETRY,
            reading_until: None,
            writing_from: None,
            next_due: None,
            changes: Changes::default(),
            delays: Vec::new(),
            block_random: random.unit(),
            random,
            is_stopping: false,
            failure: None,
            threads: 0,
            idle: 0,
            is_writing: false,
            needs_refill: false,
            is_waking: false,
        }
    }

    /// Makes a place for an endpoint of the queue.
    pub(crate) fn add_slot(&mut self, number: u32, key: &str, paused: bool) -> usize {
        if let Some(index) = self.by_number.get(&number) {
            return *index;
        }
        let index = self.scheduler.add();
        self.slots.push(Slot {
            number,
            key: key.into(),
            endpoint: None,
            paused,
            pending: 0,
            counters: Counters::default(),
            logged: Counters::default(),
            windows: [Window::default(), Window::default()],
            again: VecDeque::new(),
            waiting: 0,
        });
        self.by_number.insert(number, index);
        self.by_key.insert(key.into(), index);
        index
    }

    pub(crate) fn slot_of(&self, key: &str) -> Option<&Slot> {
        self.by_key.get(key).and_then(|index| self.slots.get(*index))
    }

    pub(crate) fn slot_numbered(&mut self, number: u32) -> Option<&mut Slot> {
        let index = *self.by_number.get(&number)?;
        self.slots.get_mut(index)
    }

    /// Replaces the configured endpoints; all must have a slot. What is in flight ends under the
    /// configuration it began with.
    pub(crate) fn configure(&mut self, endpoints: &[Endpoint], now: Duration) {
        let mut configured: HashMap<&str, &Endpoint> = HashMap::new();
        for endpoint in endpoints {
            configured.insert(endpoint.key(), endpoint);
        }
        for index in 0..self.slots.len() {
            let Some(slot) = self.slots.get_mut(index) else { continue };
            slot.endpoint = configured.get(&*slot.key).map(|endpoint| (*endpoint).clone());
            if let Some(endpoint) = &slot.endpoint {
                let policy = endpoint.policy();
                self.scheduler.set_limits(index, policy.max_in_flight, policy.rate, now);
            }
            self.update_hold(index);
        }
    }

    /// Pauses or resumes an endpoint.
    pub(crate) fn set_paused(&mut self, number: u32, paused: bool) {
        if let Some(&index) = self.by_number.get(&number)
            && let Some(slot) = self.slots.get_mut(index)
        {
            slot.paused = paused;
            self.update_hold(index);
        }
    }

    fn update_hold(&mut self, index: usize) {
        let Some(slot) = self.slots.get(index) else { return };
        let is_held = slot.paused || slot.endpoint.as_ref().is_none_or(Endpoint::is_paused);
        // Jobs that wait for their next request go on; to hold them would be to lose their body.
        self.scheduler.hold(index, is_held);
    }

    /// How many entries one window holds.
    fn window_limit(&self) -> usize {
        (ALL_READY / (2 * self.slots.len().max(1))).clamp(64, 8_192)
    }

    /// Hands out what turns have for endpoints whose windows are complete so far.
    fn distribute(&mut self, turn: &Turn) {
        let limit = self.window_limit();
        let lane = if turn.key.is_fresh() { Lane::Fresh } else { Lane::Retry };
        for (endpoint, places) in &turn.todo.0 {
            let Some(&index) = self.by_number.get(endpoint) else { continue };
            let Some(slot) = self.slots.get_mut(index) else { continue };
            let window = &mut slot.windows[usize::from(lane == Lane::Retry)];
            if window.behind.is_some() {
                continue;
            }
            if !window.ready.is_empty() && window.ready.len() + places.len() > limit {
                window.behind = Some(TurnKey { due: turn.key.due, id: turn.key.id - 1 });
                continue;
            }
            let ready = places.iter().map(|item| Ready {
                turn: turn.key,
                place: Place { block: turn.block, item: *item },
                tier: turn.tier,
            });
            window.ready.extend(ready);
            self.scheduler.add_waiting(index, lane, places.len());
        }
    }

    /// Takes note of what has just been committed; hands it out if nothing lies between.
    pub(crate) fn see_committed(&mut self, turns: &[Turn]) {
        for turn in turns.iter().filter(|turn| turn.key.is_fresh()) {
            self.fresh_committed = self.fresh_committed.max(turn.key);
        }
        if !self.fresh_more {
            self.see_fresh(turns);
        }
    }

    /// Called when the file has nothing behind what was seen; gives whether that is still so. What
    /// is committed from then on is handed over directly.
    pub(crate) fn catch_up(&mut self) -> bool {
        if self.fresh_committed <= self.fresh_seen {
            self.fresh_more = false;
        }
        !self.fresh_more
    }

    /// Takes note of first attempts in the order of the queue.
    pub(crate) fn see_fresh(&mut self, turns: &[Turn]) {
        for turn in turns {
            if turn.key > self.fresh_seen {
                self.distribute(turn);
                self.fresh_seen = turn.key;
            }
        }
    }

    pub(crate) fn fresh_seen(&self) -> TurnKey {
        self.fresh_seen
    }

    /// Says how far damaged turns were passed over.
    pub(crate) fn skip_fresh(&mut self, to: TurnKey) {
        self.fresh_seen = self.fresh_seen.max(to);
    }

    /// Whether what was just written can be taken straight from the writer's hands.
    pub(crate) fn is_caught_up(&self) -> bool {
        !self.fresh_more
    }

    /// Begins to read retries; gives where to start and up to which due time.
    pub(crate) fn begin_reading_retries(&mut self, now: i64) -> (TurnKey, i64) {
        let until = self.writing_from.map_or(now, |from| now.min(from - 1));
        self.reading_until = Some(until);
        // Whoever writes meanwhile says so; what is found in the file is added at the end.
        self.next_due = None;
        (self.retry_seen, until)
    }

    /// Ends it: takes note of what has been read.
    pub(crate) fn see_retries(&mut self, turns: &[Turn], last: Option<TurnKey>) {
        self.reading_until = None;
        for turn in turns {
            self.distribute(turn);
        }
        if let Some(last) = last {
            self.retry_seen = self.retry_seen.max(last);
        }
    }

    pub(crate) fn retry_seen(&self) -> TurnKey {
        self.retry_seen
    }

    /// Endpoints whose window runs low while more waits in the file.
    pub(crate) fn to_refill(&self) -> Vec<(usize, bool, TurnKey)> {
        let low = self.window_limit() / 2;
        let mut found = Vec::new();
        for (index, slot) in self.slots.iter().enumerate() {
            for (retry, window) in slot.windows.iter().enumerate() {
                if let Some(behind) = window.behind
                    && window.ready.len() <= low
                    && slot.endpoint.is_some()
                {
                    found.push((index, retry == 1, behind));
                }
            }
        }
        found
    }

    /// Fills a window with what was read behind it; `scanned` is the last turn looked at. Gives
    /// whether it still runs low while more waits.
    pub(crate) fn refill(
        &mut self,
        index: usize,
        retry: bool,
        turns: &[Turn],
        scanned: TurnKey,
    ) -> bool {
        let limit = self.window_limit();
        let seen = if retry { self.retry_seen } else { self.fresh_seen };
        let Some(slot) = self.slots.get_mut(index) else { return false };
        let window = &mut slot.windows[usize::from(retry)];
        let mut added = 0;
        let mut at = scanned;
        for turn in turns {
            for (endpoint, places) in &turn.todo.0 {
                if *endpoint != slot.number {
                    continue;
                }
                window.ready.extend(places.iter().map(|item| Ready {
                    turn: turn.key,
                    place: Place { block: turn.block, item: *item },
                    tier: turn.tier,
                }));
                added += places.len();
            }
            if window.ready.len() >= limit {
                at = turn.key;
                break;
            }
        }
        window.behind = (at < seen).then_some(at);
        let runs_low = window.behind.is_some() && window.ready.len() <= limit / 2;
        let lane = if retry { Lane::Retry } else { Lane::Fresh };
        self.scheduler.add_waiting(index, lane, added);
        runs_low
    }

    /// Sets how many entries wait for each endpoint, from a count of what is in the file.
    pub(crate) fn recount(&mut self, in_file: &BTreeMap<u32, i64>) {
        for slot in &mut self.slots {
            slot.pending = in_file.get(&slot.number).copied().unwrap_or(0);
        }
        // What has ended and is not written yet is still in the file.
        let ended = self.changes.done.iter().chain(self.changes.deaths.iter().map(|d| &d.work));
        let mut ended: Vec<u32> = ended.flat_map(|w| w.claims.iter().map(|c| c.endpoint)).collect();
        for advance in &self.changes.advances {
            ended.extend(advance.work.claims.iter().skip(1).map(|claim| claim.endpoint));
        }
        for number in ended {
            if let Some(slot) = self.slot_numbered(number) {
                slot.pending -= 1;
            }
        }
    }

    /// The next job, if there is one and a slot for it.
    pub(crate) fn next_job(&mut self, now: Duration) -> Option<Job> {
        if self.is_stopping || self.failure.is_some() {
            return None;
        }
        loop {
            let (index, lane) = self.scheduler.pick(now)?;
            let low = self.window_limit() / 2;
            let Some(slot) = self.slots.get_mut(index) else { continue };
            if lane == Lane::Again {
                match slot.again.pop_front() {
                    Some(job) => {
                        slot.waiting = slot.waiting.saturating_sub(1);
                        return Some(job);
                    }
                    None => {
                        self.scheduler.release(index);
                        continue;
                    }
                }
            }
            let window = &mut slot.windows[usize::from(lane == Lane::Retry)];
            let (Some(first), Some(endpoint)) = (window.ready.pop_front(), slot.endpoint.clone())
            else {
                self.scheduler.release(index);
                continue;
            };
            let claim = |ready: Ready| Claim {
                turn: ready.turn,
                endpoint: slot.number,
                place: ready.place,
            };
            let mut claims = vec![claim(first)];
            // Only first attempts are put together; what was sent together stays together.
            if let Some(batch) = &endpoint.policy().batch
                && lane == Lane::Fresh
            {
                while claims.len() < batch.max_records
                    && let Some(ready) = window.ready.pop_front()
                {
                    claims.push(claim(ready));
                }
            }
            if window.behind.is_some() && window.ready.len() <= low {
                self.needs_refill = true;
            }
            self.scheduler.take_waiting(index, lane, claims.len() - 1);
            return Some(Job {
                slot: index,
                endpoint,
                work: Work { claims, sources: Vec::new() },
                tier: first.tier,
                made: None,
                requests: 0,
                first_request: None,
            });
        }
    }

    /// Gives claims back that a batch had no room for.
    pub(crate) fn give_back(&mut self, index: usize, claims: Vec<Claim>) {
        let Some(slot) = self.slots.get_mut(index) else { return };
        let count = claims.len();
        for claim in claims.into_iter().rev() {
            let ready = Ready { turn: claim.turn, place: claim.place, tier: 0 };
            slot.windows[0].ready.push_front(ready);
        }
        self.scheduler.add_waiting(index, Lane::Fresh, count);
    }

    /// Lets a job wait for its next request.
    pub(crate) fn wait(&mut self, until: Duration, job: Job) {
        if let Some(slot) = self.slots.get_mut(job.slot) {
            slot.waiting += 1;
        }
        self.timer_count += 1;
        self.timer.insert((until, self.timer_count), job);
    }

    /// Makes those jobs ready whose wait is over.
    pub(crate) fn ring(&mut self, now: Duration) {
        self.scheduler.tick(now);
        while let Some(entry) = self.timer.first_entry()
            && entry.key().0 <= now
        {
            let job = entry.remove();
            let index = job.slot;
            if let Some(slot) = self.slots.get_mut(index) {
                slot.again.push_back(job);
                self.scheduler.add_waiting(index, Lane::Again, 1);
            }
        }
    }

    /// How long until the timer or a rate limit has something.
    pub(crate) fn next_ring(&self) -> Option<Duration> {
        let timer = self.timer.first_key_value().map(|((at, _), _)| *at);
        match (timer, self.scheduler.next_event()) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    /// Jobs of an endpoint that wait for their next request.
    pub(crate) fn waiting_of(&self, index: usize) -> usize {
        self.slots.get(index).map_or(0, |slot| slot.waiting)
    }

    /// Plans another attempt. Its due time is fixed when it is written; given here is about when.
    pub(crate) fn advance(
        &mut self,
        work: Work,
        made: Option<MadeItem>,
        tier: u8,
        policy: &Policy,
        asked: Option<Duration>,
        now: i64,
    ) -> i64 {
        let scheduled = policy.schedule.get(usize::from(tier) - 1).copied().unwrap_or_default();
        let (delay, jitter) = match asked {
            Some(asked) => (asked, 0.0),
            None => (scheduled, policy.jitter),
        };
        let random = self.block_random;
        self.delays.push(Delay { delay, jitter });
        self.changes.advances.push(Advance { work, made, tier, due: 0 });
        now + crate::clock::duration_millis(delay.mul_f64(1.0 - jitter * random))
    }

    /// Takes what is to be written. Everything that fails together is due together.
    pub(crate) fn take_changes(&mut self, now: i64) -> Changes {
        let mut changes = std::mem::take(&mut self.changes);
        let delays = std::mem::take(&mut self.delays);
        // Not where someone has read already, so that no one need read there again.
        let floor = self.reading_until.unwrap_or(i64::MIN).max(self.retry_seen.due) + 1;
        let planned = changes.advances.iter_mut().filter(|advance| advance.due == 0);
        for (advance, delay) in planned.zip(delays) {
            let delay = delay.delay.mul_f64(1.0 - delay.jitter * self.block_random);
            advance.due = now + crate::clock::duration_millis(delay);
        }
        for advance in &mut changes.advances {
            advance.due = advance.due.max(floor).max(1);
        }
        self.block_random = self.random.unit();
        self.writing_from = changes.advances.iter().map(|advance| advance.due).min();
        self.is_writing = true;
        changes
    }

    /// Takes note that they have been written, or not.
    pub(crate) fn settle_changes(&mut self, next_due: Option<i64>) {
        self.writing_from = None;
        self.is_writing = false;
        self.note_due(next_due);
    }

    /// Takes note of when a retry is due.
    pub(crate) fn note_due(&mut self, due: Option<i64>) {
        if let Some(due) = due {
            self.next_due = Some(self.next_due.map_or(due, |next| next.min(due)));
        }
    }

    /// Puts changes back that could not be written.
    pub(crate) fn put_back(&mut self, changes: Changes) {
        // Their due times stay; those planned since have theirs still to come.
        self.changes.put_back(changes);
        self.writing_from = None;
        self.is_writing = false;
    }

    /// Whether nothing is under way and nothing could be taken up now.
    pub(crate) fn is_idle(&self) -> bool {
        self.scheduler.in_flight() == 0
            && !self.scheduler.is_ready()
            && self.changes.is_empty()
            && !self.is_writing
            && !self.fresh_more
            && self.reading_until.is_none()
    }

    /// Takes what has been counted since the last time.
    pub(crate) fn take_counts(&mut self) -> Vec<(u32, Counters)> {
        let mut taken = Vec::new();
        for slot in self.slots.iter_mut().filter(|slot| !slot.counters.is_empty()) {
            let counters = std::mem::take(&mut slot.counters);
            slot.logged.add(&counters);
            taken.push((slot.number, counters));
        }
        taken
    }

    pub(crate) fn verdict(outcome: Outcome) -> crate::scheduler::Verdict {
        use crate::scheduler::Verdict;
        match outcome {
            Outcome::Delivered => Verdict::Good,
            outcome if outcome.is_overload() => Verdict::Overload,
            Outcome::Failed { .. } => Verdict::Refused,
        }
    }
}
