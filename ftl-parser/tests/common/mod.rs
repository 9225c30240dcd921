//! Reads the tables of `tests/*.txt`: lines `>>> template` and `<<< result`, with escapes.

/// Pairs of template and result.
pub(crate) fn table(text: &str) -> Vec<(String, String)> {
    let mut pairs = Vec::new();
    let mut template = None;
    for line in text.lines() {
        if let Some(text) = line.strip_prefix(">>> ") {
            template = Some(unescape(text));
        } else if let Some(result) = line.strip_prefix("<<< ").or((line == "<<<").then_some("")) {
            pairs.push((template.take().expect("a template before its result"), unescape(result)));
        }
    }
    pairs
}

fn unescape(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        out.push_str(before);
        let mut chars = after.chars();
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('r') => out.push('\r'),
            Some('t') => out.push('\t'),
            Some('u') => {
                let (code, after) = chars.as_str()[1..].split_once('}').expect("\\u{…}");
                out.extend(u32::from_str_radix(code, 16).ok().and_then(char::from_u32));
                rest = after;
                continue;
            }
            Some(c) => out.push(c),
            None => (),
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
    out
}
