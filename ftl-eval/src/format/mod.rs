//! Numbers, dates and strings as text, and the locales' part in it.

pub(crate) mod c;
pub(crate) mod charset;
pub(crate) mod collate;
pub(crate) mod date;
pub(crate) mod escape;
pub(crate) mod locale;
pub(crate) mod locale_date;
pub(crate) mod locale_number;
mod locale_number_table;
pub(crate) mod number;
pub(crate) mod regexp;
pub(crate) mod unicode;
pub(crate) mod utf16;
pub(crate) mod zone;

/// `text` in quotes, as messages show it.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            c if (c as u32) < 0x20 => out.push_str(&format!("\\u{:04x}", c as u32)),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
