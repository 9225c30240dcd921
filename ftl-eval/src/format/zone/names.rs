//! Names of zones in the languages for which they are kept.

use super::tables::{IDS, ZONE_NAMES};
use super::{Zone, write_custom_id};
use crate::format::locale_date::prefix_ignoring_case;

/// The names in one language.
#[derive(Debug)]
pub(crate) struct ZoneNames {
    /// How many of the rows parsing knows.
    pub(super) parsed: usize,
    /// `id|long|short|long in summer|short in summer`, in the order in which parsing tries them. The id is that of
    /// the zone which parsing takes.
    pub(super) rows: &'static [&'static str],
    /// The row of each of `IDS`.
    pub(super) row_of_id: &'static [u8],
}

/// A zone found at the beginning of a text.
#[derive(Debug)]
pub(crate) struct ZoneMatch {
    pub(crate) zone: Zone,
    /// Bytes of the text that are its name.
    pub(crate) len: usize,
    /// The daylight saving which the name tells; none where the zone is to decide.
    pub(crate) dst: Option<i32>,
}

impl ZoneNames {
    /// The names at `index` of `ZONE_NAMES`.
    pub(crate) fn get(index: usize) -> &'static ZoneNames {
        &ZONE_NAMES[if index < ZONE_NAMES.len() { index } else { 0 }]
    }

    fn row(&self, id: &str) -> Option<usize> {
        let index = IDS.binary_search(&id).ok()?;
        self.row_of_id.get(index).map(|&row| usize::from(row))
    }

    /// Writes the name of a zone, as for the letter `z`.
    pub(crate) fn write(&self, zone: &Zone, dst: i32, long: bool, out: &mut String) {
        let column = match (dst != 0, long) {
            (false, true) => 1,
            (false, false) => 2,
            (true, true) => 3,
            (true, false) => 4,
        };
        let name = self.row(zone.id()).and_then(|row| self.rows.get(row)?.split('|').nth(column));
        match name {
            Some(name) => out.push_str(name),
            None if zone.id().starts_with("GMT+") || zone.id().starts_with("GMT-") => {
                out.push_str(zone.id())
            }
            None => {
                let saving = if dst != 0 { zone.savings() } else { 0 };
                write_custom_id(zone.standard_offset().wrapping_add(saving), out);
            }
        }
    }

    /// Reads a zone's name: preferably one of `current`, then one of UTC (the JVM's default), then any.
    pub(crate) fn parse(&self, text: &str, current: &Zone) -> Option<ZoneMatch> {
        // Some zones have a name without being among those whose names are parsed.
        let unknown =
            |id: &str| id == "GMT0" || id.len() > "Etc/GMT".len() && id.starts_with("Etc/GMT");
        for zone in [current, &Zone::UTC] {
            if let Some(row) =
                self.row(zone.id()).filter(|&row| row < self.parsed && !unknown(zone.id()))
                && let Some((column, len)) = matching(self.rows[row], text)
            {
                return Some(found(zone.clone(), self.rows[row], column, len));
            }
        }
        self.rows[..self.parsed].iter().find_map(|row| {
            let (column, len) = matching(row, text)?;
            Some(found(Zone::java(row.split('|').next()?), row, column, len))
        })
    }
}

/// The first name of a row with which the text begins, and its length there.
fn matching(row: &str, text: &str) -> Option<(usize, usize)> {
    row.split('|')
        .enumerate()
        .skip(1)
        .find_map(|(column, name)| Some((column, prefix_ignoring_case(text, name)?)))
}

fn found(zone: Zone, row: &str, column: usize, len: usize) -> ZoneMatch {
    let name = |column| row.split('|').nth(column).unwrap_or_default();
    let dst = if column >= 3 {
        Some(zone.savings()).filter(|&dst| dst != 0)
    } else {
        // If summer time has the same name, the date tells which it is.
        let (standard, summer) = (name(column), name(column + 2));
        (prefix_ignoring_case(standard, summer) != Some(standard.len())).then_some(0)
    };
    ZoneMatch { zone, len, dst }
}
