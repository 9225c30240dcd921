//! `?keep_before`, `?keep_after`, and up to the last of several.

use crate::builtins::Call;
use crate::builtins::string_regexp::{self, Cut, Flags, between};
use crate::error::Result;
use crate::value::{Str, Value};

/// Text before the first `args[0]`; all of it if there is none.
pub(super) fn before<'a>(text: Str<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    let end = edge(&text, call, Which::First, Cut::Before)?;
    Ok(end.map_or_else(|| text.clone(), |end| between(&text, 0, end)).into())
}

/// Text before the last `args[0]`; all of it if there is none.
pub(super) fn before_last<'a>(text: Str<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    let end = edge(&text, call, Which::Last, Cut::Before)?;
    Ok(end.map_or_else(|| text.clone(), |end| between(&text, 0, end)).into())
}

/// Text after the first `args[0]`; none of it if there is none.
pub(super) fn after<'a>(text: Str<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    let start = edge(&text, call, Which::First, Cut::After)?;
    Ok(between(&text, start.unwrap_or(text.len()), text.len()).into())
}

/// Text after the last `args[0]`; none of it if there is none.
pub(super) fn after_last<'a>(text: Str<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    let start = edge(&text, call, Which::Last, Cut::After)?;
    Ok(between(&text, start.unwrap_or(text.len()), text.len()).into())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    First,
    Last,
}

/// Where `args[0]` starts or ends, searched for by the flags `args[1]`.
fn edge(text: &str, call: &mut Call<'_, '_>, which: Which, cut: Cut) -> Result<Option<usize>> {
    let separator = call.string_arg(0)?;
    let flags = call.opt_string_arg(1)?.map(Flags::parse).unwrap_or_default();
    let edge = |(start, end)| match cut {
        Cut::Before => start,
        Cut::After => end,
    };
    if flags.regexp {
        if separator.is_empty() && which == Which::Last {
            return Ok(Some(text.len()));
        }
        let found = match which {
            Which::First => string_regexp::find(text, separator, flags, call)?,
            Which::Last => string_regexp::find_last(text, separator, flags, call)?,
        };
        return Ok(found.map(edge));
    }
    flags.check_literal(call)?;
    if flags.ignore_case {
        let found = string_regexp::find_ignoring_case(text, separator, which == Which::Last);
        return found.map(|found| string_regexp::cut_at(text, edge(found), cut)).transpose();
    }
    let at = match which {
        Which::First => text.find(separator),
        Which::Last => text.rfind(separator),
    };
    Ok(at.map(|at| edge((at, at + separator.len()))))
}
