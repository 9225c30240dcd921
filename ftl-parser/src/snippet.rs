//! Excerpts of a source with what is meant underlined.

use std::fmt::{self, Write};

use crate::source::{Source, Span};

/// Characters shown of a line.
const WIDTH: usize = 100;

/// Writes where `span` is and the line it begins on, the span underlined:
///
/// ```text
///   --> order.ftl:3:8
///    |
///  3 | <p>Hi ${user.nick}!</p>
///    |         ^^^^^^^^^
/// ```
///
/// A span of several lines is underlined to the end of its first. Tabs show as one blank; of a long
/// line only what is around the span is shown.
pub fn write_snippet(out: &mut impl Write, source: &Source, span: Span) -> fmt::Result {
    let position = source.position(span.start);
    let name = source.name().unwrap_or("nameless template");
    write!(out, "  --> {name}:{}:{}", position.line, position.column)?;
    let line = source.line(position.line);
    let text = source.slice(line);
    let from = source.slice(Span::new(line.start, span.start.min(line.end))).chars().count();
    let end = span.end.clamp(span.start.min(line.end), line.end);
    let len = source.slice(Span::new(span.start.min(line.end), end)).chars().count().max(1);
    // The span with a third of the width before it.
    let cut = if from + len > WIDTH { from.saturating_sub(WIDTH / 3) } else { 0 };
    let shown: String = text.chars().skip(cut).take(WIDTH).map(visible).collect();
    let (lead, tail) = (if cut > 0 { "…" } else { "" }, cut + WIDTH < text.chars().count());
    let number = position.line.to_string();
    let margin = " ".repeat(number.len());
    write!(out, "\n {margin} |\n {number} | {lead}{shown}{}", if tail { "…" } else { "" })?;
    let indent = from - cut + lead.chars().count();
    let carets = len.min(WIDTH - (from - cut).min(WIDTH - 1));
    write!(out, "\n {margin} | {}{}", " ".repeat(indent), "^".repeat(carets))
}

fn visible(c: char) -> char {
    match c {
        '\t' => ' ',
        c if c.is_control() => '\u{fffd}',
        c => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn snippet(text: &str, start: u32, end: u32) -> String {
        let mut out = String::new();
        write_snippet(&mut out, &Source::new("t.ftl", text), Span::new(start, end))
            .expect("a String takes all");
        out
    }

    #[test]
    fn underlines_the_span() {
        let expected = "  --> t.ftl:2:4\n   |\n 2 | Hi ${user.nick}!\n   |      ^^^^^^^^^";
        assert_eq!(snippet("x\nHi ${user.nick}!\ny", 7, 16), expected.replace("2:4", "2:6"));
    }

    #[test]
    fn odd_places_do_no_harm() {
        assert_eq!(snippet("", 0, 0), "  --> t.ftl:1:1\n   |\n 1 | \n   | ^");
        assert_eq!(snippet("ab", 2, 2), "  --> t.ftl:1:3\n   |\n 1 | ab\n   |   ^");
        // To the end of the first line only.
        assert_eq!(snippet("a\té${\nb}", 2, 9), "  --> t.ftl:1:9\n   |\n 1 | a é${\n   |   ^^^");
        let long = "x".repeat(500);
        let shown = snippet(&long, 300, 310);
        assert!(shown.contains(&format!(" 1 | …{}…", "x".repeat(100))), "{shown}");
        assert!(shown.ends_with(&format!("   | {}{}", " ".repeat(34), "^".repeat(10))), "{shown}");
        snippet("a\rb", 0, 3);
        snippet("short", 90, 95);
    }
}
