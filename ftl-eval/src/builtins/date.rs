//! Dates and times.

use super::{BuiltIn, Call};
use crate::error::{Error, Result};
use crate::format::date::{Accuracy, write_iso};
use crate::format::quoted;
use crate::format::zone::Zone;
use crate::value::{DateKind, DateTime, Number, Value};

/// `?iso_utc` and its like: in UTC, the `time_zone` setting, or a zone given as argument.
macro_rules! iso {
    ($name:literal, $zone:expr, $accuracy:ident, $offset:expr) => {
        BuiltIn::any($name, 0..=0, |value, call| {
            iso(value, call, $zone, Accuracy::$accuracy, $offset)
        })
    };
}

macro_rules! iso_in {
    ($name:literal, $accuracy:ident, $offset:expr) => {
        BuiltIn::any($name, 1..=1, |value, call| {
            iso(value, call, In::Given, Accuracy::$accuracy, $offset)
        })
    };
}

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
    iso!("iso_utc", In::Utc, Seconds, true),
    iso!("iso_utc_fz", In::Utc, Seconds, true),
    iso!("iso_utc_nz", In::Utc, Seconds, false),
    iso!("iso_utc_ms", In::Utc, Millis, true),
    iso!("iso_utc_ms_nz", In::Utc, Millis, false),
    iso!("iso_utc_m", In::Utc, Minutes, true),
    iso!("iso_utc_m_nz", In::Utc, Minutes, false),
    iso!("iso_utc_h", In::Utc, Hours, true),
    iso!("iso_utc_h_nz", In::Utc, Hours, false),
    iso!("iso_local", In::Setting, Seconds, true),
    iso!("iso_local_nz", In::Setting, Seconds, false),
    iso!("iso_local_ms", In::Setting, Millis, true),
    iso!("iso_local_ms_nz", In::Setting, Millis, false),
    iso!("iso_local_m", In::Setting, Minutes, true),
    iso!("iso_local_m_nz", In::Setting, Minutes, false),
    iso!("iso_local_h", In::Setting, Hours, true),
    iso!("iso_local_h_nz", In::Setting, Hours, false),
    iso_in!("iso", Seconds, true),
    iso_in!("iso_nz", Seconds, false),
    iso_in!("iso_ms", Millis, true),
    iso_in!("iso_ms_nz", Millis, false),
    iso_in!("iso_m", Minutes, true),
    iso_in!("iso_m_nz", Minutes, false),
    iso_in!("iso_h", Hours, true),
    iso_in!("iso_h_nz", Hours, false),
];

/// In which zone a date is shown.
#[derive(Clone, Copy)]
enum In {
    Utc,
    Setting,
    /// The argument.
    Given,
}

fn iso<'a>(
    value: Value<'a>,
    call: &mut Call<'_, 'a>,
    zone: In,
    accuracy: Accuracy,
    show_offset: bool,
) -> Result<Value<'a>> {
    let Some(date) = super::multi::as_date(&value)? else {
        return Err(call.env.unexpected("date/time", &value, call.target));
    };
    if date.kind == DateKind::Unknown {
        let name = call.site.built_in.name;
        let message = format!(
            "The value of the following has unknown date type, but ?{name} needs a value where it's known if it's a \
             date (no time part), time, or date-time value:"
        );
        return Err(call.env.blame(Error::value(message), call.target));
    }
    let zone = match zone {
        In::Utc => Zone::utc(),
        In::Setting => call.env.settings.time_zone.clone(),
        In::Given => {
            let arg = &call.args[0];
            let Some(id) = arg.as_str() else {
                return Err(call.bad_arg(0, "string or java.util.TimeZone", arg));
            };
            Zone::named(id).ok_or_else(|| {
                Error::value(format!(
                    "The time zone string specified for {} is not recognized as a valid time zone name: {}",
                    call.name(),
                    quoted(id)
                ))
            })?
        }
    };
    let mut out = String::new();
    write_iso(date, accuracy, show_offset, &zone, &mut out);
    Ok(Value::string(out))
}

fn if_unknown<'a>(value: Value<'a>, kind: DateKind, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    match super::multi::as_date(&value)? {
        Some(date) if date.kind == DateKind::Unknown => Ok(Value::Date(DateTime { kind, ..date })),
        Some(_) => Ok(value),
        None => Err(call.env.unexpected("date/time", &value, call.target)),
    }
}

/// Milliseconds since 1970 as a date.
fn from_millis<'a>(number: &Number, kind: DateKind, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    let millis = number.to_millis();
    let millis = millis.map_err(|error| call.elsewhere(Error::value(error.to_string())))?;
    Ok(Value::Date(DateTime { millis, kind }))
}
