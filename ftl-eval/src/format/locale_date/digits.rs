//! How a locale writes integers, and how `java.text.DecimalFormat` reads them.

use super::tables::ZEROS;

/// How integers are written.
#[derive(Debug)]
pub(crate) struct Digits {
    pub(crate) zero: char,
    pub(crate) minus: &'static str,
    nan: &'static str,
    infinity: &'static str,
    exponent: &'static str,
}

impl Digits {
    /// Splits a row of `DIGITS`.
    pub(super) fn read(row: &'static str) -> Digits {
        let mut parts = row.split('|');
        let mut next = || parts.next().unwrap_or_default();
        Digits {
            zero: next().chars().next().unwrap_or('0'),
            minus: next(),
            nan: next(),
            infinity: next(),
            exponent: next(),
        }
    }

    /// Whether they are those of ASCII and English.
    pub(crate) fn plain(&self) -> bool {
        self.zero == '0' && self.minus == "-" && self.exponent == "E"
    }

    /// The value of a digit: of the locale's ten, or of any other script's below U+10000.
    fn value(&self, c: char) -> Option<u8> {
        u32::from(c)
            .checked_sub(u32::from(self.zero))
            .filter(|&value| value < 10)
            .map(|value| value as u8)
            .or_else(|| decimal_digit(c))
    }

    /// Reads an integer at a position of the text, and gives what `Number.intValue` makes of it and where it ends.
    ///
    /// Java reads more than digits: `1E3` is 1000, `NaN` 0, `∞` the greatest; what exceeds a `long` is cut down to
    /// the greatest or least `int`, what only exceeds an `int` loses its upper bits.
    pub(crate) fn parse_int(&self, text: &str, at: usize) -> Option<(i32, usize)> {
        let text = text.get(at..)?;
        if text.starts_with(self.nan) {
            return Some((0, at + self.nan.len()));
        }
        let (negative, rest) = match text.strip_prefix(self.minus) {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        if let Some(rest) = rest.strip_prefix(self.infinity) {
            let value = if negative { i32::MIN } else { i32::MAX };
            return Some((value, at + text.len() - rest.len()));
        }
        let (mantissa, mut rest) = self.scan(rest)?;
        let mut exponent = 0;
        if let Some(after) = rest.strip_prefix(self.exponent) {
            let (negative, after) = match after.strip_prefix(self.minus) {
                Some(after) => (true, after),
                None => (false, after),
            };
            if let Some((digits, after)) = self.scan(after)
                && let Some(value) = long(&digits, digits.len() as i64, negative)
            {
                // Java casts before it negates.
                exponent = if negative {
                    (value.wrapping_neg() as i32).wrapping_neg()
                } else {
                    value as i32
                };
                rest = after;
            }
        }
        let point = (mantissa.len() as i32).wrapping_add(exponent);
        let value = match long(&mantissa, i64::from(point), negative) {
            Some(value) => value as i32,
            None => {
                let double: f64 = format!("0.{mantissa}E{point}").parse().unwrap_or(0.0);
                // A cast saturates, in Rust as in Java.
                (if negative { -double } else { double }) as i32
            }
        };
        Some((value, at + text.len() - rest.len()))
    }

    /// Digits, without leading zeros and in ASCII, and what follows them.
    fn scan<'a>(&self, text: &'a str) -> Option<(String, &'a str)> {
        let mut digits = String::new();
        let mut chars = text.chars();
        let mut any = false;
        loop {
            let rest = chars.as_str();
            match chars.next().and_then(|c| self.value(c)) {
                Some(0) if digits.is_empty() => any = true,
                Some(value) => {
                    any = true;
                    digits.push(char::from(b'0' + value));
                }
                None => return any.then_some((digits, rest)),
            }
        }
    }
}

/// The value of `0.digits * 10^point` if it is an integer that fits.
fn long(digits: &str, point: i64, negative: bool) -> Option<i64> {
    let digits = digits.trim_end_matches('0');
    if digits.is_empty() {
        return Some(0);
    }
    if point < digits.len() as i64 || point > 19 {
        return None;
    }
    let zeros = usize::try_from(point).ok()? - digits.len();
    let mut value = 0_i64;
    for digit in digits.bytes().chain(std::iter::repeat_n(b'0', zeros)) {
        // Downwards, because there is one more number.
        value = value.checked_mul(10)?.checked_sub(i64::from(digit - b'0'))?;
    }
    if negative { Some(value) } else { value.checked_neg() }
}

/// `Character.digit(c, 10)`.
pub(crate) fn decimal_digit(c: char) -> Option<u8> {
    if c.is_ascii() {
        return c.to_digit(10).map(|value| value as u8);
    }
    let after = ZEROS.partition_point(|&zero| zero <= c);
    let zero = ZEROS.get(after.checked_sub(1)?)?;
    u8::try_from(u32::from(c) - u32::from(*zero)).ok().filter(|&value| value < 10)
}
