//! Which part an expression plays in what failed: the `For "…" …:` of FreeMarker's messages.

use ftl_parser::ast::{InfixOp, PrefixOp, RangeOp, Scope};
use ftl_parser::{Source, Span};

use crate::error::Place;
use crate::program::*;

/// The part that what is blamed at `place` plays within `node`, as in `"#if" condition`.
pub(crate) fn of(node: &Node, place: Option<&Place>) -> Option<String> {
    let place = place?;
    Finder { source: &place.source, blamed: place.span }.node(node)
}

struct Finder<'s> {
    source: &'s Source,
    blamed: Span,
}

impl Finder<'_> {
    fn node(&self, node: &Node) -> Option<String> {
        match &node.kind {
            NodeKind::Print(print) => self.print(print),
            NodeKind::If(branches) => branches.iter().enumerate().find_map(|(at, branch)| {
                let symbol = if at == 0 { "#if" } else { "#elseif" };
                self.expr(branch.condition.as_ref()?, symbol, "condition")
            }),
            // With `#else`, the list is an element within the one that FreeMarker looks through.
            NodeKind::List(list) if list.otherwise.is_some() => None,
            NodeKind::List(list) => self.expr(
                &list.source,
                if list.foreach { "#foreach" } else { "#list" },
                "list source",
            ),
            NodeKind::Capture(capture) => self.expr(
                capture.namespace.as_ref()?,
                assign_symbol(capture.target.scope),
                "namespace",
            ),
            // The conditions belong to elements of their own, which FreeMarker does not look through.
            NodeKind::Switch(switch) => self.expr(&switch.value, "#switch", "value"),
            NodeKind::Return(value) => self.expr(value.as_ref()?, "#return", "value"),
            NodeKind::Stop(reason) => self.expr(reason.as_ref()?, "#stop", "message"),
            NodeKind::Assign(assign) => assign.items.iter().find_map(|item| {
                let symbol = assign_symbol(item.target.scope);
                let value = item
                    .value
                    .as_ref()
                    .and_then(|value| self.expr(value, symbol, "assignment source"));
                value.or_else(|| self.expr(assign.namespace.as_ref()?, symbol, "namespace"))
            }),
            NodeKind::Nested(values) => self.all(values, "#nested", "passed value"),
            NodeKind::Call(call) => {
                self.expr(&call.callee, "@", "callee").or_else(|| match &call.args {
                    CallArgs::Positional(args) => self.all(args, "@", "argument value"),
                    CallArgs::Named(args) => {
                        args.iter().find_map(|(_, arg)| self.expr(arg, "@", "argument value"))
                    }
                })
            }
            NodeKind::Include(include) => {
                self.expr(&include.path, "#include", "template name").or_else(|| {
                    self.expr(
                        include.ignore_missing.as_ref()?,
                        "#include",
                        "\"ignore_missing\" parameter",
                    )
                })
            }
            NodeKind::Import(import) => self.expr(&import.path, "#import", "template name"),
            NodeKind::Setting(setting) => self.expr(&setting.value, "#setting", "item value"),
            _ => None,
        }
    }

    /// What `#escape` puts around the expression is not looked through.
    fn print(&self, print: &Print) -> Option<String> {
        let symbol = if print.decimals.is_some() { "#{...}" } else { "${...}" };
        let written = print.written;
        self.found(written, symbol, "content").or_else(|| {
            let is_within = written.start <= self.blamed.start && self.blamed.end <= written.end;
            if is_within { self.within(&print.expr) } else { None }
        })
    }

    fn all(&self, exprs: &[Expr], symbol: &str, role: &str) -> Option<String> {
        exprs.iter().find_map(|expr| self.expr(expr, symbol, role))
    }

    fn found(&self, span: Span, symbol: &str, role: &str) -> Option<String> {
        let quote = if symbol.contains('"') { '`' } else { '"' };
        (span == self.blamed).then(|| format!("{quote}{symbol}{quote} {role}"))
    }

    /// `expr` and what it is made of; `symbol` and `role` are its part in what holds it.
    fn expr(&self, expr: &Expr, symbol: &str, role: &str) -> Option<String> {
        self.found(expr.span, symbol, role).or_else(|| self.within(expr))
    }

    fn within(&self, expr: &Expr) -> Option<String> {
        match &expr.kind {
            ExprKind::Chain(chain) => self.chain(chain),
            ExprKind::Paren(inner) => self.expr(inner, "(...)", "enclosed operand"),
            ExprKind::List(items) => self.all(items, "[...]", "item value"),
            ExprKind::Hash(entries) => entries.iter().find_map(|(key, value)| {
                self.expr(key, "{...}", "item key")
                    .or_else(|| self.expr(value, "{...}", "item value"))
            }),
            ExprKind::Prefix(ops, operand) => {
                let symbol = match ops.last()?.0 {
                    PrefixOp::Not => "!",
                    PrefixOp::Minus => "-...",
                    PrefixOp::Plus => "+...",
                };
                self.expr(operand, symbol, "right-hand operand")
            }
            ExprKind::And(operands) => self.operands(operands.iter(), |_| "&&"),
            ExprKind::Or(operands) => self.operands(operands.iter(), |_| "||"),
            ExprKind::Arithmetic(first, rest) => {
                let operands =
                    std::iter::once(&**first).chain(rest.iter().map(|(_, operand)| operand));
                self.operands(operands, |at| symbol_of(rest[at.saturating_sub(1)].0))
            }
            ExprKind::Compare(op, operands, _) => {
                let symbol = symbol_of(*op);
                self.expr(&operands.0, symbol, "left-hand operand")
                    .or_else(|| self.expr(&operands.1, symbol, "right-hand operand"))
            }
            ExprKind::Range(op, start, end) => {
                let symbol = match op {
                    RangeOp::Inclusive => "..",
                    RangeOp::Exclusive => "..<",
                    RangeOp::Length => "..*",
                };
                self.expr(start, symbol, "left-hand operand")
                    .or_else(|| self.expr(end.as_deref()?, symbol, "right-hand operand"))
            }
            ExprKind::Template(parts) => parts.iter().find_map(|part| match part {
                Part::Print(print) => self.print(print),
                Part::Text(_) => None,
            }),
            ExprKind::LoopState(_, _, args) => self.all(args, "...(...)", "argument value"),
            _ => None,
        }
    }

    /// Operands of a chain of one level: each operator's left side is all before it.
    fn operands<'e, 's>(
        &self,
        operands: impl Iterator<Item = &'e Expr>,
        symbol: impl Fn(usize) -> &'s str,
    ) -> Option<String> {
        let mut start = None;
        let mut end = 0;
        for (at, operand) in operands.enumerate() {
            let role = if at == 0 { "left-hand operand" } else { "right-hand operand" };
            if let (Some(start), true) = (start, at > 1) {
                // `a + b` in `a + b + c`
                let found = self.found(Span::new(start, end), symbol(at), "left-hand operand");
                if found.is_some() {
                    return found;
                }
            }
            let found = self.expr(operand, symbol(at), role);
            if found.is_some() {
                return found;
            }
            start.get_or_insert(operand.span.start);
            end = operand.span.end;
        }
        None
    }

    fn chain(&self, chain: &Chain) -> Option<String> {
        let start = chain.base.span.start;
        let mut end = chain.base.span.end;
        for (at, step) in chain.steps.iter().enumerate() {
            let built_in;
            let (symbol, role) = match &step.kind {
                StepKind::Key { dot: true, .. } => (".", "left-hand operand"),
                StepKind::Key { dot: false, .. } | StepKind::Index(_) => {
                    ("...[...]", "left-hand operand")
                }
                StepKind::Call(_) => ("...(...)", "callee"),
                StepKind::BuiltIn(site) => {
                    built_in = format!("?{}", self.source.slice(site.name));
                    (built_in.as_str(), "left-hand operand")
                }
                StepKind::Then(_) => ("?then(...)", "left-hand operand"),
                StepKind::Switch(_) => ("?switch(...)", "left-hand operand"),
                StepKind::Lazy(lazy) => {
                    built_in = format!("?{}(...)", self.source.slice(lazy.name));
                    (built_in.as_str(), "left-hand operand")
                }
                StepKind::DefaultCall(_) => ("?default", "left-hand operand"),
                StepKind::Exists => ("...??", "left-hand operand"),
                StepKind::Default(_) => ("...!...", "left-hand operand"),
            };
            if at == 0 {
                if let Some(found) = self.expr(&chain.base, symbol, role) {
                    return Some(found);
                }
            } else if let Some(found) = self.found(Span::new(start, end), symbol, role) {
                return Some(found);
            }
            let found = match &step.kind {
                StepKind::Index(index) => self.expr(index, "...[...]", "enclosed operand"),
                StepKind::Call(args) => self.all(args, "...(...)", "argument value"),
                StepKind::BuiltIn(site) => {
                    let args = site.args.as_deref().unwrap_or_default();
                    // What is called, where a value takes no call.
                    let callee = Span::new(start, site.name.end);
                    let callee = match site.args {
                        Some(_) => self.found(callee, "...(...)", "callee"),
                        None => None,
                    };
                    callee.or_else(|| self.all(args, "...(...)", "argument value"))
                }

                StepKind::Then(branches) => self
                    .expr(&branches.0, "?then(...)", "argument value")
                    .or_else(|| self.expr(&branches.1, "?then(...)", "argument value")),
                StepKind::Switch(args) => self.all(args, "?switch(...)", "argument value"),
                StepKind::Lazy(lazy) => match &lazy.mapper {
                    Mapper::Lambda { body, .. } => self.expr(body, "->", "value"),
                    Mapper::Function(expr) => {
                        let symbol = format!("?{}(...)", self.source.slice(lazy.name));
                        self.expr(expr, &symbol, "argument value")
                    }
                },
                StepKind::DefaultCall(args) => self.all(args, "...(...)", "argument value"),
                StepKind::Default(values) => values
                    .iter()
                    .flatten()
                    .find_map(|value| self.expr(value, "...!...", "right-hand operand")),
                StepKind::Key { .. } | StepKind::Exists => None,
            };
            if found.is_some() {
                return found;
            }
            end = step.end;
        }
        None
    }
}

fn assign_symbol(scope: Scope) -> &'static str {
    match scope {
        Scope::Namespace => "#assign",
        Scope::Global => "#global",
        Scope::Local => "#local",
    }
}

fn symbol_of(op: InfixOp) -> &'static str {
    match op {
        InfixOp::Or => "||",
        InfixOp::And => "&&",
        InfixOp::Equal => "==",
        InfixOp::NotEqual => "!=",
        InfixOp::Less => "<",
        InfixOp::LessOrEqual => "<=",
        InfixOp::Greater => ">",
        InfixOp::GreaterOrEqual => ">=",
        InfixOp::Add => "+",
        InfixOp::Sub => "-",
        InfixOp::Mul => "*",
        InfixOp::Div => "/",
        InfixOp::Mod => "%",
    }
}
