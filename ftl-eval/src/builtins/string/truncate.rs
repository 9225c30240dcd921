//! `?truncate` and its kin: FreeMarker's own algorithm of truncation.

use std::rc::Rc;

use crate::builtins::Call;
use crate::error::Result;
use crate::format::utf16;
use crate::output::{Markup, OutputFormat, Simple};
use crate::value::{Str, Value};

/// Where the text may be cut.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    /// Between words, unless too little would be left.
    Auto,
    Anywhere,
    BetweenWords,
}

pub(super) fn truncate<'a>(text: Str<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    run(text, call, Mode::Auto, false)
}

pub(super) fn truncate_c<'a>(text: Str<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    run(text, call, Mode::Anywhere, false)
}

pub(super) fn truncate_w<'a>(text: Str<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    run(text, call, Mode::BetweenWords, false)
}

pub(super) fn truncate_m<'a>(text: Str<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    run(text, call, Mode::Auto, true)
}

pub(super) fn truncate_c_m<'a>(text: Str<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    run(text, call, Mode::Anywhere, true)
}

pub(super) fn truncate_w_m<'a>(text: Str<'a>, call: &mut Call<'_, 'a>) -> Result<Value<'a>> {
    run(text, call, Mode::BetweenWords, true)
}

/// `text`, cut so that with the terminator `args[1]`, which counts as `args[2]` units, it has at most
/// `args[0]` units.
fn run<'a>(
    text: Str<'a>,
    call: &mut Call<'_, 'a>,
    mode: Mode,
    markup_allowed: bool,
) -> Result<Value<'a>> {
    let max = length_arg(call, 0)?;
    let terminator = match call.args.get(1) {
        None => Terminator::standard(call.env.settings.truncate_unicode, markup_allowed),
        Some(value) => {
            let mut terminator = match value {
                Value::Markup(markup) if markup_allowed => Terminator::markup(markup),
                value => match value.as_str() {
                    Some(text) => Terminator::text(text, value.clone()),
                    None if markup_allowed => {
                        return Err(call.bad_arg(1, "string or markup output", value));
                    }
                    None => return Err(call.bad_arg(1, "string", value)),
                },
            };
            if call.has(2) {
                terminator.length = length_arg(call, 2)?;
            }
            terminator
        }
    };
    // What lies beyond the first unit that is cut off does not matter.
    let head: Vec<u16> = text.encode_utf16().take(max.saturating_add(1)).collect();
    if head.len() <= max {
        return Ok(text.into());
    }
    let cut = Cut { units: &head, max, terminator: &terminator };
    let Some((kept, blank)) = cut.find(mode) else { return Ok(terminator.value) };
    let kept = crate::slice::substring(&text, 0, kept);
    call.check_text(kept.len() + terminator.bytes() + 1)?;
    let mut out = String::with_capacity(kept.len() + terminator.bytes() + 1);
    out.push_str(&kept);
    if blank {
        out.push(' ');
    }
    match &terminator.value {
        Value::Markup(markup) => {
            let text = Markup::from_plain(markup.format.clone(), out);
            let joined = text.concat(markup).unwrap_or(text);
            Ok(Value::Markup(Rc::new(joined)))
        }
        value => {
            out.push_str(value.as_str().unwrap_or(""));
            Ok(out.into())
        }
    }
}

fn length_arg(call: &Call<'_, '_>, at: usize) -> Result<usize> {
    let length = call.number_arg(at)?.to_i32();
    usize::try_from(length).map_err(|_| call.invalid_arg(at, "can't be negative."))
}

/// What is put after text that was cut.
struct Terminator<'a> {
    value: Value<'a>,
    /// What it counts as, in UTF-16 units.
    length: usize,
    removes_dots: bool,
}

impl<'a> Terminator<'a> {
    fn standard(unicode: bool, markup: bool) -> Self {
        if markup {
            let standard = "<span class='truncateTerminator'>[&#8230;]</span>";
            let format = OutputFormat::Simple(Simple::Html);
            return Self::markup(&Rc::new(Markup::new(format, standard)));
        }
        let standard = if unicode { "[…]" } else { "[...]" };
        Self::text(standard, standard.into())
    }

    fn text(text: &str, value: Value<'a>) -> Self {
        let removes_dots = text.starts_with(['.', '…']);
        Self { length: utf16::len16(text), removes_dots, value }
    }

    fn markup(markup: &Rc<Markup<'a>>) -> Self {
        let source = markup.markup();
        let value = Value::Markup(markup.clone());
        match markup.format {
            OutputFormat::Simple(Simple::Html | Simple::Xhtml | Simple::Xml) => Self {
                length: length_without_tags(&source),
                removes_dots: starts_with_dot(&source),
                value,
            },
            // A length that FreeMarker assumes where it cannot tell.
            _ => Self { length: 3, removes_dots: true, value },
        }
    }

    fn bytes(&self) -> usize {
        match &self.value {
            Value::Markup(markup) => markup.markup().len(),
            value => value.as_str().map_or(0, str::len),
        }
    }
}

/// Looks for the place to cut.
struct Cut<'t, 'a> {
    /// One unit more than may stay.
    units: &'t [u16],
    max: usize,
    terminator: &'t Terminator<'a>,
}

impl Cut<'_, '_> {
    /// How many units to keep, and whether a blank comes after them. `None`: nothing is kept.
    fn find(&self, mode: Mode) -> Option<(usize, bool)> {
        let spaced = self.terminator.length != 0;
        let initial = self.max.checked_sub(self.terminator.length)?;
        let anywhere = self.skip_blanks(initial);
        if anywhere == 0 {
            return None;
        }
        if mode != Mode::Anywhere {
            let kept = self.between_words(anywhere, mode, spaced);
            if kept.is_some() || mode == Mode::BetweenWords {
                return kept.map(|kept| (kept, spaced));
            }
        }
        self.anywhere(anywhere, initial, spaced)
    }

    /// Ends of words, in units kept: `end` is the most of them.
    fn between_words(&self, end: usize, mode: Mode, spaced: bool) -> Option<usize> {
        let length = self.terminator.length + usize::from(spaced);
        // At least three quarters are used, else a word is cut.
        let least = match mode {
            Mode::Auto => ((self.max * 3).div_ceil(4)).saturating_sub(length).max(1),
            _ => 1,
        };
        let mut kept = self.max.checked_sub(length)?.min(end);
        let mut at_end = self.is_blank(kept);
        while kept >= least {
            let blank = self.is_blank(kept - 1);
            if !blank && at_end {
                if !spaced && self.is_dot(kept - 1) && self.terminator.removes_dots {
                    while kept >= least && (self.is_dot(kept - 1) || self.is_blank(kept - 1)) {
                        kept -= 1;
                    }
                    if kept < least {
                        return None;
                    }
                }
                return Some(kept);
            }
            at_end = blank;
            kept -= 1;
        }
        None
    }

    fn anywhere(&self, mut kept: usize, initial: usize, spaced: bool) -> Option<(usize, bool)> {
        // The blank after a whole word needs its place.
        if kept == initial && spaced && self.is_blank(kept) {
            kept -= 1;
        }
        loop {
            kept = self.skip_blanks(kept);
            if kept == 0 {
                return None;
            }
            let touched = self.is_dot(kept - 1) && !(spaced && self.is_blank(kept));
            if !touched || !self.terminator.removes_dots {
                break;
            }
            while kept > 0 && self.is_dot(kept - 1) {
                kept -= 1;
            }
        }
        Some((kept, spaced && self.is_blank(kept)))
    }

    fn skip_blanks(&self, mut kept: usize) -> usize {
        while kept > 0 && self.is_blank(kept - 1) {
            kept -= 1;
        }
        kept
    }

    /// Whether the unit at `at` is white space, so that a word ends before it.
    fn is_blank(&self, at: usize) -> bool {
        let unit = self.units.get(at).copied().map(u32::from);
        unit.and_then(char::from_u32).is_some_and(utf16::is_whitespace)
    }

    fn is_dot(&self, at: usize) -> bool {
        self.units.get(at).is_some_and(|&unit| unit == u16::from(b'.') || unit == 0x2026)
    }
}

/// Units of HTML or XML outside of tags and comments; a reference counts as one.
fn length_without_tags(markup: &str) -> usize {
    let mut length = 0;
    let mut rest = markup;
    while let Some(first) = rest.chars().next() {
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = after(comment, "-->");
        } else if let Some(section) = rest.strip_prefix("<![CDATA[") {
            let end = section.find("]]>").unwrap_or(section.len());
            length += utf16::len16(&section[..end]);
            rest = after(section, "]]>");
        } else if first == '<' {
            rest = after(rest, ">");
        } else if first == '&' {
            length += 1;
            rest = after(rest, ";");
        } else {
            length += first.len_utf16();
            rest = &rest[first.len_utf8()..];
        }
    }
    length
}

/// Whether the first character of HTML or XML outside of tags and comments is a dot or an ellipsis.
fn starts_with_dot(markup: &str) -> bool {
    let mut rest = markup;
    while let Some(first) = rest.chars().next() {
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = after(comment, "-->");
        } else if let Some(section) = rest.strip_prefix("<![CDATA[") {
            match section.strip_prefix("]]>") {
                Some(following) => rest = following,
                None => return section.starts_with(['.', '…']),
            }
        } else if first == '<' {
            rest = after(rest, ">");
        } else if first == '&' {
            let reference = &rest[1..];
            let end = reference.find(';').unwrap_or(reference.len());
            return is_dot_reference(&reference[..end]);
        } else {
            return matches!(first, '.' | '…');
        }
    }
    false
}

/// What follows the first `end`.
fn after<'t>(text: &'t str, end: &str) -> &'t str {
    text.split_once(end).map_or("", |(_, rest)| rest)
}

fn is_dot_reference(name: &str) -> bool {
    let Some(number) = name.strip_prefix('#').filter(|number| number.len() > 1) else {
        return matches!(name, "hellip" | "period");
    };
    let code = match number.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => number.parse(),
    };
    matches!(code, Ok(0x2e | 0x2026))
}
