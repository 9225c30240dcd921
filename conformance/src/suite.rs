//! The case files of a directory.

use crate::case::{Case, CaseFile};
use std::fmt;
use std::path::{Path, PathBuf};

/// A case and where it stands.
#[derive(Clone, Debug)]
pub struct Located {
    /// Directory below the root, and file without ending: `directives/list`.
    pub topic: String,
    /// The case with its file's defaults filled in.
    pub case: Case,
}

impl Located {
    /// Names the case in reports and in the list of known differences.
    pub fn id(&self) -> String {
        format!("{}: {}", self.topic, self.case.title)
    }

    /// The chapter: the first part of the topic.
    pub fn area(&self) -> &str {
        self.topic.split_once('/').map_or(self.topic.as_str(), |(area, _)| area)
    }
}

/// Why the files could not be read.
#[derive(Debug)]
pub struct SuiteError(String);

impl fmt::Display for SuiteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SuiteError {}

/// All `.case` files below `paths` (directories or files), sorted.
pub fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, SuiteError> {
    let mut found = Vec::new();
    for path in paths {
        collect(path, &mut found)?;
    }
    found.sort();
    found.dedup();
    Ok(found)
}

fn collect(path: &Path, found: &mut Vec<PathBuf>) -> Result<(), SuiteError> {
    if !path.is_dir() {
        found.push(path.to_owned());
        return Ok(());
    }
    let entries = std::fs::read_dir(path)
        .map_err(|error| SuiteError(format!("{}: {error}", path.display())))?;
    for entry in entries {
        let entry =
            entry.map_err(|error| SuiteError(format!("{}: {error}", path.display())))?.path();
        if entry.is_dir() || entry.extension().is_some_and(|extension| extension == "case") {
            collect(&entry, found)?;
        }
    }
    Ok(())
}

/// Reads one file.
pub fn read(path: &Path) -> Result<CaseFile, SuiteError> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| SuiteError(format!("{}: {error}", path.display())))?;
    CaseFile::parse(&text).map_err(|error| {
        SuiteError(format!("{}:{}: {}", path.display(), error.line, error.message))
    })
}

/// Reads all cases below `paths`.
pub fn load(paths: &[PathBuf]) -> Result<Vec<Located>, SuiteError> {
    let mut cases = Vec::new();
    for path in files(paths)? {
        let topic = topic(&path);
        let complete = read(&path)?.complete();
        cases.extend(complete.into_iter().map(|case| Located { topic: topic.clone(), case }));
    }
    Ok(cases)
}

/// The last two parts of the path, without ending.
fn topic(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    match path.parent().and_then(Path::file_name) {
        Some(chapter) => format!("{}/{stem}", chapter.to_string_lossy()),
        None => stem,
    }
}

/// The project's own cases, as they stand in the source tree.
pub fn own_cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("cases")
}
