//! Numbers and literals: what JSON writes without quotes and brackets.

use super::error::{DataErrorKind, Expected};
use super::text::{byte, char_at, leading_digits, load8};
use super::word::{Tag, Word};

/// Digits of the longest number that Jackson reads (`StreamReadConstraints`).
const DIGIT_LIMIT: usize = 1000;

/// The number or literal at `at`, where `bytes` stand; nothing if it is neither.
#[inline(always)]
pub(super) fn plain(text: &[u8], at: usize, bytes: u64) -> Option<Word> {
    const NULL: u32 = u32::from_le_bytes(*b"null");
    const TRUE: u32 = u32::from_le_bytes(*b"true");
    const FALSE: u64 = u64::from_le_bytes(*b"false\0\0\0");
    match bytes as u8 {
        b'0'..=b'9' | b'-' => {
            let digits = leading_digits(bytes);
            let next = (bytes >> ((8 * digits) & 63)) as u8;
            let plain = next != b'.' && next | 0x20 != b'e';
            if digits.wrapping_sub(1) < 7 && plain && (digits == 1 || bytes as u8 != b'0') {
                return Some(Word::new(Tag::Integer, at, digits));
            }
            let word = number(text, at);
            (word.count() > 0).then_some(word)
        }
        b'n' if bytes as u32 == NULL => Some(Word::new(Tag::Null, at, 4)),
        b't' if bytes as u32 == TRUE => Some(Word::new(Tag::True, at, 4)),
        b'f' if bytes & 0xff_ffff_ffff == FALSE => Some(Word::new(Tag::False, at, 5)),
        _ => None,
    }
}

/// The number at `start`; a word of length 0 if it breaks the grammar or the limit.
#[inline(never)]
fn number(text: &[u8], start: usize) -> Word {
    const FAULT: Word = Word::NULL;
    let mut at = start + usize::from(byte(text, start) == b'-');
    let bytes = load8(text, at);
    let mut digits = count_digits(text, at, bytes);
    if digits == 0 || digits > 1 && bytes as u8 == b'0' {
        return FAULT;
    }
    at += digits;
    let mut tag = Tag::Integer;
    let mut next = byte(text, at);
    if next == b'.' {
        at += 1;
        let fraction = count_digits(text, at, load8(text, at));
        if fraction == 0 {
            return FAULT;
        }
        tag = Tag::Decimal;
        at += fraction;
        digits += fraction;
        next = byte(text, at);
    }
    if next | 0x20 == b'e' {
        at += 1 + usize::from(matches!(byte(text, at + 1), b'+' | b'-'));
        let exponent = count_digits(text, at, load8(text, at));
        if exponent == 0 {
            return FAULT;
        }
        tag = Tag::Decimal;
        at += exponent;
        digits += exponent;
    }
    if digits > DIGIT_LIMIT { FAULT } else { Word::new(tag, start, at - start) }
}

/// How many digits there are from `start` on, where `bytes` stand.
#[inline(always)]
fn count_digits(text: &[u8], start: usize, bytes: u64) -> usize {
    let mut digits = leading_digits(bytes);
    let mut at = start + digits;
    while digits == 8 {
        digits = leading_digits(load8(text, at));
        at += digits;
    }
    at - start
}

/// What is wrong with the number at `start`, if one begins there.
#[cold]
pub(super) fn number_fault(text: &[u8], start: usize) -> Option<(usize, DataErrorKind)> {
    let mut at = start + usize::from(byte(text, start) == b'-');
    let expected = |at| {
        let kind = DataErrorKind::Expected(Expected::Digit, char_at(text, at));
        Some((at, kind))
    };
    match (count_digits(text, at, load8(text, at)), byte(text, at)) {
        (0, _) if at > start => return expected(at),
        (0, _) => return None,
        (2.., b'0') => return Some((at, DataErrorKind::LeadingZero)),
        (whole, _) => at += whole,
    }
    if byte(text, at) == b'.' {
        at += 1;
        match count_digits(text, at, load8(text, at)) {
            0 => return expected(at),
            fraction => at += fraction,
        }
    }
    if byte(text, at) | 0x20 == b'e' {
        at += 1 + usize::from(matches!(byte(text, at + 1), b'+' | b'-'));
        if count_digits(text, at, load8(text, at)) == 0 {
            return expected(at);
        }
    }
    Some((start, DataErrorKind::DigitLimit(DIGIT_LIMIT)))
}
