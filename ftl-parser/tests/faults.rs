//! The first fault of a broken template is FreeMarker's: place and words as recorded from it.

mod common;

use ftl_parser::{ParseOptions, Source, parse};

#[test]
fn the_first_fault_is_that_of_freemarker() {
    let table = common::table(include_str!("faults.txt"));
    assert!(table.len() > 500);
    let mut wrong = Vec::new();
    for (template, expected) in table {
        let source = Source::new("main.ftl", template.as_str());
        let parsed = parse(&source, &ParseOptions::default());
        let found = match parsed.errors.first() {
            None => "accepted".to_owned(),
            Some(error) => {
                let first_line = error.message.lines().next().unwrap_or("");
                format!("{}:{} {first_line}", error.position.line, error.position.column)
            }
        };
        if found != expected {
            wrong.push(format!("{template:?}\n  FreeMarker: {expected}\n  here:       {found}"));
        }
    }
    assert!(wrong.is_empty(), "{} differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// What our own messages add.
#[test]
fn tips() {
    for (template, tip) in [
        ("<#assgin x=1>", "did you mean #assign?"),
        ("${s?lenght}", "did you mean ?length?"),
        ("${.nwo}", "did you mean .now?"),
        ("<#setting local='x'>", "did you mean locale?"),
        ("<#if(x)>", "write a blank after #if"),
        ("<#else if x>", "write #elseif"),
        ("${a and b}", "write && instead of and"),
        ("${[1,]}", "a list must not end with a comma"),
        ("${'\\u00e9'}", "write \\x00e9 for a character by its code"),
        (
            "${x??string('a', 'b')}",
            "write (x??)?string(…) or x???string(…): the built-in needs a question mark of its own",
        ),
        ("<#list l as x>${y?index}</#list>", "loop variables here: x"),
    ] {
        let parsed = parse(&Source::nameless(template), &ParseOptions::default());
        assert_eq!(parsed.errors[0].tip.as_deref(), Some(tip), "{template}");
    }
}

/// A fault is no reason to be silent about the next one, nor to invent others.
#[test]
fn several_faults() {
    for (template, places) in [
        ("${a b}\n${c d}\n<#foo>\n${e?fo}", vec![(1, 5), (2, 5), (3, 2), (4, 5)]),
        ("<#if a b>x</#if>${c d}", vec![(1, 8), (1, 21)]),
        ("<#list a b>${x?index}<#sep>,</#sep><#break></#list>${c d}", vec![(1, 10), (1, 56)]),
        ("<#if a><#list b as c>x</#if>${d e}", vec![(1, 23), (1, 33)]),
        ("<#switch a b><#case 1>x<#case 2 3>y</#switch>${d e}", vec![(1, 12), (1, 33), (1, 50)]),
        ("<#if a>${b", vec![(1, 10)]),
    ] {
        let parsed = parse(&Source::nameless(template), &ParseOptions::default());
        let found: Vec<_> =
            parsed.errors.iter().map(|e| (e.position.line, e.position.column)).collect();
        assert_eq!(found, places, "{template}: {:#?}", parsed.errors);
    }
}
