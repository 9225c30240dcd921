//! Interpolations, and string literals with them.

use super::expr::Literal;
use super::literal::{Decoded, Place, decode};
use super::reader::{Closable, Read, Reader};
use super::words::{self, Kind, Word};
use crate::ast::*;
use crate::error::ParseErrorKind;

/// Whether a string literal's interpolations are live.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Interpolate {
    Yes,
    No,
}

impl Reader<'_> {
    /// `"${" expression "}"`, `"[=" expression "]"` or `"#{" expression (";" format)? "}"`
    pub(super) fn interpolation(&mut self) -> Read<Interpolation> {
        let open = self.peek();
        let syntax = match open.kind {
            Kind::Dollar => InterpolationKind::Dollar,
            Kind::Hash => InterpolationKind::Hash,
            Kind::Square => InterpolationKind::Square,
            _ => return Err(self.unexpected(&[])),
        };
        self.next();
        let expr = self.expression()?;
        let mut format = None;
        if syntax == InterpolationKind::Hash {
            self.number_only(&expr)?;
            if self.take(Kind::Semicolon).is_some() {
                let word = self.peek();
                self.require_name()?;
                self.next();
                format = Some(word);
            }
        }
        let closable: Closable =
            if syntax == InterpolationKind::Square { &["\"[\""] } else { &["\"{\""] };
        match (syntax, format) {
            (InterpolationKind::Hash, None) => self.expect(Kind::InterpolationEnd, closable)?,
            (InterpolationKind::Hash, Some(_)) => {
                self.expect_only(Kind::InterpolationEnd, "\"}\"", closable)?
            }
            (InterpolationKind::Dollar, _) => {
                self.expect_after(Kind::InterpolationEnd, "\"}\"", closable)?
            }
            (InterpolationKind::Square, _) => {
                self.expect_after(Kind::InterpolationEnd, "\"]\"", closable)?
            }
        };
        if syntax != InterpolationKind::Hash {
            const PRINTABLE: &str =
                "string or something automatically convertible to string (number, date or boolean)";
            self.not_literal(&expr, Literal::Hash, PRINTABLE)?;
            self.not_literal(&expr, Literal::List, PRINTABLE)?;
        }
        let format = format.map(|word| self.numeric_format(word)).transpose()?;
        Ok(Interpolation { syntax, expr, auto_escape: self.scope.auto_escaping, format })
    }

    /// `m1M3`
    fn numeric_format(&self, word: Word) -> Read<NumericFormat> {
        let text = self.slice(word);
        let (mut min, mut max): (Option<i64>, Option<i64>) = (None, None);
        let mut rest = text;
        while let Some(letter) = rest.chars().next() {
            let slot = match letter {
                'm' => &mut min,
                'M' => &mut max,
                _ => return Err(self.semantic(format!("Invalid format specifier {text}"), word)),
            };
            rest = &rest[1..];
            if rest.is_empty() {
                break;
            }
            // Java's tokens: a letter m or M, or what stands between two of them.
            let len = if rest.starts_with(['m', 'M']) {
                1
            } else {
                rest.find(['m', 'M']).unwrap_or(rest.len())
            };
            if slot.is_some() {
                return Err(self.semantic(format!("Invalid format specifier {text}"), word));
            }
            let Ok(digits) = rest[..len].parse::<i32>() else {
                let message = format!("Invalid number in the format specifier {text}");
                return Err(self.semantic(message, word));
            };
            *slot = Some(i64::from(digits));
            rest = &rest[len..];
        }
        let (min, max) = match (min, max) {
            (None, None) => {
                let message =
                    "Invalid format specification, at least one of m and M must be specified!";
                return Err(self.semantic(message, word));
            }
            (Some(min), None) => (min, min),
            (min, Some(max)) => (min.unwrap_or(0), max),
        };
        if min > max {
            let message = "Invalid format specification, min cannot be greater than max!";
            return Err(self.semantic(message, word));
        }
        match (u8::try_from(min), u8::try_from(max)) {
            (Ok(min), Ok(max @ 0..=50)) => {
                Ok(NumericFormat { span: self.word_span(word), min, max })
            }
            _ => Err(self.semantic("Cannot specify more than 50 fraction digits", word)),
        }
    }

    /// A string literal; with interpolations, if it has live ones.
    pub(super) fn string(&mut self, word: Word, interpolate: Interpolate) -> Read<StringLiteral> {
        let text = self.slice(word);
        if text.starts_with('r') {
            return Ok(StringLiteral {
                raw: true,
                value: text[2..text.len() - 1].to_owned(),
                parts: Vec::new(),
            });
        }
        let inside = &text[1..text.len() - 1];
        let live = interpolate == Interpolate::Yes
            && has_interpolation(inside, self.scope.interpolation_syntax);
        if !live && !inside.contains('\\') {
            return Ok(StringLiteral { raw: false, value: inside.to_owned(), parts: Vec::new() });
        }
        let decoded = decode(inside, word.start + 1, self.place);
        let mut parts = Vec::new();
        if live
            && decoded.text.encode_utf16().count() > 3
            && has_interpolation(&decoded.text, self.scope.interpolation_syntax)
        {
            if decoded.shifted {
                self.scope.shifted.push(decoded.table(self.word_span(word)));
            }
            parts = match self.literal_parts(&decoded) {
                Ok(parts) => parts,
                Err(fault) if fault.kind == ParseErrorKind::Limit => return Err(fault),
                // FreeMarker parses the text of the literal when it has read the expression that it is part of.
                Err(fault) => {
                    self.complain(fault)?;
                    Vec::new()
                }
            };
        }
        Ok(StringLiteral { raw: false, value: decoded.text, parts })
    }

    /// The text and interpolations of a string literal.
    fn literal_parts(&mut self, decoded: &Decoded) -> Read<Vec<StringPart>> {
        self.enter()?;
        let words = words::literal(&decoded.text, self.scope.interpolation_syntax);
        let around = self.scope.enter_literal();
        let mut inner = Reader::new(&decoded.text, &words, Place::Literal(decoded), self.scope);
        let parts = inner.parts();
        self.scope.leave_literal(around);
        self.scope.depth -= 1;
        parts
    }

    fn parts(&mut self) -> Read<Vec<StringPart>> {
        let mut parts = Vec::new();
        loop {
            let word = self.peek();
            match word.kind {
                Kind::End => return Ok(parts),
                Kind::Text => {
                    self.next();
                    parts.push(StringPart::Text(self.slice(word).to_owned()));
                }
                _ => {
                    let mut interpolation = self.interpolation()?;
                    // What a literal is made of is escaped once, when the whole is printed.
                    interpolation.auto_escape = false;
                    let span = self.place.span(word.start, self.before);
                    parts.push(StringPart::Interpolation(span, Box::new(interpolation)));
                }
            }
        }
    }
}

fn has_interpolation(text: &str, syntax: InterpolationSyntax) -> bool {
    match syntax {
        InterpolationSyntax::Legacy => text.contains("${") || text.contains("#{"),
        InterpolationSyntax::Dollar => text.contains("${"),
        InterpolationSyntax::SquareBracket => text.contains("[="),
    }
}
