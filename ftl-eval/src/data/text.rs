//! Reading a few bytes of a text at once.

/// The byte at `at`, or 0 beyond the end. (A null character is refused everywhere in JSON, so the
/// two need not be told apart while reading; faults are worded by who knows the length.)
#[inline(always)]
pub(super) fn byte(text: &[u8], at: usize) -> u8 {
    text.get(at).copied().unwrap_or(0)
}

/// Whether `expected` stands at `at`.
#[inline(always)]
pub(super) fn is_pair(text: &[u8], at: usize, expected: &[u8; 2]) -> bool {
    text.get(at..at + 2).is_some_and(|pair| pair == expected)
}

/// The 8 bytes from `at` on, the first one lowest; zeros beyond the end.
#[inline(always)]
pub(super) fn load8(text: &[u8], at: usize) -> u64 {
    match text.get(at..at + 8).and_then(|bytes| bytes.first_chunk()) {
        Some(bytes) => u64::from_le_bytes(*bytes),
        None => load_last(text, at),
    }
}

#[cold]
#[inline(never)]
fn load_last(text: &[u8], at: usize) -> u64 {
    let rest = text.get(at..).unwrap_or_default();
    rest.iter().rev().fold(0, |bytes, &byte| bytes << 8 | u64::from(byte))
}

/// How many of the 8 bytes, from the lowest on, are ASCII digits.
#[inline(always)]
pub(super) fn leading_digits(bytes: u64) -> usize {
    // A digit becomes 0..=9; adding 0x76 then sets the high bit of all others below 0x80. What
    // such a sum carries into the next byte can only disturb bytes after the first other one.
    let values = bytes ^ 0x3030_3030_3030_3030;
    let others = (values.wrapping_add(0x7676_7676_7676_7676) | values) & 0x8080_8080_8080_8080;
    others.trailing_zeros() as usize / 8
}

/// The first place from `at` on without white space: space, tab, line feed, carriage return.
#[inline(always)]
pub(super) fn skip_space(text: &[u8], at: usize) -> usize {
    if byte(text, at) > b' ' {
        at
    } else if byte(text, at + 1) > b' ' && byte(text, at) == b' ' {
        at + 1
    } else {
        skip_more_space(text, at)
    }
}

#[inline(never)]
fn skip_more_space(text: &[u8], mut at: usize) -> usize {
    loop {
        // A line break, perhaps, and the indentation behind it.
        let bytes = load8(text, at);
        let breaks = match bytes as u8 {
            b' ' => 0,
            b'\t' | b'\n' | b'\r' => 1,
            _ => return at,
        };
        let others = (bytes >> (8 * breaks)) ^ 0x2020_2020_2020_2020;
        at += breaks + others.trailing_zeros() as usize / 8;
        if byte(text, at) > b' ' {
            return at;
        }
    }
}

/// The character that begins at `at`.
pub(super) fn char_at(text: &[u8], at: usize) -> Option<char> {
    let rest = text.get(at..)?;
    let chunk = rest.get(..4).unwrap_or(rest);
    chunk.utf8_chunks().next()?.valid().chars().next()
}
