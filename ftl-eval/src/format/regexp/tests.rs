//! Against java.util.regex: recorded results, and properties.

use super::*;
use proptest::prelude::*;

/// `cases.tsv` says what its columns are.
const CASES: &str = include_str!("cases.tsv");

fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        out.push(match (c, c == '\\') {
            (c, false) => c,
            _ => match chars.next() {
                Some('n') => '\n',
                Some('r') => '\r',
                Some('t') => '\t',
                Some('L') => '\u{2028}',
                Some('N') => '\u{85}',
                other => other.unwrap_or('\\'),
            },
        });
    }
    out
}

fn spans(text: &str, captures: Option<Captures>) -> String {
    let Some(captures) = captures else { return "-".to_owned() };
    let span = |group| match captures.span(group) {
        Some((start, end)) => {
            format!("{}:{}", utf16::index16(text, start), utf16::index16(text, end))
        }
        None => "-1:-1".to_owned(),
    };
    (0..captures.len()).map(span).collect::<Vec<_>>().join(",")
}

fn results(regexp: &Regexp, text: &str) -> Result<String, StepLimit> {
    let mut steps = Steps::default();
    let whole = spans(text, regexp.matches(text, &mut steps)?);
    let start = spans(text, regexp.looking_at(text, &mut steps)?);
    let mut found = String::new();
    let mut matcher = regexp.matcher(text);
    while matcher.find(&mut steps)? {
        found += &spans(text, Some(matcher.captures()));
        found.push(';');
    }
    Ok(format!("M{whole} L{start} F{found}"))
}

#[test]
fn finds_what_java_finds() {
    let mut count = 0;
    for line in CASES.lines().filter(|line| !line.starts_with('#')) {
        let columns: Vec<&str> = line.split('\t').collect();
        let [flags, pattern, text, kind, expected] = columns[..] else {
            panic!("a case of five columns: {line}")
        };
        let (pattern, text) = (unescape(pattern), unescape(text));
        let regexp = Regexp::compile(&pattern, Flags(flags.parse().unwrap()));
        let actual = match (&regexp, kind) {
            (Ok(regexp), "R") => results(regexp, &text).unwrap_or_else(|limit| limit.to_string()),
            (Ok(_), _) => "compiled".to_owned(),
            (Err(error), _) => {
                let index = error.index.map_or("-1".to_owned(), |index| index.to_string());
                format!("{}|{index}|{error}", error.description)
            }
        };
        assert_eq!(actual, unescape(expected), "{flags} {pattern:?} on {text:?}");
        count += 1;
    }
    assert!(count > 300, "{count} cases");
}

type Replacement =
    (Which, &'static str, &'static str, &'static str, Result<&'static str, &'static str>);

/// Pattern, text, replacement and result; observed in JDK 17, halves of characters as `?`.
#[rustfmt::skip]
const REPLACEMENTS: &[Replacement] = &[
        (Which::All, "(a)(b)?", "ab-a", "[$1|$2]", Ok("[a|b]-[a|]")),
        (Which::First, "(a)(b)?", "ab-a", "[$1|$2]", Ok("[a|b]-a")),
        (Which::All, "(?<x>a)", "aa", "<${x}>", Ok("<a><a>")),
        (Which::First, "(?<x>a)", "aa", "<${x}>", Ok("<a>a")),
        (Which::All, "a", "banana", "\\$\\\\", Ok("b$\\n$\\n$\\")),
        (Which::First, "a", "banana", "\\$\\\\", Ok("b$\\nana")),
        (Which::All, "a", "b", "$", Ok("b")),
        (Which::First, "a", "b", "$", Ok("b")),
        (Which::All, "a", "a", "$", Err("IllegalArgument: Illegal group reference: group index is missing")),
        (Which::All, "a", "a", "x\\", Err("IllegalArgument: character to be escaped is missing")),
        (Which::All, "a", "a", "$x", Err("IllegalArgument: Illegal group reference")),
        (Which::All, "a", "a", "$1", Err("IndexOutOfBounds: No group 1")),
        (Which::All, "a", "a", "$0$0", Ok("aa")),
        (Which::First, "a", "a", "$0$0", Ok("aa")),
        (Which::All, "(a)", "a", "$11", Ok("a1")),
        (Which::First, "(a)", "a", "$11", Ok("a1")),
        (Which::All, "(a)", "a", "$2", Err("IndexOutOfBounds: No group 2")),
        (Which::All, "a", "a", "${", Err("IllegalArgument: named capturing group has 0 length name")),
        (Which::All, "a", "a", "${}", Err("IllegalArgument: named capturing group has 0 length name")),
        (Which::All, "a", "a", "${1}", Err("IllegalArgument: capturing group name {1} starts with digit character")),
        (Which::All, "a", "a", "${n}", Err("IllegalArgument: No group with name {n}")),
        (Which::All, "(?<n>a)", "a", "${n", Err("IllegalArgument: named capturing group is missing trailing '}'")),
        (Which::All, "(?<n>a)", "a", "${n x}", Err("IllegalArgument: named capturing group is missing trailing '}'")),
        (Which::All, "", "abc", "-", Ok("-a-b-c-")),
        (Which::First, "", "abc", "-", Ok("-abc")),
        (Which::All, "x*", "axb", "-", Ok("-a--b-")),
        (Which::First, "x*", "axb", "-", Ok("-axb")),
        (Which::All, "", "😀", "-", Ok("-?-?-")),
        (Which::First, "", "😀", "-", Ok("-😀")),
        (Which::All, "", "😀", "", Ok("😀")),
        (Which::First, "", "😀", "", Ok("😀")),
        (Which::All, "(?=b)", "abab", ".", Ok("a.ba.b")),
        (Which::First, "(?=b)", "abab", ".", Ok("a.bab")),
        (Which::All, "[^a-z0-9]+", "Hello, World!", "_", Ok("_ello_orld_")),
        (Which::First, "[^a-z0-9]+", "Hello, World!", "_", Ok("_ello, World!")),
        (Which::All, "(.)(.)(.)(.)(.)(.)(.)(.)(.)(.)(.)", "abcdefghijklm", "$11-$12", Ok("k-a2lm")),
        (Which::First, "(.)(.)(.)(.)(.)(.)(.)(.)(.)(.)(.)", "abcdefghijklm", "$11-$12", Ok("k-a2lm")),
        (Which::All, "$", "a\n", "!", Ok("a!\n!")),
        (Which::First, "$", "a\n", "!", Ok("a!\n")),
        (Which::All, "(?m)^", "a\nb", "> ", Ok("> a\n> b")),
        (Which::First, "(?m)^", "a\nb", "> ", Ok("> a\nb")),
        (Which::All, "a", "a", "\\😀$0", Ok("😀a")),
        (Which::First, "a", "a", "\\😀$0", Ok("😀a")),
        (Which::All, "\\s+", " a  b ", "", Ok("ab")),
        (Which::First, "\\s+", " a  b ", "", Ok("a  b ")),
        (Which::All, "(a)|b", "ab", "[$1]", Ok("[a][]")),
        (Which::First, "(a)|b", "ab", "[$1]", Ok("[a]b")),
        (Which::All, "a", "xaxa", "$0\\$1", Ok("xa$1xa$1")),
        (Which::First, "a", "xaxa", "$0\\$1", Ok("xa$1xa")),
];

#[test]
fn replaces_as_java_does() {
    for &(which, pattern, text, replacement, expected) in REPLACEMENTS {
        let regexp = Regexp::compile(pattern, Flags::NONE).unwrap();
        let mut out = String::new();
        let mut steps = Steps::default();
        let result = regexp.replace(text, replacement, which, 1000, &mut steps, &mut out);
        let actual = match result {
            Ok(()) => Ok(out),
            Err(ReplaceError::IllegalArgument(text)) => Err(format!("IllegalArgument: {text}")),
            Err(ReplaceError::IndexOutOfBounds(text)) => Err(format!("IndexOutOfBounds: {text}")),
            Err(other) => Err(other.to_string()),
        };
        let actual = actual.as_deref().map_err(String::as_str);
        assert_eq!(actual, expected, "{which:?} {pattern:?} in {text:?} by {replacement:?}");
    }
}

/// Pattern, text and parts; observed in JDK 17, halves of characters as `?`.
#[rustfmt::skip]
const SPLITS: &[(&str, &str, &[&str])] = &[
        (",", "a,b,,c,,", &["a", "b", "", "c"]),
        (",", "", &[""]),
        (",", ",", &[]),
        ("", "abc", &["a", "b", "c"]),
        ("", "😀a", &["?", "?", "a"]),
        ("\\s*,\\s*", " a , b,c ", &[" a", "b", "c "]),
        ("(?=b)", "abab", &["a", "ba", "b"]),
        ("b", "abab", &["a", "a"]),
        ("x", "abc", &["abc"]),
        ("^", "abc", &["abc"]),
        ("a", "aaa", &[]),
        ("[,;]", ",a;b", &["", "a", "b"]),
        ("\\b", "ab cd", &["ab", " ", "cd"]),
        ("(?<=,)", "a,b,", &["a,", "b,"]),
];

#[test]
fn splits_as_java_does() {
    for &(pattern, text, expected) in SPLITS {
        let regexp = Regexp::compile(pattern, Flags::NONE).unwrap();
        assert_eq!(
            regexp.split(text, &mut Steps::default()).unwrap(),
            expected,
            "{pattern:?} of {text:?}"
        );
    }
}

#[test]
fn endless_matches_end_at_the_limit() {
    let text = "a".repeat(5000);
    for pattern in ["(?:a*)*(\\1)?b", "(a|a|a)*\\1b", "a*a*a*a*b", "(?:(?:a|aa)+c?)+b"] {
        let regexp = Regexp::compile(pattern, Flags::NONE).unwrap();
        let mut steps = Steps::default();
        let result = regexp.find_at(&text, 0, &mut steps);
        assert_eq!(result, Err(StepLimit), "{pattern}");
        assert_eq!(u64::MAX - steps.left(), Steps::PER_MATCH, "{pattern}");
    }
}

/// What one instruction may go over counts too.
#[test]
fn long_instructions_are_charged() {
    let many_items: String = (0x100..0x3000).step_by(2).filter_map(char::from_u32).collect();
    let marks = format!("a{}", "\u{301}".repeat(20_000));
    let plain = "a".repeat(100_000);
    let cases = [
        ("(?<=a{50000}b)|b".to_owned(), &plain),
        ("a{60000}b".to_owned(), &plain),
        (format!("(?:[{many_items}]x)*b|[{many_items}]b"), &marks),
        ("(?:\\bx)*\\by".to_owned(), &marks),
        (format!("(?:{}b|c)", "()".repeat(50_000)), &plain),
    ];
    for (pattern, text) in cases {
        let regexp = Regexp::compile(&pattern, Flags::NONE).unwrap();
        assert_eq!(regexp.find_at(text, 0, &mut Steps::default()), Err(StepLimit), "{pattern:.40}");
    }
}

/// As in Java, loops remember where they failed, unless the pattern has back-references.
#[test]
fn loops_remember_where_they_failed() {
    let text = "a".repeat(2000);
    let regexp = Regexp::compile("(a|aa|aaa)+b", Flags::NONE).unwrap();
    assert_eq!(regexp.matches(&text, &mut Steps::default()), Ok(None));
}

#[test]
fn steps_are_charged() {
    let regexp = Regexp::compile("[a-z]+", Flags::NONE).unwrap();
    let mut steps = Steps::new(100, 1000);
    assert!(regexp.find_at("123 abc", 0, &mut steps).unwrap().is_some());
    assert_eq!(steps.left(), 999);
    assert_eq!(regexp.find_at(&"1".repeat(2000), 0, &mut steps), Err(StepLimit));
    assert_eq!(steps.left(), 899);
}

#[test]
fn nesting_and_length_are_bounded() {
    let deep = format!("{}a{}", "(".repeat(2000), ")".repeat(2000));
    let error = Regexp::compile(&deep, Flags::NONE).unwrap_err();
    assert_eq!(error.description, "Stack overflow during pattern compilation");
    assert!(Regexp::compile(&"[".repeat(2000), Flags::NONE).is_err());
    assert!(Regexp::compile(&"a".repeat(300_000), Flags::NONE).is_err());
    assert!(Regexp::compile(&"a|".repeat(100_000), Flags::NONE).is_ok());
}

#[test]
fn results_longer_than_allowed_are_refused() {
    let regexp = Regexp::compile("a", Flags::NONE).unwrap();
    let (mut steps, mut out) = (Steps::default(), String::new());
    let result = regexp.replace("aaaa", "bbbb", Which::All, 10, &mut steps, &mut out);
    assert_eq!(result, Err(ReplaceError::TooLong));
}

/// Pieces of patterns, put together without regard to sense.
fn pattern() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        proptest::sample::select(vec![
            "(",
            ")",
            "(?:",
            "(?=",
            "(?!",
            "(?<=",
            "(?<!",
            "(?>",
            "(?<n>",
            "[",
            "]",
            "[^",
            "&&",
            "|",
            "*",
            "+",
            "?",
            "{",
            "}",
            "{2}",
            "{0,3}",
            "{1,}?",
            "++",
            "^",
            "$",
            ".",
            "\\",
            "\\1",
            "\\k<n>",
            "\\b",
            "\\d",
            "\\S",
            "\\R",
            "\\X",
            "\\p{L}",
            "\\Q",
            "\\E",
            "(?i)",
            "(?x)",
            "(?m)",
            "(?u)",
            "\\b{g}",
            "\\uD83D",
            "\\x{1F600}",
            "#",
            " ",
            "\n",
            "-",
            "a-z",
            "a",
            "b",
            "1",
            "é",
            "😀",
            "\\G",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,2}",
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    #[test]
    fn no_pattern_and_no_text_panics(pattern in pattern(), text in "[ab1é😀\n\\r -]{0,12}|\\PC{0,8}", flags in 0_u8..128) {
        match Regexp::compile(&pattern, Flags(flags)) {
            Err(error) => prop_assert!(!error.to_string().is_empty()),
            Ok(regexp) => {
                let mut steps = Steps::new(20_000, 200_000);
                let _ = regexp.matches(&text, &mut steps);
                let _ = regexp.split(&text, &mut steps);
                let mut out = String::new();
                if regexp.replace(&text, "$0", Which::All, 10_000, &mut steps, &mut out).is_ok() {
                    prop_assert_eq!(out, text);
                }
            }
        }
    }
}
