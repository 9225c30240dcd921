//! A message with an excerpt of the template it is about.
//!
//! ```text
//! error: The following has evaluated to null or missing: user.nick
//!   --> order.ftl:3:11
//!    |
//!  3 |   <p>Hi ${user.nick}!</p>
//!    |           ^^^^^^^^^
//!    = tip: the step after the last dot is missing; give it a default: user.nick!"friend"
//! ```

use std::borrow::Cow;
use std::fmt::{self, Display, Write as _};

use unicode_width::UnicodeWidthChar as _;

use crate::error::ParseError;
use crate::source::{Position, Source, Span};

/// A message with an excerpt. Its `Display` is several lines, the last one without a line break.
#[derive(Clone, Debug)]
pub struct Snippet<'a> {
    level: &'a str,
    message: Cow<'a, str>,
    places: Vec<Place<'a>>,
    notes: Vec<(Cow<'a, str>, Cow<'a, str>)>,
}

#[derive(Clone, Debug)]
struct Place<'a> {
    source: &'a Source,
    span: Span,
    position: Position,
    label: Cow<'a, str>,
}

/// More of a line than this is not shown.
const MAX_WIDTH: usize = 120;

/// What FreeMarker calls a template without a name.
const NAMELESS: &str = "nameless template";

impl<'a> Snippet<'a> {
    /// A message of `level` (`"error"`, `"warning"`) about `span` of `source`.
    pub fn new(
        level: &'a str,
        message: impl Into<Cow<'a, str>>,
        source: &'a Source,
        span: Span,
    ) -> Self {
        let place = Place { source, span, position: source.position(span.start), label: "".into() };
        Self { level, message: message.into(), places: vec![place], notes: Vec::new() }
    }

    /// Tells another line and column than those where the span starts.
    pub fn position(mut self, position: Position) -> Self {
        if let Some(place) = self.places.first_mut() {
            place.position = position;
        }
        self
    }

    /// Writes `label` behind the carets.
    pub fn label(mut self, label: impl Into<Cow<'a, str>>) -> Self {
        if let Some(place) = self.places.first_mut() {
            place.label = label.into();
        }
        self
    }

    /// Shows another place, with what it is.
    pub fn related(
        mut self,
        source: &'a Source,
        span: Span,
        label: impl Into<Cow<'a, str>>,
    ) -> Self {
        let position = source.position(span.start);
        self.places.push(Place { source, span, position, label: label.into() });
        self
    }

    /// Adds a line `= kind: text`, such as a tip.
    pub fn note(mut self, kind: impl Into<Cow<'a, str>>, text: impl Into<Cow<'a, str>>) -> Self {
        self.notes.push((kind.into(), text.into()));
        self
    }
}

/// Writes where `span` is and the line it begins on, the span underlined, as a [`Snippet`] does under its message.
pub fn write_snippet(out: &mut impl fmt::Write, source: &Source, span: Span) -> fmt::Result {
    let place = Place { source, span, position: source.position(span.start), label: "".into() };
    let margin = margin(place.first_line().0);
    place.write(out, margin, "-->", '^')
}

/// The width of the column of line numbers.
fn margin(last_line: u32) -> usize {
    last_line.to_string().len() + 1
}

impl ParseError {
    /// The first line of the message, without the list of words that FreeMarker expected.
    pub fn headline(&self) -> &str {
        let line = self.message.lines().next().unwrap_or("");
        let line = line.strip_suffix(", but was expecting one of these patterns:").unwrap_or(line);
        line.trim_end_matches(' ')
    }

    /// The message with an excerpt of `source`, in which the fault is.
    pub fn snippet<'a>(&'a self, source: &'a Source) -> Snippet<'a> {
        let mut snippet =
            Snippet::new("error", self.headline(), source, self.span).position(self.position);
        // Many blocks may be open; the innermost tell enough.
        for (span, label) in self.related.iter().take(3) {
            snippet = snippet.related(source, *span, label.as_str());
        }
        match &self.tip {
            Some(tip) => snippet.note("tip", tip.as_str()),
            None => snippet,
        }
    }
}

impl Display for Snippet<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.level, self.message.trim_end())?;
        let line_numbers = self.places.iter().map(|place| place.first_line().0);
        let margin = margin(line_numbers.max().unwrap_or(0));
        for (index, place) in self.places.iter().enumerate() {
            f.write_char('\n')?;
            match index {
                0 => place.write(f, margin, "-->", '^')?,
                _ => place.write(f, margin, ":::", '-')?,
            }
        }
        for (kind, text) in &self.notes {
            let mut lines = text.lines();
            write!(f, "\n{:margin$} = {kind}: {}", "", lines.next().unwrap_or(""))?;
            for line in lines {
                write!(
                    f,
                    "\n{:margin$}   {:width$}  {line}",
                    "",
                    "",
                    width = kind.chars().count()
                )?;
            }
        }
        Ok(())
    }
}

impl Place<'_> {
    /// The number and the bytes of the line where the span starts.
    fn first_line(&self) -> (u32, Span) {
        let line = self.source.line_of(self.span.start);
        (line, self.source.line(line))
    }

    fn write(
        &self,
        f: &mut impl fmt::Write,
        margin: usize,
        arrow: &str,
        caret: char,
    ) -> fmt::Result {
        let name = self.source.name().unwrap_or(NAMELESS);
        let Position { line, column } = self.position;
        write!(f, "{:margin$}{arrow} {name}:{line}:{column}", "")?;
        let (number, line) = self.first_line();
        let text = self.source.slice(line);
        let start = (self.span.start.clamp(line.start, line.end) - line.start) as usize;
        let end = (self.span.end.clamp(line.start, line.end) - line.start) as usize;
        let (shown, before, marked) = window(text, start, end.max(start));
        write!(f, "\n{:margin$} |\n{number:margin$} | {}", "", shown.trim_end())?;
        write!(f, "\n{:margin$} | {:before$}", "", "")?;
        for _ in 0..marked.max(1) {
            f.write_char(caret)?;
        }
        if !self.label.is_empty() {
            write!(f, " {}", self.label)?;
        }
        Ok(())
    }
}

/// The part of a line that is shown, the columns before the marked bytes `start..end`, and their columns.
fn window(line: &str, start: usize, end: usize) -> (String, usize, usize) {
    const DOTS: &str = "…";
    let start = line.floor_char_boundary(start);
    let end = line.ceil_char_boundary(end);
    // What is far before the mark is left out, and what is far behind.
    let lead = if width(&line[..start]) < MAX_WIDTH * 2 / 3 {
        0
    } else {
        cut_front(&line[..start], MAX_WIDTH / 3)
    };
    let mut shown = String::new();
    if lead > 0 {
        shown.push_str(DOTS);
    }
    push_plain(&mut shown, &line[lead..start]);
    let before = width(&shown);
    let room = MAX_WIDTH.saturating_sub(before).max(MAX_WIDTH / 3);
    let marked = cut_back(&line[start..end], room);
    push_plain(&mut shown, &line[start..start + marked]);
    let marked_width = width(&shown) - before;
    let tail_room = MAX_WIDTH.saturating_sub(before + marked_width);
    let tail = cut_back(&line[start + marked..], tail_room);
    push_plain(&mut shown, &line[start + marked..start + marked + tail]);
    if start + marked + tail < line.len() {
        shown.push_str(DOTS);
    }
    (shown, before, marked_width)
}

/// Writes `text` without tabs and control characters.
fn push_plain(out: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '\t' => out.push_str("    "),
            c if c.is_control() || is_invisible(c) => out.push('\u{FFFD}'),
            c => out.push(c),
        }
    }
}

/// Characters that turn the direction of the text around them.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

fn char_width(c: char) -> usize {
    match c {
        '\t' => 4,
        c if c.is_control() || is_invisible(c) => 1,
        c => c.width().unwrap_or(1),
    }
}

fn width(text: &str) -> usize {
    text.chars().map(char_width).sum()
}

/// The bytes at the start of `text` that fit into `room` columns.
fn cut_back(text: &str, room: usize) -> usize {
    let mut used = 0;
    for (at, c) in text.char_indices() {
        used += char_width(c);
        if used > room {
            return at;
        }
    }
    text.len()
}

/// From which byte on the rest of `text` fits into `room` columns.
fn cut_front(text: &str, room: usize) -> usize {
    let mut used = 0;
    for (at, c) in text.char_indices().rev() {
        used += char_width(c);
        if used > room {
            return at + c.len_utf8();
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn show(text: &str, start: u32, end: u32) -> String {
        let source = Source::new("order.ftl", text);
        Snippet::new("error", "wrong", &source, Span::new(start, end)).to_string()
    }

    #[test]
    fn as_the_guide_shows_it() {
        let source = Source::new("order.ftl", "a\nb\n  <p>Hi ${user.nick}!</p>\n");
        let snippet = Snippet::new(
            "error",
            "The following has evaluated to null or missing: user.nick",
            &source,
            Span::new(14, 23),
        )
        .note("tip", "give it a default: user.nick!\"friend\"")
        .note("in", "macro greeting, called at order.ftl:12:1");
        let expected = r#"error: The following has evaluated to null or missing: user.nick
  --> order.ftl:3:11
   |
 3 |   <p>Hi ${user.nick}!</p>
   |           ^^^^^^^^^
   = tip: give it a default: user.nick!"friend"
   = in: macro greeting, called at order.ftl:12:1"#;
        assert_eq!(snippet.to_string(), expected);
    }

    #[test]
    fn tabs_wide_characters_and_controls() {
        let text = "\t日本${x}\u{1}\u{202E}";
        let expected = "error: wrong\n  --> order.ftl:1:11\n   |\n 1 |     日本${x}\u{FFFD}\u{FFFD}\n   |         ^^^^";
        assert_eq!(show(text, 7, 11), expected);
    }

    #[test]
    fn an_empty_text_and_the_end() {
        assert_eq!(show("", 0, 0), "error: wrong\n  --> order.ftl:1:1\n   |\n 1 | \n   | ^");
        assert_eq!(show("ab\n", 3, 3), "error: wrong\n  --> order.ftl:2:1\n   |\n 2 | \n   | ^");
    }

    #[test]
    fn a_span_of_several_lines_shows_the_first() {
        assert_eq!(
            show("a ${b +\nc}", 2, 10),
            "error: wrong\n  --> order.ftl:1:3\n   |\n 1 | a ${b +\n   |   ^^^^^"
        );
    }

    #[test]
    fn long_lines_are_cut_around_the_mark() {
        let text = format!("{}${{x}}{}", "a".repeat(5_000), "b".repeat(5_000));
        let shown = show(&text, 5_000, 5_004);
        let lines: Vec<_> = shown.lines().collect();
        assert_eq!(lines[1], "  --> order.ftl:1:5001");
        assert!(lines[3].starts_with(" 1 | …aaa") && lines[3].ends_with("bbb…"), "{shown}");
        assert!(lines[3].chars().count() <= MAX_WIDTH + 7, "{shown}");
        let caret = lines[4].find('^').unwrap();
        let line: Vec<char> = lines[3].chars().collect();
        assert_eq!(line[caret..caret + 4].iter().collect::<String>(), "${x}");
        assert_eq!(lines[4].matches('^').count(), 4);
        // A mark longer than the line.
        assert!(show(&text, 0, 10_004).lines().all(|line| line.chars().count() < MAX_WIDTH + 10));
    }

    #[test]
    fn a_parse_error_with_its_opener() {
        let source = Source::new("a.ftl", "<#list l as x>\n<#if x>\n</#list>");
        let parsed = crate::parse(&source, &crate::ParseOptions::default());
        let expected = "error: Encountered \"</#list>\", but at this place only this can be closed: \"#if\". This usually because of wrong nesting of FreeMarker directives, like a missed or malformed end-tag somewhere. (Note that FreeMarker end-tags must have # or @ after the / character.)
  --> a.ftl:3:1
   |
 3 | </#list>
   | ^^^^^^^^
  ::: a.ftl:2:1
   |
 2 | <#if x>
   | ------- this is open";
        assert_eq!(parsed.errors[0].snippet(&source).to_string(), expected);
    }
}
