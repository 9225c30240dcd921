//! What is counted, by Amplitude's own names where it has them.

use std::time::Duration;

/// How an endpoint has done, over some time.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Metrics {
    /// Deliveries that succeeded.
    pub events_delivered: u64,
    /// Deliveries that ended without success: expired, discarded, stopped or cancelled.
    pub events_not_delivered: u64,
    /// `events_delivered` of both together, 0 to 1; `None` if there were none.
    pub delivery_rate: Option<f64>,
    /// The 95th percentile of the time from acceptance to delivery.
    pub latency_in_seconds: Option<f64>,
    /// Deliveries that succeeded in their first attempt.
    pub success_on_first_attempt: u64,
    /// Deliveries that succeeded in a later one.
    pub success_after_retry: u64,
    /// Deliveries whose attempts were used up, or ended by the policy or a command.
    pub events_expired: u64,
    /// Records of which no body could be made.
    pub events_discarded: u64,
    /// Bodies that the maker had to mend.
    pub repaired_bodies: u64,
    /// Attempts that failed and were followed by another.
    pub attempts_failed: u64,
}

/// What lies in the queue for an endpoint right now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueueMetrics {
    /// Deliveries not ended yet.
    pub depth: u64,
    /// How long the oldest of them has been there.
    pub oldest_age: Option<Duration>,
    /// Requests under way.
    pub in_flight: u64,
    /// Requests that may be under way at once, as far as the cap has adapted.
    pub cap: u64,
}

/// Counts of one endpoint.
#[derive(Debug, Clone, Default)]
pub(crate) struct Counters {
    pub(crate) first_attempt: u64,
    pub(crate) after_retry: u64,
    pub(crate) expired: u64,
    pub(crate) discarded: u64,
    pub(crate) repaired: u64,
    pub(crate) attempts_failed: u64,
    pub(crate) latency: Latency,
}

impl Counters {
    pub(crate) fn is_empty(&self) -> bool {
        let delivered = self.first_attempt + self.after_retry;
        delivered + self.expired + self.discarded + self.repaired + self.attempts_failed == 0
    }

    pub(crate) fn add(&mut self, other: &Counters) {
        self.first_attempt += other.first_attempt;
        self.after_retry += other.after_retry;
        self.expired += other.expired;
        self.discarded += other.discarded;
        self.repaired += other.repaired;
        self.attempts_failed += other.attempts_failed;
        for (sum, count) in self.latency.0.iter_mut().zip(other.latency.0) {
            *sum = sum.saturating_add(count);
        }
    }

    pub(crate) fn metrics(&self) -> Metrics {
        let delivered = self.first_attempt + self.after_retry;
        let not = self.expired + self.discarded;
        let all = delivered + not;
        Metrics {
            events_delivered: delivered,
            events_not_delivered: not,
            delivery_rate: (all > 0).then(|| delivered as f64 / all as f64),
            latency_in_seconds: self.latency.percentile(0.95).map(|d| d.as_secs_f64()),
            success_on_first_attempt: self.first_attempt,
            success_after_retry: self.after_retry,
            events_expired: self.expired,
            events_discarded: self.discarded,
            repaired_bodies: self.repaired,
            attempts_failed: self.attempts_failed,
        }
    }
}

const BUCKETS: usize = 80;

/// Each bucket of times reaches a quarter further than the one before, from 1 ms on.
const GROWTH: f64 = 1.25;

/// How long deliveries took, in buckets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Latency(pub(crate) [u32; BUCKETS]);

impl Default for Latency {
    fn default() -> Self {
        Latency([0; BUCKETS])
    }
}

impl Latency {
    pub(crate) fn add(&mut self, millis: i64) {
        let bucket =
            if millis <= 1 { 0 } else { ((millis as f64).ln() / GROWTH.ln()).ceil() as usize };
        if let Some(count) = self.0.get_mut(bucket.min(BUCKETS - 1)) {
            *count = count.saturating_add(1);
        }
    }

    /// The upper end of the bucket where the percentile lies.
    pub(crate) fn percentile(&self, share: f64) -> Option<Duration> {
        let total: u64 = self.0.iter().map(|count| u64::from(*count)).sum();
        if total == 0 {
            return None;
        }
        let wanted = (total as f64 * share).ceil() as u64;
        let mut seen = 0;
        for (bucket, count) in self.0.iter().enumerate() {
            seen += u64::from(*count);
            if seen >= wanted {
                let millis = GROWTH.powi(i32::try_from(bucket).unwrap_or(0));
                return Some(Duration::from_secs_f64(millis / 1_000.0));
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_right_within_a_bucket() {
        let mut latency = Latency::default();
        assert_eq!(latency.percentile(0.95), None);
        for millis in 1..=1_000 {
            latency.add(millis);
        }
        let found = latency.percentile(0.95).unwrap().as_secs_f64();
        assert!((0.95..0.95 * GROWTH).contains(&found), "{found}");
        let mut latency = Latency::default();
        latency.add(4 * 3_600_000);
        let found = latency.percentile(0.95).unwrap().as_secs_f64();
        assert!((14_400.0..14_400.0 * GROWTH).contains(&found), "{found}");
        latency.add(i64::MAX);
        latency.add(-5);
    }
}
