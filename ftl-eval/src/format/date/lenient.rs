//! From calendar fields to an instant, as a lenient `java.util.GregorianCalendar` does it: any value will do (month 13
//! is January of the next year), and where fields contradict each other, the last set win.

use std::cmp::Ordering;

use super::calendar::{
    CUTOVER, CUTOVER_YEAR, DAY_MS, Fields, Past, first_of_month, first_week, month_length,
    weekday_on_or_before,
};
use crate::format::locale_date::Weeks;
use crate::format::zone::{Offsets, Zone};

/// A field that a pattern's letter can set.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Field {
    /// 0 is BC, 1 is AD.
    Era,
    Year,
    WeekYear,
    /// 0 is January.
    Month,
    WeekOfYear,
    WeekOfMonth,
    DayOfMonth,
    DayOfYear,
    /// Sunday is 1.
    Weekday,
    WeekdayInMonth,
    AmPm,
    Hour,
    HourOfDay,
    Minute,
    Second,
    Milli,
    ZoneOffset,
    DstOffset,
}

const COUNT: usize = Field::DstOffset as usize + 1;

/// Fields that have been set, and in which order.
#[derive(Clone, Debug)]
pub(super) struct FieldSet {
    values: [i32; COUNT],
    /// When each was set; 0 is never.
    stamps: [u32; COUNT],
    stamp: u32,
}

/// What tells the day within the year.
#[derive(Clone, Copy, Debug)]
enum DayBy {
    DayOfMonth(Option<i32>),
    WeekOfMonth { week: i32, weekday: Option<i32> },
    WeekdayInMonth { nth: Option<i32>, weekday: Option<i32> },
    DayOfYear(i32),
    WeekOfYear { week: i32, weekday: Option<i32> },
}

impl FieldSet {
    pub(super) fn new() -> FieldSet {
        FieldSet { values: [0; COUNT], stamps: [0; COUNT], stamp: 0 }
    }

    pub(super) fn set(&mut self, field: Field, value: i32) {
        self.stamp = self.stamp.saturating_add(1);
        self.values[field as usize] = value;
        self.stamps[field as usize] = self.stamp;
    }

    pub(super) fn clear(&mut self, field: Field) {
        self.values[field as usize] = 0;
        self.stamps[field as usize] = 0;
    }

    pub(super) fn add_years(&mut self, years: i32) {
        for field in [Field::Year, Field::WeekYear] {
            let value = &mut self.values[field as usize];
            *value = value.wrapping_add(years);
        }
    }

    fn get(&self, field: Field) -> Option<i32> {
        (self.stamp(field) > 0).then(|| self.value(field))
    }

    fn value(&self, field: Field) -> i32 {
        self.values[field as usize]
    }

    fn stamp(&self, field: Field) -> u32 {
        self.stamps[field as usize]
    }

    /// The instant, in milliseconds since the epoch.
    pub(super) fn resolve(&self, zone: &Zone, weeks: Weeks) -> i64 {
        if self.stamp(Field::WeekYear) > self.stamp(Field::Year) {
            self.resolve_week_date(zone, weeks)
        } else {
            self.instant(zone, weeks)
        }
    }

    fn resolve_week_date(&self, zone: &Zone, weeks: Weeks) -> i64 {
        let first_day = i32::from(weeks.first_day);
        let week = self.get(Field::WeekOfYear).unwrap_or(1);
        let (week, weekday) = match self.get(Field::Weekday) {
            None => (week, first_day),
            Some(day @ 1..=7) => (week, day),
            // Out of range only as a number from Monday, which is 1.
            Some(day @ 8..) => (week.wrapping_add((day - 1) / 7), (day - 1) % 7 + 1),
            Some(day) => {
                let weeks_back = (i64::from(day) - 1).div_euclid(7);
                let day = (i64::from(day) - 1).rem_euclid(7) + 1;
                (week.wrapping_add(weeks_back as i32), day as i32)
            }
        };
        let weekday = match self.get(Field::Weekday) {
            None | Some(1..=7) => weekday,
            Some(_) => weekday % 7 + 1,
        };
        // The year is one of the era in which the other fields lie.
        let era = i32::from(!fields_of(self.instant(zone, weeks), zone).is_bc());
        let mut first = FieldSet::new();
        first.set(Field::Era, era);
        first.set(Field::Year, self.value(Field::WeekYear));
        first.set(Field::WeekOfYear, 1);
        first.set(Field::Weekday, first_day);
        let days =
            (weekday - first_day).rem_euclid(7).wrapping_add(week.wrapping_sub(1).wrapping_mul(7));
        let gmt = Zone::UTC;
        let instant = first.instant(&gmt, weeks).wrapping_add(i64::from(days).wrapping_mul(DAY_MS));
        let date = fields_of(instant, &gmt);
        let mut fields = self.clone();
        fields.set(Field::Era, i32::from(!date.is_bc()));
        fields.set(Field::Year, date.year_of_era() as i32);
        fields.set(Field::Month, i32::from(date.month) - 1);
        fields.set(Field::DayOfMonth, i32::from(date.day));
        fields.instant(zone, weeks)
    }

    fn instant(&self, zone: &Zone, weeks: Weeks) -> i64 {
        let year = self.get(Field::Year).unwrap_or(1970);
        let year = if self.get(Field::Era) == Some(0) { 1_i32.wrapping_sub(year) } else { year };
        let time = self.time_of_day();
        let (extra_days, time) = (time.div_euclid(DAY_MS), time.rem_euclid(DAY_MS));
        let day_by = self.day_by();
        let day = |gregorian| extra_days + self.day(gregorian, year, day_by, weeks);
        let day = match (i64::from(year).cmp(&CUTOVER_YEAR), day_by) {
            (Ordering::Less, _) => day(false),
            (Ordering::Equal, DayBy::DayOfYear(_) | DayBy::WeekOfYear { .. }) => day(false),
            // Dates which the reform left out are taken for Julian ones.
            _ => Some(day(true)).filter(|&day| day >= CUTOVER).unwrap_or_else(|| day(false)),
        };
        let wall = day.wrapping_mul(DAY_MS).wrapping_add(time);
        let offsets = match (self.get(Field::ZoneOffset), self.get(Field::DstOffset)) {
            (Some(raw), Some(dst)) => Offsets { raw, dst },
            (raw, dst) => {
                let own = zone.offsets_at_wall(wall);
                Offsets { raw: raw.unwrap_or(own.raw), dst: dst.unwrap_or(own.dst) }
            }
        };
        wall.wrapping_sub(i64::from(offsets.total()))
    }

    fn time_of_day(&self) -> i64 {
        let hour_stamp = aggregate(self.stamp(Field::Hour), self.stamp(Field::AmPm));
        let of_day = self.stamp(Field::HourOfDay);
        let hours = if of_day > 0 && of_day >= hour_stamp {
            i64::from(self.value(Field::HourOfDay))
        } else {
            i64::from(self.value(Field::Hour)) + 12 * i64::from(self.value(Field::AmPm))
        };
        let minutes = hours * 60 + i64::from(self.value(Field::Minute));
        let seconds = minutes * 60 + i64::from(self.value(Field::Second));
        seconds * 1000 + i64::from(self.value(Field::Milli))
    }

    /// The most recent group of fields that tells the day, groups with a week counting as their later half; without
    /// a complete group, the most recent field.
    fn day_by(&self) -> DayBy {
        let weekday = self.stamp(Field::Weekday);
        let (week_of_month, week_of_year) =
            (self.stamp(Field::WeekOfMonth), self.stamp(Field::WeekOfYear));
        let in_month = self.stamp(Field::WeekdayInMonth);
        let mut by_day_of_month = self.stamp(Field::DayOfMonth);
        let mut by_week_of_month = aggregate(week_of_month, weekday);
        let mut by_weekday_in_month = aggregate(in_month, weekday);
        let by_day_of_year = self.stamp(Field::DayOfYear);
        let mut by_week_of_year = aggregate(week_of_year, weekday);
        let mut best = by_day_of_month
            .max(by_week_of_month)
            .max(by_weekday_in_month)
            .max(by_day_of_year)
            .max(by_week_of_year);
        if best == 0 {
            by_week_of_month = week_of_month;
            by_weekday_in_month = in_month.max(weekday);
            by_week_of_year = week_of_year;
            best = by_week_of_month.max(by_weekday_in_month).max(by_week_of_year);
            if best == 0 {
                by_day_of_month = self.stamp(Field::Month);
                best = by_day_of_month;
            }
        }
        let weekday = self.get(Field::Weekday);
        if best == by_day_of_month {
            return DayBy::DayOfMonth(self.get(Field::DayOfMonth));
        }
        let by_week = DayBy::WeekOfMonth { week: self.value(Field::WeekOfMonth), weekday };
        let by_nth = DayBy::WeekdayInMonth { nth: self.get(Field::WeekdayInMonth), weekday };
        let week_in_month = best == by_week_of_month && week_of_month >= week_of_year;
        let nth_in_month = best == by_weekday_in_month && in_month >= week_of_year;
        if week_in_month || nth_in_month {
            let week = if by_week_of_month == by_weekday_in_month {
                week_of_month >= in_month
            } else {
                best == by_week_of_month
            };
            return if week { by_week } else { by_nth };
        }
        if best == by_day_of_year {
            return DayBy::DayOfYear(self.value(Field::DayOfYear));
        }
        debug_assert_eq!(best, by_week_of_year);
        DayBy::WeekOfYear { week: self.value(Field::WeekOfYear), weekday }
    }

    /// The day by one of the calendars.
    fn day(&self, gregorian: bool, year: i32, day_by: DayBy, weeks: Weeks) -> i64 {
        let month = match day_by {
            DayBy::DayOfYear(_) | DayBy::WeekOfYear { .. } => 0,
            _ => self.value(Field::Month),
        };
        let year = i64::from(year.wrapping_add(month.div_euclid(12)));
        let month = month.rem_euclid(12) as u8 + 1;
        let first = first_of_month(gregorian, year, month);
        match day_by {
            DayBy::DayOfMonth(day) => first + day.map_or(0, |day| i64::from(day) - 1),
            DayBy::DayOfYear(day) => first + i64::from(day) - 1,
            DayBy::WeekOfMonth { week, weekday } => {
                let begin = on_weekday_of_week(first_week(first, weeks), weekday);
                begin + i64::from(week.wrapping_sub(1).wrapping_mul(7))
            }
            DayBy::WeekOfYear { week, weekday } => {
                let weekday = weekday.filter(|&weekday| weekday != i32::from(weeks.first_day));
                on_weekday_of_week(first_week(first, weeks), weekday) + 7 * (i64::from(week) - 1)
            }
            DayBy::WeekdayInMonth { nth, weekday } => {
                let weekday = weekday.unwrap_or_else(|| weeks.first_day.into());
                let last_day = match nth.unwrap_or(1) {
                    nth if nth >= 0 => i64::from(nth.wrapping_mul(7)),
                    nth => {
                        let days = nth.wrapping_add(1).wrapping_mul(7);
                        i64::from(
                            (month_length(year > CUTOVER_YEAR, year, month) as i32)
                                .wrapping_add(days),
                        )
                    }
                };
                weekday_on_or_before(first + last_day - 1, weekday)
            }
        }
    }
}

/// When a group of two fields was set: not at all if one of them was not.
fn aggregate(a: u32, b: u32) -> u32 {
    if a == 0 || b == 0 { 0 } else { a.max(b) }
}

fn on_weekday_of_week(begin: i64, weekday: Option<i32>) -> i64 {
    weekday.map_or(begin, |weekday| weekday_on_or_before(begin + 6, weekday))
}

fn fields_of(millis: i64, zone: &Zone) -> Fields {
    Fields::new(millis, zone.offsets(millis), Past::Julian)
}
