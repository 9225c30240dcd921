//! Dates and times.

use super::{BuiltIn, Call};
use crate::error::{Error, Result};
use crate::value::{DateKind, DateTime, Number, Value};

pub(super) static TABLE: &[BuiltIn] = &[
    BuiltIn::any("date_if_unknown", 0..=0, |value, call| if_unknown(value, DateKind::Date, call)),
    BuiltIn::any("time_if_unknown", 0..=0, |value, call| if_unknown(value, DateKind::Time, call)),
    BuiltIn::any("datetime_if_unknown", 0..=0, |value, call| {
        if_unknown(value, DateKind::DateTime, call)
    }),
    BuiltIn::number("number_to_date", 0..=0, |number, call| {
        from_millis(number, DateKind::Date, call)
    }),
    BuiltIn::number("number_to_time", 0..=0, |number, call| {
        from_millis(number, DateKind::Time, call)
    }),
    BuiltIn::number("number_to_datetime", 0..=0, |number, call| {
        from_millis(number, DateKind::DateTime, call)
    }),
];

fn if_unknown<'a>(value: Value<'a>, kind: DateKind, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    match super::multi::as_date(&value)? {
        Some(date) if date.kind == DateKind::Unknown => Ok(Value::Date(DateTime { kind, ..date })),
        Some(_) => Ok(value),
        None => Err(call.env.unexpected("date/time", &value, call.target)),
    }
}

/// Milliseconds since 1970 as a date.
fn from_millis<'a>(number: &Number, kind: DateKind, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    let millis = number.to_millis().map_err(|error| {
        let _ = &call;
        Error::value(error.to_string())
    })?;
    Ok(Value::Date(DateTime { millis, kind }))
}
