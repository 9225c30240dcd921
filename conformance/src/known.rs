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

    /// The list without the ids in `agreeing`, its remarks kept; `added` ids come at its end, with `reason`.
    pub fn rewritten(
        text: &str,
        agreeing: impl Fn(&str) -> bool,
        added: &[String],
        reason: &str,
    ) -> String {
        let kept =
            text.lines().filter(|line| !line.split_once('\t').is_some_and(|(id, _)| agreeing(id)));
        let mut out: String = kept.map(|line| format!("{line}\n")).collect();
        for id in added {
            out.push_str(&format!("{id}\t{reason}\n"));
        }
        out
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

#[cfg(test)]
mod tests {
    use super::KnownDifferences;

    #[test]
    fn the_list_shrinks_and_grows() {
        let text = "# Remark\na: x\tslow\na: y\todd\n";
        let known = KnownDifferences::parse(text).expect("a sound list");
        assert!(known.contains("a: x") && !known.contains("a: z"));
        let rewritten =
            KnownDifferences::rewritten(text, |id| id == "a: x", &["a: z".into()], "new");
        assert_eq!(rewritten, "# Remark\na: y\todd\na: z\tnew\n");
        for faulty in ["a: x\n", "a: x\t \n", "a: x\tr\na: x\tr\n"] {
            assert!(KnownDifferences::parse(faulty).is_err(), "{faulty}");
        }
    }
}
