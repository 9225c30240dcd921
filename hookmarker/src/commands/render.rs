//! `hookmarker render`: a template and events to text.

use std::io::{self, BufWriter, Read, Write};

use ftl_eval::{Data, Template};
use serde_json::json;

use super::{CommandResult, Failure, complain, engine};
use crate::args::{Format, Render};
use crate::records::{self, Record};

pub(super) fn run(args: &Render) -> CommandResult {
    let engine = engine(&args.engine)?;
    let source = read_template(&args.template)?;
    let name = if args.template == "-" { "standard input" } else { &args.template };
    let template = match engine.compile(name, source) {
        Ok(template) => template,
        Err(error) => {
            complain(&error.to_string());
            return Err(Failure::Failed);
        }
    };
    let mut run = Run {
        args,
        template,
        out: BufWriter::with_capacity(64 << 10, io::stdout().lock()),
        first: true,
        failed: false,
        text: String::new(),
    };
    let result = run.records();
    run.out.flush()?;
    result?;
    if run.failed { Err(Failure::Failed) } else { Ok(()) }
}

fn read_template(path: &str) -> Result<String, Failure> {
    let bytes = if path == "-" {
        let mut bytes = Vec::new();
        io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        std::fs::read(path)
    };
    let bytes = bytes.map_err(|error| Failure::Usage(format!("{path}: {error}")))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        Failure::Usage(format!("{path}: not UTF-8 at byte {at}; save the template as UTF-8"))
    })?;
    // FreeMarker would print a byte order mark; nobody wants one in a body.
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

struct Run<'r> {
    args: &'r Render,
    template: Template,
    out: BufWriter<io::StdoutLock<'static>>,
    first: bool,
    failed: bool,
    text: String,
}

impl Run<'_> {
    fn records(&mut self) -> CommandResult {
        if self.args.events.is_empty() && self.args.template == "-" {
            let (json, file) = (b"{}".to_vec(), "(no event)".to_owned());
            return self.record(Record { json, file, line: 1, is_last_at_hand: true });
        }
        let standard_input = ["-".to_owned()];
        let files =
            if self.args.events.is_empty() { &standard_input[..] } else { &self.args.events };
        files.iter().try_for_each(|file| records::read(file, &mut |record| self.record(record)))
    }

    fn record(&mut self, record: Record) -> CommandResult {
        match self.render(&record) {
            Ok(()) => {
                self.write(&record)?;
                if record.is_last_at_hand {
                    self.out.flush()?;
                }
                Ok(())
            }
            Err(message) => {
                self.failed = true;
                self.report(&record, &message)?;
                if self.args.keep_going { Ok(()) } else { Err(Failure::Failed) }
            }
        }
    }

    /// Renders into `self.text`.
    fn render(&mut self, record: &Record) -> Result<(), String> {
        self.text.clear();
        let data = Data::parse(&record.json).map_err(|error| error.to_string())?;
        if !self.args.json {
            return self
                .template
                .render_into(&data, &mut self.text)
                .map_err(|error| error.to_string());
        }
        let (text, map) =
            self.template.render_with_map(&data).map_err(|error| error.to_string())?;
        self.text = text;
        let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(&self.text) else {
            return Ok(());
        };
        let at = offset(&self.text, error.line(), error.column());
        let mut message =
            format!("the result is not JSON: {error}\n  in the result: {}", around(&self.text, at));
        if let Some(place) = map.place(at) {
            let position = place.source.position(place.span.start);
            let line = place.source.slice(place.source.line(position.line)).trim();
            let name = self.template.name();
            message.push_str(&format!(
                "\n  written by {name}:{}:{}: {line}",
                position.line, position.column
            ));
        }
        Err(message)
    }

    fn write(&mut self, record: &Record) -> CommandResult {
        match self.args.format {
            Format::Json => {
                let line = json!({"file": record.file, "line": record.line, "ok": true, "output": self.text});
                writeln!(self.out, "{line}")?;
            }
            Format::Text => {
                // One result is written byte for byte; of several, each begins on its own line.
                if !std::mem::take(&mut self.first) {
                    self.out.write_all(b"\n")?;
                }
                self.out.write_all(self.text.as_bytes())?;
            }
        }
        Ok(())
    }

    fn report(&mut self, record: &Record, message: &str) -> CommandResult {
        match self.args.format {
            Format::Json => {
                let line = json!({"file": record.file, "line": record.line, "ok": false, "error": message});
                writeln!(self.out, "{line}")?;
            }
            Format::Text => {
                self.out.flush()?;
                complain(&format!("{}:{}: {message}", record.file, record.line));
            }
        }
        Ok(())
    }
}

/// The byte at serde_json's line and column (both from 1, columns are bytes).
fn offset(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    (start + column.saturating_sub(1)).min(text.len())
}

/// The line of the byte, shortened around it.
fn around(text: &str, at: usize) -> String {
    let start = text[..floor(text, at)].rfind('\n').map_or(0, |at| at + 1);
    let start = floor(text, start.max(at.saturating_sub(40)));
    let end = text[floor(text, at)..].find('\n').map_or(text.len(), |end| floor(text, at) + end);
    let end = floor(text, end.min(at + 20));
    format!("{}»{}", &text[start..floor(text, at)], &text[floor(text, at)..end])
}

/// The last character boundary up to `at`.
fn floor(text: &str, at: usize) -> usize {
    text.floor_char_boundary(at)
}
