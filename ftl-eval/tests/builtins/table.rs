//! Runs tables of templates with what real FreeMarker 2.3.35 makes of them.

use ftl_eval::{Engine, Error};

/// A template with its output, or with `line:column ` and the first line of the message. There is no
/// place where FreeMarker tells none.
pub(crate) type Row<'t> = (&'t str, Result<&'t str, &'t str>);

/// Renders each row with `data` and fails with all that differ.
pub(crate) fn check(settings: &[(&str, &str)], data: &str, rows: &[Row<'_>]) {
    let data: serde_json::Value = serde_json::from_str(data).expect("data of a table are JSON");
    let builder = Engine::builder();
    let builder =
        settings.iter().fold(builder, |builder, (name, value)| builder.setting(name, value));
    let engine = builder.build().expect("settings of a table are valid");
    let mut wrong = Vec::new();
    for (template, expected) in rows {
        let compiled = engine.compile("main.ftl", *template);
        let actual = compiled.and_then(|template| template.render(&data));
        let agrees = match (expected, &actual) {
            (Ok(output), Ok(actual)) => output == actual,
            (Err(failure), Err(error)) => {
                let headline = headline(error);
                *failure == headline || *failure == format!("{} {headline}", place(error))
            }
            _ => false,
        };
        if !agrees {
            let actual = actual.map_err(|error| format!("{} {}", place(&error), headline(&error)));
            wrong.push(format!("{template}\n  expected {expected:?}\n  actual   {actual:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} rows:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}

/// Like [`check`], for rows that were made by chance and recorded: lines of JSON, `[template, output]` or
/// `[template, null, failure]`.
pub(crate) fn check_recorded(lines: &str) {
    let rows: Vec<Vec<Option<String>>> = lines
        .lines()
        .map(|line| serde_json::from_str(line).expect("a recorded row is a line of JSON"))
        .collect();
    let rows: Vec<Row<'_>> = rows
        .iter()
        .map(|row| match row.as_slice() {
            [Some(template), Some(output)] => (template.as_str(), Ok(output.as_str())),
            [Some(template), None, Some(failure)] => (template.as_str(), Err(failure.as_str())),
            row => panic!("a recorded row has a template and an output or failure: {row:?}"),
        })
        .collect();
    check(&[], "{}", &rows);
}

fn headline(error: &Error) -> String {
    let message = error.message();
    let line = message.lines().next().unwrap_or_default();
    line.trim_end_matches([':', ' ']).to_owned()
}

fn place(error: &Error) -> String {
    error.position().map_or(String::new(), |at| format!("{}:{}", at.line, at.column))
}
