//! `#escape`: its expression with the interpolation's in place of the variable.

use ftl_parser::ast::{self, Expr, ExprKind, Infix, Postfix, PostfixOp, StringPart};

use super::Compiler;

impl Compiler<'_> {
    /// The interpolation's expression under the innermost `#escape`.
    pub(super) fn escaped_expr(&mut self, expr: &Expr) -> super::Expr {
        if self.escapes.is_empty() {
            return self.expr(expr);
        }
        let expr = self.escaped(expr);
        self.expr(&expr)
    }

    pub(super) fn escaped(&self, expr: &Expr) -> Expr {
        match self.escapes.last() {
            Some((var, escape)) => substitute(escape, var, expr),
            None => expr.clone(),
        }
    }
}

/// `expr` with `replacement` for every variable `var`.
fn substitute(expr: &Expr, var: &str, replacement: &Expr) -> Expr {
    let sub = |expr: &Expr| substitute(expr, var, replacement);
    let boxed = |expr: &Expr| Box::new(sub(expr));
    let all = |exprs: &[Expr]| exprs.iter().map(sub).collect::<Vec<_>>();
    let kind = match &expr.kind {
        ExprKind::Name(name) if name == var => return replacement.clone(),
        ExprKind::Name(_)
        | ExprKind::Special(_)
        | ExprKind::Number(_)
        | ExprKind::Bool(_)
        | ExprKind::Error => expr.kind.clone(),
        ExprKind::String(literal) => {
            let parts = literal.parts.iter().map(|part| match part {
                StringPart::Text(text) => StringPart::Text(text.clone()),
                StringPart::Interpolation(span, it) => StringPart::Interpolation(
                    *span,
                    Box::new(ast::Interpolation { expr: sub(&it.expr), ..(**it).clone() }),
                ),
            });
            ExprKind::String(ast::StringLiteral { parts: parts.collect(), ..literal.clone() })
        }
        ExprKind::List(items) => ExprKind::List(all(items)),
        ExprKind::Hash(entries) => {
            ExprKind::Hash(entries.iter().map(|(key, value)| (sub(key), sub(value))).collect())
        }
        ExprKind::Paren(inner) => ExprKind::Paren(boxed(inner)),
        ExprKind::Postfix(base, steps) => {
            let steps = steps.iter().map(|step| {
                let op = match &step.op {
                    PostfixOp::Index(index) => PostfixOp::Index(sub(index)),
                    PostfixOp::Call(args) => PostfixOp::Call(all(args)),
                    PostfixOp::Default(values) => PostfixOp::Default(
                        values.iter().map(|value| value.as_ref().map(sub)).collect(),
                    ),
                    op @ (PostfixOp::Dot(_) | PostfixOp::BuiltIn(_) | PostfixOp::Exists) => {
                        op.clone()
                    }
                };
                Postfix { span: step.span, op }
            });
            ExprKind::Postfix(boxed(base), steps.collect())
        }
        ExprKind::Prefix(ops, operand) => ExprKind::Prefix(ops.clone(), boxed(operand)),
        ExprKind::Infix(first, rest) => {
            let rest = rest.iter().map(|infix| Infix { right: sub(&infix.right), ..infix.clone() });
            ExprKind::Infix(boxed(first), rest.collect())
        }
        ExprKind::Range { start, op, op_span, end } => ExprKind::Range {
            start: boxed(start),
            op: *op,
            op_span: *op_span,
            end: end.as_deref().map(boxed),
        },
        ExprKind::Lambda { param, .. } if param.name == var => expr.kind.clone(),
        ExprKind::Lambda { param, parenthesized, body } => ExprKind::Lambda {
            param: param.clone(),
            parenthesized: *parenthesized,
            body: boxed(body),
        },
    };
    Expr { span: expr.span, kind }
}
