use std::fmt::Write;

use proptest::prelude::*;
use serde_json::{Map, Value};

use super::*;

/// Recorded by `tests/jackson/Record.java`.
const JACKSON: &str = include_str!("../../tests/jackson/texts.tsv");

/// Texts that Jackson reads otherwise than we do.
const OTHERWISE: [(&str, &str); 1] = [
    // Two lone surrogates, or one and a question mark, are one name to us.
    (r#"{"\ud800":1,"?":2}"#, r#"{"?":2}"#),
];

#[test]
fn jackson_reads_the_same() {
    let mut count = 0;
    for line in JACKSON.lines().filter(|line| !line.starts_with('#')) {
        let (text, expected) = line.split_once('\t').unwrap();
        let text = bytes(text);
        let otherwise = OTHERWISE.iter().find(|(other, _)| other.as_bytes() == text);
        let expected = otherwise
            .map_or_else(|| without_lone_surrogates(expected), |(_, ours)| (*ours).to_owned());
        match Data::parse(&text) {
            Ok(data) => assert_eq!(show(data.root()), expected, "{line}"),
            Err(error) => {
                let stricter = matches!(
                    error.kind(),
                    DataErrorKind::Expected(Expected::End, _)
                        | DataErrorKind::InvalidUtf8
                        | DataErrorKind::Encoding(_)
                );
                assert!(expected == "refused" || stricter, "{line}: {error}");
            }
        }
        count += 1;
    }
    assert!(count > 300);
}

/// As in the table: "\xNN" is a byte, "\\" a backslash.
fn bytes(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length;
        (length, rest) = match rest {
            _ if rest.starts_with("\\\\") => (b'\\', &rest[2..]),
            _ if c == '\\' => (u8::from_str_radix(&rest[2..4], 16).unwrap(), &rest[4..]),
            _ => (c as u8, &rest[1..]),
        };
        bytes.push(length);
    }
    bytes
}

/// As `Record.java` shows a value.
fn show(node: Node<'_>) -> String {
    let mut out = String::new();
    match node.kind() {
        Kind::Null => out.push_str("null"),
        Kind::Bool => write!(out, "{}", node.as_bool().unwrap()).unwrap(),
        Kind::Number if !node.is_integer() => {
            let value: f64 = node.number_text().parse().unwrap();
            write!(out, "double {:x}", value.to_bits()).unwrap();
        }
        Kind::Number => match node.as_i64() {
            Some(value) => write!(out, "{value}").unwrap(),
            None => out.push_str(node.number_text()),
        },
        Kind::String => out.push_str(&show_string(&node.string())),
        Kind::Array => {
            let items: Vec<_> = node.items().map(show).collect();
            write!(out, "[{}]", items.join(",")).unwrap();
        }
        Kind::Object => {
            let member = |(name, value): (Cow<'_, str>, _)| show_string(&name) + ":" + &show(value);
            let members: Vec<_> = node.entries().map(member).collect();
            write!(out, "{{{}}}", members.join(",")).unwrap();
        }
    }
    out
}

fn show_string(text: &str) -> String {
    let mut out = String::from("\"");
    for unit in text.encode_utf16() {
        match u8::try_from(unit) {
            Ok(plain @ b'!'..=b'~') if plain != b'"' && plain != b'\\' => out.push(plain as char),
            _ => write!(out, "\\u{unit:04x}").unwrap(),
        }
    }
    out + "\""
}

fn without_lone_surrogates(shown: &str) -> String {
    let unit = |text: &str| {
        let digits = text.strip_prefix("\\u")?.get(..4)?;
        u16::from_str_radix(digits, 16).ok()
    };
    let mut out = String::new();
    let mut rest = shown;
    while let Some(c) = rest.chars().next() {
        let length = match (unit(rest), rest.get(6..).and_then(unit)) {
            (Some(0xd800..0xdc00), Some(0xdc00..0xe000)) => 12,
            (Some(0xd800..0xe000), _) => 0,
            (Some(_), _) => 6,
            _ => c.len_utf8(),
        };
        match length {
            0 => out.push('?'),
            _ => out.push_str(&rest[..length]),
        }
        rest = &rest[length.max(if length == 0 { 6 } else { 1 })..];
    }
    out
}

#[test]
fn limits() {
    // Depth and digits as recorded from Jackson 2.17.2.
    let nested = |open: &str, inner: &str, close: &str, depth| {
        let text = open.repeat(depth) + inner + &close.repeat(depth);
        Data::parse_str(&text).map(|_| ()).map_err(|error| error.kind().clone())
    };
    let too_deep = Err(DataErrorKind::DepthLimit(1000));
    assert_eq!(nested("[", "", "]", 1000), Ok(()));
    assert_eq!(nested("[", "", "]", 1001), too_deep);
    assert_eq!(nested("[", "", "]", 100_000), too_deep);
    assert_eq!(nested(r#"{"a":"#, "1", "}", 1000), Ok(()));
    assert_eq!(nested(r#"{"a":"#, "1", "}", 1001), too_deep);
    assert_eq!(nested("[", "{}", "]", 999), Ok(()));
    assert_eq!(nested("[", "{}", "]", 1000), too_deep);

    let mut buffer = TapeBuf::with_depth_limit(2);
    assert!(Data::parse_into(b"[[1]]", &mut buffer).is_ok());
    let error = Data::parse_into(b"[[1], [[1]]]", &mut buffer).unwrap_err();
    assert_eq!((error.kind(), error.offset()), (&DataErrorKind::DepthLimit(2), 7));
    assert!(Data::parse_into(b"1", &mut TapeBuf::with_depth_limit(0)).is_ok());
    assert!(Data::parse_into(b"[]", &mut TapeBuf::with_depth_limit(0)).is_err());

    for (digits, text) in [
        (1000, "1".repeat(1000)),
        (1001, "1".repeat(1001)),
        (1000, format!("[-{}]", "1".repeat(1000))),
        (1001, format!("[-{}]", "1".repeat(1001))),
        (1000, format!("0.{}", "1".repeat(999))),
        (1001, format!("0.{}", "1".repeat(1000))),
        (1000, format!("[1e+{}1]", "0".repeat(998))),
        (1001, format!("[1e+{}1]", "0".repeat(999))),
        (1000, format!("[1.{}e{}1]", "0".repeat(500), "0".repeat(498))),
        (1001, format!("[1.{}e{}1]", "0".repeat(500), "0".repeat(499))),
    ] {
        let kind = Data::parse_str(&text).map_err(|error| error.kind().clone()).err();
        let expected = (digits > 1000).then_some(DataErrorKind::DigitLimit(1000));
        assert_eq!(kind, expected, "{text}");
    }
}

#[test]
fn a_text_of_256_mib_is_refused() {
    let text = " ".repeat(1 << 28);
    let error = Data::parse_str(&text).unwrap_err();
    assert_eq!(error.kind(), &DataErrorKind::TextLimit((1 << 28) - 1));
}

#[test]
fn errors_name_place_and_remedy() {
    for (text, expected) in [
        ("", "there is no JSON: the text is empty"),
        ("\u{feff} ", "there is no JSON: the text is empty"),
        (
            "[1,]",
            "expected a value, found \"]\" at line 1, column 4 (byte 3); remove the comma before it",
        ),
        (
            "{\"a\": 1,}",
            "expected a name in double quotes, found \"}\" at line 1, column 9 (byte 8); remove the comma before it",
        ),
        ("{\n  \"ü\": x\n}", "expected a value, found \"x\" at line 2, column 8 (byte 10)"),
        ("{\"a\" 1}", "expected \":\", found \"1\" at line 1, column 6 (byte 5)"),
        (
            "{a: 1}",
            "expected a name in double quotes or \"}\", found \"a\" at line 1, column 2 (byte 1); names need double quotes",
        ),
        (
            "{'a': 1}",
            "expected a name in double quotes or \"}\", found \"'\" at line 1, column 2 (byte 1); strings need double quotes",
        ),
        (
            "[1 2]",
            "expected \",\" or \"]\", found \"2\" at line 1, column 4 (byte 3); a comma may be missing before it",
        ),
        (
            "{\"a\": 1 \"b\": 2}",
            "expected \",\" or \"}\", found a double quote at line 1, column 9 (byte 8); a comma may be missing before it",
        ),
        ("[1", "expected \",\" or \"]\", found the end of the text at line 1, column 3 (byte 2)"),
        ("{\"a\":1}}", "expected the end of the text, found \"}\" at line 1, column 8 (byte 7)"),
        ("\"abc", "a string without closing quote at line 1, column 1 (byte 0)"),
        (
            "{\"a\": \"b\n",
            "an unescaped line break within a string at line 1, column 9 (byte 8); write it as \"\\n\" or \"\\r\", or add the closing quote that may be missing",
        ),
        (
            "[\"\t\"]",
            "an unescaped tab within a string at line 1, column 3 (byte 2); write it as \"\\t\"",
        ),
        (
            "[\"\\x\"]",
            "a backslash cannot escape \"x\" at line 1, column 3 (byte 2); write two backslashes to have one",
        ),
        ("[\"\\u12\"]", "\"\\u\" without four hexadecimal digits at line 1, column 3 (byte 2)"),
        ("[01]", "a number begins with a superfluous zero at line 1, column 2 (byte 1)"),
        ("[1.]", "expected a digit, found \"]\" at line 1, column 4 (byte 3)"),
        (
            "[.5]",
            "expected a value, found \".\" at line 1, column 2 (byte 1); put a zero before the decimal point",
        ),
        (
            "[NaN]",
            "expected a value, found \"N\" at line 1, column 2 (byte 1); JSON has no NaN and no Infinity",
        ),
        (
            "// x\n1",
            "expected a value, found \"/\" at line 1, column 1 (byte 0); JSON has no comments",
        ),
        (
            "\u{feff}[1,]",
            "expected a value, found \"]\" at line 1, column 4 (byte 6); remove the comma before it",
        ),
    ] {
        let error = Data::parse(text.as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), expected, "{text}");
    }
    for (bytes, expected) in [
        (&b"[\"ab\xff\"]"[..], "invalid UTF-8 at line 1, column 5 (byte 4)"),
        (b"\xff\xfe[\0]\0", "the text is UTF-16, little-endian, not UTF-8; convert it to UTF-8"),
        (b"\0[\0]", "the text is UTF-16, big-endian, not UTF-8; convert it to UTF-8"),
    ] {
        assert_eq!(Data::parse(bytes).unwrap_err().to_string(), expected);
    }
}

#[test]
fn all_ways_in_agree() {
    let text = "\u{feff}{\"a\": [1, \"\\u00fc\"]}";
    let shown = show(Data::parse(text.as_bytes()).unwrap().root());
    assert_eq!(shown, r#"{"a":[1,"\u00fc"]}"#);
    assert_eq!(show(Data::parse_str(text).unwrap().root()), shown);
    assert_eq!(show(Data::parse_str(text).unwrap().into_owned().root()), shown);
    assert_eq!(show(OwnedData::parse(text.to_owned()).unwrap().root()), shown);
    let value = serde_json::json!({"a": [1, "ü"]});
    assert_eq!(show(Data::from_serialize(&value).unwrap().root()), shown);
    let mut buffer = TapeBuf::default();
    for other in ["[[[", "", "[1]", text] {
        let parsed = Data::parse_into(other.as_bytes(), &mut buffer);
        assert_eq!(parsed.is_ok(), other.len() > 2 && other != "[[[");
    }
    let parsed = Data::parse_into(text.as_bytes(), &mut buffer).unwrap();
    assert_eq!(show(parsed.root()), shown);

    let bad = std::collections::HashMap::from([((1, 2), 3)]);
    let error = Data::from_serialize(&bad).unwrap_err();
    assert!(matches!(error.kind(), DataErrorKind::Serialize(_)));
}

#[test]
fn paths() {
    let data = Data::parse_str(r#"{"user": {"name": "Ada", "\u0061ge": 36}, "n": 1}"#).unwrap();
    let root = data.root();
    assert_eq!(root.path(&["user", "name"]).unwrap().string(), "Ada");
    assert_eq!(root.path(&["user", "age"]).unwrap().as_i64(), Some(36));
    assert!(root.path(&["user", "nick"]).is_none());
    assert!(root.path(&["n", "x"]).is_none());
    assert!(root.path(&["user", "name", "x"]).is_none());
    assert!(root.path(&[]).is_some());
}

#[test]
fn a_node_is_two_words() {
    assert_eq!(size_of::<Node<'_>>(), 16);
    assert_eq!(size_of::<Option<Node<'_>>>(), 16);
}

#[test]
fn integers() {
    for (text, expected) in [
        ("0", Some(0)),
        ("-0", Some(0)),
        ("-17", Some(-17)),
        ("123456789012345678", Some(123_456_789_012_345_678)),
        ("-123456789012345678", Some(-123_456_789_012_345_678)),
        ("9223372036854775807", Some(i64::MAX)),
        ("-9223372036854775808", Some(i64::MIN)),
        ("9223372036854775808", None),
        ("-9223372036854775809", None),
        ("1.0", None),
        ("1e2", None),
        ("\"1\"", None),
    ] {
        assert_eq!(Data::parse_str(text).unwrap().root().as_i64(), expected, "{text}");
    }
}

#[test]
fn values_of_another_kind_read_as_nothing() {
    for text in ["null", "true", "1", "\"x\"", "[1]", "{\"x\":1}"] {
        let data = Data::parse_str(text).unwrap();
        let node = data.root();
        let kind = node.kind();
        assert_eq!(node.as_bool().is_some(), kind == Kind::Bool);
        assert_eq!(!node.number_text().is_empty(), kind == Kind::Number);
        assert_eq!(!node.string().is_empty(), kind == Kind::String);
        assert_eq!(node.items().len() == 1, kind == Kind::Array);
        assert_eq!(node.index(0).is_some(), kind == Kind::Array);
        assert_eq!(node.entries().count() == 1, kind == Kind::Object);
        assert_eq!(node.get("x").is_some(), kind == Kind::Object);
        assert_eq!(node.len() == 1, matches!(kind, Kind::Array | Kind::Object));
    }
}

/// Compares all that can be read of `node` with `expected`.
fn assert_same(node: Node<'_>, expected: &Value) {
    match expected {
        Value::Null => assert_eq!(node.kind(), Kind::Null),
        Value::Bool(value) => assert_eq!(node.as_bool(), Some(*value)),
        Value::Number(number) => {
            assert_eq!(node.kind(), Kind::Number);
            assert_eq!(node.is_integer(), !node.number_text().contains(['.', 'e', 'E']));
            // serde_json has doubles for `-0` and for integers beyond 64 bits.
            if !number.is_f64() {
                assert_eq!(node.as_i64(), number.as_i64());
            }
            // serde_json may be off in the last bits of a double.
            let read: f64 = node.number_text().parse().unwrap();
            let expected = number.as_f64().unwrap();
            assert!(read.to_bits().abs_diff(expected.to_bits()) <= 2, "{read:e} {expected:e}");
        }
        Value::String(text) => {
            assert_eq!(&node.string(), text);
            assert!(node.plain_string().is_none_or(|plain| plain == text));
            let mut out = String::from("x");
            node.push_string(&mut out);
            assert_eq!(out.strip_prefix('x'), Some(&**text));
        }
        Value::Array(items) => {
            assert_eq!((node.kind(), node.len()), (Kind::Array, items.len()));
            assert_eq!(node.items().len(), items.len());
            for (at, (node_item, item)) in node.items().zip(items).enumerate() {
                assert_same(node_item, item);
                assert_same(node.index(at).unwrap(), item);
            }
            assert!(node.index(items.len()).is_none());
        }
        Value::Object(members) => {
            assert_eq!((node.kind(), node.len()), (Kind::Object, members.len()));
            let names: Vec<_> = node.entries().map(|(name, _)| name).collect();
            assert!(names.iter().eq(members.keys()), "{names:?}");
            for ((_, entry), (name, value)) in node.entries().zip(members) {
                assert_same(entry, value);
                assert_same(node.get(name).unwrap(), value);
            }
            assert!(node.get("no such name").is_none());
        }
    }
}

/// Writes JSON in many ways: white space, escapes, duplicates of members.
struct Writer {
    random: u64,
    out: String,
}

impl Writer {
    /// A number below `bound`.
    fn pick(&mut self, bound: u64) -> u64 {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        (self.random >> 20) % bound
    }

    fn space(&mut self) {
        if self.pick(4) == 0 {
            let spaces = ["", " ", "\n", "\r\n\t", "\n        ", "             \n    "];
            let at = self.pick(6) as usize;
            self.out.push_str(spaces[at]);
        }
    }

    fn string(&mut self, text: &str) {
        self.out.push('"');
        let rate = [1, 3, 1000][self.pick(3) as usize];
        for c in text.chars() {
            let must = c < ' ' || c == '"' || c == '\\';
            if must || self.pick(rate) == 0 && rate < 1000 {
                let simple = serde_json::to_string(&c).unwrap();
                if simple.len() == 4 && self.pick(2) == 0 {
                    self.out.push_str(&simple[1..3]);
                    continue;
                }
                for unit in c.encode_utf16(&mut [0; 2]) {
                    match self.pick(2) {
                        0 => write!(self.out, "\\u{unit:04x}").unwrap(),
                        _ => write!(self.out, "\\u{unit:04X}").unwrap(),
                    }
                }
            } else {
                self.out.push(c);
            }
        }
        self.out.push('"');
    }

    fn value(&mut self, value: &Value) {
        self.space();
        match value {
            Value::String(text) => self.string(text),
            Value::Array(items) => {
                self.out.push('[');
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        self.out.push(',');
                    }
                    self.value(item);
                }
                self.space();
                self.out.push(']');
            }
            Value::Object(members) => {
                self.out.push('{');
                let mut members: Vec<_> = members.iter().map(|(k, v)| (&**k, v)).collect();
                while !members.is_empty() && self.pick(5) == 0 {
                    let at = self.pick(members.len() as u64) as usize;
                    members.push((members[at].0, &Value::Null));
                }
                for (at, (name, value)) in members.into_iter().enumerate() {
                    if at > 0 {
                        self.out.push(',');
                        self.space();
                    }
                    self.string(name);
                    self.space();
                    self.out.push(':');
                    self.value(value);
                }
                self.space();
                self.out.push('}');
            }
            other => write!(self.out, "{other}").unwrap(),
        }
        self.space();
    }
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z_]{0,12}",
        2 => ".{0,20}",
        1 => "[ -~]{50,140}",
        1 => r#"["\\/\n a]{0,80}"#,
        1 => "[ -~üß漢😀]{0,40}",
    ]
}

fn json() -> impl Strategy<Value = Value> {
    let scalar = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-2000i64..2000).prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        (-1000i32..1000).prop_map(|n| Value::from(f64::from(n) / 8.0)),
        text().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    scalar.prop_recursive(5, 60, 8, |inner| {
        let items = proptest::collection::vec(inner.clone(), 0..8);
        let members = prop_oneof![
            8 => proptest::collection::vec((text(), inner), 0..8),
            1 => proptest::collection::vec((text(), Just(Value::Null)), 60..90),
        ];
        prop_oneof![
            items.prop_map(Value::from),
            members.prop_map(|members| Value::from(Map::from_iter(members))),
        ]
    })
}

fn written() -> impl Strategy<Value = String> {
    (json(), 1..u64::MAX).prop_map(|(value, random)| {
        let mut writer = Writer { random, out: String::new() };
        writer.value(&value);
        writer.out
    })
}

proptest! {
    #[test]
    fn serde_json_reads_the_same(text in written()) {
        let expected: Value = serde_json::from_str(&text).unwrap();
        assert_same(Data::parse(text.as_bytes()).unwrap().root(), &expected);
        let mut buffer = TapeBuf::default();
        assert_same(Data::parse_into(text.as_bytes(), &mut buffer).unwrap().root(), &expected);
        assert_same(Data::from_serialize(&expected).unwrap().root(), &expected);
    }

    #[test]
    fn broken_texts_are_refused(
        text in written(),
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..3), 1..3),
    ) {
        let mut bytes = text.into_bytes();
        for (at, byte, how) in changes {
            let at = at.index(bytes.len());
            const LIKELY: &[u8] = b"\"\\{}[],: \n0-.eu\x00\xff";
            let byte = LIKELY.get(usize::from(byte) % 40).copied().unwrap_or(byte);
            match how {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ => { bytes.truncate(at.max(1)); }
            }
        }
        match (serde_json::from_slice::<Value>(&bytes), Data::parse(&bytes)) {
            (Ok(expected), Ok(data)) => assert_same(data.root(), &expected),
            (Ok(_), Err(error)) => panic!("{error}"),
            (Err(error), Ok(_)) => {
                // What Jackson accepts and serde_json does not.
                let error = error.to_string();
                let known = ["surrogate", "hex escape", "out of range", "recursion"];
                assert!(known.iter().any(|known| error.contains(known)), "{error}");
            }
            (Err(_), Err(error)) => {
                prop_assert!(error.offset() <= bytes.len());
                prop_assert!(!error.to_string().is_empty());
            }
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(data) = Data::parse(&bytes) {
            show(data.root());
        }
    }

    #[test]
    fn arbitrary_json_like_texts_never_panic(text in r#"[\[\]{}",:0-9.eE+\\untrfalse \n-]{0,200}"#) {
        if let Ok(data) = Data::parse(text.as_bytes()) {
            show(data.root());
        }
    }
}

#[test]
fn strings_of_all_lengths_around_the_scanner_s_borders() {
    // Blocks have 64 bytes, windows 4096.
    let lengths = (0..200).chain(4030..4170).chain(8180..8200);
    for length in lengths {
        for end in ["", "\\\\", "\\\"", "\\\\\\\"", "\\u00fc", "ü"] {
            let text = format!("[\"{}{end}\",\"{end}\",1]", "x".repeat(length));
            let expected: Value = serde_json::from_str(&text).unwrap();
            assert_same(Data::parse(text.as_bytes()).unwrap().root(), &expected);
            for control in ["\n", "\0"] {
                let text = format!("[\"{}{end}{control}\"]", "x".repeat(length));
                let error = Data::parse(text.as_bytes()).unwrap_err();
                assert!(matches!(error.kind(), DataErrorKind::ControlCharacter(_)), "{error}");
                assert_eq!(error.offset(), 2 + length + end.len());
            }
        }
    }
    for many in [31, 32, 33, 1000, 5000] {
        let text = format!("[{}\"\"]", "\"\",".repeat(many));
        assert_eq!(Data::parse(text.as_bytes()).unwrap().root().len(), many + 1);
        let text = format!("[{}1]", "1,".repeat(many));
        assert_eq!(Data::parse(text.as_bytes()).unwrap().root().len(), many + 1);
    }
}

#[test]
fn objects_of_all_sizes() {
    for (size, distinct) in
        [(63, 63), (64, 64), (65, 65), (65, 64), (65, 1), (300, 100), (20_000, 15_000)]
    {
        let mut text = String::from("{");
        for at in 0..size {
            let number = at % distinct;
            let name = if number % 7 == 3 { "\\u006eame" } else { "name" };
            write!(text, "{}\"{name}{number}\":{at}", if at > 0 { "," } else { "" }).unwrap();
        }
        text.push('}');
        let expected: Value = serde_json::from_str(&text).unwrap();
        assert_same(Data::parse(text.as_bytes()).unwrap().root(), &expected);
    }
}
