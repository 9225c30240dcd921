//! (attempt, [`Outcome`]) -> [`Decision`].

use std::time::Duration;

use crate::outcome::Outcome;
use crate::policy::Policy;

/// What follows a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Nothing: it is delivered.
    Done,
    /// Another request of the same attempt, this much later.
    Again(Duration),
    /// Another attempt after the schedule's next delay. The delay's jitter is drawn later, once for
    /// all that fail together.
    NextAttempt,
    /// Another attempt this much later, because the receiver asked for it.
    NextAttemptIn(Duration),
    /// Nothing: all attempts are used up.
    Expired,
    /// Nothing: the policy stops at this answer.
    Stopped,
}

/// Where a delivery stands when a request of it ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Attempts before this one.
    pub attempt: usize,
    /// Requests of this attempt, the ended one counted.
    pub requests: u32,
    /// Time since this attempt's first request was started.
    pub since_first: Duration,
}

impl Policy {
    /// What follows a request. `random`, in `0.0..1.0`, sets the jitter of an immediate retry.
    pub fn decide(&self, progress: Progress, outcome: Outcome, random: f64) -> Decision {
        let Outcome::Failed { status, retry_after } = outcome else { return Decision::Done };
        match status {
            Some(410) if self.stop_on_gone => return Decision::Stopped,
            Some(status) if self.stop_on_client_error && is_client_error(status) => {
                return Decision::Stopped;
            }
            _ => (),
        }
        let honoured = retry_after.filter(|_| self.honour_retry_after);
        if status.is_some_and(|status| status >= 500 || status == 429)
            && progress.requests < self.tries
        {
            let wait = self.wait_before(progress.requests, random);
            let wait = honoured.map_or(wait, |asked| asked.max(wait));
            if progress.since_first + wait <= self.last_try {
                return Decision::Again(wait);
            }
        }
        let Some(delay) = self.schedule.get(progress.attempt) else { return Decision::Expired };
        let longest = self.schedule.iter().max().copied().unwrap_or_default();
        match honoured.map(|asked| asked.min(longest)) {
            // A receiver may ask for more time than the schedule gives, not for less.
            Some(asked) if asked > *delay => Decision::NextAttemptIn(asked),
            _ => Decision::NextAttempt,
        }
    }

    /// The wait after `requests` requests of an attempt.
    fn wait_before(&self, requests: u32, random: f64) -> Duration {
        let exponent = i32::try_from(requests.saturating_sub(1)).unwrap_or(i32::MAX);
        let factor = self.wait_factor.powi(exponent);
        let jitter = 1.0 - self.wait_jitter + 2.0 * self.wait_jitter * random;
        let seconds = self.wait.as_secs_f64() * factor * jitter;
        Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX / 4)
    }

    /// The delay before retry `retry`, counted from 0; `random`, in `0.0..1.0`, shortens it.
    pub fn delay(&self, retry: usize, random: f64) -> Option<Duration> {
        self.schedule.get(retry).map(|delay| delay.mul_f64(1.0 - self.jitter * random))
    }
}

fn is_client_error(status: u16) -> bool {
    (400..500).contains(&status) && !matches!(status, 408 | 410 | 425 | 429)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failed(status: u16) -> Outcome {
        Outcome::Failed { status: Some(status), retry_after: None }
    }

    fn at(attempt: usize, requests: u32, since_first_ms: u64) -> Progress {
        Progress { attempt, requests, since_first: Duration::from_millis(since_first_ms) }
    }

    fn again(ms: u64) -> Decision {
        Decision::Again(Duration::from_millis(ms))
    }

    #[test]
    fn defaults_are_amplitudes() {
        let policy = Policy::default();
        let lost = Outcome::Failed { status: None, retry_after: None };
        let cases = [
            (at(0, 1, 0), Outcome::Delivered, 0.5, Decision::Done),
            // Waits: 100 ms, then 200 ms, each +-50 %.
            (at(0, 1, 0), failed(500), 0.0, again(50)),
            (at(0, 1, 0), failed(500), 0.5, again(100)),
            (at(0, 1, 0), failed(429), 1.0, again(150)),
            (at(0, 2, 300), failed(503), 0.0, again(100)),
            (at(0, 2, 300), failed(503), 1.0, again(300)),
            (at(0, 3, 700), failed(503), 0.5, Decision::NextAttempt),
            // None is started 4 s after the first.
            (at(0, 1, 3_900), failed(503), 0.5, again(100)),
            (at(0, 1, 3_901), failed(503), 0.5, Decision::NextAttempt),
            // Only 5xx and 429 are repeated at once.
            (at(0, 1, 0), failed(400), 0.5, Decision::NextAttempt),
            (at(0, 1, 0), failed(301), 0.5, Decision::NextAttempt),
            (at(0, 1, 0), failed(410), 0.5, Decision::NextAttempt),
            (at(0, 1, 0), lost, 0.5, Decision::NextAttempt),
            // Nine retries.
            (at(8, 3, 0), failed(500), 0.5, Decision::NextAttempt),
            (at(9, 1, 0), failed(500), 0.5, again(100)),
            (at(9, 3, 0), failed(500), 0.5, Decision::Expired),
            (at(9, 1, 0), lost, 0.5, Decision::Expired),
        ];
        for (progress, outcome, random, expected) in cases {
            assert_eq!(policy.decide(progress, outcome, random), expected, "{progress:?}");
        }
        let window: Duration = policy.schedule.iter().sum();
        assert_eq!(window, Duration::from_secs(235 * 60));
    }

    #[test]
    fn delays_are_shortened_by_a_tenth_at_most() {
        let policy = Policy::default();
        assert_eq!(policy.delay(0, 0.0), Some(Duration::from_secs(60)));
        assert_eq!(policy.delay(0, 1.0), Some(Duration::from_secs(54)));
        assert_eq!(policy.delay(8, 0.5), Some(Duration::from_secs(76 * 60)));
        assert_eq!(policy.delay(9, 0.0), None);
    }

    #[test]
    fn stops_only_when_asked_to() {
        let gone = Policy { stop_on_gone: true, ..Policy::default() };
        let client = Policy { stop_on_client_error: true, ..Policy::default() };
        let cases = [
            (&gone, 410, Decision::Stopped),
            (&gone, 404, Decision::NextAttempt),
            (&client, 404, Decision::Stopped),
            (&client, 410, Decision::NextAttempt),
            (&client, 408, Decision::NextAttempt),
            (&client, 429, again(100)),
            (&client, 500, again(100)),
        ];
        for (policy, status, expected) in cases {
            assert_eq!(policy.decide(at(0, 1, 0), failed(status), 0.5), expected, "{status}");
        }
    }

    /// F8 of the fault table.
    #[test]
    fn retry_after_is_clamped_to_the_schedule() {
        let ignoring = Policy::default();
        let honouring = Policy { honour_retry_after: true, ..Policy::default() };
        let asked = |seconds| Outcome::Failed {
            status: Some(429),
            retry_after: Some(Duration::from_secs(seconds)),
        };
        let secs = |seconds| Decision::NextAttemptIn(Duration::from_secs(seconds));
        let cases = [
            (&ignoring, at(0, 1, 0), asked(1_000_000_000), again(100)),
            (&ignoring, at(0, 3, 0), asked(1_000_000_000), Decision::NextAttempt),
            (&honouring, at(0, 1, 0), asked(0), again(100)),
            (&honouring, at(0, 1, 0), asked(1), again(1_000)),
            (&honouring, at(0, 1, 0), asked(5), Decision::NextAttempt),
            (&honouring, at(0, 1, 0), asked(90), secs(90)),
            (&honouring, at(8, 3, 0), asked(90), Decision::NextAttempt),
            (&honouring, at(0, 3, 0), asked(1_000_000_000), secs(80 * 60)),
            (&honouring, at(9, 3, 0), asked(90), Decision::Expired),
        ];
        for (policy, progress, outcome, expected) in cases {
            assert_eq!(policy.decide(progress, outcome, 0.5), expected, "{progress:?} {outcome:?}");
        }
    }
}
