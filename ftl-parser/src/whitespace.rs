//! White-space stripping: which text each `Text` node keeps.
//!
//! FreeMarker strips after parsing, in the order of the tree, and what it did to one text changes what it does to the
//! next: a text that lost its first line begins a line later, an element that was removed is no neighbour any more.
//! So its tree is built once more, with as much as that needs, and the same is done to it.

mod build;
mod clean;
mod pieces;

use crate::ast::{Body, Trim};
use crate::source::{Source, Span};

/// Sets `kept` of every text. `strip` is the setting; trim directives work without it. With `strip_text` the template
/// has no text at its top level.
pub(crate) fn strip(body: &mut Body, source: &Source, strip: bool, strip_text: bool) {
    let mut tree = Tree { source, nodes: Vec::new(), texts: Vec::new(), strip };
    let children = tree.body(body, strip_text);
    let root = match children.as_slice() {
        &[only] => Some(only),
        [] => None,
        _ => Some(tree.node(Kind::Mixed, Span::default(), children)),
    };
    if let Some(root) = root {
        tree.clean(root);
    }
    let mut texts = tree.texts.into_iter();
    build::for_each_text(body, strip_text, &mut |text, dropped| {
        text.kept = if dropped { Vec::new() } else { texts.next().unwrap_or_default() };
    });
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

/// What FreeMarker's stripping asks of an element.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// With its index in `Tree::texts`.
    Text(usize),
    Interpolation,
    Trim(Trim),
    /// Prints nothing: inline assignments, settings, imports, comments.
    Silent,
    /// Prints nothing, and a leaf whatever is in it.
    Macro,
    /// A leaf whatever is in it.
    BlockAssignment,
    /// Removed when it is empty.
    Removable,
    /// The whole template, or what is attempted, when it has several elements. Removed when it is empty.
    Mixed,
    Other,
}

struct Node {
    kind: Kind,
    parent: Option<usize>,
    /// Among its parent's children.
    index: usize,
    children: Vec<usize>,
    first_line: u32,
    last_line: u32,
    begins_line: bool,
}

struct Tree<'a> {
    source: &'a Source,
    nodes: Vec<Node>,
    /// What is left of each text.
    texts: Vec<Vec<Span>>,
    strip: bool,
}
