//! White-space stripping: which text each `Text` node keeps.

use crate::ast::*;
use crate::source::{Source, Span};

pub(crate) fn strip(body: &mut Body, source: &Source, _strip: bool, _strip_text: bool) {
    let _ = source;
    for element in body {
        if let ElementKind::Text(text) = &mut element.kind {
            text.kept = vec![Span::new(text.span.start, text.span.end)];
        }
    }
}

/// `Character.isWhitespace`
pub(crate) fn is_java_whitespace(c: char) -> bool {
    match c {
        '\u{9}'..='\u{D}' | '\u{1C}'..='\u{20}' => true,
        '\u{A0}' | '\u{2007}' | '\u{202F}' => false,
        '\u{1680}'
        | '\u{2000}'..='\u{200A}'
        | '\u{2028}'
        | '\u{2029}'
        | '\u{205F}'
        | '\u{3000}' => true,
        _ => false,
    }
}
