//! `?name`, and the arguments of the built-ins that decide their form: branches and lambdas.

use super::starts_expression;
use super::step::push_step;
use crate::ast::*;
use crate::build::fault::quote;
use crate::build::reader::{Read, Reader};
use crate::build::words::{Kind, Word};
use crate::error::{ParseError, ParseErrorKind};
use crate::names;

/// The number of parameters of a lambda that has not just one, and where it begins.
type OddLambda = Option<(usize, Word)>;

impl Reader<'_> {
    /// `"?" name`, and the arguments where the built-in decides their form.
    pub(super) fn built_in(&mut self, left: &mut Expr) -> Read<()> {
        match self.built_in_name(left)? {
            Some(name @ ("then" | "switch")) => self.branches(name, left),
            Some("filter" | "map" | "take_while" | "drop_while") => self.lambda_call(left),
            _ => Ok(()),
        }
    }

    /// `"?" name`; its snake_case name, if there is such a built-in.
    fn built_in_name(&mut self, left: &mut Expr) -> Read<Option<&'static str>> {
        let question = self.next();
        let word = self.peek();
        self.require_name()?;
        let name = self.ident();
        self.check_convention(word)?;
        let canonical = names::canonical_builtin(&name.name);
        match canonical {
            Some(canonical) => {
                if let Err(fault) = self.check_built_in(canonical, &name.name, left, word) {
                    self.complain(fault)?;
                }
            }
            None => self.complain(self.unknown_built_in(&name.name, word))?,
        }
        push_step(left, self.word_span(question).to(name.span), PostfixOp::BuiltIn(name));
        Ok(canonical)
    }

    fn unknown_built_in(&self, name: &str, word: Word) -> Box<ParseError> {
        let mut message = format!(
            "Unknown built-in: {}. Help (latest version): https://freemarker.apache.org/docs/ref_builtins.html; \
             you're using FreeMarker 2.3.35.\nThe alphabetical list of built-ins:",
            quote(name)
        );
        let mut letter = None;
        for name in names::spelled(names::builtin_names(), self.scope.naming) {
            let separator = match letter {
                None => "\n",
                Some(last) if name.starts_with(last) => ", ",
                Some(_) => ", \n",
            };
            message.push_str(separator);
            message.push_str(name);
            letter = name.chars().next();
        }
        let mut fault = self.fault_at(ParseErrorKind::UnknownName, message, word);
        fault.tip = crate::suggest::tip(
            "?",
            name,
            names::spelled(names::builtin_names(), self.scope.naming),
        );
        fault
    }

    /// The arguments of `?then` and `?switch`.
    fn branches(&mut self, built_in: &str, left: &mut Expr) -> Read<()> {
        let open = self.expect_only(Kind::OpenParen, "\"(\"", &[])?;
        let args = self.positional_args()?;
        let close = self.expect(Kind::CloseParen, &["\"(\""])?;
        match built_in {
            "then" if args.len() != 2 => {
                self.wrong_count("requires exactly 2", left, open, close)?
            }
            "switch" if args.len() < 2 => {
                self.wrong_count("must have at least 2", left, open, close)?
            }
            _ => (),
        }
        push_step(left, self.place.span(open.start, close.end), PostfixOp::Call(args));
        Ok(())
    }

    /// The argument of `?map` and the like.
    fn lambda_call(&mut self, left: &mut Expr) -> Read<()> {
        let open = self.expect_only(Kind::OpenParen, "\"(\"", &[])?;
        let (args, odd) = self.lambda_args()?;
        let close = self.expect(Kind::CloseParen, &["\"(\""])?;
        if args.len() != 1 {
            self.wrong_count("requires exactly 1", left, open, close)?;
        } else if let Some((count, lambda)) = odd {
            self.wrong_lambda(count, left, lambda)?;
        }
        push_step(left, self.place.span(open.start, close.end), PostfixOp::Call(args));
        Ok(())
    }

    fn wrong_count(&mut self, wanted: &str, left: &Expr, open: Word, close: Word) -> Read<()> {
        let message = format!("?{}(...) {wanted} parameters", last_built_in(left));
        let span = self.place.span(open.start, close.end);
        self.complain(self.fault(ParseErrorKind::Semantic, message, span, open.start))
    }

    fn wrong_lambda(&mut self, count: usize, left: &Expr, lambda: Word) -> Read<()> {
        let message = format!(
            "?{}(...) parameter lambda expression must declare exactly 1 parameter, but it declared {count}.",
            last_built_in(left)
        );
        self.complain(self.semantic(message, lambda))
    }

    /// `(lambda (","? lambda)*)?`
    fn lambda_args(&mut self) -> Read<(Vec<Expr>, OddLambda)> {
        let mut args = Vec::new();
        let mut odd = None;
        while starts_expression(self.kind()) || !args.is_empty() && self.kind() == Kind::Comma {
            if !args.is_empty() {
                self.take(Kind::Comma);
            }
            args.push(self.lambda(&mut odd)?);
        }
        Ok((args, odd))
    }

    /// `lambda = (name | "(" (name ("," name)*)? ")") "->" expression | expression`
    fn lambda(&mut self, odd: &mut OddLambda) -> Read<Expr> {
        let first = self.peek();
        let parenthesized = first.kind == Kind::OpenParen;
        let Some(count) = self.lambda_params()? else { return self.expression() };
        let mut param = None;
        while self.kind() != Kind::Arrow {
            if self.kind() == Kind::Name {
                let name = self.ident();
                param.get_or_insert(name);
            } else {
                self.next();
            }
        }
        self.next();
        if count != 1 && odd.is_none() {
            *odd = Some((count, first));
        }
        let body = self.expression()?;
        let span = self.word_span(first).to(body.span);
        let kind = match param {
            Some(param) => ExprKind::Lambda { param, parenthesized, body: Box::new(body) },
            None => ExprKind::Error,
        };
        Ok(Expr { span, kind })
    }

    /// How many parameters the lambda has that begins here; `None`: none begins.
    fn lambda_params(&self) -> Read<Option<usize>> {
        if self.kind() == Kind::Name {
            return Ok((self.kind_ahead(1)? == Kind::Arrow).then_some(1));
        }
        if self.kind() != Kind::OpenParen {
            return Ok(None);
        }
        let mut ahead = 1;
        let mut count = 0;
        if self.kind_ahead(ahead)? == Kind::Name {
            count = 1;
            ahead += 1;
            while self.kind_ahead(ahead)? == Kind::Comma
                && self.kind_ahead(ahead + 1)? == Kind::Name
            {
                count += 1;
                ahead += 2;
            }
        }
        let is_lambda = self.kind_ahead(ahead)? == Kind::CloseParen
            && self.kind_ahead(ahead + 1)? == Kind::Arrow;
        Ok(is_lambda.then_some(count))
    }
}

/// The spelling of the built-in that is the last step.
fn last_built_in(expr: &Expr) -> &str {
    match &expr.kind {
        ExprKind::Postfix(_, steps) => match steps.last() {
            Some(Postfix { op: PostfixOp::BuiltIn(name), .. }) => &name.name,
            _ => "",
        },
        _ => "",
    }
}
