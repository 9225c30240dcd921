//! Places in the interpolations of string literals: FreeMarker counts in the decoded text.

use ftl_parser::{ParseOptions, Source, parse};

/// Templates, and where FreeMarker 2.3.35 says that their `nope` is missing.
const CASES: &[(&str, u32, u32)] = &[
    (r#"${"a\n ${nope}"}"#, 2, 4),
    (r#"${"abc ${nope}"}"#, 1, 10),
    (r#"  ${"\x41\x42${nope}"}"#, 1, 10),
    (r#"${"a\tb${nope}"}"#, 1, 12),
    (r#"${"a\r\n\nb${1}${nope}"}"#, 3, 8),
    (r#"${'\'${x!"" + "\\n${nope}"}'}"#, 2, 3),
    (r#"${"a\n${x!}"}${nope}"#, 1, 16),
    ("\n\n\t${\"\\{\\n\\n  ${  nope}\"}", 5, 7),
];

#[test]
fn places_in_literals() {
    for &(template, line, column) in CASES {
        let source = Source::new("main.ftl", template);
        let parsed = parse(&source, &ParseOptions::default());
        assert_eq!(parsed.errors, [], "{template}");
        let offset = template.find("nope").expect("nope") as u32;
        let position = parsed.ast.position(&source, offset);
        assert_eq!((position.line, position.column), (line, column), "{template}");
    }
}
