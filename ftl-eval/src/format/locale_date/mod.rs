//! What dates and times look like in each locale: names, styles, digits, weeks. As in JDK 17.

mod digits;
#[rustfmt::skip]
mod tables;

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

pub(crate) use self::digits::{Digits, decimal_digit};
use self::tables::{DIGITS, LOCALES, NAMES, STYLES, WEEKS};
use super::locale::Locale;
use super::utf16::{lower_char, upper_char};
use super::zone::{Zone, ZoneMatch, ZoneNames};

/// The ids of UTC.
const UTC: [&str; 7] = ["UTC", "Etc/UTC", "Etc/UCT", "Etc/Zulu", "UCT", "Universal", "Zulu"];

/// The conventions of one locale.
#[derive(Debug)]
pub(crate) struct LocaleDates {
    names: [Vec<&'static str>; 11],
    vocabularies: [Vec<(&'static str, i32)>; 6],
    styles: Vec<&'static str>,
    pub(crate) digits: Digits,
    pub(crate) weeks: Weeks,
    zone_names: &'static ZoneNames,
    /// What is added to the years of our era: 543 in Thailand, else 0.
    pub(crate) year_offset: i32,
}

/// Where weeks begin, and which is the first of a year or month.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct Weeks {
    /// Sunday is 1.
    pub(crate) first_day: u8,
    /// How many days of it must be in the year.
    pub(crate) minimal_days: u8,
}

/// A list of names in a locale.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Names {
    Months,
    ShortMonths,
    StandaloneMonths,
    ShortStandaloneMonths,
    /// Sunday first, as all lists of weekdays.
    Weekdays,
    ShortWeekdays,
    AmPm,
    /// Before and after Christ.
    Eras,
    ShortEras,
    /// Only parsed.
    MoreEras,
    /// The one name of UTC.
    Utc,
}

/// Names as they are read: in their order of preference, each with the field's value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Vocabulary {
    Eras,
    /// From 0.
    Months,
    StandaloneMonths,
    AllMonths,
    /// From 1, which is Sunday.
    Weekdays,
    AmPm,
}

/// How much a style says.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Style {
    Short,
    Medium,
    Long,
    Full,
}

impl LocaleDates {
    /// The conventions of a locale; if nothing is known about it, those of its language, else the root's.
    pub(crate) fn of(locale: &Locale) -> Arc<LocaleDates> {
        // The default has no need of a search.
        static DEFAULT: LazyLock<(Locale, Arc<LocaleDates>)> = LazyLock::new(|| {
            let locale = Locale::default();
            let dates = LocaleDates::find(&locale);
            (locale, dates)
        });
        let (default, dates) = &*DEFAULT;
        if locale == default { Arc::clone(dates) } else { LocaleDates::find(locale) }
    }

    fn find(locale: &Locale) -> Arc<LocaleDates> {
        type Key = ([u16; 4], Weeks, i32);
        // As many entries as there are locales in the tables, and countries among them, at most.
        static CACHE: LazyLock<RwLock<HashMap<Key, Arc<LocaleDates>>>> =
            LazyLock::new(Default::default);
        let key = (rows(locale), Weeks::of(locale), year_offset(locale));
        let cached = CACHE.read().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        if let Some(dates) = cached {
            return dates;
        }
        let ([names, styles, digits, zones], weeks, year_offset) = key;
        let names = name_lists(NAMES.get(usize::from(names)).copied().unwrap_or_default());
        let dates = Arc::new(LocaleDates {
            vocabularies: vocabularies(&names),
            names,
            styles: STYLES
                .get(usize::from(styles))
                .copied()
                .unwrap_or_default()
                .split('|')
                .collect(),
            digits: Digits::read(DIGITS.get(usize::from(digits)).copied().unwrap_or_default()),
            weeks,
            zone_names: ZoneNames::get(usize::from(zones)),
            year_offset,
        });
        CACHE.write().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(&dates));
        dates
    }

    /// The names of one list, from January, Sunday, the first half of the day, BC.
    pub(crate) fn names(&self, list: Names) -> &[&'static str] {
        &self.names[list as usize]
    }

    /// One name of a list, counted from 0.
    pub(crate) fn name(&self, list: Names, index: usize) -> &'static str {
        self.names(list).get(index).copied().unwrap_or_default()
    }

    /// Names as they are read; the first that the text begins with is it.
    pub(crate) fn vocabulary(&self, vocabulary: Vocabulary) -> &[(&'static str, i32)] {
        &self.vocabularies[vocabulary as usize]
    }

    /// Writes the name of a zone, as for the letter `z`.
    pub(crate) fn write_zone_name(&self, zone: &Zone, dst: i32, long: bool, out: &mut String) {
        // That of UTC is known in all languages, unlike other zones'.
        if long && UTC.contains(&zone.id()) {
            return out.push_str(self.name(Names::Utc, 0));
        }
        self.zone_names.write(zone, dst, long, out);
    }

    /// Reads a zone's name: preferably one of `current`.
    pub(crate) fn parse_zone_name(&self, text: &str, current: &Zone) -> Option<ZoneMatch> {
        self.zone_names.parse(text, current).or_else(|| {
            let len = prefix_ignoring_case(text, self.name(Names::Utc, 0))?;
            let zone = if UTC.contains(&current.id()) { current.clone() } else { Zone::UTC };
            Some(ZoneMatch { zone, len, dst: None })
        })
    }

    /// The pattern of a date.
    pub(crate) fn date_pattern(&self, style: Style) -> &'static str {
        self.style(style as usize)
    }

    /// The pattern of a time.
    pub(crate) fn time_pattern(&self, style: Style) -> &'static str {
        self.style(4 + style as usize)
    }

    /// The pattern of a date and a time.
    pub(crate) fn date_time_pattern(&self, date: Style, time: Style) -> String {
        let join = self.style(8 + date.min(time) as usize);
        join.replace("{1}", self.date_pattern(date)).replace("{0}", self.time_pattern(time))
    }

    fn style(&self, index: usize) -> &'static str {
        self.styles.get(index).copied().unwrap_or_default()
    }
}

/// Splits a row of `NAMES`.
fn name_lists(row: &'static str) -> [Vec<&'static str>; 11] {
    let mut lists: [Vec<&'static str>; 11] = Default::default();
    for (list, names) in lists.iter_mut().zip(row.split(';')) {
        if !names.is_empty() {
            list.extend(names.split('|'));
        }
    }
    for (list, same_as) in [
        (Names::StandaloneMonths, Names::Months),
        (Names::ShortStandaloneMonths, Names::ShortMonths),
        (Names::ShortEras, Names::Eras),
    ] {
        if lists[list as usize].is_empty() {
            lists[list as usize] = lists[same_as as usize].clone();
        }
    }
    lists
}

/// What can be read, in the order of [`Vocabulary`].
fn vocabularies(names: &[Vec<&'static str>; 11]) -> [Vec<(&'static str, i32)>; 6] {
    let months = [Names::ShortMonths, Names::Months];
    let standalone = [Names::ShortStandaloneMonths, Names::StandaloneMonths];
    let all =
        [Names::ShortMonths, Names::ShortStandaloneMonths, Names::Months, Names::StandaloneMonths];
    let mut weekdays = vocabulary(names, &[Names::Weekdays], 1);
    // The short ones only where none of the long ones stands, even a shorter one.
    weekdays.extend(vocabulary(names, &[Names::ShortWeekdays], 1));
    [
        vocabulary(names, &[Names::ShortEras, Names::Eras, Names::MoreEras], 0),
        vocabulary(names, &months, 0),
        vocabulary(names, &standalone, 0),
        vocabulary(names, &all, 0),
        weekdays,
        vocabulary(names, &[Names::AmPm], 0),
    ]
}

/// The names of some lists, the longest first.
fn vocabulary(
    names: &[Vec<&'static str>; 11],
    lists: &[Names],
    first_value: i32,
) -> Vec<(&'static str, i32)> {
    let mut all: Vec<(&str, i32)> = Vec::new();
    for &list in lists {
        let names = &names[list as usize];
        let standalone = matches!(list, Names::StandaloneMonths | Names::ShortStandaloneMonths);
        let duplicate = |(at, name): (usize, &&str)| !name.is_empty() && names[..at].contains(name);
        if standalone && names.iter().enumerate().any(duplicate) {
            continue;
        }
        for (&name, value) in names.iter().zip(first_value..) {
            match all.iter_mut().find(|(known, _)| *known == name) {
                // Of equal names (May, short and long), the later counts; of the halves of the day the first.
                Some(_) if list == Names::AmPm => (),
                Some(known) => known.1 = value,
                None if name.is_empty() => (),
                None => all.push((name, value)),
            }
        }
    }
    all.sort_by_key(|(name, _)| std::cmp::Reverse(name.chars().count()));
    all
}

/// The locale's rows in `NAMES`, `STYLES`, `DIGITS` and `ZONE_NAMES`.
fn rows(locale: &Locale) -> [u16; 4] {
    let find = |name: &str| LOCALES.binary_search_by_key(&name, |&(known, _)| known).ok();
    locale.candidates().iter().find_map(|name| find(name)).map_or([0; 4], |index| LOCALES[index].1)
}

/// Thailand counts from Buddha's birth.
fn year_offset(locale: &Locale) -> i32 {
    if locale.language() == "th" && locale.country() == "TH" { 543 } else { 0 }
}

impl Weeks {
    fn of(locale: &Locale) -> Weeks {
        let country = locale.country();
        if country.is_empty() {
            return Weeks { first_day: 1, minimal_days: 1 };
        }
        let group =
            WEEKS.iter().find(|(.., countries)| countries.split(' ').any(|known| known == country));
        let &(first_day, minimal_days, _) = group.unwrap_or(&(2, 1, ""));
        Weeks { first_day, minimal_days }
    }
}

/// If `text` begins with `name`, regardless of case, how many bytes of it that takes.
#[inline]
pub(crate) fn prefix_ignoring_case(text: &str, name: &str) -> Option<usize> {
    let mut rest = text.as_bytes();
    for (at, &expected) in name.as_bytes().iter().enumerate() {
        let (&byte, tail) = rest.split_first()?;
        if byte == expected || byte.is_ascii() && byte.eq_ignore_ascii_case(&expected) {
            rest = tail;
        } else if byte.is_ascii() && expected.is_ascii() {
            return None;
        } else {
            let start = text.floor_char_boundary(at);
            return Some(start + prefix_of_chars(text.get(start..)?, name.get(start..)?)?);
        }
    }
    Some(name.len())
}

fn prefix_of_chars(text: &str, name: &str) -> Option<usize> {
    let mut chars = text.chars();
    for expected in name.chars() {
        let c = chars.next()?;
        let (upper, expected_upper) = (upper_char(c), upper_char(expected));
        // Java compares the capitals, then, for Georgian's sake, their small letters.
        if c != expected
            && upper != expected_upper
            && lower_char(upper) != lower_char(expected_upper)
        {
            return None;
        }
    }
    Some(text.len() - chars.as_str().len())
}
