//! `?seq_contains`, `?seq_index_of`, `?seq_last_index_of`

use crate::builtins::Call;
use crate::env::Env;
use crate::error::{Error, ErrorKind, Result};
use crate::items::Iter;
use crate::ops;
use crate::value::{Kind, Sequence, Value};
use ftl_parser::ast::InfixOp;

/// Whether an item equals `args[0]`.
pub(super) fn contains<'a>(sequence: Sequence<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    Ok(find(&sequence, &call.args[0], 0..usize::MAX, Which::First, call.env)?.is_some().into())
}

/// The index of the first item that equals `args[0]`, at `args[1]` or after it; -1: there is none.
pub(super) fn index_of<'a>(sequence: Sequence<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    let start = match call.opt_number_arg(1)? {
        Some(start) => usize::try_from(start.to_i32()).unwrap_or(0),
        None => 0,
    };
    let found = find(&sequence, &call.args[0], start..usize::MAX, Which::First, call.env)?;
    Ok(index(found))
}

/// The index of the last item that equals `args[0]`, at `args[1]` or before it; -1: there is none.
pub(super) fn last_index_of<'a>(
    sequence: Sequence<'a>,
    call: &mut Call<'_, 'a>,
) -> Result<Value<'a>> {
    let end = match call.opt_number_arg(1)? {
        Some(last) => match usize::try_from(last.to_i32()) {
            Ok(last) => last + 1,
            Err(_) => return Ok(index(None)),
        },
        None => usize::MAX,
    };
    Ok(index(find(&sequence, &call.args[0], 0..end, Which::Last, call.env)?))
}

fn index<'a>(found: Option<usize>) -> Value<'a> {
    found.map_or(-1, |index| index as i64).into()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Which {
    First,
    Last,
}

fn find<'a>(
    sequence: &Sequence<'a>,
    wanted: &Value<'a>,
    within: std::ops::Range<usize>,
    which: Which,
    env: &mut Env<'a>,
) -> Result<Option<usize>> {
    let bytes = wanted.as_str().map_or(0, str::len) as u64;
    let test = |index: usize, item: &Value<'a>, env: &mut Env<'a>| {
        env.steps(1 + bytes / 1024)?;
        equal(env, index, item, wanted)
    };
    if let Sequence::Lazy(_) = sequence {
        let mut iter = Iter::of(sequence)?;
        let (mut index, mut found) = (0, None);
        while index < within.end && iter.has_next(env)? {
            let item = iter.next(env)?;
            if index >= within.start && test(index, &item, env)? {
                found = Some(index);
                if which == Which::First {
                    break;
                }
            }
            index += 1;
        }
        return Ok(found);
    }
    let end = super::len(sequence).min(within.end);
    match which {
        Which::First => {
            for index in within.start..end {
                if test(index, &sequence.get(index), env)? {
                    return Ok(Some(index));
                }
            }
        }
        Which::Last => {
            for index in (within.start..end).rev() {
                if test(index, &sequence.get(index), env)? {
                    return Ok(Some(index));
                }
            }
        }
    }
    Ok(None)
}

/// Whether both are of one type, and equal. What is missing equals nothing.
fn equal<'a>(env: &Env<'a>, index: usize, item: &Value<'a>, wanted: &Value<'a>) -> Result<bool> {
    let same_type = match (item, wanted) {
        (Value::String(_), Value::String(_))
        | (Value::Number(_), Value::Number(_))
        | (Value::Bool(_), Value::Bool(_)) => true,
        (Value::Missing, _) | (_, Value::Missing) => false,
        (item, wanted) => {
            both(item, wanted, |value| value.as_str().is_some())
                || both(item, wanted, |value| value.as_bool().is_some())
                || both(item, wanted, |value| value.kind() == Kind::Date)
        }
    };
    if !same_type {
        return Ok(false);
    }
    ops::compare(env, InfixOp::Equal, "==", item, wanted, None).map_err(|error| {
        if error.kind() == ErrorKind::Limit {
            return error;
        }
        let message = format!(
            "This error has occurred when comparing sequence item at 0-based index {index} to the searched item:\n{}",
            error.message()
        );
        Error::new(error.kind(), message)
    })
}

fn both<'a>(a: &Value<'a>, b: &Value<'a>, test: fn(&Value<'a>) -> bool) -> bool {
    test(a) && test(b)
}
