//! Which part an expression plays in what failed: the `For "…" …:` of FreeMarker's messages.

use ftl_parser::Span;

use crate::program::Node;

/// The part that the expression at `span` plays within `node`.
pub(crate) fn of(node: &Node, span: Option<Span>) -> Option<String> {
    let _ = (node, span);
    None
}
