//! Reading the most common patterns fast: year, month, day and time of day, each once.
//!
//! What is not plain (blanks, signs, digits of other scripts, dates before 1583) is left to the general reading.

use super::calendar::{CUTOVER, CUTOVER_YEAR, DAY_MS, days_from_civil};
use super::pattern::{Item, Letter};
use crate::format::locale_date::{LocaleDates, Vocabulary, prefix_ignoring_case};
use crate::format::zone::Zone;

#[derive(Clone, Debug)]
pub(super) struct QuickPattern {
    steps: Box<[Step]>,
}

#[derive(Clone, Debug)]
enum Step {
    Ascii(u8),
    Text(Box<str>),
    Number {
        part: usize,
        /// How many digits there are, if a number follows.
        width: Option<usize>,
        /// Two digits mean the current century.
        century: bool,
    },
    Name(usize, Vocabulary),
}

const YEAR: usize = 0;
const MONTH: usize = 1;
const DAY: usize = 2;
const HOUR_OF_DAY: usize = 3;
const MINUTE: usize = 4;
const SECOND: usize = 5;
const MILLI: usize = 6;
const HOUR: usize = 7;
const AM_PM: usize = 8;
/// A weekday does not matter beside a day of the month.
const IGNORED: usize = 9;

/// What holds for parts that the pattern does not have. Months count from 0.
const DEFAULTS: [i64; 10] = [1970, 0, 1, 0, 0, 0, 0, 0, 0, 0];
/// So many digits cannot overflow.
const MAX_DIGITS: usize = 9;

impl QuickPattern {
    /// None if the pattern has something else in it.
    pub(super) fn of(items: &[Item], dates: &LocaleDates) -> Option<QuickPattern> {
        if !dates.digits.plain() || dates.year_offset != 0 {
            return None;
        }
        let mut seen = [false; DEFAULTS.len()];
        let mut steps = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let (letter, count) = match item {
                Item::Ascii(byte) => {
                    steps.push(Step::Ascii(*byte));
                    continue;
                }
                Item::Text(text) => {
                    steps.push(Step::Text(text.clone()));
                    continue;
                }
                Item::Field(letter, count) => (*letter, *count),
            };
            let followed = matches!(items.get(index + 1), Some(Item::Field(..)));
            let width = followed.then_some(count as usize);
            let (part, step) = match letter {
                Letter::Year => (YEAR, None),
                Letter::Month if count <= 2 => (MONTH, None),
                Letter::Month => (MONTH, Some(Vocabulary::Months)),
                Letter::DayOfMonth => (DAY, None),
                Letter::HourOfDay => (HOUR_OF_DAY, None),
                Letter::Hour1 => (HOUR, None),
                Letter::Minute => (MINUTE, None),
                Letter::Second => (SECOND, None),
                Letter::Milli => (MILLI, None),
                Letter::AmPm => (AM_PM, Some(Vocabulary::AmPm)),
                Letter::Weekday => (IGNORED, Some(Vocabulary::Weekdays)),
                _ => return None,
            };
            if std::mem::replace(&mut seen[part], true)
                || width.is_some_and(|width| width > MAX_DIGITS)
            {
                return None;
            }
            steps.push(match step {
                Some(vocabulary) => Step::Name(part, vocabulary),
                None => Step::Number { part, width, century: part == YEAR && count <= 2 },
            });
        }
        // A month alone has other names, a weekday alone tells the day, and of two hours the later counts.
        let month_alone = seen[MONTH] && seen.iter().filter(|seen| **seen).count() == 1;
        let weekday_counts = seen[IGNORED] && !seen[DAY];
        let two_hours = seen[HOUR] && seen[HOUR_OF_DAY];
        if month_alone || weekday_counts || two_hours {
            return None;
        }
        if seen[HOUR_OF_DAY] {
            // Which half of the day it is does not matter then.
            for step in &mut steps {
                if let Step::Name(part @ AM_PM, _) = step {
                    *part = IGNORED;
                }
            }
        }
        Some(QuickPattern { steps: steps.into() })
    }

    /// The instant, or none if the text is to be read the general way.
    pub(super) fn parse(&self, text: &str, zone: &Zone, dates: &LocaleDates) -> Option<i64> {
        let bytes = text.as_bytes();
        let mut at = 0;
        let mut parts = DEFAULTS;
        for step in &self.steps {
            match step {
                Step::Ascii(byte) => {
                    bytes.get(at).filter(|found| *found == byte)?;
                    at += 1;
                }
                Step::Text(literal) => {
                    bytes[at..].starts_with(literal.as_bytes()).then_some(())?;
                    at += literal.len();
                }
                Step::Number { part, width, century } => {
                    let begin = at;
                    (parts[*part], at) = number(bytes, at, *width)?;
                    if *century && at - begin == 2 {
                        return None;
                    }
                    match *part {
                        MONTH => parts[MONTH] -= 1,
                        HOUR if parts[HOUR] == 12 => parts[HOUR] = 0,
                        _ => (),
                    }
                }
                Step::Name(part, vocabulary) => {
                    let rest = text.get(at..)?;
                    let find = |&(name, value): &(&str, i32)| {
                        Some((prefix_ignoring_case(rest, name)?, value))
                    };
                    let (length, value) = dates.vocabulary(*vocabulary).iter().find_map(find)?;
                    parts[*part] = i64::from(value);
                    at += length;
                }
            }
        }
        instant(&parts, zone)
    }
}

fn number(bytes: &[u8], begin: usize, width: Option<usize>) -> Option<(i64, usize)> {
    let mut value = 0;
    let mut at = begin;
    let end = begin + width.unwrap_or(MAX_DIGITS);
    while at < end
        && let Some(byte) = bytes.get(at)
        && byte.is_ascii_digit()
    {
        value = value * 10 + i64::from(byte - b'0');
        at += 1;
    }
    match (width, bytes.get(at)) {
        (Some(_), _) => (at == end).then_some((value, at)),
        // More digits, or an exponent, or perhaps a digit of another script.
        (None, Some(&next)) if next.is_ascii_digit() || next == b'E' || !next.is_ascii() => None,
        (None, _) => (at > begin).then_some((value, at)),
    }
}

fn instant(parts: &[i64; DEFAULTS.len()], zone: &Zone) -> Option<i64> {
    let (year, month) = (parts[YEAR] + parts[MONTH].div_euclid(12), parts[MONTH].rem_euclid(12));
    let hour = parts[HOUR_OF_DAY] + parts[HOUR] + 12 * parts[AM_PM];
    let time = ((hour * 60 + parts[MINUTE]) * 60 + parts[SECOND]) * 1000 + parts[MILLI];
    let first = days_from_civil(year, month as u8 + 1, 1);
    let days = first + parts[DAY] - 1 + time.div_euclid(DAY_MS);
    if parts[YEAR] <= CUTOVER_YEAR || days < CUTOVER {
        return None;
    }
    let wall = days.wrapping_mul(DAY_MS).wrapping_add(time.rem_euclid(DAY_MS));
    let offset = zone.offsets_at_wall(wall).total();
    Some(wall.wrapping_sub(i64::from(offset)))
}
