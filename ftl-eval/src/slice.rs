//! `text[i]`, `text[range]`, `sequence[range]`.

use std::rc::Rc;

use crate::env::Env;
use crate::error::{Error, Result};
use crate::format::utf16;
use crate::items::{Iter, LazySequence, LazySlice};
use crate::value::{Range, Sequence, Str, Value};

/// The character (UTF-16 unit) at `index`.
pub(crate) fn character<'a>(text: &Str<'a>, index: i32) -> Result<Value<'a>> {
    let len = utf16::len16(text);
    match usize::try_from(index) {
        Err(_) => Err(Error::value(format!("Negative index not allowed: {index}"))),
        Ok(at) if at >= len => Err(Error::value(format!(
            "String index out of range: The index was {index} (0-based), but the length of the string is only {len}."
        ))),
        Ok(at) => Ok(Value::String(substring(text, at, at + 1))),
    }
}

/// UTF-16 units `from..to`, which must lie within the text.
pub(crate) fn substring<'a>(text: &Str<'a>, from: usize, to: usize) -> Str<'a> {
    if text.is_ascii() {
        return text.slice(from, to);
    }
    match utf16::slice16(text, from, to) {
        Some(std::borrow::Cow::Borrowed(part)) => text.part(part),
        Some(std::borrow::Cow::Owned(part)) => part.into(),
        None => "".into(),
    }
}

/// What part of `len` items `range` means: first index and how many.
fn resolve(range: Range, len: usize, what: &str, unit: &str) -> Result<(usize, usize)> {
    if range.len == Some(0) {
        return Ok((0, 0));
    }
    let Ok(first) = usize::try_from(range.start) else {
        let start = range.start;
        return Err(Error::value(format!(
            "Negative range start index ({start}) isn't allowed for a range used for slicing."
        )));
    };
    let may_be_end = range.adaptive && range.step == 1;
    if if may_be_end { first > len } else { first >= len } {
        return Err(Error::value(format!(
            "Range start index {first} is out of bounds, because the sliced {what} has only {len} {unit}. \
             (Note that indices are 0-based)."
        )));
    }
    let Some(count) = range.len else { return Ok((first, len - first)) };
    let last = range.item(u64::from(count) - 1);
    if last < 0 {
        return match range.adaptive {
            true => Ok((first, first + 1)),
            false => Err(Error::value(format!(
                "Negative range end index ({last}) isn't allowed for a range used for slicing."
            ))),
        };
    }
    if last >= len as i64 {
        return match range.adaptive {
            true => Ok((first, len.abs_diff(first))),
            false => Err(Error::value(format!(
                "Range end index {last} is out of bounds, because the sliced {what} has only {len} {unit}. \
                 (Note that indices are 0-based)."
            ))),
        };
    }
    Ok((first, count as usize))
}

pub(crate) fn of_text<'a>(text: &Str<'a>, range: Range) -> Result<Value<'a>> {
    let (first, count) = resolve(range, utf16::len16(text), "string", "character(s)")?;
    if range.step < 0 && count > 1 {
        // An old defect that templates rely on: `"foo"[n..n-1]` is empty.
        if range.inclusive && count == 2 {
            return Ok(Value::string(""));
        }
        let last = range.item(count as u64 - 1);
        return Err(Error::value(format!(
            "Decreasing ranges aren't allowed for slicing strings (as it would give reversed text). \
             The index range was: first = {first}, last = {last}"
        )));
    }
    Ok(Value::String(substring(text, first, first + count)))
}

pub(crate) fn of_sequence<'a>(
    env: &mut Env<'a>,
    sequence: &Sequence<'a>,
    range: Range,
) -> Result<Value<'a>> {
    if let Sequence::Lazy(lazy) = sequence {
        return of_lazy(env, lazy, range);
    }
    // An endless sequence cut by an endless range cannot be made.
    let len = sequence.len().unwrap_or(i32::MAX as usize);
    let (first, count) = resolve(range, len, "sequence", "element(s)")?;
    env.engine.limits.check_items(count)?;
    env.steps(count as u64)?;
    let at = |i: usize| if range.step == 1 { first + i } else { first - i };
    let items = (0..count).map(|i| sequence.get(at(i))).collect();
    Ok(Value::list(items))
}

fn of_lazy<'a>(env: &mut Env<'a>, lazy: &LazySequence<'a>, range: Range) -> Result<Value<'a>> {
    if let Some(len) = lazy.len() {
        resolve(range, len, "sequence", "element(s)")?;
    }
    let inner = lazy.take()?;
    if range.len == Some(0) {
        return Ok(Value::string(""));
    }
    let Ok(first) = usize::try_from(range.start) else {
        let start = range.start;
        return Err(Error::value(format!(
            "Negative range start index ({start}) isn't allowed for a range used for slicing."
        )));
    };
    if range.step == 1 {
        let last = range.len.map_or(i64::MAX, |len| range.item(u64::from(len) - 1));
        let left = range.len.map(|len| len as usize);
        let slice = LazySlice { inner, skip: first, left, adaptive: range.adaptive, at: 0, last };
        let iter = Iter::Slice(Box::new(slice));
        return Ok(Value::Sequence(Sequence::Lazy(Rc::new(LazySequence::new(iter)))));
    }
    let mut items = inner.collect(env)?;
    if first >= items.len() {
        let seen = items.len();
        return Err(Error::value(format!(
            "Range top index {first} (0-based) is outside the sliced sequence of length {seen}."
        )));
    }
    let low = range.len.map_or(0, |len| (first + 1).saturating_sub(len as usize));
    items.truncate(first + 1);
    items.drain(..low);
    items.reverse();
    Ok(Value::list(items))
}
