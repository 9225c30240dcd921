//! Sets of code points: `[a-z&&[^x]]`, `\d`, `\p{Lu}`.

use std::sync::Arc;

use crate::format::unicode::{self, LETTERS, Property, category::*, record};

/// A set, as bracket expressions build it: members joined and intersected one after another.
#[derive(Clone, Debug)]
pub(super) struct Class {
    steps: Vec<(Join, Item)>,
    /// The members below U+0100 that were written one by one. Java collects them in one object, so
    /// a member written after `&&` also counts where earlier ones were joined.
    listed: [u128; 2],
    negated: bool,
    /// Whether Java knows that no supplementary character is in the set.
    bmp: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Join {
    Union,
    Intersection,
}

#[derive(Clone, Debug)]
pub(super) enum Item {
    /// The class's members in `listed`.
    Listed,
    One(u32),
    /// Either of two, a letter of ASCII in both cases.
    Pair(u32, u32),
    /// All with this folded form.
    Folded(u32),
    Range(u32, u32),
    /// A range for which the letters of ASCII count in both cases.
    AsciiFoldedRange(u32, u32),
    FoldedRange(u32, u32),
    /// Members of ASCII, a bit each.
    Ascii(u128),
    /// General categories: a set of `1 << category`.
    Categories(u32),
    Property(Property),
    Script(u8),
    Test(fn(u32) -> bool),
    Class(Arc<Class>),
    Nothing,
}

impl Item {
    fn has(&self, c: u32, class: &Class) -> bool {
        let within = |c, first: &u32, last: &u32| (*first..=*last).contains(&c);
        match self {
            Item::Listed => c < 256 && class.listed[(c >> 7) as usize] >> (c & 127) & 1 != 0,
            Item::One(one) => c == *one,
            Item::Pair(one, other) => c == *one || c == *other,
            Item::Folded(lower) => c == *lower || fold(c) == *lower,
            Item::Range(first, last) => within(c, first, last),
            Item::AsciiFoldedRange(first, last) => {
                within(c, first, last)
                    || c < 128
                        && (within(u32::from((c as u8).to_ascii_uppercase()), first, last)
                            || within(u32::from((c as u8).to_ascii_lowercase()), first, last))
            }
            Item::FoldedRange(first, last) => {
                let upper = unicode::to_upper(c);
                within(c, first, last)
                    || within(upper, first, last)
                    || within(unicode::to_lower(upper), first, last)
            }
            Item::Ascii(bits) => c < 128 && bits >> c & 1 != 0,
            Item::Categories(mask) => record(c).in_categories(*mask),
            Item::Property(property) => record(c).has(*property),
            Item::Script(script) => unicode::script(c) == *script,
            Item::Test(test) => test(c),
            Item::Class(class) => class.has(c),
            Item::Nothing => false,
        }
    }

    fn is_bmp(&self) -> bool {
        match self {
            Item::Listed | Item::Pair(..) | Item::Ascii(_) | Item::Nothing => true,
            Item::One(c) => !is_supplementary(*c),
            Item::Range(first, last) => *last < 0xd800 || *first > 0xdfff && *last < 0x1_0000,
            Item::Class(class) => class.bmp,
            _ => false,
        }
    }

    pub(super) fn into_class(self) -> Class {
        let mut class = Class::new();
        class.push(Join::Union, self);
        class
    }

    /// All but these.
    pub(super) fn negate(self) -> Class {
        let mut class = self.into_class();
        class.negate();
        class
    }
}

impl From<Class> for Item {
    fn from(class: Class) -> Self {
        Item::Class(Arc::new(class))
    }
}

impl Class {
    pub(super) fn new() -> Self {
        Class { steps: Vec::new(), listed: [0; 2], negated: false, bmp: true }
    }

    pub(super) fn push(&mut self, join: Join, item: Item) {
        self.bmp &= item.is_bmp();
        self.steps.push((join, item));
    }

    /// Adds to the members written one by one; [`Item::Listed`] stands for them.
    pub(super) fn list(&mut self, c: u32) {
        if c < 256 {
            self.listed[(c >> 7) as usize] |= 1 << (c & 127);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    pub(super) fn negate(&mut self) {
        self.negated = !self.negated;
        self.bmp = false;
    }

    pub(super) fn is_bmp(&self) -> bool {
        self.bmp
    }

    pub(super) fn has(&self, c: u32) -> bool {
        let found = self.steps.iter().fold(false, |found, (join, item)| match join {
            Join::Union => found || item.has(c, self),
            Join::Intersection => found && item.has(c, self),
        });
        found != self.negated
    }

    /// The number of items, those of inner classes counted.
    pub(super) fn weight(&self) -> usize {
        let weight = |item: &Item| match item {
            Item::Class(class) => class.weight(),
            _ => 1,
        };
        self.steps.iter().fold(0, |sum, (_, item)| sum.saturating_add(weight(item)))
    }

    /// The one code point of the set, if it was written as that.
    pub(super) fn single(&self) -> Option<u32> {
        match self.steps.as_slice() {
            [(Join::Union, Item::One(c))] if !self.negated => Some(*c),
            _ => None,
        }
    }
}

/// A code point that Java handles as a pair or half of one.
pub(super) fn is_supplementary(c: u32) -> bool {
    c >= 0x1_0000 || (0xd800..0xe000).contains(&c)
}

/// The form in which code points are equal to `u`, in any case.
pub(super) fn fold(c: u32) -> u32 {
    unicode::to_lower(unicode::to_upper(c))
}

/// The characters of ASCII that a test accepts.
fn ascii_bits(test: fn(&u8) -> bool) -> Item {
    Item::Ascii((0..128u8).filter(test).fold(0, |bits, c| bits | 1 << c))
}

/// `\d`, `\s` and `\w`, each for ASCII or for Unicode.
pub(super) fn digit(unicode: bool) -> Item {
    if unicode {
        Item::Categories(1 << DECIMAL_DIGIT_NUMBER)
    } else {
        ascii_bits(u8::is_ascii_digit)
    }
}

pub(super) fn space(unicode: bool) -> Item {
    if unicode { Item::Test(is_white_space) } else { ascii_bits(|c| matches!(c, 9..=13 | b' ')) }
}

pub(super) fn word(unicode: bool) -> Item {
    if unicode {
        Item::Test(is_word)
    } else {
        ascii_bits(|c| c.is_ascii_alphanumeric() || *c == b'_')
    }
}

/// `\v`.
pub(super) fn vertical_space() -> Item {
    bmp(Item::Test(|c| matches!(c, 0x0a..=0x0d | 0x85 | 0x2028 | 0x2029)))
}

/// `\h`.
pub(super) fn horizontal_space() -> Item {
    bmp(Item::Test(|c| {
        matches!(
            c,
            0x09 | 0x20 | 0xa0 | 0x1680 | 0x180e | 0x2000..=0x200a | 0x202f | 0x205f | 0x3000
        )
    }))
}

/// An item of which Java knows that it has no supplementary characters.
fn bmp(item: Item) -> Item {
    let mut class = item.into_class();
    class.bmp = true;
    Item::from(class)
}

/// `.` without and with `d`.
pub(super) fn dot(unix_lines: bool) -> Item {
    if unix_lines { Item::Test(|c| c != 0x0a) } else { Item::Test(|c| !is_line_terminator(c)) }
}

pub(super) fn any() -> Item {
    Item::Range(0, 0x10_ffff)
}

pub(super) fn is_line_terminator(c: u32) -> bool {
    matches!(c, 0x0a | 0x0d | 0x85 | 0x2028 | 0x2029)
}

fn is_white_space(c: u32) -> bool {
    matches!(c, 0x09..=0x0d | 0x85) || record(c).in_categories(SPACES)
}

/// A word character with the flag `U`.
pub(super) fn is_word(c: u32) -> bool {
    let record = record(c);
    record.has(Property::Alphabetic)
        || record.in_categories(MARKS | 1 << DECIMAL_DIGIT_NUMBER | 1 << CONNECTOR_PUNCTUATION)
        || matches!(c, 0x200c | 0x200d)
}

fn is_graph(c: u32) -> bool {
    !record(c).in_categories(SPACES | 1 << CONTROL | 1 << SURROGATE | 1 << UNASSIGNED)
}

fn is_blank(c: u32) -> bool {
    c == 9 || record(c).in_categories(1 << SPACE_SEPARATOR)
}

fn is_hex_digit(c: u32) -> bool {
    let latin = if c >= 0xff00 { c.wrapping_sub(0xfee0) } else { c };
    record(c).in_categories(1 << DECIMAL_DIGIT_NUMBER)
        || matches!(latin, 0x30..=0x39 | 0x41..=0x46 | 0x61..=0x66) && c < 0x1_0000
}

const SPACES: u32 = 1 << SPACE_SEPARATOR | 1 << LINE_SEPARATOR | 1 << PARAGRAPH_SEPARATOR;
const MARKS: u32 = 1 << NON_SPACING_MARK | 1 << ENCLOSING_MARK | 1 << COMBINING_SPACING_MARK;
const CASED: u32 = 1 << UPPERCASE_LETTER | 1 << LOWERCASE_LETTER | 1 << TITLECASE_LETTER;
const PUNCTUATION: u32 = 1 << DASH_PUNCTUATION
    | 1 << START_PUNCTUATION
    | 1 << END_PUNCTUATION
    | 1 << CONNECTOR_PUNCTUATION
    | 1 << OTHER_PUNCTUATION
    | 1 << INITIAL_QUOTE_PUNCTUATION
    | 1 << FINAL_QUOTE_PUNCTUATION;

/// Letters that have case, or a title case: what `i` makes of `\p{Lower}` and the like.
fn in_any_case(c: u32) -> bool {
    let record = record(c);
    record.has(Property::LowerCase)
        || record.has(Property::UpperCase)
        || record.in_categories(1 << TITLECASE_LETTER)
}

/// `\p{InName}`: a block, which Java takes to have supplementary characters.
pub(super) fn block(name: &str) -> Option<Item> {
    let (first, last) = unicode::block_by_name(name)?;
    let mut class = Item::Range(first, last).into_class();
    class.bmp = false;
    Some(Item::from(class))
}

pub(super) fn script(name: &str) -> Option<Item> {
    unicode::script_by_name(name).map(Item::Script)
}

/// A property of case, which the flag `i` widens.
fn case(property: Property, ignore_case: bool) -> Item {
    if ignore_case { Item::Test(in_any_case) } else { Item::Property(property) }
}

fn title_case(ignore_case: bool) -> Item {
    if ignore_case { Item::Test(in_any_case) } else { Item::Categories(1 << TITLECASE_LETTER) }
}

/// `\p{name}` with the flag `U`, and `\p{IsName}`: the POSIX classes, for Unicode.
pub(super) fn posix_property(name: &str, ignore_case: bool) -> Option<Item> {
    Some(match name.to_uppercase().as_str() {
        "ALPHA" => Item::Property(Property::Alphabetic),
        "LOWER" => case(Property::LowerCase, ignore_case),
        "UPPER" => case(Property::UpperCase, ignore_case),
        "SPACE" => Item::Test(is_white_space),
        "PUNCT" => Item::Categories(PUNCTUATION),
        "XDIGIT" => Item::Test(is_hex_digit),
        "ALNUM" => Item::Test(|c| {
            record(c).has(Property::Alphabetic)
                || record(c).in_categories(1 << DECIMAL_DIGIT_NUMBER)
        }),
        "CNTRL" => Item::Categories(1 << CONTROL),
        "DIGIT" => Item::Categories(1 << DECIMAL_DIGIT_NUMBER),
        "BLANK" => Item::Test(is_blank),
        "GRAPH" => Item::Test(is_graph),
        "PRINT" => {
            Item::Test(|c| (is_graph(c) || is_blank(c)) && !record(c).in_categories(1 << CONTROL))
        }
        _ => return None,
    })
}

/// `\p{IsName}`: binary properties of Unicode.
pub(super) fn unicode_property(name: &str, ignore_case: bool) -> Option<Item> {
    Some(match name.to_uppercase().as_str() {
        "ALPHABETIC" => Item::Property(Property::Alphabetic),
        "ASSIGNED" => Item::Categories(!(1 << UNASSIGNED)),
        "CONTROL" => Item::Categories(1 << CONTROL),
        "HEXDIGIT" | "HEX_DIGIT" => Item::Test(is_hex_digit),
        "IDEOGRAPHIC" => Item::Property(Property::Ideographic),
        "JOINCONTROL" | "JOIN_CONTROL" => Item::Test(|c| matches!(c, 0x200c | 0x200d)),
        "LETTER" => Item::Categories(LETTERS),
        "LOWERCASE" => case(Property::LowerCase, ignore_case),
        "NONCHARACTERCODEPOINT" | "NONCHARACTER_CODE_POINT" => {
            Item::Test(|c| c & 0xfffe == 0xfffe || (0xfdd0..=0xfdef).contains(&c))
        }
        "TITLECASE" => title_case(ignore_case),
        "PUNCTUATION" => Item::Categories(PUNCTUATION),
        "UPPERCASE" => case(Property::UpperCase, ignore_case),
        "WHITESPACE" | "WHITE_SPACE" => Item::Test(is_white_space),
        "WORD" => Item::Test(is_word),
        _ => return posix_property(name, ignore_case),
    })
}

/// `\p{name}`: general categories, POSIX classes for ASCII, and tests of `java.lang.Character`.
pub(super) fn property(name: &str, ignore_case: bool) -> Option<Item> {
    if let Some(java) = name.strip_prefix("java") {
        return java_property(java, ignore_case);
    }
    if let Some(mask) = categories(name, ignore_case) {
        return Some(Item::Categories(mask));
    }
    Some(match name {
        "L1" => Item::Range(0, 0xff),
        "all" => any(),
        "ASCII" => Item::Range(0, 0x7f),
        "Alnum" => ascii_bits(u8::is_ascii_alphanumeric),
        "Alpha" => ascii_bits(u8::is_ascii_alphabetic),
        "Blank" => ascii_bits(|c| matches!(c, b' ' | b'\t')),
        "Cntrl" => ascii_bits(u8::is_ascii_control),
        "Digit" => Item::Range(0x30, 0x39),
        "Graph" => ascii_bits(u8::is_ascii_graphic),
        "Lower" if ignore_case => ascii_bits(u8::is_ascii_alphabetic),
        "Lower" => Item::Range(0x61, 0x7a),
        "Print" => Item::Range(0x20, 0x7e),
        "Punct" => ascii_bits(u8::is_ascii_punctuation),
        "Space" => space(false),
        "Upper" if ignore_case => ascii_bits(u8::is_ascii_alphabetic),
        "Upper" => Item::Range(0x41, 0x5a),
        "XDigit" => ascii_bits(u8::is_ascii_hexdigit),
        _ => return None,
    })
}

fn java_property(name: &str, ignore_case: bool) -> Option<Item> {
    Some(match name {
        "LowerCase" => case(Property::LowerCase, ignore_case),
        "UpperCase" => case(Property::UpperCase, ignore_case),
        "Alphabetic" => Item::Property(Property::Alphabetic),
        "Ideographic" => Item::Property(Property::Ideographic),
        "TitleCase" => title_case(ignore_case),
        "Digit" => Item::Categories(1 << DECIMAL_DIGIT_NUMBER),
        "Defined" => Item::Categories(!(1 << UNASSIGNED)),
        "Letter" => Item::Categories(LETTERS),
        "LetterOrDigit" => Item::Categories(LETTERS | 1 << DECIMAL_DIGIT_NUMBER),
        "JavaIdentifierStart" => Item::Property(Property::JavaIdentifierStart),
        "JavaIdentifierPart" => Item::Property(Property::JavaIdentifierPart),
        "UnicodeIdentifierStart" => Item::Property(Property::UnicodeIdentifierStart),
        "UnicodeIdentifierPart" => Item::Property(Property::UnicodeIdentifierPart),
        "IdentifierIgnorable" => Item::Property(Property::IdentifierIgnorable),
        "SpaceChar" => Item::Categories(SPACES),
        "Whitespace" => Item::Property(Property::Whitespace),
        "ISOControl" => Item::Test(|c| matches!(c, 0..=0x1f | 0x7f..=0x9f)),
        "Mirrored" => Item::Property(Property::Mirrored),
        _ => return None,
    })
}

fn categories(name: &str, ignore_case: bool) -> Option<u32> {
    Some(match name {
        "Lu" | "Ll" | "Lt" if ignore_case => CASED,
        "Lu" => 1 << UPPERCASE_LETTER,
        "Ll" => 1 << LOWERCASE_LETTER,
        "Lt" => 1 << TITLECASE_LETTER,
        "Lm" => 1 << MODIFIER_LETTER,
        "Lo" => 1 << OTHER_LETTER,
        "Mn" => 1 << NON_SPACING_MARK,
        "Me" => 1 << ENCLOSING_MARK,
        "Mc" => 1 << COMBINING_SPACING_MARK,
        "Nd" => 1 << DECIMAL_DIGIT_NUMBER,
        "Nl" => 1 << LETTER_NUMBER,
        "No" => 1 << OTHER_NUMBER,
        "Zs" => 1 << SPACE_SEPARATOR,
        "Zl" => 1 << LINE_SEPARATOR,
        "Zp" => 1 << PARAGRAPH_SEPARATOR,
        "Cc" => 1 << CONTROL,
        "Cf" => 1 << FORMAT,
        "Co" => 1 << PRIVATE_USE,
        "Cs" => 1 << SURROGATE,
        "Cn" => 1 << UNASSIGNED,
        "Pd" => 1 << DASH_PUNCTUATION,
        "Ps" => 1 << START_PUNCTUATION,
        "Pe" => 1 << END_PUNCTUATION,
        "Pc" => 1 << CONNECTOR_PUNCTUATION,
        "Po" => 1 << OTHER_PUNCTUATION,
        "Pi" => 1 << INITIAL_QUOTE_PUNCTUATION,
        "Pf" => 1 << FINAL_QUOTE_PUNCTUATION,
        "Sm" => 1 << MATH_SYMBOL,
        "Sc" => 1 << CURRENCY_SYMBOL,
        "Sk" => 1 << MODIFIER_SYMBOL,
        "So" => 1 << OTHER_SYMBOL,
        "L" => LETTERS,
        "M" => MARKS,
        "N" => 1 << DECIMAL_DIGIT_NUMBER | 1 << LETTER_NUMBER | 1 << OTHER_NUMBER,
        "Z" => SPACES,
        "C" => 1 << CONTROL | 1 << FORMAT | 1 << PRIVATE_USE | 1 << SURROGATE | 1 << UNASSIGNED,
        "P" => PUNCTUATION,
        "S" => 1 << MATH_SYMBOL | 1 << CURRENCY_SYMBOL | 1 << MODIFIER_SYMBOL | 1 << OTHER_SYMBOL,
        "LC" => CASED,
        "LD" => LETTERS | 1 << DECIMAL_DIGIT_NUMBER,
        _ => return None,
    })
}
