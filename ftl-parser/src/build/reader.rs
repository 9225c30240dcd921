//! The words of a text, read one after the other.

use std::collections::HashSet;

use super::fault::pattern_of;
use super::literal::Place;
use super::scope::Scope;
use super::words::{Bad, Kind, Word};
use crate::error::{ParseError, ParseErrorKind};
use crate::source::Span;

/// What was read, or the fault that ends the tag.
pub(super) type Read<T> = Result<T, Box<ParseError>>;

/// Reads the words of one text: the template or a string literal.
pub(super) struct Reader<'a> {
    pub(super) text: &'a str,
    pub(super) words: &'a [Word],
    pub(super) at: usize,
    pub(super) place: Place<'a>,
    pub(super) scope: &'a mut Scope,
    /// The end of the word before.
    pub(super) before: u32,
    /// In the callee of `<@…`, where a blank is a word.
    pub(super) blank_is_word: bool,
    /// In the named arguments of a call, where `!` and a blank end the value.
    pub(super) named: Named,
    /// Open parentheses.
    pub(super) parens: u32,
    /// In how many right sides of `!` and `..` this is, for which FreeMarker looks ahead.
    pub(super) ahead: u32,
    /// The first fault, other than of the grammar, in what FreeMarker looks at ahead.
    pub(super) complaint: Option<Box<ParseError>>,
    /// The word before which an `a..` without right side ended.
    pub(super) open_range: Option<usize>,
    /// Words after `!` or `..` at which no operand turned out to begin.
    pub(super) failed: HashSet<usize>,
}

/// FreeMarker's state `NAMED_PARAMETER_EXPRESSION`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    /// Not in named arguments.
    No,
    /// In them: `!` and a blank end the value.
    Yes,
    /// In them, after such an end: until the next `name=`, `!` is as elsewhere.
    Ended,
}

/// Which brackets or directives FreeMarker would see closed.
pub(super) type Closable<'c> = &'c [&'static str];

impl<'a> Reader<'a> {
    pub(super) fn new(
        text: &'a str,
        words: &'a [Word],
        place: Place<'a>,
        scope: &'a mut Scope,
    ) -> Self {
        Reader {
            text,
            words,
            at: 0,
            place,
            scope,
            before: 0,
            blank_is_word: false,
            named: Named::No,
            parens: 0,
            ahead: 0,
            complaint: None,
            open_range: None,
            failed: HashSet::new(),
        }
    }

    /// The next word, not taken.
    pub(super) fn peek(&self) -> Word {
        let word = self.words[self.at];
        if self.blank_is_word && word.start > self.before {
            let kind = match self.text.as_bytes()[self.before as usize] {
                b' ' | b'\t' | b'\n' | b'\r' => Kind::Blank,
                _ => Kind::Bad(Bad::Character),
            };
            let blanks = self.text[self.before as usize..word.start as usize]
                .find(|c| !matches!(c, ' ' | '\t' | '\n' | '\r'))
                .map_or(word.start, |len| self.before + len as u32);
            return Word { kind, start: self.before, end: blanks };
        }
        if word.kind == Kind::Exclamation && self.named == Named::Yes && self.parens == 0 {
            let rest = &self.text[word.end as usize..];
            let blanks = rest.len() - rest.trim_start_matches([' ', '\t', '\n', '\r']).len();
            if blanks > 0 {
                return Word {
                    kind: Kind::ExclamationBlank,
                    end: word.end + blanks as u32,
                    ..word
                };
            }
        }
        word
    }

    pub(super) fn kind(&self) -> Kind {
        self.peek().kind
    }

    /// The kind of the word `ahead` words after the next one. FreeMarker's look ahead meets what is no word, too.
    pub(super) fn kind_ahead(&self, ahead: usize) -> Read<Kind> {
        match self.words.get(self.at + ahead) {
            Some(&word) => match word.kind {
                Kind::Bad(bad) => Err(self.bad(word, bad)),
                kind => Ok(kind),
            },
            None => Ok(Kind::End),
        }
    }

    /// Takes the next word.
    pub(super) fn next(&mut self) -> Word {
        let word = self.peek();
        match word.kind {
            Kind::Blank => {
                self.blank_is_word = false;
                self.before = word.end;
                return word;
            }
            Kind::OpenParen => {
                self.blank_is_word = false;
                self.parens += 1;
            }
            Kind::CloseParen => {
                self.parens = self.parens.saturating_sub(1);
                self.resume_named();
            }
            Kind::ExclamationBlank => self.named = Named::Ended,
            _ => (),
        }
        if self.named == Named::Ended && self.gap_has_comment(word.start) {
            self.resume_named();
        }
        self.before = self.words[self.at].end;
        if word.kind != Kind::End {
            self.at += 1;
        }
        word
    }

    fn resume_named(&mut self) {
        if self.named == Named::Ended && self.parens == 0 {
            self.named = Named::Yes;
        }
    }

    fn gap_has_comment(&self, start: u32) -> bool {
        self.text.get(self.before as usize..start as usize).is_some_and(|gap| gap.contains("--"))
    }

    /// Takes the next word if it is a `kind`.
    pub(super) fn take(&mut self, kind: Kind) -> Option<Word> {
        (self.kind() == kind).then(|| self.next())
    }

    pub(super) fn slice(&self, word: Word) -> &'a str {
        &self.text[word.start as usize..word.end as usize]
    }

    pub(super) fn word_span(&self, word: Word) -> Span {
        self.place.span(word.start, word.end)
    }

    /// Takes a `kind`, or tells that one of several words was expected, among them those that close `closable`.
    pub(super) fn expect(&mut self, kind: Kind, closable: Closable) -> Read<Word> {
        if self.kind() == kind {
            return Ok(self.next());
        }
        let mut fault = self.unexpected(closable);
        if fault.message.ends_with("one of these patterns:") {
            fault.message.push_str(pattern_of(kind));
        }
        Err(fault)
    }

    /// Takes a `kind` after an expression. After most expressions they might go on; after `a..` FreeMarker has looked
    /// for that in another way, and tells of one pattern.
    pub(super) fn expect_after(
        &mut self,
        kind: Kind,
        pattern: &str,
        closable: Closable,
    ) -> Read<Word> {
        match self.open_range == Some(self.at) {
            true => self.expect_only(kind, pattern, closable),
            false => self.expect(kind, closable),
        }
    }

    /// Takes a `kind` at a place where nothing else may stand; `pattern` is FreeMarker's name of it.
    pub(super) fn expect_only(
        &mut self,
        kind: Kind,
        pattern: &str,
        closable: Closable,
    ) -> Read<Word> {
        if self.kind() == kind {
            return Ok(self.next());
        }
        Err(self.unexpected_only(pattern, closable))
    }

    /// A fault of what stands in the right place. While FreeMarker looks ahead it does not see it.
    pub(super) fn complain(&mut self, fault: Box<ParseError>) -> Read<()> {
        if self.ahead == 0 {
            return Err(fault);
        }
        self.complaint.get_or_insert(fault);
        Ok(())
    }

    /// Ends what FreeMarker reads twice: first only to see whether it is there.
    pub(super) fn leave_ahead<T>(&mut self, read: Read<T>) -> Read<T> {
        self.ahead -= 1;
        if self.ahead > 0 {
            return read;
        }
        match (self.complaint.take(), read) {
            (Some(_), Err(fault))
                if matches!(fault.kind, ParseErrorKind::Lexical | ParseErrorKind::Limit) =>
            {
                Err(fault)
            }
            (Some(complaint), _) => Err(complaint),
            (None, read) => read,
        }
    }
}
