//! FreeMarker's two sets of rules for `+ - * / %` and comparison.

use std::cmp::Ordering;

use bigdecimal::BigDecimal;
use num_bigint::{BigInt, Sign};

use super::{
    Big, Number, NumberError, compare_doubles,
    decimal::{self, Decimal},
};

/// The `arithmetic_engine` setting.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) enum ArithmeticEngine {
    /// `bigdecimal`: everything is an exact decimal.
    #[default]
    BigDecimal,
    /// `conservative`: Java's own types, widened as needed.
    Conservative,
}

/// Products keep, and quotients have at least, so many decimals.
const SCALE: i64 = 12;

const DIVIDE_BY_ZERO: NumberError = NumberError::Arithmetic("/ by zero");
const BIG_DIVIDE_BY_ZERO: NumberError = NumberError::Arithmetic("BigInteger divide by zero");

/// The type in which the conservative engine computes, in the order of width.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    Integer,
    Long,
    Float,
    Double,
    BigInteger,
    BigDecimal,
}

impl ArithmeticEngine {
    /// `a + b`
    #[inline]
    pub(crate) fn add(self, a: &Number, b: &Number) -> Result<Number, NumberError> {
        if let (Number::Int(x), Number::Int(y)) = (a, b)
            && let Some(sum) = x.checked_add(*y)
        {
            return Ok(self.whole(sum));
        }
        match self {
            ArithmeticEngine::BigDecimal => add(a, b).map(Number::relaxed),
            ArithmeticEngine::Conservative => match Class::common(a, b) {
                Class::Float => Ok(Number::Float(a.to_f32() + b.to_f32())),
                Class::Double => Ok(Number::Double(a.to_f64() + b.to_f64())),
                Class::BigDecimal => add(a, b),
                Class::BigInteger => Ok(Number::big_integer(integer(a) + integer(b))),
                Class::Integer | Class::Long => Ok(match a.to_i64().checked_add(b.to_i64()) {
                    Some(value) => Number::long(value),
                    None => Number::big_integer(integer(a) + integer(b)),
                }),
            },
        }
    }

    /// `a - b`
    #[inline]
    pub(crate) fn subtract(self, a: &Number, b: &Number) -> Result<Number, NumberError> {
        if let (Number::Int(x), Number::Int(y)) = (a, b)
            && let Some(difference) = x.checked_sub(*y)
        {
            return Ok(self.whole(difference));
        }
        match self {
            ArithmeticEngine::BigDecimal => subtract(a, b).map(Number::relaxed),
            ArithmeticEngine::Conservative => match Class::common(a, b) {
                Class::Float => Ok(Number::Float(a.to_f32() - b.to_f32())),
                Class::Double => Ok(Number::Double(a.to_f64() - b.to_f64())),
                Class::BigDecimal => subtract(a, b),
                Class::BigInteger => Ok(Number::big_integer(integer(a) - integer(b))),
                Class::Integer | Class::Long => Ok(match a.to_i64().checked_sub(b.to_i64()) {
                    Some(value) => Number::long(value),
                    None => Number::big_integer(integer(a) - integer(b)),
                }),
            },
        }
    }

    /// `a * b`, of which at most 12 decimals are kept.
    #[inline]
    pub(crate) fn multiply(self, a: &Number, b: &Number) -> Result<Number, NumberError> {
        match self {
            ArithmeticEngine::BigDecimal => {
                if let (Number::Int(x), Number::Int(y)) = (a, b)
                    && let Some(product) = x.checked_mul(*y)
                {
                    return Ok(Number::whole(product));
                }
                multiply(a, b).map(Number::relaxed)
            }
            ArithmeticEngine::Conservative => match Class::common(a, b) {
                class @ (Class::Integer | Class::Long) => {
                    Ok(multiply_machine(class, a.to_i64(), b.to_i64()))
                }
                Class::Float => Ok(Number::Float(a.to_f32() * b.to_f32())),
                Class::Double => Ok(Number::Double(a.to_f64() * b.to_f64())),
                Class::BigInteger => {
                    let (a, b) = (integer(a), integer(b));
                    decimal::check_digits(((a.bits() + b.bits()) / 3) as i64)?;
                    Ok(Number::big_integer(a * b))
                }
                Class::BigDecimal => multiply(a, b),
            },
        }
    }

    /// `a / b`, by default rounded to 12 decimals or the scale of an operand.
    #[inline]
    pub(crate) fn divide(self, a: &Number, b: &Number) -> Result<Number, NumberError> {
        match self {
            ArithmeticEngine::BigDecimal => divide(a, b).map(Number::relaxed),
            ArithmeticEngine::Conservative => match Class::common(a, b) {
                class @ (Class::Integer | Class::Long) => match (a.to_i64(), b.to_i64()) {
                    (_, 0) => Err(DIVIDE_BY_ZERO),
                    (a, b) if a.wrapping_rem(b) == 0 && class == Class::Integer => {
                        Ok(Number::Int(i64::from((a as i32).wrapping_div(b as i32))))
                    }
                    (a, b) if a.wrapping_rem(b) == 0 => Ok(Number::long(a.wrapping_div(b))),
                    (a, b) => Ok(Number::Double(a as f64 / b as f64)),
                },
                Class::Float => Ok(Number::Float(a.to_f32() / b.to_f32())),
                Class::Double => Ok(Number::Double(a.to_f64() / b.to_f64())),
                Class::BigInteger => {
                    let (x, y) = (integer(a), integer(b));
                    if y.sign() == Sign::NoSign {
                        return Err(BIG_DIVIDE_BY_ZERO);
                    }
                    match (&x % &y).sign() {
                        Sign::NoSign => Ok(Number::big_integer(x / y)),
                        _ => divide(a, b),
                    }
                }
                Class::BigDecimal => divide(a, b),
            },
        }
    }

    /// `a % b`; by default both are cut to a `long` first. The sign is that of `a`.
    pub(crate) fn modulus(self, a: &Number, b: &Number) -> Result<Number, NumberError> {
        let remainder = |a: i64, b: i64| match b {
            0 => Err(DIVIDE_BY_ZERO),
            _ => Ok(a.wrapping_rem(b)),
        };
        match self {
            ArithmeticEngine::BigDecimal => remainder(a.to_i64(), b.to_i64()).map(Number::long),
            ArithmeticEngine::Conservative => match Class::common(a, b) {
                Class::Integer => remainder(a.to_i64(), b.to_i64()).map(Number::Int),
                Class::Long => remainder(a.to_i64(), b.to_i64()).map(Number::long),
                Class::Float => Ok(Number::Float(a.to_f32() % b.to_f32())),
                Class::Double => Ok(Number::Double(a.to_f64() % b.to_f64())),
                Class::BigInteger => {
                    let (a, b) = (integer(a), integer(b));
                    if b.sign() != Sign::Plus {
                        let message = "BigInteger: modulus not positive";
                        return Err(NumberError::Arithmetic(message));
                    }
                    let remainder = a % &b;
                    Ok(Number::big_integer(match remainder.sign() {
                        Sign::Minus => remainder + b,
                        _ => remainder,
                    }))
                }
                Class::BigDecimal => {
                    Err(NumberError::Arithmetic("Can't calculate remainder on BigDecimals"))
                }
            },
        }
    }

    /// Compares by value; a double counts as its decimal text, so that a JSON 0.1 equals 0.1.
    ///
    /// Fails for NaN.
    #[inline]
    pub(crate) fn compare(self, a: &Number, b: &Number) -> Result<Ordering, NumberError> {
        if let (Number::Int(a), Number::Int(b)) = (a, b) {
            return Ok(a.cmp(b));
        }
        match self {
            ArithmeticEngine::BigDecimal => compare(a, b),
            ArithmeticEngine::Conservative => {
                // Whatever is neither less nor equal is greater, so is NaN.
                let order = |order: Option<Ordering>| Ok(order.unwrap_or(Ordering::Greater));
                match Class::common(a, b) {
                    Class::Float => order(a.to_f32().partial_cmp(&b.to_f32())),
                    Class::Double => order(a.to_f64().partial_cmp(&b.to_f64())),
                    _ => Ok(decimal::compare(&Decimal::of(a)?, &Decimal::of(b)?)),
                }
            }
        }
    }

    /// A whole result of two `Int`s.
    #[inline]
    fn whole(self, value: i64) -> Number {
        match self {
            ArithmeticEngine::BigDecimal => Number::whole(value),
            ArithmeticEngine::Conservative => Number::long(value),
        }
    }
}

impl Number {
    /// `-x`, which is the conservative engine's product with -1 whatever the setting: a literal's
    /// decimals are cut to 12, and the least `int` stays as it is.
    pub(crate) fn negate(&self) -> Result<Number, NumberError> {
        ArithmeticEngine::Conservative.multiply(&Number::Int(-1), self)
    }
}

impl Class {
    fn of(number: &Number) -> Self {
        match number {
            Number::Int(value) if i32::try_from(*value).is_ok() => Class::Integer,
            Number::Int(_) => Class::Long,
            Number::Float(_) => Class::Float,
            Number::Double(_) => Class::Double,
            Number::Small { .. } => Class::BigDecimal,
            Number::Big(big) => match **big {
                Big::Integer(_) => Class::BigInteger,
                Big::Long(_) => Class::Long,
                Big::Decimal(_) => Class::BigDecimal,
            },
        }
    }

    fn common(a: &Number, b: &Number) -> Self {
        let (a, b) = (Class::of(a), Class::of(b));
        match (a.min(b), a.max(b)) {
            (Class::Long, Class::Float) => Class::Double,
            (Class::Float | Class::Double, Class::BigInteger) => Class::BigDecimal,
            (_, wider) => wider,
        }
    }
}

/// Java's product of two `int`s or `long`s, widened on overflow; but the check misses -1 times
/// the least number. Of two `int`s FreeMarker makes a `long` in any case.
fn multiply_machine(class: Class, a: i64, b: i64) -> Number {
    let least = if class == Class::Integer { i64::from(i32::MIN) } else { i64::MIN };
    match a.checked_mul(b) {
        _ if a == -1 && b == least => Number::long(least),
        Some(product) => Number::long(product),
        None => Number::big_integer(BigInt::from(a) * b),
    }
}

/// A number of an integer type.
fn integer(number: &Number) -> BigInt {
    match number {
        Number::Big(big) => match &**big {
            Big::Integer(value) => value.clone(),
            Big::Long(value) => BigInt::from(*value),
            Big::Decimal(value) => value.with_scale(0).into_bigint_and_scale().0,
        },
        number => BigInt::from(number.to_i64()),
    }
}

fn add(a: &Number, b: &Number) -> Result<Number, NumberError> {
    if let (
        Number::Small { unscaled: a, scale: a_scale },
        Number::Small { unscaled: b, scale: b_scale },
    ) = (a, b)
        && a_scale == b_scale
        && let Some(unscaled) = a.checked_add(*b)
    {
        return Ok(Number::Small { unscaled, scale: *a_scale });
    }
    let (a, b) = (Decimal::of(a)?, Decimal::of(b)?);
    if let Some((a, b, scale)) = aligned(&a, &b)
        && let Some(sum) = a.checked_add(b)
    {
        return Ok(Number::decimal(sum, scale));
    }
    decimal::check_alignment(&a, &b)?;
    Ok(sum(a.to_big(), b.to_big()))
}

fn subtract(a: &Number, b: &Number) -> Result<Number, NumberError> {
    let (a, b) = (Decimal::of(a)?, Decimal::of(b)?);
    if let Some((a, b, scale)) = aligned(&a, &b)
        && let Some(difference) = a.checked_sub(b)
    {
        return Ok(Number::decimal(difference, scale));
    }
    decimal::check_alignment(&a, &b)?;
    Ok(sum(a.to_big(), -b.to_big()))
}

/// The sum with the greater of the two scales, also where an operand is 0.
fn sum(a: BigDecimal, b: BigDecimal) -> Number {
    let scale = a.fractional_digit_count().max(b.fractional_digit_count());
    let (a, _) = a.with_scale(scale).into_bigint_and_scale();
    let (b, _) = b.with_scale(scale).into_bigint_and_scale();
    Number::from_big_decimal(BigDecimal::new(a + b, scale))
}

/// Two small decimals as integers of one scale.
#[inline]
fn aligned(a: &Decimal, b: &Decimal) -> Option<(i128, i128, i64)> {
    let (Decimal::Small(a, a_scale), Decimal::Small(b, b_scale)) = (a, b) else {
        return None;
    };
    let (a, b) = (i128::from(*a), i128::from(*b));
    match a_scale - b_scale {
        0 => Some((a, b, *a_scale)),
        more @ 1.. => Some((a, b.checked_mul(decimal::power_i128(more)?)?, *a_scale)),
        less => Some((a.checked_mul(decimal::power_i128(-less)?)?, b, *b_scale)),
    }
}

fn multiply(a: &Number, b: &Number) -> Result<Number, NumberError> {
    let (a, b) = (Decimal::of(a)?, Decimal::of(b)?);
    let scale = a.scale() + b.scale();
    if let (Decimal::Small(a, _), Decimal::Small(b, _)) = (&a, &b) {
        let product = i128::from(*a) * i128::from(*b);
        if scale <= SCALE {
            return Ok(Number::decimal(product, scale));
        }
        if let Some(power) = decimal::power_i128(scale - SCALE) {
            return Ok(Number::decimal(decimal::divide_half_up(product, power), SCALE));
        }
    }
    decimal::check_digits(a.digits_bound() + b.digits_bound())?;
    let (a, _) = a.to_big().into_bigint_and_scale();
    let (b, _) = b.to_big().into_bigint_and_scale();
    Ok(decimal::round_product(BigDecimal::new(a * b, scale), SCALE))
}

fn divide(a: &Number, b: &Number) -> Result<Number, NumberError> {
    let (a, b) = (Decimal::of(a)?, Decimal::of(b)?);
    let scale = a.scale().max(b.scale()).max(SCALE);
    if b.is_zero() {
        // Java's words depend on whether the scaled dividend is still a `long`.
        let raise = scale + b.scale() - a.scale();
        let raised = match usize::try_from(raise) {
            Ok(raise) => decimal::POWERS.get(raise).and_then(|p| a.to_i64()?.checked_mul(*p)),
            Err(_) => a.to_i64(),
        };
        return Err(if raised.is_some() { DIVIDE_BY_ZERO } else { BIG_DIVIDE_BY_ZERO });
    }
    decimal::divide(&a, &b, scale)
}

fn compare(a: &Number, b: &Number) -> Result<Ordering, NumberError> {
    let (sign_a, sign_b) = (a.signum()?, b.signum()?);
    if sign_a != sign_b || sign_a == 0 {
        return Ok(sign_a.cmp(&sign_b));
    }
    match (a, b) {
        (Number::Double(a), Number::Double(b)) => return Ok(compare_doubles(*a, *b)),
        (Number::Float(a), Number::Float(b)) => {
            return Ok(compare_doubles(f64::from(*a), f64::from(*b)));
        }
        _ if a.is_infinite() || b.is_infinite() => {
            return Ok(compare_doubles(a.to_f64(), b.to_f64()));
        }
        (Number::Double(_), _) | (_, Number::Double(_))
            if !matches!((a, b), (Number::Float(_), _) | (_, Number::Float(_))) =>
        {
            // A decimal whose nearest double is another lies on the same side of this one's text:
            // both are within what rounds to their doubles.
            match compare_doubles(a.to_f64(), b.to_f64()) {
                Ordering::Equal => (),
                order => return Ok(order),
            }
        }
        _ => (),
    }
    Ok(decimal::compare(&Decimal::of(a)?, &Decimal::of(b)?))
}
