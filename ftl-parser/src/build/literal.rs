//! String literals: escapes undone, with a map back to the source.

use crate::ast::{ShiftedLiteral, text_offset};
use crate::source::{Position, Source, Span};

/// A text that is parsed, and where its characters stand in the template.
#[derive(Clone, Copy)]
pub(super) enum Place<'a> {
    /// The template itself.
    Template(&'a Source),
    /// The decoded text of a string literal in it.
    Literal(&'a Decoded<'a>),
}

impl Place<'_> {
    /// The template's byte that holds byte `offset` of the text.
    pub(super) fn offset(&self, offset: u32) -> u32 {
        match self {
            Place::Template(_) => offset,
            Place::Literal(decoded) => decoded.source_offset(offset),
        }
    }

    pub(super) fn span(&self, start: u32, end: u32) -> Span {
        Span::new(self.offset(start), self.offset(end).max(self.offset(start)))
    }

    /// What FreeMarker says of byte `offset` of the text.
    pub(super) fn position(&self, offset: u32) -> Position {
        match self {
            Place::Template(source) => source.position(offset),
            Place::Literal(decoded) => decoded.position(offset),
        }
    }

    /// What FreeMarker says of byte `offset` of the template.
    pub(super) fn position_of_source(&self, offset: u32) -> Position {
        match self {
            Place::Template(source) => source.position(offset),
            Place::Literal(decoded) => decoded.position(decoded.text_offset(offset)),
        }
    }

    fn tab_size(&self) -> u32 {
        match self {
            Place::Template(source) => source.tab_size(),
            Place::Literal(decoded) => decoded.parent.tab_size(),
        }
    }
}

/// The text of a string literal, escapes undone.
pub(super) struct Decoded<'a> {
    pub(super) text: String,
    /// What the literal stands in, and where in its text the first quote does.
    parent: Place<'a>,
    quote: u32,
    /// (byte of the text, byte of the template) from where both go on together; the last is their end.
    anchors: Vec<(u32, u32)>,
    /// Whether an escape made FreeMarker's positions differ from those of the source.
    pub(super) shifted: bool,
}

impl Decoded<'_> {
    fn source_offset(&self, offset: u32) -> u32 {
        let after = self.anchors.partition_point(|anchor| anchor.0 <= offset);
        let Some(&(text, source)) = self.anchors.get(after.wrapping_sub(1)) else { return 0 };
        match self.anchors.get(after) {
            // Within an escape (`\x41`) there is one character only.
            Some(&(_, next)) => (source + (offset - text)).min(next),
            None => source,
        }
    }

    fn text_offset(&self, source_offset: u32) -> u32 {
        text_offset(&self.anchors, source_offset)
    }

    /// What [`ShiftedLiteral::position`] needs.
    pub(super) fn table(&self, span: Span) -> ShiftedLiteral {
        ShiftedLiteral { span, text: self.text.clone(), anchors: self.anchors.clone() }
    }

    fn position(&self, offset: u32) -> Position {
        let quote = self.parent.position(self.quote);
        let origin = Position { column: quote.column + 1, ..quote };
        let text = self.text.get(..offset as usize).unwrap_or(&self.text);
        let next = self.text[text.len()..].chars().next();
        crate::source::advance(origin, text, next, self.parent.tab_size())
    }
}

/// Undoes the escapes of the literal's inside, which begins at byte `start` of `place`.
pub(super) fn decode<'a>(inside: &str, start: u32, place: Place<'a>) -> Decoded<'a> {
    let mut text = String::with_capacity(inside.len());
    let mut anchors = vec![(0, place.offset(start))];
    let mut shifted = matches!(place, Place::Literal(decoded) if decoded.shifted);
    let mut high = None;
    let mut rest = inside;
    while let Some(at) = rest.find('\\') {
        flush_surrogate(&mut text, &mut high, at > 0);
        text.push_str(&rest[..at]);
        let (unit, len) = escape(&rest[at..]).unwrap_or((u16::from(b'?'), 1));
        let escape_start = start + (inside.len() - rest.len() + at) as u32;
        anchors.push((text.len() as u32, place.offset(escape_start)));
        push_unit(&mut text, &mut high, unit);
        rest = &rest[at + len..];
        anchors.push((text.len() as u32, place.offset(start + (inside.len() - rest.len()) as u32)));
        shifted = true;
    }
    flush_surrogate(&mut text, &mut high, true);
    text.push_str(rest);
    anchors.push((text.len() as u32, place.offset(start + inside.len() as u32)));
    // A byte of the text has one anchor: the later one.
    anchors.reverse();
    anchors.dedup_by_key(|anchor| anchor.0);
    anchors.reverse();
    Decoded { text, parent: place, quote: start - 1, anchors, shifted }
}

/// Halves of a surrogate pair, each written as an escape, make one character; alone they print as `?`.
fn push_unit(text: &mut String, high: &mut Option<u16>, unit: u16) {
    match (high.take(), unit) {
        (Some(first), 0xDC00..=0xDFFF) => {
            let pair = char::decode_utf16([first, unit]).next();
            text.push(pair.and_then(Result::ok).unwrap_or('?'));
        }
        (first, _) => {
            if first.is_some() {
                text.push('?');
            }
            match unit {
                0xD800..=0xDBFF => *high = Some(unit),
                _ => text.push(char::from_u32(u32::from(unit)).unwrap_or('?')),
            }
        }
    }
}

fn flush_surrogate(text: &mut String, high: &mut Option<u16>, now: bool) {
    if now && high.take().is_some() {
        text.push('?');
    }
}

/// The UTF-16 unit that the escape at the start of `text` stands for, and its length in bytes.
fn escape(text: &str) -> Option<(u16, usize)> {
    let bytes = text.as_bytes();
    let unit = match bytes.get(1)? {
        b @ (b'"' | b'\'' | b'\\' | b'{' | b'=') => *b,
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'b' => 8,
        b'f' => 12,
        b'l' => b'<',
        b'g' => b'>',
        b'a' => b'&',
        b'x' => {
            let digits = bytes[2..].iter().take(4).take_while(|b| b.is_ascii_hexdigit()).count();
            let unit = u16::from_str_radix(text.get(2..2 + digits)?, 16).ok()?;
            return Some((unit, 2 + digits));
        }
        _ => return None,
    };
    Some((u16::from(unit), 2))
}

/// The byte, in the inside of a string literal, at which FreeMarker finds an escape to be none.
pub(super) fn first_bad_escape(inside: &str) -> Option<usize> {
    let mut at = 0;
    while let Some(found) = inside[at..].find('\\') {
        at += found;
        match escape(&inside[at..]) {
            Some((_, len)) => at += len,
            None if inside.as_bytes().get(at + 1) == Some(&b'x') => return Some(at + 2),
            None => return Some(at + 1),
        }
    }
    None
}
