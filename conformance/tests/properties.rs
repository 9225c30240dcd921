//! Properties that hold for any template and any data.

use ftl_eval::{Data, Engine};
use ftl_parser::{ParseOptions, Source, parse};
use proptest::prelude::*;
use serde_json::{Value, json};

/// Text that is made of what templates are made of, broken anywhere.
fn template_like() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "<#if ",
        "</#if>",
        "<#else>",
        "<#elseif x>",
        "<#list ",
        " as x>",
        "</#list>",
        "<#sep>",
        "<#items as y>",
        "<#assign x=",
        "<#macro m a b=1 c...>",
        "</#macro>",
        "<#function f>",
        "<#return 1>",
        "<@m ",
        "/>",
        "</@m>",
        "<#switch x>",
        "<#case 1>",
        "<#default>",
        "<#on 1, 2>",
        "<#break>",
        "<#attempt>",
        "<#recover>",
        "</#attempt>",
        "<#ftl ",
        "<#-- ",
        " -->",
        "<#noparse>",
        "</#noparse>",
        "<#t>",
        "<#compress>",
        "${",
        "}",
        "#{",
        "[=",
        "]",
        "x",
        "x.y",
        "x[0]",
        "\"a${b}c\"",
        "'q'",
        "r\"raw\"",
        "1",
        "1.5",
        "0xFF",
        "1..3",
        "a!b",
        "a??",
        "(",
        ")",
        "{",
        "[",
        "?upper_case",
        "?map(x -> x)",
        "?then(1, 2)",
        "!",
        "==",
        " gt ",
        "&&",
        "||",
        "+",
        "-",
        "*",
        "/",
        "%",
        ",",
        ";",
        ":",
        ">",
        "<",
        "\n",
        " ",
        "\t",
        "\\",
        "\"",
        "'",
        "é",
        "😀",
        "\u{0}",
        "text",
    ]);
    prop::collection::vec(pieces, 0..40).prop_map(|pieces| pieces.concat())
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        (-1e15..1e15f64).prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{1,6}", inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// A template that shows all of a value, whatever it is.
const DUMP: &str = r#"<#macro dump v><#if v?is_hash>{<#list v as k, w>${k?json_string}=<#if w??><@dump w/><#else>null</#if>;</#list>}<#elseif v?is_sequence>[<#list v as w><#if w??><@dump w!/><#else>null</#if>;</#list>]<#elseif v?is_boolean>${v?c}<#else>${v?c}|${v}</#if></#macro><@dump input/>"#;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn parsing_and_rendering_never_panic(text in prop_oneof![template_like(), ".{0,60}"]) {
        let source = Source::new("t", &*text);
        let parsed = parse(&source, &ParseOptions::default());
        for error in &parsed.errors {
            prop_assert!(error.span.start <= error.span.end && error.span.end as usize <= text.len(), "{error:?}");
            prop_assert!(text.is_char_boundary(error.span.start as usize), "{error:?}");
        }
        let engine = Engine::default();
        match engine.compile("t", &*text) {
            Ok(template) => {
                prop_assert!(parsed.errors.is_empty());
                if let Err(error) = template.render(&json!({"x": {"y": [1, 2]}, "b": "é"})) {
                    let _ = (error.to_string(), format!("{error:#}"), error.position());
                }
            }
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }

    #[test]
    fn text_without_markup_comes_out_as_it_is(text in "[^<$#\\[]{0,200}") {
        let template = Engine::default().compile("t", &*text).expect("text is a template");
        prop_assert_eq!(template.render(&json!({})).expect("text renders"), text);
    }

    #[test]
    fn output_is_its_pieces_one_after_the_other(pieces in prop::collection::vec(("[a-z \n]{0,8}", any::<i64>(), ".{0,6}"), 0..12)) {
        let mut source = String::from("<#setting number_format='c'>");
        let mut expected = String::new();
        let (mut numbers, mut texts) = (Vec::new(), Vec::new());
        for (at, (text, number, value)) in pieces.iter().enumerate() {
            // A letter on both sides keeps white-space stripping out of it.
            source.push_str(&format!("x{text}x${{n[{at}]}}${{t[{at}]}}"));
            expected.push_str(&format!("x{text}x{number}{value}"));
            numbers.push(Value::from(*number));
            texts.push(Value::from(value.as_str()));
        }
        let template = Engine::default().compile("t", source).expect("a valid template");
        prop_assert_eq!(template.render(&json!({"n": numbers, "t": texts})).expect("it renders"), expected);
    }

    #[test]
    fn every_way_of_passing_data_gives_the_same_bytes(value in json_value()) {
        let text = serde_json::to_string(&value).expect("JSON can be written");
        let template = Engine::amplitude().compile("t", DUMP).expect("a valid template");
        // What a missing record does is the same too.
        let from_value = template.render(&value).map_err(|error| error.to_string());
        let data = Data::parse(text.as_bytes()).expect("JSON can be read");
        prop_assert_eq!(&template.render(&data).map_err(|error| error.to_string()), &from_value);
        let mut out = String::new();
        let result = template.render_json(text.as_bytes(), &mut out);
        prop_assert_eq!(&result.map(|()| out).map_err(|error| error.to_string()), &from_value);
        let owned = Data::from_serialize(&value).expect("serde_json can be read");
        prop_assert_eq!(&template.render(&owned).map_err(|error| error.to_string()), &from_value);
        let pretty = serde_json::to_vec_pretty(&value).expect("JSON can be written");
        let data = Data::parse(&pretty).expect("JSON can be read");
        prop_assert_eq!(&template.render(&data).map_err(|error| error.to_string()), &from_value);
    }

    #[test]
    fn escaped_text_reads_back(text in ".{0,40}") {
        let template = Engine::amplitude()
            .compile("t", r#"{"a": "${input.t?json_string}", "b": ${input.t?c}}"#)
            .expect("a valid template");
        let body = template.render(&json!({"t": text})).expect("it renders");
        let back: Value = serde_json::from_str(&body).expect("escaped text is JSON");
        prop_assert_eq!(back["a"].as_str(), Some(&*text));
        prop_assert_eq!(back["b"].as_str(), Some(&*text));
    }

    #[test]
    fn whole_numbers_print_as_rust_prints_them(a in any::<i32>(), b in any::<i32>()) {
        let template = Engine::amplitude()
            .compile("t", "${input.a + input.b} ${input.a - input.b} ${input.a * input.b}")
            .expect("a valid template");
        let (x, y) = (i64::from(a), i64::from(b));
        let expected = format!("{} {} {}", x + y, x - y, x * y);
        prop_assert_eq!(template.render(&json!({"a": a, "b": b})).expect("it renders"), expected);
    }

    #[test]
    fn dates_print_as_chrono_prints_them(millis in -2_000_000_000_000i64..4_000_000_000_000) {
        // From 1906 to 2096: after the change of calendars, within chrono's range.
        let template = Engine::amplitude()
            .compile("t", "${input.ms?number_to_datetime?string(\"yyyy-MM-dd'T'HH:mm:ss.SSS EEEE D\")}")
            .expect("a valid template");
        let time = chrono::DateTime::from_timestamp_millis(millis).expect("within range");
        let expected = time.format("%Y-%m-%dT%H:%M:%S%.3f %A %-j").to_string();
        prop_assert_eq!(template.render(&json!({"ms": millis})).expect("it renders"), expected);
    }
}
