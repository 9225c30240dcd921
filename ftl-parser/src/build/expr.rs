//! Expressions: primary expressions, steps after them, operators between.

mod built_in;
mod default;
mod operand;
mod operator;
mod primary;
mod step;

pub(super) use operand::Literal;

use super::reader::{Read, Reader};
use super::words::Kind;
use crate::ast::Expr;
use crate::error::{ParseError, ParseErrorKind};
use operator::Level;

impl Reader<'_> {
    /// ```text
    /// expression     = or
    /// or             = and ("||" and)*
    /// and            = equality ("&&" equality)*
    /// equality       = relational (("==" | "=" | "!=") relational)?
    /// relational     = range (("<" | "<=" | ">" | ">=") range)?
    /// range          = additive (("..<" | "..*") additive | ".." additive?)?
    /// additive       = multiplicative (("+" | "-") multiplicative)*
    /// multiplicative = unary (("*" | "/" | "%") unary)*
    /// ```
    pub(super) fn expression(&mut self) -> Read<Expr> {
        self.enter()?;
        let result = self.operands();
        self.scope.depth -= 1;
        result
    }

    fn operands(&mut self) -> Read<Expr> {
        let left = self.unary()?;
        self.climb(left, Level::Or)
    }

    /// Counts the depth of what is read next; `scope.depth -= 1` ends it.
    pub(super) fn enter(&mut self) -> Read<()> {
        if self.scope.depth >= self.scope.max_depth {
            return Err(self.too_deep());
        }
        self.scope.depth += 1;
        Ok(())
    }

    fn too_deep(&self) -> Box<ParseError> {
        let message =
            format!("The expression is nested deeper than {} levels", self.scope.max_depth);
        self.fault_at(ParseErrorKind::Limit, message, self.peek())
    }
}

/// Whether an expression can begin with this word.
pub(super) fn starts_expression(kind: Kind) -> bool {
    use Kind::*;
    matches!(
        kind,
        String
            | Number
            | Name
            | True
            | False
            | Dot
            | Plus
            | Minus
            | Exclamation
            | OpenBracket
            | OpenParen
            | OpenBrace
    )
}
