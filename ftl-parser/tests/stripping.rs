//! White-space stripping: what FreeMarker prints of templates that hold little but text.

mod common;

use ftl_parser::ast::*;
use ftl_parser::{ParseOptions, Source, parse};

#[test]
fn what_is_printed() {
    let table = common::table(include_str!("stripping.txt"));
    assert!(table.len() > 300);
    for (template, expected) in table {
        let source = Source::new("main.ftl", template.as_str());
        let parsed = parse(&source, &ParseOptions::default());
        assert_eq!(parsed.errors, [], "{template:?}");
        let mut out = String::new();
        print(&parsed.ast.body, &source, 0, &mut out);
        assert_eq!(out, expected, "{template:?}");
    }
}

#[test]
fn the_setting_turns_it_off() {
    let source = Source::nameless("${1}\n  <#if true>\n  <#t> a\n  </#if>\n");
    let options = ParseOptions { whitespace_stripping: false, ..ParseOptions::default() };
    let parsed = parse(&source, &options);
    let mut out = String::new();
    print(&parsed.ast.body, &source, 0, &mut out);
    // Trim directives work nevertheless. Recorded from FreeMarker.
    assert_eq!(out, "1\n  \n a\n");
}

/// Prints what needs no values; `item` is the number of the loop that is running.
fn print(body: &Body, source: &Source, item: u32, out: &mut String) {
    for element in body {
        match &element.kind {
            ElementKind::Text(text) | ElementKind::NoParse(text) => {
                text.kept.iter().for_each(|&piece| out.push_str(source.slice(piece)));
            }
            ElementKind::Interpolation(interpolation) => match &interpolation.expr.kind {
                ExprKind::Number(text) => out.push_str(text),
                ExprKind::String(literal) => out.push_str(&literal.value),
                other => panic!("not a constant: {other:?}"),
            },
            ElementKind::If(block) => {
                let holds = |branch: &&IfBranch| match &branch.condition {
                    Some(condition) => condition.kind == ExprKind::Bool(true),
                    None => true,
                };
                if let Some(branch) = block.branches.iter().find(holds) {
                    print(&branch.body, source, item, out);
                }
            }
            ElementKind::List(list) if source.slice(list.source.span) == "1..2" => {
                (0..2).for_each(|item| print(&list.body, source, item, out));
            }
            ElementKind::List(list) => {
                if let Some(otherwise) = &list.otherwise {
                    print(&otherwise.body, source, item, out);
                }
            }
            ElementKind::Sep(sep) if item == 0 => print(&sep.body, source, item, out),
            ElementKind::Switch(switch) => {
                // It is `<#switch 1>`, and no case breaks.
                let from = switch.cases.iter().position(|case| match &case.kind {
                    CaseKind::Case(value) => source.slice(value.span) == "1",
                    _ => false,
                });
                for case in from.map_or(&[][..], |from| &switch.cases[from..]) {
                    print(&case.body, source, item, out);
                }
            }
            ElementKind::Attempt(attempt) => print(&attempt.body, source, item, out),
            ElementKind::OutputFormat(format) => print(&format.body, source, item, out),
            ElementKind::NoAutoEsc(body) => print(body, source, item, out),
            _ => (),
        }
    }
}
