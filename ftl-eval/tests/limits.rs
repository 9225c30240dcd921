//! Hostile templates end within their limits, with an error that names the limit, also on a small stack.

use ftl_eval::{Engine, ErrorKind, Limits};
use serde_json::json;

/// Runs on a thread with a 2 MiB stack.
fn on_a_small_stack(run: impl FnOnce() + Send + 'static) {
    let thread =
        std::thread::Builder::new().stack_size(2 << 20).spawn(run).expect("a thread starts");
    thread.join().expect("no panic");
}

/// The limit that stops a template.
fn limit_of(source: &str) -> String {
    let mut limits = Limits::default();
    limits.steps = 300_000;
    limits.text_bytes = 1 << 20;
    limits.sequence_items = 50_000;
    let engine = Engine::builder().limits(limits).build().expect("limits are no settings");
    let template = match engine.compile("t", source) {
        Ok(template) => template,
        Err(error) => return format!("compile: {error:#}"),
    };
    match template.render(&json!({"s": "abcdefghij"})) {
        Ok(out) => format!("no error, {} bytes", out.len()),
        Err(error) if error.kind() == ErrorKind::Limit => {
            error.limit_name().unwrap_or("").to_owned()
        }
        Err(error) => error.to_string(),
    }
}

#[test]
fn each_names_its_limit() {
    on_a_small_stack(|| {
        for (source, limit) in [
            ("<#list 1.. as x></#list>", "steps"),
            ("<#list 1..1000000000 as x>${x}</#list>", "steps"),
            ("${(1..)?map(x -> x)?filter(x -> false)?first}", "steps"),
            ("<#macro m><@m/></#macro><@m/>", "call_depth"),
            ("<#function f n><#return f(n + 1)></#function>${f(1)}", "call_depth"),
            ("<#macro m><@'<@m/>'?interpret/></#macro><@m/>", "call_depth"),
            ("<#assign e = 'e?eval'>${e?eval}", "call_depth"),
            ("<#assign s = s><#list 1..100 as x><#assign s = s + s></#list>", "text_bytes"),
            ("${''?left_pad(2000000000)}", "text_bytes"),
            ("${s?right_pad(2000000000, 'xy')}", "text_bytes"),
            ("<#list 1..100000 as x>${s}${s}${s}</#list>", "text_bytes"),
            ("<#assign l = [1]><#list 1..100 as x><#assign l = l + l></#list>", "sequence_items"),
            ("${(1..900000)?reverse?size}", "sequence_items"),
            // `#attempt` does not catch a limit.
            ("<#attempt><#list 1.. as x></#list><#recover>caught</#attempt>", "steps"),
        ] {
            assert_eq!(limit_of(source), limit, "{source}");
        }
    });
}

#[test]
fn chains_are_no_nesting() {
    on_a_small_stack(|| {
        let engine = Engine::default();
        for (source, expected) in [
            (format!("${{({})?c}}", vec!["1"; 10_000].join(" + ")), "10000"),
            (format!("${{{}'x'}}", "nope!".repeat(10_000)), "x"),
            (format!("<#if {}true>y</#if>", "!".repeat(10_000)), "y"),
            (format!("${{'x'{}}}", "?trim".repeat(10_000)), "x"),
            (format!("<#if {}>y</#if>", vec!["true"; 10_000].join(" && ")), "y"),
        ] {
            let template = engine.compile("t", source).expect("a long chain is valid");
            assert_eq!(template.render(&json!({})).expect("a long chain renders"), expected);
        }
    });
}

#[test]
fn deep_nesting_is_refused_or_works() {
    on_a_small_stack(|| {
        let engine = Engine::default();
        for depth in [100, 10_000] {
            let parens = format!("${{{}1{}}}", "(".repeat(depth), ")".repeat(depth));
            let lists = format!("${{{}1{}?size}}", "[".repeat(depth), "]".repeat(depth));
            let ifs = format!("{}x{}", "<#if true>".repeat(depth), "</#if>".repeat(depth));
            for source in [parens, lists, ifs] {
                match engine.compile("t", source) {
                    Ok(template) => assert!(template.render(&json!({})).is_ok()),
                    Err(error) => {
                        assert!(depth > 256, "{error:#}");
                        assert!(error.to_string().contains("256"), "{error:#}");
                    }
                }
            }
        }
        let deep = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
        let template = engine.compile("t", "x").expect("a valid template");
        let error =
            template.render_json(deep.as_bytes(), &mut String::new()).expect_err("too deep");
        assert!(
            error.to_string().contains("1000") || error.to_string().contains("1,000"),
            "{error}"
        );
    });
}

#[test]
fn an_error_leaves_the_buffer_as_it_was() {
    let template = Engine::default().compile("t", "abc${nope}").expect("a valid template");
    let mut out = "before".to_owned();
    assert!(template.render_into(&json!({}), &mut out).is_err());
    assert_eq!(out, "before");
}

#[test]
fn time_is_limited_by_the_clock_that_was_handed_in() {
    let now = std::sync::atomic::AtomicI64::new(0);
    let engine = Engine::builder()
        .clock(move || now.fetch_add(6_000, std::sync::atomic::Ordering::Relaxed))
        .build()
        .expect("no settings");
    let template = engine.compile("t", "<#list 1.. as x></#list>").expect("a valid template");
    let error = template.render(&json!({})).expect_err("it takes too long");
    assert_eq!(error.limit_name(), Some("time"));
}
