//! Templates of other projects: parsed and rendered with an empty data-model by both engines.

use crate::case::{Answer, Case, Kind};
use crate::compare::Comparison;
use crate::judge::{Judge, JudgeError};
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// What became of the templates of one directory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Templates.
    pub templates: usize,
    /// Templates that real FreeMarker's parser takes.
    pub parsed: usize,
    /// Templates that it renders without an error, too.
    pub rendered: usize,
    /// Templates that both engines take or both refuse.
    pub parsed_alike: usize,
    /// Templates with the same output, or an error of the same kind on the same line.
    pub alike: usize,
    /// Templates that agree in column and message as well.
    pub equal: usize,
}

/// A template that the engines treat differently.
#[derive(Clone, Debug)]
pub struct Difference {
    /// The file.
    pub path: PathBuf,
    /// Real FreeMarker's answer.
    pub expected: Answer,
    /// Ours.
    pub actual: Answer,
}

/// The result over several directories.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// By directory.
    pub tallies: BTreeMap<String, Tally>,
    /// In the order of the files.
    pub differences: Vec<Difference>,
    /// Files that are no UTF-8.
    pub unreadable: usize,
}

/// Runs all templates (`.ftl`, `.ftlh`, `.ftlx`) below each of `roots` in both engines.
///
/// # Errors
/// When a directory cannot be read, or a judge cannot answer.
pub fn run(
    roots: &[PathBuf],
    ours: &mut dyn Judge,
    theirs: &mut dyn Judge,
) -> Result<Report, JudgeError> {
    let mut report = Report::default();
    for root in roots {
        let mut paths = Vec::new();
        collect(root, &mut paths)?;
        paths.sort();
        let name = root.file_name().unwrap_or(root.as_os_str()).to_string_lossy().into_owned();
        for paths in paths.chunks(200) {
            let mut cases = Vec::new();
            let mut known = Vec::new();
            for path in paths {
                // The encoding of others' files is not our subject.
                let Ok(template) = std::fs::read_to_string(path) else {
                    report.unreadable += 1;
                    continue;
                };
                let relative =
                    path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/");
                cases.push(Case { name: Some(relative), template, ..Case::default() });
                known.push(path.clone());
            }
            let expected = theirs.answers(&cases)?;
            let actual = ours.answers(&cases)?;
            let tally = report.tallies.entry(name.clone()).or_default();
            for ((path, expected), actual) in known.into_iter().zip(expected).zip(actual) {
                tally.add(&expected, &actual);
                if !Comparison::of(&expected, &actual).agrees() {
                    report.differences.push(Difference { path, expected, actual });
                }
            }
        }
    }
    Ok(report)
}

fn collect(directory: &Path, found: &mut Vec<PathBuf>) -> Result<(), JudgeError> {
    let failed = |error| JudgeError::io(format!("cannot read {}", directory.display()), error);
    for entry in std::fs::read_dir(directory).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let path = entry.path();
        if entry.file_type().map_err(failed)?.is_dir() {
            collect(&path, found)?;
        } else if path
            .extension()
            .is_some_and(|ending| ending == "ftl" || ending == "ftlh" || ending == "ftlx")
        {
            found.push(path);
        }
    }
    Ok(())
}

impl Tally {
    fn add(&mut self, expected: &Answer, actual: &Answer) {
        let refused = |answer: &Answer| matches!(answer, Answer::Error(failure) if failure.kind == Kind::Parse);
        let comparison = Comparison::of(expected, actual);
        self.templates += 1;
        self.parsed += usize::from(!refused(expected));
        self.rendered += usize::from(matches!(expected, Answer::Output(_)));
        self.parsed_alike += usize::from(refused(expected) == refused(actual));
        self.alike += usize::from(comparison.agrees_in_line());
        self.equal += usize::from(comparison.agrees());
    }
}

/// A table by directory.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heads = ["templates", "parsed", "rendered", "parse alike", "alike", "equal"];
        write!(f, "{:<32}", "")?;
        for head in heads {
            write!(f, "{head:>13}")?;
        }
        writeln!(f)?;
        let mut total = Tally::default();
        for tally in self.tallies.values() {
            total.templates += tally.templates;
            total.parsed += tally.parsed;
            total.rendered += tally.rendered;
            total.parsed_alike += tally.parsed_alike;
            total.alike += tally.alike;
            total.equal += tally.equal;
        }
        let total_name = "total".to_owned();
        for (name, tally) in self.tallies.iter().chain([(&total_name, &total)]) {
            write!(f, "{name:<32}")?;
            let numbers = [
                tally.templates,
                tally.parsed,
                tally.rendered,
                tally.parsed_alike,
                tally.alike,
                tally.equal,
            ];
            for number in numbers {
                write!(f, "{number:>13}")?;
            }
            writeln!(f)?;
        }
        if self.unreadable > 0 {
            writeln!(f, "{} files are no UTF-8", self.unreadable)?;
        }
        Ok(())
    }
}
