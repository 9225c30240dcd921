//! What holds for all texts and sequences.

use std::sync::LazyLock;

use ftl_eval::{Engine, ErrorKind, Limits};
use proptest::prelude::*;
use serde_json::{Value, json};

fn render(template: &str, data: &Value) -> Result<String, ftl_eval::Error> {
    static ENGINE: LazyLock<Engine> = LazyLock::new(engine);
    ENGINE.compile("properties.ftl", template)?.render(data)
}

fn engine() -> Engine {
    let mut limits = Limits::default();
    limits.text_bytes = 100_000;
    limits.sequence_items = 10_000;
    limits.regexp_steps = 10_000;
    limits.steps = 1_000_000;
    let builder = Engine::builder().limits(limits);
    let builder = builder.setting("number_format", "c").setting("boolean_format", "c");
    builder.setting("output_encoding", "UTF-8").build().expect("the settings are valid")
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[ab .\\n]{0,12}",
        "[aAİß😀é \\t]{0,8}",
        any::<String>(),
        Just("a b".repeat(500)),
        "[(\\[{*+?|a$\\\\]{0,5}",
    ]
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => text().prop_map(Value::from),
        3 => prop_oneof![any::<i64>(), -3i64..30].prop_map(Value::from),
        1 => any::<f64>().prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
        1 => prop::collection::vec(text(), 0..4).prop_map(Value::from),
        1 => text().prop_map(|text| json!({"k": text})),
    ]
}

const BUILT_INS: &[&str] = &[
    "cap_first",
    "capitalize",
    "c_lower_case",
    "c_upper_case",
    "chop_linebreak",
    "contains",
    "ends_with",
    "ensure_ends_with",
    "ensure_starts_with",
    "eval_json",
    "html",
    "index_of",
    "j_string",
    "js_string",
    "json_string",
    "keep_after",
    "keep_after_last",
    "keep_before",
    "keep_before_last",
    "last_index_of",
    "left_pad",
    "length",
    "lower_case",
    "matches",
    "remove_beginning",
    "remove_ending",
    "replace",
    "right_pad",
    "rtf",
    "split",
    "starts_with",
    "substring",
    "trim",
    "truncate",
    "truncate_c",
    "truncate_c_m",
    "truncate_m",
    "truncate_w",
    "truncate_w_m",
    "uncap_first",
    "upper_case",
    "url",
    "url_path",
    "word_list",
    "xhtml",
    "xml",
    "blank_to_null",
    "empty_to_null",
    "trim_to_null",
    "dedent",
    "indent",
    "lines",
    "wrap",
    "chunk",
    "first",
    "join",
    "last",
    "max",
    "min",
    "reverse",
    "seq_contains",
    "seq_index_of",
    "seq_last_index_of",
    "sequence",
    "sort",
    "sort_by",
    "size",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Whatever it is applied to, a built-in gives a value or an error.
    #[test]
    fn built_ins_do_not_panic(
        name in prop::sample::select(BUILT_INS),
        left in prop_oneof![value(), prop::collection::vec(value(), 0..4).prop_map(Value::from)],
        args in prop::collection::vec(value(), 0..4),
        flags in "[irmscf]{0,2}",
    ) {
        let mut call = Vec::new();
        let mut data = json!({"left": left, "flags": flags});
        for (at, arg) in args.into_iter().enumerate() {
            call.push(format!("a{at}"));
            data[format!("a{at}")] = arg;
        }
        let list = call.join(", ");
        let flagged = if list.is_empty() { "flags".to_owned() } else { format!("{list}, flags") };
        for call in [String::new(), format!("({list})"), format!("({flagged})")] {
            let template = format!("<#assign r = (left?{name}{call})!>${{r?is_string?c}}<#list r as x>${{x}}</#list>");
            if let Err(error) = render(&template, &data) {
                prop_assert_ne!(error.kind(), ErrorKind::Parse);
            }
        }
    }

    #[test]
    fn parts_are_joined_to_what_was_split(text in text(), separator in "[ab, ]{1,2}") {
        let data = json!({"text": text, "separator": separator});
        let joined = render("${text?split(separator)?join(separator)}", &data);
        prop_assert_eq!(joined.ok(), Some(text));
    }

    #[test]
    fn literals_are_replaced_as_everywhere(text in text(), old in "[abA. ]{1,2}", new in "[x$\\\\]{0,3}") {
        let data = json!({"text": text, "old": old, "new": new});
        let quoted = "${text?replace('\\\\Q' + old + '\\\\E', new?replace('\\\\', '\\\\\\\\')?replace('$', '\\\\$'), 'r')}";
        for template in ["${text?replace(old, new)}", quoted] {
            prop_assert_eq!(render(template, &data).ok(), Some(text.replace(&old, &new)));
        }
    }

    #[test]
    fn padded_text_has_the_length(text in "[a-c😀]{0,9}", filling in "[a-cé]{1,3}", width in 0usize..30) {
        let data = json!({"text": text, "filling": filling, "width": width});
        let template = "${text?left_pad(width, filling)?length} ${text?right_pad(width, filling)?length}";
        let length = text.encode_utf16().count().max(width);
        prop_assert_eq!(render(template, &data).ok(), Some(format!("{length} {length}")));
    }

    #[test]
    fn truncated_text_is_short_enough(text in "[a-c. ]{0,40}", max in 5usize..30, variant in "(_c|_w)?") {
        let data = json!({"text": text, "max": max});
        let truncated = render(&format!("${{text?truncate{variant}(max)}}"), &data).expect("strings can be truncated");
        prop_assert!(truncated.len() <= max);
        prop_assert_eq!(truncated == text, text.len() <= max);
    }

    #[test]
    fn text_around_a_separator_makes_up_the_whole(text in "[ab-]{0,12}") {
        let template = "<#if text?contains('-')>${text?keep_before('-')}-${text?keep_after('-')} \
                        ${text?keep_before_last('-')}-${text?keep_after_last('-')}<#else>${text} ${text}</#if>";
        let whole = render(template, &json!({"text": text}));
        prop_assert_eq!(whole.ok(), Some(format!("{text} {text}")));
    }

    #[test]
    fn sorted_items_are_in_order(items in prop::collection::vec(-50i64..50, 0..60)) {
        let mut expected = items.clone();
        expected.sort_unstable();
        let expected: Vec<String> = expected.iter().map(ToString::to_string).collect();
        let doubles: Vec<f64> = items.iter().map(|item| *item as f64 + 0.5).collect();
        let data = json!({"items": items, "doubles": doubles});
        prop_assert_eq!(render("${items?sort?join(' ')}", &data).ok(), Some(expected.join(" ")));
        let floors = render("${doubles?sort?map(x -> x?floor)?join(' ')}", &data);
        prop_assert_eq!(floors.ok(), Some(expected.join(" ")));
    }

    #[test]
    fn chunks_and_reverse_lose_nothing(items in prop::collection::vec(0i64..9, 0..30), size in 1usize..9) {
        let data = json!({"items": items, "size": size});
        let template = "${items?chunk(size)?map(c -> c?join(''))?join('')} ${items?reverse?reverse?join('')}";
        let text: String = items.iter().map(ToString::to_string).collect();
        prop_assert_eq!(render(template, &data).ok(), Some(format!("{text} {text}")));
    }
}
