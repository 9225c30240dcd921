//! First pass over JSON text: where its strings end.
//!
//! Blocks of 64 bytes are compared with `"`, `\` and the control characters at once, and the
//! bits that come of it are turned into positions. Nothing here knows JSON's grammar: the second
//! pass ([`super::tape`]) meets each opening quote by itself and takes the next end from this list.
//! Finding an end so costs the same for a string of 5 bytes and of 50, and no branch depends on
//! the length of a string.

use fearless_simd::{Level, Simd, dispatch, prelude::*, u8x64};

const BLOCK: usize = 64;

/// How much text one call of [`Scanner::fill`] covers: small enough that what it found is still in
/// the first-level cache when the second pass reads it.
const WINDOW: usize = 4096;

/// A block holds at most 32 ends: `""""""…`.
const ENDS_PER_BLOCK: usize = BLOCK / 2;

/// Most blocks of real events hold this many ends or fewer. Writing always so many, wanted or not,
/// saves a branch that is hard to predict.
const USUAL_ENDS: usize = 5;

/// What the first pass found in the window before the second pass.
#[derive(Debug, Default)]
pub(super) struct Marks {
    /// Positions of closing quotes.
    pub(super) ends: Vec<u32>,
    /// Positions, within strings, of backslashes that begin an escape and of raw control
    /// characters.
    pub(super) specials: Vec<u32>,
}

impl Marks {
    /// Empties the lists and makes room for one window of a text of `text_bytes`.
    pub(super) fn reset(&mut self, text_bytes: usize) {
        let blocks = text_bytes.min(WINDOW).div_ceil(BLOCK);
        let room = (blocks + 1) * ENDS_PER_BLOCK;
        if self.ends.len() < room {
            self.ends.resize(room, 0);
        }
        self.specials.clear();
    }
}

/// Reads a text from its start, a window at a time.
#[derive(Debug)]
pub(super) struct Scanner<'t> {
    text: &'t [u8],
    /// The first byte that has not been read; a multiple of [`BLOCK`], or the end.
    next: usize,
    /// 1 if that byte is escaped by a backslash before it.
    escaped: u64,
    /// 1 if that byte lies within a string.
    inside: usize,
}

impl<'t> Scanner<'t> {
    pub(super) fn new(text: &'t [u8]) -> Self {
        Scanner { text, next: 0, escaped: 0, inside: 0 }
    }

    /// Writes the ends of the next windows that have any to the front of `marks.ends`, adds to
    /// `marks.specials`, and returns the number of ends: 0 only when the text is exhausted.
    #[inline(never)]
    pub(super) fn fill(&mut self, marks: &mut Marks) -> usize {
        let level = Level::new();
        loop {
            let found = dispatch!(level, simd => self.window(simd, marks));
            if found > 0 || self.next >= self.text.len() {
                return found;
            }
        }
    }

    #[inline(always)]
    fn window<S: Simd>(&mut self, simd: S, marks: &mut Marks) -> usize {
        let Scanner { text, mut next, mut escaped, mut inside } = *self;
        let stop = text.len().min(next + WINDOW);
        let (blocks, rest) = text.get(next..stop).unwrap_or_default().as_chunks::<BLOCK>();
        let last = pad(rest);
        let last = if rest.is_empty() { &[][..] } else { std::slice::from_ref(&last) };
        let mut found = 0;
        for block in blocks.iter().chain(last) {
            let room = marks.ends.get_mut(found..).and_then(|ends| ends.first_chunk_mut());
            let Some(room) = room else { break };

            let block = u8x64::from_slice(simd, block);
            let mut quotes = block.simd_eq(b'"').to_bitmask();
            let backslashes = block.simd_eq(b'\\');
            let controls = block.simd_le(0x1f);
            if (backslashes | controls).any_true() | (escaped != 0) {
                let backslashes = backslashes.to_bitmask();
                let mut escapes = 0;
                if backslashes | escaped != 0 {
                    let taken;
                    (escapes, taken) = find_escapes(backslashes, &mut escaped);
                    quotes &= !taken;
                }
                let within = within_strings(quotes, inside);
                let special = escapes | controls.to_bitmask() & within;
                if special != 0 {
                    push_bits(special, next, &mut marks.specials);
                }
            }
            let bits = quotes.count_ones() as usize + inside;
            write_ends(quotes, inside, next as u32, bits / 2, room);
            found += bits / 2;
            inside = bits % 2;
            next += BLOCK;
        }
        *self = Scanner { text, next, escaped, inside };
        found
    }
}

fn pad(rest: &[u8]) -> [u8; BLOCK] {
    let mut block = [b' '; BLOCK];
    if let Some(front) = block.get_mut(..rest.len()) {
        front.copy_from_slice(rest);
    }
    block
}

/// Writes every second quote, from the second on (the first, if the block begins within a string).
#[inline(always)]
fn write_ends(
    quotes: u64,
    inside: usize,
    base: u32,
    count: usize,
    room: &mut [u32; ENDS_PER_BLOCK],
) {
    let mut quotes = if inside == 0 { without_lowest(quotes) } else { quotes };
    let (usual, more) = room.split_at_mut(USUAL_ENDS);
    for end in usual {
        // When none is left this writes a position that nobody reads.
        *end = base.wrapping_add(quotes.trailing_zeros());
        quotes = without_lowest(without_lowest(quotes));
    }
    if count > USUAL_ENDS {
        for end in more {
            *end = base.wrapping_add(quotes.trailing_zeros());
            quotes = without_lowest(without_lowest(quotes));
            if quotes == 0 {
                break;
            }
        }
    }
}

#[inline(always)]
fn without_lowest(bits: u64) -> u64 {
    bits & bits.wrapping_sub(1)
}

/// One bit for each byte of the block from an opening quote up to, not with, its closing quote.
#[inline(always)]
fn within_strings(quotes: u64, inside: usize) -> u64 {
    let mut bits = quotes;
    for shift in [1, 2, 4, 8, 16, 32] {
        bits ^= bits << shift;
    }
    bits ^ 0u64.wrapping_sub(inside as u64)
}

/// The backslashes that begin an escape, and the bytes after them.
#[cold]
#[inline(never)]
fn find_escapes(backslashes: u64, escaped: &mut u64) -> (u64, u64) {
    let mut rest = backslashes & !*escaped;
    let (mut escapes, mut taken) = (0, *escaped);
    *escaped = 0;
    while rest != 0 {
        let lowest = rest & rest.wrapping_neg();
        escapes |= lowest;
        taken |= lowest << 1;
        *escaped |= lowest >> (BLOCK - 1);
        rest &= !(lowest | lowest << 1);
    }
    (escapes, taken)
}

#[cold]
#[inline(never)]
fn push_bits(mut bits: u64, base: usize, positions: &mut Vec<u32>) {
    while bits != 0 {
        positions.push(base as u32 + bits.trailing_zeros());
        bits = without_lowest(bits);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What the scanner should find, byte by byte.
    fn expected(text: &[u8]) -> (Vec<u32>, Vec<u32>) {
        let (mut ends, mut specials) = (Vec::new(), Vec::new());
        let (mut inside, mut escaped) = (false, false);
        for (at, &byte) in (0..).zip(text) {
            if byte == b'\\' && !escaped {
                specials.push(at);
                escaped = true;
                continue;
            }
            match byte {
                b'"' if !escaped => {
                    if inside {
                        ends.push(at);
                    }
                    inside = !inside;
                }
                ..=0x1f if inside => specials.push(at),
                _ => (),
            }
            escaped = false;
        }
        (ends, specials)
    }

    fn found(
        text: &[u8],
        mut window: impl FnMut(&mut Scanner<'_>, &mut Marks) -> usize,
    ) -> (Vec<u32>, Vec<u32>) {
        let mut marks = Marks::default();
        marks.reset(text.len());
        let mut scanner = Scanner::new(text);
        let mut ends = Vec::new();
        while scanner.next < text.len() {
            let count = window(&mut scanner, &mut marks);
            ends.extend_from_slice(&marks.ends[..count]);
        }
        (ends, marks.specials)
    }

    fn check(text: &[u8]) {
        let expected = expected(text);
        assert_eq!(found(text, |scanner, marks| scanner.fill(marks)), expected);
        #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
        {
            // The processors that lack what this one has must find the same.
            let level = Level::new();
            if let Some(simd) = level.as_sse2() {
                assert_eq!(found(text, |scanner, marks| scanner.window(simd, marks)), expected);
            }
            if let Some(simd) = level.as_sse4_2() {
                assert_eq!(found(text, |scanner, marks| scanner.window(simd, marks)), expected);
            }
            if let Some(simd) = level.as_avx2() {
                assert_eq!(found(text, |scanner, marks| scanner.window(simd, marks)), expected);
            }
        }
    }

    proptest! {
        #[test]
        fn finds_what_a_byte_wise_reading_finds(
            parts in proptest::collection::vec(
                prop_oneof!["[\"a]{0,90}", "[\\\\\"]{0,70}", "[\"\\\\ \n\u{1f}ü]{0,70}", "[a-z ]{0,150}"],
                0..12,
            ),
            repeat in 1..20usize,
        ) {
            check(parts.concat().repeat(repeat).as_bytes());
        }
    }
}
