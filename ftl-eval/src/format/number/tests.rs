use super::{
    super::{c::CFormat, locale::Locale},
    NumberFormat, write_decimals,
};
use crate::value::number::{ArithmeticEngine, Number, NumberError};

/// A number by its Java type: `i` integer types, `d` double, `f` float, `b` BigDecimal.
pub(crate) fn number(typed: &str) -> Number {
    let (kind, text) = typed.split_once(':').unwrap();
    match kind {
        "i" => Number::from_json(text).unwrap(),
        "d" => Number::Double(text.parse().unwrap()),
        "f" => Number::Float(text.parse().unwrap()),
        _ => Number::parse(text, ArithmeticEngine::BigDecimal).unwrap(),
    }
}

fn print(locale: &str, format: &str, typed: &str) -> String {
    let format = match NumberFormat::parse(format, &Locale::parse(locale), CFormat::default()) {
        Ok(format) => format,
        Err(error) => return format!("! {error}"),
    };
    let mut out = String::new();
    match format.write(&number(typed), &mut out) {
        Ok(()) => out,
        Err(error) => format!("! {error}"),
    }
}

/// Recorded from FreeMarker 2.3.35 on JDK 17, for en_US.
#[test]
fn formats_and_patterns() {
    let cases = [
        // Named formats.
        ("number", "i:1234567", "1,234,567"),
        ("number", "i:-999", "-999"),
        ("number", "i:-9223372036854775808", "-9,223,372,036,854,775,808"),
        ("number", "d:1234567.891", "1,234,567.891"),
        ("number", "d:0.0001", "0"),
        ("number", "d:-0.0", "-0"),
        ("number", "d:-0.0001", "-0"),
        ("number", "b:-0.0001", "-0"),
        ("number", "d:NaN", "NaN"),
        ("number", "d:-inf", "-∞"),
        ("number", "i:123456789012345678901234567890", "123,456,789,012,345,678,901,234,567,890"),
        ("number", "d:1e23", "99,999,999,999,999,990,000,000"),
        ("number", "b:1E+5", "100,000"),
        ("number", "b:1E-300", "0"),
        ("currency", "d:1234.5", "$1,234.50"),
        ("currency", "i:-12", "-$12.00"),
        ("percent", "d:0.256", "26%"),
        ("percent", "d:0.255", "26%"),
        ("percent", "b:-0.255", "-26%"),
        // Doubles are rounded by their binary value, decimals by their digits.
        ("0.00", "d:8.345", "8.35"),
        ("0.00", "b:8.345", "8.34"),
        ("0.00", "d:8.355", "8.36"),
        ("0.00", "b:8.355", "8.36"),
        ("0.000", "d:2.0005", "2.001"),
        ("0.000", "b:2.0005", "2.000"),
        ("0", "d:0.5", "0"),
        ("0", "d:1.5", "2"),
        ("0", "d:2.5", "2"),
        ("0", "f:2.5", "2"),
        ("0.00", "f:1.005", "1.00"),
        ("0.##", "d:999.995", "1000"),
        ("0.00", "d:0.005", "0.01"),
        // Java rounds these by their text, `5.0E-4`, and takes the 0 for more digits.
        ("0.###", "d:0.0005", "0"),
        ("0.###;;roundingMode=halfDown", "b:0.00050", "0.001"),
        ("0.##;;roundingMode=up", "b:0.0001", "0"),
        ("0.##;;roundingMode=up", "b:0.001", "0.01"),
        // Whole doubles are not known to be exact, so a tie is none.
        ("0E0", "d:25", "3E1"),
        ("0E0", "i:25", "2E1"),
        // Patterns.
        ("#", "i:0", "0"),
        ("#.##", "d:0.5", "0.5"),
        (".##", "d:0.5", ".5"),
        ("#.", "i:5", "5."),
        ("0000", "i:-12", "-0012"),
        ("000,000", "i:1234", "001,234"),
        ("#,##,##0.00", "i:12345678", "12,345,678.00"),
        ("#,####", "i:123456789", "1,2345,6789"),
        ("0.00##", "d:1.23456", "1.2346"),
        ("#,##0.00;(#,##0.00)", "d:-1234.5", "(1,234.50)"),
        ("0;0", "i:-1", "-1"),
        ("0;-0", "i:-1", "-1"),
        ("0 'it''s' #", "i:5", "! Malformed pattern \"0 'it''s' #\""),
        ("'#'0", "i:5", "#5"),
        ("$0.00 'USD'", "d:1.5", "$1.50 USD"),
        ("0%", "d:0.5", "50%"),
        ("0‰", "d:0.5", "500‰"),
        ("¤0.00", "d:1.5", "$1.50"),
        ("¤¤ 0.00", "d:1.5", "USD 1.50"),
        ("foo", "i:1234", "foo1234"),
        ("@@0", "i:5", "@@5"),
        ("0a0", "i:5", "05a"),
        ("", "d:1234567.891", "1,234,567.891"),
        ("0.00;", "i:-1", "-1.00"),
        // Exponents.
        ("0.###E0", "i:1234567", "1.235E6"),
        ("00.###E0", "d:0.00123", "12.3E-4"),
        ("##0.#####E0", "i:12345", "12.345E3"),
        ("##0.#####E0", "i:-123456", "-123.456E3"),
        ("##0.##E0", "b:0.00001234", "12.34E-6"),
        ("0E00", "d:0.001", "1E-03"),
        ("0E0", "i:0", "0E0"),
        ("0.0E0", "b:1E+300000", "1.0E300000"),
        ("0E0E", "i:-5", "5E0"),
        // FreeMarker's parameters.
        ("0.0;;roundingMode=halfUp", "b:0.25", "0.3"),
        ("0.0;;roundingMode=halfUp", "d:-0.25", "-0.3"),
        ("0.0;;roundingMode=halfDown", "b:0.25", "0.2"),
        ("0.0;;roundingMode=up", "b:0.21", "0.3"),
        ("0.0;;roundingMode=down", "b:-0.29", "-0.2"),
        ("0.0;;roundingMode=ceiling", "b:-0.29", "-0.2"),
        ("0.0;;roundingMode=floor", "b:-0.21", "-0.3"),
        (
            "0.0;;roundingMode=unnecessary",
            "b:0.25",
            "! Rounding needed with the rounding mode being set to RoundingMode.UNNECESSARY",
        ),
        ("0.0;;roundingMode=unnecessary", "b:0.20", "0.2"),
        ("#,##0.00;;decimalSeparator=',' groupingSeparator=\".\"", "d:1234.5", "1.234,50"),
        (",##0.0;;groupingSeparator='''',multiplier=1000", "d:1.5", "1'500.0"),
        ("0;;multipier=-3", "i:5", "! Expected a(n) value at position 13 (0-based), but found: -3"),
        ("0.#E0;; exponentSeparator='*10^' minusSign=_", "d:-0.05", "_5*10^_2"),
        ("0;;infinity='lots'", "d:inf", "lots"),
        ("0;; nan=\"none\"", "d:NaN", "none"),
        ("0%;;percent=p", "d:0.5", "50p"),
        ("0‰;;perMill=m", "d:0.5", "500m"),
        ("0;;zeroDigit='٠'", "i:109", "١٠٩"),
        ("¤ 0.00;;currencyCode=EUR", "d:1.5", "€ 1.50"),
        ("¤¤ 0.00;;currencyCode=JPY monetaryDecimalSeparator=','", "d:1.5", "JPY 1,50"),
        ("¤ 0.00;;currencySymbol=\"Fr\" currencyCode=CHF", "d:1.5", "Fr 1.50"),
        ("0;neg 0;roundingMode=up", "d:-1.1", "neg 2"),
        // Errors.
        ("0.0.0", "i:1", "! Multiple decimal separators in pattern \"0.0.0\""),
        ("#0#", "i:1", "! Malformed pattern \"#0#\""),
        ("0#0", "i:1", "! Unexpected '0' in pattern \"0#0\""),
        ("0,", "i:1", "! Malformed pattern \"0,\""),
        ("'0", "i:1", "! Malformed pattern \"'0\""),
        ("0%%", "i:1", "! Too many percent/per mille characters in pattern \"0%%\""),
        (";0", "i:1", "! Unquoted special character ';' in pattern \";0\""),
        ("0E", "i:1", "! Malformed exponential pattern \"0E\""),
        ("E0", "i:1", "E1"),
        ("0;0;", "i:-1", "-1"),
        (
            "0;;a=1",
            "i:1",
            "! Unsupported parameter name, \"a\". The supported names are: currencyCode, decimalSeparator, exponentSeparator, groupingSeparator, infinity, minusSign, monetaryDecimalSeparator, multipier, multiplier, nan, perMill, percent, roundingMode, zeroDigit",
        ),
        (
            "0;;roundingMode=halfup",
            "i:1",
            "! \"halfup\" is an invalid value for the \"roundingMode\" parameter: Should be one of: up, down, ceiling, floor, halfDown, halfEven, unnecessary",
        ),
        (
            "0;;multiplier=x",
            "i:1",
            "! \"x\" is an invalid value for the \"multiplier\" parameter: Malformed integer.",
        ),
        (
            "0;;zeroDigit=ab",
            "i:1",
            "! \"ab\" is an invalid value for the \"zeroDigit\" parameter: Must contain exactly 1 character.",
        ),
        (
            "0;;currencyCode=XQX",
            "i:1",
            "! \"XQX\" is an invalid value for the \"currencyCode\" parameter: Not a known ISO 4217 code.",
        ),
        (
            "0;;roundingMode",
            "i:1",
            "! Expected a(n) \"=\" at position 15 (0-based), but reached the end of the input.",
        ),
        (
            "0;;roundingMode=",
            "i:1",
            "! Expected a(n) value at position 16 (0-based), but reached the end of the input.",
        ),
        (
            "0;;roundingMode=up|more",
            "i:1",
            "! Expected a(n) parameter separator whitespace or comma at position 18 (0-based), but found: |more",
        ),
        (
            "0;; 'a long quotation'=1",
            "i:1",
            "! Expected a(n) name at position 4 (0-based), but found: 'a lo[...]",
        ),
        (
            "0;;nan='a",
            "i:1",
            "! The ' quotation wasn't closed when the end of the source was reached.",
        ),
        (
            "0;;nan=a'b'",
            "i:1",
            "! The ' character can only be used for quoting values, but it was in the middle of an non-quoted value.",
        ),
    ];
    for (format, value, expected) in cases {
        assert_eq!(print("en_US", format, value), expected, "{format} {value}");
    }
}

/// Recorded from JDK 17.
#[test]
fn locales() {
    let cases = [
        ("de", "number", "d:-1234567.891", "-1.234.567,891"),
        ("de_DE", "currency", "d:-1234.5", "-1.234,50\u{a0}€"),
        ("de_AT", "currency", "d:-1234.5", "-€\u{a0}1.234,50"),
        ("de_CH", "number", "d:-1234567.891", "-1’234’567.891"),
        ("de_XX", "currency", "d:1234.5", "1.234,50\u{a0}¤"),
        ("fr_FR", "number", "d:1234567.891", "1\u{202f}234\u{202f}567,891"),
        ("fr_FR", "percent", "d:0.256", "26\u{a0}%"),
        ("fr_CA", "currency", "d:1234.5", "1\u{a0}234,50\u{a0}$\u{a0}CA"),
        ("es_ES", "number", "i:12345", "12.345"),
        ("es_MX", "currency", "d:-1234.5", "-$1,234.50"),
        ("pt_BR", "currency", "d:-1234.5", "-R$\u{a0}1.234,50"),
        ("pt_FR", "currency", "d:-1234.5", "-1\u{a0}234,50\u{a0}€"),
        ("ja_JP", "currency", "d:1234.5", "￥1,234"),
        ("ja_JP_JP", "currency", "d:1234.5", "￥1,234"),
        ("zh_CN", "currency", "d:1234.5", "¥1,234.50"),
        ("zh_TW", "number", "d:NaN", "非數值"),
        ("en_GB", "currency", "d:1234.5", "£1,234.50"),
        ("en_CA", "¤ 0;;currencyCode=USD", "i:1", "US$ 1"),
        ("en", "currency", "d:1234.5", "¤1,234.50"),
        ("en_IN", "number", "i:1234567", "1,234,567"),
        ("kw_KW", "currency", "i:1", "KWD1.000"),
        ("ar_KW", "currency", "d:-1234.5678", "\u{61c}-١٬٢٣٤٫٥٦٨\u{a0}د.ك.\u{200f}"),
        ("ar_EG", "percent", "d:-0.25", "\u{61c}-٢٥٪\u{61c}"),
        ("hi_IN", "number", "i:1234567", "1,234,567"),
        ("fa_IR", "0.0E0", "d:-0.00125", "\u{200e}−۱٫۳×۱۰^\u{200e}−۳"),
        ("th_TH", "number", "i:-123", "-123"),
        ("th_TH_TH", "number", "i:-123", "-๑๒๓"),
        ("sv_SE", "0.0E0", "d:-0.00125", "−1,3×10^−3"),
        ("bg_BG", "number", "i:1234", "1\u{a0}234"),
        ("no_NO_NY", "currency", "i:-5", "−5,00\u{a0}kr"),
        ("en_US_POSIX", "number", "i:1234567", "1234567"),
        ("xx", "currency", "d:-1234.5", "-¤\u{a0}1,234.50"),
        ("xx_DE", "currency", "d:-1234.5", "-€\u{a0}1,234.50"),
        ("de-ch", "number", "d:1234.5", "1,234.5"),
        ("sr_XK", "currency", "i:1", "1,00\u{a0}€"),
    ];
    for (locale, format, value, expected) in cases {
        assert_eq!(print(locale, format, value), expected, "{locale} {format} {value}");
    }
}

#[test]
fn custom_formats_are_not_there() {
    let expected = "! No custom number format was defined with name \"hex\"";
    assert_eq!(print("en_US", "@hex 4", "i:5"), expected);
    assert_eq!(print("en_US", "@hex_4", "i:5"), expected);
}

/// Recorded from FreeMarker 2.3.35.
#[test]
fn numeric_interpolations() {
    let cases = [
        ("b:1.555", (0, 2), "1.56"),
        ("d:1.555", (0, 2), "1.55"),
        ("i:1234567", (0, 50), "1234567"),
        ("i:5", (2, 2), "5.00"),
        ("d:-0.5", (0, 0), "-0"),
        ("b:0.12345678901234567890", (0, 50), "0.1234567890123456789"),
    ];
    for (value, range, expected) in cases {
        let mut out = String::new();
        write_decimals(&number(value), range, &Locale::default(), &mut out).unwrap();
        assert_eq!(out, expected);
    }
    let mut out = String::new();
    write_decimals(&number("d:1.5"), (2, 3), &Locale::parse("de"), &mut out).unwrap();
    assert_eq!(out, "1,50");
}

#[test]
fn every_locale_has_valid_patterns() {
    for (name, _) in super::super::locale_number_table::LOCALES {
        for format in ["number", "currency", "percent"] {
            let text = print(name, format, "d:-1.5");
            assert!(!text.starts_with('!'), "{name} {format}: {text}");
        }
    }
}

#[test]
fn giants_are_refused() {
    let locale = Locale::default();
    let format = NumberFormat::parse("number", &locale, CFormat::default()).unwrap();
    let mut out = String::new();
    assert_eq!(format.write(&number("b:1e300000"), &mut out), Err(NumberError::TooLarge));
    assert_eq!(format.write(&number("b:1e-300000"), &mut out), Ok(()));
    assert_eq!(out, "0");
}

proptest::proptest! {
    #[test]
    fn whole_numbers_are_grouped_alike_on_both_paths(value: i64) {
        // A pattern with a suffix that is empty takes the short way, with `.` it does not.
        let mut short = print("en_US", "#,##0", &format!("i:{value}"));
        short.push('.');
        proptest::prop_assert_eq!(short, print("en_US", "#,##0.", &format!("i:{value}")));
    }

    #[test]
    fn no_pattern_panics(pattern in "[0#,.E;%¤'a-]{0,12}", value: f64, scaled: i64, scale: i8) {
        let locale = Locale::default();
        if let Ok(format) = NumberFormat::parse(&pattern, &locale, CFormat::default()) {
            let mut out = String::new();
            let small = Number::Small { unscaled: scaled, scale };
            for number in [Number::Double(value), Number::Int(scaled), small] {
                proptest::prop_assert_eq!(format.write(&number, &mut out), Ok(()));
            }
        }
    }
}
