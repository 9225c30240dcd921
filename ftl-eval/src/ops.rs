//! Arithmetic, comparison and concatenation.

use std::cmp::Ordering;
use std::rc::Rc;

use ftl_parser::Span;
use ftl_parser::ast::InfixOp;

use crate::env::{Env, to_vec};
use crate::error::{Error, ErrorKind, Result};
use crate::expr::article;
use crate::format::collate;
use crate::output::Markup;
use crate::value::hash::OrderedHash;
use crate::value::number::NumberError;
use crate::value::{DateKind, Hash, Number, Sequence, Value};

/// `a - b`, `a * b`, `a / b`, `a % b`
pub(crate) fn arithmetic(env: &Env<'_>, op: InfixOp, a: &Number, b: &Number) -> Result<Number> {
    let engine = env.engine.settings.arithmetic_engine;
    let result = match op {
        InfixOp::Sub => engine.subtract(a, b),
        InfixOp::Mul => engine.multiply(a, b),
        InfixOp::Div => engine.divide(a, b),
        InfixOp::Mod => engine.modulus(a, b),
        _ => engine.add(a, b),
    };
    result.map_err(number_error)
}

pub(crate) fn negate(number: &Number) -> Result<Number> {
    number.negate().map_err(number_error)
}

/// A failed computation as FreeMarker words it.
pub(crate) fn number_error(error: NumberError) -> Error {
    match error {
        NumberError::TooLarge => Error::limit("digits", error.to_string()),
        NumberError::Arithmetic(_) => Error::value(format!("Arithmetic operation failed: {error}")),
        other => Error::value(other.to_string()),
    }
}

/// `a + b`: numbers add, sequences and strings are joined, hashes merged.
pub(crate) fn add<'a>(
    env: &mut Env<'a>,
    a: Value<'a>,
    a_span: Span,
    b: Value<'a>,
    b_span: Span,
) -> Result<Value<'a>> {
    if let (Value::Number(a), Value::Number(b)) = (&a, &b) {
        return arithmetic(env, InfixOp::Add, a, b).map(Value::Number);
    }
    if let (Some(left), Some(right)) = (a.as_sequence(), b.as_sequence()) {
        return join_sequences(env, &left, &right);
    }
    let hashes = match (a.as_hash(), b.as_hash()) {
        (Some(left), Some(right)) => Some((left, right)),
        _ => None,
    };
    if let (Some((left, right)), true) = (hashes, a.as_str().is_none() || b.as_str().is_none()) {
        return join_hashes(env, left, right);
    }
    // Operands are blamed in the order in which FreeMarker looks at them.
    let left = textual(env, a, a_span)?;
    let right = textual(env, b, b_span)?;
    let result = concat(left, right)?;
    if let Value::String(text) = &result {
        env.engine.limits.check_text(text.len())?;
    }
    Ok(result)
}

/// A string or markup for `value`.
fn textual<'a>(env: &mut Env<'a>, value: Value<'a>, span: Span) -> Result<Value<'a>> {
    match value {
        Value::String(_) | Value::Markup(_) => Ok(value),
        value => match env.to_text(&value, span) {
            Err(error) if error.kind() == ErrorKind::Type => {
                Err(env.unexpected(PRINTABLE, &value, span))
            }
            result => result.map(Value::String),
        },
    }
}

/// What `${…}` and `+` ask for.
pub(crate) const PRINTABLE: &str = "string or something automatically convertible to string (number, date or boolean), or \"template output\" ";

/// Joins strings and markup.
pub(crate) fn concat<'a>(a: Value<'a>, b: Value<'a>) -> Result<Value<'a>> {
    let joined = match (&a, &b) {
        (Value::Markup(a), Value::Markup(b)) => a.concat(b),
        (Value::Markup(a), b) => {
            a.concat(&Markup::from_plain(a.format.clone(), b.as_str().unwrap_or("").to_owned()))
        }
        (a, Value::Markup(b)) => {
            Markup::from_plain(b.format.clone(), a.as_str().unwrap_or("").to_owned()).concat(b)
        }
        (a, b) => {
            let (a, b) = (a.as_str().unwrap_or(""), b.as_str().unwrap_or(""));
            return Ok(Value::string([a, b].concat()));
        }
    };
    match joined {
        Some(markup) => Ok(Value::Markup(Rc::new(markup))),
        None => {
            let name = |value: &Value<'_>| match value {
                Value::Markup(markup) => markup.format.describe(),
                _ => String::new(),
            };
            Err(Error::new(
                ErrorKind::Type,
                format!(
                    "Concatenation left hand operand is in {} format, while the right hand operand is in {}. \
                 Conversion to common format wasn't possible.",
                    name(&a),
                    name(&b)
                ),
            ))
        }
    }
}

fn join_sequences<'a>(env: &mut Env<'a>, a: &Sequence<'a>, b: &Sequence<'a>) -> Result<Value<'a>> {
    let mut items = all_items(env, a)?;
    items.append(&mut all_items(env, b)?);
    env.engine.limits.check_items(items.len())?;
    env.steps(items.len() as u64 / 8)?;
    Ok(Value::list(items))
}

/// The items of a sequence, made if they are not there yet.
pub(crate) fn all_items<'a>(env: &mut Env<'a>, sequence: &Sequence<'a>) -> Result<Vec<Value<'a>>> {
    match sequence {
        Sequence::Lazy(lazy) => lazy.take()?.collect(env),
        sequence => to_vec(sequence, env.engine.limits.sequence_items),
    }
}

fn join_hashes<'a>(env: &mut Env<'a>, a: Hash<'a>, b: Hash<'a>) -> Result<Value<'a>> {
    if !a.is_listable() || !b.is_listable() {
        return Ok(Value::Hash(Hash::Concat(Rc::new((a, b)))));
    }
    let (left, right) = (env.hash_entries(&a)?, env.hash_entries(&b)?);
    env.steps((left.len() + right.len()) as u64 / 8)?;
    let mut hash = OrderedHash::with_capacity(left.len() + right.len());
    for (key, value) in left.into_iter().chain(right) {
        hash.insert(key, value);
    }
    hash.settle();
    env.engine.limits.check_items(hash.len())?;
    Ok(Value::map(hash))
}

/// `a == b`, `a < b`, …. `spans`: of the operands, for the message.
pub(crate) fn compare<'a>(
    env: &Env<'a>,
    op: InfixOp,
    op_text: &str,
    a: &Value<'a>,
    b: &Value<'a>,
    spans: Option<(Span, Span)>,
) -> Result<bool> {
    let ordering = match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            let engine = env.engine.settings.arithmetic_engine;
            engine.compare(a, b).map_err(|error| {
                Error::value(format!(
                    "Unexpected error while comparing two numbers: java.lang.ArithmeticException: {error}"
                ))
            })?
        }
        (Value::String(a), Value::String(b)) => return strings(env, op, op_text, a, b),
        (Value::Bool(a), Value::Bool(b)) => return booleans(op, op_text, *a, *b),
        (Value::Date(a), Value::Date(b)) => {
            for (side, date) in [("left", a), ("right", b)] {
                if date.kind == DateKind::Unknown {
                    return Err(Error::value(format!(
                        "The {side} value of the comparison is a date-like value where it's not known if it's \
                         a date (no time part), time, or date-time, and thus can't be used in a comparison."
                    )));
                }
            }
            if a.kind != b.kind {
                return Err(Error::value(format!(
                    "Can't compare dates of different types. Left date type is {}, right date type is {}.",
                    a.kind.name(),
                    b.kind.name()
                )));
            }
            a.millis.cmp(&b.millis)
        }
        _ => {
            if let (Some(a), Some(b)) = (as_date(a), as_date(b)) {
                return compare(env, op, op_text, &a, &b, spans);
            }
            if let (Some(a), Some(b)) = (a.as_str(), b.as_str()) {
                return strings(env, op, op_text, a, b);
            }
            if let (Some(a), Some(b)) = (a.as_bool(), b.as_bool()) {
                return booleans(op, op_text, a, b);
            }
            if let Some(error) = a.failure().or_else(|| b.failure()) {
                return Err(error);
            }
            return Err(not_comparable(env, a, b, spans));
        }
    };
    Ok(holds(op, ordering))
}

fn as_date<'a>(value: &Value<'a>) -> Option<Value<'a>> {
    match value {
        Value::Date(date) => Some(Value::Date(*date)),
        Value::Multi(multi) => match &multi.kind {
            crate::value::MultiKind::DateParser { date: Ok(date), .. } => Some(Value::Date(*date)),
            _ => None,
        },
        _ => None,
    }
}

fn holds(op: InfixOp, ordering: Ordering) -> bool {
    match op {
        InfixOp::Equal => ordering.is_eq(),
        InfixOp::NotEqual => ordering.is_ne(),
        InfixOp::Less => ordering.is_lt(),
        InfixOp::LessOrEqual => ordering.is_le(),
        InfixOp::Greater => ordering.is_gt(),
        _ => ordering.is_ge(),
    }
}

fn strings(env: &Env<'_>, op: InfixOp, op_text: &str, a: &str, b: &str) -> Result<bool> {
    let equal = match op {
        InfixOp::Equal | InfixOp::NotEqual => strings_equal(env, a, b),
        _ => {
            return Err(Error::value(format!(
                "Can't use operator \"{op_text}\" on string values."
            )));
        }
    };
    Ok(equal == (op == InfixOp::Equal))
}

/// Equality of strings: by NFKC since 2.3.33, by the locale's collator before.
pub(crate) fn strings_equal(env: &Env<'_>, a: &str, b: &str) -> bool {
    if env.engine.settings.improvements >= (2, 3, 33) {
        collate::equal(a, b)
    } else {
        a == b || collate::compare(&env.settings.locale, a, b).is_eq()
    }
}

fn booleans(op: InfixOp, op_text: &str, a: bool, b: bool) -> Result<bool> {
    match op {
        InfixOp::Equal => Ok(a == b),
        InfixOp::NotEqual => Ok(a != b),
        _ => Err(Error::value(format!("Can't use operator \"{op_text}\" on boolean values."))),
    }
}

fn not_comparable(
    env: &Env<'_>,
    a: &Value<'_>,
    b: &Value<'_>,
    spans: Option<(Span, Span)>,
) -> Error {
    let operand = |span: Option<Span>| match span {
        Some(span) => format!("({}) value ", env.source().slice(span)),
        None => String::new(),
    };
    let (left, right) = (operand(spans.map(|s| s.0)), operand(spans.map(|s| s.1)));
    let (a, b) = (a.type_name(), b.type_name());
    Error::new(
        ErrorKind::Type,
        format!(
            "Can't compare values of these types. Allowed comparisons are between two numbers, two strings, \
             two dates, or two booleans.\nLeft hand operand {left}is {} {a}.\nRight hand operand {right}is {} {b}.",
            article(a),
            article(b)
        ),
    )
}
