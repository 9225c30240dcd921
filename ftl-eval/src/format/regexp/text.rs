//! Text as the matcher sees it: code points at positions, and conditions on positions.
//!
//! A position is a byte offset, or that of a supplementary character plus 2, between its halves:
//! see `format::utf16`. Java's matcher gets there when it goes on by one UTF-16 unit.

use super::ast::{Assertion, Fold};
use super::class::{fold, is_line_terminator, is_word};
use super::syntax::to_ascii_lower;
use crate::format::unicode::{self, category, grapheme, record};

#[derive(Clone, Copy)]
pub(super) struct Text<'t> {
    bytes: &'t [u8],
}

impl<'t> Text<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Text { bytes: text.as_bytes() }
    }

    pub(super) fn bytes(self) -> &'t [u8] {
        self.bytes
    }

    pub(super) fn len(self) -> usize {
        self.bytes.len()
    }

    /// The code point at a position and the position after it.
    #[inline]
    pub(super) fn next(self, at: usize) -> Option<(u32, usize)> {
        match *self.bytes.get(at)? {
            b if b < 0x80 => Some((b.into(), at + 1)),
            lead => Some(self.decode(lead, at)),
        }
    }

    fn decode(self, lead: u8, at: usize) -> (u32, usize) {
        let bits = |index: usize| self.bytes.get(index).map_or(0, |b| u32::from(b & 0x3f));
        match lead {
            0x80..=0xbf => {
                // The second half of a pair.
                (
                    0xdc00 + ((bits(at - 1) & 0x0f) << 12 | bits(at) << 6 | bits(at + 1)) % 0x400,
                    at + 2,
                )
            }
            0xc0..=0xdf => (u32::from(lead & 0x1f) << 6 | bits(at + 1), at + 2),
            0xe0..=0xef => {
                (u32::from(lead & 0x0f) << 12 | bits(at + 1) << 6 | bits(at + 2), at + 3)
            }
            _ => {
                let high = u32::from(lead & 0x07) << 18 | bits(at + 1) << 12;
                (high | bits(at + 2) << 6 | bits(at + 3), at + 4)
            }
        }
    }

    /// The code point before a position and the position before it.
    #[inline]
    pub(super) fn previous(self, at: usize) -> Option<(u32, usize)> {
        let last = at.checked_sub(1)?;
        match self.bytes[last] {
            b if b < 0x80 => Some((b.into(), last)),
            _ => Some(self.decode_back(at)),
        }
    }

    fn decode_back(self, at: usize) -> (u32, usize) {
        if self.is_between_halves(at) {
            let c = self.decode(self.bytes[at - 2], at - 2).0;
            return (0xd800 + (c.wrapping_sub(0x1_0000) >> 10), at - 2);
        }
        let mut start = at - 1;
        while start > 0 && self.bytes[start] & 0xc0 == 0x80 {
            start -= 1;
        }
        (self.decode(self.bytes[start], start).0, start)
    }

    pub(super) fn is_between_halves(self, at: usize) -> bool {
        self.bytes.get(at).is_some_and(|b| b & 0xc0 == 0x80)
    }

    /// The position one UTF-16 unit on.
    pub(super) fn next_unit(self, at: usize) -> Option<usize> {
        Some(match *self.bytes.get(at)? {
            b if b < 0x80 => at + 1,
            0xc0..=0xdf => at + 2,
            0xe0..=0xef => at + 3,
            // To the second half, or from it.
            _ => at + 2,
        })
    }

    /// The position one UTF-16 unit back.
    pub(super) fn previous_unit(self, at: usize) -> Option<usize> {
        let (c, before) = self.previous(at)?;
        Some(if c >= 0x1_0000 { at - 2 } else { before })
    }

    /// The UTF-16 unit at a position.
    fn unit(self, at: usize) -> Option<u32> {
        self.next(at).map(|(c, _)| if c >= 0x1_0000 { 0xd800 + ((c - 0x1_0000) >> 10) } else { c })
    }

    /// The number of UTF-16 units between two positions.
    pub(super) fn units(self, from: usize, to: usize) -> usize {
        let mut at = from;
        let mut count = 0;
        while at < to {
            let Some(next) = self.next_unit(at) else { break };
            at = next;
            count += 1;
        }
        count
    }

    /// Whether these code points, folded already, are at a position; if so, the position after.
    pub(super) fn starts_with(self, at: usize, chars: &[u32], kind: Fold) -> Option<usize> {
        let mut at = at;
        for &wanted in chars {
            let (c, next) = self.next(at)?;
            let equal = match kind {
                _ if c == wanted => true,
                Fold::None => false,
                Fold::Ascii => to_ascii_lower(c) == wanted,
                Fold::Unicode => fold(c) == wanted,
            };
            if !equal {
                return None;
            }
            at = next;
        }
        Some(at)
    }

    /// Whether the text between two positions is at another; if so, the position after.
    pub(super) fn repeats(self, from: usize, to: usize, at: usize, kind: Fold) -> Option<usize> {
        if kind != Fold::None {
            return self.repeats_folded(from, to, at, kind);
        }
        if [from, to, at].into_iter().any(|at| self.is_between_halves(at)) {
            let (mut from, mut at) = (from, at);
            while from < to {
                if self.unit(from) != Some(self.unit(at)?) {
                    return None;
                }
                (from, at) = (self.next_unit(from)?, self.next_unit(at)?);
            }
            return Some(at);
        }
        let part = self.bytes.get(from..to)?;
        self.bytes.get(at..)?.starts_with(part).then_some(at + part.len())
    }

    /// Java compares as many code points as the text has units, so with supplementary characters
    /// in it goes on to compare what comes after. Where that would leave the text, it throws; we
    /// find a difference.
    fn repeats_folded(self, from: usize, to: usize, at: usize, kind: Fold) -> Option<usize> {
        let units = self.units(from, to);
        let (mut from, mut x) = (from, at);
        for _ in 0..units {
            let (one, next_x) = self.next(x)?;
            let (other, next_from) = self.next(from)?;
            let equal = one == other
                || match kind {
                    Fold::Unicode => {
                        let (one, other) = (unicode::to_upper(one), unicode::to_upper(other));
                        one == other || unicode::to_lower(one) == unicode::to_lower(other)
                    }
                    _ => to_ascii_lower(one) == to_ascii_lower(other),
                };
            if !equal {
                return None;
            }
            (x, from) = (next_x, next_from);
        }
        let mut end = at;
        for _ in 0..units {
            end = self.next_unit(end)?;
        }
        Some(end)
    }

    /// Whether a condition other than `\G` and `\b{g}` holds. Adds to `seen` the marks that had to be
    /// gone over.
    pub(super) fn holds(self, assertion: Assertion, at: usize, seen: &mut usize) -> bool {
        match assertion {
            Assertion::Begin => at == 0,
            Assertion::End => at == self.len(),
            Assertion::LineStart { unix } => self.is_line_start(at, unix),
            Assertion::LineEnd { unix: true, multiline } => match self.bytes.get(at) {
                None => true,
                Some(b'\n') => multiline || at + 1 == self.len(),
                Some(_) => false,
            },
            Assertion::LineEnd { unix: false, multiline } => self.is_line_end(at, multiline),
            Assertion::WordBoundary { negated, unicode } => {
                let left = self.previous(at).is_some_and(|(c, _)| {
                    self.is_word(c, unicode)
                        || is_mark(c) && self.has_base(self.previous_unit(at), seen)
                });
                let right = self.next(at).is_some_and(|(c, _)| {
                    self.is_word(c, unicode) || is_mark(c) && self.has_base(Some(at), seen)
                });
                (left != right) != negated
            }
            Assertion::LastMatch | Assertion::GraphemeBoundary => false,
        }
    }

    fn is_line_start(self, at: usize, unix: bool) -> bool {
        if at == self.len() {
            return false;
        }
        match self.previous(at) {
            None => true,
            Some((c, _)) if unix => c == 0x0a,
            Some((0x0d, _)) => self.bytes[at] != b'\n',
            Some((c, _)) => is_line_terminator(c),
        }
    }

    fn is_line_end(self, at: usize, multiline: bool) -> bool {
        let Some((c, next)) = self.next(at) else { return true };
        if !is_line_terminator(c) || c == 0x0a && at > 0 && self.bytes[at - 1] == b'\r' {
            return false;
        }
        multiline || next == self.len() || &self.bytes[at..] == b"\r\n"
    }

    fn is_word(self, c: u32, unicode: bool) -> bool {
        match c {
            0..0x80 => (c as u8).is_ascii_alphanumeric() || c == u32::from(b'_'),
            _ if unicode => is_word(c),
            _ => unicode::is_letter_or_digit(c),
        }
    }

    /// Whether a letter or digit stands at a position, or before it with only marks between.
    fn has_base(self, at: Option<usize>, seen: &mut usize) -> bool {
        let mut at = at;
        while let Some(here) = at {
            let Some((c, _)) = self.next(here) else { return false };
            if unicode::is_letter_or_digit(c) {
                return true;
            }
            if !is_mark(c) {
                return false;
            }
            at = self.previous_unit(here);
            *seen += 1;
        }
        false
    }

    /// The end of the extended grapheme cluster that starts at a position.
    pub(super) fn grapheme_end(self, at: usize) -> Option<usize> {
        let (first, mut end) = self.next(at)?;
        let mut left = unicode::grapheme_type(first);
        let pictographic = left == grapheme::EXTENDED_PICTOGRAPHIC;
        let mut indicators = usize::from(left == grapheme::REGIONAL_INDICATOR);
        while let Some((c, next)) = self.next(end) {
            let right = unicode::grapheme_type(c);
            let joined_emoji =
                pictographic && left == grapheme::ZWJ && right == grapheme::EXTENDED_PICTOGRAPHIC;
            let flag = indicators % 2 == 1
                && left == grapheme::REGIONAL_INDICATOR
                && right == grapheme::REGIONAL_INDICATOR;
            if !joined_emoji && !flag && breaks(left, right) {
                break;
            }
            indicators += usize::from(right == grapheme::REGIONAL_INDICATOR);
            left = right;
            end = next;
        }
        Some(end)
    }
}

fn is_mark(c: u32) -> bool {
    c >= 0x300 && record(c).category() == category::NON_SPACING_MARK
}

/// Whether a grapheme cluster may end between two code points of these types (UAX #29).
fn breaks(left: u8, right: u8) -> bool {
    use grapheme::*;
    let control = |kind| matches!(kind, CR | LF | CONTROL);
    match (left, right) {
        (CR, LF) => false,
        _ if control(left) || control(right) => true,
        (L, L | V | LV | LVT) | (LV | V, V | T) | (LVT | T, T) => false,
        (_, EXTEND | ZWJ | SPACING_MARK) | (PREPEND, _) => false,
        _ => true,
    }
}
