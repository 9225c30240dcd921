//! Why a text was not read as JSON.

use std::fmt;

/// Why a text could not be read as JSON, and where.
///
/// Shown as a sentence that names the place and, where one is known, the remedy:
/// `expected a value, found "]" at line 1, column 4 (byte 3); remove the comma before it`.
#[derive(Clone, PartialEq, Eq)]
pub struct DataError(Box<Inner>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Inner {
    kind: DataErrorKind,
    offset: usize,
    line: usize,
    column: usize,
}

/// What is wrong with a JSON text.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DataErrorKind {
    /// The text is empty, or nothing but white space.
    Empty,
    /// The text is in UTF-16 or UTF-32, as named here.
    Encoding(&'static str),
    /// The bytes are not UTF-8.
    InvalidUtf8,
    /// The text has more bytes than this.
    TextLimit(usize),
    /// Arrays and objects are nested deeper than this.
    DepthLimit(usize),
    /// A number has more digits than this.
    DigitLimit(usize),
    /// Something else was expected here: what may stand here, and what stands here (nothing if
    /// the text ends).
    Expected(Expected, Option<char>),
    /// A string does not end.
    UnterminatedString,
    /// A control character within a string.
    ControlCharacter(char),
    /// A backslash before a character that it cannot escape (nothing if the text ends).
    InvalidEscape(Option<char>),
    /// `\u` without four hexadecimal digits.
    InvalidUnicodeEscape,
    /// A zero before another digit.
    LeadingZero,
    /// A Rust value that could not be written as JSON, with the serializer's reason.
    Serialize(String),
}

/// What may stand at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Expected {
    /// A value.
    Value,
    /// A value, after a comma in an array.
    NextItem,
    /// The name of a member, after a comma in an object.
    NextName,
    /// A name or `}`.
    NameOrEnd,
    /// The colon between a name and its value.
    Colon,
    /// A comma or `]`.
    CommaOrBracket,
    /// A comma or `}`.
    CommaOrBrace,
    /// A digit of a number.
    Digit,
    /// Nothing more.
    End,
}

/// A fault as the passes report it; its line is counted only when it is shown to someone.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) offset: usize,
    pub(super) kind: DataErrorKind,
}

impl Fault {
    #[cold]
    pub(super) fn new(offset: usize, kind: DataErrorKind) -> Self {
        Fault { offset, kind }
    }
}

impl DataError {
    #[cold]
    pub(super) fn new(text: &[u8], fault: Fault) -> Self {
        let Fault { offset, kind } = fault;
        let before = text.get(..offset).unwrap_or(text);
        let line_start = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
        let line = 1 + memchr::memchr_iter(b'\n', before).count();
        let in_line = before.get(line_start..).unwrap_or_default();
        // A character counts once, by the byte that begins it; a byte order mark does not count.
        let in_line = in_line.strip_prefix(super::BYTE_ORDER_MARK).unwrap_or(in_line);
        let column = 1 + in_line.iter().filter(|&&byte| byte & 0xc0 != 0x80).count();
        DataError(Box::new(Inner { kind, offset, line, column }))
    }

    #[cold]
    pub(super) fn serialize(error: &serde_json::Error) -> Self {
        let kind = DataErrorKind::Serialize(error.to_string());
        DataError(Box::new(Inner { kind, offset: 0, line: 1, column: 1 }))
    }

    /// What is wrong.
    pub fn kind(&self) -> &DataErrorKind {
        &self.0.kind
    }

    /// Offset in bytes of the fault from the start of the text, from 0.
    pub fn offset(&self) -> usize {
        self.0.offset
    }

    /// Line of the fault, from 1.
    pub fn line(&self) -> usize {
        self.0.line
    }

    /// Column of the fault in characters, from 1.
    pub fn column(&self) -> usize {
        self.0.column
    }
}

impl fmt::Display for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { kind, offset, line, column } = &*self.0;
        kind.fmt(f)?;
        if !matches!(
            kind,
            DataErrorKind::Empty | DataErrorKind::Encoding(_) | DataErrorKind::Serialize(_)
        ) {
            write!(f, " at line {line}, column {column} (byte {offset})")?;
        }
        match kind.remedy() {
            "" => Ok(()),
            remedy => write!(f, "; {remedy}"),
        }
    }
}

impl fmt::Debug for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for DataError {}

impl From<DataError> for crate::Error {
    fn from(error: DataError) -> Self {
        crate::Error::new(crate::ErrorKind::Data, error.to_string())
    }
}

impl fmt::Display for DataErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DataErrorKind::Empty => f.write_str("there is no JSON: the text is empty"),
            DataErrorKind::Encoding(name) => write!(f, "the text is {name}, not UTF-8"),
            DataErrorKind::InvalidUtf8 => f.write_str("invalid UTF-8"),
            DataErrorKind::TextLimit(limit) => {
                write!(f, "the text is longer than the limit of {limit} bytes")
            }
            DataErrorKind::DepthLimit(limit) => {
                write!(f, "arrays and objects are nested deeper than the limit of {limit}")
            }
            DataErrorKind::DigitLimit(limit) => {
                write!(f, "a number has more than the limit of {limit} digits")
            }
            DataErrorKind::Expected(expected, found) => {
                write!(f, "expected {}, found ", expected.words())?;
                write_found(f, *found)
            }
            DataErrorKind::UnterminatedString => f.write_str("a string without closing quote"),
            DataErrorKind::ControlCharacter(c) => {
                write!(f, "an unescaped {} within a string", control_name(*c))
            }
            DataErrorKind::InvalidEscape(found) => {
                f.write_str("a backslash cannot escape ")?;
                write_found(f, *found)
            }
            DataErrorKind::InvalidUnicodeEscape => {
                f.write_str("\"\\u\" without four hexadecimal digits")
            }
            DataErrorKind::LeadingZero => f.write_str("a number begins with a superfluous zero"),
            DataErrorKind::Serialize(reason) => {
                write!(f, "the value cannot be written as JSON: {reason}")
            }
        }
    }
}

impl DataErrorKind {
    fn remedy(&self) -> &'static str {
        match self {
            DataErrorKind::Encoding(_) => "convert it to UTF-8",
            DataErrorKind::Expected(Expected::NextItem, Some(']'))
            | DataErrorKind::Expected(Expected::NextName, Some('}')) => {
                "remove the comma before it"
            }
            DataErrorKind::Expected(Expected::NextName | Expected::NameOrEnd, Some('\''))
            | DataErrorKind::Expected(Expected::Value | Expected::NextItem, Some('\'')) => {
                "strings need double quotes"
            }
            DataErrorKind::Expected(Expected::NextName | Expected::NameOrEnd, Some(c))
                if c.is_alphanumeric() || *c == '_' =>
            {
                "names need double quotes"
            }
            DataErrorKind::Expected(Expected::Value | Expected::NextItem, Some('N' | 'I')) => {
                "JSON has no NaN and no Infinity"
            }
            DataErrorKind::Expected(Expected::Value | Expected::NextItem, Some('+')) => {
                "remove the plus sign"
            }
            DataErrorKind::Expected(Expected::Value | Expected::NextItem, Some('.')) => {
                "put a zero before the decimal point"
            }
            DataErrorKind::Expected(_, Some('/' | '#')) => "JSON has no comments",
            DataErrorKind::Expected(Expected::CommaOrBrace | Expected::CommaOrBracket, Some(_)) => {
                "a comma may be missing before it"
            }
            DataErrorKind::ControlCharacter('\n' | '\r') => {
                "write it as \"\\n\" or \"\\r\", or add the closing quote that may be missing"
            }
            DataErrorKind::ControlCharacter('\t') => "write it as \"\\t\"",
            DataErrorKind::ControlCharacter(_) => "write it as \"\\u00\" and its two digits",
            DataErrorKind::InvalidEscape(Some(_)) => "write two backslashes to have one",
            _ => "",
        }
    }
}

impl Expected {
    fn words(self) -> &'static str {
        match self {
            Expected::Value | Expected::NextItem => "a value",
            Expected::NextName => "a name in double quotes",
            Expected::NameOrEnd => "a name in double quotes or \"}\"",
            Expected::Colon => "\":\"",
            Expected::CommaOrBracket => "\",\" or \"]\"",
            Expected::CommaOrBrace => "\",\" or \"}\"",
            Expected::Digit => "a digit",
            Expected::End => "the end of the text",
        }
    }
}

fn write_found(f: &mut fmt::Formatter<'_>, found: Option<char>) -> fmt::Result {
    match found {
        None => f.write_str("the end of the text"),
        Some(c) if c.is_control() => f.write_str(control_name(c)),
        Some('"') => f.write_str("a double quote"),
        Some(c) => write!(f, "\"{c}\""),
    }
}

fn control_name(c: char) -> &'static str {
    match c {
        '\0' => "null character",
        '\t' => "tab",
        '\n' | '\r' => "line break",
        _ => "control character",
    }
}
