//! JSON as values, whichever way it came.

use super::{Hash, Number, Sequence, Str, Value};
use crate::data::{Kind, Node};

/// A value of serde_json, borrowed.
pub(crate) fn value(value: &serde_json::Value) -> Value<'_> {
    match value {
        serde_json::Value::Null => Value::Missing,
        serde_json::Value::Bool(value) => Value::Bool(*value),
        serde_json::Value::Number(number) => Value::Number(self::number(number)),
        serde_json::Value::String(text) => Value::String(Str::Borrowed(text)),
        serde_json::Value::Array(items) => Value::Sequence(Sequence::Json(items)),
        serde_json::Value::Object(map) => Value::Hash(Hash::Json(map)),
    }
}

fn number(number: &serde_json::Number) -> Number {
    if let Some(value) = number.as_i64() {
        return Number::Int(value);
    }
    match number.as_u64() {
        Some(value) => json_number(&value.to_string()),
        None => Number::Double(number.as_f64().unwrap_or(f64::NAN)),
    }
}

/// A value of a [`crate::Data`], borrowed.
#[inline]
pub(crate) fn node_value(node: Node<'_>) -> Value<'_> {
    match node.kind() {
        Kind::Null => Value::Missing,
        Kind::Bool => Value::Bool(node.as_bool().unwrap_or(false)),
        Kind::Number => Value::Number(match node.as_i64() {
            Some(value) => Number::Int(value),
            None => json_number(node.number_text()),
        }),
        Kind::String => Value::String(node.string().into()),
        Kind::Array => Value::Sequence(Sequence::Data(node)),
        Kind::Object => Value::Hash(Hash::Data(node)),
    }
}

/// A JSON number; one with more digits than any limit allows is no number.
fn json_number(text: &str) -> Number {
    Number::from_json(text).unwrap_or(Number::Double(f64::NAN))
}
