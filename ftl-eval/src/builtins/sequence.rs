//! Built-ins of sequences.

mod search;
mod sort;

use super::{BuiltIn, Call};
use crate::error::{Error, ErrorKind, Result};
use crate::items::Iter;
use crate::ops;
use crate::textual::STRING_LIKE;
use crate::value::{Range, Sequence, Value};
use ftl_parser::ast::InfixOp;

pub(super) static TABLE: &[BuiltIn] = &[
    BuiltIn::sequence("chunk", 1..=2, chunk),
    BuiltIn::items("first", 0..=0, first),
    BuiltIn::items("join", 1..=3, join),
    BuiltIn::sequence("last", 0..=0, last),
    BuiltIn::items("max", 0..=0, |items, call| best(items, InfixOp::Greater, "greater-than", call)),
    BuiltIn::items("min", 0..=0, |items, call| best(items, InfixOp::Less, "less-than", call)),
    BuiltIn::sequence("reverse", 0..=0, reverse),
    BuiltIn::items("seq_contains", 1..=1, search::contains),
    BuiltIn::items("seq_index_of", 1..=2, search::index_of),
    BuiltIn::items("seq_last_index_of", 1..=2, search::last_index_of),
    BuiltIn::items("sequence", 0..=0, sequence),
    BuiltIn::sequence("sort", 0..=0, sort::sort),
    BuiltIn::sequence("sort_by", 1..=usize::MAX, sort::sort_by),
];

fn check_not_endless(sequence: &Sequence<'_>, call: &Call<'_, '_>) -> Result<()> {
    match sequence {
        Sequence::Range(Range { len: None, .. }) => Err(call.elsewhere(Error::value(
            "The input sequence is a right-unbounded numerical range, thus, it's infinitely long, and can't \
             processed with this built-in.",
        ))),
        _ => Ok(()),
    }
}

/// Number of items; an endless range is as long as a Java int can tell.
fn len(sequence: &Sequence<'_>) -> usize {
    sequence.len().unwrap_or(i32::MAX as usize)
}

/// The first item; missing if there is none.
fn first<'a>(sequence: Sequence<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    if !matches!(sequence, Sequence::Lazy(_)) {
        return Ok(sequence.get(0));
    }
    let mut iter = Iter::of(&sequence)?;
    if iter.has_next(call.env)? { iter.next(call.env) } else { Ok(Value::Missing) }
}

/// The last item; missing if there is none.
fn last<'a>(sequence: Sequence<'a>, _: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    Ok(len(&sequence).checked_sub(1).map_or(Value::Missing, |last| sequence.get(last)))
}

/// The items from last to first.
fn reverse<'a>(sequence: Sequence<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    let len = len(&sequence);
    call.env.engine.limits.check_items(len)?;
    call.env.steps(len as u64 / 8)?;
    Ok(Value::list((0..len).rev().map(|index| sequence.get(index)).collect()))
}

/// Sequences of `args[0]` items each; the last one is filled up with `args[1]`.
fn chunk<'a>(sequence: Sequence<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    let size = usize::try_from(call.number_arg(0)?.to_i32()).unwrap_or(0);
    if size < 1 {
        let name = call.spelled();
        return Err(Error::value(format!("The 1st argument to {name} (...) must be at least 1.")));
    }
    let len = len(&sequence);
    let filler = call.args.get(1).filter(|filler| !filler.is_missing());
    let filled = if filler.is_some() { len.div_ceil(size).saturating_mul(size) } else { len };
    call.env.engine.limits.check_items(filled)?;
    call.env.steps(filled as u64 / 8)?;
    let mut chunks = Vec::with_capacity(len.div_ceil(size));
    for start in (0..len).step_by(size) {
        let end = len.min(start + size);
        let mut items: Vec<_> = (start..end).map(|index| sequence.get(index)).collect();
        if let Some(filler) = filler {
            items.resize(size, filler.clone());
        }
        chunks.push(Value::list(items));
    }
    Ok(Value::list(chunks))
}

/// All items as a sequence.
fn sequence<'a>(sequence: Sequence<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    match sequence {
        Sequence::Lazy(lazy) => Ok(Value::list(lazy.take()?.collect(call.env)?)),
        sequence => Ok(Value::Sequence(sequence)),
    }
}

/// The items that are there as text, with `args[0]` between them and `args[2]` after the last;
/// `args[1]` if there are none.
fn join<'a>(sequence: Sequence<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    check_not_endless(&sequence, call)?;
    let separator = call.string_arg(0)?;
    let when_empty = call.opt_string_arg(1)?.unwrap_or("");
    let after_last = call.opt_string_arg(2)?.unwrap_or("");
    let mut iter = Iter::of(&sequence)?;
    let mut out = String::new();
    let mut had_item = false;
    let mut index = 0;
    while iter.has_next(call.env)? {
        call.env.step()?;
        let item = iter.next(call.env)?;
        if !item.is_missing() {
            if had_item {
                out.push_str(separator);
            }
            had_item = true;
            if let Err(error) = write_item(&item, call, &mut out) {
                return Err(join_error(error, index, call));
            }
            call.check_text(out.len())?;
        }
        index += 1;
    }
    out.push_str(if had_item { after_last } else { when_empty });
    call.check_text(out.len())?;
    Ok(out.into())
}

fn write_item<'a>(item: &Value<'a>, call: &mut Call<'_, 'a>, out: &mut String) -> Result<()> {
    match item {
        Value::String(text) => {
            out.push_str(text);
            Ok(())
        }
        Value::Sequence(_)
        | Value::Hash(_)
        | Value::Markup(_)
        | Value::Macro(_)
        | Value::Method(_)
        | Value::Directive(_) => Err(crate::expr::unexpected_result(STRING_LIKE, item)),
        item => call.env.write_text(item, call.whole, out),
    }
}

fn join_error(error: Error, index: usize, call: &Call<'_, '_>) -> Error {
    if error.kind() == ErrorKind::Limit {
        return error;
    }
    let name = call.spelled();
    let message = format!(
        "\"{name}\" failed at index {index} with this error:\n\n---begin-message---\n{}\n---end-message---",
        error.message()
    );
    Error::new(error.kind(), message)
}

/// The item that compares as `op` to all others.
fn best<'a>(
    sequence: Sequence<'a>,
    op: InfixOp,
    op_text: &str,
    call: &mut Call<'_, 'a>,
) -> Result<Value<'a>> {
    check_not_endless(&sequence, call)?;
    let mut iter = Iter::of(&sequence)?;
    let mut best = Value::Missing;
    while iter.has_next(call.env)? {
        call.env.step()?;
        let item = iter.next(call.env)?;
        if item.is_missing() {
            continue;
        }
        let better = best.is_missing()
            || ops::compare(call.env, op, op_text, &item, &best, None)
                .map_err(|error| call.env.blame(error, call.whole))?;
        if better {
            best = item;
        }
    }
    Ok(best)
}
