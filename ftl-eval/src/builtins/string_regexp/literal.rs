//! `?replace` and `?split` by a string, and searches that ignore case.

use memchr::memmem;

use super::between;
use super::pattern::{Flags, forward};
use crate::builtins::string::lower;
use crate::error::{Error, Result};
use crate::format::utf16::{self, Joiner};
use crate::limits::Limits;
use crate::value::{Str, Value};

/// Where a string occurs in a text: positions, one after the other.
#[allow(clippy::large_enum_variant)] // There is one, on the stack of a call.
enum Occurrences<'t> {
    AsWritten { found: memmem::FindIter<'t, 't>, len: usize },
    IgnoringCase(IgnoringCase<'t>),
}

/// Both texts are searched in lower case, and what is found is cut out of the text by its UTF-16
/// indexes. `İ` has two units in lower case, so that the cuts after it are off by one, or beyond the end
/// of the text, which is an error. FreeMarker does so.
struct IgnoringCase<'t> {
    text: &'t str,
    /// As far as the text is gone through.
    at: usize,
    lower: String,
    searched: usize,
    part: String,
    /// UTF-16 units of the part as it is written.
    units: usize,
}

impl<'t> Occurrences<'t> {
    fn new(text: &'t str, part: &'t str, ignore_case: bool) -> Self {
        if !ignore_case {
            let found = memmem::find_iter(text.as_bytes(), part);
            return Occurrences::AsWritten { found, len: part.len() };
        }
        Occurrences::IgnoringCase(IgnoringCase {
            text,
            at: 0,
            lower: lower(text),
            searched: 0,
            part: lower(part),
            units: utf16::len16(part),
        })
    }

    fn next(&mut self) -> Result<Option<(usize, usize)>> {
        match self {
            Occurrences::AsWritten { found, len } => {
                Ok(found.next().map(|start| (start, start + *len)))
            }
            Occurrences::IgnoringCase(search) => search.next(),
        }
    }
}

impl IgnoringCase<'_> {
    fn next(&mut self) -> Result<Option<(usize, usize)>> {
        let rest = self.lower.get(self.searched..);
        let Some(found) = rest.and_then(|rest| rest.find(&self.part)) else { return Ok(None) };
        let found_at = self.searched + found;
        let skipped = utf16::len16(&self.lower[self.searched..found_at]);
        let span = forward(self.text, self.at, skipped)
            .and_then(|start| Some((start, forward(self.text, start, self.units)?)));
        let Some((start, end)) = span else {
            let begin = utf16::index16(self.text, self.at);
            return Err(out_of_bounds(self.text, begin, begin + skipped));
        };
        self.at = end;
        self.searched = forward(&self.lower, found_at, self.units).unwrap_or(self.lower.len());
        Ok(Some((start, end)))
    }
}

#[cold]
fn out_of_bounds(text: &str, begin: usize, end: usize) -> Error {
    let length = utf16::len16(text);
    Error::value(format!("begin {begin}, end {end}, length {length}"))
}

/// UTF-16 indexes of the start and the end of the first or last occurrence of `part`, in whatever case.
pub(in crate::builtins) fn find_ignoring_case(
    text: &str,
    part: &str,
    last: bool,
) -> Option<(usize, usize)> {
    let (lower, lower_part) = (lower(text), lower(part));
    let found = if last { lower.rfind(&lower_part) } else { lower.find(&lower_part) }?;
    let start = utf16::len16(&lower[..found]);
    Some((start, start + utf16::len16(part)))
}

/// The position of a UTF-16 index, up to or from which `text` is to be cut.
pub(in crate::builtins) fn cut_at(text: &str, index: usize, cut: Cut) -> Result<usize> {
    utf16::position(text, index).ok_or_else(|| {
        let (begin, end) = match cut {
            Cut::Before => (0, index),
            Cut::After => (index, utf16::len16(text)),
        };
        out_of_bounds(text, begin, end)
    })
}

/// Which part of a text is wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::builtins) enum Cut {
    Before,
    After,
}

/// The text with `old` replaced by `new`.
pub(super) fn replace<'a>(
    text: Str<'a>,
    old: &str,
    new: &str,
    flags: Flags,
    limits: &Limits,
) -> Result<Str<'a>> {
    if old.is_empty() {
        return insert_everywhere(text, new, flags.first_only, limits);
    }
    let mut occurrences = Occurrences::new(&text, old, flags.ignore_case);
    let Some((start, end)) = occurrences.next()? else { return Ok(text) };
    let mut out = String::with_capacity(text.len() + new.len());
    let mut joiner = Joiner::new(&mut out);
    joiner.push_slice(&text, 0, start);
    joiner.push_str(new);
    let mut copied = end;
    while let (false, Some((start, end))) = (flags.first_only, occurrences.next()?) {
        joiner.push_slice(&text, copied, start);
        joiner.push_str(new);
        copied = end;
        limits.check_text(joiner.len())?;
    }
    joiner.push_slice(&text, copied, text.len());
    joiner.finish();
    limits.check_text(out.len())?;
    Ok(out.into())
}

/// `new` before each UTF-16 unit and at the end.
fn insert_everywhere<'a>(
    text: Str<'a>,
    new: &str,
    first_only: bool,
    limits: &Limits,
) -> Result<Str<'a>> {
    if new.is_empty() {
        return Ok(text);
    }
    let places = if first_only { 1 } else { utf16::len16(&text) + 1 };
    let bytes = text.len().saturating_add(places.saturating_mul(new.len()));
    limits.check_text(bytes)?;
    if first_only {
        return Ok([new, &text].concat().into());
    }
    let mut out = String::with_capacity(bytes);
    out.push_str(new);
    for c in text.chars() {
        // The halves of a pair are pulled apart.
        match c.len_utf16() {
            1 => out.push(c),
            _ => {
                out.push('?');
                out.push_str(new);
                out.push('?');
            }
        }
        out.push_str(new);
    }
    Ok(out.into())
}

/// The parts between occurrences of `separator`; the single UTF-16 units if that is empty.
pub(super) fn split<'a>(
    text: &Str<'a>,
    separator: &str,
    ignore_case: bool,
    limits: &Limits,
) -> Result<Vec<Value<'a>>> {
    let mut parts = Vec::new();
    if separator.is_empty() {
        limits.check_items(utf16::len16(text))?;
        for (at, c) in text.char_indices() {
            match c.len_utf16() {
                1 => parts.push(text.slice(at, at + c.len_utf8()).into()),
                _ => parts.extend([Value::from("?"), Value::from("?")]),
            }
        }
        return Ok(parts);
    }
    let mut occurrences = Occurrences::new(text, separator, ignore_case);
    let mut from = 0;
    while let Some((start, end)) = occurrences.next()? {
        parts.push(between(text, from, start).into());
        from = end;
        limits.check_items(parts.len() + 1)?;
    }
    parts.push(between(text, from, text.len()).into());
    Ok(parts)
}
