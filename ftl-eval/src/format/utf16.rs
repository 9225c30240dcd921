//! Java's view of text, UTF-16 units, over `&str`; and `String`'s and `Character`'s changes of case.
//!
//! FreeMarker counts and cuts text in UTF-16 units, and may cut between the two halves of a
//! supplementary character. A `str` cannot hold half a character, so a half that has been cut off
//! becomes `?`, as Java writes it in UTF-8. The one difference that can be seen: two halves put
//! together again by the template stay `??`.
//!
//! A **position** in text is a byte offset at which a character starts or the text ends, or the
//! point between the halves of a supplementary character, which is the offset of the character
//! plus 2.

use std::borrow::Cow;

use super::locale::Locale;
use super::unicode::{self, Property, category};
use unicode_normalization::char::canonical_combining_class;

/// `String.length()`.
pub(crate) fn len16(text: &str) -> usize {
    if text.is_ascii() {
        return text.len();
    }
    text.bytes().map(units_led_by).sum()
}

/// How many UTF-16 units the character has that starts with `byte`: none for a later byte of one.
fn units_led_by(byte: u8) -> usize {
    usize::from(byte & 0xc0 != 0x80) + usize::from(byte >= 0xf0)
}

/// The position of the UTF-16 unit `index`; nothing if the text is shorter.
pub(crate) fn position(text: &str, index: usize) -> Option<usize> {
    if text.is_ascii() {
        return (index <= text.len()).then_some(index);
    }
    let mut units = 0;
    for (at, byte) in text.bytes().enumerate() {
        let here = units_led_by(byte);
        if units == index && here > 0 {
            return Some(at);
        }
        units += here;
        if units > index {
            // Only the second half of a pair can be passed.
            return Some(at + 2);
        }
    }
    (units == index).then_some(text.len())
}

/// The UTF-16 index of a position.
pub(crate) fn index16(text: &str, position: usize) -> usize {
    let position = position.min(text.len());
    let head = &text.as_bytes()[..position];
    // Between two halves both of them have been counted.
    len_of_bytes(head) - usize::from(is_between_halves(text, position))
}

fn len_of_bytes(bytes: &[u8]) -> usize {
    if bytes.is_ascii() {
        return bytes.len();
    }
    bytes.iter().map(|&byte| units_led_by(byte)).sum()
}

/// Whether a position is the one inside a supplementary character.
pub(crate) fn is_between_halves(text: &str, position: usize) -> bool {
    !text.is_char_boundary(position)
}

/// The text between two positions, halves cut off at its ends as `?`.
pub(crate) fn slice(text: &str, from: usize, to: usize) -> Cow<'_, str> {
    if let Some(whole) = text.get(from..to) {
        return Cow::Borrowed(whole);
    }
    if from >= to {
        return Cow::Borrowed("");
    }
    let mut out = String::with_capacity(to - from);
    let mut joiner = Joiner::new(&mut out);
    joiner.push_slice(text, from, to);
    joiner.finish();
    Cow::Owned(out)
}

/// `String.substring`, halves cut off as `?`; nothing if the indexes do not fit the text.
pub(crate) fn slice16(text: &str, from: usize, to: usize) -> Option<Cow<'_, str>> {
    if from > to {
        return None;
    }
    let start = position(text, from)?;
    let rest = position(
        &text[floor(text, start)..],
        to - from + usize::from(is_between_halves(text, start)),
    )?;
    Some(slice(text, start, floor(text, start) + rest))
}

/// The start of the character that a position is in.
fn floor(text: &str, position: usize) -> usize {
    if is_between_halves(text, position) { position - 2 } else { position }
}

/// `String.indexOf(part, from)`: UTF-16 indexes.
pub(crate) fn index_of16(text: &str, part: &str, from: usize) -> Option<usize> {
    let start = position(text, from)?;
    // A whole character cannot begin at the second half of another.
    let start = if is_between_halves(text, start) { start + 2 } else { start };
    match text[start..].find(part) {
        Some(_) if part.is_empty() => Some(from),
        found => found.map(|at| index16(text, start + at)),
    }
}

/// `String.lastIndexOf(part, from)`: the last occurrence that starts at or before `from`.
pub(crate) fn last_index_of16(text: &str, part: &str, from: usize) -> Option<usize> {
    let Some(last) = position(text, from) else {
        return if part.is_empty() {
            Some(len16(text))
        } else {
            text.rfind(part).map(|at| index16(text, at))
        };
    };
    if part.is_empty() {
        return Some(from);
    }
    let mut end = (floor(text, last) + part.len()).min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].rfind(part).map(|at| index16(text, at))
}

/// Puts slices of text together, and halves of characters where they meet again.
pub(crate) struct Joiner<'o> {
    out: &'o mut String,
    /// A first half at the end, until it is known what follows.
    half: Option<u32>,
}

impl<'o> Joiner<'o> {
    pub(crate) fn new(out: &'o mut String) -> Self {
        Joiner { out, half: None }
    }

    pub(crate) fn push_str(&mut self, text: &str) {
        if !text.is_empty() {
            self.settle();
            self.out.push_str(text);
        }
    }

    /// Adds the text between two positions.
    pub(crate) fn push_slice(&mut self, text: &str, from: usize, to: usize) {
        if from >= to {
            return;
        }
        let mut from = from;
        if is_between_halves(text, from) {
            let (_, low) = surrogates(text, from - 2);
            self.push_low(low);
            from += 2;
        }
        let end = floor(text, to);
        self.push_str(text.get(from..end).unwrap_or_default());
        if end < to {
            self.settle();
            self.half = Some(surrogates(text, end).0);
        }
    }

    /// Adds one UTF-16 unit, which may be half a character.
    pub(crate) fn push_unit(&mut self, unit: u16) {
        match char::from_u32(unit.into()) {
            Some(whole) => {
                self.settle();
                self.out.push(whole);
            }
            None if unit < 0xdc00 => {
                self.settle();
                self.half = Some(unit.into());
            }
            None => self.push_low(unit.into()),
        }
    }

    fn push_low(&mut self, low: u32) {
        let joined =
            self.half.take().map(|high| 0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00));
        self.out.push(joined.and_then(char::from_u32).unwrap_or('?'));
    }

    fn settle(&mut self) {
        if self.half.take().is_some() {
            self.out.push('?');
        }
    }

    pub(crate) fn finish(mut self) {
        self.settle();
    }

    /// The length so far, in bytes.
    pub(crate) fn len(&self) -> usize {
        self.out.len()
    }
}

/// The halves of the supplementary character that starts at a position.
fn surrogates(text: &str, position: usize) -> (u32, u32) {
    let c = text[position..].chars().next().map_or(0x1_0000, u32::from).saturating_sub(0x1_0000);
    (0xd800 + (c >> 10), 0xdc00 + (c & 0x3ff))
}

/// `Character.isWhitespace`.
pub(crate) fn is_whitespace(c: char) -> bool {
    match c {
        '\t'..='\r' | '\u{1c}'..=' ' => true,
        ..='\u{7f}' => false,
        _ => unicode::record(c.into()).has(Property::Whitespace),
    }
}

/// `Character.isLetter`.
pub(crate) fn is_letter(c: char) -> bool {
    c.is_ascii_alphabetic() || !c.is_ascii() && unicode::is_letter(c.into())
}

/// `String.trim`: takes off what is not above a blank at both ends.
pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches(|c| c <= ' ')
}

/// `Character.toUpperCase(char)`: one character for one; supplementary ones, being two `char`s, stay.
pub(crate) fn upper_char(c: char) -> char {
    one_char(c, unicode::to_upper)
}

/// `Character.toLowerCase(char)`: one character for one; supplementary ones, being two `char`s, stay.
pub(crate) fn lower_char(c: char) -> char {
    one_char(c, unicode::to_lower)
}

fn one_char(c: char, map: fn(u32) -> u32) -> char {
    if c > '\u{ffff}' { c } else { char::from_u32(map(c.into())).unwrap_or(c) }
}

/// `String.toUpperCase(Locale)`, added to `out`.
pub(crate) fn upper_case(text: &str, locale: &Locale, out: &mut String) {
    out.reserve(text.len());
    let special = Special::of(locale);
    if special == Special::None && text.is_ascii() {
        out.extend(text.bytes().map(|byte| char::from(byte.to_ascii_uppercase())));
        return;
    }
    for (at, c) in text.char_indices() {
        match (special, c) {
            (Special::Turkic, 'i') => out.push('İ'),
            (Special::Lithuanian, '\u{307}') if after(text, at, is_soft_dotted) => (),
            _ => match unicode::full_upper(c) {
                Some(full) => out.push_str(full),
                None => out.push(char::from_u32(unicode::to_upper(c.into())).unwrap_or(c)),
            },
        }
    }
}

/// `String.toLowerCase(Locale)`, added to `out`.
pub(crate) fn lower_case(text: &str, locale: &Locale, out: &mut String) {
    out.reserve(text.len());
    let special = Special::of(locale);
    if special == Special::None && text.is_ascii() {
        out.extend(text.bytes().map(|byte| char::from(byte.to_ascii_lowercase())));
        return;
    }
    for (at, c) in text.char_indices() {
        let next = at + c.len_utf8();
        match (special, c) {
            (_, 'Σ') => out.push(if is_final(text, at, next) { 'ς' } else { 'σ' }),
            (Special::Turkic, 'İ') => out.push('i'),
            (_, 'İ') => out.push_str("i\u{307}"),
            (Special::Turkic, 'I') if !before_dot(text, next) => out.push('ı'),
            (Special::Turkic, '\u{307}') if after(text, at, |c| c == 'I') => (),
            (Special::Lithuanian, 'I' | 'J' | 'Į') if before_mark_above(text, next) => {
                out.push(lower(c));
                out.push('\u{307}');
            }
            (Special::Lithuanian, 'Ì') => out.push_str("i\u{307}\u{300}"),
            (Special::Lithuanian, 'Í') => out.push_str("i\u{307}\u{301}"),
            (Special::Lithuanian, 'Ĩ') => out.push_str("i\u{307}\u{303}"),
            _ => out.push(lower(c)),
        }
    }
}

fn lower(c: char) -> char {
    char::from_u32(unicode::to_lower(c.into())).unwrap_or(c)
}

/// Languages in which letters change case by rules of their own.
#[derive(Clone, Copy, PartialEq)]
enum Special {
    None,
    /// Turkish and Azeri: dotted and dotless i are two letters.
    Turkic,
    /// The dot of i and j stays under accents.
    Lithuanian,
}

impl Special {
    fn of(locale: &Locale) -> Self {
        match locale.language() {
            "tr" | "az" => Special::Turkic,
            "lt" => Special::Lithuanian,
            _ => Special::None,
        }
    }
}

/// Whether a character `wanted` comes before `at`, with at most marks not above it between.
fn after(text: &str, at: usize, wanted: fn(char) -> bool) -> bool {
    for c in text[..at].chars().rev() {
        if wanted(c) {
            return true;
        }
        if matches!(canonical_combining_class(c), 0 | 230) {
            return false;
        }
    }
    false
}

fn before_dot(text: &str, next: usize) -> bool {
    for c in text[next..].chars() {
        if c == '\u{307}' {
            return true;
        }
        if matches!(canonical_combining_class(c), 0 | 230) {
            return false;
        }
    }
    false
}

fn before_mark_above(text: &str, next: usize) -> bool {
    for c in text[next..].chars() {
        match canonical_combining_class(c) {
            230 => return true,
            0 => return false,
            _ => (),
        }
    }
    false
}

fn is_soft_dotted(c: char) -> bool {
    matches!(c, 'i' | 'j' | 'į' | 'ɨ' | 'і' | 'ј' | 'ᵢ' | 'ḭ' | 'ị' | 'ⁱ')
}

/// Whether a sigma ends its word: a cased letter comes before it in the word, and none after it.
fn is_final(text: &str, at: usize, next: usize) -> bool {
    let before = in_word(text[..at].chars().rev(), Direction::Backwards);
    before && !in_word(text[next..].chars(), Direction::Forwards)
}

#[derive(Clone, Copy, PartialEq)]
enum Direction {
    Forwards,
    Backwards,
}

/// Whether a cased letter comes, from a letter on, before the end of the word.
///
/// Java asks its word breaker. What that keeps in one word is taken to be letters, digits, marks
/// after these, and one of some signs between two letters; ideographs and kana are words
/// of their own.
fn in_word(chars: impl Iterator<Item = char>, direction: Direction) -> bool {
    const LETTERS: u32 = unicode::LETTERS | 1 << category::LETTER_NUMBER;
    const MARKS: u32 = 1 << category::NON_SPACING_MARK | 1 << category::ENCLOSING_MARK;
    #[derive(PartialEq)]
    enum Last {
        Letter,
        Digit,
        Sign,
        /// A mark whose letter is still to come, reading backwards.
        Mark,
    }
    let mut last = Last::Letter;
    for c in chars {
        let record = unicode::record(c.into());
        if record.in_categories(MARKS) {
            match direction {
                Direction::Forwards if last == Last::Sign => return false,
                Direction::Forwards => (),
                Direction::Backwards if last == Last::Sign => (),
                Direction::Backwards => last = Last::Mark,
            }
        } else if is_cased(c) {
            // Backwards, Java's word breaker stumbles over pairs.
            return direction == Direction::Forwards || c <= '\u{ffff}';
        } else if record.in_categories(LETTERS) {
            if record.has(Property::Ideographic) || is_kana(c) {
                return false;
            }
            last = Last::Letter;
        } else if record.category() == category::DECIMAL_DIGIT_NUMBER && last != Last::Sign {
            last = Last::Digit;
        } else if last == Last::Letter
            && matches!(c, '\'' | '.' | '-' | '_' | '\u{ad}' | '\u{2010}' | '\u{2011}')
        {
            last = Last::Sign;
        } else {
            return false;
        }
    }
    false
}

fn is_kana(c: char) -> bool {
    matches!(c, '\u{3040}'..='\u{30ff}' | '\u{ff66}'..='\u{ff9f}')
}

fn is_cased(c: char) -> bool {
    const CASED: u32 = 1 << category::UPPERCASE_LETTER
        | 1 << category::LOWERCASE_LETTER
        | 1 << category::TITLECASE_LETTER;
    unicode::record(c.into()).in_categories(CASED)
        || matches!(c, '\u{2b0}'..='\u{2b8}' | '\u{2c0}' | '\u{2c1}' | '\u{2e0}'..='\u{2e4}' | '\u{345}'
            | '\u{37a}' | '\u{1d2c}'..='\u{1d61}' | '\u{2160}'..='\u{217f}' | '\u{24b6}'..='\u{24e9}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn locale(language: &str) -> Locale {
        Locale::new(language, "", "")
    }

    /// (language, text, `toUpperCase`, `toLowerCase`), observed in JDK 17.
    const CASES: &[(&str, &str, &str, &str)] = &[
        ("", "Straße ﬁ ŉ ΐ ǰ", "STRASSE FI ʼN Ι\u{308}\u{301} J\u{30c}", "straße ﬁ ŉ ΐ ǰ"),
        (
            "",
            "ΑΣ ΣΑ Σ ΑΣΣ. ΑΣ'Α ΑΣ-1 ΑΣ1Α ΑΣ,Α ΑΣ一Α",
            "ΑΣ ΣΑ Σ ΑΣΣ. ΑΣ'Α ΑΣ-1 ΑΣ1Α ΑΣ,Α ΑΣ一Α",
            "ας σα σ ασς. ασ'α ας-1 ασ1α ας,α ας一α",
        ),
        ("", "İIiı", "İIII", "i\u{307}iiı"),
        ("tr", "İIiı Title I\u{307}", "İIİI TİTLE I\u{307}", "iıiı title i"),
        ("az", "iI", "İI", "iı"),
        (
            "lt",
            "IÌÍĨJĮ i\u{307} I\u{301} j\u{307}\u{301} i\u{323}\u{307}",
            "IÌÍĨJĮ I I\u{301} J\u{301} I\u{323}",
            "ii\u{307}\u{300}i\u{307}\u{301}i\u{307}\u{303}jį i\u{307} i\u{307}\u{301} j\u{307}\u{301} i\u{323}\u{307}",
        ),
        ("", "𐐀𐐨 ǅ ᾳ ᾼ", "𐐀𐐀 Ǆ ΑΙ ΑΙ", "𐐨𐐨 ǆ ᾳ ᾳ"),
        ("", "Ϊ\u{301} Ὀ ῼ ῷ", "Ϊ\u{301} Ὀ ΩΙ Ω\u{342}Ι", "ϊ\u{301} ὀ ῳ ῷ"),
        ("de", "ÄÖÜäöüẞß", "ÄÖÜÄÖÜẞSS", "äöüäöüßß"),
        ("", "ⅷⅧ ⓐⒶ", "ⅧⅧ ⒶⒶ", "ⅷⅷ ⓐⓐ"),
    ];

    #[test]
    fn case_as_in_the_jdk() {
        for &(language, text, upper, lower) in CASES {
            let (mut up, mut low) = (String::new(), String::new());
            upper_case(text, &locale(language), &mut up);
            lower_case(text, &locale(language), &mut low);
            assert_eq!((up.as_str(), low.as_str()), (upper, lower), "{language} {text}");
        }
    }

    #[test]
    fn units_and_positions() {
        let text = "aé😀z";
        assert_eq!(len16(text), 5);
        let positions: Vec<_> = (0..7).map(|index| position(text, index)).collect();
        assert_eq!(positions, [Some(0), Some(1), Some(3), Some(5), Some(7), Some(8), None]);
        assert_eq!(slice16(text, 1, 2).as_deref(), Some("é"));
        assert_eq!(slice16(text, 2, 3).as_deref(), Some("?"));
        assert_eq!(slice16(text, 3, 5).as_deref(), Some("?z"));
        assert_eq!(slice16(text, 2, 4).as_deref(), Some("😀"));
        assert_eq!(slice16(text, 3, 3).as_deref(), Some(""));
        assert_eq!(slice16(text, 3, 6), None);
        assert_eq!(slice16(text, 2, 1), None);
    }

    #[test]
    fn halves_meet_again() {
        let text = "😀";
        let mut out = String::new();
        let mut joiner = Joiner::new(&mut out);
        joiner.push_slice(text, 0, 2);
        joiner.push_str("");
        joiner.push_slice(text, 2, 4);
        joiner.push_slice(text, 0, 2);
        joiner.push_str("-");
        joiner.push_slice(text, 2, 4);
        joiner.push_slice(text, 0, 2);
        joiner.finish();
        assert_eq!(out, "😀?-??");
    }

    #[test]
    fn indexes_of_parts() {
        let text = "😀ab😀ab";
        assert_eq!(index_of16(text, "ab", 0), Some(2));
        assert_eq!(index_of16(text, "ab", 3), Some(6));
        assert_eq!(index_of16(text, "😀", 1), Some(4));
        assert_eq!(index_of16(text, "", 1), Some(1));
        assert_eq!(index_of16(text, "", 9), None);
        assert_eq!(last_index_of16(text, "ab", 99), Some(6));
        assert_eq!(last_index_of16(text, "ab", 5), Some(2));
        assert_eq!(last_index_of16(text, "😀", 5), Some(4));
        assert_eq!(last_index_of16(text, "😀", 3), Some(0));
        assert_eq!(last_index_of16(text, "ab", 1), None);
        assert_eq!(last_index_of16(text, "", 99), Some(8));
    }

    /// `String` as Java has it, with all its units.
    fn units(text: &str) -> Vec<u16> {
        text.encode_utf16().collect()
    }

    fn mended(units: &[u16]) -> String {
        char::decode_utf16(units.iter().copied()).map(|unit| unit.unwrap_or('?')).collect()
    }

    fn text() -> impl Strategy<Value = String> {
        "[ab é€😀𐐀]{0,8}"
    }

    proptest! {
        #[test]
        fn agrees_with_arrays_of_units(text in text(), part in "[ab😀]{0,2}", from in 0_usize..10, len in 0_usize..10) {
            let all = units(&text);
            prop_assert_eq!(len16(&text), all.len());
            prop_assert_eq!(slice16(&text, from, from + len).map(Cow::into_owned),
                all.get(from..from + len).map(mended));
            if let Some(at) = position(&text, from) {
                prop_assert_eq!(index16(&text, at), from);
            } else {
                prop_assert!(from > all.len());
            }
            let wanted = units(&part);
            let first = (from..=all.len()).find(|&at| all[at..].starts_with(&wanted));
            prop_assert_eq!(index_of16(&text, &part, from), first);
            let last = (0..=from.min(all.len())).rev().find(|&at| all[at..].starts_with(&wanted));
            prop_assert_eq!(last_index_of16(&text, &part, from), last);
        }
    }
}
