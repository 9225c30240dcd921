//! JSON in a string, as `?eval_json` reads it.
//!
//! FreeMarker has a reader of its own for it, more lenient than Jackson: comments, no-break spaces
//! and byte order marks count as white space, and numbers become what literals of a template are.
//! What is nested is kept on a list, not on the stack.

mod fault;

use std::borrow::Cow;

use super::hash::OrderedHash;
use super::{Number, Str, Value};
use crate::error::{Error, Result};
use crate::format::quoted;
use crate::format::utf16::{Joiner, is_letter};
use crate::value::number::NumberError;
pub(crate) use fault::Fault;

const UNCLOSED_OBJECT: &str = "This {...} was still unclosed when the end of the file was reached. (Look for a missing \"}\")";
const UNCLOSED_ARRAY: &str = "This [...] was still unclosed when the end of the file was reached. (Look for a missing \"]\")";
const UNCLOSED_STRING: &str = "String literal was still unclosed when the end of the file was reached. (Look for missing or \
     accidentally escaped closing quotation mark.)";
const FOUR_DIGITS: &str = "\\u must be followed by exactly 4 hexadecimal digits";

/// Reads the one value of `text`, whose arrays and objects may be nested `depth` deep.
///
/// `charge` is asked for steps before something is made: one for each value and name, more for very
/// long numbers. What it fails with is handed on.
pub(crate) fn read<'a>(
    text: &Str<'a>,
    depth: usize,
    charge: impl FnMut(u64) -> Result<()>,
) -> Result<Value<'a>, Failure> {
    Reader { source: text, text, at: 0, depth, charge }.whole()
}

/// Why there is no value.
pub(crate) enum Failure {
    /// The text is not what FreeMarker takes for JSON.
    Fault(Fault),
    /// A limit was reached.
    Limit(Error),
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Failure::Fault(fault)
    }
}

struct Reader<'t, 'a, C> {
    source: &'t Str<'a>,
    text: &'t str,
    /// The next byte, always at the start of a character.
    at: usize,
    depth: usize,
    charge: C,
}

/// An array or object that is not closed yet.
enum Open<'a> {
    Array {
        start: usize,
        items: Vec<Value<'a>>,
    },
    /// `name` of the member whose value comes next; without one, it is the name that comes, at `name_at`.
    Object {
        start: usize,
        members: OrderedHash<'a>,
        name: Option<Str<'a>>,
        name_at: usize,
    },
}

/// What starts where a value must be.
enum Start<'a> {
    Value(Value<'a>),
    Open(Open<'a>),
}

/// What to say, and of which place, if the text ends where a value must be.
type AtEnd = (&'static str, Option<usize>);

const VALUE_EXPECTED: AtEnd = ("A value was expected here, but end-of-file was reached.", None);

impl<'t, 'a, C: FnMut(u64) -> Result<()>> Reader<'t, 'a, C> {
    fn whole(mut self) -> Result<Value<'a>, Failure> {
        self.skip_space()?;
        let value = self.value()?;
        self.skip_space()?;
        if self.at < self.text.len() {
            let message = "End-of-file was expected but found further non-whitespace characters.";
            return Err(self.fault(message).into());
        }
        Ok(value)
    }

    fn value(&mut self) -> Result<Value<'a>, Failure> {
        let mut open: Vec<Open<'a>> = Vec::new();
        let mut at_end: AtEnd = ("Empty JSON (contains no value)", None);
        loop {
            let mut value = match self.start(at_end, open.len())? {
                Start::Value(value) => value,
                Start::Open(inner) => {
                    at_end = match inner {
                        Open::Array { start, .. } => (UNCLOSED_ARRAY, Some(start)),
                        Open::Object { start, .. } => (UNCLOSED_OBJECT, Some(start)),
                    };
                    open.push(inner);
                    continue;
                }
            };
            // A value may be the last one of many that end here.
            loop {
                let Some(mut inner) = open.pop() else { return Ok(value) };
                match self.add(&mut inner, value)? {
                    Added::Closed => {
                        value = match inner {
                            Open::Array { items, .. } => Value::list(items),
                            Open::Object { mut members, .. } => {
                                members.settle();
                                Value::map(members)
                            }
                        }
                    }
                    Added::Open => {
                        open.push(inner);
                        break;
                    }
                }
            }
            at_end = VALUE_EXPECTED;
        }
    }

    /// The value at this place, or the first bracket of one.
    fn start(&mut self, at_end: AtEnd, depth: usize) -> Result<Start<'a>, Failure> {
        let start = self.at;
        let Some(first) = self.text[start..].chars().next() else {
            let (message, place) = at_end;
            return Err(Fault::new(message, place.unwrap_or(start)).into());
        };
        (self.charge)(1).map_err(Failure::Limit)?;
        if matches!(first, '[' | '{') && depth >= self.depth {
            return Err(Failure::Limit(too_deep(self.depth)));
        }
        let value = match first {
            '"' => Value::String(self.string()?),
            '0'..='9' | '.' => Value::Number(self.number()?),
            '-' => match self.byte_at(start + 1) {
                Some(b'0'..=b'9' | b'.') => Value::Number(self.number()?),
                None => {
                    let message = "Expected a digit after \"-\", but reached end-of-file.";
                    return Err(self.fault(message).into());
                }
                Some(_) => return Err(self.unexpected(first).into()),
            },
            '{' => {
                self.at += 1;
                self.skip_space()?;
                if !self.take(b'}') {
                    let (members, name_at) = (OrderedHash::new(), self.at);
                    return Ok(Start::Open(Open::Object { start, members, name: None, name_at }));
                }
                Value::map(OrderedHash::new())
            }
            '[' => {
                self.at += 1;
                self.skip_space()?;
                if !self.take(b']') {
                    return Ok(Start::Open(Open::Array { start, items: Vec::new() }));
                }
                Value::list(Vec::new())
            }
            '\'' => {
                let message = "Unexpected apostrophe-quote character. JSON strings must be quoted with quotation mark.";
                return Err(self.fault(message).into());
            }
            c if is_identifier_start(c) => self.keyword()?,
            other => return Err(self.unexpected(other).into()),
        };
        Ok(Start::Value(value))
    }

    /// Puts a value into the array or object around it, and reads what stands behind it.
    fn add(&mut self, inner: &mut Open<'a>, value: Value<'a>) -> Result<Added, Failure> {
        match inner {
            Open::Array { start, items } => {
                items.push(value);
                self.delimiter(b']', UNCLOSED_ARRAY, *start)
            }
            Open::Object { start, members, name, name_at } => {
                if let Some(name) = name.take() {
                    members.insert(name, value);
                    let added = self.delimiter(b'}', UNCLOSED_OBJECT, *start)?;
                    *name_at = self.at;
                    return Ok(added);
                }
                let Value::String(text) = value else {
                    let message = "Wrong key type. JSON only allows string keys inside {...}.";
                    return Err(Fault::new(message, *name_at).into());
                };
                *name = Some(text);
                self.colon()?;
                Ok(Added::Open)
            }
        }
    }

    /// A comma or the closing bracket, and white space on both sides of a comma.
    fn delimiter(
        &mut self,
        close: u8,
        at_end: &'static str,
        start: usize,
    ) -> Result<Added, Failure> {
        self.skip_space()?;
        if self.take(b',') {
            self.skip_space()?;
            return Ok(Added::Open);
        }
        if self.take(close) {
            return Ok(Added::Closed);
        }
        Err(match self.next_char() {
            None => Fault::new(at_end, start).into(),
            Some(found) => {
                let (close, found) = (char::from(close), quoted_unit(found));
                let message =
                    format!("Expected \",\" or \"{close}\" character, but found {found} instead.");
                self.fault(message).into()
            }
        })
    }

    fn colon(&mut self) -> Result<(), Failure> {
        self.skip_space()?;
        if self.take(b':') {
            return Ok(self.skip_space()?);
        }
        Err(match self.next_char() {
            None => self.fault("Expected \":\" character, but reached end-of-file. ").into(),
            Some(found) => {
                let found = quoted_unit(found);
                self.fault(format!("Expected \":\" character, but found {found} instead.")).into()
            }
        })
    }

    /// `true`, `false`, `null`
    fn keyword(&mut self) -> Result<Value<'a>, Fault> {
        let rest = &self.text[self.at..];
        let end = rest.find(|c: char| !is_identifier_start(c) && !c.is_ascii_digit());
        let word = &rest[..end.unwrap_or(rest.len())];
        let value = match word {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "null" => Value::Missing,
            _ => {
                return Err(self.fault(format!(
                    "Invalid JSON keyword: {}. Should be one of: true, false, null. If it meant to be a string then it \
                     must be quoted.",
                    quoted(word)
                )));
            }
        };
        self.at += word.len();
        Ok(value)
    }

    fn number(&mut self) -> Result<Number, Failure> {
        let start = self.at;
        let is_negative = self.take(b'-');
        let first = self.at;
        let mut sum: i64 = 0;
        while let Some(byte @ (b'0'..=b'9' | b'.')) = self.byte_at(self.at) {
            if byte == b'.' {
                if self.at == first {
                    return Err(self
                        .fault("JSON doesn't allow numbers starting with \".\".")
                        .into());
                }
                break;
            }
            let digit = i64::from(byte - b'0') * if is_negative { -1 } else { 1 };
            if sum == 0 {
                if self.at > first {
                    let message = "JSON doesn't allow superfluous leading 0-s.";
                    return Err(Fault::new(message, self.at - 1).into());
                }
                sum = digit;
            } else {
                // FreeMarker notices an overflow only if it turns the sum around: `45000000000000000000`
                // is 8106511852580896768 to it. We keep that.
                let next = sum.wrapping_mul(10).wrapping_add(digit);
                if if is_negative { sum < next } else { sum > next } {
                    break;
                }
                sum = next;
            }
            self.at += 1;
        }
        if !self.byte_at(self.at).is_some_and(is_tail) {
            return Ok(Number::Int(sum));
        }
        while let Some(byte) = self.byte_at(self.at) {
            let is_sign = matches!(byte, b'+' | b'-')
                && matches!(self.byte_at(self.at - 1), Some(b'e' | b'E'));
            if !is_tail(byte) && !is_sign {
                break;
            }
            self.at += 1;
        }
        let text = &self.text[start..self.at];
        // Reading digits takes time by the square of their number.
        let hundreds = (text.len() / 100) as u64;
        (self.charge)(hundreds * hundreds / 100).map_err(Failure::Limit)?;
        Number::from_decimal_json(text).map_err(|error| match error {
            NumberError::TooLarge => Failure::Limit(crate::ops::number_error(error)),
            _ => Fault::new(format!("Malformed number: {text}"), start).into(),
        })
    }

    fn string(&mut self) -> Result<Str<'a>, Fault> {
        let start = self.at;
        self.at += 1;
        let plain = self.plain_characters()?;
        if self.take(b'"') {
            return Ok(self.source.part(plain));
        }
        let mut out = plain.to_owned();
        let mut joiner = Joiner::new(&mut out);
        loop {
            match self.byte_at(self.at) {
                None => return Err(Fault::new(UNCLOSED_STRING, start)),
                Some(b'"') => break,
                Some(b'\\') => joiner.push_unit(self.escape()?),
                Some(_) => joiner.push_str(self.plain_characters()?),
            }
        }
        self.at += 1;
        joiner.finish();
        Ok(out.into())
    }

    /// Characters of a string up to a quotation mark, a backslash or the end.
    fn plain_characters(&mut self) -> Result<&'t str, Fault> {
        let start = self.at;
        let rest = &self.text.as_bytes()[start..];
        let end = rest.iter().position(|&byte| matches!(byte, b'"' | b'\\' | ..0x20));
        self.at += end.unwrap_or(rest.len());
        match self.byte_at(self.at) {
            Some(code @ ..0x20) => Err(self.fault(format!(
                "JSON doesn't allow unescaped control characters in string literals, but found character with code \
                 (decimal): {code}"
            ))),
            _ => Ok(&self.text[start..self.at]),
        }
    }

    /// The UTF-16 unit that a backslash and what follows stand for.
    fn escape(&mut self) -> Result<u16, Fault> {
        self.at += 1;
        let unit = match self.next_char() {
            None => {
                return Err(self.fault("Reached the end of the file, but the escape is unclosed."));
            }
            Some(c @ ('"' | '\\' | '/')) => c as u16,
            Some('b') => 0x8,
            Some('f') => 0xc,
            Some('n') => 0xa,
            Some('r') => 0xd,
            Some('t') => 0x9,
            Some('u') => {
                self.at += 1;
                return self.hexadecimal();
            }
            Some(other) => {
                let other = half(other);
                return Err(self.fault(format!("Unsupported escape: \\{other}")));
            }
        };
        self.at += 1;
        Ok(unit)
    }

    /// The four digits behind `\u`, which Java reads as it reads any number: `+0e9` will do.
    fn hexadecimal(&mut self) -> Result<u16, Fault> {
        let next = self.text[self.at..].chars().take(4).flat_map(|c| {
            let mut units = [0; 2];
            let count = c.encode_utf16(&mut units).len();
            units.into_iter().take(count)
        });
        let units: Vec<u16> = next.take(4).collect();
        if units.len() < 4 {
            return Err(self.fault(FOUR_DIGITS));
        }
        let text: String = char::decode_utf16(units).map(|unit| unit.unwrap_or('?')).collect();
        let (is_negative, digits) = match text.as_bytes() {
            [b'-', ..] => (true, &text[1..]),
            [b'+', ..] => (false, &text[1..]),
            _ => (false, &*text),
        };
        let value = digits
            .chars()
            .try_fold(0u16, |value, c| Some(value << 4 | hexadecimal_digit(c)?))
            .ok_or_else(|| {
                self.fault(format!("{FOUR_DIGITS}, but was followed by {}.", quoted(&text)))
            })?;
        self.at += text.len();
        Ok(if is_negative { value.wrapping_neg() } else { value })
    }

    /// White space and comments.
    fn skip_space(&mut self) -> Result<(), Fault> {
        loop {
            let rest = &self.text[self.at..];
            let body = rest.trim_start_matches([' ', '\t', '\r', '\n', '\u{a0}', '\u{feff}']);
            self.at += rest.len() - body.len();
            let length = match body.as_bytes() {
                [b'/', b'/', comment @ ..] => {
                    2 + comment
                        .iter()
                        .position(|byte| matches!(byte, b'\r' | b'\n'))
                        .unwrap_or(comment.len())
                }
                [b'/', b'*', ..] => match body[2..].find("*/") {
                    Some(end) => 2 + end + 2,
                    None => return Err(self.fault("Unclosed comment")),
                },
                _ => return Ok(()),
            };
            self.at += length;
        }
    }

    fn byte_at(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    fn next_char(&self) -> Option<char> {
        self.text[self.at..].chars().next()
    }

    /// Goes past `byte` if it is the next one.
    fn take(&mut self, byte: u8) -> bool {
        let found = self.byte_at(self.at) == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn fault(&self, message: impl Into<Cow<'static, str>>) -> Fault {
        Fault::new(message, self.at)
    }

    #[cold]
    fn unexpected(&self, found: char) -> Fault {
        self.fault(format!(
            "Expected either the beginning of a (negative) number or the beginning of one of these: {{...}}, [...], \
             \"...\", true, false, null. Found character {} instead.",
            quoted_unit(found)
        ))
    }
}

/// What became of an array or object when a value was put in.
enum Added {
    Open,
    Closed,
}

#[cold]
fn too_deep(limit: usize) -> Error {
    Error::limit("json_depth", format!("JSON is nested more than {limit} deep (limit: json_depth)"))
}

/// What may follow the digits that fit a `long`.
fn is_tail(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E')
}

fn is_identifier_start(c: char) -> bool {
    // Java looks at UTF-16 units: half a character is no letter.
    c == '_' || c == '$' || c <= '\u{ffff}' && is_letter(c)
}

/// `Character.digit(c, 16)`
fn hexadecimal_digit(c: char) -> Option<u16> {
    let c = match c {
        '\u{ff21}'..='\u{ff26}' | '\u{ff41}'..='\u{ff46}' => char::from_u32(c as u32 - 0xfee0)?,
        _ => c,
    };
    let value = c.to_digit(16).or_else(|| super::number::digit_value(c))?;
    u16::try_from(value).ok()
}

/// The first UTF-16 unit of a character; of two, it is half of one, which is written as `?`.
fn half(c: char) -> char {
    if c > '\u{ffff}' { '?' } else { c }
}

fn quoted_unit(c: char) -> String {
    quoted(half(c).encode_utf8(&mut [0; 4]))
}
