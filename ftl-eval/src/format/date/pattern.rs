//! Patterns like `yyyy-MM-dd`, as `java.text.SimpleDateFormat` compiles and prints them.

use std::fmt;
use std::sync::Arc;

use super::calendar::{Fields, Past};
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
}

#[derive(Clone, PartialEq, Debug)]
pub(super) enum Item {
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

/// What is wrong with a pattern, in Java's words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum PatternError {
    IllegalCharacter(char),
    UnterminatedQuote,
    IsoZoneLength(usize),
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PatternError::IllegalCharacter(c) => write!(f, "Illegal pattern character '{c}'"),
            PatternError::UnterminatedQuote => f.write_str("Unterminated quote"),
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
        let items = items(text)?;
        let mut fields = items.iter().filter(|item| matches!(item, Item::Field(..)));
        let only = (fields.next(), fields.next());
        let standalone_month = matches!(only, (Some(Item::Field(Letter::Month, _)), None));
        Ok(DatePattern { text: text.into(), items, dates, standalone_month })
    }

    /// The pattern as it was written.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Writes an instant as a clock and calendar in `zone` show it.
    pub(crate) fn format(&self, millis: i64, zone: &Zone, out: &mut String) {
        let fields = Fields::new(millis, zone.offsets(millis), Past::Julian);
        for item in &self.items {
            match item {
                Item::Text(text) => out.push_str(text),
                Item::Field(letter, count) => self.field(*letter, *count, &fields, zone, out),
            }
        }
    }

    fn field(&self, letter: Letter, count: u32, fields: &Fields, zone: &Zone, out: &mut String) {
        let number = |value: i64, out: &mut String| self.number(value, count, out);
        let weeks = self.dates.weeks;
        match letter {
            Letter::Era => {
                let list = if count >= 4 { Names::Eras } else { Names::ShortEras };
                self.name(list, usize::from(!fields.is_bc()), out);
            }
            Letter::Year => {
                self.year(fields.year_of_era() + i64::from(self.dates.year_offset), count, out)
            }
            Letter::WeekYear => {
                self.year(fields.week_year(weeks) + i64::from(self.dates.year_offset), count, out);
            }
            Letter::Month | Letter::StandaloneMonth if count >= 3 => {
                let standalone = letter == Letter::StandaloneMonth || self.standalone_month;
                let list = match (standalone, count >= 4) {
                    (false, true) => Names::Months,
                    (false, false) => Names::ShortMonths,
                    (true, true) => Names::StandaloneMonths,
                    (true, false) => Names::ShortStandaloneMonths,
                };
                self.name(list, usize::from(fields.month) - 1, out);
            }
            Letter::Month | Letter::StandaloneMonth => number(fields.month.into(), out),
            Letter::DayOfMonth => number(fields.day.into(), out),
            Letter::HourOfDay1 => {
                number(if fields.hour == 0 { 24 } else { fields.hour.into() }, out)
            }
            Letter::HourOfDay => number(fields.hour.into(), out),
            Letter::Minute => number(fields.minute.into(), out),
            Letter::Second => number(fields.second.into(), out),
            Letter::Milli => number(fields.milli.into(), out),
            Letter::Weekday => {
                let list = if count >= 4 { Names::Weekdays } else { Names::ShortWeekdays };
                self.name(list, usize::from(fields.weekday()) - 1, out);
            }
            Letter::DayOfYear => number(fields.day_of_year(), out),
            Letter::WeekdayInMonth => number(fields.weekday_in_month(), out),
            Letter::WeekOfYear => number(fields.week_of_year(weeks), out),
            Letter::WeekOfMonth => number(fields.week_of_month(weeks), out),
            Letter::AmPm => self.name(Names::AmPm, usize::from(fields.hour >= 12), out),
            Letter::Hour1 => number(
                i64::from(match fields.hour % 12 {
                    0 => 12,
                    hour => hour,
                }),
                out,
            ),
            Letter::Hour => number((fields.hour % 12).into(), out),
            Letter::ZoneName => {
                self.dates.write_zone_name(zone, fields.offsets.dst, count >= 4, out)
            }
            Letter::ZoneValue => {
                let minutes = fields.offsets.total() / 60_000;
                out.push(if minutes >= 0 { '+' } else { '-' });
                let minutes = minutes.unsigned_abs();
                pad(u64::from(minutes / 60 * 100 + minutes % 60), 4, '0', out);
            }
            Letter::IsoWeekday => number(i64::from((fields.weekday() + 5) % 7 + 1), out),
            Letter::IsoZone => iso_zone(fields.offsets.total(), count, out),
        }
    }

    fn name(&self, list: Names, index: usize, out: &mut String) {
        out.push_str(self.dates.name(list, index));
    }

    /// A year: two letters print its last two digits.
    fn year(&self, year: i64, count: u32, out: &mut String) {
        if count != 2 {
            return self.number(year, count, out);
        }
        if year < 0 {
            out.push_str(self.dates.digits.minus);
        }
        pad(year.unsigned_abs() % 100, 2, self.dates.digits.zero, out);
    }

    fn number(&self, value: i64, count: u32, out: &mut String) {
        let digits = &self.dates.digits;
        if value < 0 {
            out.push_str(digits.minus);
        }
        pad(value.unsigned_abs(), count, digits.zero, out);
    }
}

/// A number with at least `width` digits. Java's limit, 309, keeps the output in bounds.
pub(super) fn pad(value: u64, width: u32, zero: char, out: &mut String) {
    const PAIRS: &str = "0001020304050607080910111213141516171819202122232425262728293031323334353637383940414243444546474849\
                         5051525354555657585960616263646566676869707172737475767778798081828384858687888990919293949596979899";
    if zero == '0' {
        let pair = |n: u64| {
            let at = n as usize * 2;
            PAIRS.get(at..at + 2).unwrap_or_default()
        };
        match (value, width) {
            (0..10, 0 | 1) => return out.push(char::from(b'0' + value as u8)),
            (0..100, 2) | (10..100, 0 | 1) => return out.push_str(pair(value)),
            (0..1000, 3) | (100..1000, 0..3) => {
                out.push(char::from(b'0' + (value / 100) as u8));
                return out.push_str(pair(value % 100));
            }
            (0..10_000, 4) | (1000..10_000, 0..4) => {
                out.push_str(pair(value / 100));
                return out.push_str(pair(value % 100));
            }
            _ => (),
        }
    }
    let mut digits = [0_u8; 20];
    let mut rest = value;
    let mut start = digits.len();
    loop {
        start -= 1;
        digits[start] = (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    let digits = &digits[start..];
    for _ in digits.len()..width.min(309) as usize {
        out.push(zero);
    }
    let digit = |value: u8| char::from_u32(u32::from(zero) + u32::from(value)).unwrap_or(zero);
    out.extend(digits.iter().map(|&value| digit(value)));
}

/// `Z`, or the offset with hours; hours and minutes; hours, colon, minutes.
fn iso_zone(offset: i32, count: u32, out: &mut String) {
    if offset == 0 {
        return out.push('Z');
    }
    let minutes = offset / 60_000;
    out.push(if minutes >= 0 { '+' } else { '-' });
    let minutes = u64::from(minutes.unsigned_abs());
    pad(minutes / 60, 2, '0', out);
    if count == 3 {
        out.push(':');
    }
    if count > 1 {
        pad(minutes % 60, 2, '0', out);
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
    if !text.is_empty() {
        items.push(Item::Text(std::mem::take(text).into()));
    }
}
