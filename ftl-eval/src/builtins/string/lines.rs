//! `?lines`, `?indent`, `?dedent`, `?wrap`

use std::rc::Rc;

use crate::builtins::Call;
use crate::error::{Error, Result};
use crate::format::utf16;
use crate::limits::Limits;
use crate::value::{Multi, MultiKind, Str, Value};

/// Lines with the line break after each: LF, CR, CRLF, or nothing after the last one.
fn split(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let end = rest.find(['\n', '\r']).unwrap_or(rest.len());
        let (line, after) = rest.split_at(end);
        let width = if after.starts_with("\r\n") { 2 } else { after.len().min(1) };
        let (line_break, after) = after.split_at(width);
        rest = after;
        Some((line, line_break))
    })
}

/// The lines without their breaks.
pub(super) fn lines<'a>(text: Str<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    let limits = &call.env.engine.limits;
    let mut lines = Vec::new();
    for (line, _) in split(&text) {
        limits.check_items(lines.len() + 1)?;
        lines.push(text.part(line).into());
    }
    Ok(Value::list(lines))
}

/// The text with `args[0]` before each line; white space at the ends of lines goes, unless `args[1]`
/// is false.
pub(super) fn indent<'a>(text: Str<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    let prefix = call.string_arg(0)?;
    let trim = !call.has(1) || call.bool_arg(1)?;
    if text.is_empty() || prefix.is_empty() {
        return Ok(text.into());
    }
    let lines = split(&text).count();
    call.check_text(text.len().saturating_add(lines.saturating_mul(prefix.len())))?;
    let mut out = String::with_capacity(text.len() + lines * prefix.len());
    for (line, line_break) in split(&text) {
        let start = out.len();
        out.push_str(prefix);
        out.push_str(line);
        if trim {
            let kept = trim_end(&out[start..]).len();
            out.truncate(start + kept);
        }
        out.push_str(line_break);
    }
    Ok(out.into())
}

/// Without arguments: the text without the blanks and tabs that all its lines begin with. The value is
/// also a function of the arguments.
pub(super) fn dedent<'a>(text: Str<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    if call.called {
        let prefix = call.string_arg(0)?;
        let trim = !call.has(1) || call.bool_arg(1)?;
        return Ok(without_prefix(&text, prefix, trim));
    }
    let dedented = match common_indentation(&text)? {
        "" => text.clone(),
        common => without_indentation(&text, common.len()).into(),
    };
    Ok(Value::Multi(Rc::new(Multi { kind: MultiKind::Dedent { source: text, text: dedented } })))
}

/// `d(prefix, trim)` of the value `d` of `s?dedent`.
pub(in crate::builtins) fn dedent_call<'a>(
    source: &Str<'a>,
    args: &[Value<'a>],
) -> Result<Value<'a>> {
    let bad = |at: usize, expected: &str, value: &Value<'_>| {
        let actual = value.type_name();
        let article = crate::expr::article(actual);
        Error::new(
            crate::ErrorKind::Type,
            format!(
                "?dedent(...) expects a {expected} as argument #{at}, but received {article} {actual}."
            ),
        )
    };
    let (prefix, trim) = match args {
        [prefix] => (prefix, None),
        [prefix, trim] => (prefix, Some(trim)),
        _ => {
            let got = if args.is_empty() { "none".to_owned() } else { args.len().to_string() };
            return Err(Error::value(format!(
                "?dedent(...) expects 1 or 2 arguments but has received {got}."
            )));
        }
    };
    let prefix = prefix.as_str().ok_or_else(|| bad(1, "string", prefix))?;
    let trim = match trim {
        None => true,
        Some(value) => value.as_bool().ok_or_else(|| bad(2, "boolean", value))?,
    };
    Ok(without_prefix(source, prefix, trim))
}

/// Takes off as much of `prefix` as each line begins with.
fn without_prefix<'a>(text: &Str<'a>, prefix: &str, trim: bool) -> Value<'a> {
    if text.is_empty() || prefix.is_empty() {
        return text.clone().into();
    }
    let mut out = String::with_capacity(text.len());
    for (line, line_break) in split(text) {
        let line = &line[common_prefix(line, prefix)..];
        out.push_str(if trim { trim_end(line) } else { line });
        out.push_str(line_break);
    }
    out.into()
}

/// The longest run of blanks and tabs that all lines begin with that hold something else.
///
/// Fails where FreeMarker does: it looks beyond the end of a text whose last line has only blanks and
/// tabs, unless it has found before that nothing is common.
fn common_indentation(text: &str) -> Result<&str> {
    let mut common: Option<&str> = None;
    for (line, line_break) in split(text) {
        let rest = line.trim_start_matches([' ', '\t']);
        if rest.is_empty() {
            if line_break.is_empty() {
                let index = utf16::len16(text) + 1;
                return Err(Error::value(format!("String index out of range: {index}")));
            }
            continue;
        }
        let indentation = &line[..line.len() - rest.len()];
        let shared = match common {
            None => indentation,
            Some(before) => &before[..common_prefix(before, indentation)],
        };
        if shared.is_empty() && common.is_some() {
            return Ok("");
        }
        common = Some(shared);
    }
    Ok(common.unwrap_or(""))
}

fn without_indentation(text: &str, indentation: usize) -> String {
    let mut out = String::with_capacity(text.len());
    for (line, line_break) in split(text) {
        if !line.trim_start_matches([' ', '\t']).is_empty() {
            out.push_str(&line[indentation..]);
        }
        out.push_str(line_break);
    }
    out
}

/// How many bytes `a` and `b` begin with alike, in whole characters.
fn common_prefix(a: &str, b: &str) -> usize {
    let alike = a.chars().zip(b.chars()).take_while(|(a, b)| a == b);
    alike.map(|(c, _)| c.len_utf8()).sum()
}

fn trim_end(text: &str) -> &str {
    text.trim_end_matches(utf16::is_whitespace)
}

/// The words, as many in a line as fit `args[0]` units; with `args[1]` before each line, or with
/// `args[1]` before the first and `args[2]` before the others.
pub(super) fn wrap<'a>(text: Str<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    let width = call.number_arg(0)?.to_i32();
    let first = call.opt_string_arg(1)?.unwrap_or("");
    let rest = call.opt_string_arg(2)?.unwrap_or(first);
    let width = usize::try_from(width).ok().filter(|width| *width > 0);
    let width = width.ok_or_else(|| call.invalid_arg(0, "(width) must be at least 1."))?;
    fill(&text, width, first, rest, &call.env.engine.limits).map(Value::from)
}

fn fill(text: &str, width: usize, first: &str, rest: &str, limits: &Limits) -> Result<String> {
    limits.check_text(first.len() + text.len())?;
    let rest_len = utf16::len16(rest);
    let mut out = String::with_capacity(first.len() + text.len() + 1);
    out.push_str(first);
    let mut len = utf16::len16(first);
    let mut line_is_empty = true;
    let words = text.split([' ', '\t', '\n', '\u{b}', '\u{c}', '\r']);
    for word in words.filter(|word| !word.is_empty()) {
        let word_len = utf16::len16(word);
        if !line_is_empty {
            if len + 1 + word_len <= width {
                out.push(' ');
                len += 1;
            } else {
                out.push('\n');
                out.push_str(rest);
                len = rest_len;
            }
        }
        out.push_str(word);
        len += word_len;
        line_is_empty = false;
        limits.check_text(out.len())?;
    }
    out.push('\n');
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_with_their_breaks() {
        let lines = |text| split(text).collect::<Vec<_>>();
        assert_eq!(lines(""), []);
        assert_eq!(lines("a\n"), [("a", "\n")]);
        assert_eq!(lines("a\r\nb\rc"), [("a", "\r\n"), ("b", "\r"), ("c", "")]);
        assert_eq!(lines("\n\r"), [("", "\n"), ("", "\r")]);
    }
}
