//! Time, handed in.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Where the sink takes time from. [`SystemClock`] is the real one; a test hands in one that jumps.
pub trait Clock: Send + Sync + 'static {
    /// The wall clock. Due times are kept in it, because they must outlive the process.
    fn now(&self) -> SystemTime;

    /// Time since some fixed moment, which no one can set back.
    fn elapsed(&self) -> Duration;

    /// Called when the next thing to do is `time` away; gives how long to really wait. `idle` says
    /// that nothing is being sent or written meanwhile: a clock that jumps may then move on by
    /// `time` and give zero.
    fn wait(&self, time: Duration, idle: bool) -> Duration {
        let _ = idle;
        time
    }
}

/// The machine's clocks.
#[derive(Debug, Clone, Copy)]
pub struct SystemClock {
    start: Instant,
}

impl Default for SystemClock {
    fn default() -> Self {
        SystemClock { start: Instant::now() }
    }
}

impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }
}

/// Milliseconds since 1970, as the queue keeps them.
pub(crate) fn millis(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
        Err(before) => -i64::try_from(before.duration().as_millis()).unwrap_or(i64::MAX),
    }
}

/// A duration in whole milliseconds.
pub(crate) fn duration_millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// The queue's time: the wall clock, except that it never steps back. When someone sets the wall
/// clock back, due times would lie too far ahead and everything would stand still; this time goes
/// on from where it was. Steps forward are followed (a machine that slept has really lost the time).
pub(crate) struct QueueTime {
    clock: std::sync::Arc<dyn Clock>,
    state: std::sync::Mutex<Steps>,
}

struct Steps {
    wall: i64,
    elapsed: i64,
    offset: i64,
}

/// Smaller steps back are the usual work of a time server.
const STEP_MILLIS: i64 = 1_000;

impl QueueTime {
    pub(crate) fn new(clock: std::sync::Arc<dyn Clock>) -> Self {
        let wall = millis(clock.now());
        let elapsed = duration_millis(clock.elapsed());
        QueueTime { clock, state: std::sync::Mutex::new(Steps { wall, elapsed, offset: 0 }) }
    }

    pub(crate) fn clock(&self) -> &dyn Clock {
        &*self.clock
    }

    /// Milliseconds since 1970, never stepping back by more than a second.
    pub(crate) fn now(&self) -> i64 {
        let wall = millis(self.clock.now());
        let elapsed = duration_millis(self.clock.elapsed());
        let mut steps = crate::lock(&self.state);
        let lost = (elapsed - steps.elapsed) - (wall - steps.wall);
        if lost > STEP_MILLIS {
            steps.offset = steps.offset.saturating_add(lost);
        }
        steps.wall = wall;
        steps.elapsed = elapsed;
        wall.saturating_add(steps.offset)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicI64, Ordering};

    #[derive(Default)]
    struct Hands {
        wall: AtomicI64,
        elapsed: AtomicI64,
    }

    impl Clock for Hands {
        fn now(&self) -> SystemTime {
            UNIX_EPOCH + Duration::from_millis(self.wall.load(Ordering::Relaxed) as u64)
        }
        fn elapsed(&self) -> Duration {
            Duration::from_millis(self.elapsed.load(Ordering::Relaxed) as u64)
        }
    }

    #[test]
    fn steps_back_are_bridged_and_steps_forward_followed() {
        let hands = std::sync::Arc::new(Hands::default());
        hands.wall.store(10_000_000, Ordering::Relaxed);
        let time = QueueTime::new(hands.clone());
        // (wall, elapsed, queue time)
        let steps = [
            (10_001_000, 1_000, 10_001_000),
            (6_401_000, 1_000, 10_001_000),
            (6_402_000, 2_000, 10_002_000),
            (20_000_000, 3_000, 23_600_000),
            (19_999_500, 3_000, 23_599_500),
        ];
        for (wall, elapsed, expected) in steps {
            hands.wall.store(wall, Ordering::Relaxed);
            hands.elapsed.store(elapsed, Ordering::Relaxed);
            assert_eq!(time.now(), expected);
        }
    }

    #[test]
    fn times_before_1970_are_negative() {
        assert_eq!(millis(UNIX_EPOCH - Duration::from_secs(2)), -2_000);
    }
}
