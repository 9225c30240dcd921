//! Cases: a template, what it is given, and what FreeMarker answers.

mod read;
mod text;
mod write;

use std::fmt;

/// One template with its data, settings and files, and the expected answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Case {
    /// What the case shows; unique in its file.
    pub title: String,
    /// Remarks for readers.
    pub notes: Vec<String>,
    /// Whose word the expectation is.
    pub authority: Option<Authority>,
    /// Defaults of the host. Default: [`Profile::FreeMarker`].
    pub profile: Option<Profile>,
    /// The setting `incompatible_improvements`, such as `2.3.31`. Default: the newest.
    pub iface: Option<String>,
    /// Name of the main template. Default: `main.ftl`.
    pub name: Option<String>,
    /// How JSON fractions are read: as doubles (default) or, with `bigdecimal`, exactly.
    pub decimals: Option<String>,
    /// FreeMarker's settings, as name and text.
    pub settings: Vec<(String, String)>,
    /// The data-model, a JSON object. Default: an empty one.
    pub data: Option<String>,
    /// Further templates, for `#include` and `#import`, as name and source.
    pub files: Vec<(String, String)>,
    /// Source of the main template.
    pub template: String,
    /// What the authority answers. None: not recorded yet.
    pub expected: Option<Answer>,
}

/// Whose word an expectation is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authority {
    /// A program's answer, such as `FreeMarker 2.3.35`.
    Observed(String),
    /// A section of FreeMarker's manual, by its id.
    Manual(String),
}

/// The settings and shared variables that a case starts from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Profile {
    /// FreeMarker's own defaults, locale en_US, time zone UTC.
    FreeMarker,
    /// As Amplitude renders webhook templates.
    Amplitude,
}

/// What an engine makes of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The whole output.
    Output(String),
    /// Why there is none.
    Error(Failure),
}

/// An error, as far as it is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// When it happened.
    pub kind: Kind,
    /// Line and column, both from 1.
    pub place: Option<(u32, u32)>,
    /// The template it happened in, where this is not the main one.
    pub template: Option<String>,
    /// Description without tips and stack trace.
    pub message: String,
}

/// When an error happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The template is refused.
    Parse,
    /// While it is executed.
    Runtime,
    /// A limit on time, depth or size was reached.
    Limit,
    /// A setting is refused before the template is read.
    Setting,
    /// Our engine does not know the feature (yet).
    Unsupported,
    /// The case itself is not understood.
    Protocol,
    /// The engine ended without an answer.
    Crash,
}

impl Kind {
    const ALL: [(Kind, &'static str); 7] = [
        (Kind::Parse, "parse"),
        (Kind::Runtime, "runtime"),
        (Kind::Limit, "limit"),
        (Kind::Setting, "setting"),
        (Kind::Unsupported, "unsupported"),
        (Kind::Protocol, "protocol"),
        (Kind::Crash, "crash"),
    ];

    /// The word for it in case files and answers.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }

    /// The inverse of [`Kind::name`].
    pub fn from_name(name: &str) -> Option<Kind> {
        Self::ALL.iter().find(|(_, word)| *word == name).map(|(kind, _)| *kind)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Profile {
    /// The word for it in case files and on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Profile::FreeMarker => "freemarker",
            Profile::Amplitude => "amplitude",
        }
    }

    /// The inverse of [`Profile::name`].
    pub fn from_name(name: &str) -> Option<Profile> {
        [Profile::FreeMarker, Profile::Amplitude].into_iter().find(|profile| profile.name() == name)
    }
}

impl Case {
    /// Name of the main template.
    pub fn name(&self) -> &str {
        self.name.as_deref().unwrap_or("main.ftl")
    }

    /// This case with what it leaves open taken from `defaults`.
    fn over(&self, defaults: &Case) -> Case {
        let case = self.clone();
        Case {
            title: case.title,
            notes: case.notes,
            authority: case.authority.or_else(|| defaults.authority.clone()),
            profile: case.profile.or(defaults.profile),
            iface: case.iface.or_else(|| defaults.iface.clone()),
            name: case.name.or_else(|| defaults.name.clone()),
            decimals: case.decimals.or_else(|| defaults.decimals.clone()),
            settings: merged(&defaults.settings, case.settings),
            data: case.data.or_else(|| defaults.data.clone()),
            files: merged(&defaults.files, case.files),
            template: case.template,
            expected: case.expected,
        }
    }
}

/// `own` on top of `defaults`: a name that stands in both has its own value, at its own place.
fn merged(defaults: &[(String, String)], own: Vec<(String, String)>) -> Vec<(String, String)> {
    let kept = defaults.iter().filter(|(name, _)| own.iter().all(|(other, _)| other != name));
    kept.cloned().chain(own.iter().cloned()).collect()
}

/// A file of cases about one topic.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CaseFile {
    /// Lines above everything else, for readers.
    pub comment: Vec<String>,
    /// What holds for every case that does not say otherwise; has neither title nor template.
    pub defaults: Case,
    /// The cases as written, without the defaults.
    pub cases: Vec<Case>,
}

impl CaseFile {
    /// Reads the text of a case file. The format is described in the crate's README.
    pub fn parse(text: &str) -> Result<CaseFile, CaseError> {
        read::file(text)
    }

    /// The cases with the file's defaults filled in.
    pub fn complete(&self) -> Vec<Case> {
        self.cases.iter().map(|case| case.over(&self.defaults)).collect()
    }
}

/// Writes the file in its canonical form, which [`CaseFile::parse`] reads back as the same cases.
impl fmt::Display for CaseFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write::file(self, f)
    }
}

/// Why a case file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseError {
    /// Line in the file, from 1.
    pub line: usize,
    /// What is wrong there.
    pub message: String,
}

impl fmt::Display for CaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for CaseError {}
