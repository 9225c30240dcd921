//! `statics` of the Amplitude profile: the helper class that Amplitude's templates use.

use crate::error::{Error, Result};
use crate::function::{Function, HashModel};
use crate::value::{Hash, Method, MultiKind, Sequence, Str, Value};

const CLASS: &str = "com.amplitude.integrations.connector.utils.FtlUtils";

/// The hash `statics`, which has the one class.
pub(crate) struct Statics;

impl HashModel for Statics {
    fn get<'a>(&'a self, key: &str) -> Result<Value<'a>> {
        Ok(if key == CLASS { Value::Hash(Hash::Model(&FtlUtils)) } else { Value::Missing })
    }

    fn keys(&self) -> Option<Vec<Str<'_>>> {
        Some(vec![Str::Borrowed(CLASS)])
    }
}

struct FtlUtils;

impl HashModel for FtlUtils {
    fn get<'a>(&'a self, key: &str) -> Result<Value<'a>> {
        Ok(match key {
            "toJson" => Value::Method(Method::Function(&ToJson)),
            "toJsonString" => Value::Method(Method::Function(&ToJsonString)),
            other => return Err(Error::value(format!("No such key: {other} in class {CLASS}"))),
        })
    }
}

/// Any value as compact JSON.
struct ToJson;

impl Function for ToJson {
    fn call<'a>(&'a self, args: &[Value<'a>]) -> Result<Value<'a>> {
        let mut out = String::new();
        write_json(one_argument("toJson", args)?, &mut out)?;
        Ok(out.into())
    }
}

/// Strings, numbers and booleans as a quoted JSON string; arrays and objects as JSON.
struct ToJsonString;

impl Function for ToJsonString {
    fn call<'a>(&'a self, args: &[Value<'a>]) -> Result<Value<'a>> {
        let mut out = String::new();
        match one_argument("toJsonString", args)? {
            Value::Bool(value) => write_string(if *value { "true" } else { "false" }, &mut out),
            Value::Number(number) => {
                let mut text = String::new();
                number.write_java(&mut text);
                write_string(&text, &mut out);
            }
            value => write_json(value, &mut out)?,
        }
        Ok(out.into())
    }
}

fn one_argument<'r, 'a>(name: &str, args: &'r [Value<'a>]) -> Result<&'r Value<'a>> {
    match args {
        [arg] => Ok(arg),
        args => Err(Error::function(format!(
            "FtlUtils.{name} expects 1 argument but has received {}",
            args.len()
        ))),
    }
}

fn write_json(value: &Value<'_>, out: &mut String) -> Result<()> {
    match value {
        Value::Missing => out.push_str("null"),
        Value::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) => number.write_json(out),
        Value::Date(date) => out.push_str(&date.millis.to_string()),
        Value::Sequence(sequence) => return write_sequence(sequence, out),
        Value::Hash(hash) => return write_hash(hash, out),
        Value::Empty => out.push_str("\"\""),
        Value::Multi(multi) => match &multi.kind {
            MultiKind::Matches(matches) => match matches.all() {
                Some(items) => return write_sequence(&Sequence::List(items), out),
                None => return Err(Error::function("FtlUtils cannot write these matches as JSON")),
            },
            _ => write_string(value.as_str().unwrap_or(""), out),
        },
        value => match value.as_str() {
            Some(text) => write_string(text, out),
            None => {
                let kind = value.type_name();
                return Err(Error::function(format!("FtlUtils cannot write a {kind} as JSON")));
            }
        },
    }
    Ok(())
}

fn write_sequence(sequence: &Sequence<'_>, out: &mut String) -> Result<()> {
    let Some(len) = sequence.len() else {
        return Err(Error::function("FtlUtils cannot write an endless sequence as JSON"));
    };
    out.push('[');
    for at in 0..len {
        if at > 0 {
            out.push(',');
        }
        write_json(&sequence.get(at), out)?;
    }
    out.push(']');
    Ok(())
}

fn write_hash(hash: &Hash<'_>, out: &mut String) -> Result<()> {
    let mut first = true;
    let mut entry = |key: &str, value: &Value<'_>, out: &mut String| {
        if !std::mem::take(&mut first) {
            out.push(',');
        }
        write_string(key, out);
        out.push(':');
        write_json(value, out)
    };
    out.push('{');
    match hash {
        Hash::Json(map) => {
            for (key, value) in *map {
                entry(key, &value.into(), out)?;
            }
        }
        Hash::Data(node) => {
            for (key, value) in node.entries() {
                entry(&key, &crate::value::json::node_value(value), out)?;
            }
        }
        Hash::Map(map) => {
            for (key, value) in map.0.entries() {
                entry(key, value, out)?;
            }
        }
        _ => return Err(Error::function("FtlUtils can write hashes of data and literals only")),
    }
    out.push('}');
    Ok(())
}

/// A JSON string as Jackson writes it: only what must be escaped is.
fn write_string(text: &str, out: &mut String) {
    out.push('"');
    let mut start = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escape = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            8 => "\\b",
            12 => "\\f",
            0..32 => "",
            _ => continue,
        };
        out.push_str(&text[start..at]);
        start = at + 1;
        if escape.is_empty() {
            out.push_str(&format!("\\u{byte:04X}"));
        } else {
            out.push_str(escape);
        }
    }
    out.push_str(&text[start..]);
    out.push('"');
}
