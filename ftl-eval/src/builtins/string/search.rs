//! `?contains`, `?index_of`, `?starts_with` and their kin.

use crate::builtins::Call;
use crate::builtins::string_regexp::{self, Flags};
use crate::error::Result;
use crate::format::utf16;
use crate::value::{Str, Value};

/// Number of UTF-16 units.
pub(super) fn length<'a>(text: Str<'a>, _: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    Ok((utf16::len16(&text) as i64).into())
}

pub(super) fn contains<'a>(text: Str<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    Ok(text.contains(call.string_arg(0)?).into())
}

pub(super) fn starts_with<'a>(text: Str<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    Ok(text.starts_with(call.string_arg(0)?).into())
}

pub(super) fn ends_with<'a>(text: Str<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    Ok(text.ends_with(call.string_arg(0)?).into())
}

/// Where `args[0]` stands first, at `args[1]` or after it; -1: nowhere.
pub(super) fn index_of<'a>(text: Str<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    let part = call.string_arg(0)?;
    let found = match call.opt_number_arg(1)? {
        None => text.find(part).map(|at| utf16::index16(&text, at)),
        Some(start) => {
            let start = usize::try_from(start.to_i32()).unwrap_or(0);
            let found = utf16::index_of16(&text, part, start);
            if found.is_none() && part.is_empty() { Some(utf16::len16(&text)) } else { found }
        }
    };
    Ok(index(found))
}

/// Where `args[0]` stands last, at `args[1]` or before it; -1: nowhere.
pub(super) fn last_index_of<'a>(text: Str<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    let part = call.string_arg(0)?;
    let found = match call.opt_number_arg(1)? {
        None => text.rfind(part).map(|at| utf16::index16(&text, at)),
        Some(start) => usize::try_from(start.to_i32())
            .ok()
            .and_then(|start| utf16::last_index_of16(&text, part, start)),
    };
    Ok(index(found))
}

fn index<'a>(found: Option<usize>) -> Value<'a> {
    found.map_or(-1, |at| at as i64).into()
}

/// The text with `args[0]` at its end.
pub(super) fn ensure_ends_with<'a>(text: Str<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    let suffix = call.string_arg(0)?;
    if text.ends_with(suffix) {
        return Ok(text.into());
    }
    call.check_text(text.len() + suffix.len())?;
    Ok([&*text, suffix].concat().into())
}

/// The text with `args[0]` at its beginning; or with `args[1]`, unless it begins with `args[0]`: a
/// regular expression, or a string if there are flags without `r`.
pub(super) fn ensure_starts_with<'a>(text: Str<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    let checked = call.string_arg(0)?;
    let Some(added) = call.opt_string_arg(1)? else {
        return prefixed(text.starts_with(checked), checked, text, call);
    };
    // Two strings without flags: the first is a regular expression.
    let flags = Flags::parse(call.opt_string_arg(2)?.unwrap_or("r"));
    let starts = if flags.regexp {
        string_regexp::starts(&text, checked, flags, call)?
    } else {
        flags.check_literal(call)?;
        if flags.ignore_case {
            lower(&text).starts_with(&lower(checked))
        } else {
            text.starts_with(checked)
        }
    };
    prefixed(starts, added, text, call)
}

fn prefixed<'a>(
    starts: bool,
    prefix: &str,
    text: Str<'a>,
    call: &Call<'_, 'a>,
) -> Result<Value<'a>> {
    if starts {
        return Ok(text.into());
    }
    call.check_text(prefix.len() + text.len())?;
    Ok([prefix, &text].concat().into())
}

/// Lower case for comparing without regard to case.
pub(in crate::builtins) fn lower(text: &str) -> String {
    let mut out = String::new();
    super::case::c_lower_case(text, &mut out);
    out
}
