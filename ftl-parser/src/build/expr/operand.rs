//! Literals at places where their type can never do.

use super::operator::{Level, level_of};
use crate::ast::*;
use crate::build::reader::{Read, Reader};
use crate::error::{ParseError, ParseErrorKind};

/// Kinds of literals that some operands must not be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::build) enum Literal {
    String,
    Number,
    Bool,
    Hash,
    List,
}

impl Literal {
    fn of(expr: &Expr) -> Option<Literal> {
        Some(match expr.kind {
            ExprKind::String(_) => Literal::String,
            ExprKind::Number(_) => Literal::Number,
            ExprKind::Bool(_) => Literal::Bool,
            ExprKind::Hash(_) => Literal::Hash,
            ExprKind::List(_) => Literal::List,
            _ => return None,
        })
    }
}

impl Reader<'_> {
    pub(in crate::build) fn not_literal(
        &mut self,
        expr: &Expr,
        literal: Literal,
        expected: &str,
    ) -> Read<()> {
        if Literal::of(expr) != Some(literal) {
            return Ok(());
        }
        let text = crate::canonical::canonical(expr, self.scope.source.text());
        let message = match literal {
            Literal::String => format!("Found string literal: {text}. Expecting: {expected}"),
            Literal::Number => format!("Found number literal: {text}. Expecting {expected}"),
            Literal::Bool => format!("Found: {text} literal. Expecting {expected}"),
            Literal::Hash => format!("Found hash literal: {text}. Expecting {expected}"),
            Literal::List => format!("Found list literal: {text}. Expecting {expected}"),
        };
        self.complain(self.semantic_at(message, expr))
    }

    /// A fault of an expression.
    pub(in crate::build) fn semantic_at(&self, message: String, expr: &Expr) -> Box<ParseError> {
        let position = self.place.position_of_source(expr.span.start);
        Box::new(ParseError {
            kind: ParseErrorKind::Semantic,
            message,
            span: expr.span,
            position,
            tip: None,
            related: Vec::new(),
        })
    }

    pub(in crate::build) fn number_only(&mut self, expr: &Expr) -> Read<()> {
        for literal in [Literal::String, Literal::List, Literal::Hash, Literal::Bool] {
            self.not_literal(expr, literal, "number")?;
        }
        Ok(())
    }

    pub(super) fn string_only(&mut self, expr: &Expr) -> Read<()> {
        for literal in [Literal::Number, Literal::List, Literal::Hash, Literal::Bool] {
            self.not_literal(expr, literal, "string")?;
        }
        Ok(())
    }

    fn bool_only(&mut self, expr: &Expr) -> Read<()> {
        for literal in [Literal::String, Literal::List, Literal::Hash, Literal::Number] {
            self.not_literal(expr, literal, "boolean (true/false)")?;
        }
        Ok(())
    }

    pub(super) fn check_operands(&mut self, op: InfixOp, left: &Expr, right: &Expr) -> Read<()> {
        match level_of(op) {
            Level::Or | Level::And => {
                self.bool_only(left)?;
                self.bool_only(right)
            }
            Level::Equality => {
                const OTHER: &str = "different type for equality check";
                self.not_literal(left, Literal::Hash, OTHER)?;
                self.not_literal(right, Literal::Hash, OTHER)?;
                self.not_literal(left, Literal::List, OTHER)?;
                self.not_literal(right, Literal::List, OTHER)
            }
            _ if op == InfixOp::Add => Ok(()),
            _ => {
                self.number_only(left)?;
                self.number_only(right)
            }
        }
    }
}
