//! The text of a `double` and a `float` as JDK 17 prints it.
//!
//! Until JDK 19, `Double.toString` was not always the shortest text that reads back as the same
//! number, nor always the nearest one, and FreeMarker computes with that text (0.1 + 0.2 is 0.3).
//! So we follow Java's conversion: free-format digit generation (Steele and White) in `int`,
//! `long` or big integers, whichever the operands fit in, with the quirks of each.

use num_bigint::BigUint;

/// Decimal digits of a finite positive number as the JDK finds them: `0.d1d2d3… × 10^exponent`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct JavaDigits {
    digits: [u8; 20],
    len: usize,
    /// Where the decimal point stands, counted from the first digit.
    pub(crate) exponent: i32,
    /// The digits are the number's exact value. Not always known: false for whole numbers.
    pub(crate) exact: bool,
    /// The last digit was rounded upwards.
    pub(crate) rounded_up: bool,
}

impl JavaDigits {
    /// Digits of the magnitude of a finite number; 0 has the one digit 0.
    pub(crate) fn of_f64(value: f64) -> Self {
        let bits = value.to_bits();
        let fraction = bits & ((1 << 52) - 1);
        let exponent = ((bits >> 52) & 0x7ff) as i32;
        match (exponent, fraction) {
            (0, 0) => JavaDigits::zero(),
            (0, _) => {
                let significant = 64 - fraction.leading_zeros() as i32;
                let shift = 53 - significant;
                develop(1 - shift - 1023, fraction << shift, significant)
            }
            _ => develop(exponent - 1023, fraction | 1 << 52, 53),
        }
    }

    /// As [`JavaDigits::of_f64`], by the precision of a `float`.
    pub(crate) fn of_f32(value: f32) -> Self {
        let bits = value.to_bits();
        let fraction = bits & ((1 << 23) - 1);
        let exponent = ((bits >> 23) & 0xff) as i32;
        match (exponent, fraction) {
            (0, 0) => JavaDigits::zero(),
            (0, _) => {
                let significant = 32 - fraction.leading_zeros() as i32;
                let shift = 24 - significant;
                develop(1 - shift - 127, u64::from(fraction << shift) << 29, significant)
            }
            _ => develop(exponent - 127, u64::from(fraction | 1 << 23) << 29, 24),
        }
    }

    /// As [`JavaDigits::to_decimal`] of a finite number, sooner for the usual ones.
    #[inline]
    pub(crate) fn decimal_of_f64(value: f64) -> (i64, i32) {
        match short_decimal(value) {
            Some((unscaled, scale)) => (unscaled, scale as i32),
            None => {
                let (unscaled, scale) = JavaDigits::of_f64(value).to_decimal();
                (if value.is_sign_negative() { -unscaled } else { unscaled }, scale)
            }
        }
    }

    fn zero() -> Self {
        let mut digits = JavaDigits::new(1);
        digits.push(0);
        digits
    }

    fn new(exponent: i32) -> Self {
        JavaDigits { digits: [0; 20], len: 0, exponent, exact: false, rounded_up: false }
    }

    fn push(&mut self, digit: u8) {
        if let Some(place) = self.digits.get_mut(self.len) {
            *place = digit;
            self.len += 1;
        }
    }

    /// The digits, each `0..=9`.
    pub(crate) fn digits(&self) -> &[u8] {
        &self.digits[..self.len]
    }

    /// Whether Java writes the number with an exponent.
    pub(crate) fn is_scientific(&self) -> bool {
        !(-2..=7).contains(&self.exponent)
    }

    /// Unscaled value and scale of `new BigDecimal(Double.toString(…))`.
    pub(crate) fn to_decimal(self) -> (i64, i32) {
        let len = self.len as i32;
        // One digit follows the point, if only a zero.
        let scale = match self.is_scientific() {
            true => (len - 1).max(1) + 1 - self.exponent,
            false => (len - self.exponent).max(1),
        };
        let mut unscaled = 0;
        for &digit in self.digits() {
            unscaled = unscaled * 10 + i64::from(digit);
        }
        for _ in len - self.exponent..scale {
            unscaled *= 10;
        }
        (unscaled, scale)
    }

    /// Writes the number as `Double.toString` does: `1.0`, `0.001`, `1.0E-4`, `1.0E10`.
    pub(crate) fn write(&self, out: &mut String) {
        let push = |digits: &[u8], out: &mut String| {
            out.extend(digits.iter().map(|&digit| char::from(b'0' + digit)));
        };
        let digits = self.digits();
        if self.is_scientific() {
            push(&digits[..1], out);
            out.push('.');
            push(if self.len > 1 { &digits[1..] } else { &[0] }, out);
            out.push('E');
            super::write_i64(i64::from(self.exponent) - 1, out);
        } else if self.exponent > 0 {
            let whole = self.exponent as usize;
            push(&digits[..whole.min(self.len)], out);
            for _ in self.len..whole {
                out.push('0');
            }
            out.push('.');
            push(if self.len > whole { &digits[whole..] } else { &[0] }, out);
        } else {
            out.push_str("0.");
            for _ in self.exponent..0 {
                out.push('0');
            }
            push(digits, out);
        }
    }

    /// Adds one to the last digit.
    fn round_up(&mut self) {
        let mut last = self.len - 1;
        while self.digits[last] == 9 && last > 0 {
            self.digits[last] = 0;
            last -= 1;
        }
        if self.digits[last] == 9 {
            // Java forgets to note the rounding here, and its DecimalFormat looks at the note.
            self.exponent += 1;
            self.digits[0] = 1;
        } else {
            self.digits[last] += 1;
            self.rounded_up = true;
        }
    }

    /// Digits of a whole number without its last `insignificant` ones.
    fn of_integer(mut value: u64, insignificant: u32) -> Self {
        let mut exponent = 0;
        if insignificant > 0 {
            let power = 10_u64.pow(insignificant);
            let residue = value % power;
            value /= power;
            exponent += insignificant as i32;
            if residue >= power >> 1 {
                value += 1;
            }
        }
        while value != 0 && value.is_multiple_of(10) {
            value /= 10;
            exponent += 1;
        }
        let mut reversed = [0; 20];
        let mut len = 0;
        while value != 0 {
            reversed[len] = (value % 10) as u8;
            value /= 10;
            len += 1;
        }
        let mut digits = JavaDigits::new(exponent + len as i32);
        for &digit in reversed[..len].iter().rev() {
            digits.push(digit);
        }
        digits
    }
}

/// Unscaled value and scale, at least 1 as in Java's text, of a number that has at most 15 digits,
/// few of them behind the point, and that Java writes without exponent.
///
/// Of so few digits only one decimal is within reach of a double, so Java finds it too.
#[inline]
pub(crate) fn short_decimal(value: f64) -> Option<(i64, u32)> {
    let magnitude = value.abs();
    if !(1e-3..1e7).contains(&magnitude) {
        return None;
    }
    for (power, scale) in [(1e2, 2), (1e6, 6)] {
        let scaled = (value * power).round_ties_even();
        // Numerator and denominator are exact, so the quotient is what the decimal reads as.
        if scaled / power == value && scaled.abs() < 1e15 {
            let (mut unscaled, mut scale) = (scaled as i64, scale);
            while scale > 1 && unscaled % 10 == 0 {
                unscaled /= 10;
                scale -= 1;
            }
            return Some((unscaled, scale));
        }
    }
    None
}

/// Digits of `fraction / 2^52 × 2^exponent`, of which `significant` bits count.
fn develop(exponent: i32, fraction: u64, significant: i32) -> JavaDigits {
    let trailing_zeros = fraction.trailing_zeros() as i32;
    let fraction_bits = 53 - trailing_zeros;
    let tiny_bits = (fraction_bits - exponent - 1).max(0);
    if (-21..=62).contains(&exponent) && tiny_bits == 0 {
        let insignificant = match exponent - significant - 1 {
            // The number of decimal digits that 2^n is sure to have beyond its first.
            n if n > 1 => (f64::from(n) * std::f64::consts::LOG10_2) as u32,
            _ => 0,
        };
        let value =
            if exponent >= 52 { fraction << (exponent - 52) } else { fraction >> (52 - exponent) };
        return JavaDigits::of_integer(value, insignificant);
    }

    // The number is B / S with B = fraction × 5^b5 × 2^b2 and S = 5^s5 × 2^s2, half of the
    // distance to its neighbour is M / S.
    let decimal_exponent = estimate_exponent(fraction, exponent);
    let b5 = (-decimal_exponent).max(0);
    let mut b2 = b5 + tiny_bits + exponent;
    let s5 = decimal_exponent.max(0);
    let mut s2 = s5 + tiny_bits;
    let mut m2 = b2 - significant;
    let fraction = fraction >> trailing_zeros;
    b2 -= fraction_bits - 1;
    let common = b2.min(s2);
    b2 -= common;
    s2 -= common;
    m2 -= common;
    if fraction_bits == 1 {
        // A power of two is nearer to the number below it than to the one above.
        m2 -= 1;
    }
    if m2 < 0 {
        b2 -= m2;
        s2 -= m2;
        m2 = 0;
    }
    let parts = Parts {
        fraction,
        b5: b5 as u32,
        b2: b2 as u32,
        s5: s5 as u32,
        s2: s2 as u32,
        m2: m2 as u32,
        exponent: decimal_exponent,
    };
    let b_bits = fraction_bits + b2 + bits_of_power_of_5(b5);
    let ten_s_bits = s2 + 1 + bits_of_power_of_5(s5 + 1);
    match b_bits.max(ten_s_bits) {
        ..32 => develop_i32(&parts),
        32..64 => develop_i64(&parts),
        // Java goes to big integers at once. This gives the same, sooner.
        64..120 => develop_i128(&parts),
        _ => develop_big(&parts),
    }
}

struct Parts {
    fraction: u64,
    b5: u32,
    b2: u32,
    s5: u32,
    s2: u32,
    m2: u32,
    exponent: i32,
}

/// The bits of 5^n, exact for the small ones as in Java's table.
fn bits_of_power_of_5(n: i32) -> i32 {
    match n {
        0 => 0,
        1..27 => 64 - 5_u64.pow(n as u32).leading_zeros() as i32,
        _ => n * 3,
    }
}

/// The decimal exponent, or one too many.
#[allow(clippy::approx_constant)] // Java's constant, to its last digit.
fn estimate_exponent(fraction: u64, exponent: i32) -> i32 {
    let mantissa = f64::from_bits(1023 << 52 | fraction & ((1 << 52) - 1));
    let estimate =
        (mantissa - 1.5) * 0.289529654 + 0.176091259 + f64::from(exponent) * 0.301029995663981;
    estimate.floor() as i32
}

/// One loop for the machine's integers, where `$high` compares B + M with 10 S.
macro_rules! develop_machine {
    ($name:ident, $int:ty, $high:expr) => {
        fn $name(parts: &Parts) -> JavaDigits {
            let power = |n: u32| (5 as $int).wrapping_pow(n);
            let mut b = (parts.fraction as $int).wrapping_mul(power(parts.b5)) << parts.b2;
            let s = power(parts.s5) << parts.s2;
            let mut m = power(parts.b5) << parts.m2;
            let ten_s = s.wrapping_mul(10);
            let mut digits = JavaDigits::new(parts.exponent + 1);

            let mut digit = b / s;
            b = (b % s).wrapping_mul(10);
            m = m.wrapping_mul(10);
            let mut low = b < m;
            let mut high = $high(b.wrapping_add(m), ten_s);
            if digit == 0 && !high {
                digits.exponent -= 1;
            } else {
                digits.push(digit as u8);
            }
            if !may_stop_at_once(digits.exponent) {
                low = false;
                high = false;
            }
            while !low && !high {
                digit = b / s;
                b = (b % s).wrapping_mul(10);
                m = m.wrapping_mul(10);
                // Where M runs over, Java takes what it has.
                low = m <= 0 || b < m;
                high = m <= 0 || $high(b.wrapping_add(m), ten_s);
                digits.push(digit as u8);
            }
            let twice = b.wrapping_add(b);
            finish(digits, low, high, i128::from(twice.wrapping_sub(ten_s)), b == 0)
        }
    };
}

develop_machine!(develop_i32, i32, |sum, ten_s| sum > ten_s);
develop_machine!(develop_i64, i64, |sum, ten_s| sum > ten_s);
// Java's big integers count equality as high, its machine integers do not.
develop_machine!(develop_i128, i128, |sum, ten_s| sum >= ten_s);

fn develop_big(parts: &Parts) -> JavaDigits {
    let power = |n: u32| BigUint::from(5_u32).pow(n);
    let mut b = (BigUint::from(parts.fraction) * power(parts.b5)) << parts.b2;
    let s = power(parts.s5) << parts.s2;
    let mut m = power(parts.b5) << parts.m2;
    let ten_s = &s * 10_u32;
    let mut digits = JavaDigits::new(parts.exponent + 1);
    let mut step = |b: &mut BigUint| {
        let digit = u8::try_from(&*b / &s).unwrap_or_default();
        *b = (&*b % &s) * 10_u32;
        m *= 10_u32;
        (digit, *b < m, &*b + &m >= ten_s)
    };

    let (digit, mut low, mut high) = step(&mut b);
    if digit == 0 && !high {
        digits.exponent -= 1;
    } else {
        digits.push(digit);
    }
    if !may_stop_at_once(digits.exponent) {
        low = false;
        high = false;
    }
    while !low && !high {
        let (digit, is_low, is_high) = step(&mut b);
        (low, high) = (is_low, is_high);
        digits.push(digit);
    }
    let exact = b.bits() == 0;
    let difference = match (b * 2_u32).cmp(&ten_s) {
        std::cmp::Ordering::Less => -1,
        std::cmp::Ordering::Equal => 0,
        std::cmp::Ordering::Greater => 1,
    };
    finish(digits, low, high, difference, exact)
}

/// Java wants two digits where it writes an exponent, to have one after the point.
fn may_stop_at_once(exponent: i32) -> bool {
    (-2..9).contains(&exponent)
}

/// Rounds the last digit; `difference` is what is left after it, less a half.
fn finish(
    mut digits: JavaDigits,
    low: bool,
    high: bool,
    difference: i128,
    exact: bool,
) -> JavaDigits {
    digits.exact = exact;
    let is_odd = digits.digits().last().is_some_and(|digit| digit % 2 == 1);
    if high && (!low || difference > 0 || difference == 0 && is_odd) {
        digits.round_up();
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::{JavaDigits, short_decimal};

    /// Recorded from JDK 17.
    #[test]
    fn doubles_print_as_in_jdk_17() {
        let cases = [
            (2.0e-3, "0.002"),
            (1.0e-4, "1.0E-4"),
            (1.0e7, "1.0E7"),
            (9999999.0, "9999999.0"),
            (123456789.0, "1.23456789E8"),
            (9007199254740993.0, "9.007199254740992E15"),
            (i64::MAX as f64, "9.223372036854776E18"),
            (1.0e22, "1.0E22"),
            (f64::MAX, "1.7976931348623157E308"),
            (f64::MIN_POSITIVE, "2.2250738585072014E-308"),
            (4.35, "4.35"),
            (0.1 + 0.2, "0.30000000000000004"),
            (8.345, "8.345"),
            (9.5367431640625e-7, "9.5367431640625E-7"),
            (3.957159811525635e12, "3.957159811525635E12"),
            (7.872028834664952e-200, "7.872028834664952E-200"),
            (8.41e21, "8.409999999999999E21"),
            // Not the shortest: 5.0E-324, 1.0E23, 2.9802322387695312E-8, 5.684341886080802E-14.
            (5e-324, "4.9E-324"),
            (1.0e23, "9.999999999999999E22"),
            (2f64.powi(-25), "2.9802322387695312E-8"),
            (2f64.powi(-44), "5.6843418860808015E-14"),
        ];
        for (value, expected) in cases {
            let mut text = String::new();
            JavaDigits::of_f64(value).write(&mut text);
            assert_eq!(text, expected);
        }
    }

    #[test]
    fn floats_print_as_in_jdk_17() {
        let cases = [
            (0x3f9e0652, "1.2345679"),
            (0x7f7fffff, "3.4028235E38"),
            (1, "1.4E-45"),
            (0x3dcccccd, "0.1"),
            (0x501502f9, "1.0E10"),
            (0x4b800000, "1.6777216E7"),
            (0x380a697b, "3.3E-5"),
        ];
        for (bits, expected) in cases {
            let mut text = String::new();
            JavaDigits::of_f32(f32::from_bits(bits)).write(&mut text);
            assert_eq!(text, expected);
        }
    }

    proptest::proptest! {
        #[test]
        fn short_cut_gives_the_same_decimal(unscaled in 0..100_000_000_000_000_i64, scale in 0..9_u32) {
            let value = unscaled as f64 / 10_f64.powi(scale as i32);
            if let Some((unscaled, scale)) = short_decimal(value) {
                let expected = JavaDigits::of_f64(value).to_decimal();
                proptest::prop_assert_eq!((unscaled, scale as i32), expected);
            }
        }

        #[test]
        fn text_reads_back_as_the_same_double(bits: u64) {
            let value = f64::from_bits(bits).abs();
            proptest::prop_assume!(value.is_finite());
            let digits = JavaDigits::of_f64(value);
            let mut text = String::new();
            digits.write(&mut text);
            proptest::prop_assert_eq!(text.parse::<f64>().unwrap(), value);
            let (unscaled, scale) = digits.to_decimal();
            proptest::prop_assert_eq!(format!("{unscaled}e{}", -scale).parse::<f64>().unwrap(), value);
        }
    }
}
