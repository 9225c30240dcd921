//! Tests of a value's type, and what works on any value.

use std::rc::Rc;

use super::{BuiltIn, Call};
use crate::error::{Error, Result};
use crate::expr::Tolerance;
use crate::output::Markup;
use crate::value::{DateKind, Directive, Hash, MultiKind, Sequence, Str, Value};

pub(super) static TABLE: &[BuiltIn] = &[
    BuiltIn::any("has_content", 0..=0, has_content).tolerant(Tolerance::Parenthesized),
    BuiltIn::any("is_boolean", 0..=0, |value, _| test(value.as_bool().is_some())),
    BuiltIn::any("is_collection", 0..=0, |value, _| test(is_collection(&value))),
    BuiltIn::any("is_collection_ex", 0..=0, |value, _| test(is_collection_ex(&value))),
    BuiltIn::any("is_date", 0..=0, |value, _| test(date_kind(&value).is_some())),
    BuiltIn::any("is_date_like", 0..=0, |value, _| test(date_kind(&value).is_some())),
    BuiltIn::any("is_date_only", 0..=0, |value, _| test(date_kind(&value) == Some(DateKind::Date))),
    BuiltIn::any("is_datetime", 0..=0, |value, _| {
        test(date_kind(&value) == Some(DateKind::DateTime))
    }),
    BuiltIn::any("is_directive", 0..=0, |value, _| {
        test(matches!(value, Value::Macro(_) | Value::Directive(_)))
    }),
    BuiltIn::any("is_enumerable", 0..=0, |value, _| test(value.as_sequence().is_some())),
    BuiltIn::any("is_hash", 0..=0, |value, _| test(is_hash(&value))),
    BuiltIn::any("is_hash_ex", 0..=0, |value, _| {
        test(value.as_hash().is_some_and(|hash| hash.is_listable()))
    }),
    BuiltIn::any("is_indexable", 0..=0, |value, _| test(value.as_sequence().is_some())),
    BuiltIn::any("is_macro", 0..=0, |value, _| test(matches!(value, Value::Macro(_)))),
    BuiltIn::any("is_markup_output", 0..=0, |value, _| test(matches!(value, Value::Markup(_)))),
    BuiltIn::any("is_method", 0..=0, |value, _| {
        test(matches!(value, Value::Method(_)) || super::is_callable(&value))
    }),
    BuiltIn::any("is_node", 0..=0, |_, _| test(false)),
    BuiltIn::any("is_number", 0..=0, |value, _| test(matches!(value, Value::Number(_)))),
    BuiltIn::any("is_sequence", 0..=0, |value, _| test(value.as_sequence().is_some())),
    BuiltIn::any("is_string", 0..=0, |value, _| test(is_string(&value))),
    BuiltIn::any("is_time", 0..=0, |value, _| test(date_kind(&value) == Some(DateKind::Time))),
    BuiltIn::any("is_transform", 0..=0, |value, _| {
        test(matches!(value, Value::Directive(Directive::Interpreted(_))))
    }),
    BuiltIn::any("is_unknown_date_like", 0..=0, |value, _| {
        test(date_kind(&value) == Some(DateKind::Unknown))
    }),
    BuiltIn::any("size", 0..=0, size).lazily(),
    BuiltIn::any("esc", 0..=0, esc),
    BuiltIn::any("no_esc", 0..=0, no_esc),
    BuiltIn::any("markup_string", 0..=0, markup_string),
    BuiltIn::any("api", 0..=0, api).tolerant(Tolerance::LastStep),
    // FreeMarker's wrappers of JSON objects and arrays have an API; there is no way to reach it here.
    BuiltIn::any("has_api", 0..=0, |value, _| {
        test(matches!(
            value,
            Value::Hash(Hash::Json(_) | Hash::Data(_))
                | Value::Sequence(Sequence::Json(_) | Sequence::Data(_))
        ))
    }),
];

fn test<'a>(holds: bool) -> Result<Value<'a>> {
    Ok(Value::Bool(holds))
}

/// Neither missing, nor an empty string, sequence or hash.
fn has_content<'a>(value: Value<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    let empty = match &value {
        Value::Missing | Value::Empty => true,
        Value::String(text) => text.is_empty(),
        Value::Markup(markup) => markup.is_empty(),
        Value::Sequence(sequence) => sequence.is_empty(),
        Value::Hash(hash) => call.env.hash_is_empty(hash)?,
        Value::Multi(multi) => match &multi.kind {
            MultiKind::Matches(matches) => matches.items(call.env)?.is_empty(),
            MultiKind::DateParser { .. } => false,
            _ => value.as_str().is_some_and(str::is_empty),
        },
        Value::Macro(_) | Value::Method(_) | Value::Directive(_) => true,
        _ => false,
    };
    test(!empty)
}

fn date_kind(value: &Value<'_>) -> Option<DateKind> {
    match value {
        Value::Date(date) => Some(date.kind),
        Value::Multi(multi) => match &multi.kind {
            MultiKind::DateParser { kind, .. } => Some(*kind),
            _ => None,
        },
        _ => None,
    }
}

fn is_string(value: &Value<'_>) -> bool {
    match value {
        Value::String(_) | Value::Empty => true,
        Value::Multi(multi) => {
            !matches!(multi.kind, MultiKind::DateParser { .. } | MultiKind::Matches(_))
        }
        _ => false,
    }
}

fn is_hash(value: &Value<'_>) -> bool {
    match value {
        Value::Hash(_) | Value::Empty => true,
        Value::Multi(multi) => matches!(
            multi.kind,
            MultiKind::NumberString { .. }
                | MultiKind::DateString { .. }
                | MultiKind::DateParser { .. }
        ),
        _ => false,
    }
}

fn is_collection(value: &Value<'_>) -> bool {
    match value {
        Value::Empty | Value::Sequence(Sequence::Keys(_)) => true,
        Value::Multi(multi) => matches!(multi.kind, MultiKind::Matches(_)),
        _ => false,
    }
}

fn is_collection_ex(value: &Value<'_>) -> bool {
    let _ = value;
    false
}

/// Number of items or members.
fn size<'a>(value: Value<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    let size = match value.as_sequence() {
        Some(Sequence::Lazy(lazy)) => match lazy.len() {
            Some(len) => len,
            None => {
                let mut iter = lazy.take()?;
                let mut size = 0;
                while iter.has_next(call.env)? {
                    call.env.step()?;
                    iter.next(call.env)?;
                    size += 1;
                }
                size
            }
        },
        // An endless range is as long as a Java int can tell.
        Some(sequence) => sequence.len().unwrap_or(i32::MAX as usize),
        None => match value.as_hash().filter(Hash::is_listable) {
            Some(hash) => call.env.hash_len(&hash)?,
            None => {
                let expected = "extended-hash or sequence or extended collection";
                return Err(call.env.unexpected(expected, &value, call.target));
            }
        },
    };
    Ok((size as i64).into())
}

/// Text as markup of the output format, to be escaped when it is printed.
fn esc<'a>(value: Value<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    let format = &call.site.format;
    let markup = match &value {
        Value::Markup(markup) if markup.format == *format => return Ok(value),
        Value::Markup(markup) => match markup.plain() {
            Some(text) => Markup::from_plain(format.clone(), text.clone()),
            None => return Err(foreign(call, markup)),
        },
        value => Markup::from_plain(format.clone(), printable(value, call)?),
    };
    Ok(Value::Markup(Rc::new(markup)))
}

/// Text as markup of the output format, printed as it is.
fn no_esc<'a>(value: Value<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    let format = &call.site.format;
    let markup = match &value {
        Value::Markup(markup) if markup.format == *format => return Ok(value),
        Value::Markup(markup) => match markup.plain() {
            Some(text) => Markup::from_plain(format.clone(), text.clone()),
            None => return Err(foreign(call, markup)),
        },
        value => Markup::new(format.clone(), printable(value, call)?),
    };
    Ok(Value::Markup(Rc::new(markup)))
}

fn printable<'a>(value: &Value<'a>, call: &mut Call<'_, 'a>) -> Result<Str<'a>> {
    let text = call.env.to_text(value, call.target);
    text.map_err(|error| call.env.not_printable(error, value, call.target))
}

fn foreign(call: &Call<'_, '_>, markup: &Markup<'_>) -> Error {
    let (left, here) = (markup.format.describe(), call.site.format.describe());
    Error::value(format!(
        "The left side operand of ?{} is in {left} format, which differs from the current output format, {here}. \
         Conversion wasn't possible.",
        call.site.built_in.name
    ))
}

/// The markup itself as a string.
fn markup_string<'a>(value: Value<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    match &value {
        Value::Markup(markup) => Ok(Value::String(markup.markup())),
        value => Err(call.env.unexpected("markup output", value, call.target)),
    }
}

fn api<'a>(_: Value<'a>, _: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    Err(Error::unsupported(
        "Can't use ?api, because the \"api_builtin_enabled\" configuration setting is false. ?api needs Java objects; \
         this engine has JSON data only",
    ))
}
