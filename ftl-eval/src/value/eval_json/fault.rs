//! What is wrong with JSON in a string, as FreeMarker tells it.

use std::borrow::Cow;

use crate::format::utf16::len16;

/// UTF-16 units of the line that are shown.
const SHOWN: usize = 50;

const TAB: usize = 8;

/// A sentence and the byte of the text that it is about.
#[derive(Debug)]
pub(crate) struct Fault {
    message: Cow<'static, str>,
    at: usize,
}

impl Fault {
    #[cold]
    pub(super) fn new(message: impl Into<Cow<'static, str>>, at: usize) -> Self {
        Fault { message: message.into(), at }
    }

    /// The sentence, the place, and the line with a mark under the place.
    pub(crate) fn describe(&self, text: &str) -> String {
        let message = &self.message;
        if self.at >= text.len() {
            return format!("{message}\nError location: At the end of text.");
        }
        let (start, row) = row(text, self.at);
        let line = &text[start..];
        let line = &line[..line_end(line, self.at - start)];
        // The second half of `\r\n` counts as the end of the line.
        let at = (self.at - start).min(line.len());
        let (before, after) = (&line[..at], &line[at..]);
        let column = len16(before) + 1;
        let place = format!("{message}\nError location: line {row}, column {column}:\n");
        if line.is_empty() {
            return place + "(Can't show the line because it is empty.)";
        }
        let width = expanded(before, 0).count();
        let rest = expanded(after, width).count();
        // FreeMarker shortens what follows the place first, but leaves six units of it.
        let room = SHOWN.saturating_sub(width).max(6);
        let is_cut = width + rest > SHOWN && room < rest;
        let (shown, end) = if is_cut { (room, Some(dots())) } else { (rest, None) };
        let after = expanded(after, width).take(if is_cut { room - 3 } else { rest });
        let after = after.chain(end.into_iter().flatten());
        let over = (width + shown).saturating_sub(SHOWN);
        let (lead, skipped) = if over > 0 { (Some(dots()), over + 3) } else { (None, 0) };
        let before = lead.into_iter().flatten().chain(expanded(before, 0).skip(skipped));
        let before: Vec<u16> = before.collect();
        let mark = " ".repeat(before.len());
        place + &joined(before.iter().copied().chain(after)) + "\n" + &mark + "^"
    }
}

/// Where the line of the byte `at` starts, and its number.
fn row(text: &str, at: usize) -> (usize, usize) {
    let (mut start, mut row, mut last) = (0, 1, 0);
    for (index, &byte) in text.as_bytes().iter().enumerate().take(at + 1) {
        if last == b'\n' || last == b'\r' && byte != b'\n' {
            (start, row) = (index, row + 1);
        }
        last = byte;
    }
    (start, row)
}

/// The end of the line, whose byte `at` may be part of the line break already.
fn line_end(line: &str, at: usize) -> usize {
    let bytes = line.as_bytes();
    let rest = bytes.iter().skip(at).position(|byte| matches!(byte, b'\r' | b'\n'));
    let end = rest.map_or(bytes.len(), |length| at + length);
    let is_second = bytes.get(end) == Some(&b'\n') && end > 0 && bytes.get(end - 1) == Some(&b'\r');
    end - usize::from(is_second)
}

/// UTF-16 units of `text`, which starts at a column, with blanks for tabs.
fn expanded(text: &str, column: usize) -> impl Iterator<Item = u16> {
    let mut column = column;
    text.encode_utf16().flat_map(move |unit| {
        let (unit, width) = match unit {
            0x9 => (0x20, TAB - column % TAB),
            unit => (unit, 1),
        };
        column += width;
        std::iter::repeat_n(unit, width)
    })
}

fn dots() -> impl Iterator<Item = u16> {
    "...".encode_utf16()
}

/// Text of UTF-16 units, half characters as `?`.
fn joined(units: impl Iterator<Item = u16>) -> String {
    char::decode_utf16(units).map(|unit| unit.unwrap_or('?')).collect()
}
