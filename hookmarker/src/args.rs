//! The command line.

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};

/// Renders Amplitude's webhook templates and delivers what they make.
///
/// Exit codes: 0 all went well; 1 something failed (a template, a record, a test); 2 the command
/// line or a file it names is not usable.
#[derive(Debug, Parser)]
#[command(name = "hookmarker", version, max_term_width = 100)]
pub struct Args {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Render a template for events.
    Render(Render),
    /// Run template folders with cases and recorded results.
    Test(Test),
}

/// `hookmarker render`
#[derive(Debug, ClapArgs)]
pub struct Render {
    /// The template; `-` reads it from standard input.
    pub template: String,
    /// Event files or folders: JSON objects, arrays, NDJSON, `.gz`, export `.zip`; `-` is standard
    /// input. None: standard input, unless the template comes from there; then an empty event.
    pub events: Vec<String>,
    /// How to set up and report.
    #[command(flatten)]
    pub engine: EngineArgs,
    /// Check that each result is JSON; show where it stops being JSON and which template line wrote it.
    #[arg(long)]
    pub json: bool,
    /// How results are written.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Go on with the next event after one that failed.
    #[arg(long)]
    pub keep_going: bool,
}

/// `hookmarker test`
#[derive(Debug, ClapArgs)]
pub struct Test {
    /// Folders: a template folder (`template.ftl`, `cases/`), or a folder of such.
    #[arg(required = true)]
    pub folders: Vec<String>,
    /// Only cases of this profile.
    #[arg(long, value_enum)]
    pub profile: Option<Profile>,
    /// Columns of errors must agree too, and the first line of the message.
    #[arg(long)]
    pub strict: bool,
    /// How results are written.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
}

/// Settings of the engine.
#[derive(Debug, ClapArgs)]
pub struct EngineArgs {
    /// Defaults of the template language.
    #[arg(long, value_enum, default_value_t = Profile::Amplitude)]
    pub profile: Profile,
    /// A FreeMarker setting on top: `--set time_zone=Europe/Berlin`. Repeatable.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = parse_setting)]
    pub settings: Vec<(String, String)>,
    /// Folder from which `#include` and `#import` may read. Default: they read nothing.
    #[arg(long, value_name = "DIR")]
    pub templates: Option<String>,
}

/// Defaults of the template language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Profile {
    /// As Amplitude renders: `input` is the event, numbers and booleans as in JSON, `FtlUtils`.
    Amplitude,
    /// Plain FreeMarker; `input` is the event.
    Freemarker,
}

/// How results are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people.
    Text,
    /// For programs: one JSON object a line.
    Json,
}

fn parse_setting(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.is_empty() => Ok((name.to_owned(), value.to_owned())),
        _ => Err("expected NAME=VALUE, as in number_format=0.00".to_owned()),
    }
}
