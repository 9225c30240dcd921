//! Hashes.

use std::rc::Rc;

use super::{BuiltIn, Call};
use crate::error::Result;
use crate::value::{Hash, Sequence, Value};

pub(super) static TABLE: &[BuiltIn] =
    &[BuiltIn::hash("keys", 0..=0, keys), BuiltIn::hash("values", 0..=0, values)];

fn keys<'a>(hash: Hash<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    let entries = call.env.hash_entries(&hash)?;
    call.env.steps(entries.len() as u64 / 8)?;
    let keys = entries.into_iter().map(|(key, _)| Value::String(key)).collect();
    Ok(Value::Sequence(Sequence::Keys(Rc::new(keys))))
}

fn values<'a>(hash: Hash<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    let entries = call.env.hash_entries(&hash)?;
    call.env.steps(entries.len() as u64 / 8)?;
    let values = entries.into_iter().map(|(_, value)| value).collect();
    Ok(Value::Sequence(Sequence::Keys(Rc::new(values))))
}
