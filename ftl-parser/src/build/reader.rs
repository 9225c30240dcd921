//! The words of a text, read one after the other, and the faults of what was read.

use std::collections::HashSet;

use super::literal::Place;
use super::scope::Scope;
use super::words::{self, Bad, Kind, Name, Word, name_in_tag};
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

    /// The next word cannot stand where only `pattern` may.
    pub(super) fn unexpected_only(&self, pattern: &str, closable: Closable) -> Box<ParseError> {
        let mut fault = self.unexpected(closable);
        // Where FreeMarker looked ahead it tells the pattern more than once.
        if let Some(head) = fault.message.strip_suffix("one of these patterns:")
            && self.ahead == 0
        {
            fault.message = format!("{head}pattern:\n    {pattern}");
        }
        fault
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

    pub(super) fn fault(
        &self,
        kind: ParseErrorKind,
        message: String,
        span: Span,
        at: u32,
    ) -> Box<ParseError> {
        let position = self.place.position(at);
        Box::new(ParseError { kind, message, span, position, tip: None, related: Vec::new() })
    }

    pub(super) fn fault_at(
        &self,
        kind: ParseErrorKind,
        message: String,
        word: Word,
    ) -> Box<ParseError> {
        self.fault(kind, message, self.word_span(word), word.start)
    }

    pub(super) fn semantic(&self, message: impl Into<String>, word: Word) -> Box<ParseError> {
        self.fault_at(ParseErrorKind::Semantic, message.into(), word)
    }

    /// The next word cannot stand here.
    pub(super) fn unexpected(&self, closable: Closable) -> Box<ParseError> {
        self.unexpected_word(self.peek(), closable)
    }

    pub(super) fn unexpected_word(&self, word: Word, closable: Closable) -> Box<ParseError> {
        match word.kind {
            Kind::Bad(bad) => self.bad(word, bad),
            Kind::UnknownDirective => self.unknown_directive(word),
            Kind::End => self.end(closable),
            _ => self.encountered(word, closable),
        }
    }

    fn end(&self, closable: Closable) -> Box<ParseError> {
        let mut message = "Unexpected end of file reached.".to_owned();
        if !closable.is_empty() {
            message.push_str(" You have an unclosed ");
            message.push_str(&closable.join(" and "));
            message
                .push_str(". Check if the FreeMarker end-tags are present, and aren't malformed. ");
            message.push_str(END_TAG_HINT);
        }
        let last = self.text.char_indices().next_back().map_or(0, |(at, _)| at as u32);
        let span = self.place.span(last, self.text.len() as u32);
        self.fault(ParseErrorKind::UnexpectedEnd, message, span, last)
    }

    fn encountered(&self, word: Word, closable: Closable) -> Box<ParseError> {
        let word = self.first_text_word(word);
        let own = match word.kind {
            Kind::InterpolationEnd if self.slice(word) == "]" => Some("\"[\""),
            kind => closed_by(kind),
        };
        let is_else = matches!(word.kind, Kind::Bare(Name::Else) | Kind::Directive(Name::ElseIf));
        let remove = if is_else { Some("#if") } else { own };
        let others: Vec<_> = match own.is_some() || is_else {
            true => closable.iter().filter(|&&closable| Some(closable) != remove).collect(),
            false => Vec::new(),
        };
        let mut image = self.slice(word).to_owned();
        if word.kind == Kind::Name {
            image.retain(|c| c != '\\');
        }
        let mut message = format!("Encountered {}", quote(&image));
        let mut kind = ParseErrorKind::Syntax;
        if others.is_empty() {
            message.push_str(", but was ");
        } else {
            kind = ParseErrorKind::Nesting;
            match word.kind {
                Kind::Bare(Name::Else) => {
                    message
                        .push_str(", which can only be used where an #if or #list could be closed");
                }
                Kind::Directive(Name::ElseIf) => {
                    message.push_str(", which can only be used where an #if could be closed");
                }
                _ => (),
            }
            message.push_str(", but at this place only ");
            message.push_str(if others.len() > 1 { "these" } else { "this" });
            message.push_str(" can be closed: ");
            let quoted: Vec<_> = others
                .iter()
                .map(|closable| match closable.starts_with('"') {
                    true => (**closable).to_string(),
                    false => quote(closable),
                })
                .collect();
            message.push_str(&quoted.join(", "));
            message.push('.');
            if self.slice(word).starts_with("</") || self.slice(word).starts_with("[/") {
                message.push_str(" This usually because of wrong nesting of FreeMarker directives, like a missed or malformed end-tag somewhere. ");
                message.push_str(END_TAG_HINT);
            }
            message.push_str("\nWas ");
        }
        message.push_str("expecting one of these patterns:");
        if matches!(word.kind, Kind::EndDirective(_) | Kind::CallEnd) || is_else {
            kind = ParseErrorKind::Nesting;
        }
        let mut fault = self.fault_at(kind, message, word);
        fault.tip = self.tip_for(word);
        fault
    }

    /// FreeMarker cuts text into words: white space, other characters, and the characters that may open something.
    fn first_text_word(&self, word: Word) -> Word {
        if word.kind != Kind::Text {
            return word;
        }
        let text = self.slice(word);
        let special = |c: char| matches!(c, '$' | '<' | '#' | '[' | '{');
        let blank = |c: char| matches!(c, ' ' | '\t' | '\n' | '\r');
        let len = match text.chars().next() {
            // What would open something in another syntax is a word, too.
            Some(c) if special(c) => words::opening_len(text),
            Some(c) if blank(c) => text.find(|c| !blank(c)).unwrap_or(text.len()),
            _ => text.find(|c| special(c) || blank(c)).unwrap_or(text.len()),
        };
        Word { end: word.start + len as u32, ..word }
    }

    /// FreeMarker's lexical errors.
    pub(super) fn bad(&self, word: Word, bad: Bad) -> Box<ParseError> {
        let text = self.slice(word);
        match bad {
            // In the callee of a call FreeMarker knows no comments: it reads `<`, and then `#` is no word.
            Bad::Character if starts_comment(&self.text[word.start as usize..]) => {
                self.bad_character(word.start + 1, 1)
            }
            Bad::Character => {
                self.bad_character(word.start, bad_len(&self.text[word.start as usize..]))
            }
            Bad::String => self.bad_string(word),
            Bad::Misplaced => {
                let closer = if text.starts_with('[') { ']' } else { '}' };
                let message = format!(
                    "You can't use {text}...{closer} (an interpolation) here as you are already in FreeMarker-expression-mode. \
                     Thus, instead of {text}myExpression{closer}, just write myExpression. ({text}...{closer} is only used where \
                     otherwise static text is expected, i.e., outside FreeMarker tags and interpolations, or inside string literals.)"
                );
                self.fault_at(ParseErrorKind::Lexical, message, word)
            }
            Bad::Closer => {
                let message = format!(
                    "You can't have an \"{text}\" here, as there's nothing open that it could close."
                );
                self.fault_at(ParseErrorKind::Lexical, message, word)
            }
            Bad::TagEnd => {
                let last = text.chars().next_back().unwrap_or('>');
                let message = format!("The tag shouldn't end with \"{last}\".");
                self.fault_at(ParseErrorKind::Lexical, message, word)
            }
        }
    }

    /// The character `len` bytes after `start` is none that could go on.
    fn bad_character(&self, start: u32, len: usize) -> Box<ParseError> {
        let start = start as usize;
        let at = start + len;
        let found = self.text[at..].chars().next();
        // FreeMarker speaks of the end of the file already where that character is the last one.
        let next = found.map_or(at, |c| at + c.len_utf8());
        let Some(c) = found.filter(|c| next < self.text.len() || c.len_utf16() > 1) else {
            return self.bad_end(start);
        };
        let message = format!(
            "Lexical error: encountered \"{}\" ({}), after \"{}\".",
            first_half(&escape(c)),
            first_unit(c),
            excerpt(&self.text[start..at])
        );
        let span = self.place.span(at as u32, next as u32);
        let mut fault = self.fault(ParseErrorKind::Lexical, message, span, at as u32);
        fault.tip = super::tips::character_tip(&self.text[start..at], c);
        fault
    }

    /// A word that begins at `start` goes on to the end of the text and is none.
    fn bad_end(&self, start: usize) -> Box<ParseError> {
        let read = &self.text[start..];
        let shown =
            if read.encode_utf16().nth(1).is_some() { excerpt(read) } else { String::new() };
        let message = format!("Lexical error: encountered <EOF> after \"{shown}\".");
        let end = self.text.len() as u32;
        let mut fault =
            self.fault(ParseErrorKind::Lexical, message, self.place.span(start as u32, end), end);
        if self.text.ends_with(['\n', '\r']) {
            fault.position.column = 0;
        }
        fault
    }

    fn bad_string(&self, word: Word) -> Box<ParseError> {
        let text = self.slice(word);
        let (start, len) = (word.start, text.len());
        if let Some(bad) = super::literal::first_bad_escape(&text[1..])
            && start as usize + 1 + bad < self.text.len()
        {
            return self.bad_character(start, 1 + bad);
        }
        let mut fault = self.bad_end(start as usize);
        fault.span = self.place.span(start, start + len as u32);
        fault
            .related
            .push((self.place.span(start, start + 1), "the string opened here".to_owned()));
        fault
    }

    fn unknown_directive(&self, word: Word) -> Box<ParseError> {
        let tag = self.slice(word);
        let name = name_in_tag(tag);
        let (kind, message) = if crate::names::is_directive(name) {
            let message = format!(
                "#{name} is an existing directive, but the tag is malformed.  (See FreeMarker Manual / Directive Reference.)"
            );
            (ParseErrorKind::Syntax, message)
        } else {
            let tip = crate::names::foreign_directive_hint(name);
            (ParseErrorKind::UnknownName, format!("Unknown directive: #{name}. {tip}"))
        };
        let mut fault = self.fault_at(kind, message, word);
        // FreeMarker points at the second character of the tag.
        fault.position.column += 1;
        fault.tip = self.directive_tip(word);
        fault
    }
}

/// Of the words that FreeMarker would list the one that is meant.
fn pattern_of(kind: Kind) -> &'static str {
    match kind {
        Kind::TagEnd => "\n    \">\"",
        Kind::InterpolationEnd | Kind::CloseBrace => "\n    \"}\"",
        Kind::CloseBracket => "\n    \"]\"",
        Kind::CloseParen => "\n    \")\"",
        Kind::Colon => "\n    \":\"",
        Kind::As => "\n    \"as\"",
        _ => "",
    }
}

fn starts_comment(text: &str) -> bool {
    text.starts_with("<#--") || text.starts_with("[#--")
}

/// How many bytes of what starts `text` FreeMarker reads before it finds that this is no word.
fn bad_len(text: &str) -> usize {
    let word = ["\\lt", "\\gt", "\\and", "#{"].iter().map(|word| {
        let common = text.bytes().zip(word.bytes()).take_while(|(a, b)| a == b).count();
        common.min(word.len() - 1)
    });
    word.max().unwrap_or(0)
}

/// As JavaCC shows a text. What is long in front is of no use.
fn excerpt(text: &str) -> String {
    text.chars().take(200).map(escape).collect()
}

/// Of the two escapes of a supplementary character the one of its first half.
fn first_half(escaped: &str) -> &str {
    match escaped.len() {
        12 => &escaped[..6],
        _ => escaped,
    }
}

fn first_unit(c: char) -> u16 {
    let mut units = [0; 2];
    c.encode_utf16(&mut units)[0]
}

/// As JavaCC shows a character.
fn escape(c: char) -> String {
    match c {
        '\0' => String::new(),
        '\u{8}' => "\\b".to_owned(),
        '\t' => "\\t".to_owned(),
        '\n' => "\\n".to_owned(),
        '\u{c}' => "\\f".to_owned(),
        '\r' => "\\r".to_owned(),
        '"' => "\\\"".to_owned(),
        '\'' => "\\'".to_owned(),
        '\\' => "\\\\".to_owned(),
        ' '..='~' => c.to_string(),
        _ => {
            let mut units = [0; 2];
            c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")).collect()
        }
    }
}

/// `text` in quotes, as FreeMarker shows words and names.
pub(super) fn quote(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\0'..=' ' if c != ' ' => quoted.push_str(&format!("\\u{:04x}", c as u32)),
            _ => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// `text` between quotes, as it is.
pub(super) fn in_quotes(text: &str) -> String {
    format!("\"{text}\"")
}

const END_TAG_HINT: &str =
    "(Note that FreeMarker end-tags must have # or @ after the / character.)";

/// What a word closes, in FreeMarker's words; `None`: FreeMarker does not count it as an end tag.
fn closed_by(kind: Kind) -> Option<&'static str> {
    use Name::*;
    Some(match kind {
        Kind::EndDirective(name) => match name {
            ForEach => "#foreach",
            List => "#list",
            Sep => "#sep",
            Items => "#items",
            Switch => "#switch",
            If => "#if",
            Compress => "#compress",
            Macro | Function => "#macro or #function",
            Transform => "#transform",
            Escape => "#escape",
            NoEscape => "#noescape",
            Assign | Global | Local => "#assign or #local or #global",
            Attempt => "#attempt",
            _ => return None,
        },
        Kind::CallEnd => "@...",
        Kind::CloseBrace => "\"{\"",
        Kind::CloseBracket => "\"[\"",
        Kind::CloseParen => "\"(\"",
        Kind::InterpolationEnd => "\"{\"",
        _ => return None,
    })
}
