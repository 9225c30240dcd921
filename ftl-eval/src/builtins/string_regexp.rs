//! Built-ins of strings that take regular expressions or flags: `?matches`, `?groups`, `?replace`,
//! `?split`.

mod literal;
mod matches;
mod pattern;

use super::{BuiltIn, Call};
use crate::error::Result;
use crate::format::regexp;
use crate::format::utf16;
use crate::value::{Str, Value};

pub(super) use literal::{Cut, cut_at, find_ignoring_case};
pub(crate) use matches::Matches;
pub(crate) use pattern::{Cached, Patterns, prepare};
pub(super) use pattern::{Flags, find, find_last, starts};
pub(crate) use regexp::Captures;

pub(super) static TABLE: &[BuiltIn] = &[
    BuiltIn::any("groups", 0..=0, matches::groups),
    BuiltIn::string("matches", 1..=2, matches::matches).coercing(),
    BuiltIn::string("replace", 2..=3, replace).coercing(),
    BuiltIn::string("split", 1..=2, split).coercing(),
];

/// The text between two positions.
pub(super) fn between<'a>(text: &Str<'a>, from: usize, to: usize) -> Str<'a> {
    match text.get(from..to) {
        Some(part) => text.part(part),
        None => utf16::slice(text, from, to).into_owned().into(),
    }
}

/// The text with `args[0]` replaced by `args[1]`: each of them, or the first with flag `f`.
fn replace<'a>(text: Str<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    let (old, new) = (call.text_arg(0)?, call.text_arg(1)?);
    let flags = flags_arg(call, 2)?;
    if !flags.regexp {
        return literal::replace(text, &old, &new, flags, &call.env.engine.limits).map(Value::from);
    }
    let which = if flags.first_only { regexp::Which::First } else { regexp::Which::All };
    pattern::replace(&text, &old, &new, which, flags, call)
}

/// The parts of the text between one `args[0]` and the next.
fn split<'a>(text: Str<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    let separator = call.text_arg(0)?;
    let flags = flags_arg(call, 1)?;
    let parts = if flags.regexp {
        pattern::split(&text, &separator, flags, call)?
    } else {
        literal::split(&text, &separator, flags.ignore_case, &call.env.engine.limits)?
    };
    Ok(Value::list(parts))
}

/// Flags that are converted to text if need be.
fn flags_arg(call: &mut Call<'_, '_>, at: usize) -> Result<Flags> {
    Ok(if call.has(at) { Flags::parse(&call.text_arg(at)?) } else { Flags::default() })
}
