//! Faults in FreeMarker's words: what cannot stand where it stands, and what is no word at all.

use super::reader::{Closable, Reader};
use super::words::{self, Bad, Kind, Name, Word, name_in_tag};
use crate::error::{ParseError, ParseErrorKind};
use crate::source::Span;

const END_TAG_HINT: &str =
    "(Note that FreeMarker end-tags must have # or @ after the / character.)";

impl Reader<'_> {
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
pub(super) fn pattern_of(kind: Kind) -> &'static str {
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
