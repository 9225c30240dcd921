//! Numbers as Java keeps them: exact decimals, and the types that a template can tell apart.

mod arithmetic;
mod decimal;
mod java_float;
mod parse;
#[cfg(test)]
mod tests;

use std::{cmp::Ordering, fmt, sync::Arc};

use bigdecimal::BigDecimal;
use num_bigint::BigInt;

pub(crate) use arithmetic::ArithmeticEngine;
pub(crate) use decimal::write_decimal;
pub(crate) use java_float::{JavaDigits, short_decimal};
pub(crate) use parse::digit_value;

/// The most decimal digits that a computed or printed number may have. FreeMarker has no such
/// limit, so `1e300000` plus one keeps a server busy; here it is [`NumberError::TooLarge`].
pub(crate) const MAX_DIGITS: u64 = 100_000;

/// A number with as much of its Java type as shows.
///
/// A JSON fraction stays a double until it is computed with: it is rounded by its binary value
/// and printed by its shortest text, decimals are not.
#[derive(Clone, Debug)]
pub enum Number {
    /// `Integer` where it fits in one, else `Long`; also a whole `BigDecimal` of scale 0 where
    /// that makes no difference, which is everywhere but at the two least values.
    Int(i64),
    /// An untouched JSON fraction, `?double`, and INF and NaN.
    Double(f64),
    /// Only of `?float`.
    Float(f32),
    /// A `BigDecimal`: `unscaled × 10^-scale`.
    #[allow(missing_docs)]
    Small { unscaled: i64, scale: i8 },
    /// What does not fit above.
    Big(Arc<Big>),
}

/// A number beyond the small ones. Whole JSON numbers stay integers, which `?c` shows.
#[derive(Clone, Debug)]
pub enum Big {
    Integer(BigInt),
    /// The least `int` as a `Long`: the one value of which Java's two types make different things.
    Long(i64),
    Decimal(BigDecimal),
}

/// Why a computation or conversion failed, in Java's words.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum NumberError {
    /// An `ArithmeticException`: FreeMarker reports it as `Arithmetic operation failed: …`.
    Arithmetic(&'static str),
    /// `NaN` has no sign, so it can't be compared: an `ArithmeticException` as well.
    NoSign,
    /// INF or NaN where only a decimal will do, with the text of the number and its type. A
    /// `NumberFormatException`, which FreeMarker lets escape from the template.
    NotFinite { text: String, is_double: bool },
    /// INF or NaN to be rounded to a whole number; escapes as well.
    RoundedNotFinite,
    /// The text is no number.
    Malformed,
    /// Not exactly an `int`; the number's text.
    NotInt(String),
    /// Beyond a `long`; the number's text.
    NotLong(String),
    /// A format with `roundingMode=unnecessary` had to round.
    RoundingNeeded,
    /// More than [`MAX_DIGITS`] digits. Ours.
    TooLarge,
}

impl Number {
    /// A whole `BigDecimal` of scale 0.
    pub(crate) fn whole(value: i64) -> Self {
        // As `Integer` and `Long`, these two would be their own magnitudes.
        match value == i64::from(i32::MIN) || value == i64::MIN {
            true => Number::Small { unscaled: value, scale: 0 },
            false => Number::Int(value),
        }
    }

    /// A `Long`, also where an `Integer` would do.
    fn long(value: i64) -> Self {
        match value == i64::from(i32::MIN) {
            true => Number::Big(Arc::new(Big::Long(value))),
            false => Number::Int(value),
        }
    }

    /// A `BigDecimal`, in the smallest variant that keeps its scale. Where the type does not
    /// matter, [`Number::relaxed`] makes an `Int` of it.
    pub(crate) fn decimal(unscaled: i128, scale: i64) -> Self {
        match (i64::try_from(unscaled), i8::try_from(scale)) {
            (Ok(unscaled), Ok(scale)) => Number::Small { unscaled, scale },
            _ => Number::big_decimal(BigDecimal::new(BigInt::from(unscaled), scale)),
        }
    }

    pub(crate) fn from_big_decimal(value: BigDecimal) -> Self {
        let (unscaled, scale) = value.as_bigint_and_scale();
        match (i64::try_from(&*unscaled), i8::try_from(scale)) {
            (Ok(unscaled), Ok(scale)) => Number::Small { unscaled, scale },
            _ => Number::big_decimal(value),
        }
    }

    /// An integer type: `Integer`, `Long` or `BigInteger`.
    pub(crate) fn from_big_integer(value: BigInt) -> Self {
        match i64::try_from(&value) {
            Ok(value) => Number::Int(value),
            Err(_) => Number::big_integer(value),
        }
    }

    /// A `BigInteger`, be it ever so small: the conservative engine tells them from a `Long`.
    fn big_integer(value: BigInt) -> Self {
        Number::Big(Arc::new(Big::Integer(value)))
    }

    fn big_decimal(value: BigDecimal) -> Self {
        Number::Big(Arc::new(Big::Decimal(value)))
    }

    /// The same number, as `Int` where it has scale 0. For results of the default engine, to
    /// which all whole numbers are alike.
    fn relaxed(self) -> Self {
        match self {
            Number::Small { unscaled, scale: 0 } => Number::whole(unscaled),
            number => number,
        }
    }

    /// The number as an `i64` if it is one of scale 0: the case to be fast in.
    #[inline]
    pub(crate) fn as_i64(&self) -> Option<i64> {
        match *self {
            Number::Int(value) | Number::Small { unscaled: value, scale: 0 } => Some(value),
            _ => None,
        }
    }

    /// -1, 0 or 1.
    ///
    /// Fails for NaN.
    pub(crate) fn signum(&self) -> Result<i32, NumberError> {
        let sign = match self {
            Number::Int(value) | Number::Small { unscaled: value, .. } => value.signum() as i32,
            Number::Double(value) if value.is_nan() => return Err(NumberError::NoSign),
            Number::Float(value) if value.is_nan() => return Err(NumberError::NoSign),
            Number::Double(value) => i32::from(*value > 0.0) - i32::from(*value < 0.0),
            Number::Float(value) => i32::from(*value > 0.0) - i32::from(*value < 0.0),
            Number::Big(big) => decimal::signum(big),
        };
        Ok(sign)
    }

    pub(crate) fn is_nan(&self) -> bool {
        match self {
            Number::Double(value) => value.is_nan(),
            Number::Float(value) => value.is_nan(),
            _ => false,
        }
    }

    pub(crate) fn is_infinite(&self) -> bool {
        match self {
            Number::Double(value) => value.is_infinite(),
            Number::Float(value) => value.is_infinite(),
            _ => false,
        }
    }

    /// As Java's `Number.longValue()`: cut towards zero; a double beyond the range gives its
    /// nearest end and NaN gives 0, everything else wraps.
    pub(crate) fn to_i64(&self) -> i64 {
        match self {
            Number::Int(value) | Number::Small { unscaled: value, scale: 0 } => *value,
            Number::Double(value) => *value as i64,
            Number::Float(value) => *value as i64,
            Number::Small { unscaled, scale } => decimal::small_to_i64(*unscaled, *scale),
            Number::Big(big) => decimal::big_to_i64(big),
        }
    }

    /// As Java's `Number.intValue()`.
    pub(crate) fn to_i32(&self) -> i32 {
        match self {
            Number::Double(value) => *value as i32,
            Number::Float(value) => *value as i32,
            number => number.to_i64() as i32,
        }
    }

    /// The nearest double.
    pub(crate) fn to_f64(&self) -> f64 {
        match self {
            Number::Int(value) => *value as f64,
            Number::Double(value) => *value,
            Number::Float(value) => f64::from(*value),
            Number::Small { unscaled, scale } => decimal::small_to_f64(*unscaled, *scale),
            Number::Big(big) => decimal::scientific(big).parse().unwrap_or(f64::NAN),
        }
    }

    /// The nearest float.
    pub(crate) fn to_f32(&self) -> f32 {
        match self {
            Number::Int(value) => *value as f32,
            Number::Double(value) => *value as f32,
            Number::Float(value) => *value,
            Number::Small { unscaled, scale } => {
                format!("{unscaled}e{}", -i32::from(*scale)).parse().unwrap_or(f32::NAN)
            }
            Number::Big(big) => decimal::scientific(big).parse().unwrap_or(f32::NAN),
        }
    }

    /// Whether there is nothing behind the decimal point; false for INF and NaN.
    pub(crate) fn is_integer(&self) -> bool {
        match self {
            Number::Int(_) => true,
            Number::Double(value) => value.fract() == 0.0,
            Number::Float(value) => value.fract() == 0.0,
            Number::Small { unscaled, scale } => decimal::is_integer(*unscaled, *scale),
            Number::Big(big) => decimal::big_is_integer(big),
        }
    }

    /// Exactly this number as an `int`, as `NumberUtil.toIntExact`.
    pub(crate) fn to_i32_exact(&self) -> Result<i32, NumberError> {
        let value = match self {
            Number::Double(value) => i32::try_from(*value as i64).ok(),
            Number::Float(value) => i32::try_from(*value as i64).ok(),
            number if decimal::magnitude_at_most(number, 18) => i32::try_from(number.to_i64()).ok(),
            _ => None,
        };
        value.filter(|_| self.is_integer()).ok_or_else(|| NumberError::NotInt(self.to_string()))
    }

    /// Milliseconds for `?number_to_date` and its like: rounded half up.
    pub(crate) fn to_millis(&self) -> Result<i64, NumberError> {
        match self {
            Number::Int(value) => Ok(*value),
            Number::Double(value) => Ok(round_half_up(*value) as i64),
            // Java rounds a float to an `int`, which it keeps as a float.
            Number::Float(value) => Ok(round_half_up(f64::from(*value)) as i32 as f32 as i64),
            number => {
                let whole = decimal::round(number)?;
                whole.as_i64().ok_or_else(|| NumberError::NotLong(whole.to_string()))
            }
        }
    }

    /// Writes `Number.toString()`: `1.50`, `1.0E10`, `1E+3`. Jackson writes finite numbers so.
    pub(crate) fn write_java(&self, out: &mut String) {
        match self {
            Number::Int(value) => write_i64(*value, out),
            Number::Double(value) => match (value.is_nan(), value.is_infinite()) {
                (true, _) => out.push_str("NaN"),
                (_, true) => out.push_str(if *value > 0.0 { "Infinity" } else { "-Infinity" }),
                _ => {
                    if value.is_sign_negative() {
                        out.push('-');
                    }
                    JavaDigits::of_f64(*value).write(out);
                }
            },
            Number::Float(value) => match (value.is_nan(), value.is_infinite()) {
                (true, _) => out.push_str("NaN"),
                (_, true) => out.push_str(if *value > 0.0 { "Infinity" } else { "-Infinity" }),
                _ => {
                    if value.is_sign_negative() {
                        out.push('-');
                    }
                    JavaDigits::of_f32(*value).write(out);
                }
            },
            Number::Small { unscaled, scale } => {
                decimal::write_small(*unscaled, i64::from(*scale), out);
            }
            Number::Big(big) => decimal::write_big(big, out),
        }
    }

    /// Writes the number as Jackson does, for `FtlUtils.toJson`: INF and NaN become strings.
    pub(crate) fn write_json(&self, out: &mut String) {
        let quote = if self.is_nan() || self.is_infinite() { "\"" } else { "" };
        out.push_str(quote);
        self.write_java(out);
        out.push_str(quote);
    }
}

/// Built-ins of numbers, as FreeMarker defines them.
impl Number {
    /// `?abs`. The least `Integer` and the least `Long` are their own magnitudes, as in Java.
    pub(crate) fn abs(&self) -> Self {
        match self {
            Number::Int(value) if *value == i64::from(i32::MIN) => self.clone(),
            Number::Int(value) => Number::Int(value.wrapping_abs()),
            // `-0.0 < 0` is false.
            Number::Double(value) if *value < 0.0 => Number::Double(-value),
            Number::Float(value) if *value < 0.0 => Number::Float(-value),
            Number::Small { unscaled, scale } if *unscaled < 0 => {
                Number::decimal(-i128::from(*unscaled), i64::from(*scale))
            }
            Number::Big(big) if decimal::signum(big) < 0 => match &**big {
                Big::Integer(value) => Number::big_integer(-value),
                Big::Long(value) => Number::Int(-value),
                Big::Decimal(value) => Number::from_big_decimal(-value),
            },
            number => number.clone(),
        }
    }

    /// `?byte`.
    pub(crate) fn to_byte(&self) -> Self {
        Number::Int(i64::from(self.to_i32() as i8))
    }

    /// `?short`.
    pub(crate) fn to_short(&self) -> Self {
        Number::Int(i64::from(self.to_i32() as i16))
    }

    /// `?int`.
    pub(crate) fn to_int(&self) -> Self {
        Number::Int(i64::from(self.to_i32()))
    }

    /// `?long`.
    pub(crate) fn to_long(&self) -> Self {
        Number::long(self.to_i64())
    }

    /// `?float`.
    pub(crate) fn to_float(&self) -> Self {
        Number::Float(self.to_f32())
    }

    /// `?double`.
    pub(crate) fn to_double(&self) -> Self {
        Number::Double(self.to_f64())
    }

    /// `?floor`. Like the other two, it goes through a double and fails for INF and NaN.
    pub(crate) fn floor(&self) -> Result<Self, NumberError> {
        self.rounded(f64::floor)
    }

    /// `?ceiling`.
    pub(crate) fn ceiling(&self) -> Result<Self, NumberError> {
        self.rounded(f64::ceil)
    }

    /// `?round`: halves go up, also below zero.
    pub(crate) fn round(&self) -> Result<Self, NumberError> {
        self.rounded(round_half_up)
    }

    fn rounded(&self, round: impl Fn(f64) -> f64) -> Result<Self, NumberError> {
        let value = self.to_f64();
        if !value.is_finite() {
            return Err(NumberError::RoundedNotFinite);
        }
        let value = round(value);
        Ok(match value.abs() < 9e18 {
            true => Number::Small { unscaled: value as i64, scale: 0 },
            false => Number::from_big_decimal(BigDecimal::new(decimal::exact_integer(value), 0)),
        })
    }

    /// `?lower_abc` with `one` = `a`, `?upper_abc` with `A`: 1 is a, 26 is z, 27 is aa.
    ///
    /// `Ok(Err(n))` is an `n` below 1, which the built-in reports by itself.
    pub(crate) fn abc(&self, one: char) -> Result<Result<String, i32>, NumberError> {
        let value = self.to_i32_exact()?;
        if value < 1 {
            return Ok(Err(value));
        }
        let mut rest = value as u32;
        let mut letters = Vec::new();
        while rest > 0 {
            rest -= 1;
            letters.push((one as u8 + (rest % 26) as u8) as char);
            rest /= 26;
        }
        Ok(Ok(letters.iter().rev().collect()))
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Self {
        Number::Int(value)
    }
}

impl From<f64> for Number {
    fn from(value: f64) -> Self {
        Number::Double(value)
    }
}

impl fmt::Display for Number {
    /// As Java writes it: `0.1`, `1.0E-7`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::new();
        self.write_java(&mut text);
        f.write_str(&text)
    }
}

impl fmt::Display for NumberError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NumberError::Arithmetic(message) => f.write_str(message),
            NumberError::NoSign => f.write_str("The signum of NaN is not defined."),
            NumberError::NotFinite { text, .. } if text == "NaN" => {
                f.write_str("Can't parse this as BigDecimal number: \"NaN\"")
            }
            NumberError::NotFinite { text, is_double } => {
                let class = if *is_double { "Double" } else { "Float" };
                write!(
                    f,
                    "It's impossible to convert an infinite value ({class} {text}) to BigDecimal."
                )
            }
            NumberError::RoundedNotFinite => f.write_str("Infinite or NaN"),
            NumberError::Malformed => f.write_str("Can't convert this string to number"),
            NumberError::NotInt(text) => {
                write!(f, "Can't convert {text} to type Integer without loss.")
            }
            NumberError::NotLong(text) => {
                write!(f, "Number doesn't fit into a 64 bit signed integer (long): {text}")
            }
            NumberError::RoundingNeeded => f.write_str(
                "Rounding needed with the rounding mode being set to RoundingMode.UNNECESSARY",
            ),
            NumberError::TooLarge => {
                write!(f, "The number has more than {MAX_DIGITS} digits (limit max_digits)")
            }
        }
    }
}

impl std::error::Error for NumberError {}

/// Halves go up, by the exact value.
fn round_half_up(value: f64) -> f64 {
    let floor = value.floor();
    if value - floor >= 0.5 { floor + 1.0 } else { floor }
}

/// Writes an integer.
#[inline]
pub(crate) fn write_i64(value: i64, out: &mut String) {
    out.push_str(itoa::Buffer::new().format(value));
}

/// The total order of doubles that `Double.compare` has: -0.0 before 0.0, NaN last.
fn compare_doubles(a: f64, b: f64) -> Ordering {
    match (a.is_nan(), b.is_nan()) {
        (false, false) => a.total_cmp(&b),
        (a, b) => a.cmp(&b),
    }
}
