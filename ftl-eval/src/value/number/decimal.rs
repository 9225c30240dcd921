//! Decimals with an explicit scale, on machine integers where they fit.

use std::cmp::Ordering;

use bigdecimal::{BigDecimal, RoundingMode};
use num_bigint::{BigInt, Sign};

use super::{Big, JavaDigits, MAX_DIGITS, Number, NumberError, write_i64};

/// `10^0` to `10^18`.
pub(super) const POWERS: [i64; 19] = {
    let mut powers = [1; 19];
    let mut i = 1;
    while i < 19 {
        powers[i] = powers[i - 1] * 10;
        i += 1;
    }
    powers
};

/// `10^n`, if an `i128` holds it.
pub(super) fn power_i128(n: i64) -> Option<i128> {
    10_i128.checked_pow(u32::try_from(n).ok()?)
}

/// A number as `BigDecimal`, borrowed where that saves a copy.
pub(super) enum Decimal<'a> {
    Small(i64, i64),
    Integer(&'a BigInt),
    Big(&'a BigDecimal),
}

impl<'a> Decimal<'a> {
    /// The number as Java's `new BigDecimal(number.toString())` has it.
    #[inline]
    pub(super) fn of(number: &'a Number) -> Result<Self, NumberError> {
        match number {
            Number::Int(value) => Ok(Decimal::Small(*value, 0)),
            Number::Small { unscaled, scale } => Ok(Decimal::Small(*unscaled, i64::from(*scale))),
            Number::Double(value) if value.is_finite() => {
                let (unscaled, scale) = JavaDigits::decimal_of_f64(*value);
                Ok(Decimal::Small(unscaled, i64::from(scale)))
            }
            Number::Float(value) if value.is_finite() => {
                let (unscaled, scale) = JavaDigits::of_f32(*value).to_decimal();
                let unscaled = if value.is_sign_negative() { -unscaled } else { unscaled };
                Ok(Decimal::Small(unscaled, i64::from(scale)))
            }
            Number::Double(_) | Number::Float(_) => Err(NumberError::NotFinite {
                text: number.to_string(),
                is_double: matches!(number, Number::Double(_)),
            }),
            Number::Big(big) => Ok(match &**big {
                Big::Integer(value) => Decimal::Integer(value),
                Big::Long(value) => Decimal::Small(*value, 0),
                Big::Decimal(value) => Decimal::Big(value),
            }),
        }
    }

    pub(super) fn scale(&self) -> i64 {
        match self {
            Decimal::Small(_, scale) => *scale,
            Decimal::Integer(_) => 0,
            Decimal::Big(value) => value.fractional_digit_count(),
        }
    }

    /// The unscaled value, if an `i64` holds it.
    pub(super) fn to_i64(&self) -> Option<i64> {
        match self {
            Decimal::Small(unscaled, _) => Some(*unscaled),
            Decimal::Integer(value) => i64::try_from(*value).ok(),
            Decimal::Big(value) => i64::try_from(&*value.as_bigint_and_scale().0).ok(),
        }
    }

    pub(super) fn to_big(&self) -> BigDecimal {
        match self {
            Decimal::Small(unscaled, scale) => BigDecimal::new(BigInt::from(*unscaled), *scale),
            Decimal::Integer(value) => BigDecimal::new((*value).clone(), 0),
            Decimal::Big(value) => (*value).clone(),
        }
    }

    pub(super) fn is_zero(&self) -> bool {
        match self {
            Decimal::Small(unscaled, _) => *unscaled == 0,
            Decimal::Integer(value) => value.sign() == Sign::NoSign,
            Decimal::Big(value) => value.sign() == Sign::NoSign,
        }
    }

    /// At least the number of digits of the unscaled value, and at most one more.
    pub(super) fn digits_bound(&self) -> i64 {
        match self {
            Decimal::Small(unscaled, _) => digits(*unscaled),
            Decimal::Integer(value) => big_digits(value),
            Decimal::Big(value) => big_digits(&value.as_bigint_and_scale().0),
        }
    }
}

/// The number of decimal digits; 0 has one.
fn digits(value: i64) -> i64 {
    let magnitude = value.unsigned_abs();
    i64::from(magnitude.checked_ilog10().unwrap_or(0)) + 1
}

fn big_digits(value: &BigInt) -> i64 {
    let bits = i64::try_from(value.bits()).unwrap_or(i64::MAX / 1000);
    bits * 30_103 / 100_000 + 1
}

/// Fails where a number of so many digits would be made.
pub(super) fn check_digits(digits: i64) -> Result<(), NumberError> {
    match u64::try_from(digits) {
        Ok(digits) if digits > MAX_DIGITS => Err(NumberError::TooLarge),
        _ => Ok(()),
    }
}

/// Fails where adding these would make more than [`MAX_DIGITS`] digits.
pub(super) fn check_alignment(a: &Decimal, b: &Decimal) -> Result<(), NumberError> {
    let top = (a.digits_bound() - a.scale()).max(b.digits_bound() - b.scale());
    check_digits(top + a.scale().max(b.scale()) + 1)
}

/// Compares two decimals of the same sign, however far apart.
pub(super) fn compare(a: &Decimal, b: &Decimal) -> Ordering {
    if let (Decimal::Small(a, a_scale), Decimal::Small(b, b_scale)) = (a, b) {
        let (a, b) = (i128::from(*a), i128::from(*b));
        let difference = a_scale - b_scale;
        let order = match difference {
            0 => Some(a.cmp(&b)),
            1.. => power_i128(difference).and_then(|p| b.checked_mul(p)).map(|b| a.cmp(&b)),
            _ => power_i128(-difference).and_then(|p| a.checked_mul(p)).map(|a| a.cmp(&b)),
        };
        if let Some(order) = order {
            return order;
        }
    }
    // Orders of magnitude first, so that no number is written out to compare it with 1e300000.
    let (big_a, big_b) = (a.to_big(), b.to_big());
    let sign = big_a.sign().cmp(&big_b.sign());
    if sign.is_ne() || big_a.sign() == Sign::NoSign {
        return sign;
    }
    let (top_a, top_b) = (a.digits_bound() - a.scale(), b.digits_bound() - b.scale());
    let magnitude = match top_a - top_b {
        2.. => Ordering::Greater,
        -1..=1 => return big_a.cmp(&big_b),
        _ => Ordering::Less,
    };
    if big_a.sign() == Sign::Minus { magnitude.reverse() } else { magnitude }
}

/// `a / b` with `scale` decimals, rounded half up. `b` is not 0.
pub(super) fn divide(a: &Decimal, b: &Decimal, scale: i64) -> Result<Number, NumberError> {
    let raise = scale + b.scale() - a.scale();
    if let (Decimal::Small(a, _), Decimal::Small(b, _)) = (a, b) {
        let (a, b) = (i128::from(*a), i128::from(*b));
        let raised = power_i128(raise).and_then(|power| a.checked_mul(power));
        if let Some(a) = raised {
            return Ok(Number::decimal(divide_half_up(a, b), scale));
        }
    }
    check_digits(a.digits_bound().max(b.digits_bound()) + raise.abs())?;
    let (mut dividend, _) = a.to_big().into_bigint_and_scale();
    let (mut divisor, _) = b.to_big().into_bigint_and_scale();
    let power = BigInt::from(10).pow(u32::try_from(raise.abs()).unwrap_or_default());
    if raise >= 0 {
        dividend *= power;
    } else {
        divisor *= power;
    }
    let is_negative = dividend.sign() != divisor.sign();
    let (quotient, remainder) = (&dividend / &divisor, &dividend % &divisor);
    let round_up = remainder.magnitude() * 2_u32 >= *divisor.magnitude();
    let quotient = match (round_up, is_negative) {
        (false, _) => quotient,
        (true, false) => quotient + 1,
        (true, true) => quotient - 1,
    };
    Ok(Number::from_big_decimal(BigDecimal::new(quotient, scale)))
}

pub(super) fn divide_half_up(a: i128, b: i128) -> i128 {
    let (quotient, remainder) = (a / b, a % b);
    match remainder.unsigned_abs() >= b.unsigned_abs() - remainder.unsigned_abs() {
        true if (a < 0) != (b < 0) => quotient - 1,
        true => quotient + 1,
        false => quotient,
    }
}

/// Cuts a product to `scale` decimals, half up.
pub(super) fn round_product(value: BigDecimal, scale: i64) -> Number {
    if value.fractional_digit_count() <= scale {
        return Number::from_big_decimal(value);
    }
    // So small that nothing is left: not worth a power of ten.
    let (unscaled, own_scale) = value.as_bigint_and_scale();
    if big_digits(&unscaled) < own_scale - scale {
        return Number::decimal(0, scale);
    }
    Number::from_big_decimal(value.with_scale_round(scale, RoundingMode::HalfUp))
}

pub(super) fn signum(big: &Big) -> i32 {
    let sign = match big {
        Big::Integer(value) => value.sign(),
        Big::Long(value) => return value.signum() as i32,
        Big::Decimal(value) => value.sign(),
    };
    match sign {
        Sign::Minus => -1,
        Sign::NoSign => 0,
        Sign::Plus => 1,
    }
}

pub(super) fn small_to_i64(unscaled: i64, scale: i8) -> i64 {
    match scale {
        0.. => POWERS.get(scale as usize).map_or(0, |power| unscaled / power),
        // 64 powers of ten are 64 powers of two: none of the bits is left.
        ..=-64 => 0,
        _ => (0..-scale).fold(unscaled, |value, _| value.wrapping_mul(10)),
    }
}

pub(super) fn big_to_i64(big: &Big) -> i64 {
    match big {
        Big::Integer(value) => low_bits(value),
        Big::Long(value) => *value,
        Big::Decimal(value) => {
            let (unscaled, scale) = value.as_bigint_and_scale();
            if scale <= -64 || big_digits(&unscaled) < scale {
                return 0;
            }
            let power = BigInt::from(10).pow(u32::try_from(scale.abs()).unwrap_or_default());
            low_bits(&if scale >= 0 { &*unscaled / power } else { &*unscaled * power })
        }
    }
}

fn low_bits(value: &BigInt) -> i64 {
    let low = value.iter_u64_digits().next().unwrap_or_default() as i64;
    if value.sign() == Sign::Minus { low.wrapping_neg() } else { low }
}

pub(super) fn small_to_f64(unscaled: i64, scale: i8) -> f64 {
    // Both exact, so that the quotient is rounded once.
    if unscaled.unsigned_abs() < 1 << 53 && (0..=22).contains(&scale) {
        return unscaled as f64 / 10_f64.powi(i32::from(scale));
    }
    format!("{unscaled}e{}", -i32::from(scale)).parse().unwrap_or(f64::NAN)
}

/// The number in a form that Rust parses: `123e-5`.
pub(super) fn scientific(big: &Big) -> String {
    match big {
        Big::Integer(value) => value.to_string(),
        Big::Long(value) => value.to_string(),
        Big::Decimal(value) => {
            let (unscaled, scale) = value.as_bigint_and_scale();
            format!("{unscaled}e{}", -scale)
        }
    }
}

pub(super) fn is_integer(unscaled: i64, scale: i8) -> bool {
    match usize::try_from(scale) {
        Ok(scale) => POWERS.get(scale).map_or(unscaled == 0, |power| unscaled % power == 0),
        Err(_) => true,
    }
}

pub(super) fn big_is_integer(big: &Big) -> bool {
    match big {
        Big::Integer(_) | Big::Long(_) => true,
        Big::Decimal(value) => {
            let (unscaled, scale) = value.as_bigint_and_scale();
            if scale <= 0 || unscaled.sign() == Sign::NoSign {
                return true;
            }
            if big_digits(&unscaled) < scale {
                return false;
            }
            let power = BigInt::from(10).pow(u32::try_from(scale).unwrap_or_default());
            (&*unscaled % power).sign() == Sign::NoSign
        }
    }
}

/// Whether a finite number surely has at most so many digits before its point, or is a zero.
pub(super) fn magnitude_at_most(number: &Number, digits: i64) -> bool {
    Decimal::of(number)
        .is_ok_and(|value| value.is_zero() || value.digits_bound() - value.scale() <= digits + 1)
}

/// The nearest integer, halves away from zero.
pub(super) fn round(number: &Number) -> Result<Number, NumberError> {
    let value = Decimal::of(number)?;
    match value.scale() > value.digits_bound() {
        true => Ok(Number::decimal(0, 0)),
        false => divide(&value, &Decimal::Small(1, 0), 0),
    }
}

/// The exact value of a whole double.
pub(super) fn exact_integer(value: f64) -> BigInt {
    let bits = value.to_bits();
    let exponent = ((bits >> 52) & 0x7ff) as i64 - 1075;
    let mantissa = BigInt::from(bits & ((1 << 52) - 1) | 1 << 52);
    let magnitude = match exponent {
        0.. => mantissa << exponent,
        _ => mantissa >> -exponent,
    };
    if value < 0.0 { -magnitude } else { magnitude }
}

/// Writes `BigDecimal.toString()`.
pub(super) fn write_small(unscaled: i64, scale: i64, out: &mut String) {
    if unscaled < 0 {
        out.push('-');
    }
    write_decimal(itoa::Buffer::new().format(unscaled.unsigned_abs()), scale, out);
}

pub(super) fn write_big(big: &Big, out: &mut String) {
    match big {
        Big::Integer(value) => out.push_str(&value.to_string()),
        Big::Long(value) => write_i64(*value, out),
        Big::Decimal(value) => {
            let (unscaled, scale) = value.as_bigint_and_scale();
            if unscaled.sign() == Sign::Minus {
                out.push('-');
            }
            write_decimal(&unscaled.magnitude().to_string(), scale, out);
        }
    }
}

/// Writes `digits × 10^-scale` as `BigDecimal.toString()` does: with an exponent below 10^-6 or
/// where the scale is negative.
pub(crate) fn write_decimal(digits: &str, scale: i64, out: &mut String) {
    let exponent = digits.len() as i64 - 1 - scale;
    if scale < 0 || exponent < -6 {
        out.push_str(&digits[..1]);
        if digits.len() > 1 {
            out.push('.');
            out.push_str(&digits[1..]);
        }
        if exponent != 0 {
            out.push_str(if exponent > 0 { "E+" } else { "E" });
            write_i64(exponent, out);
        }
        return;
    }
    let point = digits.len() as i64 - scale;
    match usize::try_from(point) {
        Ok(0) | Err(_) => {
            out.push_str("0.");
            for _ in point..0 {
                out.push('0');
            }
            out.push_str(digits);
        }
        Ok(point) => {
            out.push_str(&digits[..point]);
            if point < digits.len() {
                out.push('.');
                out.push_str(&digits[point..]);
            }
        }
    }
}
