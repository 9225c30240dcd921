//! Values of several types at once: what `?string` gives for numbers, dates and booleans, what
//! `?date` and its kin give for strings, and what `?matches` and `?dedent` give.

use std::rc::Rc;

use ftl_parser::Span;

use super::{BuiltIn, Call};
use crate::env::Env;
use crate::error::{Error, ErrorKind, Result};
use crate::format::date::DateFormat;
use crate::format::quoted;
use crate::format::zone::Zone;
use crate::value::{DateKind, DateTime, Multi, MultiKind, Number, Str, Value};

pub(super) static TABLE: &[BuiltIn] = &[
    BuiltIn::any("string", 0..=usize::MAX, string).formatting(),
    BuiltIn::any("date", 0..=1, |value, call| date_of(value, DateKind::Date, call)).formatting(),
    BuiltIn::any("time", 0..=1, |value, call| date_of(value, DateKind::Time, call)).formatting(),
    BuiltIn::any("datetime", 0..=1, |value, call| date_of(value, DateKind::DateTime, call))
        .formatting(),
];

/// `x?string`, `x?string(format)`, `b?string(yes, no)`
fn string<'a>(value: Value<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    if call.called {
        return formatted(value, call);
    }
    let kind = match value {
        Value::Number(number) => {
            let mut text = String::new();
            call.env.write_number(&number, &mut text)?;
            MultiKind::NumberString { number, text: text.into() }
        }
        Value::Date(date) => {
            let mut text = String::new();
            let result = call.env.write_date(date, &mut text);
            MultiKind::DateString { date, text: result.map(|()| text.into()) }
        }
        Value::Bool(value) => {
            let words = call.env.bool_words();
            let (yes, no) = words.unwrap_or_else(|| ("true".to_owned(), "false".to_owned()));
            MultiKind::BoolString { value, text: Ok(if value { yes } else { no }.into()) }
        }
        Value::String(_) => return Ok(value),
        Value::Empty => return Ok(Value::string("")),
        Value::Multi(multi) => match &multi.kind {
            MultiKind::DateParser { date, .. } => return string(Value::Date(date.clone()?), call),
            MultiKind::Matches(matches) => return string(Value::Bool(matches.whole()?), call),
            _ => return Ok(Value::String(text_of(&multi)?)),
        },
        value => {
            return Err(call.env.unexpected(
                "number, date, boolean or string",
                &value,
                call.target,
            ));
        }
    };
    Ok(Value::Multi(Rc::new(Multi { kind })))
}

fn text_of<'a>(multi: &Multi<'a>) -> Result<Str<'a>> {
    match &multi.kind {
        MultiKind::NumberString { text, .. }
        | MultiKind::Match { text, .. }
        | MultiKind::Dedent { text, .. } => Ok(text.clone()),
        MultiKind::DateString { text, .. } | MultiKind::BoolString { text, .. } => text.clone(),
        MultiKind::DateParser { .. } | MultiKind::Matches(_) => Ok("".into()),
    }
}

/// `x?string(…)`
fn formatted<'a>(value: Value<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    let value = match value {
        Value::Multi(multi) => match &multi.kind {
            MultiKind::DateParser { date, .. } => Value::Date(date.clone()?),
            MultiKind::Matches(matches) => Value::Bool(matches.whole()?),
            _ => Value::String(text_of(&multi)?),
        },
        value => value,
    };
    match &value {
        Value::Number(number) => {
            count(call, 1)?;
            let format = call.text_arg(0)?;
            number_by(call.env, number, &format)
        }
        Value::Date(date) => {
            count(call, 1)?;
            let format = call.text_arg(0)?;
            date_by(call.env, *date, &format)
        }
        Value::Bool(value) => {
            count(call, 2)?;
            // Both are converted to text before one is chosen.
            let (yes, no) = (call.text_arg(0)?, call.text_arg(1)?);
            Ok(Value::String(if *value { yes } else { no }))
        }
        Value::String(_) | Value::Empty => {
            let whole = Span::new(call.target.start, call.site.name.end);
            Err(call.env.unexpected("method or function", &Value::string(""), whole))
        }
        value => Err(call.env.unexpected("number, date, boolean or string", value, call.target)),
    }
}

fn count(call: &Call<'_, '_>, expected: usize) -> Result<()> {
    let got = call.args.len();
    if got == expected {
        return Ok(());
    }
    let name = call.name();
    let plural = if expected == 1 { "" } else { "s" };
    let received = if got == 0 { "none".to_owned() } else { got.to_string() };
    Err(Error::value(format!(
        "{name} expects {expected} argument{plural} but has received {received}."
    )))
}

/// `n?string[format]`
fn number_by<'a>(env: &mut Env<'a>, number: &Number, format: &str) -> Result<Value<'a>> {
    let format = env.settings.number_format_of(format).map_err(|reason| {
        let text = quoted(format);
        Error::value(format!(
            "Failed to get number format object for the {text} number format string: {reason}"
        ))
        .unplaced()
    })?;
    let mut out = String::new();
    format.write(number, &mut out).map_err(|error| match crate::ops::number_error(error) {
        error if error.is_catchable() => Error::hiding("Failed to format number", error),
        limit => limit,
    })?;
    Ok(Value::string(out))
}

/// `d?string[format]`
fn date_by<'a>(env: &mut Env<'a>, date: DateTime, format: &str) -> Result<Value<'a>> {
    let format = format_of(env, format, date.kind)?;
    let mut out = String::new();
    format.format(date, &mut out);
    Ok(Value::string(out))
}

fn format_of(env: &Env<'_>, format: &str, kind: DateKind) -> Result<std::sync::Arc<DateFormat>> {
    env.settings.date_format_of(format, kind).map_err(|reason| {
        let message = format!(
            "Can't create date/time/datetime format based on format string {}. Reason given: {reason}",
            quoted(format)
        );
        Error::value(message).unplaced()
    })
}

/// `x?date`, `x?date(format)` and its kin
fn date_of<'a>(value: Value<'a>, kind: DateKind, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    if let Some(date) = as_date(&value)? {
        if call.called {
            let whole = Span::new(call.target.start, call.site.name.end);
            return Err(call.env.unexpected("method or function", &value, whole));
        }
        return converted(date, kind).map_err(|error| call.env.blame(error, call.whole));
    }
    let text = call.env.to_text(&value, call.target)?;
    if call.called && call.has(0) {
        let format = call.text_arg(0)?;
        return parsed(call.env, &text, &format, kind).map(Value::Date);
    }
    let date = by_setting(call.env, &text, kind)?;
    if call.called {
        return date.map(Value::Date);
    }
    if let Ok(date) = date {
        // Almost always that is all that is asked for; `(s?date)("…")` after an assignment is not.
        if !crate::builtins::multi::KEEPS_PARSERS {
            return Ok(Value::Date(date));
        }
    }
    Ok(Value::Multi(Rc::new(Multi { kind: MultiKind::DateParser { text, kind, date } })))
}

/// Whether what `?date` gives for a string can still be given another format.
const KEEPS_PARSERS: bool = true;

fn converted<'a>(date: DateTime, kind: DateKind) -> Result<Value<'a>> {
    if date.kind == kind || matches!(date.kind, DateKind::DateTime | DateKind::Unknown) {
        return Ok(Value::Date(DateTime { kind, ..date }));
    }
    let (from, to) = (date.kind.name(), kind.name());
    Err(Error::new(ErrorKind::Type, format!("Cannot convert {from} to {to}")))
}

/// Parses by `date_format`, `time_format` or `datetime_format`. The outer error: the setting is bad.
fn by_setting(env: &mut Env<'_>, text: &str, kind: DateKind) -> Result<Result<DateTime>> {
    let format = env
        .settings
        .date_format(kind)
        .map_err(|reason| crate::textual::bad_date_setting(&env.settings, kind, &reason))?;
    Ok(parse(env, &format, text).map(|(date, zone)| {
        if let Some(zone) = zone {
            env.settings.move_date_format(&format, zone);
        }
        date
    }))
}

fn parsed(env: &mut Env<'_>, text: &str, format: &str, kind: DateKind) -> Result<DateTime> {
    let compiled = format_of(env, format, kind)?;
    let (date, zone) = parse(env, &compiled, text)?;
    if let Some(zone) = zone {
        env.settings.move_date_format_of(format, &compiled, zone);
    }
    Ok(date)
}

/// The date, and the zone that the text names.
fn parse(env: &Env<'_>, format: &DateFormat, text: &str) -> Result<(DateTime, Option<Zone>)> {
    let parsed = format.parse(text, &|| env.engine.now()).map_err(|reason| {
        let mut message = format!(
            "The string doesn't match the expected date/time/date-time format. The string to parse was: {}. \
             The expected format was: {}.",
            quoted(text),
            quoted(format.description())
        );
        let reason = reason.to_string();
        if !reason.is_empty() {
            message.push_str(&format!("\nThe nested reason given follows:\n{reason}"));
        }
        Error::value(message).unplaced()
    })?;
    Ok((DateTime::new(parsed.millis, format.kind()), parsed.zone))
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

/// `value.key` of a value of several types; `None`: it has no members.
pub(crate) fn multi_key<'a>(
    env: &mut Env<'a>,
    value: &Value<'a>,
    key: &str,
) -> Option<Result<Value<'a>>> {
    let Value::Multi(multi) = value else { return None };
    Some(match &multi.kind {
        MultiKind::NumberString { number, .. } => number_by(env, number, key),
        MultiKind::DateString { date, .. } => date_by(env, *date, key),
        MultiKind::DateParser { text, kind, .. } => parsed(env, text, key, *kind).map(Value::Date),
        _ => return None,
    })
}

/// Whether `value(…)` is possible.
pub(crate) fn is_callable(value: &Value<'_>) -> bool {
    let Value::Multi(multi) = value else { return false };
    !matches!(multi.kind, MultiKind::Matches(_) | MultiKind::Match { .. })
}

/// `value(args)` of a value of several types.
pub(crate) fn multi_call<'a>(
    env: &mut Env<'a>,
    value: &Value<'a>,
    args: &[Value<'a>],
) -> Result<Value<'a>> {
    let Value::Multi(multi) = value else {
        return Err(env.unexpected("method", value, Span::default()));
    };
    if let MultiKind::Dedent { source, .. } = &multi.kind {
        return super::string::lines::dedent_call(source, args);
    }
    let mut texts = Vec::with_capacity(args.len());
    for arg in args {
        texts.push(env.to_text(arg, Span::default())?);
    }
    match (&multi.kind, texts.as_slice()) {
        (MultiKind::NumberString { number, .. }, [format]) => number_by(env, number, format),
        (MultiKind::DateString { date, .. }, [format]) => date_by(env, *date, format),
        (MultiKind::DateParser { text, kind, .. }, [format]) => {
            parsed(env, text, format, *kind).map(Value::Date)
        }
        (MultiKind::DateParser { date, .. }, []) => date.clone().map(Value::Date),
        (MultiKind::BoolString { value, .. }, [yes, no]) => {
            Ok(Value::String(if *value { yes.clone() } else { no.clone() }))
        }
        (_, texts) => {
            let got = if texts.is_empty() { "none".to_owned() } else { texts.len().to_string() };
            Err(Error::value(format!("?string(...) expects 1 argument but has received {got}.")))
        }
    }
}

/// `n?string.computer` and the like at once; `None`: the long way.
pub(crate) fn format_by_key<'a>(
    env: &mut Env<'a>,
    value: &Value<'a>,
    built_in: &BuiltIn,
    key: &str,
    target: Span,
) -> Result<Option<Value<'a>>> {
    let kind = match built_in.name {
        "string" => {
            return match value {
                Value::Number(number) => number_by(env, number, key).map(Some),
                Value::Date(date) => date_by(env, *date, key).map(Some),
                Value::Multi(multi) => match &multi.kind {
                    MultiKind::DateParser { date, .. } => {
                        date_by(env, date.clone()?, key).map(Some)
                    }
                    _ => Ok(None),
                },
                _ => Ok(None),
            };
        }
        "date" => DateKind::Date,
        "time" => DateKind::Time,
        "datetime" => DateKind::DateTime,
        _ => return Ok(None),
    };
    match value {
        Value::String(text) => parsed(env, text, key, kind).map(|date| Some(Value::Date(date))),
        Value::Number(_) | Value::Bool(_) => {
            let text = env.to_text(value, target)?;
            parsed(env, &text, key, kind).map(|date| Some(Value::Date(date)))
        }
        _ => Ok(None),
    }
}
