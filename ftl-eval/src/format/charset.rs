//! The character sets of `?url("…")` and `output_encoding`.

use std::fmt;

/// A character set that text can be encoded in, found by any of Java's names for it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Charset {
    Utf8,
    UsAscii,
    Latin1,
    Latin9,
    Windows1252,
    /// Big-endian, after a byte order mark.
    Utf16,
    Utf16Be,
    Utf16Le,
    /// Big-endian; Java writes no mark here.
    Utf32,
    Utf32Le,
}

/// No such charset, or one that we don't have; Java's `UnsupportedEncodingException`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct UnknownCharset(pub(crate) String);

/// Java's names and aliases in lower case. Java has some 160 more charsets, which nobody should
/// escape a URL in.
const NAMES: &[(Charset, &[&str])] = &[
    (Charset::Utf8, &["utf-8", "utf8", "unicode-1-1-utf-8"]),
    (
        Charset::Latin1,
        &[
            "iso-8859-1",
            "iso8859_1",
            "latin1",
            "iso8859-1",
            "iso_8859-1",
            "iso_8859_1",
            "8859_1",
            "l1",
            "819",
            "cp819",
            "ibm819",
            "ibm-819",
            "iso-ir-100",
            "csisolatin1",
            "iso_8859-1:1987",
        ],
    ),
    (
        Charset::UsAscii,
        &[
            "us-ascii",
            "ascii",
            "iso646-us",
            "us",
            "ibm367",
            "cp367",
            "646",
            "ascii7",
            "default",
            "csascii",
            "iso-ir-6",
            "ansi_x3.4-1968",
            "ansi_x3.4-1986",
            "iso_646.irv:1983",
            "iso_646.irv:1991",
        ],
    ),
    (Charset::Windows1252, &["windows-1252", "cp1252", "ibm1252", "ibm-1252", "cp5348"]),
    (
        Charset::Latin9,
        &[
            "iso-8859-15",
            "iso8859_15",
            "iso8859-15",
            "iso_8859-15",
            "8859_15",
            "latin9",
            "latin-9",
            "latin0",
            "l9",
            "cp923",
            "ibm923",
            "ibm-923",
            "923",
            "csiso885915",
            "csisolatin9",
            "csisolatin0",
            "iso8859_15_fdis",
        ],
    ),
    (Charset::Utf16, &["utf-16", "utf_16", "utf16", "unicode", "unicodebig"]),
    (
        Charset::Utf16Be,
        &["utf-16be", "utf_16be", "x-utf-16be", "iso-10646-ucs-2", "unicodebigunmarked"],
    ),
    (Charset::Utf16Le, &["utf-16le", "utf_16le", "x-utf-16le", "unicodelittleunmarked"]),
    (Charset::Utf32, &["utf-32", "utf_32", "utf32", "utf-32be", "utf_32be", "x-utf-32be"]),
    (Charset::Utf32Le, &["utf-32le", "utf_32le", "x-utf-32le"]),
];

impl Charset {
    pub(crate) fn by_name(name: &str) -> Result<Self, UnknownCharset> {
        NAMES
            .iter()
            .find(|(_, names)| names.iter().any(|known| known.eq_ignore_ascii_case(name)))
            .map(|(charset, _)| *charset)
            .ok_or_else(|| UnknownCharset(name.to_owned()))
    }

    /// Hands over the bytes of `text`; what the charset lacks becomes `?`.
    pub(crate) fn encode(self, text: &str, mut put: impl FnMut(u8)) {
        match self {
            Charset::Utf8 => text.bytes().for_each(put),
            Charset::Utf16 | Charset::Utf16Be => {
                if self == Charset::Utf16 {
                    put(0xfe);
                    put(0xff);
                }
                text.encode_utf16().flat_map(u16::to_be_bytes).for_each(put);
            }
            Charset::Utf16Le => text.encode_utf16().flat_map(u16::to_le_bytes).for_each(put),
            Charset::Utf32 => text.chars().flat_map(|c| (c as u32).to_be_bytes()).for_each(put),
            Charset::Utf32Le => text.chars().flat_map(|c| (c as u32).to_le_bytes()).for_each(put),
            _ => text.chars().map(|c| self.single_byte(c).unwrap_or(b'?')).for_each(put),
        }
    }

    fn single_byte(self, c: char) -> Option<u8> {
        let code = u8::try_from(c as u32).ok();
        match self {
            Charset::UsAscii => code.filter(u8::is_ascii),
            Charset::Latin1 => code,
            Charset::Latin9 => match LATIN_9.iter().find(|(own, _)| *own == c) {
                Some((_, byte)) => Some(*byte),
                None => code.filter(|code| LATIN_9.iter().all(|(_, byte)| byte != code)),
            },
            _ => match WINDOWS_1252.iter().position(|own| *own == Some(c)) {
                Some(place) => Some(0x80 + place as u8),
                None => code.filter(|code| !(0x80..0xa0).contains(code)),
            },
        }
    }
}

impl fmt::Display for UnknownCharset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UnknownCharset {}

/// Where ISO-8859-15 differs from ISO-8859-1.
const LATIN_9: [(char, u8); 8] = [
    ('€', 0xa4),
    ('Š', 0xa6),
    ('š', 0xa8),
    ('Ž', 0xb4),
    ('ž', 0xb8),
    ('Œ', 0xbc),
    ('œ', 0xbd),
    ('Ÿ', 0xbe),
];

/// What windows-1252 has at 0x80 to 0x9F.
const WINDOWS_1252: [Option<char>; 32] = [
    Some('€'),
    None,
    Some('‚'),
    Some('ƒ'),
    Some('„'),
    Some('…'),
    Some('†'),
    Some('‡'),
    Some('ˆ'),
    Some('‰'),
    Some('Š'),
    Some('‹'),
    Some('Œ'),
    None,
    Some('Ž'),
    None,
    None,
    Some('‘'),
    Some('’'),
    Some('“'),
    Some('”'),
    Some('•'),
    Some('–'),
    Some('—'),
    Some('˜'),
    Some('™'),
    Some('š'),
    Some('›'),
    Some('œ'),
    None,
    Some('ž'),
    Some('Ÿ'),
];
