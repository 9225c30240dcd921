use std::cmp::Ordering;

use super::{ArithmeticEngine, Number, NumberError};

/// A number by its Java type: `i` integer types, `d` double, `f` float, `b` BigDecimal.
fn number(typed: &str) -> Number {
    let (kind, text) = typed.split_once(':').unwrap();
    match kind {
        "i" => Number::from_json(text).unwrap(),
        "d" => Number::Double(text.parse().unwrap()),
        "f" => Number::Float(text.parse().unwrap()),
        _ => match Number::parse(text, ArithmeticEngine::BigDecimal).unwrap() {
            Number::Int(value) => Number::Small { unscaled: value, scale: 0 },
            number => number,
        },
    }
}

fn text(result: Result<Number, NumberError>) -> String {
    match result {
        Ok(number) => number.to_string(),
        Err(error) => format!("! {error}"),
    }
}

fn compute(engine: ArithmeticEngine, case: &str) -> String {
    let [a, operator, b] = case.split(' ').collect::<Vec<_>>().try_into().unwrap();
    let (a, b) = (number(a), number(b));
    text(match operator {
        "+" => engine.add(&a, &b),
        "-" => engine.subtract(&a, &b),
        "*" => engine.multiply(&a, &b),
        "/" => engine.divide(&a, &b),
        _ => engine.modulus(&a, &b),
    })
}

#[test]
fn a_number_is_two_words() {
    assert_eq!(size_of::<Number>(), 16);
}

/// Recorded from `ArithmeticEngine.BIGDECIMAL_ENGINE`.
#[test]
fn default_engine() {
    let cases = [
        ("i:1 + i:2", "3"),
        ("i:9223372036854775807 + i:1", "9223372036854775808"),
        ("i:9223372036854775807 * i:9223372036854775807", "85070591730234615847396907784232501249"),
        ("d:0.1 + d:0.2", "0.3"),
        ("d:1.0E10 + d:1.0E10", "2.0E+10"),
        ("d:1.0E10 + i:1", "10000000001"),
        ("b:1.50 + i:1", "2.50"),
        ("b:1.50 * i:2", "3.00"),
        ("b:0.00 - i:0", "0.00"),
        ("b:1E+5 - i:0", "100000"),
        ("b:0.0000001 * b:0.0000001", "0E-12"),
        ("b:0.0000015 * b:0.000001", "2E-12"),
        ("b:1E-300 * b:1E-300", "0E-12"),
        ("b:123456789.123456789 * b:987654321.987654321", "121932631356500531.347203169113"),
        ("i:1 / i:3", "0.333333333333"),
        ("i:2 / i:-3", "-0.666666666667"),
        ("i:10 / i:4", "2.500000000000"),
        ("i:6 / b:0.00000000000000000003", "200000000000000000000.00000000000000000000"),
        ("b:1E-20 / i:3", "0E-20"),
        ("b:1E+30 / i:3", "333333333333333333333333333333.333333333333"),
        ("i:7 % i:4", "3"),
        ("d:-7.9 % d:4.9", "-3"),
        ("b:1E+70 % i:7", "0"),
        ("i:1 / i:0", "! / by zero"),
        ("i:0 / d:0.0", "! / by zero"),
        ("i:10000000 / i:0", "! BigInteger divide by zero"),
        ("i:1 % b:0.5", "! / by zero"),
        (
            "d:inf + i:1",
            "! It's impossible to convert an infinite value (Double Infinity) to BigDecimal.",
        ),
        ("d:NaN * i:1", "! Can't parse this as BigDecimal number: \"NaN\""),
    ];
    for (case, expected) in cases {
        assert_eq!(compute(ArithmeticEngine::BigDecimal, case), expected, "{case}");
    }
}

/// Recorded from `ArithmeticEngine.CONSERVATIVE_ENGINE`.
#[test]
fn conservative_engine() {
    let cases = [
        ("i:2147483647 + i:1", "2147483648"),
        ("i:9223372036854775807 + i:1", "9223372036854775808"),
        ("i:1 / i:4", "0.25"),
        ("i:8 / i:4", "2"),
        ("i:-2147483648 / i:-1", "-2147483648"),
        ("i:-1 * i:-2147483648", "-2147483648"),
        ("d:0.1 + d:0.2", "0.30000000000000004"),
        ("d:1.5 / i:0", "Infinity"),
        ("f:0.1 + i:1", "1.1"),
        ("f:0.1 + i:3000000000", "3.0000000001E9"),
        ("i:123456789012345678901234567890 / i:7", "17636684144620811271604938270"),
        ("i:123456789012345678901234567891 / i:7", "17636684144620811271604938270.142857142857"),
        ("i:123456789012345678901234567890 + d:0.5", "123456789012345678901234567890.5"),
        ("i:1 / i:0", "! / by zero"),
        ("i:123456789012345678901234567890 / i:0", "! BigInteger divide by zero"),
        ("i:123456789012345678901234567890 % i:-1", "! BigInteger: modulus not positive"),
        ("i:-123456789012345678901234567890 % i:100", "10"),
        ("b:1 % i:1", "! Can't calculate remainder on BigDecimals"),
        ("b:1 / i:3", "0.333333333333"),
    ];
    for (case, expected) in cases {
        assert_eq!(compute(ArithmeticEngine::Conservative, case), expected, "{case}");
    }
}

/// Recorded from FreeMarker 2.3.35: a `BigInteger` stays one.
#[test]
fn conservative_engine_keeps_big_integers() {
    let engine = ArithmeticEngine::Conservative;
    let big = number("i:12345678901234567890");
    let small = engine.modulus(&big, &Number::Int(255)).unwrap();
    assert_eq!(small.to_string(), "30");
    assert_eq!(
        engine.modulus(&small, &Number::Int(-7)).unwrap_err().to_string(),
        "BigInteger: modulus not positive"
    );
    assert_eq!(text(engine.divide(&Number::Int(1), &small)), "0.033333333333");
}

#[test]
fn comparison_is_by_decimal_text() {
    let cases = [
        ("d:0.1", "b:0.1", Ordering::Equal),
        ("f:0.1", "d:0.1", Ordering::Equal),
        ("b:1.00", "i:1", Ordering::Equal),
        ("d:-0.0", "i:0", Ordering::Equal),
        ("b:0.10000000000000000555", "d:0.1", Ordering::Greater),
        ("b:0.09999999999999999999", "d:0.1", Ordering::Less),
        ("i:9007199254740993", "d:9007199254740992", Ordering::Greater),
        ("d:inf", "i:123456789012345678901234567890", Ordering::Greater),
        ("d:-inf", "d:inf", Ordering::Less),
        ("b:1E+300000", "i:5", Ordering::Greater),
        ("b:-1E+2147483647", "b:-1E-2147483647", Ordering::Less),
        ("b:1E-2147483647", "d:1e-300", Ordering::Less),
        ("b:1E+100", "b:10E+99", Ordering::Equal),
    ];
    for (a, b, expected) in cases {
        let (x, y) = (number(a), number(b));
        assert_eq!(ArithmeticEngine::BigDecimal.compare(&x, &y), Ok(expected), "{a} {b}");
        let back = ArithmeticEngine::BigDecimal.compare(&y, &x);
        assert_eq!(back, Ok(expected.reverse()), "{b} {a}");
    }
    let nan = Number::Double(f64::NAN);
    let error = ArithmeticEngine::BigDecimal.compare(&nan, &Number::Int(1)).unwrap_err();
    assert_eq!(error.to_string(), "The signum of NaN is not defined.");
    let order = ArithmeticEngine::Conservative.compare(&nan, &Number::Int(1));
    assert_eq!(order, Ok(Ordering::Greater));
}

/// Recorded from FreeMarker 2.3.35.
#[test]
fn built_ins() {
    let cases = [
        ("abs", "i:-2147483648", "-2147483648"),
        ("abs", "i:-2147483649", "2147483649"),
        ("abs", "b:-2147483648", "2147483648"),
        ("abs", "b:-9223372036854775808", "9223372036854775808"),
        ("abs", "d:-0.0", "-0.0"),
        ("abs", "b:-1.50", "1.50"),
        ("negate", "i:-2147483648", "-2147483648"),
        ("negate", "b:0.12345678901234567", "-0.123456789012"),
        ("negate", "d:0.0", "-0.0"),
        ("negate", "i:0", "0"),
        ("byte", "i:300", "44"),
        ("byte", "d:1e10", "-1"),
        ("short", "i:-32769", "32767"),
        ("int", "i:3000000000", "-1294967296"),
        ("int", "d:3e9", "2147483647"),
        ("int", "b:1E+70", "0"),
        ("long", "d:1e300", "9223372036854775807"),
        ("long", "b:18446744073709551617.9", "1"),
        ("long", "b:-18446744073709551617.9", "-1"),
        ("long", "b:1E+20", "7766279631452241920"),
        ("float", "b:1.23456789123", "1.2345679"),
        ("double", "b:1E+400", "Infinity"),
        ("double", "i:123456789012345678901234567890", "1.2345678901234568E29"),
        ("floor", "d:-1.5", "-2"),
        ("ceiling", "d:-1.5", "-1"),
        ("round", "d:-1.5", "-1"),
        ("round", "d:2.5", "3"),
        ("round", "d:0.49999999999999994", "0"),
        ("round", "b:0.4999999999999999999999", "1"),
        ("round", "d:1e23", "99999999999999991611392"),
        ("round", "d:inf", "! Infinite or NaN"),
        ("to_i32_exact", "d:1.0", "1"),
        ("to_i32_exact", "b:1.00", "1"),
        ("to_i32_exact", "b:1.5", "! Can't convert 1.5 to type Integer without loss."),
        ("to_i32_exact", "b:1E+300", "! Can't convert 1E+300 to type Integer without loss."),
        ("to_i32_exact", "b:1E-300", "! Can't convert 1E-300 to type Integer without loss."),
        ("to_millis", "b:1.5", "2"),
        ("to_millis", "b:-1.5", "-2"),
        ("to_millis", "d:-1.5", "-1"),
        ("to_millis", "d:NaN", "0"),
        ("to_millis", "b:1E-300", "0"),
        (
            "to_millis",
            "b:9223372036854775807.5",
            "! Number doesn't fit into a 64 bit signed integer (long): 9223372036854775808",
        ),
    ];
    for (name, value, expected) in cases {
        let value = number(value);
        let result = match name {
            "abs" => Ok(value.abs()),
            "negate" => value.negate(),
            "byte" => Ok(value.to_byte()),
            "short" => Ok(value.to_short()),
            "int" => Ok(value.to_int()),
            "long" => Ok(value.to_long()),
            "float" => Ok(value.to_float()),
            "double" => Ok(value.to_double()),
            "floor" => value.floor(),
            "ceiling" => value.ceiling(),
            "round" => value.round(),
            "to_i32_exact" => value.to_i32_exact().map(|value| Number::Int(value.into())),
            _ => value.to_millis().map(Number::Int),
        };
        assert_eq!(text(result), expected, "{value}?{name}");
    }
    for (value, expected) in
        [(1, "a"), (26, "z"), (27, "aa"), (702, "zz"), (703, "aaa"), (18278, "zzz")]
    {
        assert_eq!(Number::Int(value.into()).abc('a'), Ok(Ok(expected.to_owned())));
    }
    assert_eq!(Number::Int(0).abc('A'), Ok(Err(0)));
}

/// Recorded from FreeMarker 2.3.35.
#[test]
fn the_least_int_as_a_long() {
    let least = number("i:-2147483648");
    let modulus = ArithmeticEngine::BigDecimal.modulus(&least, &number("i:3000000000")).unwrap();
    for long in [modulus, least.to_long(), least.negate().unwrap()] {
        assert_eq!(long.to_string(), "-2147483648");
        assert_eq!(long.abs().to_string(), "2147483648");
        assert_eq!(text(long.negate()), "2147483648");
    }
}

#[test]
fn decimal_syntax_is_that_of_java() {
    let cases = [
        ("1.", "1"),
        (".5", "0.5"),
        ("-.5e1", "-5"),
        ("+5", "5"),
        ("1e+05", "1E+5"),
        ("1e0000000000000005", "1E+5"),
        ("1e2147483647", "1E+2147483647"),
        ("1e-2147483647", "1E-2147483647"),
        ("0E5", "0E+5"),
        ("0.0000001", "1E-7"),
        ("0.00000100", "0.00000100"),
        ("INF", "Infinity"),
        ("-Infinity", "-Infinity"),
        ("NaN", "NaN"),
        // Full-width and Arabic digits.
        ("１２.٣", "12.3"),
        ("1e2147483648", "! Can't convert this string to number"),
        ("1e-2147483648", "! Can't convert this string to number"),
        ("0.1e-2147483647", "! Can't convert this string to number"),
    ];
    for (case, expected) in cases {
        assert_eq!(text(Number::parse(case, ArithmeticEngine::BigDecimal)), expected, "{case}");
    }
    for case in [
        "", "-", ".", "--5", "1e", "1e+", "1_0", "0x1", "1 ", " 1", "1d", "1.5.2", "1e5e5",
        "1e5.0", "inf", "+INF",
    ] {
        let result = Number::parse(case, ArithmeticEngine::BigDecimal);
        assert_eq!(result.map(|n| n.to_string()), Err(NumberError::Malformed), "{case}");
    }
    let conservative = |text| Number::parse(text, ArithmeticEngine::Conservative).unwrap();
    assert!(matches!(conservative("1.50"), Number::Double(1.5)));
    assert!(matches!(conservative("1e2"), Number::Double(100.0)));
    assert_eq!(conservative("1e400").to_string(), "1E+400");
    assert_eq!(Number::from_hex("FFFFFFFFFFFFFFFF").unwrap().to_string(), "18446744073709551615");
    assert!(matches!(Number::from_hex("80000000"), Ok(Number::Int(0x8000_0000))));
    assert!(matches!(Number::from_json("1E2"), Ok(Number::Double(100.0))));
    assert!(matches!(Number::from_json("-0"), Ok(Number::Int(0))));
    assert!(matches!(Number::from_json("1e400"), Ok(Number::Double(f64::INFINITY))));
}

#[test]
fn huge_exponents_are_a_limit_not_a_hang() {
    let engine = ArithmeticEngine::BigDecimal;
    let huge = number("b:1e300000");
    let tiny = number("b:1e-300000");
    let one = Number::Int(1);
    for result in [
        engine.add(&huge, &one),
        engine.subtract(&one, &tiny),
        engine.divide(&one, &tiny),
        engine.divide(&huge, &Number::Int(7)),
        Number::parse(&"9".repeat(200_000), engine),
        Number::from_json(&"9".repeat(200_000)),
        huge.to_millis().map(Number::Int),
    ] {
        assert_eq!(result.map(|n| n.to_string()), Err(NumberError::TooLarge));
    }
    assert_eq!(text(engine.multiply(&huge, &huge)), "1E+600000");
    assert_eq!(text(engine.multiply(&tiny, &tiny)), "0E-12");
    assert_eq!(text(engine.modulus(&huge, &Number::Int(7))), "0");
    assert_eq!(text(huge.round()), "! Infinite or NaN");
    assert_eq!(text(tiny.round()), "0");
}

#[test]
fn json_is_written_as_by_jackson() {
    let cases = [
        ("i:12", "12"),
        ("d:1.0E10", "1.0E10"),
        ("d:NaN", "\"NaN\""),
        ("d:-inf", "\"-Infinity\""),
        ("b:1.50", "1.50"),
        ("b:1E+5", "1E+5"),
    ];
    for (value, expected) in cases {
        let mut json = String::new();
        number(value).write_json(&mut json);
        assert_eq!(json, expected);
    }
}
