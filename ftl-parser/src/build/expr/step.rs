//! Steps after a primary expression: `a.b[c](d)?e??!f`.

use super::operand::Literal;
use crate::ast::*;
use crate::build::reader::{Read, Reader};
use crate::build::words::Kind;
use crate::source::Span;

impl Reader<'_> {
    /// The steps after a primary expression, `a.b[c](d)?e??!f`.
    pub(super) fn steps(&mut self, mut expr: Expr) -> Read<Expr> {
        self.plain_steps(&mut expr)?;
        if self.kind() == Kind::Exclamation { self.defaults(expr) } else { Ok(expr) }
    }

    /// The steps other than `!` with a right side.
    pub(super) fn plain_steps(&mut self, expr: &mut Expr) -> Read<()> {
        loop {
            match self.kind() {
                Kind::Dot => self.dot_step(expr)?,
                Kind::OpenBracket => self.index_step(expr)?,
                Kind::OpenParen => self.call_step(expr)?,
                Kind::BuiltIn => self.built_in(expr)?,
                Kind::Exists => {
                    let word = self.next();
                    push_step(expr, self.word_span(word), PostfixOp::Exists);
                }
                Kind::ExclamationBlank => {
                    let word = self.next();
                    let span = self.place.span(word.start, word.start + 1);
                    push_step(expr, span, PostfixOp::Default(vec![None]));
                }
                Kind::Bad(bad) => return Err(self.bad(self.peek(), bad)),
                _ => return Ok(()),
            }
        }
    }

    /// `"." (name | keyword | "*" | "**")`
    fn dot_step(&mut self, left: &mut Expr) -> Read<()> {
        let dot = self.next();
        let word = self.peek();
        let text = self.slice(word);
        match word.kind {
            Kind::Name | Kind::Times | Kind::DoubleStar => (),
            Kind::Less | Kind::LessOrEqual | Kind::Greater | Kind::GreaterOrEqual
                if !text.starts_with('>') =>
            {
                if !text.starts_with(char::is_alphabetic) {
                    self.complain(
                        self.semantic(format!("{text} is not a valid identifier."), word),
                    )?;
                }
            }
            Kind::False | Kind::True | Kind::In | Kind::As | Kind::Using => (),
            _ => return Err(self.unexpected(&[])),
        }
        let name = self.ident();
        self.not_literal(left, Literal::List, "hash")?;
        self.not_literal(left, Literal::String, "hash")?;
        self.not_literal(left, Literal::Bool, "hash")?;
        push_step(left, self.word_span(dot).to(name.span), PostfixOp::Dot(name));
        Ok(())
    }

    /// `"[" expression "]"`
    fn index_step(&mut self, left: &mut Expr) -> Read<()> {
        let open = self.next();
        let index = self.expression()?;
        let close = self.expect_after(Kind::CloseBracket, "\"]\"", &["\"[\""])?;
        self.not_literal(left, Literal::Bool, "list or hash")?;
        self.not_literal(left, Literal::Number, "list or hash")?;
        push_step(left, self.place.span(open.start, close.end), PostfixOp::Index(index));
        Ok(())
    }

    /// `"(" arguments ")"`
    fn call_step(&mut self, left: &mut Expr) -> Read<()> {
        let open = self.next();
        let args = self.positional_args()?;
        let close = self.expect(Kind::CloseParen, &["\"(\""])?;
        push_step(left, self.place.span(open.start, close.end), PostfixOp::Call(args));
        Ok(())
    }
}

/// Adds a step to what is before it.
pub(super) fn push_step(expr: &mut Expr, span: Span, op: PostfixOp) {
    let whole = expr.span.to(span);
    let step = Postfix { span, op };
    match &mut expr.kind {
        ExprKind::Postfix(_, steps) => {
            steps.push(step);
            expr.span = whole;
        }
        _ => {
            let base = std::mem::replace(expr, Expr { span: whole, kind: ExprKind::Error });
            expr.kind = ExprKind::Postfix(Box::new(base), vec![step]);
        }
    }
}
