//! FreeMarker's formats `iso` and `xs`, and the text of `?iso_utc` and its like.
//!
//! Both have a Gregorian calendar even before 1582. They differ in the years before Christ (`iso` has a year 0, `xs`
//! has not), in whether a date has a zone, and in what they accept.

use std::fmt;

use super::calendar::{DAY_MS, Fields, Past, days_from_civil, month_length};
use super::pattern::pad;
use crate::format::quoted;
use crate::format::zone::Zone;
use crate::value::datetime::{DateKind, DateTime};

/// The last part of the time that is shown.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Accuracy {
    Hours,
    Minutes,
    Seconds,
    /// As many digits as there must be, none for a whole second.
    Millis,
    /// Three digits, always.
    MillisForced,
}

/// Which of the two standards.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Standard {
    Iso,
    Xs,
}

/// A compiled `iso` or `xs` format.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct IsoFormat {
    standard: Standard,
    accuracy: Accuracy,
    /// None: as the value has a zone.
    show_offset: bool,
    utc: bool,
}

/// What is wrong with the options of a format, in FreeMarker's words. Positions count characters from 1.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum OptionError {
    MissingSeparator(char, usize),
    SecondAccuracy(char, usize),
    SecondZone(char, usize),
    /// `n` or `f` without `z`.
    MissingZ(char, usize),
    SecondUtc,
    Unexpected(char, usize),
    TooCoarse,
}

impl fmt::Display for OptionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            OptionError::MissingSeparator(c, at) => {
                write!(f, "Missing space or \"_\" before \"{c}\" (at char pos. {at}).")
            }
            OptionError::SecondAccuracy(c, at) => write!(
                f,
                "Character \"{c}\" is unexpected as accuracy was already specified earlier (at char pos. {at})."
            ),
            OptionError::SecondZone(c, at) => write!(
                f,
                "Character \"{c}\" is unexpected as zone offset visibility was already specified earlier. (at char \
                 pos. {at})."
            ),
            OptionError::MissingZ(c, at) => {
                write!(f, "\"{c}\" must be followed by \"z\" (at char pos. {at}).")
            }
            OptionError::SecondUtc => f.write_str("The UTC usage option was already set earlier."),
            OptionError::Unexpected(c, at) => write!(
                f,
                "Unexpected character, {}. Expected the beginning of one of: h, m, s, ms, nz, fz, u (at char pos. \
                 {at}).",
                quoted(c.encode_utf8(&mut [0; 4]))
            ),
            OptionError::TooCoarse => {
                f.write_str("Less than seconds accuracy isn't allowed by the XML Schema format")
            }
        }
    }
}

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
    /// Reads the options which follow the format's name.
    pub(super) fn parse(standard: Standard, text: &str) -> Result<IsoFormat, OptionError> {
        let name = match standard {
            Standard::Iso => "iso",
            Standard::Xs => "xs",
        };
        let mut chars = text.strip_prefix(name).unwrap_or(text).chars().peekable();
        let mut at = name.len();
        let mut separated = false;
        let (mut accuracy, mut show_offset, mut utc) = (None, None, None);
        while let Some(c) = chars.next() {
            at += 1;
            if matches!(c, '_' | ' ') {
                separated = true;
                continue;
            }
            if !separated {
                return Err(OptionError::MissingSeparator(c, at));
            }
            match c {
                'h' | 'm' | 's' => {
                    if accuracy.is_some() {
                        return Err(OptionError::SecondAccuracy(c, at));
                    }
                    accuracy = Some(match c {
                        's' => Accuracy::Seconds,
                        'm' if chars.next_if_eq(&'s').is_some() => {
                            at += 1;
                            Accuracy::MillisForced
                        }
                        _ if standard == Standard::Xs => return Err(OptionError::TooCoarse),
                        'm' => Accuracy::Minutes,
                        _ => Accuracy::Hours,
                    });
                }
                'u' => {
                    if utc.is_some() {
                        return Err(OptionError::SecondUtc);
                    }
                    utc = Some(());
                }
                'f' if chars.peek() == Some(&'u') => {
                    if utc.is_some() {
                        return Err(OptionError::SecondUtc);
                    }
                    utc = Some(());
                    chars.next();
                    at += 1;
                }
                'f' | 'n' => {
                    if show_offset.is_some() {
                        return Err(OptionError::SecondZone(c, at));
                    }
                    if chars.next_if_eq(&'z').is_none() {
                        return Err(OptionError::MissingZ(c, at));
                    }
                    at += 1;
                    show_offset = Some(c == 'f');
                }
                // Java sees half of a supplementary character.
                c if c.len_utf16() > 1 => return Err(OptionError::Unexpected('?', at)),
                c => return Err(OptionError::Unexpected(c, at)),
            }
            separated = false;
        }
        Ok(IsoFormat {
            standard,
            accuracy: accuracy.unwrap_or(Accuracy::Millis),
            show_offset: show_offset.unwrap_or(true),
            utc: utc.is_some(),
        })
    }

    pub(super) fn format(&self, date: DateTime, zone: &Zone, out: &mut String) {
        let zone = if self.utc { &Zone::UTC } else { zone };
        write_parts(date, self.standard, self.accuracy, self.show_offset, zone, out);
    }

    pub(super) fn description(&self, kind: DateKind) -> &'static str {
        match (self.standard, kind) {
            (Standard::Iso, DateKind::Date) => "ISO 8601 (subset) date",
            (Standard::Iso, DateKind::Time) => "ISO 8601 (subset) time",
            (Standard::Iso, _) => "ISO 8601 (subset) date-time",
            (Standard::Xs, DateKind::Date) => "W3C XML Schema date",
            (Standard::Xs, DateKind::Time) => "W3C XML Schema time",
            (Standard::Xs, _) => "W3C XML Schema dateTime",
        }
    }

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

/// Writes a date as `?iso_utc` and its like do: in `zone`, with its offset unless the value is a date or
/// `show_offset` is false.
pub(crate) fn write_iso(
    date: DateTime,
    accuracy: Accuracy,
    show_offset: bool,
    zone: &Zone,
    out: &mut String,
) {
    write_parts(date, Standard::Iso, accuracy, show_offset, zone, out);
}

fn write_parts(
    date: DateTime,
    standard: Standard,
    accuracy: Accuracy,
    show_offset: bool,
    zone: &Zone,
    out: &mut String,
) {
    let (has_date, has_time) = (date.kind != DateKind::Time, date.kind != DateKind::Date);
    let fields = Fields::new(date.millis, zone.offsets(date.millis), Past::Gregorian);
    let two = |n: u8, out: &mut String| pad(n.into(), 2, '0', out);
    if has_date {
        let year = match (fields.is_bc(), standard) {
            (true, Standard::Xs) => fields.year - 1,
            _ => fields.year,
        };
        if year < 0 {
            out.push('-');
        }
        pad(year.unsigned_abs(), if year < 0 { 1 } else { 4 }, '0', out);
        out.push('-');
        two(fields.month, out);
        out.push('-');
        two(fields.day, out);
        if has_time {
            out.push('T');
        }
    }
    if has_time {
        two(fields.hour, out);
        if accuracy >= Accuracy::Minutes {
            out.push(':');
            two(fields.minute, out);
        }
        if accuracy >= Accuracy::Seconds {
            out.push(':');
            two(fields.second, out);
        }
        write_fraction(fields.milli, accuracy, out);
    }
    if show_offset && (has_time || standard == Standard::Xs) {
        write_offset(fields.offsets.total(), out);
    }
}

fn write_fraction(milli: u16, accuracy: Accuracy, out: &mut String) {
    let digits = match (accuracy, milli) {
        (Accuracy::MillisForced, _) => 3,
        (Accuracy::Millis, 1..) if milli.is_multiple_of(100) => 1,
        (Accuracy::Millis, 1..) if milli.is_multiple_of(10) => 2,
        (Accuracy::Millis, 1..) => 3,
        _ => return,
    };
    out.push('.');
    let value = milli / [100, 10, 1][digits - 1];
    pad(value.into(), digits as u32, '0', out);
}

/// `Z`, `+01:00`, `-00:01:15`.
fn write_offset(offset: i32, out: &mut String) {
    let seconds = (offset / 1000).unsigned_abs();
    if seconds == 0 {
        return out.push('Z');
    }
    out.push(if offset < 0 { '-' } else { '+' });
    pad((seconds / 3600).into(), 2, '0', out);
    out.push(':');
    pad((seconds / 60 % 60).into(), 2, '0', out);
    if !seconds.is_multiple_of(60) {
        out.push(':');
        pad((seconds % 60).into(), 2, '0', out);
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
