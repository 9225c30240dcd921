//! The list of cases that are known to differ.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Ids of cases that differ from FreeMarker, with the reason of each.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KnownDifferences {
    /// Reason by id.
    pub reasons: BTreeMap<String, String>,
}

impl KnownDifferences {
    /// Reads lines `ID<tab>REASON`; blank lines and lines that begin with `#` are remarks.
    ///
    /// # Errors
    /// A line without a reason, or an id that stands there twice.
    pub fn parse(text: &str) -> Result<KnownDifferences, String> {
        let mut reasons = BTreeMap::new();
        for line in text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#')) {
            let (id, reason) = line.split_once('\t').ok_or_else(|| format!("no reason: {line}"))?;
            if reason.trim().is_empty() {
                return Err(format!("no reason: {line}"));
            }
            if reasons.insert(id.to_owned(), reason.trim().to_owned()).is_some() {
                return Err(format!("twice: {id}"));
            }
        }
        Ok(KnownDifferences { reasons })
    }

    /// Where the project's list stands.
    pub fn own_path() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("known-differences.txt")
    }

    /// Whether the case with this id is listed.
    pub fn contains(&self, id: &str) -> bool {
        self.reasons.contains_key(id)
    }
}
