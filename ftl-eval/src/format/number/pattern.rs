//! `java.text.DecimalFormat`: printing by a pattern.

use super::{
    super::{
        locale::Locale,
        locale_number::{Symbols, currency_digits},
    },
    digits::{Digits, Precision, RoundingMode},
    syntax::{Affixes, Layout, PatternError, Piece, parse},
};
use crate::value::number::{Number, NumberError, short_decimal};

/// The most integer and fraction digits that Java prints of types other than `BigDecimal` and
/// `BigInteger`.
const MAX_INTEGER_DIGITS: i64 = 309;
const MAX_FRACTION_DIGITS: i64 = 340;

/// A pattern with its symbols, ready to print.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    layout: Layout,
    positive: Affixes<String>,
    negative: Affixes<String>,
    zero: char,
    decimal: char,
    grouping: char,
    minus: String,
    infinity: String,
    nan: String,
    exponent: String,
    rounding: RoundingMode,
    /// [`Pattern::write_simple`] will do for small numbers.
    is_simple: bool,
}

impl Pattern {
    /// A plain pattern, without FreeMarker's extensions.
    pub(super) fn new(text: &str, symbols: &Symbols) -> Result<Self, PatternError> {
        let parsed = parse(text)?;
        let expand = |affix: &[Piece]| {
            let mut text = String::new();
            for piece in affix {
                match piece {
                    Piece::Char(c) => text.push(*c),
                    Piece::Minus => text.push_str(&symbols.minus),
                    Piece::Percent => text.push_str(&symbols.percent),
                    Piece::PerMille => text.push_str(&symbols.per_mille),
                    Piece::CurrencySymbol => text.push_str(&symbols.currency_symbol),
                    Piece::CurrencyCode => text.push_str(&symbols.currency_code),
                }
            }
            text
        };
        let expand = |affixes: &Affixes<Vec<Piece>>| Affixes {
            prefix: expand(&affixes.prefix),
            suffix: expand(&affixes.suffix),
        };
        let positive = expand(&parsed.positive);
        let mut negative = parsed.negative.unwrap_or_else(|| parsed.positive.clone());
        if negative == parsed.positive {
            negative.prefix.insert(0, Piece::Minus);
        }
        let (decimal, grouping) = match parsed.layout.is_currency {
            true => (symbols.monetary_decimal, symbols.monetary_grouping),
            false => (symbols.decimal, symbols.grouping),
        };
        let mut pattern = Pattern {
            layout: parsed.layout,
            positive,
            negative: expand(&negative),
            zero: symbols.zero,
            decimal,
            grouping,
            minus: symbols.minus.clone().into_owned(),
            infinity: symbols.infinity.clone().into_owned(),
            nan: symbols.nan.clone().into_owned(),
            exponent: symbols.exponent.clone().into_owned(),
            rounding: RoundingMode::HalfEven,
            is_simple: false,
        };
        pattern.find_simple();
        Ok(pattern)
    }

    /// The format of money: a pattern with as many decimals as the currency has.
    pub(super) fn currency(text: &str, symbols: &Symbols) -> Result<Self, PatternError> {
        let mut pattern = Pattern::new(text, symbols)?;
        if let Some(digits @ 0..) = currency_digits(&symbols.currency_code) {
            let digits = i64::from(digits);
            let layout = &mut pattern.layout;
            layout.min_fraction = match layout.min_fraction == layout.max_fraction {
                true => digits,
                false => layout.min_fraction.min(digits),
            };
            layout.max_fraction = digits;
            pattern.find_simple();
        }
        Ok(pattern)
    }

    /// `?c` before `incompatible_improvements` 2.3.32.
    pub(crate) fn legacy_c() -> Self {
        Pattern::new("0.################", &Symbols::of(&Locale::default()))
            .expect("a valid pattern")
    }

    pub(super) fn set_rounding(&mut self, mode: RoundingMode) {
        self.rounding = mode;
        self.find_simple();
    }

    pub(super) fn set_multiplier(&mut self, multiplier: i32) {
        self.layout.multiplier = multiplier;
        self.find_simple();
    }

    /// For `#{…; mXMY}`: no grouping, and so many decimals.
    pub(super) fn set_decimals(&mut self, min: i64, max: i64) {
        self.layout.group_size = 0;
        self.layout.min_fraction = min;
        self.layout.max_fraction = max.max(min);
        self.find_simple();
    }

    fn find_simple(&mut self) {
        let layout = &self.layout;
        self.is_simple = self.zero == '0'
            && self.decimal.is_ascii()
            && self.grouping.is_ascii()
            && self.rounding == RoundingMode::HalfEven
            && layout.exponent.is_none()
            && layout.multiplier == 1
            && layout.min_integer <= 1
            && layout.min_fraction <= 18
            && matches!(layout.group_size, 0 | 3)
            && !layout.always_decimal;
    }

    /// Prints a number.
    ///
    /// Fails if it must be rounded but must not, or for a number with too many digits.
    #[inline]
    pub(crate) fn write(&self, number: &Number, out: &mut String) -> Result<(), NumberError> {
        if self.is_simple {
            match *number {
                Number::Int(value) => {
                    self.write_simple(value.unsigned_abs(), 0, value < 0, out);
                    return Ok(());
                }
                Number::Small { unscaled, scale: scale @ 0..=18 } => {
                    self.write_simple(unscaled.unsigned_abs(), scale as u32, unscaled < 0, out);
                    return Ok(());
                }
                Number::Double(value) => {
                    if let Some((unscaled, scale)) = short_decimal(value)
                        && !self.is_tie(unscaled.unsigned_abs(), scale)
                    {
                        self.write_simple(unscaled.unsigned_abs(), scale, unscaled < 0, out);
                        return Ok(());
                    }
                }
                _ => (),
            }
        }
        match number {
            Number::Double(value) if self.is_special(*value) => {
                self.write_special(*value, out);
                Ok(())
            }
            Number::Float(value) if self.is_special(f64::from(*value)) => {
                self.write_special(f64::from(*value), out);
                Ok(())
            }
            number => self.write_digits(number, out),
        }
    }

    /// Whether `unscaled × 10^-scale` lies in the midst between two numbers to be printed. Then
    /// what is known of a double beyond its digits matters.
    fn is_tie(&self, unscaled: u64, scale: u32) -> bool {
        match i64::from(scale) - self.layout.max_fraction {
            ..1 => false,
            excess => {
                let power = 10_u64.pow(excess as u32);
                unscaled % power == power / 2
            }
        }
    }

    /// Prints `unscaled × 10^-scale` with at most 18 decimals, written from its end.
    fn write_simple(&self, mut unscaled: u64, scale: u32, is_negative: bool, out: &mut String) {
        let layout = &self.layout;
        let mut scale = i64::from(scale);
        if scale > layout.max_fraction {
            let power = 10_u64.pow((scale - layout.max_fraction) as u32);
            let rest = unscaled % power;
            unscaled /= power;
            if rest > power / 2 || rest == power / 2 && unscaled % 2 == 1 {
                unscaled += 1;
            }
            scale = layout.max_fraction;
        }
        while scale > layout.min_fraction && unscaled.is_multiple_of(10) {
            unscaled /= 10;
            scale -= 1;
        }

        // 20 digits, 6 separators, a point and 18 decimals.
        let mut text = [b'0'; 48];
        let mut at = text.len() - (layout.min_fraction - scale).max(0) as usize;
        for _ in 0..scale {
            at -= 1;
            text[at] = b'0' + (unscaled % 10) as u8;
            unscaled /= 10;
        }
        let has_fraction = at < text.len() || layout.min_fraction > 0;
        if has_fraction {
            at -= 1;
            text[at] = self.decimal as u8;
        }
        if unscaled == 0 && (layout.min_integer > 0 || !has_fraction) {
            at -= 1;
        }
        if layout.group_size == 3 {
            while unscaled >= 1000 {
                let group = (unscaled % 1000) as u16;
                unscaled /= 1000;
                at -= 4;
                text[at] = self.grouping as u8;
                text[at + 1] = b'0' + (group / 100) as u8;
                text[at + 2] = b'0' + (group / 10 % 10) as u8;
                text[at + 3] = b'0' + (group % 10) as u8;
            }
        }
        while unscaled > 0 {
            at -= 1;
            text[at] = b'0' + (unscaled % 10) as u8;
            unscaled /= 10;
        }
        let affixes = if is_negative { &self.negative } else { &self.positive };
        out.push_str(&affixes.prefix);
        out.push_str(std::str::from_utf8(&text[at..]).unwrap_or_default());
        out.push_str(&affixes.suffix);
    }

    /// Whether a double is INF or NaN, or becomes so by the multiplier.
    fn is_special(&self, value: f64) -> bool {
        !(value * f64::from(self.layout.multiplier)).is_finite()
    }

    fn write_special(&self, value: f64, out: &mut String) {
        let value = value * f64::from(self.layout.multiplier);
        if value.is_nan() {
            return out.push_str(&self.nan);
        }
        let affixes = if value < 0.0 { &self.negative } else { &self.positive };
        out.push_str(&affixes.prefix);
        out.push_str(&self.infinity);
        out.push_str(&affixes.suffix);
    }

    fn write_digits(&self, number: &Number, out: &mut String) -> Result<(), NumberError> {
        let layout = &self.layout;
        let (max_integer, min_fraction, max_fraction) = match number {
            Number::Small { .. } | Number::Big(_) => {
                (layout.max_integer, layout.min_fraction, layout.max_fraction)
            }
            _ => (
                layout.max_integer.min(MAX_INTEGER_DIGITS),
                layout.min_fraction.min(MAX_FRACTION_DIGITS),
                layout.max_fraction.min(MAX_FRACTION_DIGITS),
            ),
        };
        let precision = match layout.exponent {
            Some(_) => Precision::Significant(max_integer + max_fraction),
            None => Precision::Fraction(max_fraction),
        };
        let mut digits = Digits::new(number, layout.multiplier, precision, self.rounding)?;
        if digits.is_zero() {
            digits.exponent = 0;
        }
        let affixes = if digits.is_negative { &self.negative } else { &self.positive };
        match layout.exponent {
            Some(min_digits) => {
                out.push_str(&affixes.prefix);
                self.write_scientific(&digits, max_integer, min_fraction, min_digits, out);
            }
            None => {
                digits.check_size()?;
                out.push_str(&affixes.prefix);
                self.write_plain(&digits, max_integer, min_fraction, max_fraction, out);
            }
        }
        out.push_str(&affixes.suffix);
        Ok(())
    }

    fn write_plain(
        &self,
        digits: &Digits,
        max_integer: i64,
        min_fraction: i64,
        max_fraction: i64,
        out: &mut String,
    ) {
        let layout = &self.layout;
        let text = digits.digits();
        let start = out.len();
        let mut whole = layout.min_integer.min(MAX_INTEGER_DIGITS).max(digits.exponent);
        let mut next = 0;
        if whole > max_integer {
            // What doesn't fit is cut off at the left.
            next = (digits.exponent - max_integer).max(0) as usize;
            whole = max_integer;
        }
        for place in (0..whole).rev() {
            match text.get(next) {
                Some(digit) if place < digits.exponent => {
                    self.push_digit(*digit, out);
                    next += 1;
                }
                _ => self.push_digit(b'0', out),
            }
            if place > 0 && layout.group_size > 0 && place % layout.group_size == 0 {
                out.push(self.grouping);
            }
        }

        let has_fraction = min_fraction > 0 || !digits.is_integer && next < text.len();
        if !has_fraction && out.len() == start {
            self.push_digit(b'0', out);
        }
        if layout.always_decimal || has_fraction {
            out.push(self.decimal);
        }
        for place in 0..max_fraction {
            if place >= min_fraction && (digits.is_integer || next >= text.len()) {
                break;
            }
            if place < -digits.exponent {
                self.push_digit(b'0', out);
                continue;
            }
            match text.get(next) {
                Some(digit) if !digits.is_integer => {
                    self.push_digit(*digit, out);
                    next += 1;
                }
                _ => self.push_digit(b'0', out),
            }
        }
    }

    fn write_scientific(
        &self,
        digits: &Digits,
        max_integer: i64,
        min_fraction: i64,
        min_exponent_digits: i64,
        out: &mut String,
    ) {
        let layout = &self.layout;
        let text = digits.digits();
        let mut min_integer = layout.min_integer;
        let mut exponent = digits.exponent;
        if max_integer > 1 && max_integer > min_integer {
            // The exponent is a multiple of the greatest number of integer digits.
            exponent = match exponent {
                1.. => (exponent - 1) / max_integer * max_integer,
                _ => (exponent - max_integer) / max_integer * max_integer,
            };
            min_integer = 1;
        } else {
            exponent -= min_integer;
        }
        let whole = if digits.is_zero() { min_integer } else { digits.exponent - exponent };
        let min_digits = (layout.min_integer + min_fraction).max(whole);
        let total = min_digits.max(text.len() as i64);
        for place in 0..total {
            if place == whole {
                out.push(self.decimal);
            }
            self.push_digit(text.get(place as usize).copied().unwrap_or(b'0'), out);
        }
        if layout.always_decimal && total == whole {
            out.push(self.decimal);
        }
        out.push_str(&self.exponent);
        if digits.is_zero() {
            exponent = 0;
        }
        if exponent < 0 {
            out.push_str(&self.minus);
        }
        let mut buffer = itoa::Buffer::new();
        let text = match exponent {
            0 => "",
            _ => buffer.format(exponent.unsigned_abs()),
        };
        for _ in text.len() as i64..min_exponent_digits {
            self.push_digit(b'0', out);
        }
        for digit in text.bytes() {
            self.push_digit(digit, out);
        }
    }

    #[inline]
    fn push_digit(&self, digit: u8, out: &mut String) {
        match self.zero {
            '0' => out.push(char::from(digit)),
            zero => {
                let code = zero as u32 + u32::from(digit - b'0');
                out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
        }
    }
}
