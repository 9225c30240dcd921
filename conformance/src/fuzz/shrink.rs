//! Makes a case small while it still shows what it shows.

use crate::case::Case;
use crate::judge::JudgeError;

/// Tells for each case whether it still shows the difference.
pub(super) type Differs<'a> = dyn FnMut(&[Case]) -> Result<Vec<bool>, JudgeError> + 'a;

/// Candidates tried for one case, so that an unlucky one ends too.
const TRIES: usize = 4_000;

/// Candidates asked for at once: enough to keep the engines busy, few enough not to try small steps in vain.
const CHUNK: usize = 48;

/// A smaller case for which `differs` holds, or `case` itself.
pub(super) fn shrink(case: Case, differs: &mut Differs<'_>) -> Result<Case, JudgeError> {
    let mut best = case;
    let mut tries = 0;
    'smaller: while tries < TRIES {
        for chunk in candidates(&best).chunks(CHUNK) {
            tries += chunk.len();
            if let Some(at) = differs(chunk)?.iter().position(|differs| *differs) {
                best = chunk[at].clone();
                continue 'smaller;
            }
        }
        break;
    }
    Ok(best)
}

/// Cases with something left out, the boldest first.
fn candidates(case: &Case) -> Vec<Case> {
    let mut candidates = Vec::new();
    let without = |list: &[(String, String)], at: usize| {
        let mut list = list.to_vec();
        list.remove(at);
        list
    };
    if case.profile.is_some() {
        candidates.push(Case { profile: None, ..case.clone() });
    }
    for (field, blank) in [
        (case.iface.is_some(), Case { iface: None, ..case.clone() }),
        (case.name.is_some(), Case { name: None, ..case.clone() }),
        (case.data.is_some(), Case { data: None, ..case.clone() }),
    ] {
        if field {
            candidates.push(blank);
        }
    }
    candidates.extend(
        (0..case.settings.len())
            .map(|at| Case { settings: without(&case.settings, at), ..case.clone() }),
    );
    candidates.extend(
        (0..case.files.len()).map(|at| Case { files: without(&case.files, at), ..case.clone() }),
    );

    let pieces = pieces(&case.template);
    let mut size = pieces.len();
    while size > 0 {
        for start in (0..pieces.len()).step_by(size.div_ceil(2)) {
            let kept = pieces[..start].iter().chain(pieces.get(start + size..).unwrap_or_default());
            let template: String = kept.copied().collect();
            if template.len() < case.template.len() {
                candidates.push(Case { template, ..case.clone() });
            }
        }
        size /= 2;
    }
    // Two pieces at once where one does not parse without the other: brackets, and a tag with its end.
    for (open, close) in pairs(&pieces) {
        let keep = |(at, _): &(usize, &&str)| *at != open && *at != close;
        let template = pieces.iter().enumerate().filter(keep).map(|(_, piece)| *piece).collect();
        candidates.push(Case { template, ..case.clone() });
    }
    candidates.extend(members_left_out(case));
    candidates
}

/// The case with one member of its data left out.
fn members_left_out(case: &Case) -> Vec<Case> {
    let parsed = case.data.as_deref().map(serde_json::from_str::<serde_json::Map<String, Raw>>);
    let Some(Ok(members)) = parsed else { return Vec::new() };
    let names: Vec<&String> = members.keys().collect();
    let without = |name: &String| {
        let kept = names.iter().filter(|other| **other != name);
        let text: Vec<String> = kept
            .filter_map(|name| {
                Some(format!("{}: {}", serde_json::to_string(name).ok()?, members.get(*name)?))
            })
            .collect();
        Case { data: Some(format!("{{{}}}", text.join(", "))), ..case.clone() }
    };
    names.iter().map(|name| without(name)).collect()
}

type Raw = serde_json::Value;

/// Words, numbers, tags' openings and single characters.
fn pieces(template: &str) -> Vec<&str> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some(first) = rest.chars().next() {
        let word = |c: char| c.is_alphanumeric() || c == '_';
        let length = if word(first) {
            rest.find(|c| !word(c)).unwrap_or(rest.len())
        } else {
            let openings =
                ["</#", "[/#", "<#", "[#", "</@", "[/@", "<@", "[@", "${", "#{", "[=", "<#--"];
            let opening = openings
                .iter()
                .filter(|opening| rest.starts_with(**opening))
                .map(|opening| opening.len())
                .max();
            opening.map_or(first.len_utf8(), |length| {
                length + rest[length..].find(|c| !word(c)).unwrap_or(rest.len() - length)
            })
        };
        let (piece, after) = rest.split_at(length);
        pieces.push(piece);
        rest = after;
    }
    pieces
}

/// Pieces that belong together.
fn pairs(pieces: &[&str]) -> Vec<(usize, usize)> {
    let mut open: Vec<usize> = Vec::new();
    let mut pairs = Vec::new();
    for (at, piece) in pieces.iter().enumerate() {
        match *piece {
            "(" | "[" | "{" | "${" | "#{" | "[=" => open.push(at),
            ")" | "]" | "}" => pairs.extend(open.pop().map(|start| (start, at))),
            _ => (),
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_matter_goes() {
        let case = Case {
            template: "some text ${(a?upper_case)!\"x\"} and <#if true>more</#if>".into(),
            data: Some("{\"a\": 1, \"b\": [1, 2]}".into()),
            settings: vec![("locale".into(), "de".into())],
            ..Case::default()
        };
        let mut differs = |cases: &[Case]| {
            Ok(cases
                .iter()
                .map(|case| case.template.contains("${") && case.template.contains("upper_case"))
                .collect())
        };
        let small = shrink(case, &mut differs).expect("no judge that fails");
        assert_eq!(small.template, "${upper_case");
        assert_eq!((small.data, small.settings), (None, Vec::new()));
    }
}
