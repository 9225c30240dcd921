//! Hostile templates: limits are faults, long is not deep, and a small stack is enough.

use ftl_parser::ast::ExprKind;
use ftl_parser::{ParseErrorKind, ParseOptions, Source, parse, parse_expression};

/// Parses on a thread with a stack of 2 MiB, as servers use them.
fn kinds(template: String, options: ParseOptions) -> Vec<ParseErrorKind> {
    let run = move || {
        let parsed = parse(&Source::nameless(template), &options);
        parsed.errors.iter().map(|error| error.kind).collect()
    };
    std::thread::Builder::new()
        .stack_size(2 << 20)
        .spawn(run)
        .expect("a thread")
        .join()
        .expect("no panic")
}

#[test]
fn chains_are_not_deep() {
    for (before, link, after) in [
        ("${a", " + a", "}"),
        ("${a", " - a", "}"),
        ("${a", "!a", "}"),
        ("${a", "!", "}"),
        ("${a", "??", "}"),
        ("${a", ".a", "}"),
        ("${a", "[0]", "}"),
        ("${a", "(1)", "}"),
        ("${a", "?trim", "}"),
        ("${a", " || a", "}"),
        ("${a", " && a", "}"),
        ("${(!", "!", "a)?c}"),
        ("${[1", ", 1", "]?size}"),
        ("<#assign a=1", " a=1", ">"),
        ("<#if a>", "<#elseif a>", "</#if>"),
        ("<@m", " a=1", "/>"),
        ("", "${x}", ""),
        ("", "<#t>", "\n"),
    ] {
        let template = format!("{before}{}{after}", link.repeat(10_000));
        assert_eq!(kinds(template, ParseOptions::default()), [], "{before}{link}");
    }
}

#[test]
fn depth_is_limited() {
    for (before, link, inner, after) in [
        ("${", "(", "a", ")"),
        ("${", "[", "a", "]"),
        ("${", "a[", "a", "]"),
        ("${", "a(", "a", ")"),
        ("${", "{'a': ", "a", "}"),
        ("${", "a!-", "a", ""),
        ("${", "a!(1, ", "a", ")"),
        ("${", "a?map(x -> ", "a", ")"),
    ] {
        for (times, limited) in [(100, false), (300, true), (3_000, true)] {
            let template =
                format!("{before}{}{inner}{}}}", link.repeat(times), after.repeat(times));
            let found = kinds(template, ParseOptions::default());
            assert_eq!(
                found.first() == Some(&ParseErrorKind::Limit),
                limited,
                "{link} x {times}: {found:?}"
            );
        }
    }
    for link in ["<#if a>", "<@m>", "<#list a as b>", "<#compress>", "<#assign a>"] {
        assert_eq!(
            kinds(link.repeat(5_000), ParseOptions::default())[0],
            ParseErrorKind::Limit,
            "{link}"
        );
    }
    let deep =
        ParseOptions { max_expression_depth: 3, max_directive_depth: 2, ..ParseOptions::default() };
    assert_eq!(kinds("${((a))}<#if a><#if a></#if></#if>".to_owned(), deep.clone()), []);
    assert_eq!(kinds("${(((a)))}".to_owned(), deep.clone()), [ParseErrorKind::Limit]);
    assert_eq!(kinds("<#if a>".repeat(3) + &"</#if>".repeat(3), deep)[0], ParseErrorKind::Limit);
}

#[test]
fn nested_literals_count_as_depth() {
    // Each level doubles the backslashes of the next, so that few levels make a long template.
    let mut inner = "a".to_owned();
    for _ in 0..6 {
        inner = format!("\"xx${{{}}}\"", inner.replace('\\', "\\\\").replace('"', "\\\""));
    }
    let template = format!("${{{inner}}}");
    assert_eq!(kinds(template.clone(), ParseOptions::default()), []);
    let options = ParseOptions { max_expression_depth: 4, ..ParseOptions::default() };
    assert_eq!(kinds(template, options)[0], ParseErrorKind::Limit);
}

#[test]
fn size_is_limited() {
    let options = ParseOptions { max_source_bytes: 10, ..ParseOptions::default() };
    assert_eq!(kinds("0123456789".to_owned(), options.clone()), []);
    assert_eq!(kinds("0123456789a".to_owned(), options.clone()), [ParseErrorKind::Limit]);
    let (expr, errors) = parse_expression(&Source::expression("a + b + c + d"), &options);
    assert_eq!((expr.kind, errors[0].kind), (ExprKind::Error, ParseErrorKind::Limit));
}

#[test]
fn faults_are_limited() {
    let found = kinds("${a b}".repeat(5_000), ParseOptions::default());
    assert_eq!(found.len(), ftl_parser::MAX_ERRORS);
}
