//! Golden dumps: `tests/ast/NAME.ftl` beside `NAME.ast`. `UPDATE=1 cargo test` rewrites them.

use std::path::Path;

use ftl_parser::ast::{InterpolationSyntax, TagSyntax};
use ftl_parser::{ParseOptions, Source, Spans, dump, parse};

#[test]
fn golden_dumps() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ast");
    let update = std::env::var_os("UPDATE").is_some();
    let mut names: Vec<_> = std::fs::read_dir(&folder)
        .expect("tests/ast")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "ftl"))
        .collect();
    names.sort();
    assert!(names.len() > 8, "{names:?}");
    for path in names {
        let text = std::fs::read_to_string(&path).expect("a template");
        let name = path.file_name().and_then(|name| name.to_str()).expect("a name");
        let mut options =
            ParseOptions { tag_syntax: TagSyntax::AutoDetect, ..ParseOptions::default() };
        if name.starts_with("square_interpolation") {
            options.interpolation_syntax = InterpolationSyntax::SquareBracket;
        }
        let source = Source::new(name, text);
        let parsed = parse(&source, &options);
        let mut found = dump(&parsed.ast, &source, Spans::Shown);
        for error in &parsed.errors {
            found.push_str(&format!("\n{}\n", error.snippet(&source)));
        }
        let golden = path.with_extension("ast");
        if update {
            std::fs::write(&golden, found).expect("written");
            continue;
        }
        let expected = std::fs::read_to_string(&golden).unwrap_or_default();
        assert_eq!(found, expected, "{name} (UPDATE=1 rewrites it)");
    }
}
