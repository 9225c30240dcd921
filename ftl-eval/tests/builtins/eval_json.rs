//! `?eval_json`: texts made by chance, held against real FreeMarker 2.3.35; serde_json; limits.

use std::sync::LazyLock;

use ftl_eval::{Engine, ErrorKind, Limits, Template};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Writes a value with its types: of a number a seventh too, whose digits tell of its scale.
const DUMP: &str = r#"<#macro dump v><#if v?is_string>"${v}"<#elseif v?is_boolean>${v?c}<#elseif v?is_number>${v?c}/${(v / 7)?c}<#elseif v?is_sequence>[<#list v as x><#if x??><@dump x/><#else>null</#if>;</#list>]<#else>{${v?size};<#list v as k, x>${k}=<#if x??><@dump x/><#else>null</#if>;</#list>}</#if></#macro><#t>
"#;

fn template(rest: &str) -> Template {
    Engine::default().compile("main.ftl", format!("{DUMP}{rest}")).expect("the template is valid")
}

/// Lines of JSON: a text, and what [`DUMP`] makes of its value or the message in which it fails.
#[test]
fn recorded_texts() {
    let template = template(
        r#"<#attempt><#if s?eval_json??><@dump s?eval_json/><#else>null</#if><#recover>${.error?keep_after("---begin-message---\n")?keep_before("\n---end-message---")}</#attempt><#t>"#,
    );
    let mut wrong = Vec::new();
    for line in include_str!("eval_json.jsonl").lines() {
        let (text, expected): (String, String) =
            serde_json::from_str(line).expect("a recorded row is a line of JSON");
        let actual = template.render(&json!({"s": text})).unwrap_or_else(|error| error.to_string());
        if actual != expected {
            wrong.push(format!("{text:?}\n  expected {expected:?}\n  actual   {actual:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn depth_and_size_are_limited() {
    let mut limits = Limits::default();
    limits.json_depth = 20;
    limits.sequence_items = 100;
    limits.steps = 100_000;
    let engine = Engine::builder().limits(limits).build().expect("the engine has no bad setting");
    let nested = |open: &str, close: &str, depth| open.repeat(depth) + "1" + &close.repeat(depth);
    let table = [
        (nested("[", "]", 20), None),
        (nested("[", "]", 21), Some("json_depth")),
        (nested("{\"a\":", "}", 20), None),
        (nested("{\"a\":", "}", 21), Some("json_depth")),
        ("[".repeat(21), Some("json_depth")),
        (nested("{", "}", 21), Some("json_depth")),
        (format!("[{}1]", "1,".repeat(90)), None),
        (format!("[{}1]", "1,".repeat(100)), Some("sequence_items")),
        (format!("[{}1]", "[],".repeat(100)), Some("sequence_items")),
        (format!("[{}1]", "[1],".repeat(50)), Some("sequence_items")),
        ("7".repeat(100_001), Some("digits")),
        (format!("[{}1]", ("7".repeat(90_000) + ",").repeat(20)), Some("steps")),
    ];
    for (text, expected) in table {
        let template =
            engine.compile("main.ftl", "<#attempt><#assign v = s?eval_json><#recover></#attempt>");
        let result = template.expect("the template is valid").render(&json!({"s": text}));
        let limit = result.as_ref().err().and_then(ftl_eval::Error::limit_name);
        assert_eq!(limit, expected, "{result:?} for {}", &text[..text.len().min(60)]);
    }
}

/// JSON whose numbers are the same as doubles and as decimals.
fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-4000i32..4000).prop_map(|quarters| Value::from(f64::from(quarters) / 4.0)),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            prop::collection::vec(("[a-cé\"\\\\😀]{0,3}", inner), 0..6)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn valid_texts_are_read_as_serde_json_reads_them(value in value(), is_pretty: bool) {
        static BOTH: LazyLock<Template> = LazyLock::new(|| {
            template("<#if v??><@dump v/></#if>|<#if s?eval_json??><@dump s?eval_json/></#if>")
        });
        let text = if is_pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) };
        let text = text.expect("values can be written");
        let output = BOTH.render(&json!({"s": text, "v": value})).expect("both can be dumped");
        // Strings may have strokes too, but as many on both sides.
        let middle = output.len() / 2;
        prop_assert_eq!(&output.as_bytes()[..middle], &output.as_bytes()[middle + 1..]);
    }

    #[test]
    fn any_text_gives_a_value_or_an_error(text in prop_oneof![
        any::<String>(),
        "[\\[\\]{},:\"'/*\\\\u0-9a-fE+. \t\r\né😀-]{0,60}",
        "(\"[^\"]{0,4}(\\\\u[0-9a-f😀]{0,5})?\"|[0-9]{1,25}[.e]?|true|[\\[\\]{}:,]|/\\*?|\t|\r?\n){0,30}",
    ]) {
        static ONE: LazyLock<Template> =
            LazyLock::new(|| template("<#if s?eval_json??>${s?eval_json?is_hash?c}</#if>"));
        if let Err(error) = ONE.render(&json!({"s": text})) {
            prop_assert_eq!(error.kind(), ErrorKind::Value);
            prop_assert!(error.message().starts_with("Failed to \"?eval_json\" string"));
        }
    }
}
