//! `java.text.DigitList`: the digits of a number, rounded.

use bigdecimal::BigDecimal;

use crate::value::number::{Big, JavaDigits, MAX_DIGITS, Number, NumberError};

/// `java.math.RoundingMode`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum RoundingMode {
    Up,
    Down,
    Ceiling,
    Floor,
    HalfUp,
    HalfDown,
    HalfEven,
    Unnecessary,
}

/// How many digits to keep.
#[derive(Clone, Copy, Debug)]
pub(super) enum Precision {
    /// So many after the decimal point.
    Fraction(i64),
    /// So many in all.
    Significant(i64),
}

/// A magnitude as `0.d1d2d3… × 10^exponent`, without zeros at its end; no digits: 0.
pub(super) struct Digits {
    place: Place,
    len: usize,
    /// Where the decimal point stands, counted from the first digit.
    pub(super) exponent: i64,
    pub(super) is_negative: bool,
    /// It came from an integer type; Java then prints no fraction but `0`s.
    pub(super) is_integer: bool,
}

/// Digits as ASCII: the usual ones need no memory of their own.
enum Place {
    Inline([u8; 40]),
    Heap(Vec<u8>),
}

/// What is known of digits that are not the whole truth.
#[derive(Clone, Copy)]
struct Origin {
    /// The digits are the exact value.
    exact: bool,
    /// They were rounded upwards from it.
    rounded_up: bool,
}

const EXACT: Origin = Origin { exact: true, rounded_up: false };

impl Digits {
    /// The digits of a finite number times `multiplier`.
    ///
    /// Fails if rounding is needed in a mode that forbids it, or for too many digits.
    pub(super) fn new(
        number: &Number,
        multiplier: i32,
        precision: Precision,
        mode: RoundingMode,
    ) -> Result<Self, NumberError> {
        match number {
            Number::Int(value) => match value.checked_mul(i64::from(multiplier)) {
                Some(value) => Digits::of_integer(value, precision, mode),
                None => {
                    let product = num_bigint::BigInt::from(*value) * multiplier;
                    Digits::of_big_integer(&product, precision, mode)
                }
            },
            Number::Double(value) => Digits::of_double(*value, multiplier, precision, mode),
            Number::Float(value) => {
                Digits::of_double(f64::from(*value), multiplier, precision, mode)
            }
            Number::Small { unscaled, scale } => {
                let product = i128::from(*unscaled) * i128::from(multiplier);
                let magnitude = product.unsigned_abs();
                let mut buffer = itoa::Buffer::new();
                let text = match u64::try_from(magnitude) {
                    Ok(magnitude) => buffer.format(magnitude),
                    Err(_) => buffer.format(magnitude),
                };
                Digits::of_decimal(text.as_bytes(), i64::from(*scale), product < 0, precision, mode)
            }
            Number::Big(big) => match &**big {
                Big::Long(value) => Digits::new(&Number::Int(*value), multiplier, precision, mode),
                Big::Integer(value) if multiplier == 1 => {
                    Digits::of_big_integer(value, precision, mode)
                }
                Big::Integer(value) => {
                    Digits::of_big_integer(&(value * multiplier), precision, mode)
                }
                Big::Decimal(value) => Digits::of_big_decimal(value, multiplier, precision, mode),
            },
        }
    }

    /// Of a small whole number, such as an exponent.
    fn of_integer(
        value: i64,
        precision: Precision,
        mode: RoundingMode,
    ) -> Result<Self, NumberError> {
        let mut buffer = itoa::Buffer::new();
        let text = buffer.format(value.unsigned_abs()).as_bytes();
        Digits::of_whole(text, value < 0, precision, mode)
    }

    fn of_big_integer(
        value: &num_bigint::BigInt,
        precision: Precision,
        mode: RoundingMode,
    ) -> Result<Self, NumberError> {
        let text = value.magnitude().to_string();
        let is_negative = value.sign() == num_bigint::Sign::Minus;
        Digits::of_whole(text.as_bytes(), is_negative, precision, mode)
    }

    fn of_whole(
        text: &[u8],
        is_negative: bool,
        precision: Precision,
        mode: RoundingMode,
    ) -> Result<Self, NumberError> {
        let mut digits = Digits::of_text(text, text.len() as i64, is_negative);
        digits.is_integer = true;
        digits.trim();
        if let Precision::Significant(count @ 1..) = precision {
            digits.round(count, EXACT, mode)?;
        }
        Ok(digits)
    }

    fn of_double(
        value: f64,
        multiplier: i32,
        precision: Precision,
        mode: RoundingMode,
    ) -> Result<Self, NumberError> {
        // -0.0 keeps its sign.
        let is_negative = value.is_sign_negative() != (multiplier < 0);
        let value = if multiplier == 1 { value } else { value * f64::from(multiplier) };
        let java = JavaDigits::of_f64(value);
        let mut text = [0; 21];
        let mut len = 0;
        for digit in java.digits() {
            text[len] = b'0' + digit;
            len += 1;
        }
        if java.is_scientific() && len == 1 {
            // Java rounds the text `5.0E-4`; its last zero hides that the 5 is the last digit.
            text[len] = b'0';
            len += 1;
        }
        let mut digits = Digits::of_text(&text[..len], i64::from(java.exponent), is_negative);
        let origin = Origin { exact: java.exact, rounded_up: java.rounded_up };
        digits.cut(precision, origin, mode)?;
        Ok(digits)
    }

    fn of_decimal(
        unscaled: &[u8],
        scale: i64,
        is_negative: bool,
        precision: Precision,
        mode: RoundingMode,
    ) -> Result<Self, NumberError> {
        let exponent = unscaled.len() as i64 - scale;
        let mut digits = Digits::of_text(unscaled, exponent, is_negative);
        digits.cut(precision, EXACT, mode)?;
        Ok(digits)
    }

    fn of_big_decimal(
        value: &BigDecimal,
        multiplier: i32,
        precision: Precision,
        mode: RoundingMode,
    ) -> Result<Self, NumberError> {
        let (unscaled, scale) = value.as_bigint_and_scale();
        let product = match multiplier {
            1 => unscaled,
            _ => std::borrow::Cow::Owned(&*unscaled * multiplier),
        };
        let text = product.magnitude().to_string();
        let is_negative = product.sign() == num_bigint::Sign::Minus;
        Digits::of_decimal(text.as_bytes(), scale, is_negative, precision, mode)
    }

    fn of_text(text: &[u8], exponent: i64, is_negative: bool) -> Self {
        let is_zero = text == b"0";
        // One place more, for a digit that rounding adds.
        let place = match text.len() {
            ..40 => {
                let mut inline = [b'0'; 40];
                inline[..text.len()].copy_from_slice(text);
                Place::Inline(inline)
            }
            _ => Place::Heap(text.to_vec()),
        };
        Digits {
            place,
            len: if is_zero { 0 } else { text.len() },
            exponent: if is_zero { 0 } else { exponent },
            is_negative,
            is_integer: false,
        }
    }

    pub(super) fn digits(&self) -> &[u8] {
        match &self.place {
            Place::Inline(digits) => &digits[..self.len],
            Place::Heap(digits) => &digits[..self.len],
        }
    }

    fn digits_mut(&mut self) -> &mut [u8] {
        match &mut self.place {
            Place::Inline(digits) => digits,
            Place::Heap(digits) => digits,
        }
    }

    pub(super) fn is_zero(&self) -> bool {
        self.digits().iter().all(|digit| *digit == b'0')
    }

    /// Fails where printing it plainly would take more than [`MAX_DIGITS`] digits.
    pub(super) fn check_size(&self) -> Result<(), NumberError> {
        match u64::try_from(self.exponent) {
            Ok(whole) if whole > MAX_DIGITS => Err(NumberError::TooLarge),
            _ => Ok(()),
        }
    }

    /// Trims and rounds what has a fraction.
    fn cut(
        &mut self,
        precision: Precision,
        origin: Origin,
        mode: RoundingMode,
    ) -> Result<(), NumberError> {
        if let Precision::Fraction(max) = precision {
            let zeros = -self.exponent;
            if zeros > max {
                // Rounding up would be of no use: Java looks at no digit here.
                self.len = 0;
                return Ok(());
            }
            if zeros == max {
                if self.rounds_up(0, origin, mode)? {
                    self.digits_mut()[0] = b'1';
                    self.len = 1;
                    self.exponent += 1;
                } else {
                    self.len = 0;
                }
                return Ok(());
            }
        }
        self.trim();
        let count = match precision {
            Precision::Fraction(max) => max + self.exponent,
            Precision::Significant(count) => count,
        };
        self.round(count, origin, mode)
    }

    fn trim(&mut self) {
        while self.len > 1 && self.digits()[self.len - 1] == b'0' {
            self.len -= 1;
        }
    }

    /// Keeps the first `count` digits.
    fn round(&mut self, count: i64, origin: Origin, mode: RoundingMode) -> Result<(), NumberError> {
        let Some(mut count) = usize::try_from(count).ok().filter(|count| *count < self.len) else {
            return Ok(());
        };
        if self.rounds_up(count, origin, mode)? {
            loop {
                if count == 0 {
                    self.digits_mut()[0] = b'1';
                    self.exponent += 1;
                    count = 1;
                    break;
                }
                let last = &mut self.digits_mut()[count - 1];
                if *last < b'9' {
                    *last += 1;
                    break;
                }
                count -= 1;
            }
        }
        self.len = count;
        self.trim();
        Ok(())
    }

    /// Whether cutting before digit `at` adds one to what is left.
    fn rounds_up(
        &self,
        at: usize,
        origin: Origin,
        mode: RoundingMode,
    ) -> Result<bool, NumberError> {
        let Some(&[next, ref rest @ ..]) = self.digits().get(at..) else {
            return Ok(false);
        };
        let is_inexact = || next != b'0' || rest.iter().any(|digit| *digit != b'0');
        Ok(match mode {
            RoundingMode::Up => is_inexact(),
            RoundingMode::Down => false,
            RoundingMode::Ceiling => is_inexact() && !self.is_negative,
            RoundingMode::Floor => is_inexact() && self.is_negative,
            RoundingMode::Unnecessary if is_inexact() => return Err(NumberError::RoundingNeeded),
            RoundingMode::Unnecessary => false,
            _ if next != b'5' => next > b'5',
            // Java sees no tie where any digit follows, be it 0.
            RoundingMode::HalfUp | RoundingMode::HalfDown if !rest.is_empty() => true,
            RoundingMode::HalfUp | RoundingMode::HalfDown => match origin.exact {
                true => mode == RoundingMode::HalfUp,
                false => !origin.rounded_up,
            },
            RoundingMode::HalfEven if !rest.is_empty() => rest.iter().any(|digit| *digit != b'0'),
            RoundingMode::HalfEven => {
                let is_odd = || at > 0 && self.digits()[at - 1] % 2 == 1;
                !origin.rounded_up && (!origin.exact || is_odd())
            }
        })
    }
}
