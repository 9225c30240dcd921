//! What `java.lang.Character` knows of code points, in JDK 17's version of Unicode (13.0).
//!
//! The tables come from the JDK itself, so that classes of regular expressions and changes of case
//! agree with FreeMarker for every code point, surrogates included; hence `u32` rather than `char`.

mod tables;

use tables::{BLOCKS, FULL_UPPER, LOWER, PAGES, RECORDS, RUNS, SCRIPT_NAMES, SCRIPTS, UPPER};

/// General categories, numbered as `Character.getType` numbers them.
pub(crate) mod category {
    pub(crate) const UNASSIGNED: u8 = 0;
    pub(crate) const UPPERCASE_LETTER: u8 = 1;
    pub(crate) const LOWERCASE_LETTER: u8 = 2;
    pub(crate) const TITLECASE_LETTER: u8 = 3;
    pub(crate) const MODIFIER_LETTER: u8 = 4;
    pub(crate) const OTHER_LETTER: u8 = 5;
    pub(crate) const NON_SPACING_MARK: u8 = 6;
    pub(crate) const ENCLOSING_MARK: u8 = 7;
    pub(crate) const COMBINING_SPACING_MARK: u8 = 8;
    pub(crate) const DECIMAL_DIGIT_NUMBER: u8 = 9;
    pub(crate) const LETTER_NUMBER: u8 = 10;
    pub(crate) const OTHER_NUMBER: u8 = 11;
    pub(crate) const SPACE_SEPARATOR: u8 = 12;
    pub(crate) const LINE_SEPARATOR: u8 = 13;
    pub(crate) const PARAGRAPH_SEPARATOR: u8 = 14;
    pub(crate) const CONTROL: u8 = 15;
    pub(crate) const FORMAT: u8 = 16;
    pub(crate) const PRIVATE_USE: u8 = 18;
    pub(crate) const SURROGATE: u8 = 19;
    pub(crate) const DASH_PUNCTUATION: u8 = 20;
    pub(crate) const START_PUNCTUATION: u8 = 21;
    pub(crate) const END_PUNCTUATION: u8 = 22;
    pub(crate) const CONNECTOR_PUNCTUATION: u8 = 23;
    pub(crate) const OTHER_PUNCTUATION: u8 = 24;
    pub(crate) const MATH_SYMBOL: u8 = 25;
    pub(crate) const CURRENCY_SYMBOL: u8 = 26;
    pub(crate) const MODIFIER_SYMBOL: u8 = 27;
    pub(crate) const OTHER_SYMBOL: u8 = 28;
    pub(crate) const INITIAL_QUOTE_PUNCTUATION: u8 = 29;
    pub(crate) const FINAL_QUOTE_PUNCTUATION: u8 = 30;
}

/// A property that does not follow from the general category; its value is its bit in a [`Record`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum Property {
    Alphabetic = 1 << 9,
    Ideographic = 1 << 10,
    LowerCase = 1 << 11,
    UpperCase = 1 << 12,
    Mirrored = 1 << 13,
    JavaIdentifierStart = 1 << 14,
    JavaIdentifierPart = 1 << 15,
    UnicodeIdentifierStart = 1 << 16,
    UnicodeIdentifierPart = 1 << 17,
    IdentifierIgnorable = 1 << 18,
    /// `Character.isWhitespace`: no no-break spaces, but U+001C to U+001F.
    Whitespace = 1 << 19,
}

/// Types of code points in the rules for extended grapheme clusters, numbered as JDK 17 does.
pub(crate) mod grapheme {
    pub(crate) const CR: u8 = 1;
    pub(crate) const LF: u8 = 2;
    pub(crate) const CONTROL: u8 = 3;
    pub(crate) const EXTEND: u8 = 4;
    pub(crate) const ZWJ: u8 = 5;
    pub(crate) const REGIONAL_INDICATOR: u8 = 6;
    pub(crate) const PREPEND: u8 = 7;
    pub(crate) const SPACING_MARK: u8 = 8;
    pub(crate) const L: u8 = 9;
    pub(crate) const V: u8 = 10;
    pub(crate) const T: u8 = 11;
    pub(crate) const LV: u8 = 12;
    pub(crate) const LVT: u8 = 13;
    pub(crate) const EXTENDED_PICTOGRAPHIC: u8 = 14;
}

/// All that the tables say of one code point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Record(u32);

/// The record of a code point; that of an unassigned one for what is no code point.
pub(crate) fn record(c: u32) -> Record {
    let page = (c >> 8) as usize;
    let (from, to) = match PAGES.get(page) {
        Some(&from) => (
            usize::from(from),
            PAGES.get(page + 1).map_or(RUNS.len(), |&next| usize::from(next) + 1),
        ),
        None => (usize::from(PAGES[PAGES.len() - 1]), RUNS.len()),
    };
    let runs = &RUNS[from..to];
    let run = runs.partition_point(|&run| run >> 7 <= c).saturating_sub(1);
    Record(RECORDS[(runs[run] & 0x7f) as usize])
}

impl Record {
    /// `Character.getType`; see [`category`].
    pub(crate) fn category(self) -> u8 {
        (self.0 & 0x1f) as u8
    }

    /// Whether the category is in `mask`, a set of `1 << category`.
    pub(crate) fn in_categories(self, mask: u32) -> bool {
        mask >> self.category() & 1 != 0
    }

    pub(crate) fn has(self, property: Property) -> bool {
        self.0 & property as u32 != 0
    }
}

/// The type of a code point in the rules for grapheme clusters; see [`grapheme`].
pub(crate) fn grapheme_type(c: u32) -> u8 {
    match c {
        0xac00..=0xd7a3 if (c - 0xac00).is_multiple_of(28) => grapheme::LV,
        0xac00..=0xd7a3 => grapheme::LVT,
        _ => (record(c).0 >> 5 & 0xf) as u8,
    }
}

/// `Character.isLetter`.
pub(crate) fn is_letter(c: u32) -> bool {
    record(c).in_categories(LETTERS)
}

/// `Character.isLetterOrDigit`.
pub(crate) fn is_letter_or_digit(c: u32) -> bool {
    record(c).in_categories(LETTERS | 1 << category::DECIMAL_DIGIT_NUMBER)
}

/// The categories of letters, as a set for [`Record::in_categories`].
pub(crate) const LETTERS: u32 = 1 << category::UPPERCASE_LETTER
    | 1 << category::LOWERCASE_LETTER
    | 1 << category::TITLECASE_LETTER
    | 1 << category::MODIFIER_LETTER
    | 1 << category::OTHER_LETTER;

/// `Character.toUpperCase`: one code point for one.
pub(crate) fn to_upper(c: u32) -> u32 {
    match c {
        0x61..=0x7a => c - 0x20,
        0..=0x7f => c,
        _ => mapped(&UPPER, c),
    }
}

/// `Character.toLowerCase`: one code point for one.
pub(crate) fn to_lower(c: u32) -> u32 {
    match c {
        0x41..=0x5a => c + 0x20,
        0..=0x7f => c,
        _ => mapped(&LOWER, c),
    }
}

/// What `String.toUpperCase` makes of `c`, if that is not what [`to_upper`] gives.
pub(crate) fn full_upper(c: char) -> Option<&'static str> {
    let at = FULL_UPPER.binary_search_by_key(&c, |&(c, _)| c).ok()?;
    Some(FULL_UPPER[at].1)
}

fn mapped(table: &[(u32, u32, u32, i32)], c: u32) -> u32 {
    let at = table.partition_point(|&(_, last, ..)| last < c);
    match table.get(at) {
        Some(&(first, _, step, distance)) if first <= c && (c - first).is_multiple_of(step) => {
            c.wrapping_add_signed(distance)
        }
        _ => c,
    }
}

/// The number of a code point's script.
pub(crate) fn script(c: u32) -> u8 {
    let run = SCRIPTS.partition_point(|&run| run >> 8 <= c).saturating_sub(1);
    SCRIPTS[run] as u8
}

/// `UnicodeScript.forName`: by full name or ISO 15924 code, in any case.
pub(crate) fn script_by_name(name: &str) -> Option<u8> {
    let name = upper_name(name)?;
    let at = SCRIPT_NAMES.binary_search_by_key(&name.as_str(), |&(name, _)| name).ok()?;
    Some(SCRIPT_NAMES[at].1)
}

/// `UnicodeBlock.forName`: first and last code point of a block, its name in any case.
pub(crate) fn block_by_name(name: &str) -> Option<(u32, u32)> {
    let name = upper_name(name)?;
    let spells = |block: &str, spaced: bool| {
        let joined = || block.bytes().filter(|&b| b != b' ').eq(name.bytes());
        let underscored =
            || block.bytes().map(|b| if b == b' ' { b'_' } else { b }).eq(name.bytes());
        block == name || spaced && (joined() || underscored())
    };
    let &(_, first, last, _) =
        BLOCKS.iter().find(|&&(block, _, _, spaced)| spells(block, spaced))?;
    Some((first, last))
}

/// The name in upper case, or nothing for what is certainly no name.
fn upper_name(name: &str) -> Option<String> {
    // Java changes case by the full mapping: `ﬁ` and `ı` find names too.
    (name.len() <= 64).then(|| name.to_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn fnv(values: impl Iterator<Item = u8>) -> u64 {
        values.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3)
        })
    }

    fn over_all(f: impl Fn(u32) -> u32) -> u64 {
        fnv((0..0x11_0000).flat_map(|c| f(c).to_le_bytes()))
    }

    #[test]
    fn all_code_points_are_as_in_the_jdk() {
        let full_record = |c| record(c).0 & !(15 << 5) | u32::from(grapheme_type(c)) << 5;
        let checks = [
            over_all(full_record),
            over_all(|c| u32::from(script(c))),
            over_all(to_upper),
            over_all(to_lower),
        ];
        assert_eq!(checks, tables::CHECKS);
    }

    #[test]
    fn names_of_blocks_are_as_in_the_jdk() {
        let mut names = BTreeMap::new();
        for &(block, first, last, spaced) in &BLOCKS {
            names.insert(block.to_owned(), (first, last));
            if spaced {
                names.insert(block.replace(' ', ""), (first, last));
                names.insert(block.replace(' ', "_"), (first, last));
            }
        }
        for (name, range) in &names {
            assert_eq!(block_by_name(name), Some(*range), "{name}");
        }
        let text: String =
            names.iter().map(|(name, (first, last))| format!("{name}{first}{last}")).collect();
        assert_eq!((names.len(), fnv(text.bytes())), tables::BLOCK_CHECK);
    }

    #[test]
    fn names_in_any_case() {
        assert_eq!(script_by_name("latin"), script_by_name("Latn"));
        assert_eq!(script_by_name("GREEK").map(|id| script(0x3b1) == id), Some(true));
        assert_eq!(script_by_name("Klingon"), None);
        assert_eq!(block_by_name("Basic_Latin"), Some((0, 0x7f)));
        assert_eq!(block_by_name("Basic-Latin"), None);
    }
}
