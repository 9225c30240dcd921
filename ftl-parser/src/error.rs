//! Faults of a template's source.

use std::fmt;

use crate::source::{Position, Span};

/// A fault of the source, with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct ParseError {
    /// Which kind of fault.
    pub kind: ParseErrorKind,
    /// What is wrong, FreeMarker's own words first.
    pub message: String,
    /// What to blame.
    pub span: Span,
    /// Where FreeMarker says it is.
    pub position: Position,
    /// How to mend it.
    pub tip: Option<String>,
    /// Other places that matter, with what they are (`"#list opened here"`).
    pub related: Vec<(Span, String)>,
}

/// Kinds of [`ParseError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ParseErrorKind {
    /// A character or literal that is no token.
    Lexical,
    /// A token that cannot stand where it stands.
    Syntax,
    /// Something is not closed, or the end came too soon.
    UnexpectedEnd,
    /// An end tag, `#else`, `#case`, … that has no partner.
    Nesting,
    /// No directive, built-in, special variable, setting or parameter has this name.
    UnknownName,
    /// Known, but not usable here or in this form.
    Semantic,
    /// A limit: nesting or size.
    Limit,
    /// Not offered by this engine.
    Unsupported,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ParseError {}
