//! `hookmarker test`: template folders with cases and recorded results.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use ftl_eval::{Data, Engine, Error, Template};
use serde_json::json;

use super::{CommandResult, Failure};
use crate::args::{Format, Profile, Test};

pub(super) fn run(args: &Test) -> CommandResult {
    let mut out = io::stdout().lock();
    let mut tally = Tally::default();
    for folder in &args.folders {
        let path = Path::new(folder);
        let folders = template_folders(path)?;
        if folders.is_empty() {
            return Err(Failure::Usage(format!(
                "{folder}: no template folder here; one holds template.ftl and cases/NAME.json with \
                 NAME.expected or NAME.error (for Amplitude's profile NAME.expected-amplitude, NAME.error-amplitude)"
            )));
        }
        for folder in folders {
            run_folder(&folder, args, &mut out, &mut tally)?;
        }
    }
    let Tally { passed, failed } = tally;
    match args.format {
        Format::Text => writeln!(out, "{passed} passed, {failed} failed")?,
        Format::Json => writeln!(out, "{}", json!({"passed": passed, "failed": failed}))?,
    }
    if failed > 0 {
        return Err(Failure::Failed);
    }
    if passed == 0 {
        return Err(Failure::Usage(
            "no case was found: cases/NAME.json needs NAME.expected or NAME.error".to_owned(),
        ));
    }
    Ok(())
}

#[derive(Default)]
struct Tally {
    passed: usize,
    failed: usize,
}

/// `path` if it is a template folder, else those in it.
fn template_folders(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    if path.join("template.ftl").is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let fault = |error: io::Error| Failure::Usage(format!("{}: {error}", path.display()));
    let mut folders = Vec::new();
    for entry in fs::read_dir(path).map_err(fault)? {
        let path = entry.map_err(fault)?.path();
        if path.join("template.ftl").is_file() {
            folders.push(path);
        }
    }
    folders.sort();
    Ok(folders)
}

/// What a case must give.
enum Expected {
    Output(String),
    /// Position, and the first line of the message.
    Error {
        line: u32,
        column: u32,
        message: String,
    },
}

fn run_folder(
    folder: &Path,
    args: &Test,
    out: &mut impl Write,
    tally: &mut Tally,
) -> CommandResult {
    let name =
        folder.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let source = read(&folder.join("template.ftl"))?;
    let template_name = format!("{name}/template.ftl");
    let cases = folder.join("cases");
    let fault = |error: io::Error| Failure::Usage(format!("{}: {error}", cases.display()));
    let mut inputs: Vec<PathBuf> = fs::read_dir(&cases)
        .map_err(fault)?
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .collect();
    inputs.sort();
    for profile in [Profile::Freemarker, Profile::Amplitude] {
        if args.profile.is_some_and(|only| only != profile) {
            continue;
        }
        let engine = match profile {
            Profile::Amplitude => Engine::amplitude(),
            Profile::Freemarker => Engine::builder().input_variable().build().map_err(usage)?,
        };
        let template = engine.compile(&template_name, &*source);
        for input in &inputs {
            let Some(expected) = expected(input, profile)? else { continue };
            let data = fs::read(input)
                .map_err(|error| Failure::Usage(format!("{}: {error}", input.display())))?;
            let got = render(&template, &data);
            let case = input
                .file_stem()
                .map(|stem| stem.to_string_lossy().into_owned())
                .unwrap_or_default();
            let label = match profile {
                Profile::Amplitude => format!("{name}/{case} (amplitude)"),
                Profile::Freemarker => format!("{name}/{case} (freemarker)"),
            };
            let verdict = compare(&expected, &got, args.strict);
            tally.passed += usize::from(verdict.is_ok());
            tally.failed += usize::from(verdict.is_err());
            match (args.format, verdict) {
                (Format::Json, verdict) => {
                    let line =
                        json!({"case": label, "ok": verdict.is_ok(), "difference": verdict.err()});
                    writeln!(out, "{line}")?;
                }
                (Format::Text, Err(difference)) => {
                    writeln!(out, "FAILED {label}\n{}", indent(&difference))?
                }
                (Format::Text, Ok(())) => (),
            }
        }
    }
    Ok(())
}

fn usage(error: Error) -> Failure {
    Failure::Usage(format!("{error:#}"))
}

fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| Failure::Usage(format!("{}: {error}", path.display())))
}

fn render(template: &Result<Template, Error>, data: &[u8]) -> Result<String, Error> {
    let template = template.as_ref().map_err(Clone::clone)?;
    let data = Data::parse(data).map_err(Error::from)?;
    template.render(&data)
}

/// The recorded result of a case for a profile; `None`: there is none.
fn expected(input: &Path, profile: Profile) -> Result<Option<Expected>, Failure> {
    let suffix = if profile == Profile::Amplitude { "-amplitude" } else { "" };
    let output = input.with_extension(format!("expected{suffix}"));
    if output.is_file() {
        return Ok(Some(Expected::Output(read(&output)?)));
    }
    let error = input.with_extension(format!("error{suffix}"));
    if !error.is_file() {
        return Ok(None);
    }
    let text = read(&error)?;
    let mut lines = text.lines();
    let words: Vec<_> = lines.next().unwrap_or("").split_whitespace().collect();
    match words.as_slice() {
        ["line", line, "column", column] => match (line.parse(), column.parse()) {
            (Ok(line), Ok(column)) => {
                let message = lines.next().unwrap_or("").to_owned();
                Ok(Some(Expected::Error { line, column, message }))
            }
            _ => Err(malformed(&error)),
        },
        _ => Err(malformed(&error)),
    }
}

fn malformed(path: &Path) -> Failure {
    Failure::Usage(format!("{}: the first line must be \"line L column C\"", path.display()))
}

fn compare(expected: &Expected, got: &Result<String, Error>, strict: bool) -> Result<(), String> {
    match (expected, got) {
        (Expected::Output(expected), Ok(got)) if expected == got => Ok(()),
        (Expected::Output(expected), Ok(got)) => Err(difference(expected, got)),
        (Expected::Output(_), Err(error)) => {
            Err(format!("expected a result, got an error:\n{error}"))
        }
        (Expected::Error { line, message, .. }, Ok(got)) => {
            Err(format!("expected an error on line {line} ({message}), got a result:\n{got}"))
        }
        (Expected::Error { line, column, message }, Err(error)) => {
            let position = error.position();
            let at = position.map_or((0, 0), |position| (position.line, position.column));
            let description = error.description();
            let got = description.lines().next().unwrap_or("");
            if at.0 != *line || strict && (at.1 != *column || got != message) {
                let (got_line, got_column) = at;
                return Err(format!(
                    "expected an error at {line}:{column}: {message}\ngot one at {got_line}:{got_column}: {got}"
                ));
            }
            Ok(())
        }
    }
}

/// The first lines that differ.
fn difference(expected: &str, got: &str) -> String {
    let (mut a, mut b) = (expected.split('\n'), got.split('\n'));
    let mut number = 1;
    loop {
        match (a.next(), b.next()) {
            (Some(x), Some(y)) if x == y => number += 1,
            (x, y) => {
                let show = |line: Option<&str>| {
                    line.map_or("(the end)".to_owned(), |line| format!("{line:?}"))
                };
                return format!(
                    "line {number} of the result differs\n  expected {}\n  got      {}",
                    show(x),
                    show(y)
                );
            }
        }
    }
}

fn indent(text: &str) -> String {
    text.lines().map(|line| format!("    {line}\n")).collect::<String>().trim_end().to_owned()
}
