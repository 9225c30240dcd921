//! What the sink tells about its work.

use std::fmt;

/// Why a delivery ended without success.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DeadReason {
    /// All attempts are used up (Amplitude's "expired").
    Expired,
    /// The body could not be made (Amplitude's "discarded").
    Discarded,
    /// The policy stops at the answer that came.
    Stopped,
    /// Someone ended it by a command.
    Cancelled,
}

impl DeadReason {
    /// Its name in lists and filters.
    pub fn name(self) -> &'static str {
        match self {
            DeadReason::Expired => "expired",
            DeadReason::Discarded => "discarded",
            DeadReason::Stopped => "stopped",
            DeadReason::Cancelled => "cancelled",
        }
    }

    /// The reason of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.name() == name)
    }

    const ALL: [DeadReason; 4] =
        [DeadReason::Expired, DeadReason::Discarded, DeadReason::Stopped, DeadReason::Cancelled];

    pub(crate) fn number(self) -> i64 {
        match self {
            DeadReason::Expired => 0,
            DeadReason::Discarded => 1,
            DeadReason::Stopped => 2,
            DeadReason::Cancelled => 3,
        }
    }

    pub(crate) fn from_number(number: i64) -> Self {
        Self::ALL.into_iter().find(|reason| reason.number() == number).unwrap_or(Self::Cancelled)
    }
}

impl fmt::Display for DeadReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a sink did from its opening to its end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// Records accepted.
    pub accepted: u64,
    /// Deliveries that succeeded. One record for two endpoints is two deliveries.
    pub delivered: u64,
    /// Attempts that failed and were followed by another.
    pub retried: u64,
    /// Deliveries that became dead letters.
    pub dead: u64,
    /// Bodies the maker had to mend.
    pub repaired: u64,
    /// Deliveries still in the queue, retries included.
    pub pending: u64,
    /// Requests that were still running when the time was up; they will be repeated.
    pub abandoned: u64,
    /// What went wrong with the storage, in words.
    pub problems: Vec<String>,
}
