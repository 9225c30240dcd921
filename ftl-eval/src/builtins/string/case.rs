//! `?upper_case`, `?cap_first`, `?capitalize` and their kin.

use crate::builtins::Call;
use crate::error::Result;
use crate::format::locale::Locale;
use crate::format::utf16;
use crate::value::Value;

/// The text in upper case, by the rules of the locale.
pub(super) fn upper_case<'a>(
    value: &Value<'a>,
    call: &mut Call<'_, 'a>,
    out: &mut String,
) -> Result<()> {
    let text = call.env.to_text(value, call.target)?;
    utf16::upper_case(&text, &call.env.settings.locale, out);
    Ok(())
}

/// The text in lower case, by the rules of the locale.
pub(super) fn lower_case<'a>(
    value: &Value<'a>,
    call: &mut Call<'_, 'a>,
    out: &mut String,
) -> Result<()> {
    let text = call.env.to_text(value, call.target)?;
    utf16::lower_case(&text, &call.env.settings.locale, out);
    Ok(())
}

/// The text in upper case, by rules that hold everywhere.
pub(super) fn c_upper_case(text: &str, out: &mut String) {
    utf16::upper_case(text, &root(), out);
}

/// The text in lower case, by rules that hold everywhere.
pub(super) fn c_lower_case(text: &str, out: &mut String) {
    utf16::lower_case(text, &root(), out);
}

fn root() -> Locale {
    Locale::new("", "", "")
}

/// The first character after white space in upper case.
pub(super) fn cap_first(text: &str, out: &mut String) {
    change_first(text, utf16::upper_char, out);
}

/// The first character after white space in lower case.
pub(super) fn uncap_first(text: &str, out: &mut String) {
    change_first(text, utf16::lower_char, out);
}

fn change_first(text: &str, change: fn(char) -> char, out: &mut String) {
    let word = text.trim_start_matches(utf16::is_whitespace);
    let mut rest = word.chars();
    out.push_str(&text[..text.len() - word.len()]);
    out.extend(rest.next().map(change));
    out.push_str(rest.as_str());
}

/// Each word in lower case with its first letter in upper case.
pub(super) fn capitalize(text: &str, out: &mut String) {
    let root = root();
    for word in text.split_inclusive([' ', '\t', '\r', '\n']) {
        let mut rest = word.chars();
        // Two units of UTF-16 are no letter here: each half is changed by itself, which does nothing.
        match rest.next() {
            Some(first) if first > '\u{ffff}' => out.push(first),
            Some(first) => utf16::upper_case(first.encode_utf8(&mut [0; 4]), &root, out),
            None => (),
        }
        utf16::lower_case(rest.as_str(), &root, out);
    }
}
