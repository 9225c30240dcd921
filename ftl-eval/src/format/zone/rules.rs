//! Offsets of a zone over time, as `java.util.TimeZone` has them.
//!
//! The rules are chrono-tz's; what differs in Java is laid over them once per zone. Java's own table begins in 1900
//! (before it, a zone has its latest standard offset) and ends in 2037; from there on, the last rule is repeated for
//! ever. In Java summer time is never negative: where the tz database calls Ireland's winter time an exception, Java
//! has standard time in winter.

use std::sync::OnceLock;

use chrono::DateTime;
use chrono_tz::{OffsetComponents, TZ_VARIANTS, Tz};

use crate::format::date::calendar::{DAY_MS, civil_from_days, days_from_civil};

/// What to add to UTC, in milliseconds: the standard offset and the daylight saving.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Offsets {
    pub(crate) raw: i32,
    pub(crate) dst: i32,
}

impl Offsets {
    pub(crate) fn total(self) -> i32 {
        self.raw.wrapping_add(self.dst)
    }
}

/// 1900-01-01T00:00Z, in seconds.
const FIRST: i64 = -2_208_988_800;
/// 2037-01-01T00:00Z, in seconds.
const LAST_YEAR: i64 = 2_114_380_800;
/// 2037-12-31T23:59:59Z, in seconds.
const LAST: i64 = 2_145_916_799;
/// 2100-01-01T00:00Z, in seconds: chrono-tz knows nothing later.
const KNOWN: i64 = 4_102_444_800;
/// Years from which the last rule is read: late enough that all exceptions announced in advance (Ramadan in Morocco
/// and Palestine) are over, and enough of them that each date falls on each day of the week.
const RULE_YEARS: std::ops::RangeInclusive<i64> = 2088..=2099;

#[derive(Debug)]
pub(super) struct Table {
    /// Before the first transition, and for zones without any.
    initial: Offsets,
    /// Instants in milliseconds, ascending, and what holds from each.
    transitions: Vec<(i64, Offsets)>,
    last_rule: Option<LastRule>,
}

/// Daylight saving which goes on for ever.
#[derive(Debug)]
struct LastRule {
    start: YearDay,
    end: YearDay,
    raw: i32,
    dst: i32,
}

/// An instant in each year, in UTC.
#[derive(Debug)]
struct YearDay {
    month: u8,
    /// From the first of the month, counted from 0; the earliest on which it can be.
    day: i64,
    /// Day of the week, 0 is Thursday; none if the date is fixed.
    weekday: Option<i64>,
    time: i64,
}

impl Table {
    pub(super) fn of(tz: Tz) -> &'static Table {
        static TABLES: [OnceLock<Table>; TZ_VARIANTS.len()] =
            [const { OnceLock::new() }; TZ_VARIANTS.len()];
        TABLES[tz as usize].get_or_init(|| Table::read(tz))
    }

    fn read(tz: Tz) -> Table {
        let mut all = changes(tz);
        let late = state(tz, KNOWN - 1);
        let last_rule = last_rule(&all);
        let standing = Offsets { raw: late.raw, dst: 0 };
        if last_rule.is_none() && all.last().is_some_and(|&(at, _)| at < LAST_YEAR) {
            // Where there is no rule, Java's table ends with standard time.
            all.push((LAST_YEAR - i64::from(standing.raw) / 1000, standing));
        }
        all.retain(|&(at, _)| at <= LAST);
        if all.is_empty() {
            return Table { initial: standing, transitions: Vec::new(), last_rule: None };
        }
        all.insert(0, (FIRST, state(tz, FIRST)));
        let transitions = all.into_iter().map(|(at, offsets)| (at * 1000, offsets)).collect();
        Table { initial: standing, transitions, last_rule }
    }

    /// The offsets at an instant.
    pub(super) fn at(&self, millis: i64) -> Offsets {
        let after = self.transitions.partition_point(|&(at, _)| at <= millis);
        match (after, &self.last_rule) {
            (0, _) => self.initial,
            (n, Some(rule)) if n == self.transitions.len() => rule.at(millis),
            (n, _) => self.transitions[n - 1].1,
        }
    }

    /// The offsets for a wall clock's time: standard time where the clock shows it twice or skips it.
    pub(super) fn at_wall(&self, wall: i64) -> Offsets {
        let shown = |&(at, offsets): &(i64, Offsets)| at + i64::from(offsets.total());
        let after = self.transitions.partition_point(|transition| shown(transition) <= wall);
        match (after, &self.last_rule) {
            (0, _) => self.initial,
            (n, Some(rule)) if n == self.transitions.len() => {
                let standard = wall.saturating_sub(i64::from(rule.raw));
                let offsets = rule.at(standard);
                let skipped = rule.at(standard.wrapping_sub(i64::from(offsets.dst))).dst == 0;
                if skipped { Offsets { raw: rule.raw, dst: 0 } } else { offsets }
            }
            (n, _) => self.transitions[n - 1].1,
        }
    }

    pub(super) fn standard_offset(&self) -> i32 {
        self.initial.raw
    }

    /// Java's `getDSTSavings`: how much the last rule saves.
    pub(super) fn savings(&self) -> i32 {
        self.last_rule.as_ref().map_or(0, |rule| rule.dst)
    }
}

impl LastRule {
    fn at(&self, millis: i64) -> Offsets {
        let year = civil_from_days(millis.div_euclid(DAY_MS)).0;
        let (start, end) = (self.start.in_year(year), self.end.in_year(year));
        let summer = if start <= end {
            start <= millis && millis < end
        } else {
            // The next year's end only matters where the end of this one is beyond all time.
            millis < end || start <= millis && millis < self.end.in_year(year + 1)
        };
        Offsets { raw: self.raw, dst: if summer { self.dst } else { 0 } }
    }
}

impl YearDay {
    fn in_year(&self, year: i64) -> i64 {
        let first = days_from_civil(year, self.month, 1) + self.day;
        let days = match self.weekday {
            Some(weekday) => first + (weekday - first).rem_euclid(7),
            None => first,
        };
        days.wrapping_mul(DAY_MS).wrapping_add(self.time)
    }

    /// The day that all these instants (seconds, one a year) have in common.
    fn common(instants: &[i64]) -> Option<YearDay> {
        let first = *instants.first()?;
        let month = civil_from_days(first.div_euclid(86_400)).1;
        let mut earliest = i64::MAX;
        let mut latest = i64::MIN;
        let mut weekday = Some(first.div_euclid(86_400).rem_euclid(7));
        for (&instant, year) in instants.iter().zip(RULE_YEARS) {
            let days = instant.div_euclid(86_400);
            let day = days - days_from_civil(year, month, 1);
            earliest = earliest.min(day);
            latest = latest.max(day);
            weekday = weekday.filter(|&weekday| days.rem_euclid(7) == weekday);
        }
        let time = first.rem_euclid(86_400) * 1000;
        let regular = earliest == latest || weekday.is_some() && latest - earliest <= 6;
        regular.then_some(YearDay { month, day: earliest, weekday, time })
    }
}

fn last_rule(changes: &[(i64, Offsets)]) -> Option<LastRule> {
    let (mut starts, mut ends) = (Vec::new(), Vec::new());
    let mut saving = Offsets::default();
    for &(at, offsets) in changes {
        let year = civil_from_days(at.div_euclid(86_400)).0;
        if RULE_YEARS.contains(&year) {
            if offsets.dst == 0 {
                ends.push(at);
            } else {
                starts.push(at);
                saving = offsets;
            }
        }
    }
    let years = RULE_YEARS.count();
    if starts.len() != years || ends.len() != years {
        return None;
    }
    let Offsets { raw, dst } = saving;
    Some(LastRule { start: YearDay::common(&starts)?, end: YearDay::common(&ends)?, raw, dst })
}

/// All instants (seconds) from 1900 at which the offsets change, and what they change to.
fn changes(tz: Tz) -> Vec<(i64, Offsets)> {
    // No zone changed twice within this time and back to what it was.
    const STEP: i64 = 4 * 86_400;
    let mut changes = Vec::new();
    let (mut from, mut offsets) = (FIRST, state(tz, FIRST));
    while from < KNOWN {
        let to = (from + STEP).min(KNOWN);
        if state(tz, to) == offsets {
            from = to;
            continue;
        }
        let (mut before, mut after) = (from, to);
        while after - before > 1 {
            let middle = before + (after - before) / 2;
            if state(tz, middle) == offsets {
                before = middle;
            } else {
                after = middle;
            }
        }
        (from, offsets) = (after, state(tz, after));
        changes.push((from, offsets));
    }
    changes
}

fn state(tz: Tz, seconds: i64) -> Offsets {
    let Some(instant) = DateTime::from_timestamp(seconds, 0) else { return Offsets::default() };
    let offset = chrono::TimeZone::offset_from_utc_datetime(&tz, &instant.naive_utc());
    let raw = offset.base_utc_offset().num_seconds() as i32 * 1000;
    let dst = offset.dst_offset().num_seconds() as i32 * 1000;
    match reversed(tz, seconds) {
        // Winter time is standard time, summer time its exception.
        Some(saving) => Offsets { raw: raw - saving, dst: dst + saving },
        None => Offsets { raw, dst },
    }
}

/// How much standard time is later in the tz database than in Java, where it has negative summer time.
fn reversed(tz: Tz, seconds: i64) -> Option<i32> {
    let period = match tz {
        // From 1968-10-27, when winter time was abolished for three years.
        Tz::Europe__Dublin | Tz::Eire => -37_242_000..i64::MAX,
        // From 2018-10-28.
        Tz::Africa__Casablanca | Tz::Africa__El_Aaiun => 1_540_692_000..i64::MAX,
        // From 1990-03-21.
        Tz::Africa__Windhoek => 637_970_400..i64::MAX,
        // From 1946-12-01 to 1947-02-23.
        Tz::Europe__Prague | Tz::Europe__Bratislava => -728_517_600..-721_260_000,
        _ => return None,
    };
    period.contains(&seconds).then_some(3_600_000)
}
