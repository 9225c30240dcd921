//! Texts in case files: as they are where that is safe, else `escaped`.

use std::fmt::Write;

/// Whether `text` survives being written as it is: an editor may change trailing blanks and the last line
/// break unseen, a reader cannot tell odd characters apart, and a line may look like a heading.
pub(super) fn is_plain(text: &str) -> bool {
    let odd = |c: char| {
        c != '\n'
            && c != ' '
            && (c.is_control()
                || c.is_whitespace()
                || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2064}' | '\u{300}'..='\u{36f}' | '\u{e000}'..='\u{f8ff}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff0}'..='\u{fffc}'))
    };
    !text.ends_with('\n')
        && !text.contains(odd)
        && text.split('\n').all(|line| !line.ends_with(' ') && !is_heading(line))
}

/// Whether a line opens a section or a case.
pub(super) fn is_heading(line: &str) -> bool {
    line.starts_with("--- ") || line.starts_with("=== ")
}

/// `text` in lines, each line break written as `\n`; only this notation counts when read back.
pub(super) fn escape(text: &str, out: &mut impl Write) -> std::fmt::Result {
    for line in text.split_inclusive('\n') {
        let content = line.strip_suffix('\n').unwrap_or(line);
        let visible_end = content.trim_end_matches(' ').len();
        for (at, c) in content.char_indices() {
            match c {
                '\\' => out.write_str("\\\\")?,
                '\r' => out.write_str("\\r")?,
                '\t' => out.write_str("\\t")?,
                ' ' if at >= visible_end => out.write_str("\\s")?,
                '-' | '=' if at == 0 && is_heading(content) => {
                    write!(out, "\\u{{{:x}}}", c as u32)?
                }
                _ if c != ' ' && !is_plain(c.encode_utf8(&mut [0; 4])) => {
                    write!(out, "\\u{{{:x}}}", c as u32)?
                }
                _ => out.write_char(c)?,
            }
        }
        out.write_str(if line.ends_with('\n') { "\\n\n" } else { "\n" })?;
    }
    Ok(())
}

/// The text that `lines`, in the notation of [`escape`], stand for.
pub(super) fn unescape<'a>(lines: impl Iterator<Item = &'a str>) -> Result<String, String> {
    let mut text = String::new();
    for line in lines {
        let mut rest = line;
        while let Some(at) = rest.find('\\') {
            text.push_str(&rest[..at]);
            rest = &rest[at + 1..];
            let mut chars = rest.chars();
            let c = match chars.next() {
                Some('\\') => '\\',
                Some('n') => '\n',
                Some('r') => '\r',
                Some('t') => '\t',
                Some('s') => ' ',
                Some('u') => {
                    let (digits, after) = rest[1..]
                        .strip_prefix('{')
                        .and_then(|rest| rest.split_once('}'))
                        .ok_or("\\u is written \\u{1f600}")?;
                    let code = u32::from_str_radix(digits, 16).ok().and_then(char::from_u32);
                    text.push(code.ok_or_else(|| format!("no such character: {digits}"))?);
                    rest = after;
                    continue;
                }
                Some(other) => return Err(format!("unknown escape \\{other}")),
                None => return Err("a single \\ at the end of a line".into()),
            };
            text.push(c);
            rest = chars.as_str();
        }
        text.push_str(rest);
    }
    Ok(text)
}
