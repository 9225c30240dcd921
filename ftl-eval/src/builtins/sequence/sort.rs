//! `?sort`, `?sort_by`

use std::cmp::Ordering;

use crate::builtins::Call;
use crate::env::Env;
use crate::error::{Error, ErrorKind, Result};
use crate::format::collate::Collator;
use crate::format::quoted;
use crate::ops::{all_items, number_error};
use crate::value::{DateTime, Kind, Number, Sequence, Str, Value};

/// The items in order: all of them strings, numbers, dates or booleans. Equal ones stay as they are.
pub(super) fn sort<'a>(sequence: Sequence<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    sorted(sequence, &[], call).map_err(|error| call.elsewhere(error))
}

/// The items in the order of what they hold under `args[0]`: a name, or a sequence of names that lead
/// to it.
pub(super) fn sort_by<'a>(sequence: Sequence<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    let arg = &call.args[0];
    if let Some(name) = arg.as_str() {
        return sorted(sequence, &[name], call);
    }
    let name = call.spelled();
    let Some(names) = arg.as_sequence() else {
        return Err(Error::value(format!(
            "The argument to {name}(key) must be a string (the name of the subvariable), or a sequence of \
             strings (the \"path\" to the subvariable)."
        )));
    };
    let names = all_items(call.env, &names)?;
    let texts = names.iter().enumerate().map(|(index, item)| {
        item.as_str().ok_or_else(|| {
            Error::value(format!(
                "The argument to {name}(key), when it's a sequence, must be a sequence of strings, but the \
                 item at index {index} is not a string."
            ))
        })
    });
    let texts = texts.collect::<Result<Vec<_>>>()?;
    sorted(sequence, &texts, call)
}

/// What an item is sorted by.
enum Key<'a> {
    Text(Str<'a>),
    Number(Number),
    Date(DateTime),
    Bool(bool),
}

fn sorted<'a>(sequence: Sequence<'a>, path: &[&str], call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    let env = &mut *call.env;
    let len = super::len(&sequence);
    if len == 0 {
        return Ok(Value::Sequence(sequence));
    }
    env.engine.limits.check_items(len)?;
    env.steps(len as u64 * u64::from(len.ilog2() + 8) / 8)?;
    let mut items = Vec::with_capacity(len);
    let mut keys: Vec<Key<'a>> = Vec::with_capacity(len);
    for index in 0..len {
        let item = sequence.get(index);
        if item.is_missing() && (index > 0 || !path.is_empty()) {
            return Err(call.unchecked(&format!("The item at index {index} is null or missing")));
        }
        let key = key_of(&item, index, path, env)?;
        let key = match keys.first() {
            None => first_key(&key).ok_or_else(|| {
                let expected =
                    "Values used for sorting must be numbers, strings, date/times or booleans.";
                failed(path, index, expected)
            })?,
            Some(first) => {
                same_key(first, &key).ok_or_else(|| inconsistent(path, index, first, &key))?
            }
        };
        keys.push(key);
        items.push(item);
    }
    let order = match ints(&keys) {
        Some(ints) => {
            let mut order: Vec<usize> = (0..len).collect();
            order.sort_by_key(|&index| ints[index]);
            Ok(order)
        }
        None => sorted_order(&keys, env),
    };
    let order = order.map_err(|error| {
        if error.kind() == ErrorKind::Limit {
            return error;
        }
        let (name, message) = (name(path), error.message());
        Error::value(format!("{name} failed: Unexpected error while sorting:{message}"))
    })?;
    Ok(Value::list(order.into_iter().map(|index| std::mem::take(&mut items[index])).collect()))
}

fn key_of<'a>(item: &Value<'a>, index: usize, path: &[&str], env: &Env<'a>) -> Result<Value<'a>> {
    let mut key = item.clone();
    for (at, step) in path.iter().enumerate() {
        let Some(hash) = key.as_hash() else {
            let what = match at.checked_sub(1) {
                None => "Sequence items must be hashes when using ?sort_by. ".to_owned(),
                Some(before) => format!("The {}", quoted(path[before])),
            };
            let step = quoted(step);
            return Err(failed(
                path,
                index,
                &format!(
                    "{what} subvariable is not a hash, so ?sort_by can't proceed with getting the {step} subvariable."
                ),
            ));
        };
        key = env.hash_get(&hash, step)?;
        if key.is_missing() {
            let step = quoted(step);
            return Err(failed(
                path,
                index,
                &format!("The {step} subvariable was null or missing."),
            ));
        }
    }
    Ok(key)
}

/// The key that `value` is; the first one decides on the type of all.
fn first_key<'a>(value: &Value<'a>) -> Option<Key<'a>> {
    text(value).map(Key::Text).or_else(|| match value.kind() {
        Kind::Number => value.as_number().cloned().map(Key::Number),
        Kind::Date => date(value).map(Key::Date),
        _ => value.as_bool().map(Key::Bool),
    })
}

fn same_key<'a>(first: &Key<'_>, value: &Value<'a>) -> Option<Key<'a>> {
    match first {
        Key::Text(_) => text(value).map(Key::Text),
        Key::Number(_) => value.as_number().cloned().map(Key::Number),
        Key::Date(_) => date(value).map(Key::Date),
        Key::Bool(_) => value.as_bool().map(Key::Bool),
    }
}

fn text<'a>(value: &Value<'a>) -> Option<Str<'a>> {
    match value {
        Value::String(text) => Some(text.clone()),
        value => value.as_str().map(|text| text.to_owned().into()),
    }
}

fn date(value: &Value<'_>) -> Option<DateTime> {
    super::super::multi::as_date(value).ok().flatten()
}

/// The keys if all of them are small whole numbers, as is common.
fn ints(keys: &[Key<'_>]) -> Option<Vec<i64>> {
    let int = |key: &Key<'_>| match key {
        Key::Number(Number::Int(value)) => Some(*value),
        _ => None,
    };
    keys.iter().map(int).collect()
}

/// Bytes of text for which collation keys are made: they take four times as much.
const MAX_KEY_TEXT: usize = 4 << 20;

fn sorted_order(keys: &[Key<'_>], env: &mut Env<'_>) -> Result<Vec<usize>> {
    let collator = Collator::of(&env.settings.locale);
    let texts = keys.iter().filter_map(|key| match key {
        Key::Text(text) => Some(text.len()),
        _ => None,
    });
    if matches!(keys.first(), Some(Key::Text(_)))
        && texts.fold(0, usize::saturating_add) <= MAX_KEY_TEXT
    {
        let collated: Vec<_> = keys
            .iter()
            .map(|key| match key {
                Key::Text(text) => collator.key(text),
                _ => collator.key(""),
            })
            .collect();
        return order(keys.len(), |a, b| Ok(collator.compare_keys(&collated[a], &collated[b])));
    }
    order(keys.len(), |a, b| {
        Ok(match (&keys[a], &keys[b]) {
            (Key::Text(a), Key::Text(b)) => {
                env.steps(1 + (a.len().min(b.len()) / 64) as u64)?;
                collator.compare(a, b)
            }
            (Key::Number(a), Key::Number(b)) => {
                env.engine.settings.arithmetic_engine.compare(a, b).map_err(number_error)?
            }
            (Key::Date(a), Key::Date(b)) => a.millis.cmp(&b.millis),
            (Key::Bool(a), Key::Bool(b)) => a.cmp(b),
            _ => Ordering::Equal,
        })
    })
}

/// The order of `len` items, sorted by merging. Unlike the standard library's it lets a comparison
/// fail, and does not mind one that contradicts itself, as that of mixed Java numbers may.
fn order(
    len: usize,
    mut compare: impl FnMut(usize, usize) -> Result<Ordering>,
) -> Result<Vec<usize>> {
    let mut order: Vec<usize> = (0..len).collect();
    let mut merged = Vec::with_capacity(len);
    let mut width = 1;
    while width < len {
        for start in (0..len).step_by(2 * width) {
            let (middle, end) = (len.min(start + width), len.min(start + 2 * width));
            let (mut left, mut right) = (start, middle);
            // Runs that follow each other already are common.
            if middle < end && compare(order[middle - 1], order[middle])?.is_gt() {
                while left < middle && right < end {
                    if compare(order[left], order[right])?.is_le() {
                        merged.push(order[left]);
                        left += 1;
                    } else {
                        merged.push(order[right]);
                        right += 1;
                    }
                }
            }
            merged.extend_from_slice(&order[left..middle]);
            merged.extend_from_slice(&order[right..end]);
        }
        std::mem::swap(&mut order, &mut merged);
        merged.clear();
        width *= 2;
    }
    Ok(order)
}

fn name(path: &[&str]) -> &'static str {
    if path.is_empty() { "?sort" } else { "?sort_by(...)" }
}

#[cold]
fn failed(path: &[&str], index: usize, message: &str) -> Error {
    let base = if index == 0 { "" } else { " (0-based)" };
    Error::value(format!("{} failed at sequence index {index}{base}: {message}", name(path)))
}

#[cold]
fn inconsistent(path: &[&str], index: usize, first: &Key<'_>, key: &Value<'_>) -> Error {
    let (one, all) = match first {
        Key::Text(_) => ("string", "strings"),
        Key::Number(_) => ("number", "numbers"),
        Key::Date(_) => ("date/time", "date/times"),
        Key::Bool(_) => ("boolean", "booleans"),
    };
    let what = if path.is_empty() { "value" } else { "key value" };
    let actual = key.type_name();
    failed(
        path,
        index,
        &format!(
            "All {what}s in the sequence must be {all}, because the first {what} was that. However, the {what} of \
             the current item isn't a {one} but a {actual}."
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn order_is_that_of_a_stable_sort(items in prop::collection::vec(0u8..20, 0..200)) {
            let mut expected: Vec<usize> = (0..items.len()).collect();
            expected.sort_by_key(|&index| items[index]);
            let order = order(items.len(), |a, b| Ok(items[a].cmp(&items[b])));
            prop_assert_eq!(order.ok(), Some(expected));
        }
    }
}
