//! The calendar: Julian until 1582-10-04, Gregorian from 1582-10-15, as `java.util.GregorianCalendar`.
//!
//! Days are counted from 1970-01-01. Years are astronomical (1 BC is 0) unless an era stands beside them.

use crate::format::locale_date::Weeks;
use crate::format::zone::Offsets;

pub(crate) const DAY_MS: i64 = 86_400_000;
/// 1582-10-15, the first day of the Gregorian calendar.
pub(super) const CUTOVER: i64 = -141_427;
pub(super) const CUTOVER_YEAR: i64 = 1582;
/// From 0000-03-01 (Gregorian) to 1970-01-01.
const EPOCH: i64 = 719_468;
const CYCLE: i64 = 146_097;

/// The day of a Gregorian date.
pub(crate) fn days_from_civil(year: i64, month: u8, day: i64) -> i64 {
    // Years begin in March, so that the leap day is the last.
    let year = if month <= 2 { year - 1 } else { year };
    let cycle = year.div_euclid(400);
    let year_of_cycle = year.rem_euclid(400);
    let day_of_year = days_before_month(month) + day - 1;
    cycle * CYCLE + year_of_cycle * 365 + year_of_cycle / 4 - year_of_cycle / 100 + day_of_year
        - EPOCH
}

/// Year, month and day of the month, in the Gregorian calendar.
pub(crate) fn civil_from_days(days: i64) -> (i64, u8, u8) {
    let days = days + EPOCH;
    match u32::try_from(days) {
        // Nearly always: 32-bit arithmetic by multiplication instead of division, after Neri and Schneider,
        // "Euclidean affine functions and their application to calendar algorithms".
        Ok(days) if days < 1 << 29 => {
            let n = 4 * days + 3;
            let (century, rest) = (n / 146_097, n % 146_097);
            let p = 2_939_745 * u64::from(rest | 3);
            let (year, day_of_year) = ((p >> 32) as u32, (p as u32) / 2_939_745 / 4);
            let m = 2141 * day_of_year + 197_913;
            let late = day_of_year >= 306;
            let month = (m >> 16) - if late { 12 } else { 0 };
            let year = 100 * century + year + u32::from(late);
            (i64::from(year), month as u8, ((m & 0xffff) / 2141 + 1) as u8)
        }
        _ => {
            let cycle = days.div_euclid(CYCLE);
            let day = days.rem_euclid(CYCLE);
            let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
            let day_of_year = day - (365 * year + year / 4 - year / 100);
            date(cycle * 400 + year, day_of_year)
        }
    }
}

/// The day of a Julian date.
fn days_from_julian(year: i64, month: u8, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    365 * year + year.div_euclid(4) + days_before_month(month) + day - 1 - EPOCH - 2
}

fn julian_from_days(days: i64) -> (i64, u8, u8) {
    let days = days + EPOCH + 2;
    let (cycle, day) = (days.div_euclid(1461), days.rem_euclid(1461));
    let year = (day - day / 1460) / 365;
    date(cycle * 4 + year, day - 365 * year)
}

/// Days from March the first.
fn days_before_month(month: u8) -> i64 {
    (153 * ((i64::from(month) + 9) % 12) + 2) / 5
}

/// From a year and day that begin in March.
fn date(year: i64, day_of_year: i64) -> (i64, u8, u8) {
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (if month <= 2 { year + 1 } else { year }, month as u8, day as u8)
}

/// Whether a year is a leap year of the calendar that it has.
fn is_leap(year: i64) -> bool {
    is_leap_year(year > CUTOVER_YEAR, year)
}

fn is_leap_year(gregorian: bool, year: i64) -> bool {
    year & 3 == 0 && (!gregorian || year % 100 != 0 || year % 400 == 0)
}

/// Sunday is 1.
fn weekday(days: i64) -> u8 {
    (days + 4).rem_euclid(7) as u8 + 1
}

/// The last day not after `days` that is such a weekday, which may be out of range.
pub(super) fn weekday_on_or_before(days: i64, weekday: i32) -> i64 {
    // Java's `int` overflows here.
    days - (days + 4 - i64::from(weekday.wrapping_sub(1))).rem_euclid(7)
}

/// Which calendar holds before 1582.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Past {
    Julian,
    /// As ISO 8601 wants it.
    Gregorian,
}

/// An instant as a clock and a calendar in some zone show it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields {
    pub(crate) year: i64,
    /// 1 is January.
    pub(crate) month: u8,
    pub(crate) day: u8,
    pub(crate) hour: u8,
    pub(crate) minute: u8,
    pub(crate) second: u8,
    pub(crate) milli: u16,
    pub(crate) offsets: Offsets,
    days: i64,
}

impl Fields {
    pub(crate) fn new(millis: i64, offsets: Offsets, past: Past) -> Fields {
        let mut days = millis.div_euclid(DAY_MS);
        // Apart from the day, because the sum need not fit.
        let mut time = millis.rem_euclid(DAY_MS) + i64::from(offsets.total());
        if !(0..DAY_MS).contains(&time) {
            days += time.div_euclid(DAY_MS);
            time = time.rem_euclid(DAY_MS);
        }
        let (year, month, day) = match past {
            Past::Julian if days < CUTOVER => julian_from_days(days),
            _ => civil_from_days(days),
        };
        let time = time as u32;
        let (seconds, milli) = (time / 1000, (time % 1000) as u16);
        let (minutes, second) = (seconds / 60, (seconds % 60) as u8);
        let (hour, minute) = ((minutes / 60) as u8, (minutes % 60) as u8);
        Fields { year, month, day, hour, minute, second, milli, offsets, days }
    }

    /// The year of its era, 1 or more.
    pub(crate) fn year_of_era(&self) -> i64 {
        if self.year > 0 { self.year } else { 1 - self.year }
    }

    pub(crate) fn is_bc(&self) -> bool {
        self.year <= 0
    }

    /// Sunday is 1.
    pub(crate) fn weekday(&self) -> u8 {
        weekday(self.days)
    }

    pub(crate) fn day_of_year(&self) -> u64 {
        (self.days - self.first_of_year()).unsigned_abs() + 1
    }

    /// Which one of its weekday in the month it is.
    pub(crate) fn weekday_in_month(&self) -> u64 {
        (self.days - self.first_of_month()).unsigned_abs() / 7 + 1
    }

    pub(crate) fn week_of_month(&self, weeks: Weeks) -> u64 {
        week_number(self.first_of_month(), self.days, weeks)
    }

    pub(crate) fn week_of_year(&self, weeks: Weeks) -> u64 {
        let first = self.first_of_year();
        let week = week_number(first, self.days, weeks);
        if week == 0 {
            return week_number(new_year(self.year - 1), first - 1, weeks);
        }
        let next = first_of_month(self.days >= CUTOVER, self.year + 1, 1);
        if (week >= 52 || (1581..=CUTOVER_YEAR).contains(&self.year))
            && self.days >= first_week(next, weeks)
        {
            return 1;
        }
        week
    }

    /// The year to which the week belongs.
    pub(crate) fn week_year(&self, weeks: Weeks) -> i64 {
        let year = self.year;
        if year > CUTOVER_YEAR + 1 {
            let week = self.week_of_year(weeks);
            return match self.month {
                1 if week >= 52 => year - 1,
                2..=12 if week == 1 => year + 1,
                _ => year,
            };
        }
        let (day, minimal) = (self.days - self.first_of_year() + 1, i64::from(weeks.minimal_days));
        let length = match year {
            CUTOVER_YEAR => 355,
            year if is_leap(year) => 366,
            _ => 365,
        };
        if day > minimal && day < length - 6 {
            return year;
        }
        // The day of the year on which the first whole week begins.
        let whole = |new_year: i64| {
            (i64::from(weeks.first_day) - i64::from(weekday(new_year))).rem_euclid(7) + 1
        };
        let begin = whole(new_year(year));
        if day < begin {
            return if begin <= minimal { year - 1 } else { year };
        }
        // Java goes on to the next year without minding the era.
        let following = if self.is_bc() { -year } else { year + 1 };
        let partial = match whole(new_year(following)) - 1 {
            0 => 7,
            days => days,
        };
        if partial >= minimal && length - day < 7 - partial { year + 1 } else { year }
    }

    fn first_of_year(&self) -> i64 {
        match self.year {
            CUTOVER_YEAR => new_year(CUTOVER_YEAR),
            year => first_of_month(self.days >= CUTOVER, year, 1),
        }
    }

    fn first_of_month(&self) -> i64 {
        match (self.year, self.month) {
            (CUTOVER_YEAR, 10) => days_from_julian(CUTOVER_YEAR, 10, 1),
            _ => self.days - i64::from(self.day) + 1,
        }
    }
}

/// January the first.
fn new_year(year: i64) -> i64 {
    first_of_month(year > CUTOVER_YEAR, year, 1)
}

/// The day on which the first week begins of a year or month beginning on `first`.
pub(super) fn first_week(first: i64, weeks: Weeks) -> i64 {
    let begin = weekday_on_or_before(first + 6, weeks.first_day.into());
    if begin - first >= i64::from(weeks.minimal_days) { begin - 7 } else { begin }
}

/// The number of the week; 0 is before the first.
fn week_number(first: i64, days: i64, weeks: Weeks) -> u64 {
    ((days - first_week(first, weeks)).div_euclid(7) + 1).unsigned_abs()
}

/// The first of a month in one of the calendars.
pub(super) fn first_of_month(gregorian: bool, year: i64, month: u8) -> i64 {
    if gregorian { days_from_civil(year, month, 1) } else { days_from_julian(year, month, 1) }
}

/// The number of days of a month in one of the calendars.
pub(super) fn month_length(gregorian: bool, year: i64, month: u8) -> i64 {
    match month {
        2 if is_leap_year(gregorian, year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
