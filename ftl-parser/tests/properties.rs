//! What holds for every template, valid or not.

use ftl_parser::ast::*;
use ftl_parser::{
    ParseErrorKind, ParseOptions, Source, Span, Spans, dump, parse, parse_expression,
};
use proptest::prelude::*;

const FRAGMENTS: &[&str] = &[
    "<#if ",
    "</#if>",
    "<#else>",
    "<#elseif ",
    "<#list ",
    " as x",
    "</#list>",
    "<#items as y>",
    "</#items>",
    "<#sep>",
    "</#sep>",
    "<#switch 1>",
    "<#case 1>",
    "<#on 1>",
    "<#default>",
    "</#switch>",
    "<#break>",
    "<#assign x",
    "</#assign>",
    "<#macro m a b=1 c...>",
    "</#macro>",
    "<#function f(a)>",
    "</#function>",
    "<#return ",
    "<#nested>",
    "<@m ",
    "</@m>",
    "<@m/>",
    "</@>",
    "<#attempt>",
    "<#recover>",
    "</#attempt>",
    "<#noparse>",
    "</#noparse>",
    "<#-- c -->",
    "<#--",
    "-->",
    "<#ftl>",
    "<#t>",
    "<#nt>",
    "<#escape x as x?html>",
    "</#escape>",
    "<#outputformat 'HTML'>",
    "</#outputformat>",
    "<#include 'a'",
    "<#import 'a' as b>",
    "<#setting locale='x'>",
    "<#foo>",
    "[#if ",
    "[/#if]",
    "${",
    "#{",
    "[=",
    "}",
    "]",
    ">",
    "/>",
    "x",
    "y.z",
    "?upper_case",
    "?index",
    "?foo",
    "?map(",
    "x -> x",
    "(",
    ")",
    "[",
    "{",
    "'a'",
    "\"b${x}\"",
    "\"\\n${",
    "r'c'",
    "1",
    "2.5",
    "0xF",
    "!",
    "!!",
    "??",
    "..",
    "..<",
    "+",
    "-",
    "*",
    "&&",
    "||",
    "==",
    "gt",
    "<",
    "<=",
    "in",
    "using",
    ".now",
    ".args",
    ";",
    ",",
    ":",
    "=",
    " ",
    "\n",
    "\r\n",
    "\t",
    "é",
    "😀",
    "\\",
    "\"",
    "'",
    "#",
    "$",
];

fn fragments() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(FRAGMENTS), 0..60).prop_map(|parts| parts.concat())
}

fn options() -> impl Strategy<Value = ParseOptions> {
    let tags =
        prop::sample::select(vec![TagSyntax::Angle, TagSyntax::Square, TagSyntax::AutoDetect]);
    let interpolations = prop::sample::select(vec![
        InterpolationSyntax::Legacy,
        InterpolationSyntax::Dollar,
        InterpolationSyntax::SquareBracket,
    ]);
    (tags, interpolations, any::<bool>()).prop_map(
        |(tag_syntax, interpolation_syntax, whitespace_stripping)| ParseOptions {
            tag_syntax,
            interpolation_syntax,
            whitespace_stripping,
            ..ParseOptions::default()
        },
    )
}

fn check(text: &str, options: &ParseOptions) {
    let source = Source::new("main.ftl", text);
    let parsed = parse(&source, options);
    let again = parse(&source, options);
    assert_eq!(parsed.ast, again.ast);
    assert_eq!(parsed.errors, again.errors);
    for error in &parsed.errors {
        assert!(
            source.text().get(error.span.start as usize..error.span.end as usize).is_some(),
            "{error:?}"
        );
        assert!(error.position.line >= 1 && !error.message.is_empty());
        assert!(!error.snippet(&source).to_string().is_empty());
    }
    for spans in [Spans::Shown, Spans::Hidden] {
        assert!(!dump(&parsed.ast, &source, spans).is_empty());
    }
    // The body of the last definition that a limit cut off may lack its end; else the elements hold all of the text.
    if parsed.errors.iter().all(|error| error.kind != ParseErrorKind::Limit) {
        check_whole(&parsed.ast, &source);
    }
}

/// The elements of the top level follow one another without gaps, and so do those within blocks.
fn check_whole(ast: &Ast, source: &Source) {
    let text = source.text();
    let mut start = 0;
    if let Some(header) = &ast.header {
        assert!(text[..header.span.start as usize].trim().is_empty());
        start = header.span.end;
        let body = ast.body.first().map_or(text.len() as u32, |first| first.span.start);
        assert!(source.slice(Span::new(start, body)).trim().is_empty());
        start = body;
    }
    let end = check_body(&ast.body, start, source);
    assert_eq!(end, text.len() as u32, "{:?}", &text[end as usize..]);
}

/// Checks what begins at `start`, and tells where it ends.
fn check_body(body: &Body, start: u32, source: &Source) -> u32 {
    let mut at = start;
    for element in body {
        assert_eq!(element.span.start, at, "{:?}", source.slice(element.span));
        assert!(
            source.text().get(element.span.start as usize..element.span.end as usize).is_some()
        );
        check_element(element, source);
        at = element.span.end;
    }
    at
}

/// Checks a body that follows a tag.
fn check_inner(body: &Body, around: Span, source: &Source) -> u32 {
    match body.first() {
        Some(first) => {
            assert!(first.span.start >= around.start);
            let end = check_body(body, first.span.start, source);
            assert!(end <= around.end, "{:?}", source.slice(around));
            end
        }
        None => around.start,
    }
}

fn check_element(element: &Element, source: &Source) {
    let span = element.span;
    match &element.kind {
        ElementKind::Text(text) => {
            assert_eq!(text.span, span);
            check_kept(text, source);
        }
        ElementKind::NoParse(text) => check_kept(text, source),
        ElementKind::If(block) => {
            let mut at = span.start;
            for branch in &block.branches {
                assert_eq!(branch.span.start, at);
                assert!(branch.tag.end <= branch.span.end);
                assert_eq!(check_body(&branch.body, branch.tag.end, source), branch.span.end);
                at = branch.span.end;
            }
            assert!(at <= span.end);
        }
        ElementKind::List(list) => {
            let end = check_inner(&list.body, span, source);
            if let Some(otherwise) = &list.otherwise {
                assert!(otherwise.tag.start >= end);
                assert_eq!(
                    check_body(&otherwise.body, otherwise.tag.end, source),
                    otherwise.span.end
                );
            }
        }
        ElementKind::Switch(switch) => {
            check_inner(&switch.lead, span, source);
            for case in &switch.cases {
                assert_eq!(check_body(&case.body, case.tag.end, source), case.span.end);
            }
        }
        ElementKind::Attempt(attempt) => {
            check_inner(&attempt.body, span, source);
            check_inner(&attempt.recover.body, span, source);
        }
        ElementKind::Items(Items { body, .. })
        | ElementKind::Sep(Sep { body, .. })
        | ElementKind::Compress(body)
        | ElementKind::NoEscape(body)
        | ElementKind::AutoEsc(body)
        | ElementKind::NoAutoEsc(body)
        | ElementKind::OutputFormat(OutputFormat { body, .. })
        | ElementKind::Assign(Assign { kind: AssignKind::Block { body, .. }, .. }) => {
            check_inner(body, span, source);
        }
        ElementKind::Macro(definition) => {
            check_inner(&definition.body, span, source);
        }
        ElementKind::Escape(escape) => {
            check_inner(&escape.body, span, source);
        }
        ElementKind::Call(call) | ElementKind::Transform(call) => {
            if let Some(body) = &call.body {
                check_body(body, call.tag.end, source);
            }
        }
        ElementKind::Interpolation(interpolation) => check_expr(&interpolation.expr, span, source),
        _ => (),
    }
}

/// What is kept of a text is part of it, in order.
fn check_kept(text: &Text, source: &Source) {
    let mut at = text.span.start;
    for piece in &text.kept {
        assert!(
            piece.start >= at && piece.start < piece.end && piece.end <= text.span.end,
            "{text:?}"
        );
        assert!(!source.slice(*piece).is_empty());
        at = piece.end;
    }
}

/// An expression lies within what it is part of.
fn check_expr(expr: &Expr, around: Span, source: &Source) {
    let span = expr.span;
    assert!(span.start >= around.start && span.end <= around.end, "{expr:?} in {around:?}");
    assert!(!source.slice(span).is_empty(), "{expr:?}");
    match &expr.kind {
        ExprKind::Paren(inner) | ExprKind::Prefix(_, inner) => check_expr(inner, span, source),
        ExprKind::List(items) => items.iter().for_each(|item| check_expr(item, span, source)),
        ExprKind::Infix(first, rest) => {
            check_expr(first, span, source);
            rest.iter().for_each(|infix| check_expr(&infix.right, span, source));
        }
        ExprKind::Postfix(base, steps) => {
            check_expr(base, span, source);
            let mut at = base.span.end;
            for step in steps {
                assert!(step.span.start >= at && step.span.end <= span.end, "{expr:?}");
                at = step.span.end;
            }
        }
        ExprKind::String(literal) => {
            for part in &literal.parts {
                if let StringPart::Interpolation(part_span, interpolation) = part {
                    assert!(part_span.start > span.start && part_span.end < span.end);
                    check_expr(&interpolation.expr, *part_span, source);
                }
            }
        }
        _ => (),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text(text in any::<String>(), options in options()) {
        check(&text, &options);
    }

    #[test]
    fn text_of_tags(text in fragments(), options in options()) {
        check(&text, &options);
    }

    #[test]
    fn any_expression(text in fragments()) {
        let source = Source::expression(text);
        let (expr, errors) = parse_expression(&source, &ParseOptions::default());
        if errors.is_empty() {
            check_expr(&expr, Span::new(0, source.text().len() as u32), &source);
        }
    }

    /// What was cut off is no reason to panic either.
    #[test]
    fn cut_templates(at in 0usize..2_000) {
        let text = include_str!("ast/directives.ftl");
        let at = text.floor_char_boundary(at.min(text.len()));
        check(&text[..at], &ParseOptions::default());
        check(&text[at..], &ParseOptions::default());
    }
}
