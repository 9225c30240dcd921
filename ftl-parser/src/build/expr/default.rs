//! `a!b`, and the right sides of `!` and `..`, which may be missing: FreeMarker looks ahead whether there is one.

use super::operator::{Level, Prefixes, prefixed};
use super::starts_expression;
use super::step::push_step;
use crate::ast::*;
use crate::build::reader::{Named, Read, Reader};
use crate::build::words::{Kind, Word};
use crate::error::{ParseError, ParseErrorKind};
use crate::source::Span;

impl Reader<'_> {
    pub(super) fn defaults(&mut self, expr: Expr) -> Read<Expr> {
        let mut ahead = false;
        let result = self.default_chain(expr, &mut ahead);
        if ahead { self.leave_ahead(result) } else { result }
    }

    /// `"!" expression?`, and what may follow. Where the right side is again a primary expression with a `!`, it is
    /// read here and not in a recursion, for `a!b!c` may be long.
    fn default_chain(&mut self, mut expr: Expr, ahead: &mut bool) -> Read<Expr> {
        let mut pending: Vec<(Expr, Word)> = Vec::new();
        let last = loop {
            self.plain_steps(&mut expr)?;
            if self.kind() != Kind::Exclamation {
                if pending.is_empty() {
                    return Ok(expr);
                }
                break self.right_side(expr)?;
            }
            let word = self.next();
            if !*ahead {
                *ahead = true;
                self.ahead += 1;
            }
            let Some((prefix, atom)) = self.optional_operand()? else {
                if pending.is_empty() {
                    *ahead = false;
                    self.ahead -= 1;
                }
                push_step(&mut expr, self.word_span(word), PostfixOp::Default(vec![None]));
                continue;
            };
            pending.push((std::mem::replace(&mut expr, atom), word));
            if !prefix.is_empty() {
                break self.prefixed_side(prefix, expr)?;
            }
        };
        Ok(self.with_defaults(pending, last))
    }

    /// The right side of `!` that begins with `primary`.
    fn right_side(&mut self, primary: Expr) -> Read<Expr> {
        self.enter()?;
        let result = self.climb(primary, Level::Or);
        self.scope.depth -= 1;
        result
    }

    /// The right side of `!` that begins with prefix operators and `atom`.
    fn prefixed_side(&mut self, prefix: Prefixes, atom: Expr) -> Read<Expr> {
        self.enter()?;
        let result =
            self.steps(atom).and_then(|primary| self.climb(prefixed(prefix, primary), Level::Or));
        self.scope.depth -= 1;
        result
    }

    /// `a!b!c` from `(a, !), (b, !)` and `c`.
    fn with_defaults(&self, pending: Vec<(Expr, Word)>, last: Expr) -> Expr {
        let end = last.span;
        let mut chain = pending.into_iter();
        let Some((mut first, word)) = chain.next() else { return last };
        let mut sides: Vec<_> = chain.map(|(expr, _)| Some(expr)).collect();
        let span = self.word_span(word).to(end);
        match last {
            Expr { span, kind: ExprKind::Postfix(base, mut steps) } if matches!(&steps.last(), Some(Postfix { op: PostfixOp::Default(sides), .. }) if sides == &[None]) =>
            {
                // `a!b!`
                steps.pop();
                sides.push(Some(match steps.last() {
                    Some(step) => {
                        let span = Span::new(span.start, step.span.end);
                        Expr { span, kind: ExprKind::Postfix(base, steps) }
                    }
                    None => *base,
                }));
                sides.push(None);
            }
            last => sides.push(Some(last)),
        }
        push_step(&mut first, span, PostfixOp::Default(sides));
        first
    }

    /// The right side of `!` or `..`, up to its first primary expression: FreeMarker looks ahead whether there is
    /// one, so that `(a!)(1, 2)` may be written `a!(1, 2)`.
    pub(super) fn optional_operand(&mut self) -> Read<Option<(Prefixes, Expr)>> {
        match self.kind() {
            Kind::Name | Kind::Number | Kind::String | Kind::True | Kind::False => {
                return Ok(Some((Vec::new(), self.atom()?)));
            }
            Kind::Bad(bad) => return Err(self.bad(self.peek(), bad)),
            kind if !starts_expression(kind) => return Ok(None),
            _ => (),
        }
        if self.failed.contains(&self.at) {
            return Ok(None);
        }
        let checkpoint = self.checkpoint();
        let prefix = self.prefix_operators();
        match self.atom() {
            Ok(atom) => Ok(Some((prefix, atom))),
            Err(fault) if !is_syntax(&fault) => Err(fault),
            Err(_) => {
                let operators = prefix.len();
                self.go_back(&checkpoint);
                // Another look at this word, or at a `!` after it, would end the same way.
                self.failed.extend(self.at..self.at + operators.max(1));
                Ok(None)
            }
        }
    }

    fn checkpoint(&self) -> Checkpoint {
        Checkpoint {
            at: self.at,
            before: self.before,
            blank_is_word: self.blank_is_word,
            named: self.named,
            parens: self.parens,
            naming: self.scope.naming,
            naming_decided: self.scope.naming_decided_by.is_some(),
            shifted: self.scope.shifted.len(),
            complained: self.complaint.is_some(),
        }
    }

    fn go_back(&mut self, to: &Checkpoint) {
        self.at = to.at;
        self.before = to.before;
        self.blank_is_word = to.blank_is_word;
        self.named = to.named;
        self.parens = to.parens;
        self.scope.naming = to.naming;
        if !to.naming_decided {
            self.scope.naming_decided_by = None;
        }
        self.scope.shifted.truncate(to.shifted);
        if !to.complained {
            self.complaint = None;
        }
    }
}

/// What has been read of a `Reader`, to go back to.
struct Checkpoint {
    at: usize,
    before: u32,
    blank_is_word: bool,
    named: Named,
    parens: u32,
    naming: NamingConvention,
    naming_decided: bool,
    shifted: usize,
    complained: bool,
}

fn is_syntax(fault: &ParseError) -> bool {
    use ParseErrorKind::{Nesting, Syntax, UnexpectedEnd};
    matches!(fault.kind, Syntax | Nesting | UnexpectedEnd)
}
