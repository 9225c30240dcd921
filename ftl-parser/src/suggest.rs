//! "Did you mean": the names that are nearest to what was written.

/// A tip that names the best match for `name`, if one is near. `sigil` is what stands before such a name.
pub(crate) fn tip(sigil: &str, name: &str, known: Vec<&'static str>) -> Option<String> {
    if name.is_empty() {
        return None;
    }
    let plain = plain(name);
    let best =
        known.into_iter().map(|known| (distance(&plain, &self::plain(known)), known)).min()?;
    let near = best.0 <= plain.chars().count() / 3 && best.0 <= 3;
    near.then(|| format!("did you mean {sigil}{}?", best.1))
}

/// Spelling conventions are no difference.
fn plain(name: &str) -> String {
    name.chars().filter(|&c| c != '_').flat_map(char::to_lowercase).take(40).collect()
}

/// Edits (insert, delete, replace, swap neighbours) that make one of the other.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<_>, Vec<_>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 0..a.len() {
        let mut row = vec![i + 1];
        for j in 0..b.len() {
            let replaced = last[j] + usize::from(a[i] != b[j]);
            let mut best = replaced.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                best = best.min(before[j - 1] + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_wins() {
        for (name, expected) in [
            ("uper_case", Some("did you mean ?upper_case?")),
            ("uppercase", Some("did you mean ?upper_case?")),
            ("lenght", Some("did you mean ?length?")),
            ("xyz", None),
        ] {
            let known = vec!["length", "lower_case", "upper_case"];
            assert_eq!(tip("?", name, known).as_deref(), expected, "{name}");
        }
    }
}
