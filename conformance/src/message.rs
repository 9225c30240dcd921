//! What of an error message is recorded, and what of that is compared.

/// The first line of a message without its last colon and without what only Java has: the class that wraps a value.
pub fn headline(message: &str) -> String {
    let line = message.lines().next().unwrap_or_default();
    let mut kept = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(start) = rest.find(" (") {
        let Some(length) = rest[start..].find(')') else { break };
        let (before, bracketed) = (&rest[..start], &rest[start..start + length + 1]);
        kept.push_str(before);
        let java = bracketed.starts_with(" (wrapper: ") || bracketed.contains(" wrapped into ");
        if !java {
            kept.push_str(bracketed);
        }
        rest = &rest[start + length + 1..];
    }
    kept.push_str(rest);
    kept.truncate(kept.trim_end_matches([':', ' ']).len());
    kept
}

/// The part of FreeMarker's message that case files keep: its first line; the second too where the first one
/// announces it; and the blamed expression. What goes on for a page (expected tokens, all built-ins) is left out.
pub fn recorded(message: &str) -> String {
    const PLACE: &str = "  [in template ";
    let mut lines = message.lines();
    let first = lines.next().unwrap_or_default().trim_end();
    let mut kept = first.to_owned();
    let rest: Vec<&str> = lines.map(str::trim_end).collect();
    let second = rest.first().copied().unwrap_or_default();
    if first.ends_with(':')
        && !first.starts_with("Encountered ")
        && !second.is_empty()
        && !second.starts_with("==>")
    {
        kept.push('\n');
        kept.push_str(second);
    }
    // Messages of nested sources are quoted between these lines; their blamed expressions are not this error's.
    let mut depth = 0;
    for line in rest {
        match line {
            "---begin-message---" => depth += 1,
            "---end-message---" => depth -= 1,
            _ if depth == 0 && line.starts_with("==> ") => {
                kept.push('\n');
                kept.push_str(line.split(PLACE).next().unwrap_or_default().trim_end());
                break;
            }
            _ => (),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_headline_has_no_java_class() {
        let message = "For \"#if\" condition: Expected a boolean, but this has evaluated to a string (wrapper: f.t.SimpleScalar):\n==> s";
        let expected =
            "For \"#if\" condition: Expected a boolean, but this has evaluated to a string";
        assert_eq!(headline(message), expected);
        let message = "Expected a string (or number), but this is a sequence (ArrayList wrapped into f.t.DefaultListAdapter):";
        assert_eq!(headline(message), "Expected a string (or number), but this is a sequence");
    }

    #[test]
    fn what_is_recorded_is_short() {
        let table = [
            (
                "Encountered \"b\", but was expecting one of these patterns:\n    \".\"\n    \"..\"",
                "Encountered \"b\", but was expecting one of these patterns:",
            ),
            (
                "The following has evaluated to null or missing:\n==> a.b  [in template \"main.ftl\" at line 1, column 3]",
                "The following has evaluated to null or missing:\n==> a.b",
            ),
            (
                "Inclusion failed:\nTemplate not found.\nMore.",
                "Inclusion failed:\nTemplate not found.",
            ),
            (
                "Failed:\n\n---begin-message---\nInner:\n==> x\n---end-message---\n\nThe failing expression:\n==> \"x\"?eval  [in",
                "Failed:\n==> \"x\"?eval  [in",
            ),
        ];
        for (message, expected) in table {
            assert_eq!(recorded(message), expected);
        }
    }
}
