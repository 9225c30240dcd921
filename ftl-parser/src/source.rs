//! Template source text, byte spans in it, and their lines and columns.

use std::sync::{Arc, OnceLock};

/// A half-open range of bytes of one [`Source`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The range `start..end`.
    pub const fn new(start: u32, end: u32) -> Self {
        Self { start, end }
    }

    /// The smallest span that holds both.
    pub fn to(self, other: Span) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// Number of bytes.
    pub fn len(self) -> usize {
        (self.end - self.start) as usize
    }

    /// Whether it holds no byte.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }
}

/// A place as FreeMarker tells it. Lines and columns count from 1, a column is a UTF-16 code unit and
/// a tab jumps to the next multiple of the tab size plus one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1. CR, LF and CRLF each end a line.
    pub line: u32,
    /// Column, from 1.
    pub column: u32,
}

/// A template's name and text. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Source {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    name: Option<String>,
    text: String,
    line_starts: Vec<u32>,
    tab_size: u32,
    first_column: u32,
    /// The columns at every [`STRIDE`] bytes, made when first asked for: a template may be one long line.
    columns: OnceLock<Vec<u32>>,
}

const STRIDE: usize = 1024;

impl Source {
    /// A source with a name. Default tab size: 8, as FreeMarker's.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        Self::build(Some(name.into()), text.into(), 8, 1)
    }

    /// A source without a name ("nameless template").
    pub fn nameless(text: impl Into<String>) -> Self {
        Self::build(None, text.into(), 8, 1)
    }

    /// The text that `?eval` is given. FreeMarker puts it in parentheses, so its first column is 2.
    pub fn expression(text: impl Into<String>) -> Self {
        Self::build(None, text.into(), 8, 2)
    }

    /// The same text with another tab size (FreeMarker's `tab_size` setting, 1 to 256).
    pub fn with_tab_size(self, tab_size: u32) -> Self {
        match Arc::try_unwrap(self.inner) {
            Ok(inner) => Self {
                inner: Arc::new(Inner {
                    tab_size: tab_size.max(1),
                    columns: OnceLock::new(),
                    ..inner
                }),
            },
            Err(inner) => {
                Self::build(inner.name.clone(), inner.text.clone(), tab_size, inner.first_column)
            }
        }
    }

    fn build(name: Option<String>, text: String, tab_size: u32, first_column: u32) -> Self {
        let line_starts = line_starts(&text);
        Self {
            inner: Arc::new(Inner {
                name,
                text,
                line_starts,
                tab_size,
                first_column,
                columns: OnceLock::new(),
            }),
        }
    }

    /// The template's name; `None` for a nameless template.
    pub fn name(&self) -> Option<&str> {
        self.inner.name.as_deref()
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.inner.text
    }

    /// The text of `span`; empty where the span does not fit the text.
    pub fn slice(&self, span: Span) -> &str {
        self.text().get(span.start as usize..span.end as usize).unwrap_or("")
    }

    /// The place of byte `offset`, which may be the text's length. That of a tab is its last column.
    pub fn position(&self, offset: u32) -> Position {
        let line = self.line_of(offset);
        let offset = (offset as usize).min(self.text().len());
        let mut start = self.line_start(line) as usize;
        let mut column = self.column_of_line(line);
        let stride = offset / STRIDE;
        let known = self.text().floor_char_boundary(stride * STRIDE);
        if known > start {
            start = known;
            column = self.columns()[stride];
        }
        // There is no line break between, apart from the CR of a CRLF that `offset` splits.
        let between = self.text().get(start..offset).unwrap_or("");
        let mut column =
            between.chars().fold(column, |column, c| next_column(column, c, self.inner.tab_size));
        if self.text().get(offset..).is_some_and(|rest| rest.starts_with('\t')) {
            column = next_column(column, '\t', self.inner.tab_size) - 1;
        }
        Position { line, column }
    }

    fn column_of_line(&self, line: u32) -> u32 {
        if line == 1 { self.inner.first_column } else { 1 }
    }

    /// The column of the character at or before each multiple of [`STRIDE`].
    fn columns(&self) -> &[u32] {
        self.inner.columns.get_or_init(|| {
            let text = self.text();
            let mut columns = Vec::with_capacity(text.len() / STRIDE + 1);
            let mut at = 0;
            let mut line = 1;
            let mut column = self.inner.first_column;
            for stride in 0..=text.len() / STRIDE {
                let end = text.floor_char_boundary(stride * STRIDE);
                while at < end {
                    let next_line = self
                        .inner
                        .line_starts
                        .get(line as usize)
                        .map_or(text.len(), |&start| start as usize);
                    let upto = end.min(next_line);
                    column = text[at..upto]
                        .chars()
                        .fold(column, |column, c| next_column(column, c, self.inner.tab_size));
                    at = upto;
                    if at == next_line && at < text.len() {
                        line += 1;
                        column = 1;
                    }
                }
                columns.push(column);
            }
            columns
        })
    }

    /// The tab size that columns are counted with.
    pub fn tab_size(&self) -> u32 {
        self.inner.tab_size
    }

    /// The number of the line that holds byte `offset`.
    pub(crate) fn line_of(&self, offset: u32) -> u32 {
        self.inner.line_starts.partition_point(|&start| start <= offset).max(1) as u32
    }

    /// The first byte of line `line`, which exists.
    pub(crate) fn line_start(&self, line: u32) -> u32 {
        self.inner.line_starts.get((line as usize).wrapping_sub(1)).copied().unwrap_or(0)
    }

    /// The bytes of line `line` (from 1) without its line break; empty where there is no such line.
    pub fn line(&self, line: u32) -> Span {
        let starts = &self.inner.line_starts;
        let index = (line as usize).wrapping_sub(1);
        let Some(&start) = starts.get(index) else { return Span::default() };
        let end = starts.get(index + 1).map_or(self.text().len(), |&end| end as usize);
        let text = &self.text()[start as usize..end];
        Span::new(start, start + text.trim_end_matches(['\r', '\n']).len() as u32)
    }
}

fn line_starts(text: &str) -> Vec<u32> {
    let bytes = text.as_bytes();
    let mut starts = vec![0];
    for (at, &byte) in bytes.iter().enumerate() {
        if byte == b'\n' || byte == b'\r' && bytes.get(at + 1) != Some(&b'\n') {
            starts.push(at as u32 + 1);
        }
    }
    starts
}

/// The column after a character that stands at `column`.
fn next_column(column: u32, c: char, tab_size: u32) -> u32 {
    match c {
        '\t' => (column - 1) / tab_size * tab_size + tab_size + 1,
        _ => column + c.len_utf16() as u32,
    }
}

/// The place after `text` when its first character stands at `origin`; `next` follows it.
pub(crate) fn advance(origin: Position, text: &str, next: Option<char>, tab_size: u32) -> Position {
    let mut position = origin;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let crlf = c == '\r' && chars.peek().copied().or(next) == Some('\n');
        if c == '\n' || c == '\r' && !crlf {
            position = Position { line: position.line + 1, column: 1 };
        } else {
            position.column = next_column(position.column, c, tab_size);
        }
    }
    if next == Some('\t') {
        position.column = next_column(position.column, '\t', tab_size) - 1;
    }
    position
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Counts from the start of the text, character by character.
    fn slowly(text: &str, offset: usize) -> Position {
        let next = text[offset..].chars().next();
        advance(Position { line: 1, column: 1 }, &text[..offset], next, 8)
    }

    #[test]
    fn positions() {
        let long: String = (0..400)
            .map(|i| ["ab", "é", "\t", "😀", "x\r\ny", "\r", "abcdefgh"][i * i % 7])
            .collect();
        for text in ["", "a", "a\tb\n\tc\r\nd\re", "\u{1F600}a", &long.repeat(9), &"é".repeat(3000)]
        {
            let source = Source::nameless(text);
            for (offset, _) in text.char_indices() {
                assert_eq!(source.position(offset as u32), slowly(text, offset), "{offset}");
            }
            assert_eq!(source.position(text.len() as u32), slowly(text, text.len()));
        }
    }

    #[test]
    fn an_expression_begins_in_column_two() {
        let source = Source::expression("a\tb\nc");
        let places: Vec<_> =
            (0..5).map(|at| source.position(at)).map(|p| (p.line, p.column)).collect();
        assert_eq!(places, [(1, 2), (1, 8), (1, 9), (1, 10), (2, 1)]);
    }

    #[test]
    fn lines() {
        let source = Source::nameless("a\r\nbc\rd\n");
        let lines: Vec<_> = (0..6).map(|line| source.slice(source.line(line))).collect();
        assert_eq!(lines, ["", "a", "bc", "d", "", ""]);
    }
}
