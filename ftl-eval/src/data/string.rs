//! Escapes within strings.

use std::borrow::Cow;

use super::error::{DataErrorKind, Fault};
use super::word::{Tag, Word};

/// Checks the escape that begins at `at`.
pub(super) fn check_escape(text: &[u8], at: usize) -> Result<(), Fault> {
    match text.get(at + 1) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(()),
        Some(b'u') => match text.get(at + 2..at + 6).and_then(unit) {
            Some(_) => Ok(()),
            None => Err(Fault::new(at, DataErrorKind::InvalidUnicodeEscape)),
        },
        _ => {
            let found = super::text::char_at(text, at + 1);
            Err(Fault::new(at, DataErrorKind::InvalidEscape(found)))
        }
    }
}

/// Appends what `raw` means to `out`. Its escapes have been checked.
///
/// A surrogate without its partner becomes `?`, as Java writes it.
pub(super) fn decode(raw: &str, out: &mut String) {
    out.reserve(raw.len());
    let mut rest = raw;
    while let Some(at) = memchr::memchr(b'\\', rest.as_bytes()) {
        let (plain, escape) = rest.split_at(at);
        out.push_str(plain);
        let (meant, length) = decode_escape(escape.as_bytes());
        out.push(meant);
        rest = escape.get(length..).unwrap_or_default();
    }
    out.push_str(rest);
}

/// What the escape at the front means, and its length.
fn decode_escape(escape: &[u8]) -> (char, usize) {
    let simple = match escape.get(1) {
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => return decode_unicode(escape),
        Some(&other) => char::from(other),
        None => '\\',
    };
    (simple, 2)
}

fn decode_unicode(escape: &[u8]) -> (char, usize) {
    let first = escape.get(2..6).and_then(unit).unwrap_or(0xd800);
    if let 0xd800..0xdc00 = first
        && let Some([b'\\', b'u', digits @ ..]) = escape.get(6..12)
        && let Some(second @ 0xdc00..0xe000) = unit(digits)
    {
        let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
        return (char::from_u32(code).unwrap_or('?'), 12);
    }
    (char::from_u32(first).unwrap_or('?'), 6)
}

/// The UTF-16 code unit that four hexadecimal digits give.
fn unit(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |unit, &digit| Some(unit << 4 | char::from(digit).to_digit(16)?))
}

/// What the string or name of this word means.
#[inline]
pub(super) fn read(text: &str, word: Word) -> Cow<'_, str> {
    let raw = between_quotes(text, word);
    if word.tag() != Tag::EscapedString {
        return Cow::Borrowed(raw);
    }
    let mut decoded = String::new();
    decode(raw, &mut decoded);
    Cow::Owned(decoded)
}

/// The text of a string or name as it stands between its quotes.
#[inline]
pub(super) fn between_quotes(text: &str, word: Word) -> &str {
    let open = word.first();
    text.get(open + 1..open + word.count()).unwrap_or_default()
}
