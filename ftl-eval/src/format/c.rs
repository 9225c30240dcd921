//! `?c`: values for computers, and the `c_format` setting.

use std::sync::LazyLock;

use super::{escape, number::Pattern};
use crate::value::number::{
    Big, JavaDigits, Number, NumberError, short_decimal, write_decimal, write_i64,
};

/// The `c_format` setting: for what language `?c` and `?cn` write.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Debug)]
pub(crate) enum CFormat {
    #[default]
    JavaScriptOrJson,
    Json,
    JavaScript,
    Java,
    Xs,
    /// At most 16 decimals and never an exponent.
    Legacy(LegacyInfinity),
}

/// What INF looks like in the legacy format, by `incompatible_improvements`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum LegacyInfinity {
    /// `INF`: from 2.3.31.
    Inf,
    /// From 2.3.21: `INF` of `?c`, but the symbol of `number_format` `c` and `computer`.
    InfOfBuiltIn,
    /// `∞`
    Symbol,
}

impl CFormat {
    /// The default for an `incompatible_improvements`.
    pub(crate) fn for_improvements(version: (u8, u8, u8)) -> Self {
        match version {
            (2, 3, ..32) => CFormat::legacy(version),
            _ => CFormat::JavaScriptOrJson,
        }
    }

    /// The `legacy` format for an `incompatible_improvements`.
    pub(crate) fn legacy(version: (u8, u8, u8)) -> Self {
        CFormat::Legacy(match version {
            (2, 3, ..21) => LegacyInfinity::Symbol,
            (2, 3, ..31) => LegacyInfinity::InfOfBuiltIn,
            _ => LegacyInfinity::Inf,
        })
    }

    /// The format of a standard name; case matters.
    pub(crate) fn by_name(name: &str) -> Option<Self> {
        Some(match name {
            "JavaScript or JSON" => CFormat::JavaScriptOrJson,
            "JSON" => CFormat::Json,
            "JavaScript" => CFormat::JavaScript,
            "Java" => CFormat::Java,
            "XS" => CFormat::Xs,
            "legacy" => CFormat::Legacy(LegacyInfinity::Inf),
            _ => return None,
        })
    }

    /// Writes a number.
    ///
    /// Fails only if it is a giant in the legacy format.
    #[inline]
    pub(crate) fn write_number(self, number: &Number, out: &mut String) -> Result<(), NumberError> {
        match (number, self) {
            (Number::Int(value), _) => write_i64(*value, out),
            (number, CFormat::Legacy(infinity)) => return write_legacy(number, infinity, out),
            (number, _) => self.write_fraction(number, out),
        }
        Ok(())
    }

    /// As [`CFormat::write_number`], for `number_format` being `c` or `computer`.
    pub(crate) fn write_as_number_format(
        self,
        number: &Number,
        out: &mut String,
    ) -> Result<(), NumberError> {
        let format = match self {
            CFormat::Legacy(LegacyInfinity::InfOfBuiltIn) => {
                CFormat::Legacy(LegacyInfinity::Symbol)
            }
            format => format,
        };
        format.write_number(number, out)
    }

    fn write_fraction(self, number: &Number, out: &mut String) {
        match number {
            Number::Int(value) => write_i64(*value, out),
            Number::Double(value) if value.is_finite() => write_double(*value, out),
            Number::Float(value) if value.is_finite() => write_float(*value, out),
            Number::Double(value) => self.write_special(*value, "Double", out),
            Number::Float(value) => self.write_special(f64::from(*value), "Float", out),
            Number::Small { unscaled, scale } => write_small(*unscaled, *scale, out),
            Number::Big(big) => write_big(big, out),
        }
    }

    fn write_special(self, value: f64, class: &str, out: &mut String) {
        let (infinity, negative_infinity) = match self {
            CFormat::Java => {
                out.push_str(class);
                (".POSITIVE_INFINITY", ".NEGATIVE_INFINITY")
            }
            CFormat::Xs => ("INF", "-INF"),
            _ => ("Infinity", "-Infinity"),
        };
        out.push_str(match value {
            f64::INFINITY => infinity,
            f64::NEG_INFINITY => negative_infinity,
            _ if self == CFormat::Java => ".NaN",
            _ => "NaN",
        });
    }

    /// Writes a string; quoted, except for `XS`.
    pub(crate) fn write_string(self, text: &str, out: &mut String) {
        match self {
            CFormat::JavaScriptOrJson | CFormat::Json | CFormat::Legacy(_) => {
                escape::json_literal(text, out);
            }
            CFormat::JavaScript => escape::js_literal(text, out),
            CFormat::Java => escape::j_literal(text, out),
            CFormat::Xs => out.push_str(text),
        }
    }

    /// `true` or `false`, in every format.
    pub(crate) fn bool_text(self, value: bool) -> &'static str {
        if value { "true" } else { "false" }
    }

    /// What `?cn` writes of a missing value.
    pub(crate) fn null_text(self) -> &'static str {
        match self {
            CFormat::Xs => "",
            _ => "null",
        }
    }
}

fn write_double(value: f64, out: &mut String) {
    let magnitude = value.abs();
    // Up to 2^53 each whole number is a double.
    if value.fract() == 0.0 && magnitude <= 9_007_199_254_740_992.0 {
        return write_i64(value as i64, out);
    }
    if let Some((unscaled, scale)) = short_decimal(value) {
        return write_small(unscaled, scale as i8, out);
    }
    if value < 0.0 {
        out.push('-');
    }
    let digits = JavaDigits::of_f64(value);
    if value.fract() != 0.0 && (magnitude < 1e-3 && magnitude > 1e-7 || magnitude >= 1e7) {
        // By way of a decimal, to which Java gives an exponent only below 10^-6. It has one digit
        // behind the point even if that is 0: 1.0E-4 becomes 0.00010.
        let (unscaled, scale) = digits.to_decimal();
        write_decimal(itoa::Buffer::new().format(unscaled), i64::from(scale), out);
    } else {
        write_without_zero_fraction(&digits, out);
    }
}

fn write_float(value: f32, out: &mut String) {
    let magnitude = value.abs();
    if value.fract() == 0.0 && magnitude <= 16_777_216.0 {
        return write_i64(value as i64, out);
    }
    if value < 0.0 {
        out.push('-');
    }
    let digits = JavaDigits::of_f32(value);
    if value.fract() != 0.0 && magnitude < 1e-3 && magnitude > 1e-7 {
        let (unscaled, scale) = digits.to_decimal();
        write_decimal(itoa::Buffer::new().format(unscaled), i64::from(scale), out);
    } else {
        write_without_zero_fraction(&digits, out);
    }
}

/// `1.0E16` as `1E16`.
fn write_without_zero_fraction(digits: &JavaDigits, out: &mut String) {
    let start = out.len();
    digits.write(out);
    if digits.is_scientific() && matches!(digits.digits(), [_] | [_, 0]) {
        out.replace_range(start + 1..start + 3, "");
    }
}

fn write_small(mut unscaled: i64, scale: i8, out: &mut String) {
    let mut scale = i64::from(scale);
    if unscaled == 0 {
        return out.push('0');
    }
    while unscaled % 10 == 0 {
        unscaled /= 10;
        scale -= 1;
    }
    if unscaled < 0 {
        out.push('-');
    }
    write_stripped(itoa::Buffer::new().format(unscaled.unsigned_abs()), scale, out);
}

fn write_big(big: &Big, out: &mut String) {
    match big {
        Big::Integer(value) => out.push_str(&value.to_string()),
        Big::Long(value) => write_i64(*value, out),
        Big::Decimal(value) => {
            let (unscaled, scale) = value.as_bigint_and_scale();
            let text = unscaled.to_string();
            let digits = text.trim_start_matches('-');
            let stripped = digits.trim_end_matches('0');
            if stripped.is_empty() {
                return out.push('0');
            }
            if digits.len() < text.len() {
                out.push('-');
            }
            write_stripped(stripped, scale - (digits.len() - stripped.len()) as i64, out);
        }
    }
}

/// Writes digits that don't end in 0: plain, but for 100 and more zeros before the point, and
/// below 10^-6.
fn write_stripped(digits: &str, scale: i64, out: &mut String) {
    match scale {
        -99..0 => {
            out.push_str(digits);
            for _ in scale..0 {
                out.push('0');
            }
        }
        _ => write_decimal(digits, scale, out),
    }
}

fn write_legacy(
    number: &Number,
    infinity: LegacyInfinity,
    out: &mut String,
) -> Result<(), NumberError> {
    static PATTERN: LazyLock<Pattern> = LazyLock::new(Pattern::legacy_c);
    if number.is_infinite() && infinity != LegacyInfinity::Symbol {
        out.push_str(if number.to_f64() > 0.0 { "INF" } else { "-INF" });
        return Ok(());
    }
    PATTERN.write(number, out)
}

#[cfg(test)]
mod tests {
    use super::CFormat;
    use crate::format::number::tests::number;

    /// Recorded from FreeMarker 2.3.35, for a `c_format` or an `incompatible_improvements`.
    #[test]
    fn numbers() {
        let cases = [
            ("JSON", "d:12.50", "12.5"),
            ("JSON", "d:-0.0", "0"),
            ("JSON", "d:9007199254740992", "9007199254740992"),
            ("JSON", "d:9007199254740994", "9.007199254740994E15"),
            ("JSON", "d:1e15", "1000000000000000"),
            ("JSON", "d:1e16", "1E16"),
            ("JSON", "d:1e20", "1E20"),
            ("JSON", "d:1.5e300", "1.5E300"),
            ("JSON", "d:1e300", "1E300"),
            ("JSON", "d:12345678.9", "12345678.9"),
            ("JSON", "d:0.001", "0.001"),
            ("JSON", "d:0.0001", "0.00010"),
            ("JSON", "d:0.00012", "0.00012"),
            ("JSON", "d:1e-5", "0.000010"),
            ("JSON", "d:1e-6", "0.0000010"),
            ("JSON", "d:1.2e-6", "0.0000012"),
            ("JSON", "d:2e-7", "2.0E-7"),
            ("JSON", "d:1e-7", "1E-7"),
            ("JSON", "d:1.25e-9", "1.25E-9"),
            ("JSON", "f:0.1", "0.1"),
            ("JSON", "f:16777216", "16777216"),
            ("JSON", "f:16777218", "1.6777218E7"),
            ("JSON", "f:0.0001", "0.00010"),
            ("JSON", "b:1.50", "1.5"),
            ("JSON", "b:0.0001", "0.0001"),
            ("JSON", "b:0.00000012", "1.2E-7"),
            ("JSON", "b:0.0000012", "0.0000012"),
            ("JSON", "b:0E-30", "0"),
            (
                "JSON",
                "b:-1E+99",
                "-1000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000",
            ),
            ("JSON", "b:1E+100", "1E+100"),
            (
                "JSON",
                "b:12E+98",
                "1200000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000",
            ),
            ("JSON", "b:123456789012345678901234567890.10", "123456789012345678901234567890.1"),
            ("JSON", "b:0.10000000000000000000000000000000000000000", "0.1"),
            ("JSON", "i:123456789012345678901234567890", "123456789012345678901234567890"),
            ("JavaScript or JSON", "d:NaN", "NaN"),
            ("JavaScript", "d:-inf", "-Infinity"),
            ("Java", "d:inf", "Double.POSITIVE_INFINITY"),
            ("Java", "d:-inf", "Double.NEGATIVE_INFINITY"),
            ("Java", "d:NaN", "Double.NaN"),
            ("Java", "f:NaN", "Float.NaN"),
            ("XS", "d:inf", "INF"),
            ("XS", "d:-inf", "-INF"),
            ("XS", "d:NaN", "NaN"),
            ("legacy", "d:-inf", "-INF"),
            ("legacy", "d:0.00012", "0.00012"),
            ("legacy", "d:1e-17", "0"),
            ("legacy", "d:1e20", "100000000000000000000"),
            ("legacy", "b:1E+30", "1000000000000000000000000000000"),
            ("legacy", "b:0.12345678901234565", "0.1234567890123456"),
            ("legacy", "i:12", "12"),
            ("2.3.20", "d:-inf", "-∞"),
            ("2.3.20", "d:NaN", "NaN"),
            ("2.3.21", "d:-inf", "-INF"),
            ("2.3.31", "d:0.00000012", "0.00000012"),
            ("2.3.32", "d:0.00000012", "1.2E-7"),
        ];
        for (name, value, expected) in cases {
            let format = CFormat::by_name(name).unwrap_or_else(|| {
                let last = name.strip_prefix("2.3.").unwrap();
                CFormat::for_improvements((2, 3, last.parse().unwrap()))
            });
            let mut out = String::new();
            format.write_number(&number(value), &mut out).unwrap();
            assert_eq!(out, expected, "{name} {value}");
        }
    }

    /// Recorded from FreeMarker 2.3.35: `number_format` was slower to learn `INF`.
    #[test]
    fn number_format_computer() {
        for (version, expected) in
            [((2, 3, 30), "∞"), ((2, 3, 31), "INF"), ((2, 3, 32), "Infinity")]
        {
            let mut out = String::new();
            let format = CFormat::for_improvements(version);
            format.write_as_number_format(&number("d:inf"), &mut out).unwrap();
            assert_eq!(out, expected);
        }
    }

    #[test]
    fn strings() {
        let cases = [
            ("JavaScript or JSON", "\"a'\\u0001\\\"\""),
            ("JSON", "\"a'\\u0001\\\"\""),
            ("JavaScript", "\"a'\\x01\\\"\""),
            ("Java", "\"a'\\u0001\\\"\""),
            ("XS", "a'\u{1}\""),
            ("legacy", "\"a'\\u0001\\\"\""),
        ];
        for (name, expected) in cases {
            let mut out = String::new();
            CFormat::by_name(name).unwrap().write_string("a'\u{1}\"", &mut out);
            assert_eq!(out, expected, "{name}");
        }
        assert_eq!(CFormat::by_name("json"), None);
    }
}
