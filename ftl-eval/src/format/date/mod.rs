//! FreeMarker's date, time and date-time formats.

pub(crate) mod calendar;
mod iso;
mod iso_read;
mod lenient;
mod parse;
mod pattern;
mod quick;
#[cfg(test)]
mod tests;
mod write;

use std::fmt;
use std::sync::Arc;

use super::locale::Locale;
use super::locale_date::{LocaleDates, Style};
use super::quoted;
use super::utf16::is_letter;
use super::zone::Zone;
use crate::value::datetime::{DateKind, DateTime};

#[allow(unused_imports, reason = "for ?iso_utc and its like")]
pub(crate) use self::iso::{Accuracy, OptionError, write_iso};
pub(crate) use self::iso_read::IsoError;
pub(crate) use self::parse::Parsed;
pub(crate) use self::pattern::{DatePattern, PatternError};

/// A format of dates, times or date-times, compiled.
#[derive(Clone, Debug)]
pub(crate) struct DateFormat {
    kind: DateKind,
    zone: Zone,
    form: Form,
}

#[derive(Clone, Debug)]
enum Form {
    Pattern(DatePattern),
    Iso(iso::IsoFormat),
}

/// Why a text is no format, in FreeMarker's words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum FormatError {
    /// The format depends on the kind of a value whose kind is unknown.
    UnknownKind,
    Pattern(PatternError),
    Options(OptionError),
    /// `@name`: a format that the host would have to define.
    Undefined(String),
}

/// Why a text does not have a format.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum ParseError {
    /// It does not match the pattern.
    Pattern {
        text: String,
    },
    Iso(IsoError),
}

impl DateFormat {
    /// Compiles the text of a format setting: a style, `iso…`, `xs…` or a pattern.
    pub(crate) fn new(
        text: &str,
        kind: DateKind,
        locale: &Locale,
        zone: &Zone,
    ) -> Result<DateFormat, FormatError> {
        let form = match text.as_bytes() {
            [b'x', b's', ..] => Form::iso(iso::Standard::Xs, text, kind)?,
            [b'i', b's', b'o', ..] => Form::iso(iso::Standard::Iso, text, kind)?,
            [b'@', ..] if text.chars().nth(1).is_some_and(is_letter) => {
                let name = text[1..].split([' ', '_']).next().unwrap_or_default();
                return Err(FormatError::Undefined(name.to_owned()));
            }
            _ => Form::java(text, kind, locale)?,
        };
        Ok(DateFormat { kind, zone: zone.clone(), form })
    }

    /// Writes a value, which should be of the format's kind.
    pub(crate) fn format(&self, date: DateTime, out: &mut String) {
        match &self.form {
            Form::Pattern(pattern) => pattern.format(date.millis, &self.zone, out),
            Form::Iso(iso) => iso.format(DateTime::new(date.millis, self.kind), &self.zone, out),
        }
    }

    /// Reads a value of the format's kind. `now` tells the current time, in milliseconds: years of two digits depend
    /// on it.
    pub(crate) fn parse(&self, text: &str, now: &dyn Fn() -> i64) -> Result<Parsed, ParseError> {
        match &self.form {
            Form::Pattern(pattern) => pattern
                .parse(text, &self.zone, now)
                .ok_or_else(|| ParseError::Pattern { text: text.to_owned() }),
            Form::Iso(iso) => match iso.read(text, self.kind, &self.zone) {
                Ok(millis) => Ok(Parsed { millis, zone: None }),
                Err(error) => Err(ParseError::Iso(error)),
            },
        }
    }

    /// The same format in another zone.
    pub(crate) fn in_zone(&self, zone: Zone) -> DateFormat {
        DateFormat { zone, ..self.clone() }
    }

    pub(crate) fn kind(&self) -> DateKind {
        self.kind
    }

    /// How error messages call the format: its pattern, or a name.
    pub(crate) fn description(&self) -> &str {
        match &self.form {
            Form::Pattern(pattern) => pattern.text(),
            Form::Iso(iso) => iso.description(self.kind),
        }
    }
}

impl Form {
    fn iso(standard: iso::Standard, text: &str, kind: DateKind) -> Result<Form, FormatError> {
        if kind == DateKind::Unknown {
            return Err(FormatError::UnknownKind);
        }
        iso::IsoFormat::parse(standard, text).map(Form::Iso).map_err(FormatError::Options)
    }

    /// A style like `short` or `short_long`, else a pattern.
    fn java(text: &str, kind: DateKind, locale: &Locale) -> Result<Form, FormatError> {
        let dates = LocaleDates::of(locale);
        let pattern = match styled(text, kind, &dates)? {
            Some(pattern) => DatePattern::with_dates(&pattern, dates),
            None => DatePattern::with_dates(text, dates),
        };
        pattern.map(Form::Pattern).map_err(FormatError::Pattern)
    }
}

/// The pattern that a style stands for; none if the text names none. What follows the style is ignored.
fn styled(
    text: &str,
    kind: DateKind,
    dates: &Arc<LocaleDates>,
) -> Result<Option<String>, FormatError> {
    let mut tokens = text.split('_').filter(|token| !token.is_empty());
    let Some(first) = tokens.next().map_or(Some(Style::Medium), style) else { return Ok(None) };
    Ok(match kind {
        DateKind::Unknown => return Err(FormatError::UnknownKind),
        DateKind::Date => Some(dates.date_pattern(first).to_owned()),
        DateKind::Time => Some(dates.time_pattern(first).to_owned()),
        DateKind::DateTime => {
            let second = tokens.next().map_or(Some(first), style);
            second.map(|second| dates.date_time_pattern(first, second))
        }
    })
}

fn style(token: &str) -> Option<Style> {
    match token {
        "short" => Some(Style::Short),
        "medium" => Some(Style::Medium),
        "long" => Some(Style::Long),
        "full" => Some(Style::Full),
        _ => None,
    }
}

impl fmt::Display for FormatError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FormatError::UnknownKind => f.write_str(
                "Can't convert the date-like value to string because it isn't known if it's a date (no time part), \
                 time or date-time value.",
            ),
            FormatError::Pattern(error) => error.fmt(f),
            FormatError::Options(error) => error.fmt(f),
            FormatError::Undefined(name) => {
                write!(f, "No custom date format was defined with name {}", quoted(name))
            }
        }
    }
}

impl std::error::Error for FormatError {}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ParseError::Pattern { text } => write!(f, "Unparseable date: \"{text}\""),
            ParseError::Iso(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ParseError {}
