//! Expressions.

use ftl_parser::Span;
use ftl_parser::ast::{self, InfixOp, Postfix, PostfixOp, StringPart};

use super::{Compiler, LocalName};
use crate::builtins;
use crate::error::Error;
use crate::program::*;
use crate::special::Special;
use crate::value::Number;
use crate::value::number::{ArithmeticEngine, NumberError};

impl Compiler<'_> {
    pub(super) fn exprs(&mut self, exprs: &[ast::Expr]) -> Box<[Expr]> {
        exprs.iter().map(|expr| self.expr(expr)).collect()
    }

    fn boxed(&mut self, expr: &ast::Expr) -> Box<Expr> {
        Box::new(self.expr(expr))
    }

    pub(super) fn expr(&mut self, expr: &ast::Expr) -> Expr {
        Expr { span: expr.span, kind: self.expr_kind(expr) }
    }

    fn expr_kind(&mut self, expr: &ast::Expr) -> ExprKind {
        match &expr.kind {
            ast::ExprKind::Name(name) => ExprKind::Name(self.resolve(name)),
            ast::ExprKind::Special(name) => {
                match Special::by_name(&name.name, &self.format, self.auto_esc) {
                    Some(special) => {
                        self.uses_args |= special == Special::Args;
                        ExprKind::Special(special)
                    }
                    None => self.fault(format!("Unknown special variable: .{}", name.name)),
                }
            }
            ast::ExprKind::String(literal) if literal.parts.is_empty() => {
                ExprKind::Text(literal.value.as_str().into())
            }
            ast::ExprKind::String(literal) => {
                let parts = literal.parts.iter().map(|part| match part {
                    StringPart::Text(text) => Part::Text(text.as_str().into()),
                    StringPart::Interpolation(_, it) => Part::Print(self.interpolation(it, false)),
                });
                ExprKind::Template(parts.collect())
            }
            ast::ExprKind::Number(text) => match literal(text, self.arithmetic) {
                Ok(number) => ExprKind::Number(number),
                Err(error) => self.fault(error.to_string()),
            },
            ast::ExprKind::Bool(value) => ExprKind::Bool(*value),
            ast::ExprKind::List(items) => ExprKind::List(self.exprs(items)),
            ast::ExprKind::Hash(entries) => {
                let entries = entries.iter().map(|(key, value)| (self.expr(key), self.expr(value)));
                ExprKind::Hash(entries.collect())
            }
            ast::ExprKind::Paren(inner) => ExprKind::Paren(self.boxed(inner)),
            ast::ExprKind::Postfix(base, steps) => self.chain(base, steps),
            ast::ExprKind::Prefix(ops, operand) => {
                ExprKind::Prefix(ops.as_slice().into(), self.boxed(operand))
            }
            ast::ExprKind::Infix(first, rest) => self.infix(first, rest),
            ast::ExprKind::Range { start, op, end, .. } => {
                let start = self.boxed(start);
                ExprKind::Range(*op, start, end.as_deref().map(|end| self.boxed(end)))
            }
            ast::ExprKind::Lambda { .. } => self.fault("A lambda cannot stand here".to_owned()),
            ast::ExprKind::Error => {
                self.fault("A broken expression cannot be evaluated".to_owned())
            }
        }
    }

    /// An expression whose evaluation fails.
    fn fault(&mut self, message: String) -> ExprKind {
        ExprKind::Error(Box::new(Error::value(message)))
    }

    fn infix(&mut self, first: &ast::Expr, rest: &[ast::Infix]) -> ExprKind {
        let op = rest.first().map(|infix| infix.op);
        match op {
            Some(InfixOp::And | InfixOp::Or) => {
                let operands = std::iter::once(first).chain(rest.iter().map(|infix| &infix.right));
                let operands = operands.map(|operand| self.expr(operand)).collect();
                if op == Some(InfixOp::And) {
                    ExprKind::And(operands)
                } else {
                    ExprKind::Or(operands)
                }
            }
            Some(InfixOp::Add | InfixOp::Sub | InfixOp::Mul | InfixOp::Div | InfixOp::Mod) => {
                let first = self.boxed(first);
                let rest = rest.iter().map(|infix| (infix.op, self.expr(&infix.right)));
                ExprKind::Arithmetic(first, rest.collect())
            }
            Some(op) => {
                let operands = (self.expr(first), self.expr(&rest[0].right));
                ExprKind::Compare(op, Box::new(operands), rest[0].op_span)
            }
            None => self.expr_kind(first),
        }
    }

    fn resolve(&mut self, name: &str) -> NameRef {
        for (index, scope) in self.scopes.iter().enumerate().rev() {
            let index = index as u32;
            let Some(suffix) = name.strip_prefix(&*scope.name) else { continue };
            match suffix {
                "" => return NameRef::Loop { index, symbol: self.symbol(name) },
                "_index" if scope.listed => return NameRef::LoopIndex { index },
                "_has_next" if scope.listed => return NameRef::LoopHasNext { index },
                _ => (),
            }
        }
        let symbol = self.symbol(name);
        match self.local(name) {
            Some(slot) => NameRef::Local { slot, symbol },
            None => NameRef::Global { symbol },
        }
    }

    fn chain(&mut self, base: &ast::Expr, steps: &[Postfix]) -> ExprKind {
        let (base, mut rest) = self.chain_base(base, steps);
        let mut compiled = Vec::with_capacity(rest.len());
        while let Some((first, after)) = rest.split_first() {
            let (step, used) = self.step(first, after);
            compiled.push(step);
            rest = &rest[1 + used..];
        }
        if compiled.is_empty() {
            return base.kind;
        }
        let mut chain = Chain { base, steps: compiled.into_boxed_slice() };
        keep_lazy(&mut chain);
        ExprKind::Chain(Box::new(chain))
    }

    /// The base with those steps that belong to it: `x?index` is one expression.
    fn chain_base<'p>(&mut self, base: &ast::Expr, steps: &'p [Postfix]) -> (Expr, &'p [Postfix]) {
        if let (ast::ExprKind::Name(name), Some((first, rest))) = (&base.kind, steps.split_first())
            && let PostfixOp::BuiltIn(built_in) = &first.op
            && let (Some(state), Some(index)) =
                (loop_state(&built_in.name), self.listed_index(name))
        {
            let (args, end, rest) = match rest.split_first() {
                Some((Postfix { op: PostfixOp::Call(args), span }, rest))
                    if state == LoopState::ItemCycle =>
                {
                    (self.exprs(args), span.end, rest)
                }
                _ => (Box::default(), first.span.end, rest),
            };
            let span = Span::new(base.span.start, end);
            return (Expr { span, kind: ExprKind::LoopState(state, index, args) }, rest);
        }
        (self.expr(base), steps)
    }

    fn listed_index(&self, name: &str) -> Option<u32> {
        // A lambda's parameter of the same name does not hide the loop.
        let mine = |scope: &LocalName| scope.looped && *scope.name == *name;
        self.scopes.iter().rposition(mine).map(|index| index as u32)
    }

    /// `first` compiled, and how many of the steps after it belong to it.
    fn step(&mut self, first: &Postfix, after: &[Postfix]) -> (Step, usize) {
        let mut end = first.span.end;
        let mut used = 0;
        let kind = match &first.op {
            PostfixOp::Dot(name) => StepKind::Key { key: name.name.as_str().into(), dot: true },
            PostfixOp::Index(index) => match &index.kind {
                ast::ExprKind::String(literal) if literal.parts.is_empty() => {
                    StepKind::Key { key: literal.value.as_str().into(), dot: false }
                }
                _ => StepKind::Index(self.boxed(index)),
            },
            PostfixOp::Call(args) => StepKind::Call(self.exprs(args)),
            PostfixOp::Exists => StepKind::Exists,
            PostfixOp::Default(values) => StepKind::Default(
                values.iter().map(|value| value.as_ref().map(|value| self.expr(value))).collect(),
            ),
            PostfixOp::BuiltIn(name) => {
                let call = match after.first() {
                    Some(Postfix { op: PostfixOp::Call(args), span }) => {
                        Some((args.as_slice(), span.end))
                    }
                    _ => None,
                };
                let (kind, took_call) = self.built_in(name, call.map(|call| call.0));
                if let (true, Some((_, call_end))) = (took_call, call) {
                    end = call_end;
                    used = 1;
                }
                kind
            }
        };
        (Step { end, kind }, used)
    }

    /// A built-in, and whether it took the call that follows it.
    fn built_in(&mut self, name: &ast::Ident, call: Option<&[ast::Expr]>) -> (StepKind, bool) {
        match (name.name.as_str(), call) {
            ("then", Some([yes, no])) => {
                return (StepKind::Then(Box::new((self.expr(yes), self.expr(no)))), true);
            }
            ("switch", Some(args)) => return (StepKind::Switch(self.exprs(args)), true),
            ("default", Some(args)) => return (StepKind::DefaultCall(self.exprs(args)), true),
            ("exists", _) => return (StepKind::Exists, false),
            ("if_exists" | "ifExists", _) => return (StepKind::Default(Box::new([None])), false),
            (lazy, Some([mapper])) => {
                if let Some(kind) = lazy_kind(lazy) {
                    let mapper = self.mapper(mapper);
                    return (
                        StepKind::Lazy(Box::new(LazyStep {
                            kind,
                            name: name.span,
                            mapper,
                            stay_lazy: false,
                        })),
                        true,
                    );
                }
            }
            _ => (),
        }
        let built_in = builtins::by_name(&name.name);
        // A built-in without parameters leaves the parentheses to what it gives.
        let call = call.filter(|_| built_in.is_method);
        let site = Site {
            built_in,
            name: name.span,
            args: call.map(|args| self.exprs(args)),
            format: self.format.clone(),
            regexp: Default::default(),
        };
        if let Err((error, span)) = builtins::prepare(&site) {
            self.warnings.push(error.at(self.source, span));
        }
        (StepKind::BuiltIn(Box::new(site)), call.is_some())
    }

    fn mapper(&mut self, mapper: &ast::Expr) -> Mapper {
        match &mapper.kind {
            ast::ExprKind::Lambda { param, body, .. } => {
                let name: Box<str> = param.name.as_str().into();
                self.scopes.push(LocalName { name: name.clone(), listed: false, looped: false });
                let body = self.expr(body);
                self.scopes.pop();
                Mapper::Lambda { param: name, body }
            }
            _ => Mapper::Function(self.expr(mapper)),
        }
    }
}

fn literal(text: &str, arithmetic: ArithmeticEngine) -> Result<Number, NumberError> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => Number::from_hex(digits),
        None => Number::from_literal(text, arithmetic),
    }
}

fn lazy_kind(name: &str) -> Option<LazyKind> {
    Some(match name {
        "filter" => LazyKind::Filter,
        "map" => LazyKind::Map,
        "take_while" | "takeWhile" => LazyKind::TakeWhile,
        "drop_while" | "dropWhile" => LazyKind::DropWhile,
        _ => return None,
    })
}

fn loop_state(name: &str) -> Option<LoopState> {
    Some(match name {
        "index" => LoopState::Index,
        "counter" => LoopState::Counter,
        "has_next" | "hasNext" => LoopState::HasNext,
        "is_first" | "isFirst" => LoopState::IsFirst,
        "is_last" | "isLast" => LoopState::IsLast,
        "is_odd_item" | "isOddItem" => LoopState::IsOddItem,
        "is_even_item" | "isEvenItem" => LoopState::IsEvenItem,
        "item_parity" | "itemParity" => LoopState::ItemParity,
        "item_parity_cap" | "itemParityCap" => LoopState::ItemParityCap,
        "item_cycle" | "itemCycle" => LoopState::ItemCycle,
        _ => return None,
    })
}

/// Marks the lazy steps whose results the next step takes one by one.
fn keep_lazy(chain: &mut Chain) {
    for at in 1..chain.steps.len() {
        let takes_lazily = match &chain.steps[at].kind {
            StepKind::Lazy(_) | StepKind::Index(_) => true,
            StepKind::BuiltIn(site) => site.built_in.takes_lazily,
            _ => false,
        };
        if !takes_lazily {
            continue;
        }
        if let StepKind::Lazy(lazy) = &mut chain.steps[at - 1].kind {
            lazy.stay_lazy = true;
        }
        // A slice of something lazy is lazy itself.
    }
    let first_takes = match chain.steps.first().map(|step| &step.kind) {
        Some(StepKind::Lazy(_) | StepKind::Index(_)) => true,
        Some(StepKind::BuiltIn(site)) => site.built_in.takes_lazily,
        _ => false,
    };
    if first_takes {
        stay_lazy(&mut chain.base);
    }
}

/// What takes the value of `expr` takes its items one by one.
pub(super) fn stay_lazy(expr: &mut Expr) {
    match &mut expr.kind {
        ExprKind::Paren(inner) => stay_lazy(inner),
        ExprKind::Chain(chain) => {
            if let Some(Step { kind: StepKind::Lazy(lazy), .. }) = chain.steps.last_mut() {
                lazy.stay_lazy = true;
            }
        }
        _ => (),
    }
}
