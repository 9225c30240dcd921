//! FreeMarker's formats `iso` and `xs`, and the text of `?iso_utc` and its like.
//!
//! Both have a Gregorian calendar even before 1582. They differ in the years before Christ (`iso` has a year 0, `xs`
//! has not), in whether a date has a zone, and in what they accept.

use std::fmt;

use super::calendar::{Fields, Past};
use super::write::Writer;
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
    pub(super) standard: Standard,
    accuracy: Accuracy,
    show_offset: bool,
    pub(super) utc: bool,
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
    let mut out = Writer::new(out);
    if has_date {
        write_date(&fields, standard, &mut out);
    }
    if has_date && has_time {
        out.ascii(b'T');
    }
    if has_time {
        write_time(&fields, accuracy, &mut out);
    }
    if show_offset && (has_time || standard == Standard::Xs) {
        write_offset(fields.offsets.total(), &mut out);
    }
    out.flush();
}

fn write_date(fields: &Fields, standard: Standard, out: &mut Writer<'_>) {
    let year =
        if fields.is_bc() && standard == Standard::Xs { fields.year - 1 } else { fields.year };
    if year < 0 {
        out.ascii(b'-');
    }
    // FreeMarker pads no years before Christ.
    out.number(year.unsigned_abs(), if year < 0 { 1 } else { 4 }, '0');
    out.ascii(b'-');
    out.two(fields.month);
    out.ascii(b'-');
    out.two(fields.day);
}

fn write_time(fields: &Fields, accuracy: Accuracy, out: &mut Writer<'_>) {
    out.two(fields.hour);
    if accuracy >= Accuracy::Minutes {
        out.ascii(b':');
        out.two(fields.minute);
    }
    if accuracy >= Accuracy::Seconds {
        out.ascii(b':');
        out.two(fields.second);
    }
    let milli = fields.milli;
    let (value, digits) = match (accuracy, milli) {
        (Accuracy::MillisForced, _) => (milli, 3),
        (Accuracy::Millis, 1..) if milli.is_multiple_of(100) => (milli / 100, 1),
        (Accuracy::Millis, 1..) if milli.is_multiple_of(10) => (milli / 10, 2),
        (Accuracy::Millis, 1..) => (milli, 3),
        _ => return,
    };
    out.ascii(b'.');
    out.number(value.into(), digits, '0');
}

/// `Z`, `+01:00`, `-00:01:15`.
fn write_offset(offset: i32, out: &mut Writer<'_>) {
    let seconds = (offset / 1000).unsigned_abs();
    if seconds == 0 {
        return out.ascii(b'Z');
    }
    out.ascii(if offset < 0 { b'-' } else { b'+' });
    out.two((seconds / 3600) as u8);
    out.ascii(b':');
    out.two((seconds / 60 % 60) as u8);
    if !seconds.is_multiple_of(60) {
        out.ascii(b':');
        out.two((seconds % 60) as u8);
    }
}
