//! Booleans.

use super::{BuiltIn, Call};
use crate::error::{Error, Result};
use crate::format::quoted;
use crate::value::{Str, Value};

pub(super) static TABLE: &[BuiltIn] = &[BuiltIn::string("boolean", 0..=0, boolean)];

/// `true`, `false`, or one of the words of `boolean_format`.
fn boolean<'a>(text: Str<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    let value = match &*text {
        "true" => true,
        "false" => false,
        other => match call.env.bool_words() {
            Some((yes, _)) if yes == other => true,
            Some((_, no)) if no == other => false,
            _ => {
                let message = format!("Can't convert this string to boolean: {}", quoted(other));
                return Err(call.env.blame(Error::value(message), call.whole));
            }
        },
    };
    Ok(Value::Bool(value))
}
