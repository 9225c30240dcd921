//! FreeMarker template source text to a faithful syntax tree.
//!
//! ```
//! use ftl_parser::ast::ElementKind;
//! use ftl_parser::{ParseOptions, Source, parse};
//!
//! let source = Source::new("hi.ftl", "Hi ${user.name}!");
//! let parsed = parse(&source, &ParseOptions::default());
//! assert!(parsed.errors.is_empty());
//! let ElementKind::Interpolation(interpolation) = &parsed.ast.body[1].kind else { panic!() };
//! assert_eq!(source.slice(interpolation.expr.span), "user.name");
//!
//! // A fault has FreeMarker's words and place. The rest of the template is parsed nevertheless.
//! let source = Source::new("hi.ftl", "Hi ${user.name?capitalise}!");
//! let parsed = parse(&source, &ParseOptions::default());
//! assert_eq!(parsed.ast.body.len(), 3);
//! assert!(parsed.errors[0].message.starts_with("Unknown built-in: \"capitalise\"."));
//! assert_eq!(parsed.errors[0].tip.as_deref(), Some("did you mean ?capitalize?"));
//! println!("{}", parsed.errors[0].snippet(&source));
//! ```
//!
//! The tree says what was written: parentheses, legacy spellings, the bracket kind and every place are kept. What it
//! means (which variable, which value) is the evaluator's business; what cannot be meant (an unknown built-in, a
//! `#break` outside of a loop) is a fault here, as it is in FreeMarker's parser. White-space stripping is done here as
//! well: [`ast::Text::kept`] tells what is left of each text.
//!
//! Nesting, size and number of faults are limited, time grows linearly with the text, and no text makes this panic.

pub mod ast;
mod build;
mod canonical;
mod dump;
mod error;
pub mod names;
mod snippet;
mod source;
mod suggest;
mod whitespace;

pub use canonical::{canonical, infix_symbol};
pub use dump::{Spans, dump, dump_expression};
pub use error::{ParseError, ParseErrorKind};
pub use snippet::{Snippet, write_snippet};
pub use source::{Position, Source, Span};

use ast::{Ast, InterpolationSyntax, NamingConvention, TagSyntax};

/// What the host's settings say about parsing. The default is FreeMarker's.
#[derive(Clone, Debug)]
pub struct ParseOptions {
    /// `tag_syntax`. Default: angle brackets.
    pub tag_syntax: TagSyntax,
    /// `interpolation_syntax`. Default: legacy.
    pub interpolation_syntax: InterpolationSyntax,
    /// `naming_convention`. Default: detected.
    pub naming_convention: NamingConvention,
    /// `whitespace_stripping`. Default: on.
    pub whitespace_stripping: bool,
    /// `output_format`. Default: `undefined`.
    pub output_format: String,
    /// `auto_escaping_policy`. Default: [`AutoEscapingPolicy::EnableIfDefault`].
    pub auto_escaping_policy: AutoEscapingPolicy,
    /// `recognize_standard_file_extensions`. `None`: as `incompatible_improvements` says (on since 2.3.24).
    pub recognize_standard_file_extensions: Option<bool>,
    /// `incompatible_improvements` as its three numbers. Default: 2.3.35.
    pub incompatible_improvements: (u8, u8, u8),
    /// Deepest nesting of an expression. Default: 256.
    pub max_expression_depth: usize,
    /// Deepest nesting of directives. Default: 256.
    pub max_directive_depth: usize,
    /// Longest source, in bytes. Default: 4 MiB.
    pub max_source_bytes: usize,
}

/// `auto_escaping_policy`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum AutoEscapingPolicy {
    /// On where the output format is escaped by default.
    #[default]
    EnableIfDefault,
    /// On where the output format can be escaped.
    EnableIfSupported,
    /// Off until `#autoesc`.
    Disable,
    /// Always on.
    Force,
}

impl Default for ParseOptions {
    fn default() -> Self {
        Self {
            tag_syntax: TagSyntax::default(),
            interpolation_syntax: InterpolationSyntax::default(),
            naming_convention: NamingConvention::default(),
            whitespace_stripping: true,
            output_format: "undefined".to_owned(),
            auto_escaping_policy: AutoEscapingPolicy::default(),
            recognize_standard_file_extensions: None,
            incompatible_improvements: (2, 3, 35),
            max_expression_depth: 256,
            max_directive_depth: 256,
            max_source_bytes: 4 << 20,
        }
    }
}

/// A tree and the faults found while making it.
#[derive(Clone, Debug)]
pub struct Parsed {
    /// The tree; a broken tag or interpolation is an error node in it.
    pub ast: Ast,
    /// All faults that can be told apart, at most [`MAX_ERRORS`]; the first is FreeMarker's. Empty: the template is
    /// valid.
    pub errors: Vec<ParseError>,
}

/// After so many faults the rest of a template is not read.
pub const MAX_ERRORS: usize = 1_000;

/// Parses a template.
pub fn parse(source: &Source, options: &ParseOptions) -> Parsed {
    build::template(source, options)
}

/// Parses the text that `?eval` is given: one expression, which FreeMarker puts in parentheses first. `source` is
/// best made by [`Source::expression`], so that places are FreeMarker's. No errors: the text is valid.
pub fn parse_expression(source: &Source, options: &ParseOptions) -> (ast::Expr, Vec<ParseError>) {
    build::expression(source, options)
}
