//! How an endpoint is treated: time-outs, retries, limits.

use std::time::Duration;

/// How deliveries to one endpoint are attempted. The defaults are Amplitude's behaviour where it
/// is documented.
///
/// One *attempt* is up to [`tries`](Policy::tries) requests, repeated at once after 5xx and 429. A
/// failed attempt is followed by another after the next delay of the [`schedule`](Policy::schedule),
/// whatever the error was.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Policy {
    /// Longest time for one request, name look-up and connection to the last byte. Default: 10 s.
    pub timeout: Duration,
    /// Requests per attempt, the first one counted. Default: 3.
    pub tries: u32,
    /// Wait before the second request of an attempt. Default: 100 ms.
    pub wait: Duration,
    /// Each further wait is this times the one before. Default: 2.
    pub wait_factor: f64,
    /// A wait is drawn between `1 - wait_jitter` and `1 + wait_jitter` of itself. Default: 0.5.
    pub wait_jitter: f64,
    /// No request of an attempt is started later than this after its first. Default: 4 s.
    pub last_try: Duration,
    /// Delay before retry `n`, counted from 0; its length is the number of retries. Empty: none.
    /// Default: 1, 2, 4, 8, 15, 25, 40, 60, 80 minutes.
    pub schedule: Vec<Duration>,
    /// A delay is drawn between `1 - jitter` and 1 of itself. Default: 0.1.
    pub jitter: f64,
    /// Whether `Retry-After` (of 429 and 503) is honoured: the next attempt waits for it, though no
    /// longer than the longest delay of the schedule. Default: no.
    pub honour_retry_after: bool,
    /// Whether 410 ends a delivery. Default: no.
    pub stop_on_gone: bool,
    /// Whether any other 4xx but 408, 425 and 429 ends a delivery. Default: no.
    pub stop_on_client_error: bool,
    /// Most requests in flight to this endpoint. The cap in force adapts below it: it starts at 8,
    /// grows while answers stay fast and halves on overload. Default: 256.
    pub max_in_flight: usize,
    /// Most requests per second. Default: no limit.
    pub rate: Option<f64>,
    /// Several records in one request. Default: none, one request per record.
    pub batch: Option<Batch>,
}

impl Default for Policy {
    fn default() -> Self {
        Policy {
            timeout: Duration::from_secs(10),
            tries: 3,
            wait: Duration::from_millis(100),
            wait_factor: 2.0,
            wait_jitter: 0.5,
            last_try: Duration::from_secs(4),
            schedule: [1, 2, 4, 8, 15, 25, 40, 60, 80]
                .map(|minutes| Duration::from_secs(minutes * 60))
                .to_vec(),
            jitter: 0.1,
            honour_retry_after: false,
            stop_on_gone: false,
            stop_on_client_error: false,
            max_in_flight: 256,
            rate: None,
            batch: None,
        }
    }
}

/// Several records' bodies joined into one JSON array, `[a,b,c]`, and delivered by one request.
/// They share its outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// Most records in one request.
    pub max_records: usize,
    /// Most bytes in one body; a single record may be larger.
    pub max_bytes: usize,
}

impl Policy {
    /// Every setting that makes no sense, in words.
    pub(crate) fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut check = |good: bool, text: &str| {
            if !good {
                faults.push(text.to_owned());
            }
        };
        check(!self.timeout.is_zero(), "the time-out must be longer than zero");
        check(self.timeout <= Duration::from_secs(3600), "the time-out may be one hour at most");
        check((1..=100).contains(&self.tries), "an attempt must have between 1 and 100 requests");
        check(
            self.wait_factor.is_finite() && (1.0..=100.0).contains(&self.wait_factor),
            "the factor of the waits must be between 1 and 100",
        );
        check((0.0..=1.0).contains(&self.wait_jitter), "the waits' jitter must be between 0 and 1");
        check((0.0..=1.0).contains(&self.jitter), "the schedule's jitter must be between 0 and 1");
        check(self.schedule.len() <= 200, "the schedule may have 200 delays at most");
        check(
            self.schedule.iter().all(|delay| *delay <= Duration::from_secs(365 * 86_400)),
            "a delay of the schedule may be one year at most",
        );
        check(self.max_in_flight >= 1, "at least one request must be allowed in flight");
        check(
            self.rate.is_none_or(|rate| rate.is_finite() && rate > 0.0),
            "the rate must be greater than zero",
        );
        check(
            self.batch.as_ref().is_none_or(|batch| (1..=10_000).contains(&batch.max_records)),
            "a batch must have between 1 and 10,000 records",
        );
        faults
    }
}
