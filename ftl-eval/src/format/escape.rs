//! Escaping of text for string literals, markup and URLs.
//!
//! These run once per interpolation, so they copy the stretches between special bytes whole.

use super::charset::{Charset, UnknownCharset};

/// `?json_string`: what a JSON string literal holds, without its quotes.
pub(crate) fn json_string(text: &str, out: &mut String) {
    js_like::<true, false>(text, out);
}

/// `?js_string`: what a JavaScript string literal in either quotes holds, without them.
pub(crate) fn js_string(text: &str, out: &mut String) {
    js_like::<false, false>(text, out);
}

/// A string literal of JSON, with its quotes; valid as JavaScript too.
pub(crate) fn json_literal(text: &str, out: &mut String) {
    out.push('"');
    js_like::<true, true>(text, out);
    out.push('"');
}

/// A string literal of JavaScript, with its quotes.
pub(crate) fn js_literal(text: &str, out: &mut String) {
    out.push('"');
    js_like::<false, true>(text, out);
    out.push('"');
}

/// `?j_string`: what a Java string literal holds, without its quotes.
pub(crate) fn j_string(text: &str, out: &mut String) {
    replace(
        text,
        out,
        |byte| byte < 0x20 || byte == b'"' || byte == b'\\',
        |_, _| 1,
        |bytes, out| match bytes[0] {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            byte => control(byte, out, |byte, out| {
                out.push_str("\\u00");
                push_hex(byte, b"0123456789abcdef", out);
            }),
        },
    );
}

/// A string literal of Java, with its quotes.
pub(crate) fn j_literal(text: &str, out: &mut String) {
    out.push('"');
    j_string(text, out);
    out.push('"');
}

/// `?xhtml`, `?html`, and what auto-escaping does in HTML and XHTML.
pub(crate) fn xhtml(text: &str, out: &mut String) {
    markup(text, "&#39;", out);
}

/// `?xml`, and what auto-escaping does in XML.
pub(crate) fn xml(text: &str, out: &mut String) {
    markup(text, "&apos;", out);
}

/// `?html` before `incompatible_improvements` 2.3.20: leaves `'` alone.
pub(crate) fn html_keeping_apostrophes(text: &str, out: &mut String) {
    markup(text, "'", out);
}

/// `?rtf`, and what auto-escaping does in RTF.
pub(crate) fn rtf(text: &str, out: &mut String) {
    let is_special = |byte| matches!(byte, b'\\' | b'{' | b'}');
    replace(
        text,
        out,
        is_special,
        |_, _| 1,
        |bytes, out| {
            out.push('\\');
            out.push(char::from(bytes[0]));
        },
    );
}

/// `?url`: percent-encodes all but letters, digits and `_ - . ! ~ ' ( ) *`.
pub(crate) fn url(text: &str, charset: &str, out: &mut String) -> Result<(), UnknownCharset> {
    percent(text, charset, is_url_safe, out)
}

/// `?url_path`: as [`url`], but leaves `/` alone.
pub(crate) fn url_path(text: &str, charset: &str, out: &mut String) -> Result<(), UnknownCharset> {
    percent(text, charset, |byte| is_url_safe(byte) || byte == b'/', out)
}

/// Copies text, replacing parts of it. Where a byte `may_be_special`, `special` tells how many
/// bytes at that place to replace, 0 for none, and `write` is given these to write their escape.
#[inline(always)]
fn replace(
    text: &str,
    out: &mut String,
    may_be_special: impl Fn(u8) -> bool,
    special: impl Fn(&[u8], usize) -> usize,
    write: impl Fn(&[u8], &mut String),
) {
    let bytes = text.as_bytes();
    out.reserve(bytes.len());
    let (mut copied, mut at) = (0, 0);
    while at < bytes.len() {
        // An array of flags, tested as a whole, becomes vector code.
        let end = match bytes[at..].first_chunk::<16>() {
            Some(chunk) => {
                let flags = chunk.map(|byte| u8::from(may_be_special(byte)));
                if u128::from_ne_bytes(flags) == 0 {
                    at += 16;
                    continue;
                }
                at + 16
            }
            None => bytes.len(),
        };
        while at < end {
            if !may_be_special(bytes[at]) {
                at += 1;
                continue;
            }
            match special(bytes, at) {
                0 => at += 1,
                len => {
                    out.push_str(&text[copied..at]);
                    write(&bytes[at..at + len], out);
                    at += len;
                    copied = at;
                }
            }
        }
    }
    out.push_str(&text[copied..]);
}

/// Beside what the literal needs, no piece may open or close a comment, CDATA section or element
/// of a surrounding HTML page, not even together with what stands beside it (unless `QUOTED`).
fn js_like<const JSON: bool, const QUOTED: bool>(text: &str, out: &mut String) {
    // 0xC2 may begin U+0080 to U+009F, 0xE2 may begin U+2028 or U+2029.
    let may_be_special = |byte| {
        (byte < 0x20)
            | (byte == b'"')
            | (byte == b'\\')
            | (!JSON && byte == b'\'')
            | (byte == b'/')
            // `<` or `>`, and 0xC2 or 0xE2, at one comparison each.
            | (byte | 0x02 == b'>')
            | (byte == 0x7f)
            | (byte | 0x20 == 0xe2)
    };
    let special = |bytes: &[u8], at: usize| {
        let before = |n: usize| at.checked_sub(n).map(|at| bytes[at]);
        let next = bytes.get(at + 1);
        let one = |is_special: bool| usize::from(is_special);
        match bytes[at] {
            b'\'' => one(!QUOTED),
            b'/' => one(before(1).map_or(!QUOTED, |byte| byte == b'<')),
            b'>' => one(closes::<QUOTED>(before(1), before(2))),
            b'<' => one(next.map_or(!QUOTED, |byte| matches!(byte, b'!' | b'?'))),
            0xc2 => 2 * one(next.is_some_and(|byte| *byte < 0xa0)),
            0xe2 => {
                let rest = bytes.get(at + 1..at + 3);
                3 * one(matches!(rest, Some([0x80, 0xa8 | 0xa9])))
            }
            _ => 1,
        }
    };
    let hex = |byte: u8, out: &mut String| {
        out.push_str(if JSON { "\\u00" } else { "\\x" });
        push_hex(byte, b"0123456789ABCDEF", out);
    };
    replace(text, out, may_be_special, special, |bytes, out| match bytes {
        b"\"" => out.push_str("\\\""),
        b"\\" => out.push_str("\\\\"),
        b"'" => out.push_str("\\'"),
        b"/" => out.push_str("\\/"),
        b">" if !JSON => out.push_str("\\>"),
        [0xe2, _, last] => out.push_str(if *last == 0xa8 { "\\u2028" } else { "\\u2029" }),
        [_, byte] => hex(*byte, out),
        bytes => control(bytes[0], out, hex),
    });
}

/// Whether `>` after these may end `-->` or `]]>`.
fn closes<const QUOTED: bool>(last: Option<u8>, last_but_one: Option<u8>) -> bool {
    match (last, last_but_one) {
        (None, _) => !QUOTED,
        (Some(last @ (b']' | b'-')), before) => before.map_or(!QUOTED, |before| before == last),
        _ => false,
    }
}

/// Control characters with an escape of their own; the others as `hex` has them.
fn control(byte: u8, out: &mut String, hex: impl Fn(u8, &mut String)) {
    match byte {
        b'\n' => out.push_str("\\n"),
        b'\r' => out.push_str("\\r"),
        b'\t' => out.push_str("\\t"),
        0x0c => out.push_str("\\f"),
        0x08 => out.push_str("\\b"),
        byte => hex(byte, out),
    }
}

fn push_hex(byte: u8, digits: &[u8; 16], out: &mut String) {
    out.push(char::from(digits[usize::from(byte >> 4)]));
    out.push(char::from(digits[usize::from(byte & 0xf)]));
}

#[inline(always)]
fn markup(text: &str, apostrophe: &str, out: &mut String) {
    let is_special =
        |byte| (byte == b'<') | (byte == b'>') | (byte == b'&') | (byte == b'"') | (byte == b'\'');
    replace(
        text,
        out,
        is_special,
        |_, _| 1,
        |bytes, out| {
            out.push_str(match bytes[0] {
                b'<' => "&lt;",
                b'>' => "&gt;",
                b'&' => "&amp;",
                b'"' => "&quot;",
                _ => apostrophe,
            });
        },
    );
}

#[inline(always)]
fn is_url_safe(byte: u8) -> bool {
    const SAFE: [bool; 256] = {
        let mut safe = [false; 256];
        let mut byte = 0;
        while byte < 128 {
            let c = byte as u8;
            safe[byte] = c.is_ascii_alphanumeric()
                || matches!(c, b'_' | b'-' | b'.' | b'!' | b'~' | b'\'' | b'(' | b')' | b'*');
            byte += 1;
        }
        safe
    };
    SAFE[usize::from(byte)]
}

/// `%00` to `%FF`, one after the other.
const PERCENT: &str = {
    const BYTES: [u8; 768] = {
        let digits = b"0123456789ABCDEF";
        let mut bytes = [b'%'; 768];
        let mut byte = 0;
        while byte < 256 {
            bytes[byte * 3 + 1] = digits[byte >> 4];
            bytes[byte * 3 + 2] = digits[byte & 15];
            byte += 1;
        }
        bytes
    };
    match std::str::from_utf8(&BYTES) {
        Ok(text) => text,
        Err(_) => "",
    }
};

/// Each stretch of unsafe characters is encoded by itself, so UTF-16 writes its mark each time.
/// The charset is looked up only when something is to be encoded.
fn percent(
    text: &str,
    charset: &str,
    is_safe: impl Fn(u8) -> bool,
    out: &mut String,
) -> Result<(), UnknownCharset> {
    let mut known = None;
    let mut rest = text;
    out.reserve(text.len());
    loop {
        let safe = rest.bytes().position(|byte| !is_safe(byte)).unwrap_or(rest.len());
        out.push_str(&rest[..safe]);
        rest = &rest[safe..];
        if rest.is_empty() {
            return Ok(());
        }
        let encoder = match known {
            Some(encoder) => encoder,
            None => *known.insert(Charset::by_name(charset)?),
        };
        let unsafe_len = rest.bytes().position(&is_safe).unwrap_or(rest.len());
        encoder.encode(&rest[..unsafe_len], |byte| {
            let at = usize::from(byte) * 3;
            out.push_str(&PERCENT[at..at + 3]);
        });
        rest = &rest[unsafe_len..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl Fn(&str, &mut String), text: &str) -> String {
        let mut out = String::new();
        write(text, &mut out);
        out
    }

    /// Text; what FreeMarker 2.3.35 makes of it by `?json_string`, `?js_string`, `?j_string`, `?c`.
    #[test]
    fn string_literals() {
        let cases = [
            (
                "plain text, long enough for sixteen bytes at a time",
                "plain text, long enough for sixteen bytes at a time",
                "plain text, long enough for sixteen bytes at a time",
                "plain text, long enough for sixteen bytes at a time",
                "\"plain text, long enough for sixteen bytes at a time\"",
            ),
            (
                "\"quoted\" 'so' \\",
                "\\\"quoted\\\" 'so' \\\\",
                "\\\"quoted\\\" \\'so\\' \\\\",
                "\\\"quoted\\\" 'so' \\\\",
                "\"\\\"quoted\\\" 'so' \\\\\"",
            ),
            (
                "\n\t\r\u{8}\u{c}",
                "\\n\\t\\r\\b\\f",
                "\\n\\t\\r\\b\\f",
                "\\n\\t\\r\\b\\f",
                "\"\\n\\t\\r\\b\\f\"",
            ),
            (
                "\u{0}\u{1f}\u{7f}",
                "\\u0000\\u001F\\u007F",
                "\\x00\\x1F\\x7F",
                "\\u0000\\u001f\u{7f}",
                "\"\\u0000\\u001F\\u007F\"",
            ),
            (
                "\u{80}\u{9f}\u{a0}Âé€…",
                "\\u0080\\u009F\u{a0}Âé€…",
                "\\x80\\x9F\u{a0}Âé€…",
                "\u{80}\u{9f}\u{a0}Âé€…",
                "\"\\u0080\\u009F\u{a0}Âé€…\"",
            ),
            (
                "‧\u{2028}\u{2029}\u{202a}",
                "‧\\u2028\\u2029\u{202a}",
                "‧\\u2028\\u2029\u{202a}",
                "‧\u{2028}\u{2029}\u{202a}",
                "\"‧\\u2028\\u2029\u{202a}\"",
            ),
            ("/a</b>/", "\\/a<\\/b>/", "\\/a<\\/b>/", "/a</b>/", "\"/a<\\/b>/\""),
            (
                "https://example.com/a",
                "https://example.com/a",
                "https://example.com/a",
                "https://example.com/a",
                "\"https://example.com/a\"",
            ),
            (">a>", "\\u003Ea>", "\\>a>", ">a>", "\">a>\""),
            ("]>", "]\\u003E", "]\\>", "]>", "\"]>\""),
            ("]]>", "]]\\u003E", "]]\\>", "]]>", "\"]]\\u003E\""),
            ("-->", "--\\u003E", "--\\>", "-->", "\"--\\u003E\""),
            ("->->", "-\\u003E->", "-\\>->", "->->", "\"->->\""),
            (
                "a]]>b-->c->",
                "a]]\\u003Eb--\\u003Ec->",
                "a]]\\>b--\\>c->",
                "a]]>b-->c->",
                "\"a]]\\u003Eb--\\u003Ec->\"",
            ),
            ("<", "\\u003C", "\\x3C", "<", "\"<\""),
            (
                "a<!-- <?x <b",
                "a\\u003C!-- \\u003C?x <b",
                "a\\x3C!-- \\x3C?x <b",
                "a<!-- <?x <b",
                "\"a\\u003C!-- \\u003C?x <b\"",
            ),
            ("<!\u{1}", "\\u003C!\\u0001", "\\x3C!\\x01", "<!\\u0001", "\"\\u003C!\\u0001\""),
            (
                "sixteen bytes...</script>sixteen bytes...<!-- -->",
                "sixteen bytes...<\\/script>sixteen bytes...\\u003C!-- --\\u003E",
                "sixteen bytes...<\\/script>sixteen bytes...\\x3C!-- --\\>",
                "sixteen bytes...</script>sixteen bytes...<!-- -->",
                "\"sixteen bytes...<\\/script>sixteen bytes...\\u003C!-- --\\u003E\"",
            ),
            ("😀\u{80}😀", "😀\\u0080😀", "😀\\x80😀", "😀\u{80}😀", "\"😀\\u0080😀\""),
        ];
        for (text, json, js, java, quoted) in cases {
            assert_eq!(written(json_string, text), json);
            assert_eq!(written(js_string, text), js);
            assert_eq!(written(j_string, text), java);
            assert_eq!(written(json_literal, text), quoted);
        }
    }

    #[test]
    fn markup() {
        let text = "a<b> & \"c\" 'd'";
        assert_eq!(written(xhtml, text), "a&lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;");
        assert_eq!(written(xml, text), "a&lt;b&gt; &amp; &quot;c&quot; &apos;d&apos;");
        assert_eq!(written(html_keeping_apostrophes, text), "a&lt;b&gt; &amp; &quot;c&quot; 'd'");
        assert_eq!(written(rtf, r"{\b x}"), r"\{\\b x\}");
    }

    /// Recorded from FreeMarker 2.3.35: charset, text, `?url`, `?url_path`.
    #[test]
    fn urls() {
        let cases = [
            ("UTF-8", "safe-_.!~'()*", "safe-_.!~'()*", "safe-_.!~'()*"),
            (
                "UTF-8",
                "a b/c?d=é&€",
                "a%20b%2Fc%3Fd%3D%C3%A9%26%E2%82%AC",
                "a%20b/c%3Fd%3D%C3%A9%26%E2%82%AC",
            ),
            ("UTF-8", "😀", "%F0%9F%98%80", "%F0%9F%98%80"),
            ("utf8", "é", "%C3%A9", "%C3%A9"),
            ("ISO-8859-1", "é€", "%E9%3F", "%E9%3F"),
            ("latin1", "a+b%", "a%2Bb%25", "a%2Bb%25"),
            ("US-ASCII", "é", "%3F", "%3F"),
            (
                "UTF-16",
                "a éé/€ b",
                "a%FE%FF%00%20%00%E9%00%E9%00%2F%20%AC%00%20b",
                "a%FE%FF%00%20%00%E9%00%E9/%FE%FF%20%AC%00%20b",
            ),
            ("UTF-16BE", "😀", "%D8%3D%DE%00", "%D8%3D%DE%00"),
            ("UTF-16LE", "😀", "%3D%D8%00%DE", "%3D%D8%00%DE"),
            ("UTF-32", "😀", "%00%01%F6%00", "%00%01%F6%00"),
            ("windows-1252", "€é™\u{81}\u{80}", "%80%E9%99%3F%3F", "%80%E9%99%3F%3F"),
            ("ISO-8859-15", "€¤é", "%A4%3F%E9", "%A4%3F%E9"),
            ("nope", "safe", "safe", "safe"),
            ("nope", "é", "! nope", "! nope"),
        ];
        for (charset, text, expected, path) in cases {
            let show = |write: fn(&str, &str, &mut String) -> Result<(), UnknownCharset>| {
                let mut out = String::new();
                match write(text, charset, &mut out) {
                    Ok(()) => out,
                    Err(error) => format!("! {error}"),
                }
            };
            assert_eq!(show(url), expected, "{charset} {text}");
            assert_eq!(show(url_path), path, "{charset} {text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn json_literals_read_back(text: String) {
            let literal = written(json_literal, &text);
            proptest::prop_assert_eq!(serde_json::from_str::<String>(&literal).unwrap(), text);
        }

        /// The pieces of a literal may stand side by side.
        #[test]
        fn json_strings_read_back(a in "[a-z<>/!\\]\"\\\\-]{0,9}", b in "[a-z<>/!\\]-]{0,9}") {
            let both = format!("\"{}{}\"", written(json_string, &a), written(json_string, &b));
            proptest::prop_assert_eq!(serde_json::from_str::<String>(&both).unwrap(), a + &b);
            for closing in ["</", "<!", "]]>", "-->"] {
                proptest::prop_assert!(!both.contains(closing), "{}", both);
            }
        }
    }
}
