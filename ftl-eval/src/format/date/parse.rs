//! Reading text by a pattern, as leniently as `java.text.SimpleDateFormat`: what follows a match is ignored, blanks
//! before a field are skipped, and fields may have any value.

use super::calendar::{CUTOVER_YEAR, DAY_MS, Fields, Past, first_of_month, month_length};
use super::lenient::{Field, FieldSet};
use super::pattern::{DatePattern, Item, Letter};
use crate::format::locale_date::{Vocabulary, decimal_digit, prefix_ignoring_case};
use crate::format::zone::Zone;

/// What was read.
#[derive(Clone, Debug)]
pub(crate) struct Parsed {
    pub(crate) millis: i64,
    /// The zone named in the text, if it was another than the format's. FreeMarker's format keeps it.
    pub(crate) zone: Option<Zone>,
}

impl DatePattern {
    /// Reads an instant from the beginning of `text`. `now` tells the century of a year of two digits: it is between
    /// 80 years ago and 20 years ahead. None if the text does not match.
    pub(crate) fn parse(&self, text: &str, zone: &Zone, now: &dyn Fn() -> i64) -> Option<Parsed> {
        let quick = self.quick.as_ref();
        if let Some(millis) = quick.and_then(|quick| quick.parse(text, zone, &self.dates)) {
            return Some(Parsed { millis, zone: None });
        }
        let mut parser = Parser {
            pattern: self,
            text,
            zone,
            named_zone: None,
            now,
            fields: FieldSet::new(),
            century: None,
        };
        let mut at = 0;
        for (index, item) in self.items.iter().enumerate() {
            at = match item {
                Item::Ascii(byte) => (text.as_bytes().get(at) == Some(byte)).then_some(at + 1)?,
                Item::Text(literal) => {
                    text[at..].starts_with(&**literal).then(|| at + literal.len())?
                }
                Item::Field(letter, count) => {
                    // Between neighbours, only the number of letters tells where one number ends.
                    let bounded = matches!(self.items.get(index + 1), Some(Item::Field(next, count)) if next.is_number(*count));
                    parser.field(*letter, *count, bounded, at)?
                }
            };
        }
        Some(parser.finish())
    }
}

impl Letter {
    fn is_number(self, count: u32) -> bool {
        match self {
            Letter::Month | Letter::StandaloneMonth => count <= 2,
            Letter::Era
            | Letter::Weekday
            | Letter::AmPm
            | Letter::ZoneName
            | Letter::ZoneValue
            | Letter::IsoZone => false,
            _ => true,
        }
    }
}

struct Parser<'a> {
    pattern: &'a DatePattern,
    text: &'a str,
    zone: &'a Zone,
    named_zone: Option<Zone>,
    now: &'a dyn Fn() -> i64,
    fields: FieldSet,
    /// Begin of the century of years of two digits, if the year read is the one in which it begins.
    century: Option<i64>,
}

impl Parser<'_> {
    fn finish(self) -> Parsed {
        let zone = self.named_zone.as_ref().unwrap_or(self.zone);
        let weeks = self.pattern.dates.weeks;
        let mut millis = self.fields.resolve(zone, weeks);
        if self.century.is_some_and(|begin| millis < begin) {
            let mut fields = self.fields;
            fields.add_years(100);
            millis = fields.resolve(zone, weeks);
        }
        Parsed { millis, zone: self.named_zone }
    }

    /// Reads a field from `start`; gives where it ends.
    fn field(&mut self, letter: Letter, count: u32, bounded: bool, start: usize) -> Option<usize> {
        let text = self.text;
        let blanks = text[start..].bytes().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let begin = start + blanks;
        if begin == text.len() {
            return None;
        }
        match letter {
            Letter::Era => return self.name(Field::Era, Vocabulary::Eras, start),
            Letter::Month if count >= 3 => {
                let alone = self.pattern.standalone_month;
                let names = if alone { Vocabulary::StandaloneMonths } else { Vocabulary::Months };
                return self.name(Field::Month, names, start);
            }
            Letter::StandaloneMonth if count >= 3 => {
                return self.name(Field::Month, Vocabulary::AllMonths, start);
            }
            Letter::Weekday => return self.name(Field::Weekday, Vocabulary::Weekdays, start),
            Letter::AmPm => return self.name(Field::AmPm, Vocabulary::AmPm, start),
            Letter::ZoneName | Letter::ZoneValue => return self.zone(start, begin),
            Letter::IsoZone => return self.iso_zone(count, begin),
            _ => (),
        }
        let end = if bounded { end_of_units(text, start, count)? } else { text.len() };
        let (value, end) = self.number(text.get(..end)?, begin)?;
        let (field, value) = match letter {
            Letter::Year => (Field::Year, self.year(value, count, begin, end)),
            Letter::WeekYear => (Field::WeekYear, self.year(value, count, begin, end)),
            Letter::Month | Letter::StandaloneMonth => (Field::Month, value.wrapping_sub(1)),
            Letter::HourOfDay1 => (Field::HourOfDay, if value == 24 { 0 } else { value }),
            Letter::Hour1 => (Field::Hour, if value == 12 { 0 } else { value }),
            Letter::HourOfDay => (Field::HourOfDay, value),
            Letter::Hour => (Field::Hour, value),
            Letter::DayOfMonth => (Field::DayOfMonth, value),
            Letter::Minute => (Field::Minute, value),
            Letter::Second => (Field::Second, value),
            Letter::Milli => (Field::Milli, value),
            Letter::DayOfYear => (Field::DayOfYear, value),
            Letter::WeekdayInMonth => (Field::WeekdayInMonth, value),
            Letter::WeekOfYear => (Field::WeekOfYear, value),
            Letter::WeekOfMonth => (Field::WeekOfMonth, value),
            Letter::IsoWeekday => {
                (Field::Weekday, if (1..=7).contains(&value) { value % 7 + 1 } else { value })
            }
            Letter::Era
            | Letter::Weekday
            | Letter::AmPm
            | Letter::ZoneName
            | Letter::ZoneValue
            | Letter::IsoZone => {
                return None;
            }
        };
        self.fields.set(field, value);
        Some(end)
    }

    /// A year as written, or of two digits put into the current century.
    fn year(&mut self, value: i32, count: u32, begin: usize, end: usize) -> i32 {
        let offset = self.pattern.dates.year_offset;
        let two_digits = || {
            let mut chars = self.text[begin..end].chars();
            let digit = |c: Option<char>| c.and_then(decimal_digit).is_some();
            digit(chars.next()) && digit(chars.next()) && chars.next().is_none()
        };
        if count > 2 || !two_digits() {
            return value.wrapping_sub(offset);
        }
        let (begin, first_year) = century((self.now)());
        let first_year = first_year.wrapping_add(offset);
        let first = first_year % 100;
        self.century = (value == first).then_some(begin);
        let century = first_year / 100 * 100 + if value < first { 100 } else { 0 };
        value.wrapping_add(century).wrapping_sub(offset)
    }

    /// Reads the first of the names that the text has at `start`, before any blanks.
    fn name(&mut self, field: Field, names: Vocabulary, start: usize) -> Option<usize> {
        let text = &self.text[start..];
        let find = |&(name, value): &(&str, i32)| Some((prefix_ignoring_case(text, name)?, value));
        let (length, value) = self.pattern.dates.vocabulary(names).iter().find_map(find)?;
        self.fields.set(field, value);
        Some(start + length)
    }

    /// `+hhmm`, `GMT`, `GMT+h:mm` or a name.
    fn zone(&mut self, start: usize, begin: usize) -> Option<usize> {
        let text = self.text;
        match text.as_bytes()[begin] {
            b'+' => return self.offset(begin + 1, 1, 0, false),
            b'-' => return self.offset(begin + 1, -1, 0, false),
            b'G' | b'g' => {
                // The blanks before it are not skipped here.
                if let Some(length) = prefix_ignoring_case(&text[start..], "GMT") {
                    let end = start + length;
                    return match text.as_bytes().get(end) {
                        Some(b'+') => self.offset(end + 1, 1, 0, true),
                        Some(b'-') => self.offset(end + 1, -1, 0, true),
                        _ => {
                            self.set_offset(0);
                            Some(end)
                        }
                    };
                }
            }
            _ => (),
        }
        let current = self.named_zone.as_ref().unwrap_or(self.zone);
        let found = self.pattern.dates.parse_zone_name(&text[begin..], current)?;
        if found.zone.id() != current.id() {
            self.named_zone = Some(found.zone);
        }
        if let Some(dst) = found.dst {
            self.fields.clear(Field::ZoneOffset);
            self.fields.set(Field::DstOffset, dst);
        }
        Some(begin + found.len)
    }

    /// `Z` or `+hh`, `+hhmm`, `+hh:mm` for one, two, three letters.
    fn iso_zone(&mut self, count: u32, begin: usize) -> Option<usize> {
        match self.text.as_bytes()[begin] {
            b'Z' => {
                self.set_offset(0);
                Some(begin + 1)
            }
            b'+' => self.offset(begin + 1, 1, count, count == 3),
            b'-' => self.offset(begin + 1, -1, count, count == 3),
            _ => None,
        }
    }

    /// The digits of an offset. `count` 1 is hours alone, 0 allows one digit of them before a colon.
    fn offset(&mut self, begin: usize, sign: i32, count: u32, colon: bool) -> Option<usize> {
        let bytes = self.text.as_bytes();
        let digit = |at: usize| {
            bytes.get(at).filter(|byte| byte.is_ascii_digit()).map(|byte| i32::from(byte - b'0'))
        };
        let mut at = begin;
        let mut hours = digit(at)?;
        at += 1;
        match digit(at) {
            Some(second) => {
                hours = hours * 10 + second;
                at += 1;
            }
            // Java has read the next character, whatever it is.
            None if count > 0 || !colon || at == bytes.len() => return None,
            None => (),
        }
        let mut minutes = 0;
        if count != 1 {
            if colon {
                bytes.get(at).filter(|&&byte| byte == b':')?;
                at += 1;
            }
            minutes = digit(at)? * 10 + digit(at + 1)?;
            at += 2;
        }
        if hours > 23 || minutes > 59 {
            return None;
        }
        self.set_offset((hours * 60 + minutes) * 60_000 * sign);
        Some(at)
    }

    fn set_offset(&mut self, offset: i32) {
        self.fields.set(Field::ZoneOffset, offset);
        self.fields.set(Field::DstOffset, 0);
    }

    /// Reads an integer at `at`, and gives it as an `int` of Java's.
    fn number(&self, text: &str, at: usize) -> Option<(i32, usize)> {
        let digits = &self.pattern.dates.digits;
        if digits.plain() {
            let rest = text.as_bytes().get(at..)?;
            let mut value = 0_i32;
            let mut length = 0;
            while length < rest.len() && length < 9 && rest[length].is_ascii_digit() {
                value = value * 10 + i32::from(rest[length] - b'0');
                length += 1;
            }
            let ends = rest
                .get(length)
                .is_none_or(|&next| next.is_ascii() && next != b'E' && !next.is_ascii_digit());
            if length > 0 && ends {
                return Some((value, at + length));
            }
        }
        digits.parse_int(text, at)
    }
}

/// Where `count` UTF-16 units from `start` end; none if there are fewer. Inside of a character, before it.
fn end_of_units(text: &str, start: usize, count: u32) -> Option<usize> {
    let mut units = count as usize;
    let rest = &text[start..];
    if let Some(head) = rest.as_bytes().get(..units)
        && head.is_ascii()
    {
        return Some(start + units);
    }
    for (at, c) in rest.char_indices() {
        if units < c.len_utf16() {
            return Some(start + at);
        }
        units -= c.len_utf16();
    }
    (units == 0).then_some(text.len())
}

/// When the century of years of two digits begins, 80 years ago, and in which year.
fn century(now: i64) -> (i64, i32) {
    let fields = Fields::new(now, Default::default(), Past::Julian);
    let year = fields.year - 80;
    let gregorian = year > CUTOVER_YEAR;
    let day = i64::from(fields.day).min(month_length(gregorian, year, fields.month));
    let days = first_of_month(gregorian, year, fields.month) + day - 1;
    (days.wrapping_mul(DAY_MS).wrapping_add(now.rem_euclid(DAY_MS)), year as i32)
}
