//! Dates, times and date-times.

/// An instant, and which part of it is meant.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct DateTime {
    /// Since 1970-01-01T00:00Z.
    pub(crate) millis: i64,
    pub(crate) kind: DateKind,
}

/// What a date value says.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum DateKind {
    /// A day.
    Date,
    /// A time of the day.
    Time,
    /// Both.
    DateTime,
    /// Only a host's values can be so; they can be neither printed nor compared.
    Unknown,
}

impl DateTime {
    /// A value from milliseconds since 1970-01-01T00:00Z.
    pub fn new(millis: i64, kind: DateKind) -> DateTime {
        DateTime { millis, kind }
    }

    /// Milliseconds since 1970-01-01T00:00Z.
    pub fn millis(self) -> i64 {
        self.millis
    }

    /// What it says.
    pub fn kind(self) -> DateKind {
        self.kind
    }
}

impl DateKind {
    /// What FreeMarker's messages call it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            DateKind::Date => "DATE",
            DateKind::Time => "TIME",
            DateKind::DateTime => "DATETIME",
            DateKind::Unknown => "UNKNOWN",
        }
    }
}
