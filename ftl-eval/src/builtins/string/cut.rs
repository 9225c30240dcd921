//! `?trim`, `?substring`, `?remove_beginning`, `?empty_to_null` and their kin.

use crate::builtins::Call;
use crate::error::{Error, Result};
use crate::format::utf16;
use crate::value::{Str, Value};

/// The text without what is not above a blank at its ends.
pub(super) fn trim<'a>(text: Str<'a>, _: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    Ok(text.part(utf16::trim(&text)).into())
}

/// The text without one line break at its end.
pub(super) fn chop_linebreak<'a>(text: Str<'a>, _: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    let chopped = ["\r\n", "\r", "\n"].iter().find_map(|end| text.strip_suffix(end));
    Ok(text.part(chopped.unwrap_or(&text)).into())
}

pub(super) fn remove_beginning<'a>(text: Str<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    let rest = text.strip_prefix(call.string_arg(0)?);
    Ok(text.part(rest.unwrap_or(&text)).into())
}

pub(super) fn remove_ending<'a>(text: Str<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    let rest = text.strip_suffix(call.string_arg(0)?);
    Ok(text.part(rest.unwrap_or(&text)).into())
}

/// UTF-16 units from `args[0]` to before `args[1]` or the end.
pub(super) fn substring<'a>(text: Str<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    let len = utf16::len16(&text);
    let from = index_arg(call, 0, len)?;
    let to = if call.has(1) { index_arg(call, 1, len)? } else { len };
    if from > to {
        let name = call.name();
        return Err(Error::value(format!(
            "{name} arguments have invalid value: The begin index argument, {from}, shouldn't be greater than \
             the end index argument, {to}."
        )));
    }
    Ok(crate::slice::substring(&text, from, to).into())
}

fn index_arg(call: &Call<'_, '_>, at: usize, len: usize) -> Result<usize> {
    let index = call.number_arg(at)?.to_i32();
    match usize::try_from(index) {
        Ok(index) if index <= len => Ok(index),
        Ok(_) => Err(call.invalid_arg(
            at,
            &format!(
                "had invalid value: The index mustn't be greater than the length of the string, {len}, but it was {index}."
            ),
        )),
        Err(_) => Err(call.invalid_arg(
            at,
            &format!("had invalid value: The index must be at least 0, but was {index}."),
        )),
    }
}

/// The words between blanks, tabs, line breaks and form feeds.
pub(super) fn word_list<'a>(text: Str<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    let limits = &call.env.engine.limits;
    let mut words = Vec::new();
    for word in text.split([' ', '\t', '\n', '\r', '\u{c}']).filter(|word| !word.is_empty()) {
        limits.check_items(words.len() + 1)?;
        words.push(text.part(word).into());
    }
    Ok(Value::list(words))
}

/// The text, or nothing if it is empty.
pub(super) fn empty_to_null<'a>(value: Value<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    unless(value, call, |text| text.is_empty())
}

/// The text, or nothing if there is only white space in it.
pub(super) fn blank_to_null<'a>(value: Value<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    unless(value, call, |text| text.chars().all(is_blank))
}

/// The text without what is not above a blank at its ends, or nothing if there is nothing left.
pub(super) fn trim_to_null<'a>(value: Value<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    match unless(value, call, |text| utf16::trim(text).is_empty())? {
        Value::String(text) => Ok(text.part(utf16::trim(&text)).into()),
        missing => Ok(missing),
    }
}

fn unless<'a>(
    value: Value<'a>,
    call: &mut Call<'_, 'a>,
    absent: fn(&str) -> bool,
) -> Result<Value<'a>> {
    if value.is_missing() {
        return Ok(Value::Missing);
    }
    let text = call.env.to_text(&value, call.target)?;
    Ok(if absent(&text) { Value::Missing } else { text.into() })
}

/// What FreeMarker 2.3.35 takes for blank: Java's white space, and characters that only keep words
/// together.
fn is_blank(c: char) -> bool {
    utf16::is_whitespace(c) || matches!(c, '\u{a0}' | '\u{2007}' | '\u{202f}' | '\u{2060}')
}
