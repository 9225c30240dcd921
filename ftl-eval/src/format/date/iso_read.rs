//! Reading the formats `iso` and `xs`: whole texts, and only dates that exist.

use std::fmt;

use super::calendar::{DAY_MS, days_from_civil, month_length};
use super::iso::{IsoFormat, Standard};
use crate::format::zone::Zone;
use crate::value::datetime::DateKind;

/// Why a text is no date, in FreeMarker's words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum IsoError {
    NoMatch {
        standard: Standard,
        kind: DateKind,
        text: String,
    },
    TooSmall(&'static str, i32),
    TooGreat(&'static str, i32),
    Malformed(&'static str),
    YearZero,
    Hour24,
    /// Such as February 30, or an hour skipped in spring.
    NoSuch(DateKind),
}

impl IsoFormat {
    /// Reads a whole text of this kind. Without an offset in it, it is in `zone`.
    pub(super) fn read(&self, text: &str, kind: DateKind, zone: &Zone) -> Result<i64, IsoError> {
        let zone = if self.utc { &Zone::UTC } else { zone };
        let no_match =
            || IsoError::NoMatch { standard: self.standard, kind, text: text.to_owned() };
        let parts = match self.standard {
            Standard::Xs => Parts::scan(text, kind, Grammar::XS),
            Standard::Iso => Parts::scan(text, kind, Grammar::EXTENDED)
                .or_else(|| Parts::scan(text, kind, Grammar::BASIC)),
        };
        parts.ok_or_else(no_match)?.instant(self.standard, kind, zone)
    }
}

/// How the parts of a text are written.
#[derive(Clone, Copy)]
struct Grammar {
    /// Hyphens, and colons.
    separated: bool,
    year_digits: usize,
    /// Whether minutes and seconds may be left out, and a comma stand for the point.
    iso: bool,
}

impl Grammar {
    const XS: Grammar = Grammar { separated: true, year_digits: 1, iso: false };
    const EXTENDED: Grammar = Grammar { separated: true, year_digits: 4, iso: true };
    const BASIC: Grammar = Grammar { separated: false, year_digits: 4, iso: true };
}

/// The parts of a text, all digits but for the year's sign and the zone. Absent ones are empty.
#[derive(Default)]
struct Parts<'a> {
    year: &'a str,
    month: &'a str,
    day: &'a str,
    hour: &'a str,
    minute: &'a str,
    second: &'a str,
    fraction: &'a str,
    zone: &'a str,
}

/// The rest of a text that is being taken apart.
struct Scanner<'a>(&'a str);

impl<'a> Scanner<'a> {
    fn take(&mut self, length: usize) -> &'a str {
        let (head, rest) = self.0.split_at(length);
        self.0 = rest;
        head
    }

    fn digits(&mut self) -> usize {
        self.0.bytes().take_while(u8::is_ascii_digit).count()
    }

    fn two_digits(&mut self) -> Option<&'a str> {
        (self.digits() >= 2).then(|| self.take(2))
    }

    fn char(&mut self, c: char) -> Option<()> {
        self.0 = self.0.strip_prefix(c)?;
        Some(())
    }
}

impl<'a> Parts<'a> {
    fn scan(text: &'a str, kind: DateKind, grammar: Grammar) -> Option<Parts<'a>> {
        let mut parts = Parts::default();
        let mut scanner = Scanner(text);
        if kind != DateKind::Time {
            parts.date(&mut scanner, grammar)?;
            if kind != DateKind::Date {
                scanner.char('T')?;
            }
        }
        if kind != DateKind::Date {
            parts.time(&mut scanner, grammar)?;
        }
        if kind != DateKind::Date || !grammar.iso {
            parts.zone(&mut scanner, grammar)?;
        }
        scanner.0.is_empty().then_some(parts)
    }

    fn date(&mut self, scanner: &mut Scanner<'a>, grammar: Grammar) -> Option<()> {
        let whole = scanner.0;
        let sign = usize::from(scanner.char('-').is_some());
        let digits = scanner.digits();
        let year_digits = if grammar.separated { digits } else { digits.checked_sub(4)? };
        if year_digits < grammar.year_digits {
            return None;
        }
        scanner.0 = whole;
        self.year = scanner.take(sign + year_digits);
        if grammar.separated {
            scanner.char('-')?;
        }
        self.month = scanner.two_digits()?;
        if grammar.separated {
            scanner.char('-')?;
        }
        self.day = scanner.two_digits()?;
        Some(())
    }

    fn time(&mut self, scanner: &mut Scanner<'a>, grammar: Grammar) -> Option<()> {
        self.hour = scanner.two_digits()?;
        for part in [&mut self.minute, &mut self.second] {
            let follows =
                if grammar.separated { scanner.char(':').is_some() } else { scanner.digits() > 0 };
            match follows {
                true => *part = scanner.two_digits()?,
                false if grammar.iso => return Some(()),
                false => return None,
            }
        }
        if scanner.char('.').is_some() || grammar.iso && scanner.char(',').is_some() {
            let digits = scanner.digits();
            self.fraction = scanner.take(digits);
            return (digits > 0).then_some(());
        }
        Some(())
    }

    fn zone(&mut self, scanner: &mut Scanner<'a>, grammar: Grammar) -> Option<()> {
        let whole = scanner.0;
        if scanner.char('Z').is_none() {
            if scanner.char('+').is_none() && scanner.char('-').is_none() {
                return Some(());
            }
            scanner.two_digits()?;
            let minutes =
                if grammar.separated { scanner.char(':').is_some() } else { scanner.digits() > 0 };
            if minutes {
                scanner.two_digits()?;
            } else if !grammar.iso {
                return None;
            }
        }
        self.zone = &whole[..whole.len() - scanner.0.len()];
        Some(())
    }

    fn instant(&self, standard: Standard, kind: DateKind, zone: &Zone) -> Result<i64, IsoError> {
        let (mut year, mut month, mut day) = (1970, 1, 1);
        if kind != DateKind::Time {
            year = i64::from(int(self.year, "year", i32::MIN, i32::MAX)?);
            if standard == Standard::Xs && year <= 0 {
                if year == 0 {
                    return Err(IsoError::YearZero);
                }
                year += 1;
            }
            month = int(self.month, "month", 1, 12)? as u8;
            day = i64::from(int(self.day, "day-of-month", 1, 31)?);
        }
        let (mut hour, mut minute, mut second, mut milli) = (0, 0, 0, 0);
        if kind != DateKind::Date {
            hour = int(self.hour, "hour-of-day", 0, 24)?;
            minute = optional(self.minute, "minute", 59)?;
            second = optional(self.second, "second", 60)?;
            milli = self.milli()?;
        }
        let parsed_zone = self.parsed_zone()?;
        let zone = parsed_zone.as_ref().unwrap_or(zone);
        let midnight = hour == 24;
        if midnight {
            if (minute, second, milli) != (0, 0, 0) {
                return Err(IsoError::Hour24);
            }
            hour = 0;
        }
        // Java's calendar is strict here, hence no leap seconds either.
        let no_such = IsoError::NoSuch(kind);
        if day > month_length(true, year, month) || second > 59 {
            return Err(no_such);
        }
        let time = i64::from(((hour * 60 + minute) * 60 + second) * 1000 + milli);
        // The end of a day is the begin of the next as a time; as a date-time it is a day later.
        let days =
            days_from_civil(year, month, day) + i64::from(midnight && kind == DateKind::Time);
        let instant = instant(days, time, zone).ok_or(no_such)?;
        Ok(if midnight && kind == DateKind::DateTime { next_day(instant, zone) } else { instant })
    }

    fn milli(&self) -> Result<i32, IsoError> {
        let digits = &self.fraction[..self.fraction.len().min(3)];
        let value = optional(digits, "partial-seconds", i32::MAX)?;
        Ok(match digits.len() {
            1 => value * 100,
            2 => value * 10,
            _ => value,
        })
    }

    fn parsed_zone(&self) -> Result<Option<Zone>, IsoError> {
        let Some(sign) = self.zone.chars().next() else { return Ok(None) };
        if sign == 'Z' {
            return Ok(Some(Zone::UTC));
        }
        let hours = int(&self.zone[1..3], "offset-hours", 0, 23)?;
        let minutes = optional(self.zone[3..].trim_start_matches(':'), "offset-minutes", 59)?;
        Ok(Some(Zone::java(&format!("GMT{sign}{hours:02}:{minutes:02}"))))
    }
}

/// The instant of a wall clock's time that exists.
fn instant(days: i64, time: i64, zone: &Zone) -> Option<i64> {
    let wall = days.checked_mul(DAY_MS)?.checked_add(time)?;
    let offset = i64::from(zone.offsets_at_wall(wall).total());
    let instant = wall.checked_sub(offset)?;
    (i64::from(zone.offsets(instant).total()) == offset).then_some(instant)
}

/// The same time on the next day, as `Calendar.add` finds it.
fn next_day(instant: i64, zone: &Zone) -> i64 {
    let offset = |instant| i64::from(zone.offsets(instant).total());
    let next = instant.wrapping_add(DAY_MS);
    let shift = offset(instant) - offset(next);
    let shifted = next.wrapping_add(shift);
    let day = |instant: i64| instant.wrapping_add(offset(instant)).div_euclid(DAY_MS);
    if day(shifted) == day(instant) + 1 { shifted } else { next }
}

fn optional(digits: &str, name: &'static str, max: i32) -> Result<i32, IsoError> {
    if digits.is_empty() { Ok(0) } else { int(digits, name, 0, max) }
}

fn int(text: &str, name: &'static str, min: i32, max: i32) -> Result<i32, IsoError> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let value: i32 = digits.parse().map_err(|_| IsoError::Malformed(name))?;
    match if negative { -value } else { value } {
        value if value < min => Err(IsoError::TooSmall(name, min)),
        value if value > max => Err(IsoError::TooGreat(name, max)),
        value => Ok(value),
    }
}

impl fmt::Display for IsoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IsoError::NoMatch { standard, kind, text } => no_match(*standard, *kind, text, f),
            IsoError::TooSmall(name, min) => write!(f, "The {name} part must be at least {min}."),
            IsoError::TooGreat(name, max) => write!(f, "The {name} part can't be more than {max}."),
            IsoError::Malformed(name) => write!(f, "The {name} part is a malformed integer."),
            IsoError::YearZero => {
                f.write_str("Year 0 is not allowed in XML schema dates. BC 1 is -1, AD 1 is 1.")
            }
            IsoError::Hour24 => f.write_str("Hour 24 is only allowed in the case of midnight."),
            IsoError::NoSuch(DateKind::Date) => f.write_str(
                "Date calculation faliure. Probably the date is formally correct, but refers to an unexistent date \
                 (like February 30).",
            ),
            IsoError::NoSuch(DateKind::Time) => f.write_str("Unexpected time calculation faliure."),
            IsoError::NoSuch(_) => f.write_str(
                "Date-time calculation faliure. Probably the date-time is formally correct, but refers to an \
                 unexistent date-time (like February 30).",
            ),
        }
    }
}

/// FreeMarker shows the regular expressions with which it reads.
fn no_match(
    standard: Standard,
    kind: DateKind,
    text: &str,
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    const XS_DATE: &str = "(-?[0-9]+)-([0-9]{2})-([0-9]{2})";
    const XS_TIME: &str = "([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\\.([0-9]+))?";
    const XS_ZONE: &str = "(Z|(?:[-+][0-9]{2}:[0-9]{2}))?";
    const EXTENDED_DATE: &str = "(-?[0-9]{4,})-([0-9]{2})-([0-9]{2})";
    const EXTENDED_TIME: &str = "([0-9]{2})(?::([0-9]{2})(?::([0-9]{2})(?:[\\.,]([0-9]+))?)?)?";
    const EXTENDED_ZONE: &str = "(Z|(?:[-+][0-9]{2}(?::[0-9]{2})?))?";
    const BASIC_DATE: &str = "(-?[0-9]{4,}?)([0-9]{2})([0-9]{2})";
    const BASIC_TIME: &str = "([0-9]{2})(?:([0-9]{2})(?:([0-9]{2})(?:[\\.,]([0-9]+))?)?)?";
    const BASIC_ZONE: &str = "(Z|(?:[-+][0-9]{2}(?:[0-9]{2})?))?";
    match (standard, kind) {
        (Standard::Iso, DateKind::DateTime | DateKind::Unknown) => {
            write!(f, "The value ({text}) didn't match the expected pattern: ")?;
        }
        _ => f.write_str("The value didn't match the expected pattern: ")?,
    }
    match (standard, kind) {
        (Standard::Xs, DateKind::Date) => write!(f, "{XS_DATE}{XS_ZONE}"),
        (Standard::Xs, DateKind::Time) => write!(f, "{XS_TIME}{XS_ZONE}"),
        (Standard::Xs, _) => write!(f, "{XS_DATE}T{XS_TIME}{XS_ZONE}"),
        (Standard::Iso, DateKind::Date) => write!(f, "{EXTENDED_DATE} or {BASIC_DATE}"),
        (Standard::Iso, DateKind::Time) => {
            write!(f, "{EXTENDED_TIME}{EXTENDED_ZONE} or {BASIC_TIME}{BASIC_ZONE}")
        }
        (Standard::Iso, _) => write!(
            f,
            "{EXTENDED_DATE}T{EXTENDED_TIME}{EXTENDED_ZONE} or {BASIC_DATE}T{BASIC_TIME}{BASIC_ZONE}"
        ),
    }
}
