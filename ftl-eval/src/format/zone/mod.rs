//! Time zones, by the ids and with the offsets and names of `java.util.TimeZone`.

mod names;
mod rules;
#[rustfmt::skip]
mod tables;

use std::borrow::Cow;
use std::fmt::Write;
use std::str::FromStr;

use chrono_tz::Tz;

pub(crate) use self::names::{ZoneMatch, ZoneNames};
pub(crate) use self::rules::Offsets;
use self::rules::Table;

/// A time zone. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Zone {
    id: Cow<'static, str>,
    rules: Rules,
}

#[derive(Clone, Copy, Debug)]
enum Rules {
    Fixed(i32),
    Table(&'static Table),
}

impl Zone {
    pub(crate) const UTC: Zone = Zone::fixed("UTC", 0);
    const GMT: Zone = Zone::fixed("GMT", 0);

    const fn fixed(id: &'static str, offset: i32) -> Zone {
        Zone { id: Cow::Borrowed(id), rules: Rules::Fixed(offset) }
    }

    pub(crate) fn utc() -> Zone {
        Zone::UTC
    }

    /// A `time_zone` setting. Never fails, because Java does not.
    pub(crate) fn of_setting(text: &str) -> Option<Zone> {
        Some(Zone::java(text))
    }

    /// The zone of this id as `TimeZone.getTimeZone` gives it, which is how the `time_zone` setting is read: one
    /// that is unknown is GMT.
    pub(crate) fn java(id: &str) -> Zone {
        Zone::known(id).or_else(|| custom(id)).unwrap_or(Zone::GMT)
    }

    /// Like [`Zone::java`], but an unknown id is none, as for `?iso(zone)`.
    pub(crate) fn named(id: &str) -> Option<Zone> {
        if is_gmt(id) {
            return Some(if id.eq_ignore_ascii_case("UTC") { Zone::UTC } else { Zone::java(id) });
        }
        Some(Zone::java(id)).filter(|zone| !is_gmt(&zone.id))
    }

    fn known(id: &str) -> Option<Zone> {
        if let Some(&(_, offset)) = FIXED.iter().find(|(name, _)| *name == id) {
            return Some(Zone { id: Cow::Owned(id.to_owned()), rules: Rules::Fixed(offset) });
        }
        let (id, place) = match ALIASES.iter().find(|(alias, _)| *alias == id) {
            Some((alias, place)) => (Some(*alias), *place),
            None => (None, id),
        };
        // Java leaves these out, and reads two of them as custom ids.
        let absent = |tz: &Tz| matches!(tz, Tz::ROC | Tz::GMTPlus0 | Tz::GMTMinus0);
        let tz = Tz::from_str(place).ok().filter(|tz| !absent(tz))?;
        Some(Zone {
            id: Cow::Borrowed(id.unwrap_or(tz.name())),
            rules: Rules::Table(Table::of(tz)),
        })
    }

    /// The id; of a custom zone like `GMT+1` the normal form, `GMT+01:00`.
    pub(crate) fn id(&self) -> &str {
        &self.id
    }

    /// What to add to UTC at an instant.
    pub(crate) fn offsets(&self, millis: i64) -> Offsets {
        match self.rules {
            Rules::Fixed(raw) => Offsets { raw, dst: 0 },
            Rules::Table(table) => table.at(millis),
        }
    }

    /// What to subtract from a wall clock's time (as if it were UTC's) to get the instant.
    pub(crate) fn offsets_at_wall(&self, wall: i64) -> Offsets {
        match self.rules {
            Rules::Fixed(raw) => Offsets { raw, dst: 0 },
            Rules::Table(table) => table.at_wall(wall),
        }
    }

    /// The standard offset of today.
    pub(crate) fn standard_offset(&self) -> i32 {
        match self.rules {
            Rules::Fixed(raw) => raw,
            Rules::Table(table) => table.standard_offset(),
        }
    }

    /// What daylight saving amounts to in this zone by its last rule; 0 if it has none today.
    pub(crate) fn savings(&self) -> i32 {
        match self.rules {
            Rules::Fixed(_) => 0,
            Rules::Table(table) => table.savings(),
        }
    }
}

/// Ids which the tz database links to places and Java does not.
const FIXED: [(&str, i32); 5] =
    [("UTC", 0), ("GMT", 0), ("EST", -18_000_000), ("MST", -25_200_000), ("HST", -36_000_000)];

/// Ids of three letters which only Java knows.
const ALIASES: [(&str, &str); 25] = [
    ("ACT", "Australia/Darwin"),
    ("AET", "Australia/Sydney"),
    ("AGT", "America/Argentina/Buenos_Aires"),
    ("ART", "Africa/Cairo"),
    ("AST", "America/Anchorage"),
    ("BET", "America/Sao_Paulo"),
    ("BST", "Asia/Dhaka"),
    ("CAT", "Africa/Harare"),
    ("CNT", "America/St_Johns"),
    ("CST", "America/Chicago"),
    ("CTT", "Asia/Shanghai"),
    ("EAT", "Africa/Addis_Ababa"),
    ("ECT", "Europe/Paris"),
    ("IET", "America/Indiana/Indianapolis"),
    ("IST", "Asia/Kolkata"),
    ("JST", "Asia/Tokyo"),
    ("MIT", "Pacific/Apia"),
    ("NET", "Asia/Yerevan"),
    ("NST", "Pacific/Auckland"),
    ("PLT", "Asia/Karachi"),
    ("PNT", "America/Phoenix"),
    ("PRT", "America/Puerto_Rico"),
    ("PST", "America/Los_Angeles"),
    ("SST", "Pacific/Guadalcanal"),
    ("VST", "Asia/Ho_Chi_Minh"),
];

/// Reads `GMT+1`, `GMT-0130`, `GMT+01:30`.
fn custom(id: &str) -> Option<Zone> {
    let rest = id.strip_prefix("GMT")?;
    let (negative, digits) = match rest.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, rest.strip_prefix('+')?),
    };
    // However many digits there are, Java puts them into an int.
    let number = |digits: &str| {
        digits.bytes().try_fold(0_i32, |n, c| {
            c.is_ascii_digit().then(|| n.wrapping_mul(10).wrapping_add(i32::from(c - b'0')))
        })
    };
    let (hours, minutes) = match digits.split_once(':') {
        Some((hours, minutes)) if hours.len() <= 2 && minutes.len() == 2 => {
            (number(hours)?, number(minutes)?)
        }
        Some(_) => return None,
        None if digits.is_empty() => return None,
        None if digits.len() <= 2 => (number(digits)?, 0),
        None => (number(digits)? / 100, number(digits)? % 100),
    };
    if hours > 23 || minutes > 59 {
        return None;
    }
    let offset = hours.wrapping_mul(60).wrapping_add(minutes).wrapping_mul(60_000);
    let offset = if negative { offset.wrapping_neg() } else { offset };
    let mut id = String::new();
    write_custom_id(offset, &mut id);
    if offset == 0 && negative {
        id.replace_range(3..4, "-");
    }
    Some(Zone { id: Cow::Owned(id), rules: Rules::Fixed(offset) })
}

/// `GMT+01:00`.
fn write_custom_id(offset: i32, out: &mut String) {
    let minutes = offset / 60_000;
    let sign = if minutes >= 0 { '+' } else { '-' };
    let minutes = minutes.unsigned_abs();
    // Writing to a string cannot fail.
    let _ = write!(out, "GMT{sign}{:02}:{:02}", minutes / 60, minutes % 60);
}

/// Whether FreeMarker takes the id for one of Greenwich's.
fn is_gmt(id: &str) -> bool {
    let Some((name, offset)) = id.split_at_checked(3) else { return false };
    ["GMT", "UTC", "UT1"].iter().any(|gmt| gmt.eq_ignore_ascii_case(name))
        && ["", "+0", "+00", "+00:00", "-0", "-00", "-00:00"].contains(&offset)
}
