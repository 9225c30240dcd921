//! Values of several types at once: `?string`, `?date`, `?matches` and their kin.

use super::BuiltIn;
use crate::env::Env;
use crate::error::Result;
use crate::value::{DateTime, MultiKind, Value};
use ftl_parser::Span;

/// `value.key` of a value of several types; `None`: it has no members.
pub(crate) fn multi_key<'a>(
    env: &mut Env<'a>,
    value: &Value<'a>,
    key: &str,
) -> Option<Result<Value<'a>>> {
    let _ = (env, value, key);
    None
}

/// Whether `value(…)` is possible.
pub(crate) fn is_callable(value: &Value<'_>) -> bool {
    let _ = value;
    false
}

/// `value(args)` of a value of several types.
pub(crate) fn multi_call<'a>(
    env: &mut Env<'a>,
    value: &Value<'a>,
    args: &[Value<'a>],
) -> Result<Value<'a>> {
    let _ = (env, value, args);
    Err(crate::env::unsupported("a call of this value"))
}

/// `n?string.computer` and the like at once; `None`: the long way.
pub(crate) fn format_by_key<'a>(
    env: &mut Env<'a>,
    value: &Value<'a>,
    built_in: &BuiltIn,
    key: &str,
    target: Span,
) -> Result<Option<Value<'a>>> {
    let _ = (env, value, built_in, key, target);
    Ok(None)
}

/// The date of a date or of `"…"?date`.
pub(super) fn as_date(value: &Value<'_>) -> Result<Option<DateTime>> {
    match value {
        Value::Date(date) => Ok(Some(*date)),
        Value::Multi(multi) => match &multi.kind {
            MultiKind::DateParser { date, .. } => date.clone().map(Some),
            _ => Ok(None),
        },
        _ => Ok(None),
    }
}
