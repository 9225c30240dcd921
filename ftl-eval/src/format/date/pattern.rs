//! Patterns like `yyyy-MM-dd`, as `java.text.SimpleDateFormat` compiles and prints them.

use std::fmt;
use std::sync::Arc;

use super::calendar::{Fields, Past};
use super::quick::QuickPattern;
use super::write::Writer;
#[cfg(test)]
use crate::format::locale::Locale;
use crate::format::locale_date::{LocaleDates, Names};
use crate::format::zone::Zone;

/// A compiled pattern.
#[derive(Clone, Debug)]
pub(crate) struct DatePattern {
    text: Box<str>,
    pub(super) items: Vec<Item>,
    pub(super) dates: Arc<LocaleDates>,
    /// Nothing but a month, which then stands in its standalone form.
    pub(super) standalone_month: bool,
    /// The fast way to read it, if there is one.
    pub(super) quick: Option<QuickPattern>,
}

#[derive(Clone, PartialEq, Debug)]
pub(super) enum Item {
    /// A separator, usually.
    Ascii(u8),
    Text(Box<str>),
    /// A letter and how often it is repeated.
    Field(Letter, u32),
}

/// The letters, in Java's order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Letter {
    Era,
    Year,
    Month,
    DayOfMonth,
    /// `k`, 1 to 24.
    HourOfDay1,
    HourOfDay,
    Minute,
    Second,
    Milli,
    Weekday,
    DayOfYear,
    WeekdayInMonth,
    WeekOfYear,
    WeekOfMonth,
    AmPm,
    /// `h`, 1 to 12.
    Hour1,
    Hour,
    ZoneName,
    ZoneValue,
    WeekYear,
    IsoWeekday,
    IsoZone,
    StandaloneMonth,
}

/// Patterns are compiled and kept, and a letter can print a whole name.
const MAX_PATTERN: usize = 4096;

/// What is wrong with a pattern, in Java's words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum PatternError {
    IllegalCharacter(char),
    UnterminatedQuote,
    IsoZoneLength(usize),
    /// Longer than any that is meant; Java has no such limit.
    TooLong,
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PatternError::IllegalCharacter(c) => write!(f, "Illegal pattern character '{c}'"),
            PatternError::UnterminatedQuote => f.write_str("Unterminated quote"),
            PatternError::TooLong => {
                write!(f, "The pattern is longer than {MAX_PATTERN} bytes")
            }
            PatternError::IsoZoneLength(length) => {
                write!(f, "invalid ISO 8601 format: length={length}")
            }
        }
    }
}

impl std::error::Error for PatternError {}

impl DatePattern {
    /// Compiles a pattern for a locale.
    #[cfg(test)]
    pub(crate) fn compile(text: &str, locale: &Locale) -> Result<DatePattern, PatternError> {
        DatePattern::with_dates(text, LocaleDates::of(locale))
    }

    pub(super) fn with_dates(
        text: &str,
        dates: Arc<LocaleDates>,
    ) -> Result<DatePattern, PatternError> {
        if text.len() > MAX_PATTERN {
            return Err(PatternError::TooLong);
        }
        let items = items(text)?;
        let mut fields = items.iter().filter(|item| matches!(item, Item::Field(..)));
        let only = (fields.next(), fields.next());
        let standalone_month = matches!(only, (Some(Item::Field(Letter::Month, _)), None));
        let quick = QuickPattern::of(&items, &dates);
        Ok(DatePattern { text: text.into(), items, dates, standalone_month, quick })
    }

    /// The pattern as it was written.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Writes an instant as a clock and calendar in `zone` show it.
    pub(crate) fn format(&self, millis: i64, zone: &Zone, out: &mut String) {
        let fields = Fields::new(millis, zone.offsets(millis), Past::Julian);
        let mut out = Writer::new(out);
        let zero = self.dates.digits.zero;
        for item in &self.items {
            let (letter, count) = match item {
                Item::Ascii(byte) => {
                    out.ascii(*byte);
                    continue;
                }
                Item::Text(text) => {
                    out.text(text);
                    continue;
                }
                Item::Field(letter, count) => (*letter, *count),
            };
            // Most fields are among these.
            let number = match letter {
                Letter::Month if count <= 2 => fields.month,
                Letter::DayOfMonth => fields.day,
                Letter::HourOfDay => fields.hour,
                Letter::Minute => fields.minute,
                Letter::Second => fields.second,
                Letter::Milli => {
                    out.number(fields.milli.into(), count, zero);
                    continue;
                }
                Letter::Year => {
                    self.year(fields.year_of_era(), count, &mut out);
                    continue;
                }
                _ => {
                    self.field(letter, count, &fields, zone, &mut out);
                    continue;
                }
            };
            if count == 2 && zero == '0' {
                out.two(number);
            } else {
                out.number(number.into(), count, zero);
            }
        }
        out.flush();
    }

    fn field(
        &self,
        letter: Letter,
        count: u32,
        fields: &Fields,
        zone: &Zone,
        out: &mut Writer<'_>,
    ) {
        let zero = self.dates.digits.zero;
        let number: u64 = match letter {
            Letter::Era => {
                let list = if count >= 4 { Names::Eras } else { Names::ShortEras };
                return self.name(list, usize::from(!fields.is_bc()), out);
            }
            Letter::Year => return self.year(fields.year_of_era(), count, out),
            Letter::WeekYear => return self.year(fields.week_year(self.dates.weeks), count, out),
            Letter::Month | Letter::StandaloneMonth if count >= 3 => {
                let standalone = letter == Letter::StandaloneMonth || self.standalone_month;
                let list = match (standalone, count >= 4) {
                    (false, true) => Names::Months,
                    (false, false) => Names::ShortMonths,
                    (true, true) => Names::StandaloneMonths,
                    (true, false) => Names::ShortStandaloneMonths,
                };
                return self.name(list, usize::from(fields.month) - 1, out);
            }
            Letter::Month | Letter::StandaloneMonth => fields.month.into(),
            Letter::DayOfMonth => fields.day.into(),
            Letter::HourOfDay1 if fields.hour == 0 => 24,
            Letter::HourOfDay1 | Letter::HourOfDay => fields.hour.into(),
            Letter::Minute => fields.minute.into(),
            Letter::Second => fields.second.into(),
            Letter::Milli => fields.milli.into(),
            Letter::Weekday => {
                let list = if count >= 4 { Names::Weekdays } else { Names::ShortWeekdays };
                return self.name(list, usize::from(fields.weekday()) - 1, out);
            }
            Letter::DayOfYear => fields.day_of_year(),
            Letter::WeekdayInMonth => fields.weekday_in_month(),
            Letter::WeekOfYear => fields.week_of_year(self.dates.weeks),
            Letter::WeekOfMonth => fields.week_of_month(self.dates.weeks),
            Letter::AmPm => return self.name(Names::AmPm, usize::from(fields.hour >= 12), out),
            Letter::Hour1 if fields.hour.is_multiple_of(12) => 12,
            Letter::Hour1 | Letter::Hour => (fields.hour % 12).into(),
            Letter::ZoneName => {
                return self.dates.write_zone_name(
                    zone,
                    fields.offsets.dst,
                    count >= 4,
                    out.flush(),
                );
            }
            Letter::ZoneValue => {
                let minutes = fields.offsets.total() / 60_000;
                out.ascii(if minutes >= 0 { b'+' } else { b'-' });
                let minutes = minutes.unsigned_abs();
                return out.number(u64::from(minutes / 60 * 100 + minutes % 60), 4, '0');
            }
            Letter::IsoWeekday => u64::from((fields.weekday() + 5) % 7 + 1),
            Letter::IsoZone => return iso_zone(fields.offsets.total(), count, out),
        };
        out.number(number, count, zero);
    }

    fn name(&self, list: Names, index: usize, out: &mut Writer<'_>) {
        out.text(self.dates.name(list, index));
    }

    /// A year: two letters print its last two digits.
    fn year(&self, year: i64, count: u32, out: &mut Writer<'_>) {
        let year = year + i64::from(self.dates.year_offset);
        let digits = &self.dates.digits;
        if year < 0 {
            out.text(digits.minus);
        }
        let year = year.unsigned_abs();
        out.number(if count == 2 { year % 100 } else { year }, count, digits.zero);
    }
}

/// `Z`, or the offset with hours; hours and minutes; hours, colon, minutes.
fn iso_zone(offset: i32, count: u32, out: &mut Writer<'_>) {
    if offset == 0 {
        return out.ascii(b'Z');
    }
    let minutes = offset / 60_000;
    out.ascii(if minutes >= 0 { b'+' } else { b'-' });
    let minutes = minutes.unsigned_abs();
    out.two((minutes / 60) as u8);
    if count == 3 {
        out.ascii(b':');
    }
    if count > 1 {
        out.two((minutes % 60) as u8);
    }
}

impl Letter {
    const ALL: &[(u8, Letter)] = &[
        (b'G', Letter::Era),
        (b'y', Letter::Year),
        (b'M', Letter::Month),
        (b'd', Letter::DayOfMonth),
        (b'k', Letter::HourOfDay1),
        (b'H', Letter::HourOfDay),
        (b'm', Letter::Minute),
        (b's', Letter::Second),
        (b'S', Letter::Milli),
        (b'E', Letter::Weekday),
        (b'D', Letter::DayOfYear),
        (b'F', Letter::WeekdayInMonth),
        (b'w', Letter::WeekOfYear),
        (b'W', Letter::WeekOfMonth),
        (b'a', Letter::AmPm),
        (b'h', Letter::Hour1),
        (b'K', Letter::Hour),
        (b'z', Letter::ZoneName),
        (b'Z', Letter::ZoneValue),
        (b'Y', Letter::WeekYear),
        (b'u', Letter::IsoWeekday),
        (b'X', Letter::IsoZone),
        (b'L', Letter::StandaloneMonth),
    ];

    fn of(c: char) -> Option<Letter> {
        Letter::ALL.iter().find(|&&(letter, _)| char::from(letter) == c).map(|&(_, letter)| letter)
    }
}

/// Splits a pattern into its fields and what stands between them.
fn items(pattern: &str) -> Result<Vec<Item>, PatternError> {
    let mut items = Vec::new();
    let mut text = String::new();
    let mut quoted = false;
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\'' {
            if chars.next_if_eq(&'\'').is_some() {
                text.push('\'');
            } else {
                quoted = !quoted;
            }
            continue;
        }
        if quoted || !c.is_ascii_alphabetic() {
            text.push(c);
            continue;
        }
        let letter = Letter::of(c).ok_or(PatternError::IllegalCharacter(c))?;
        let mut count = 1;
        while chars.next_if_eq(&c).is_some() {
            count += 1;
        }
        if letter == Letter::IsoZone && count >= 4 {
            // Java finds out only when it has seen that the next letter is one.
            return Err(match chars.peek() {
                Some(&next) if next.is_ascii_alphabetic() && Letter::of(next).is_none() => {
                    PatternError::IllegalCharacter(next)
                }
                _ => PatternError::IsoZoneLength(count),
            });
        }
        push_text(&mut items, &mut text);
        items.push(Item::Field(letter, u32::try_from(count).unwrap_or(u32::MAX)));
    }
    if quoted {
        return Err(PatternError::UnterminatedQuote);
    }
    push_text(&mut items, &mut text);
    Ok(items)
}

fn push_text(items: &mut Vec<Item>, text: &mut String) {
    match text.as_bytes() {
        [] => return,
        [byte] => items.push(Item::Ascii(*byte)),
        _ => items.push(Item::Text(text.as_str().into())),
    }
    text.clear();
}
