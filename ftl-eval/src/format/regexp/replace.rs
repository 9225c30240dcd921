//! `Matcher.replaceAll` and `replaceFirst`.

use std::fmt;

use super::{Matcher, Regexp, StepLimit, Steps};
use crate::format::utf16::Joiner;

/// Which matches are replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    First,
    All,
}

/// Why nothing was replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ReplaceError {
    StepLimit,
    /// The result would have more bytes than it may.
    TooLong,
    /// Java's `IllegalArgumentException`: the replacement is faulty.
    IllegalArgument(String),
    /// Java's `IndexOutOfBoundsException`: the replacement names a group that the pattern lacks.
    IndexOutOfBounds(String),
}

impl From<StepLimit> for ReplaceError {
    fn from(_: StepLimit) -> Self {
        ReplaceError::StepLimit
    }
}

impl fmt::Display for ReplaceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReplaceError::StepLimit => StepLimit.fmt(f),
            ReplaceError::TooLong => f.write_str("The result of a replacement is too long"),
            ReplaceError::IllegalArgument(text) | ReplaceError::IndexOutOfBounds(text) => {
                f.write_str(text)
            }
        }
    }
}

impl std::error::Error for ReplaceError {}

/// A part of a replacement.
enum Part {
    Literal(String),
    Group(usize),
}

impl Regexp {
    /// Adds to `out` the text with matches replaced, at most `max_bytes` bytes.
    ///
    /// In the replacement, `$1` and `${name}` stand for groups and a backslash makes the next
    /// character literal. A fault in it shows only when there is a match, as in Java.
    pub(crate) fn replace(
        &self,
        text: &str,
        replacement: &str,
        which: Which,
        max_bytes: usize,
        steps: &mut Steps,
        out: &mut String,
    ) -> Result<(), ReplaceError> {
        let mut matcher = self.matcher(text);
        let Some(mut span) = matcher.find_span(steps)? else {
            out.push_str(text);
            return Ok(());
        };
        let plain = !replacement.contains(['$', '\\']);
        let parts = if plain { Vec::new() } else { parse(replacement, self)? };
        let end = out.len().saturating_add(max_bytes);
        let mut joiner = Joiner::new(out);
        let mut copied = 0;
        loop {
            joiner.push_slice(text, copied, span.0);
            if plain {
                joiner.push_str(replacement);
            } else {
                expand(&parts, &matcher, text, &mut joiner);
            }
            copied = span.1;
            if joiner.len() > end {
                return Err(ReplaceError::TooLong);
            }
            span = match which {
                Which::First => break,
                Which::All => match matcher.find_span(steps)? {
                    Some(span) => span,
                    None => break,
                },
            };
        }
        joiner.push_slice(text, copied, text.len());
        joiner.finish();
        if out.len() > end { Err(ReplaceError::TooLong) } else { Ok(()) }
    }
}

fn expand(parts: &[Part], matcher: &Matcher<'_>, text: &str, joiner: &mut Joiner<'_>) {
    for part in parts {
        match part {
            Part::Literal(literal) => joiner.push_str(literal),
            Part::Group(group) => {
                if let Some((start, end)) = matcher.group_span(*group) {
                    joiner.push_slice(text, start, end);
                }
            }
        }
    }
}

fn parse(replacement: &str, regexp: &Regexp) -> Result<Vec<Part>, ReplaceError> {
    let fault = |text: &str| Err(ReplaceError::IllegalArgument(text.to_owned()));
    let mut parts = Vec::new();
    let mut literal = String::new();
    let mut chars = replacement.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some(escaped) => literal.push(escaped),
                None => return fault("character to be escaped is missing"),
            },
            '$' => {
                if !literal.is_empty() {
                    parts.push(Part::Literal(std::mem::take(&mut literal)));
                }
                let group = match chars.next() {
                    None => return fault("Illegal group reference: group index is missing"),
                    Some('{') => {
                        let mut name = String::new();
                        while let Some(c) = chars.next_if(char::is_ascii_alphanumeric) {
                            name.push(c);
                        }
                        named_group(&name, chars.next(), regexp)?
                    }
                    Some(c) => {
                        let Some(digit) = c.to_digit(10) else {
                            return fault("Illegal group reference");
                        };
                        let mut group = digit as usize;
                        // Digits belong to the number as long as there is such a group.
                        while let Some(digit) = chars.peek().and_then(|c| c.to_digit(10)) {
                            let longer = group * 10 + digit as usize;
                            if longer > regexp.group_count() {
                                break;
                            }
                            group = longer;
                            chars.next();
                        }
                        group
                    }
                };
                if group > regexp.group_count() {
                    return Err(ReplaceError::IndexOutOfBounds(format!("No group {group}")));
                }
                parts.push(Part::Group(group));
            }
            _ => literal.push(c),
        }
    }
    if !literal.is_empty() {
        parts.push(Part::Literal(literal));
    }
    Ok(parts)
}

fn named_group(name: &str, after: Option<char>, regexp: &Regexp) -> Result<usize, ReplaceError> {
    let text = if name.is_empty() {
        "named capturing group has 0 length name".to_owned()
    } else if after != Some('}') {
        "named capturing group is missing trailing '}'".to_owned()
    } else if name.starts_with(|c: char| c.is_ascii_digit()) {
        format!("capturing group name {{{name}}} starts with digit character")
    } else {
        match regexp.group_names().find(|(known, _)| *known == name) {
            Some((_, group)) => return Ok(group),
            None => format!("No group with name {{{name}}}"),
        }
    };
    Err(ReplaceError::IllegalArgument(text))
}
