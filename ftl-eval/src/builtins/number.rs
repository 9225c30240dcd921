//! Numbers, and what `?c` makes of numbers, booleans and strings.

use super::{BuiltIn, Call};
use crate::error::{Error, Result};
use crate::expr::Tolerance;
use crate::format::quoted;
use crate::ops::number_error;
use crate::value::{DateKind, Number, Str, Value};

pub(super) static TABLE: &[BuiltIn] = &[
    BuiltIn::number("abs", 0..=0, |number, _| give(number.abs())),
    BuiltIn::number("byte", 0..=0, |number, _| give(number.to_byte())),
    BuiltIn::number("ceiling", 0..=0, |number, _| give(number.ceiling().map_err(number_error)?)),
    BuiltIn::number("double", 0..=0, |number, _| give(number.to_double())),
    BuiltIn::number("float", 0..=0, |number, _| give(number.to_float())),
    BuiltIn::number("floor", 0..=0, |number, _| give(number.floor().map_err(number_error)?)),
    BuiltIn::number("int", 0..=0, |number, _| give(number.to_int())),
    BuiltIn::number("is_infinite", 0..=0, |number, _| Ok(number.is_infinite().into())),
    BuiltIn::number("is_nan", 0..=0, |number, _| Ok(number.is_nan().into())),
    BuiltIn::any("long", 0..=0, long),
    BuiltIn::number("lower_abc", 0..=0, |number, call| abc(number, 'a', call)),
    BuiltIn::string("number", 0..=0, number),
    BuiltIn::number("round", 0..=0, |number, _| give(number.round().map_err(number_error)?)),
    BuiltIn::number("short", 0..=0, |number, _| give(number.to_short())),
    BuiltIn::number("upper_abc", 0..=0, |number, call| abc(number, 'A', call)),
    BuiltIn::print("c", 0..=0, c),
    BuiltIn::print("cn", 0..=0, c).tolerant(Tolerance::LastStep),
];

fn give<'a>(number: Number) -> Result<Value<'a>> {
    Ok(Value::Number(number))
}

/// A number cut to a Java long, or a date's milliseconds.
fn long<'a>(value: Value<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    if let Value::Number(number) = &value {
        return give(number.to_long());
    }
    match super::multi::as_date(&value)? {
        Some(date) => {
            let _ = DateKind::Date;
            Ok(date.millis.into())
        }
        None => Err(call.env.unexpected("number", &value, call.target)),
    }
}

fn abc<'a>(number: &Number, one: char, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    let name = call.spelled();
    let blame = |message: String| call.elsewhere(Error::value(message));
    match number.abc(one) {
        Ok(Ok(text)) => Ok(text.into()),
        Ok(Err(small)) => Err(blame(format!(
            "The left side operand of to {name} must be at least 1, but was {small}."
        ))),
        Err(error) => {
            Err(blame(format!("The left side operand value isn't compatible with {name}: {error}")))
        }
    }
}

/// The number that a text spells, as `java.math.BigDecimal` reads it.
fn number<'a>(text: Str<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    let engine = call.env.engine.settings.arithmetic_engine;
    match Number::parse(&text, engine) {
        Ok(number) => give(number),
        Err(_) => {
            let message = format!("Can't convert this string to number: {}", quoted(&text));
            Err(call.elsewhere(Error::value(message)))
        }
    }
}

/// For computers: no grouping, strings quoted.
fn c<'a>(value: &Value<'a>, call: &mut Call<'_, 'a>, out: &mut String) -> Result<()> {
    let format = call.env.settings.c_format;
    match value {
        Value::Number(number) => format.write_number(number, out).map_err(number_error)?,
        Value::Missing => out.push_str(format.null_text()),
        value => match (value.as_bool(), value.as_str()) {
            (Some(value), _) => out.push_str(format.bool_text(value)),
            (None, Some(text)) => format.write_string(text, out),
            (None, None) => {
                return Err(call.env.unexpected("number, boolean, or string", value, call.target));
            }
        },
    }
    Ok(())
}
