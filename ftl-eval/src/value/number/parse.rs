//! Text to numbers: literals, JSON, and `?number`.

use std::cmp::Ordering;

use bigdecimal::BigDecimal;
use num_bigint::BigInt;

use super::{ArithmeticEngine, MAX_DIGITS, Number, NumberError, decimal::magnitude_at_most};

impl Number {
    /// A literal of a template: digits, with or without a fraction.
    ///
    /// Fails only if it has more than [`MAX_DIGITS`] digits.
    pub(crate) fn from_literal(
        text: &str,
        engine: ArithmeticEngine,
    ) -> Result<Number, NumberError> {
        Number::parse(text, engine)
    }

    /// A hexadecimal literal without its `0x`: an integer of any size, whatever the engine.
    pub(crate) fn from_hex(digits: &str) -> Result<Number, NumberError> {
        if digits.len() as u64 > MAX_DIGITS {
            return Err(NumberError::TooLarge);
        }
        match i64::from_str_radix(digits, 16) {
            Ok(value) => Ok(Number::Int(value)),
            Err(_) => BigInt::parse_bytes(digits.as_bytes(), 16)
                .map(Number::from_big_integer)
                .ok_or(NumberError::Malformed),
        }
    }

    /// A number of valid JSON, as Jackson reads it: an integer of any size, or a double.
    ///
    /// Fails only if an integer has more than [`MAX_DIGITS`] digits.
    pub(crate) fn from_json(text: &str) -> Result<Number, NumberError> {
        if let Some(value) = small_integer(text) {
            return Ok(Number::Int(value));
        }
        if text.bytes().any(|byte| matches!(byte, b'.' | b'e' | b'E')) {
            return text.parse().map(Number::Double).map_err(|_| NumberError::Malformed);
        }
        if text.len() as u64 > MAX_DIGITS {
            return Err(NumberError::TooLarge);
        }
        text.parse().map(Number::from_big_integer).map_err(|_| NumberError::Malformed)
    }

    /// A number of valid JSON with fraction or exponent, or beyond a `long`, as `?eval_json` reads it:
    /// an integer type where it is whole and fits one, else a decimal.
    pub(crate) fn from_decimal_json(text: &str) -> Result<Number, NumberError> {
        let number = Number::parse(text, ArithmeticEngine::BigDecimal)?;
        if number.is_integer() && magnitude_at_most(&number, 19) {
            let whole = Number::Int(number.to_i64());
            if ArithmeticEngine::BigDecimal.compare(&whole, &number) == Ok(Ordering::Equal) {
                return Ok(whole);
            }
        }
        Ok(number)
    }

    /// Text to `?number`, in the syntax of `new BigDecimal(…)`: `-1.5e3`, `+.5`, `INF`, `NaN`, but
    /// no blanks. The digits may be of any script.
    pub(crate) fn parse(text: &str, engine: ArithmeticEngine) -> Result<Number, NumberError> {
        if let Some(value) = small_integer(text) {
            return Ok(match engine {
                ArithmeticEngine::BigDecimal => Number::whole(value),
                ArithmeticEngine::Conservative => Number::Int(value),
            });
        }
        match text {
            "INF" | "Infinity" => return Ok(Number::Double(f64::INFINITY)),
            "-INF" | "-Infinity" => return Ok(Number::Double(f64::NEG_INFINITY)),
            "NaN" => return Ok(Number::Double(f64::NAN)),
            _ => (),
        }
        let decimal = decimal(text)?;
        Ok(match engine {
            ArithmeticEngine::BigDecimal => decimal.relaxed(),
            ArithmeticEngine::Conservative => optimized(decimal),
        })
    }
}

/// An integer of at most 18 ASCII digits, the common case.
#[inline]
fn small_integer(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('-').unwrap_or(text).as_bytes();
    if digits.is_empty() || digits.len() > 18 {
        return None;
    }
    let mut value = 0;
    for digit in digits {
        match digit.wrapping_sub(b'0') {
            digit @ 0..=9 => value = value * 10 + i64::from(digit),
            _ => return None,
        }
    }
    Some(if digits.len() < text.len() { -value } else { value })
}

/// What the conservative engine makes of a decimal: an integer type, or a double if it is one.
fn optimized(decimal: Number) -> Number {
    match decimal {
        Number::Small { unscaled, scale: 0 } => Number::Int(unscaled),
        Number::Big(big) => match &*big {
            super::Big::Decimal(value) if value.fractional_digit_count() == 0 => {
                Number::from_big_integer(value.as_bigint_and_scale().0.into_owned())
            }
            _ => double(Number::Big(big)),
        },
        decimal => double(decimal),
    }
}

fn double(decimal: Number) -> Number {
    let value = decimal.to_f64();
    if value.is_finite() { Number::Double(value) } else { decimal }
}

/// `[sign] digits [. digits] [e [sign] digits]`, with a digit on one side of the point.
fn decimal(text: &str) -> Result<Number, NumberError> {
    if text.len() as u64 > MAX_DIGITS {
        return Err(NumberError::TooLarge);
    }
    let (is_negative, magnitude) = sign(text);
    let (mantissa, exponent) = match magnitude.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, self::exponent(exponent)?),
        None => (magnitude, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let mut digits = String::with_capacity(mantissa.len() + 1);
    if is_negative {
        digits.push('-');
    }
    for c in whole.chars() {
        digits.push(digit(c)?);
    }
    let mut scale = -exponent;
    for c in fraction.chars() {
        digits.push(digit(c)?);
        scale += 1;
    }
    // Java keeps the scale in an `int`.
    if digits.len() == usize::from(is_negative) || i32::try_from(scale).is_err() {
        return Err(NumberError::Malformed);
    }
    if let (Ok(unscaled), Ok(scale)) = (digits.parse(), i8::try_from(scale)) {
        return Ok(Number::Small { unscaled, scale });
    }
    let unscaled: BigInt = digits.parse().map_err(|_| NumberError::Malformed)?;
    Ok(Number::from_big_decimal(BigDecimal::new(unscaled, scale)))
}

fn sign(text: &str) -> (bool, &str) {
    match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

/// At most ten digits after leading zeros, within an `int`.
fn exponent(text: &str) -> Result<i64, NumberError> {
    let (is_negative, text) = sign(text);
    if text.is_empty() {
        return Err(NumberError::Malformed);
    }
    let mut value: i64 = 0;
    for c in text.chars() {
        let digit = i64::from(digit(c)? as u32 - u32::from(b'0'));
        value = value.saturating_mul(10).saturating_add(digit);
    }
    let value = if is_negative { -value } else { value };
    i32::try_from(value).map(i64::from).map_err(|_| NumberError::Malformed)
}

/// The value of a decimal digit of any script, one of a single `char`.
pub(crate) fn digit_value(c: char) -> Option<u32> {
    digit(c).ok()?.to_digit(10)
}

/// The ASCII digit that a decimal digit of any script stands for.
fn digit(c: char) -> Result<char, NumberError> {
    if c.is_ascii_digit() {
        return Ok(c);
    }
    let zero = *ZEROS
        .iter()
        .find(|zero| (**zero..=char::from_u32(**zero as u32 + 9).unwrap_or(**zero)).contains(&c))
        .ok_or(NumberError::Malformed)?;
    let value = (c as u32 - zero as u32) as u8;
    Ok(char::from(b'0' + value))
}

/// The zeros of Java's decimal digits outside ASCII, of which `?number` reads each `char`.
const ZEROS: [char; 36] = [
    '\u{0660}', '\u{06f0}', '\u{07c0}', '\u{0966}', '\u{09e6}', '\u{0a66}', '\u{0ae6}', '\u{0b66}',
    '\u{0be6}', '\u{0c66}', '\u{0ce6}', '\u{0d66}', '\u{0de6}', '\u{0e50}', '\u{0ed0}', '\u{0f20}',
    '\u{1040}', '\u{1090}', '\u{17e0}', '\u{1810}', '\u{1946}', '\u{19d0}', '\u{1a80}', '\u{1a90}',
    '\u{1b50}', '\u{1bb0}', '\u{1c40}', '\u{1c50}', '\u{a620}', '\u{a8d0}', '\u{a900}', '\u{a9d0}',
    '\u{a9f0}', '\u{aa50}', '\u{abf0}', '\u{ff10}',
];
