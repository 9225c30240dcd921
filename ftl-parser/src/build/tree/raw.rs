//! Comments and `#noparse`: what is within is not read.

use super::Tree;
use crate::ast::*;
use crate::build::fault::in_quotes;
use crate::build::reader::Read;
use crate::build::words::{Kind, Name, Word};
use crate::error::{ParseError, ParseErrorKind};
use crate::source::Span;

impl Tree<'_> {
    pub(super) fn comment(&mut self, word: Word) -> Read<()> {
        self.reader.next();
        let span = self.reader.word_span(word);
        let text = self.reader.slice(word);
        let closer = if self.square { "--]" } else { "-->" };
        if text.len() >= 7 && text.ends_with(closer) {
            self.push(span, ElementKind::Comment(Span::new(span.start + 4, span.end - 3)));
            return Ok(());
        }
        if let Some(len) = text.get(4..).and_then(|text| self.closed_by_end(text)) {
            let inner = Span::new(span.start + 4, span.start + 4 + len as u32);
            self.push(span, ElementKind::Comment(inner));
            return Ok(());
        }
        Err(self.unclosed(word, 4))
    }

    /// `#noparse` and `#comment`
    pub(super) fn raw(&mut self, open: Word, name: Name) -> Read<()> {
        self.reader.next();
        let text = self.reader.next();
        let mut inner = self.reader.word_span(text);
        if self.reader.take(Kind::RawEnd).is_none() {
            let Some(len) = self.closed_by_end(self.reader.slice(text)) else {
                return Err(self.unclosed(open, open.end - open.start));
            };
            inner.end = inner.start + len as u32;
        }
        let span = self.from(open);
        let kind = match name {
            Name::Comment => ElementKind::CommentDirective(inner),
            _ => ElementKind::NoParse(Text { span: inner, kept: Vec::new() }),
        };
        self.push(span, kind);
        Ok(())
    }

    /// The length of the content of a comment or `#noparse` that has no end, if the end of the template closes it.
    fn closed_by_end(&self, content: &str) -> Option<usize> {
        // FreeMarker marks the end by a semicolon, and so takes one of the content's own for it.
        let closes = content.ends_with(';') || self.end_closes_raw && !content.is_empty();
        closes.then(|| last_raw_word(content))
    }

    /// A comment, `#comment` or `#noparse` whose opening tag, `len` bytes long, is followed by no end.
    fn unclosed(&mut self, open: Word, len: u32) -> Box<ParseError> {
        if open.start + len == self.reader.text.len() as u32 {
            // FreeMarker wants at least one word within.
            while self.reader.kind() != Kind::End {
                self.reader.next();
            }
            return self.reader.unexpected(&[]);
        }
        let opener = Word { end: open.start + len, ..open };
        let message = format!("Unclosed {}", in_quotes(self.reader.slice(opener)));
        self.reader.fault_at(ParseErrorKind::UnexpectedEnd, message, opener)
    }
}

/// Where the last word of the content of a comment or `#noparse` begins, which FreeMarker takes for its end. A word is one
/// of the characters that may begin an end, an end of another kind, or what is between.
fn last_raw_word(content: &str) -> usize {
    const SPECIAL: [char; 3] = ['<', '[', '-'];
    let end_of_other_kind = |at: usize| {
        let after = content[at..].strip_prefix(['<', '['])?.strip_prefix('/')?;
        let name = after.strip_prefix('#').unwrap_or(after);
        let rest = name.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        let closer = rest.trim_start_matches([' ', '\t', '\n', '\r']).strip_prefix(['>', ']'])?;
        (rest.len() < name.len()).then(|| content.len() - closer.len())
    };
    let comment_end =
        |at: usize| content[at..].starts_with("-->") || content[at..].starts_with("--]");
    let mut at = 0;
    let mut last = 0;
    while at < content.len() {
        last = at;
        at = if let Some(end) = end_of_other_kind(at) {
            end
        } else if comment_end(at) {
            at + 3
        } else if content[at..].starts_with(SPECIAL) {
            at + 1
        } else {
            content[at..].find(SPECIAL).map_or(content.len(), |len| at + len)
        };
    }
    last
}
