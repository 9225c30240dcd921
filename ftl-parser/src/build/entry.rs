//! What is given to be parsed: a template, or the one expression of `?eval`.

use super::check;
use super::literal::Place;
use super::reader::Reader;
use super::scope::Scope as Context;
use super::tree::Tree;
use super::words::{self, Dialect};
use crate::ast::*;
use crate::error::ParseError;
use crate::source::{Source, Span};
use crate::{ParseOptions, Parsed};

/// Parses a template.
pub(crate) fn template(source: &Source, options: &ParseOptions) -> Parsed {
    let text = source.text();
    let mut context = Context::new(options, source);
    let mut parsed = Parsed { ast: Ast::empty(options), errors: Vec::new() };
    if text.len() > options.max_source_bytes.min(u32::MAX as usize - 1) {
        let message = format!("The template is longer than {} bytes", options.max_source_bytes);
        parsed.errors.push(check::limit(message));
        return parsed;
    }
    let tags = super::header::tag_syntax(text).unwrap_or_else(|| match options.tag_syntax {
        TagSyntax::AutoDetect => {
            words::detect(text, options.interpolation_syntax).unwrap_or_default()
        }
        configured => configured,
    });
    let since = |version| options.incompatible_improvements >= version;
    let dialect = Dialect {
        tags,
        interpolations: options.interpolation_syntax,
        any_sep: !since((2, 3, 34)),
        lax_ends: !since((2, 3, 28))
            && options.interpolation_syntax != InterpolationSyntax::SquareBracket,
    };
    let words = words::template(text, dialect);
    let reader = Reader::new(text, &words, Place::Template(source), &mut context);
    let mut tree = Tree::new(reader, dialect, options);
    let body = tree.read();
    let header = tree.header.take();
    let (strip_text, strip_whitespace) = (tree.strip_text, tree.strip_whitespace);
    let ast = &mut parsed.ast;
    ast.header = header;
    ast.tag_syntax = tags;
    ast.naming_convention = context.naming;
    ast.output_format = context.format.name;
    ast.auto_escaping = context.auto_escaping;
    ast.whitespace_stripping = strip_whitespace;
    ast.shifted_literals = context.shifted;
    ast.body = body;
    crate::whitespace::strip(&mut ast.body, source, strip_whitespace, strip_text);
    parsed.errors = context.errors;
    parsed
}

/// Parses the text that `?eval` is given.
pub(crate) fn expression(source: &Source, options: &ParseOptions) -> (Expr, Vec<ParseError>) {
    let text = source.text();
    let whole = Span::new(0, text.len().min(u32::MAX as usize) as u32);
    if text.len() > options.max_source_bytes.min(u32::MAX as usize - 1) {
        let message = format!("The expression is longer than {} bytes", options.max_source_bytes);
        return (Expr { span: whole, kind: ExprKind::Error }, vec![check::limit(message)]);
    }
    let mut context = Context::new(options, source);
    // The parentheses that FreeMarker puts around are no nesting of the text's own.
    context.max_depth = context.max_depth.saturating_add(1);
    let words = words::expression(text);
    let mut reader = Reader::new(text, &words, Place::Template(source), &mut context);
    match reader.expression() {
        Ok(Expr { kind: ExprKind::Paren(inner), .. }) => (*inner, context.errors),
        // `a) + (b` is one expression, too.
        Ok(other) => (other, context.errors),
        Err(fault) => (Expr { span: whole, kind: ExprKind::Error }, vec![*fault]),
    }
}

impl Ast {
    fn empty(options: &ParseOptions) -> Ast {
        Ast {
            body: Body::new(),
            header: None,
            tag_syntax: TagSyntax::Angle,
            interpolation_syntax: options.interpolation_syntax,
            naming_convention: options.naming_convention,
            output_format: options.output_format.clone(),
            auto_escaping: false,
            whitespace_stripping: options.whitespace_stripping,
            shifted_literals: Vec::new(),
        }
    }
}
