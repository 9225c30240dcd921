//! Built-ins whose results can be large stop at a limit before they make them.

use ftl_eval::{Engine, ErrorKind, Limits};

#[test]
fn large_results_reach_a_limit() {
    let mut limits = Limits::default();
    limits.text_bytes = 10_000;
    limits.sequence_items = 1_000;
    limits.steps = 100_000;
    limits.regexp_steps = 50_000;
    let engine = Engine::builder().limits(limits).build().expect("the engine has no bad setting");
    let data = serde_json::json!({
        "s": "a b\n".repeat(1_000),
        "markup": "<".repeat(9_000),
        "xs": vec![1; 900],
    });
    let table = [
        ("?left_pad", "${'a'?left_pad(2000000000)}", "text_bytes"),
        ("?left_pad", "${'a'?left_pad(2000000000, s)}", "text_bytes"),
        ("?right_pad", "${'a'?right_pad(2000000000, '-')}", "text_bytes"),
        ("?replace", "${s?replace('', s)}", "text_bytes"),
        ("?replace", "${s?replace('a', s)}", "text_bytes"),
        ("?replace", "${s?replace('A', s, 'i')}", "text_bytes"),
        ("?join", "${xs?join(s)}", "text_bytes"),
        ("?join", "${['a']?join('', '', markup + markup)}", "text_bytes"),
        ("?ensure_starts_with", "${markup?ensure_starts_with(s)}", "text_bytes"),
        ("?ensure_ends_with", "${markup?ensure_ends_with(s)}", "text_bytes"),
        ("?indent", "${s?indent(s)}", "text_bytes"),
        ("?wrap", "${s?wrap(1, s)}", "text_bytes"),
        ("?html", "${markup?html?length}", "text_bytes"),
        ("?js_string", "${markup?js_string?replace('', '<')}", "text_bytes"),
        ("?url", "${markup?url('UTF-8')?length}", "text_bytes"),
        ("?upper_case", "${('ß' + markup?replace('<', 'ß'))?upper_case}", "text_bytes"),
        ("?truncate", "${markup?truncate(8999, markup, 0)}", "text_bytes"),
        ("?split", "${s?split('')?size}", "sequence_items"),
        ("?split", "${s?split(' ')?size}", "sequence_items"),
        ("?split", "${s?split('B', 'i')?size}", "sequence_items"),
        ("?word_list", "${s?word_list?size}", "sequence_items"),
        ("?lines", "${(s + 'x')?lines?size}", "sequence_items"),
        ("?chunk", "${[1]?chunk(2000000000, 0)?size}", "sequence_items"),
        ("?chunk", "${(1..2000000)?chunk(2)?size}", "sequence_items"),
        ("?reverse", "${(1..2000000)?reverse?size}", "sequence_items"),
        ("?reverse", "${(1..)?reverse?size}", "sequence_items"),
        ("?sort", "${(1..2000000)?sort?size}", "sequence_items"),
        ("?sort_by", "${(1..)?sort_by('x')?size}", "sequence_items"),
        ("?sort_by", "${xs?sort_by(1..)?size}", "sequence_items"),
        ("?sequence", "${(1..)?map(x -> x)?sequence?size}", "sequence_items"),
        ("?last", "${(1..)?filter(x -> true)?last}", "sequence_items"),
        ("?join", "${(1..)?map(x -> '')?join('')}", "steps"),
        ("?seq_contains", "${(1..)?seq_contains(0)?c}", "steps"),
        ("?seq_last_index_of", "${(1..)?seq_last_index_of(5)}", "steps"),
        ("?max", "${(1..)?map(x -> x)?max}", "steps"),
        ("?replace", "${s?replace('', s, 'r')}", "text_bytes"),
        ("?replace", "${s?replace('a', '$0$0$0$0$0$0$0$0', 'r')}", "text_bytes"),
        ("?split", "${s?split('', 'r')?size}", "sequence_items"),
        ("?matches", "${s?matches('[ab]')?size}", "sequence_items"),
        ("?matches", "${markup?matches('(<+)+>')?c}", "regexp_steps"),
        ("?matches", "<#list s?matches('a(?=(?:(?:[ab ]|\\n)*z)?)') as m></#list>", "steps"),
        ("?matches", "<#if markup?matches('(<+)+>')></#if>", "regexp_steps"),
        ("?matches", "${markup?matches('(<+)+>')?then(1, 2)}", "regexp_steps"),
        ("?matches", "${markup?matches('(<+)+>')?string('y', 'n')}", "regexp_steps"),
        ("?matches", "${markup?matches('(<+)+>')?groups[0]}", "regexp_steps"),
        ("?matches", "${markup?matches('(<+)+>')}", "regexp_steps"),
        ("?matches", "${(markup?matches('(<+)+>') == true)?c}", "regexp_steps"),
        ("?matches", "${(true == markup?matches('(<+)+>'))?c}", "regexp_steps"),
        ("?matches", "${(!markup?matches('(<+)+>'))?c}", "regexp_steps"),
        ("?matches", "${(true && markup?matches('(<+)+>'))?c}", "regexp_steps"),
        ("?keep_after", "${markup?keep_after('(<+)+>', 'r')}", "regexp_steps"),
        ("?first", "${(1..)?filter(x -> false)?first!}", "steps"),
    ];
    for (built_in, template, limit) in table {
        // What `#attempt` catches is no limit.
        let template = format!("<#attempt>{template}<#recover>caught</#attempt>");
        let compiled = engine.compile("limits.ftl", template).expect("the table has no fault");
        let error = compiled.render(&data).expect_err(built_in);
        let found = (error.kind(), error.limit_name());
        assert_eq!(found, (ErrorKind::Limit, Some(limit)), "{built_in}: {error:#}");
    }
}
