//! Case files in their canonical form.

use super::{Answer, Authority, Case, CaseFile, Failure, text};
use std::fmt::{Formatter, Result, Write};

pub(super) fn file(file: &CaseFile, f: &mut Formatter<'_>) -> Result {
    let mut parts: Vec<String> = Vec::new();
    if !file.comment.is_empty() {
        parts.push(file.comment.iter().map(|line| format!("{line}\n")).collect());
    }
    let mut defaults = String::new();
    givens(&file.defaults, &mut defaults)?;
    if !defaults.is_empty() {
        parts.push(defaults);
    }
    for case in &file.cases {
        let mut out = String::new();
        write_case(case, &mut out)?;
        parts.push(out);
    }
    f.write_str(&parts.join("\n"))
}

fn write_case(case: &Case, out: &mut String) -> Result {
    writeln!(out, "=== {}", case.title)?;
    givens(case, out)?;
    section("template", &case.template, out)?;
    match &case.expected {
        None => Ok(()),
        Some(Answer::Output(output)) => section("output", output, out),
        Some(Answer::Error(failure)) => section(&error_heading(failure), &failure.message, out),
    }
}

/// All but title, template and expectation.
fn givens(case: &Case, out: &mut String) -> Result {
    for note in &case.notes {
        writeln!(out, "--- note {note}")?;
    }
    match &case.authority {
        None => (),
        Some(Authority::Observed(program)) => writeln!(out, "--- observed {program}")?,
        Some(Authority::Manual(section)) => writeln!(out, "--- manual {section}")?,
    }
    if let Some(profile) = case.profile {
        writeln!(out, "--- profile {}", profile.name())?;
    }
    for (word, value) in
        [("iface", &case.iface), ("name", &case.name), ("decimals", &case.decimals)]
    {
        if let Some(value) = value {
            writeln!(out, "--- {word} {value}")?;
        }
    }
    if !case.settings.is_empty() {
        let lines: Vec<String> =
            case.settings.iter().map(|(name, value)| format!("{name}={value}")).collect();
        // A value with a line break would read as two settings; `escaped` keeps one setting a line.
        if lines
            .iter()
            .any(|line| line.contains('\n') || line.contains('\\') || !text::is_plain(line))
        {
            out.push_str("--- settings escaped\n");
            for line in &lines {
                let mut escaped = String::new();
                text::escape(line, &mut escaped)?;
                writeln!(out, "{}", escaped.replace("\\n\n", "\\n").trim_end_matches('\n'))?;
            }
        } else {
            section("settings", &lines.join("\n"), out)?;
        }
    }
    if let Some(data) = &case.data {
        section("data", data, out)?;
    }
    for (name, source) in &case.files {
        section(&format!("file {name}"), source, out)?;
    }
    Ok(())
}

fn error_heading(failure: &Failure) -> String {
    let mut heading = format!("error {}", failure.kind);
    if let Some((line, column)) = failure.place {
        let _ = write!(heading, " {line}:{column}");
    }
    if let Some(template) = &failure.template {
        let _ = write!(heading, " in {template}");
    }
    heading
}

fn section(heading: &str, content: &str, out: &mut String) -> Result {
    if text::is_plain(content) {
        writeln!(out, "--- {heading}")?;
        if content.is_empty() { Ok(()) } else { writeln!(out, "{content}") }
    } else {
        writeln!(out, "--- {heading} escaped")?;
        text::escape(content, out)
    }
}
