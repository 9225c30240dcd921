//! Response or failure -> [`Outcome`].

use std::fmt;
use std::time::Duration;

/// What a receiver answered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The value of `Retry-After`, as it was sent.
    pub retry_after: Option<String>,
    /// The first bytes of the body, 1 KiB at most.
    pub body: Vec<u8>,
}

impl Response {
    /// An answer with nothing but a status.
    pub fn status(status: u16) -> Self {
        Response { status, ..Response::default() }
    }
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransportError {
    /// The kind of failure.
    pub kind: TransportErrorKind,
    /// More of it, in words.
    pub text: String,
}

/// Kinds of failure below HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// The host name is not known.
    Resolve,
    /// Every address of the host is one that must not be connected to.
    Blocked,
    /// No connection.
    Connect,
    /// TLS could not be agreed on.
    Tls,
    /// The time was up.
    Timeout,
    /// The connection ended too early.
    Disconnected,
    /// What came back is not HTTP.
    Protocol,
    /// Anything else.
    Other,
}

impl TransportErrorKind {
    /// Its name in logs and reports.
    pub fn name(self) -> &'static str {
        match self {
            TransportErrorKind::Resolve => "resolve",
            TransportErrorKind::Blocked => "blocked",
            TransportErrorKind::Connect => "connect",
            TransportErrorKind::Tls => "tls",
            TransportErrorKind::Timeout => "timeout",
            TransportErrorKind::Disconnected => "disconnected",
            TransportErrorKind::Protocol => "protocol",
            TransportErrorKind::Other => "other",
        }
    }
}

impl TransportError {
    /// A failure with its words.
    pub fn new(kind: TransportErrorKind, text: impl Into<String>) -> Self {
        TransportError { kind, text: text.into() }
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.name(), self.text)
    }
}

impl std::error::Error for TransportError {}

/// How one request ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The receiver answered 2xx.
    Delivered,
    /// It answered something else, or not at all.
    Failed {
        /// The status, if there was an answer.
        status: Option<u16>,
        /// How long the receiver asked to wait.
        retry_after: Option<Duration>,
    },
}

impl Outcome {
    /// Judges an exchange. `now` is in seconds since 1970; a date in `Retry-After` is relative to
    /// it.
    pub fn of(result: &Result<Response, TransportError>, now: i64) -> Outcome {
        match result {
            Ok(response) if (200..300).contains(&response.status) => Outcome::Delivered,
            Ok(response) => Outcome::Failed {
                status: Some(response.status),
                retry_after: response
                    .retry_after
                    .as_deref()
                    .filter(|_| matches!(response.status, 429 | 503))
                    .and_then(|value| retry_after(value, now)),
            },
            Err(_) => Outcome::Failed { status: None, retry_after: None },
        }
    }

    /// Whether the receiver (or the way to it) is in trouble, rather than this one record.
    pub(crate) fn is_overload(self) -> bool {
        match self {
            Outcome::Delivered => false,
            Outcome::Failed { status: None, .. } => true,
            Outcome::Failed { status: Some(status), .. } => {
                status >= 500 || matches!(status, 408 | 425 | 429)
            }
        }
    }
}

/// Reads `Retry-After`: seconds, or an HTTP date. `None` if it is neither.
fn retry_after(value: &str, now: i64) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // A number too large for us is a long time all the same.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::from(u32::MAX))));
    }
    let until = http_date(value)?;
    Some(Duration::from_secs(u64::try_from(until.saturating_sub(now)).unwrap_or(0)))
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// `Sun, 06 Nov 1994 08:49:37 GMT` in seconds since 1970. The two obsolete forms of RFC 9110 are
/// not read; no one has sent them for decades.
fn http_date(text: &str) -> Option<i64> {
    let (_, rest) = text.split_once(", ")?;
    let parts: Vec<&str> = rest.split(' ').collect();
    let [day, month, year, time, "GMT"] = parts[..] else { return None };
    let number = |text: &str, digits: usize| -> Option<i64> {
        (text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit()))
            .then(|| text.parse().ok())?
    };
    let (day, year) = (number(day, 2)?, number(year, 4)?);
    let month = MONTHS.iter().position(|name| *name == month)? as i64 + 1;
    let time: Vec<&str> = time.split(':').collect();
    let [hour, minute, second] = time[..] else { return None };
    let (hour, minute, second) = (number(hour, 2)?, number(minute, 2)?, number(second, 2)?);
    if !(1..=31).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    // Days from the civil date, counting years from March so that the leap day comes last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let days = year * 365 + year.div_euclid(4) - year.div_euclid(100)
        + year.div_euclid(400)
        + (month * 153 + 2) / 5
        + day
        - 1
        - 719_468;
    Some(days * 86_400 + hour * 3_600 + minute * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_2xx_is_success() {
        for status in [200, 201, 202, 204, 299] {
            assert_eq!(Outcome::of(&Ok(Response::status(status)), 0), Outcome::Delivered);
        }
        for status in [101, 199, 300, 301, 302, 304, 400, 404, 410, 429, 500, 503, 599] {
            let failed = Outcome::Failed { status: Some(status), retry_after: None };
            assert_eq!(Outcome::of(&Ok(Response::status(status)), 0), failed);
        }
        let lost = Err(TransportError::new(TransportErrorKind::Timeout, ""));
        let failed = Outcome::Failed { status: None, retry_after: None };
        assert_eq!(Outcome::of(&lost, 0), failed);
    }

    /// F8 of the fault table; the clamp is `Policy::decide`'s.
    #[test]
    fn retry_after_is_read_in_both_forms() {
        // Sun, 06 Nov 1994 08:49:37 GMT is RFC 9110's example; its seconds are `date -u +%s`'s.
        let now = 784_111_770;
        let cases = [
            ("0", Some(0)),
            ("1", Some(1)),
            (" 120 ", Some(120)),
            ("1000000000", Some(1_000_000_000)),
            ("99999999999999999999999", Some(4_294_967_295)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(7)),
            ("Sun, 06 Nov 1994 08:49:00 GMT", Some(0)),
            ("Thu, 29 Feb 1996 00:00:00 GMT", Some(825_552_000 - 784_111_770)),
            ("soon", None),
            ("", None),
            ("-5", None),
            ("1.5", None),
            ("Sun, 99 Nov 1994 08:49:37 GMT", None),
            ("Sun, 06 Nov 1994", None),
        ];
        for (text, expected) in cases {
            assert_eq!(retry_after(text, now), expected.map(Duration::from_secs), "{text:?}");
        }
    }

    #[test]
    fn retry_after_counts_only_with_429_and_503() {
        let answer =
            |status| Ok(Response { status, retry_after: Some("7".into()), body: Vec::new() });
        for (status, expected) in [(429, Some(7)), (503, Some(7)), (500, None), (404, None)] {
            let retry_after = expected.map(Duration::from_secs);
            let outcome = Outcome::Failed { status: Some(status), retry_after };
            assert_eq!(Outcome::of(&answer(status), 0), outcome);
        }
    }
}
