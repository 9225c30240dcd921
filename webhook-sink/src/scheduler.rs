//! Whose turn it is: fairness and limits between destinations, as pure decisions.
//!
//! Destinations take turns (deficit round robin, so that large bodies count for more). Each has a
//! cap of requests in flight that adapts: doubled while answers stay fast, then grown by one, halved
//! on overload. Destinations in trouble stand in a ring of their own, which is asked less often, and
//! may not use the last tenth of the slots. First attempts and retries wait in separate lanes; while
//! both wait they alternate, so that a heap of retries cannot hold up what is new.

use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;

/// What waits at a destination, each kind in a lane of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lane {
    /// Further requests of an attempt that has begun.
    Again,
    /// First attempts.
    Fresh,
    /// Later attempts.
    Retry,
}

/// What a request tells about its destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It answered 2xx.
    Good,
    /// It answered, and the record is to blame.
    Refused,
    /// It did not answer, or said that it is in trouble.
    Overload,
}

/// The cap that a destination starts with.
const FIRST_CAP: f64 = 8.0;

/// The cap of a destination in trouble.
const LEAST_CAP: f64 = 2.0;

/// What a destination may spend per round: a request costs one, and one more per 4 KiB of body.
const QUANTUM: i64 = 4;

/// Of so many requests one may go to destinations in trouble, while others wait.
const TROUBLED_SHARE: u32 = 4;

#[derive(Debug)]
pub(crate) struct Scheduler {
    destinations: Vec<Destination>,
    good: VecDeque<usize>,
    troubled: VecDeque<usize>,
    throttled: BTreeSet<(Duration, usize)>,
    in_flight: usize,
    max_in_flight: usize,
    picks: u32,
}

#[derive(Debug)]
struct Destination {
    waiting: [usize; 3],
    held: bool,
    in_flight: usize,
    cap: f64,
    max_cap: f64,
    doubling: bool,
    last_cut: Option<Duration>,
    /// When the cap last kept a request back.
    last_full: Option<Duration>,
    failures: u32,
    is_proven: bool,
    fastest: f64,
    last_good: Duration,
    smoothed: f64,
    deficit: i64,
    retry_credit: bool,
    bucket: Option<Bucket>,
    /// The ring where its entry counts, `true` for the one of those in trouble; entries elsewhere
    /// are passed over.
    ring: Option<bool>,
    is_throttled: bool,
}

/// Tokens for requests: a limit of the rate that allows a short burst.
#[derive(Debug)]
struct Bucket {
    rate: f64,
    tokens: f64,
    filled: Duration,
}

impl Bucket {
    fn burst(&self) -> f64 {
        (self.rate / 10.0).max(1.0)
    }

    fn fill(&mut self, now: Duration) {
        let passed = now.saturating_sub(self.filled).as_secs_f64();
        self.tokens = (self.tokens + passed * self.rate).min(self.burst());
        self.filled = now;
    }

    fn next_token(&self, now: Duration) -> Duration {
        let missing = ((1.0 - self.tokens) / self.rate).max(0.000_001);
        now + Duration::try_from_secs_f64(missing).unwrap_or(Duration::from_secs(86_400))
    }
}

impl Destination {
    fn has_work(&self) -> bool {
        self.waiting.iter().any(|count| *count > 0)
    }

    fn has_room(&self) -> bool {
        !self.held && (self.in_flight as f64) < self.cap.min(self.max_cap)
    }

    /// In trouble: it failed, or it is new and has not answered yet while someone waits for it.
    fn is_troubled(&self) -> bool {
        self.failures > 0 || (!self.is_proven && self.in_flight > 0)
    }

    fn next_lane(&mut self) -> Option<Lane> {
        let [again, fresh, retry] = self.waiting.map(|count| count > 0);
        let lane = match (again, fresh, retry) {
            (true, ..) => Lane::Again,
            (_, true, true) if self.retry_credit => Lane::Retry,
            (_, true, _) => Lane::Fresh,
            (_, _, true) => Lane::Retry,
            _ => return None,
        };
        match lane {
            Lane::Again => (),
            Lane::Fresh => self.retry_credit = true,
            Lane::Retry => self.retry_credit = false,
        }
        Some(lane)
    }
}

impl Scheduler {
    pub(crate) fn new(max_in_flight: usize) -> Self {
        Scheduler {
            destinations: Vec::new(),
            good: VecDeque::new(),
            troubled: VecDeque::new(),
            throttled: BTreeSet::new(),
            in_flight: 0,
            max_in_flight: max_in_flight.max(1),
            picks: 0,
        }
    }

    /// Adds a destination, held back at first; its number is how many there were.
    pub(crate) fn add(&mut self) -> usize {
        self.destinations.push(Destination {
            waiting: [0; 3],
            held: true,
            in_flight: 0,
            cap: FIRST_CAP,
            max_cap: 1.0,
            doubling: true,
            last_cut: None,
            last_full: None,
            failures: 0,
            is_proven: false,
            fastest: f64::INFINITY,
            last_good: Duration::ZERO,
            smoothed: 0.0,
            deficit: 0,
            retry_credit: false,
            bucket: None,
            ring: None,
            is_throttled: false,
        });
        self.destinations.len() - 1
    }

    /// Sets a destination's limits; what it has learnt stays.
    pub(crate) fn set_limits(
        &mut self,
        number: usize,
        max: usize,
        rate: Option<f64>,
        now: Duration,
    ) {
        let Some(destination) = self.destinations.get_mut(number) else { return };
        destination.max_cap = max.max(1) as f64;
        if destination.bucket.as_ref().map(|bucket| bucket.rate) != rate {
            destination.bucket = rate.map(|rate| {
                let mut bucket = Bucket { rate, tokens: 0.0, filled: now };
                bucket.tokens = bucket.burst();
                bucket
            });
        }
        self.enter(number);
    }

    /// Holds a destination back, or lets it go on.
    pub(crate) fn hold(&mut self, number: usize, held: bool) {
        if let Some(destination) = self.destinations.get_mut(number) {
            destination.held = held;
            self.enter(number);
        }
    }

    /// Says that more wait in a lane.
    pub(crate) fn add_waiting(&mut self, number: usize, lane: Lane, more: usize) {
        if let Some(destination) = self.destinations.get_mut(number)
            && more > 0
        {
            destination.waiting[lane as usize] += more;
            self.enter(number);
        }
    }

    /// Says that fewer wait in a lane, for another reason than a pick.
    pub(crate) fn take_waiting(&mut self, number: usize, lane: Lane, fewer: usize) {
        if let Some(destination) = self.destinations.get_mut(number) {
            let waiting = &mut destination.waiting[lane as usize];
            *waiting = waiting.saturating_sub(fewer);
        }
    }

    /// Puts a destination in its ring if it could be picked.
    fn enter(&mut self, number: usize) {
        let Some(destination) = self.destinations.get_mut(number) else { return };
        if destination.is_throttled || !destination.has_work() || !destination.has_room() {
            return;
        }
        let troubled = destination.is_troubled();
        if destination.ring == Some(troubled) {
            return;
        }
        destination.ring = Some(troubled);
        if troubled {
            self.troubled.push_back(number);
        } else {
            self.good.push_back(number);
        }
    }

    /// Whether a pick might give something.
    pub(crate) fn is_ready(&self) -> bool {
        let free = self.max_in_flight.saturating_sub(self.in_flight);
        free > 0 && (!self.good.is_empty() || (!self.troubled.is_empty() && free > self.reserve()))
    }

    /// Slots that destinations in trouble may not use.
    fn reserve(&self) -> usize {
        self.max_in_flight / 10
    }

    /// Whose request goes next, and from which lane; the slot is taken.
    pub(crate) fn pick(&mut self, now: Duration) -> Option<(usize, Lane)> {
        self.wake_throttled(now);
        let free = self.max_in_flight.saturating_sub(self.in_flight);
        if free == 0 {
            return None;
        }
        self.picks = self.picks.wrapping_add(1);
        let may_use_troubled = free > self.reserve();
        let troubled_first = may_use_troubled && self.picks.is_multiple_of(TROUBLED_SHARE);
        if troubled_first && let Some(pick) = self.pick_from(true, now) {
            return Some(pick);
        }
        if let Some(pick) = self.pick_from(false, now) {
            return Some(pick);
        }
        if may_use_troubled && let Some(pick) = self.pick_from(true, now) {
            return Some(pick);
        }
        // Some that stood among those in trouble may have turned out well.
        self.pick_from(false, now)
    }

    fn pick_from(&mut self, troubled: bool, now: Duration) -> Option<(usize, Lane)> {
        loop {
            let ring = if troubled { &mut self.troubled } else { &mut self.good };
            let number = ring.pop_front()?;
            let destination = self.destinations.get_mut(number)?;
            if destination.ring != Some(troubled) {
                continue;
            }
            destination.ring = None;
            if !destination.has_work() || !destination.has_room() {
                continue;
            }
            if destination.is_troubled() != troubled {
                // Its state has changed while it stood here.
                self.enter(number);
                continue;
            }
            if let Some(bucket) = &mut destination.bucket {
                bucket.fill(now);
                if bucket.tokens < 1.0 {
                    destination.is_throttled = true;
                    self.throttled.insert((bucket.next_token(now), number));
                    continue;
                }
            }
            if destination.deficit <= 0 {
                destination.deficit += QUANTUM;
                if destination.deficit <= 0 {
                    self.enter(number);
                    continue;
                }
            }
            let lane = destination.next_lane()?;
            destination.waiting[lane as usize] -= 1;
            destination.in_flight += 1;
            destination.deficit -= 1;
            if let Some(bucket) = &mut destination.bucket {
                bucket.tokens -= 1.0;
            }
            self.in_flight += 1;
            if !destination.has_room() {
                destination.last_full = Some(now);
            }
            // What is left of the round's allowance is spent before the next one's turn.
            let destination_goes_on = destination.deficit > 0
                && destination.has_work()
                && destination.has_room()
                && destination.is_troubled() == troubled;
            if destination_goes_on {
                destination.ring = Some(troubled);
                let ring = if troubled { &mut self.troubled } else { &mut self.good };
                ring.push_front(number);
            } else {
                self.enter(number);
            }
            return Some((number, lane));
        }
    }

    /// Charges for a body's size.
    pub(crate) fn charge(&mut self, number: usize, body_bytes: usize) {
        if let Some(destination) = self.destinations.get_mut(number) {
            let cost = i64::try_from(body_bytes / 4_096).unwrap_or(i64::MAX);
            destination.deficit = destination.deficit.saturating_sub(cost).max(-64 * QUANTUM);
        }
    }

    /// Gives a slot back without a verdict: nothing was sent.
    pub(crate) fn release(&mut self, number: usize) {
        if let Some(destination) = self.destinations.get_mut(number) {
            destination.in_flight = destination.in_flight.saturating_sub(1);
            self.in_flight = self.in_flight.saturating_sub(1);
            self.enter(number);
        }
    }

    /// Gives a slot back after a request that was started at `started`.
    pub(crate) fn finish(
        &mut self,
        number: usize,
        started: Duration,
        now: Duration,
        verdict: Verdict,
    ) {
        let Some(destination) = self.destinations.get_mut(number) else { return };
        // A cap that was not reached meanwhile need not be larger.
        let was_full = destination.last_full.is_some_and(|full| full >= started);
        match verdict {
            Verdict::Good => {
                let latency = now.saturating_sub(started).as_secs_f64();
                let before =
                    if destination.fastest.is_finite() { destination.smoothed } else { latency };
                destination.smoothed = before + (latency - before) / 8.0;
                // The fastest answer is forgotten within minutes, in case the way has become longer.
                let passed = now.saturating_sub(destination.last_good).as_secs_f64();
                destination.last_good = now;
                destination.fastest =
                    (destination.fastest * (1.0 + (passed / 300.0).min(1.0))).min(latency);
                let is_fast = destination.smoothed < 4.0 * destination.fastest + 0.000_2;
                let is_crowded = destination.smoothed > 8.0 * destination.fastest + 0.001;
                if !is_fast {
                    destination.doubling = false;
                    // More at once only make each other wait.
                    if is_crowded && destination.cap > FIRST_CAP {
                        destination.cap -= 1.0 / destination.cap;
                    }
                } else if was_full {
                    let more = if destination.doubling { 1.0 } else { 1.0 / destination.cap };
                    destination.cap = (destination.cap + more).min(destination.max_cap);
                }
                destination.failures = 0;
                destination.is_proven = true;
            }
            Verdict::Refused => {
                destination.failures = 0;
                destination.is_proven = true;
            }
            Verdict::Overload => {
                destination.failures = destination.failures.saturating_add(1);
                destination.doubling = false;
                // Requests that were under way at the last cut say nothing new.
                if destination.last_cut.is_none_or(|cut| started >= cut) {
                    destination.cap = (destination.cap / 2.0).max(LEAST_CAP);
                    destination.last_cut = Some(now);
                }
            }
        }
        self.release(number);
    }

    fn wake_throttled(&mut self, now: Duration) {
        while let Some(&(at, number)) = self.throttled.first() {
            if at > now {
                return;
            }
            self.throttled.pop_first();
            if let Some(destination) = self.destinations.get_mut(number) {
                destination.is_throttled = false;
                self.enter(number);
            }
        }
    }

    /// When a limit of the rate allows the next request.
    pub(crate) fn next_event(&self) -> Option<Duration> {
        self.throttled.first().map(|(at, _)| *at)
    }

    /// Lets those go on whose rate allows it by now.
    pub(crate) fn tick(&mut self, now: Duration) {
        self.wake_throttled(now);
    }

    pub(crate) fn in_flight(&self) -> usize {
        self.in_flight
    }

    pub(crate) fn in_flight_of(&self, number: usize) -> usize {
        self.destinations.get(number).map_or(0, |destination| destination.in_flight)
    }

    /// How many this destination may have under way now, beyond those it has.
    pub(crate) fn cap_of(&self, number: usize) -> usize {
        self.destinations.get(number).map_or(0, |d| d.cap.min(d.max_cap) as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn millis(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn scheduler(max: usize, waiting: &[usize]) -> Scheduler {
        let mut scheduler = Scheduler::new(max);
        for count in waiting {
            let number = scheduler.add();
            scheduler.set_limits(number, 256, None, millis(0));
            scheduler.hold(number, false);
            scheduler.add_waiting(number, Lane::Fresh, *count);
        }
        scheduler
    }

    #[test]
    fn a_long_queue_does_not_shut_a_short_one_out() {
        let mut scheduler = scheduler(100, &[1_000, 3, 3]);
        let mut order = Vec::new();
        while let Some((number, _)) = scheduler.pick(millis(0)) {
            scheduler.finish(number, millis(0), millis(1), Verdict::Good);
            order.push(number);
            if order.len() == 40 {
                break;
            }
        }
        let place = |wanted| order.iter().rposition(|number| *number == wanted).unwrap();
        assert!(place(1) < 20 && place(2) < 20, "{order:?}");
    }

    #[test]
    fn large_bodies_count_for_more() {
        let mut scheduler = scheduler(100, &[10_000, 10_000]);
        let mut counts = [0_u32; 2];
        for _ in 0..1_000 {
            let (number, _) = scheduler.pick(millis(0)).unwrap();
            if number == 0 {
                scheduler.charge(0, 9 * 4_096);
            }
            scheduler.finish(number, millis(0), millis(1), Verdict::Good);
            counts[number] += 1;
        }
        assert!(counts[1] > 5 * counts[0] && counts[0] > 50, "{counts:?}");
    }

    #[test]
    fn the_cap_starts_at_eight_doubles_while_fast_and_halves_on_overload() {
        let mut scheduler = scheduler(1_000, &[100_000]);
        let fill = |scheduler: &mut Scheduler, at| {
            let mut count = 0;
            while scheduler.pick(millis(at)).is_some() {
                count += 1;
            }
            count
        };
        assert_eq!(fill(&mut scheduler, 0), 8);
        for (at, expected) in [(100, 16), (200, 32), (300, 64), (400, 128), (500, 256), (600, 256)]
        {
            let busy = scheduler.in_flight();
            for _ in 0..busy {
                scheduler.finish(0, millis(at - 100), millis(at), Verdict::Good);
            }
            assert_eq!(fill(&mut scheduler, at), expected, "at {at}");
        }
        for _ in 0..256 {
            scheduler.finish(0, millis(600), millis(700), Verdict::Overload);
        }
        assert_eq!(scheduler.cap_of(0), 128, "one cut for all that were under way");
        for round in 1..10 {
            let at = millis(700 + round);
            assert!(scheduler.pick(at).is_some());
            scheduler.finish(0, at, at, Verdict::Overload);
        }
        assert_eq!(scheduler.cap_of(0), 2);
    }

    #[test]
    fn slow_answers_stop_the_growth() {
        let mut scheduler = scheduler(1_000, &[100_000]);
        for round in 0..200_u64 {
            let mut count = 0;
            while scheduler.pick(millis(round * 1_000)).is_some() {
                count += 1;
            }
            // A receiver that handles one after the other, 10 ms each.
            for place in 1..=count {
                let (start, end) = (millis(round * 1_000), millis(round * 1_000 + 10 * place));
                scheduler.finish(0, start, end, Verdict::Good);
            }
        }
        assert!(scheduler.cap_of(0) <= 16, "{}", scheduler.cap_of(0));
    }

    #[test]
    fn hanging_destinations_leave_a_tenth_to_the_others() {
        let mut scheduler = scheduler(50, &[100; 20]);
        // All are new; those that do not answer take what they may.
        let mut hanging = 0;
        while scheduler.pick(millis(0)).is_some() {
            hanging += 1;
        }
        assert_eq!(hanging, 45);
        let good = scheduler.add();
        scheduler.set_limits(good, 256, None, millis(0));
        scheduler.hold(good, false);
        scheduler.add_waiting(good, Lane::Fresh, 1_000);
        for at in 1..1_000 {
            let (number, _) = scheduler.pick(millis(at)).unwrap();
            assert_eq!(number, good);
            scheduler.finish(number, millis(at), millis(at), Verdict::Good);
        }
    }

    #[test]
    fn retries_alternate_with_first_attempts() {
        let mut scheduler = scheduler(1, &[10]);
        scheduler.add_waiting(0, Lane::Retry, 10);
        scheduler.add_waiting(0, Lane::Again, 1);
        let mut lanes = Vec::new();
        while let Some((number, lane)) = scheduler.pick(millis(0)) {
            lanes.push(lane);
            scheduler.finish(number, millis(0), millis(1), Verdict::Good);
        }
        assert_eq!(lanes[..5], [Lane::Again, Lane::Fresh, Lane::Retry, Lane::Fresh, Lane::Retry]);
        assert_eq!(lanes.len(), 21);
    }

    #[test]
    fn the_rate_is_kept() {
        let mut scheduler = scheduler(100, &[10_000]);
        scheduler.set_limits(0, 256, Some(50.0), millis(0));
        let mut sent = 0;
        for at in 0..10_000 {
            scheduler.tick(millis(at));
            while let Some((number, _)) = scheduler.pick(millis(at)) {
                scheduler.finish(number, millis(at), millis(at), Verdict::Good);
                sent += 1;
            }
            assert!(scheduler.next_event().is_some());
        }
        assert!((499..=506).contains(&sent), "{sent}");
    }

    #[test]
    fn held_destinations_are_left_alone() {
        let mut scheduler = scheduler(100, &[10, 10]);
        scheduler.hold(0, true);
        let mut count = 0;
        while let Some((number, _)) = scheduler.pick(millis(0)) {
            assert_eq!(number, 1);
            scheduler.finish(number, millis(0), millis(0), Verdict::Good);
            count += 1;
        }
        assert_eq!(count, 10);
        scheduler.hold(0, false);
        assert!(scheduler.pick(millis(0)).is_some());
    }
}
