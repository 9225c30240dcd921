//! Built-ins that take regular expressions, row by row.

use crate::table::{Row, check, check_recorded};

#[test]
fn rows_of_real_freemarker() {
    check(&[("number_format", "computer")], DATA, ROWS);
}

#[test]
fn recorded_rows() {
    check_recorded(include_str!("regexps.jsonl"));
}

const DATA: &str = r#"{"s": "Hello World", "n": 1234.5, "b": true, "xs": [3, 1, 2], "h": {"a": 1}, "t": "foo bar\nfoo"}"#;

#[rustfmt::skip] // A row is a line.
const ROWS: &[Row<'_>] = &[
    (r#"${s?replace("[", "b", "r")}"#, Err("1:1 Malformed regular expression: Unclosed character class near index 0")),
    (r#"${s?replace("o", "$3", "r")}"#, Err("1:3 Expression has thrown an unchecked exception; see the cause exception.")),
    (r#"${s?replace("o", "\\\\", "r")}"#, Ok(r#"Hell\ W\rld"#)),
    (r#"${s?replace("o", "$", "r")}"#, Err("Illegal group reference: group index is missing")),
    (r#"${s?split("[", "r")?join(",")}"#, Err("1:1 Malformed regular expression: Unclosed character class near index 0")),
    (r#"${s?split("", "r")?join(",")}"#, Ok("H,e,l,l,o, ,W,o,r,l,d")),
    (r#"${s?keep_before("[", "r")}"#, Err("1:1 Malformed regular expression: Unclosed character class near index 0")),
    (r#"${s?ensure_starts_with("h","b")}"#, Ok("bHello World")),
    (r#"${s?matches("[")?size}"#, Err("1:1 Malformed regular expression: Unclosed character class near index 0")),
    (r#"${s?matches("l+")?size}"#, Ok("2")),
    (r#"${s?matches("l+")?c}"#, Ok("false")),
    (r#"${s?matches("l+")}"#, Err(r#"1:1 Can't convert boolean to string automatically, because the "boolean_format" setting was "true,false", which is the legacy deprecated default, and we treat it as if no format was set. This is the default configuration; you should provide the format explicitly for each place where you print a boolean."#)),
    ("${s?matches(1)?c}", Ok("false")),
    ("${s?matches(nope)?c}", Err("1:13 The following has evaluated to null or missing")),
    ("${s?groups}", Err(r#"1:3 For "?groups" left-hand operand: Expected a regular expression matcher, but this has evaluated to a string"#)),
    (r#"${s?matches("(h)(.*)","i")?groups?join("|")}"#, Ok("Hello World|H|ello World")),
    (r#"${s?matches("x(h)(.*)","i")?groups?join("|")}"#, Err("1:1 Failed to read regular expression match group")),
    (r#"${s?matches("x(h)(.*)","i")?groups?size}"#, Ok("3")),
    (r#"${s?matches("(l)(x)?")[0]?groups?join("|")}"#, Ok("l|l")),
    (r#"<#list s?matches("(l)(x)?") as m>${m?groups[1]}-${m?groups[2]}-${m?groups?size} </#list>"#, Err("1:51 The following has evaluated to null or missing")),
    (r#"${s?matches("(l)(x)?")[5]}"#, Err("1:3 The following has evaluated to null or missing")),
    (r#"${s?matches("(l)(x)?")[0]}"#, Ok("l")),
    (r#"${"abc"?keep_after_last("x*", "r")}"#, Err("1:3 Expression has thrown an unchecked exception; see the cause exception.")),
    (r#"${"abc"?keep_before_last("x*", "r")}"#, Err("1:3 Expression has thrown an unchecked exception; see the cause exception.")),
    (r#"${"abc"?keep_after_last("", "r")}-${"abc"?keep_before_last("", "r")}-${"abc"?keep_after("", "r")}-${"abc"?keep_before("", "r")}"#, Ok("-abc-abc-")),
    (r#"${"aaaa"?keep_after_last("aa","r")}-${"aaaa"?keep_before_last("aa","r")}-"#, Ok("-aa-")),
    (r#"${"abc"?ensure_ends_with("c")} ${"abc"?ensure_ends_with("d")} ${"abc"?ensure_starts_with("a")} ${"abc"?ensure_starts_with("d")} ${"abc"?ensure_starts_with("[ax]", "x")} ${"abc"?ensure_starts_with("[x]", "$1")} ${"abc"?ensure_starts_with("B", "x", "i")} ${"abc"?ensure_starts_with("A", "x", "ir")}"#, Ok("abc abcd abc dabc abc $1abc xabc abc")),
    (r#"${"abc"?ensure_starts_with("[", "b")}"#, Err("1:1 Malformed regular expression: Unclosed character class near index 0")),
    (r#"<#assign m = t?matches("(f)(o+)|(b)a")>${m?size} ${m?c} ${m[0]} ${m[1]?groups?size} ${m?first?groups[2]} ${m?last} ${m?join("|")} ${m[0..1]?join("+")}"#, Ok("3 false foo 4 oo foo foo|ba|foo foo+ba")),
    (r#"<#list "a1b22"?matches("([a-z])(\\d+)") as m>${m}=${m?groups[1]}/${m?groups[2]}<#sep>, </#list>"#, Ok("a1=a/1, b22=b/22")),
    (r#"<#assign m = "2024-05-06"?matches("(\\d+)-(\\d+)-(\\d+)(x)?")>${m?groups[0]} ${m?groups[1]} ${m?groups?size} [${m?groups[4]}]"#, Ok("2024-05-06 2024 5 []")),
    (r#"<#if "abc"?matches("[a-c]+")>yes<#else>no</#if> <#if "abcd"?matches("[a-c]+")>yes<#else>no</#if>"#, Ok("yes no")),
    (r#"${"a1b2"?replace("\\d", "<$0>", "r")} ${"a1b2"?replace("([a-z])(\\d)", "$2$1", "r")} ${"aAa"?replace("a", "x", "ri")} ${"aaa"?replace("a", "x", "rf")} ${"a.b"?replace(".", "x", "r")} ${"ab"?replace("x*", "-", "r")}"#, Ok("a<1>b<2> 1a2b xxx xaa xxx -a-b-")),
    (r#"${"a1b22c"?split("\\d+", "r")?join("|")} ${"1a1"?split("1", "r")?join("|")} ${"abc"?split("", "r")?join("|")} ${"a, b ,c"?split("\\s*,\\s*", "r")?join("|")}"#, Ok("a|b|c |a a|b|c a|b|c")),
    ("${\"a\nb\nc\"?replace(\"^\", \"> \", \"rm\")} ${\"a\nb\"?replace(\".\", \"x\", \"rs\")} ${\"a b\"?replace(\"a b\", \"x\", \"rc\")} ${\"a b\"?replace(\"a \\\\  b # c\", \"x\", \"rc\")}", Ok("> a\n> b\n> c xxx a b x")),
    (r#"${"a1b2c"?keep_before("\\d", "r")} ${"a1b2c"?keep_after("\\d", "r")} ${"a1b2c"?keep_before_last("\\d", "r")} ${"a1b2c"?keep_after_last("\\d", "r")} ${"aXb"?keep_after("x", "ri")}"#, Ok("a b2c a1b c b")),
    (r#"${"abc"?replace("(b", "x", "r")}"#, Err("1:1 Malformed regular expression: Unclosed group near index 2")),
    (r#"${"abc"?replace("b", "$1", "r")}"#, Err("1:3 Expression has thrown an unchecked exception; see the cause exception.")),
    (r#"${"abc"?replace("b", "\\", "r")}"#, Err("character to be escaped is missing")),
    (r#"${"abc"?replace("b", "${x}", "r")}"#, Err("1:25 The following has evaluated to null or missing")),
    (r#"${"abc"?replace("b", r"${x}", "r")}"#, Err("No group with name {x}")),
    (r#"${"abc"?matches("b")?groups[0]}"#, Err("1:1 Failed to read regular expression match group")),
    (r#"${("abc"?matches("b")?groups)!"none"}"#, Err(r#"1:3 For "${...}" content: Expected a string or something automatically convertible to string (number, date or boolean), or "template output" , but this has evaluated to a sequence"#)),
    (r#"${"abc"?matches("b")?groups?size}"#, Ok("1")),
    (r#"${"abc"?matches("(b")}"#, Err("1:1 Malformed regular expression: Unclosed group near index 2")),
    (r#"${s?matches("l")?sort?join("")} ${s?matches("[lo]")?reverse?join("")} ${s?matches("[lo]")?seq_contains("o")?c} ${(s?matches("l") + ["x"])?join("")} ${s?matches("l")?chunk(2)?size}"#, Ok("lll looll true lllx 2")),
    (r#"${s?matches("l")?has_content?c} ${s?matches("x")?has_content?c} ${s?matches("l")?is_sequence?c} ${s?matches("l")?is_boolean?c} ${s?matches("l")?is_string?c} ${s?matches("l")[0]?is_string?c}"#, Ok("true false true true false true")),
    (r#"${s?matches("l")?string("y", "n")} ${s?matches(".*")?then("y", "n")} ${s?matches("l")?filter(x -> true)?size} ${s?matches("(l)")?map(x -> x?groups[1])?join("")}"#, Ok("n y 3 lll")),
    (r#"${s?matches("l")[0]?upper_case} ${s?matches("l")[0] + "x"} ${s?matches("l")[0] == "l"} "#, Err(r#"1:60 Can't convert boolean to string automatically, because the "boolean_format" setting was "true,false", which is the legacy deprecated default, and we treat it as if no format was set. This is the default configuration; you should provide the format explicitly for each place where you print a boolean."#)),
    (r#"${(s?matches("l")[0] == "l")?c}"#, Ok("true")),
    (r#"<#assign f = s?matches>${f("l")?size} ${f("L", "i")?size}"#, Ok("3 3")),
    (r#"<#assign f = s?replace>${f("l", "x")} ${f("L", "y", "i")}"#, Ok("Hexxo Worxd Heyyo Woryd")),
    (r#"<#assign m = s?matches("[a-z]+")><#list m as x>${x}<#sep>-</#list> <#list m as x>${x}<#sep>-</#list> ${m?size} ${m[1]}"#, Ok("ello-orld ello-orld 2 orld")),
];

#[test]
fn a_bad_constant_pattern_is_a_warning() {
    let engine = ftl_eval::Engine::default();
    let table = [
        (r#"<#if false>${s?matches("(")}</#if>"#, Some("1:24")),
        (r#"<#if false>${s?matches("(", "i")}</#if>"#, Some("1:24")),
        (r#"<#if false>${s?matches("(", f)}</#if>"#, None),
        (r#"<#if false>${s?replace("[", "", "ri")}</#if>"#, Some("1:24")),
        (r#"<#if false>${s?keepAfter("*", "r")}</#if>"#, Some("1:26")),
        (r#"<#if false>${s?split("+", "r")}</#if>"#, Some("1:22")),
        (r#"<#if false>${s?ensure_starts_with("+", "")}</#if>"#, Some("1:35")),
        (r#"<#if false>${s?ensure_starts_with("+", "", "i")}</#if>"#, None),
        (r#"<#if false>${s?replace("[", "", "i")}</#if>"#, None),
        (r#"<#if false>${s?replace("[", "")}</#if>"#, None),
        (r#"<#if false>${s?matches("a")}${s?matches(p)}</#if>"#, None),
    ];
    for (template, place) in table {
        let compiled = engine.compile("warnings.ftl", template).expect("warnings are no faults");
        let found = compiled.warnings().first().map(|warning| {
            let at = warning.position().expect("a warning has a place");
            format!("{}:{}", at.line, at.column)
        });
        assert_eq!(found.as_deref(), place, "{template}");
        assert_eq!(compiled.render(&serde_json::json!({})).ok().as_deref(), Some(""));
    }
}
