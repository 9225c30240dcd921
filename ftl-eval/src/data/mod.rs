//! JSON text, read in place.
//!
//! `text` is checked once, from its first byte to its last, and a *tape* of what stands where is
//! written on the way: one `u64` for each value and each name. Nothing is copied or
//! converted before a template reads it. This module alone knows JSON's grammar.
//!
//! What is accepted is what Jackson 2.17 accepts with default settings, with these differences:
//! nothing but white space may follow the root value (Jackson stops reading there); bytes must be
//! valid UTF-8 (Jackson accepts encoded surrogates and overlong forms) and UTF-16 and UTF-32 are
//! refused; names longer than 50,000 and strings longer than 20,000,000 characters are accepted.

mod error;
mod index;
mod node;
mod plain;
mod scan;
mod string;
mod tape;
#[cfg(test)]
mod tests;
mod text;
mod word;

use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

use self::error::Fault;
pub use self::error::{DataError, DataErrorKind, Expected};
#[doc(hidden)]
pub use self::node::{Entries, Kind, Node};
use self::tape::{Scratch, Tape};
use self::word::Word;

/// Default of [`TapeBuf::depth_limit`], and Jackson's.
const DEPTH_LIMIT: usize = 1000;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// A JSON text that has been checked, to be read where it stands.
///
/// Reading follows Jackson: members keep their order, the last of duplicate names wins (in the
/// place of the first), integers are exact at any size, a number with fraction or exponent is a
/// double, surrogates without partner read as `?`.
///
/// ```
/// use ftl_eval::Data;
///
/// let data = Data::parse(br#"{"event_type": "Song Played"}"#)?;
/// let error = Data::parse(br#"{"event_type": }"#).unwrap_err();
/// assert_eq!((error.line(), error.column()), (1, 16));
/// # Ok::<(), ftl_eval::DataError>(())
/// ```
#[derive(Clone)]
pub struct Data<'a> {
    text: Cow<'a, str>,
    tape: Cow<'a, [u64]>,
    root: Word,
}

impl<'a> Data<'a> {
    /// Checks a JSON text in UTF-8; a byte order mark may precede it.
    ///
    /// Arrays and objects may be nested 1,000 deep, a number may have 1,000 digits, and a text may
    /// have 256 MiB.
    pub fn parse(bytes: &'a [u8]) -> Result<Self, DataError> {
        Self::parse_within(bytes, DEPTH_LIMIT)
    }

    /// [`Data::parse`] of arrays and objects that may be nested `depth_limit` deep.
    pub(crate) fn parse_within(bytes: &'a [u8], depth_limit: usize) -> Result<Self, DataError> {
        let (text, start) = decode(bytes)?;
        Self::parse_text(text, depth_limit).map_err(|fault| locate(bytes, start, fault))
    }

    /// [`Data::parse`] of a text that is known to be UTF-8.
    pub fn parse_str(text: &'a str) -> Result<Self, DataError> {
        let (body, start) = without_mark(text);
        Self::parse_text(body, DEPTH_LIMIT).map_err(|fault| locate(text.as_bytes(), start, fault))
    }

    /// [`Data::parse`] into a buffer that is used again for the next text, so that nothing is
    /// allocated once the buffer has grown to what the texts need.
    ///
    /// ```
    /// use ftl_eval::{Data, TapeBuf};
    ///
    /// let mut buffer = TapeBuf::default();
    /// for event in ["{}", r#"{"event_type": "Song Played"}"#] {
    ///     let data = Data::parse_into(event.as_bytes(), &mut buffer)?;
    /// }
    /// # Ok::<(), ftl_eval::DataError>(())
    /// ```
    pub fn parse_into(bytes: &'a [u8], buffer: &'a mut TapeBuf) -> Result<Self, DataError> {
        let (text, start) = decode(bytes)?;
        buffer.tape.clear();
        let root = tape::build(text, buffer.depth_limit, &mut buffer.scratch, &mut buffer.tape)
            .map_err(|fault| locate(bytes, start, fault))?;
        Ok(Data { text: Cow::Borrowed(text), tape: Cow::Borrowed(buffer.tape.words()), root })
    }

    /// Copies what is borrowed.
    pub fn into_owned(self) -> OwnedData {
        OwnedData(Data {
            text: Cow::Owned(self.text.into_owned()),
            tape: Cow::Owned(self.tape.into_owned()),
            root: self.root,
        })
    }

    /// The value itself.
    #[doc(hidden)]
    pub fn root(&self) -> Node<'_> {
        Node::new(self, self.root)
    }

    fn parse_text(text: &'a str, depth_limit: usize) -> Result<Self, Fault> {
        let (tape, root) = tape_of(text, depth_limit)?;
        Ok(Data { text: Cow::Borrowed(text), tape: Cow::Owned(tape), root })
    }

    /// Writes any Rust value as JSON and reads that.
    ///
    /// Fails if `value` cannot be JSON (a map whose keys are not strings, say) or is nested deeper
    /// than 1,000.
    pub fn from_serialize<T>(value: &T) -> Result<OwnedData, DataError>
    where
        T: serde::Serialize + ?Sized,
    {
        let text = serde_json::to_string(value).map_err(|error| DataError::serialize(&error))?;
        OwnedData::parse(text)
    }
}

/// [`Data`] that owns its text.
#[derive(Clone, Debug)]
pub struct OwnedData(Data<'static>);

impl OwnedData {
    /// [`Data::parse_str`] of a text that is kept.
    pub fn parse(text: String) -> Result<Self, DataError> {
        let (body, start) = without_mark(&text);
        let (tape, root) =
            tape_of(body, DEPTH_LIMIT).map_err(|fault| locate(text.as_bytes(), start, fault))?;
        let text = if start == 0 { text } else { body.to_owned() };
        Ok(OwnedData(Data { text: Cow::Owned(text), tape: Cow::Owned(tape), root }))
    }

    /// The value itself.
    #[doc(hidden)]
    pub fn root(&self) -> Node<'_> {
        self.0.root()
    }
}

impl fmt::Debug for Data<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Data").field(&self.text).finish()
    }
}

/// Memory for [`Data::parse_into`], used again and again.
#[derive(Debug)]
pub struct TapeBuf {
    scratch: Scratch,
    tape: Tape,
    depth_limit: usize,
}

impl TapeBuf {
    /// An empty buffer for texts whose arrays and objects may be nested `depth_limit` deep.
    pub fn with_depth_limit(depth_limit: usize) -> Self {
        TapeBuf { scratch: Scratch::default(), tape: Tape::default(), depth_limit }
    }
}

impl Default for TapeBuf {
    /// An empty buffer for texts whose arrays and objects may be nested 1,000 deep.
    fn default() -> Self {
        Self::with_depth_limit(DEPTH_LIMIT)
    }
}

thread_local! {
    /// Scratch memory kept for the next text, so that [`Data::parse`] allocates only its tape.
    static SCRATCH: Cell<Option<Box<Scratch>>> = const { Cell::new(None) };
}

fn tape_of(text: &str, depth_limit: usize) -> Result<(Vec<u64>, Word), Fault> {
    let mut scratch = SCRATCH.take().unwrap_or_default();
    // Events have a value or name for each 12 bytes.
    let mut tape = Tape::with_room(text.len().min(1 << 20) / 8);
    let root = tape::build(text, depth_limit, &mut scratch, &mut tape);
    if scratch.is_small() {
        SCRATCH.set(Some(scratch));
    }
    Ok((tape.into_words(), root?))
}

/// The text of `bytes` without its byte order mark, and where it starts.
fn decode(bytes: &[u8]) -> Result<(&str, usize), DataError> {
    match simdutf8::basic::from_utf8(bytes) {
        Ok(text) => Ok(without_mark(text)),
        Err(_) => {
            let valid = std::str::from_utf8(bytes).map_or_else(|e| e.valid_up_to(), str::len);
            Err(locate(bytes, 0, Fault::new(valid, DataErrorKind::InvalidUtf8)))
        }
    }
}

fn without_mark(text: &str) -> (&str, usize) {
    match text.strip_prefix('\u{feff}') {
        Some(body) => (body, BYTE_ORDER_MARK.len()),
        None => (text, 0),
    }
}

/// The error of a fault in the part of `bytes` from `start` on.
#[cold]
fn locate(bytes: &[u8], start: usize, mut fault: Fault) -> DataError {
    if let Some(name) = other_encoding(bytes) {
        fault = Fault::new(0, DataErrorKind::Encoding(name));
    } else {
        fault.offset += start;
    }
    DataError::new(bytes, fault)
}

/// The encoding of a text that is JSON but not UTF-8: known by its byte order mark, or by the
/// null characters around its first character, which is ASCII.
fn other_encoding(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0, 0, 0xfe, 0xff, ..] | [0, 0, 0, 1..=0xff, ..] => Some("UTF-32, big-endian"),
        [0xff, 0xfe, 0, 0, ..] | [1..=0xff, 0, 0, 0, ..] => Some("UTF-32, little-endian"),
        [0xfe, 0xff, ..] | [0, 1..=0xff, ..] => Some("UTF-16, big-endian"),
        [0xff, 0xfe, ..] | [1..=0xff, 0, ..] => Some("UTF-16, little-endian"),
        _ => None,
    }
}
