//! The tree as text, for golden files and for people: a line per node, children indented.

use std::fmt::Write as _;

use crate::ast::*;
use crate::source::{Source, Span};

/// Whether a [`dump`] tells places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spans {
    /// Each line ends with its place, `@1:3-1:7`: first and last character.
    Shown,
    /// Only what was written, so that templates which differ in layout alone give the same.
    Hidden,
}

/// The tree as text.
pub fn dump(ast: &Ast, source: &Source, spans: Spans) -> String {
    let mut dump = Dump { out: String::new(), source, spans, depth: 0 };
    dump.template(ast);
    dump.out
}

/// An expression as text.
pub fn dump_expression(expr: &Expr, source: &Source, spans: Spans) -> String {
    let mut dump = Dump { out: String::new(), source, spans, depth: 0 };
    dump.expr(expr);
    dump.out
}

struct Dump<'a> {
    out: String,
    source: &'a Source,
    spans: Spans,
    depth: usize,
}

impl Dump<'_> {
    fn line(&mut self, span: Span, text: &str) {
        for _ in 0..self.depth {
            self.out.push_str("  ");
        }
        self.out.push_str(text);
        if self.spans == Spans::Shown && span != NOWHERE {
            let first = self.source.position(span.start);
            let last_char = self.source.slice(span).chars().next_back().map_or(0, char::len_utf8);
            let last = self.source.position(span.end - last_char as u32);
            let _ =
                write!(self.out, " @{}:{}-{}:{}", first.line, first.column, last.line, last.column);
        }
        self.out.push('\n');
    }

    fn nest(&mut self, inner: impl FnOnce(&mut Self)) {
        self.depth += 1;
        inner(self);
        self.depth -= 1;
    }

    fn template(&mut self, ast: &Ast) {
        let mut facts = format!(
            "template {:?}, {:?}, {:?}, {}",
            ast.tag_syntax, ast.interpolation_syntax, ast.naming_convention, ast.output_format
        );
        if ast.auto_escaping {
            facts.push_str(", auto-escaping");
        }
        if !ast.whitespace_stripping {
            facts.push_str(", no white-space stripping");
        }
        self.line(NOWHERE, &facts);
        self.nest(|dump| {
            if let Some(header) = &ast.header {
                dump.line(header.span, "#ftl");
                dump.nest(|dump| dump.named(&header.params));
            }
            dump.body(&ast.body);
            for literal in &ast.shifted_literals {
                dump.line(literal.span, "places shifted by escapes");
            }
        });
    }

    fn body(&mut self, body: &Body) {
        for element in body {
            self.element(element);
        }
    }

    /// A line, and a body under it.
    fn block(&mut self, span: Span, text: &str, body: &Body) {
        self.line(span, text);
        self.nest(|dump| dump.body(body));
    }

    /// A line, and an expression under it.
    fn with(&mut self, span: Span, text: &str, expr: &Expr) {
        self.line(span, text);
        self.nest(|dump| dump.expr(expr));
    }

    fn named(&mut self, pairs: &[(Ident, Expr)]) {
        for (name, value) in pairs {
            self.with(name.span, &format!("{} =", ident(name)), value);
        }
    }

    fn element(&mut self, element: &Element) {
        let span = element.span;
        match &element.kind {
            ElementKind::Text(text) => self.text(span, "text", text),
            ElementKind::NoParse(text) => self.text(span, "#noparse", text),
            ElementKind::Interpolation(interpolation) => self.interpolation(span, interpolation),
            ElementKind::Comment(inner) => {
                let text = format!("comment {:?}", self.source.slice(*inner));
                self.line(span, &text);
            }
            ElementKind::CommentDirective(inner) => {
                let text = format!("#comment {:?}", self.source.slice(*inner));
                self.line(span, &text);
            }
            ElementKind::If(block) => {
                self.line(span, "#if");
                self.nest(|dump| block.branches.iter().for_each(|branch| dump.branch(branch)));
            }
            ElementKind::List(list) => self.list(span, list),
            ElementKind::Items(items) => {
                self.block(span, &format!("#items as {}", loop_vars(&items.vars)), &items.body);
            }
            ElementKind::Sep(sep) => {
                self.block(span, if sep.closed { "#sep, closed" } else { "#sep" }, &sep.body);
            }
            ElementKind::Break => self.line(span, "#break"),
            ElementKind::Continue => self.line(span, "#continue"),
            ElementKind::Switch(switch) => self.switch(span, switch),
            ElementKind::Return(value) => self.optional(span, "#return", value.as_ref()),
            ElementKind::Stop(reason) => self.optional(span, "#stop", reason.as_ref()),
            ElementKind::Attempt(attempt) => {
                self.block(span, "#attempt", &attempt.body);
                self.nest(|dump| {
                    dump.block(attempt.recover.span, "#recover", &attempt.recover.body)
                });
            }
            ElementKind::Assign(assign) => self.assign(span, assign),
            ElementKind::Macro(definition) => self.definition(span, definition),
            ElementKind::Nested(values) => {
                self.line(span, "#nested");
                self.nest(|dump| dump.exprs(values));
            }
            ElementKind::Call(call) => {
                self.call(span, if call.legacy { "#call" } else { "call" }, call)
            }
            ElementKind::Transform(call) => self.call(span, "#transform", call),
            ElementKind::Include(include) => {
                self.with(span, "#include", &include.path);
                self.nest(|dump| dump.named(&include.options));
            }
            ElementKind::Import(import) => {
                self.with(span, &format!("#import as {}", ident(&import.namespace)), &import.path);
            }
            ElementKind::Setting(setting) => {
                self.with(span, &format!("#setting {} =", ident(&setting.name)), &setting.value);
            }
            ElementKind::Compress(body) => self.block(span, "#compress", body),
            ElementKind::Escape(escape) => {
                self.with(span, &format!("#escape {} as", ident(&escape.var)), &escape.expr);
                self.nest(|dump| dump.block(NOWHERE, "body", &escape.body));
            }
            ElementKind::NoEscape(body) => self.block(span, "#noescape", body),
            ElementKind::OutputFormat(format) => {
                self.with(span, &format!("#outputformat {}", format.name), &format.param);
                self.nest(|dump| dump.block(NOWHERE, "body", &format.body));
            }
            ElementKind::AutoEsc(body) => self.block(span, "#autoesc", body),
            ElementKind::NoAutoEsc(body) => self.block(span, "#noautoesc", body),
            ElementKind::Trim(trim) => self.line(
                span,
                match trim {
                    Trim::Both => "#t",
                    Trim::Left => "#lt",
                    Trim::Right => "#rt",
                    Trim::None => "#nt",
                },
            ),
            ElementKind::Flush => self.line(span, "#flush"),
            ElementKind::Visit(visit) => self.visit(span, "#visit", visit),
            ElementKind::Recurse(visit) => self.visit(span, "#recurse", visit),
            ElementKind::Fallback => self.line(span, "#fallback"),
            ElementKind::Error => {
                let text = format!("error {:?}", self.source.slice(span));
                self.line(span, &text);
            }
        }
    }

    fn text(&mut self, span: Span, kind: &str, text: &Text) {
        let whole = format!("{kind} {:?}", self.source.slice(text.span));
        self.line(span, &whole);
        if text.kept.as_slice() != [text.span] && !text.span.is_empty() {
            let kept: Vec<_> =
                text.kept.iter().map(|&piece| format!("{:?}", self.source.slice(piece))).collect();
            let kept = if kept.is_empty() { "nothing".to_owned() } else { kept.join(" ") };
            self.nest(|dump| dump.line(NOWHERE, &format!("kept {kept}")));
        }
    }

    fn interpolation(&mut self, span: Span, interpolation: &Interpolation) {
        let mut text = match interpolation.syntax {
            InterpolationKind::Dollar => "${}".to_owned(),
            InterpolationKind::Hash => "#{}".to_owned(),
            InterpolationKind::Square => "[=]".to_owned(),
        };
        if let Some(format) = interpolation.format {
            let _ = write!(text, " m{}M{}", format.min, format.max);
        }
        if interpolation.auto_escape {
            text.push_str(", escaped");
        }
        self.with(span, &text, &interpolation.expr);
    }

    fn branch(&mut self, branch: &IfBranch) {
        match &branch.condition {
            Some(condition) => self.with(branch.span, "branch", condition),
            None => self.line(branch.span, "else"),
        }
        self.nest(|dump| dump.body(&branch.body));
    }

    fn list(&mut self, span: Span, list: &List) {
        let name = if list.foreach { "#foreach" } else { "#list" };
        let text = match &list.vars {
            Some(vars) => format!("{name} as {}", loop_vars(vars)),
            None => name.to_owned(),
        };
        self.with(span, &text, &list.source);
        self.nest(|dump| {
            dump.block(NOWHERE, "body", &list.body);
            if let Some(otherwise) = &list.otherwise {
                dump.block(otherwise.span, "else", &otherwise.body);
            }
        });
    }

    fn switch(&mut self, span: Span, switch: &Switch) {
        self.with(span, "#switch", &switch.value);
        self.nest(|dump| {
            dump.body(&switch.lead);
            for case in &switch.cases {
                match &case.kind {
                    CaseKind::Case(value) => dump.with(case.span, "#case", value),
                    CaseKind::On(values) => {
                        dump.line(case.span, "#on");
                        dump.nest(|dump| dump.exprs(values));
                    }
                    CaseKind::Default => dump.line(case.span, "#default"),
                }
                dump.nest(|dump| dump.block(NOWHERE, "body", &case.body));
            }
        });
    }

    fn assign(&mut self, span: Span, assign: &Assign) {
        let name = match assign.scope {
            Scope::Namespace => "#assign",
            Scope::Global => "#global",
            Scope::Local => "#local",
        };
        match &assign.kind {
            AssignKind::Inline(assignments) => {
                self.line(span, name);
                self.nest(|dump| {
                    assignments.iter().for_each(|assignment| dump.assignment(assignment))
                });
            }
            AssignKind::Block { name: variable, body } => {
                self.block(span, &format!("{name} {}, captured", ident(variable)), body);
            }
        }
        if let Some(namespace) = &assign.namespace {
            self.nest(|dump| dump.with(NOWHERE, "in", namespace));
        }
    }

    fn assignment(&mut self, assignment: &Assignment) {
        let op = match assignment.op {
            AssignOp::Set => "=",
            AssignOp::Add => "+=",
            AssignOp::Sub => "-=",
            AssignOp::Mul => "*=",
            AssignOp::Div => "/=",
            AssignOp::Mod => "%=",
            AssignOp::Increment => "++",
            AssignOp::Decrement => "--",
        };
        let text = format!("{} {op}", ident(&assignment.name));
        self.optional(assignment.span, &text, assignment.value.as_ref());
    }

    fn definition(&mut self, span: Span, definition: &Macro) {
        let kind = if definition.function { "#function" } else { "#macro" };
        self.line(span, &format!("{kind} {}", ident(&definition.name)));
        self.nest(|dump| {
            for param in &definition.params {
                dump.optional(
                    param.name.span,
                    &format!("parameter {}", ident(&param.name)),
                    param.default.as_ref(),
                );
            }
            if let Some(rest) = &definition.catch_all {
                dump.line(rest.span, &format!("parameter {}...", ident(rest)));
            }
            dump.block(NOWHERE, "body", &definition.body);
        });
    }

    fn call(&mut self, span: Span, kind: &str, call: &Call) {
        self.with(span, kind, &call.callee);
        self.nest(|dump| {
            match &call.args {
                CallArgs::Positional(args) if args.is_empty() => (),
                CallArgs::Positional(args) => {
                    dump.line(NOWHERE, "arguments");
                    dump.nest(|dump| dump.exprs(args));
                }
                CallArgs::Named(args) => dump.named(args),
            }
            for var in &call.loop_vars {
                dump.line(var.span, &format!("loop variable {}", ident(var)));
            }
            if let Some(body) = &call.body {
                dump.block(NOWHERE, "body", body);
            }
        });
    }

    fn visit(&mut self, span: Span, kind: &str, visit: &Visit) {
        self.optional(span, kind, visit.node.as_ref());
        if let Some(using) = &visit.using {
            self.nest(|dump| dump.with(NOWHERE, "using", using));
        }
    }

    fn optional(&mut self, span: Span, text: &str, expr: Option<&Expr>) {
        match expr {
            Some(expr) => self.with(span, text, expr),
            None => self.line(span, text),
        }
    }

    fn exprs(&mut self, exprs: &[Expr]) {
        for expr in exprs {
            self.expr(expr);
        }
    }

    fn expr(&mut self, expr: &Expr) {
        let span = expr.span;
        match &expr.kind {
            ExprKind::Name(name) => self.line(span, &format!("name {name}")),
            ExprKind::Special(name) => self.line(span, &format!(".{}", name.name)),
            ExprKind::String(literal) => self.string(span, literal),
            ExprKind::Number(number) => self.line(span, &format!("number {number}")),
            ExprKind::Bool(value) => self.line(span, if *value { "true" } else { "false" }),
            ExprKind::List(items) => {
                self.line(span, "list");
                self.nest(|dump| dump.exprs(items));
            }
            ExprKind::Hash(entries) => {
                self.line(span, "hash");
                self.nest(|dump| {
                    for (key, value) in entries {
                        dump.expr(key);
                        dump.nest(|dump| dump.expr(value));
                    }
                });
            }
            ExprKind::Paren(inner) => self.with(span, "parentheses", inner),
            ExprKind::Postfix(base, steps) => {
                self.with(span, "steps", base);
                self.nest(|dump| steps.iter().for_each(|step| dump.step(step)));
            }
            ExprKind::Prefix(operators, operand) => {
                let operators: String = operators
                    .iter()
                    .map(|(op, _)| match op {
                        PrefixOp::Not => '!',
                        PrefixOp::Minus => '-',
                        PrefixOp::Plus => '+',
                    })
                    .collect();
                self.with(span, &format!("prefix {operators}"), operand);
            }
            ExprKind::Infix(first, rest) => {
                self.with(span, "infix", first);
                self.nest(|dump| {
                    for infix in rest {
                        let spelled = dump.source.slice(infix.op_span).to_owned();
                        dump.with(
                            infix.op_span,
                            &format!("{:?} {spelled}", infix.op),
                            &infix.right,
                        );
                    }
                });
            }
            ExprKind::Range { start, op, op_span, end } => {
                self.with(span, "range", start);
                self.nest(|dump| dump.optional(*op_span, &format!("{op:?}"), end.as_deref()));
            }
            ExprKind::Lambda { param, parenthesized, body } => {
                let param = ident(param);
                let text = if *parenthesized {
                    format!("lambda ({param}) ->")
                } else {
                    format!("lambda {param} ->")
                };
                self.with(span, &text, body);
            }
            ExprKind::Error => {
                let text = format!("error {:?}", self.source.slice(span));
                self.line(span, &text);
            }
        }
    }

    fn string(&mut self, span: Span, literal: &StringLiteral) {
        let kind = if literal.raw { "raw string" } else { "string" };
        self.line(span, &format!("{kind} {:?}", literal.value));
        self.nest(|dump| {
            for part in &literal.parts {
                match part {
                    StringPart::Text(text) => dump.line(NOWHERE, &format!("text {text:?}")),
                    StringPart::Interpolation(span, interpolation) => {
                        dump.interpolation(*span, interpolation)
                    }
                }
            }
        });
    }

    fn step(&mut self, step: &Postfix) {
        let span = step.span;
        match &step.op {
            PostfixOp::Dot(name) => self.line(span, &format!(".{}", ident(name))),
            PostfixOp::Index(index) => self.with(span, "[]", index),
            PostfixOp::Call(args) => {
                self.line(span, "()");
                self.nest(|dump| dump.exprs(args));
            }
            PostfixOp::BuiltIn(name) => self.line(span, &format!("?{}", ident(name))),
            PostfixOp::Exists => self.line(span, "??"),
            PostfixOp::Default(sides) => {
                self.line(span, "!");
                self.nest(|dump| {
                    for side in sides {
                        match side {
                            Some(side) => dump.expr(side),
                            None => dump.line(NOWHERE, "nothing"),
                        }
                    }
                });
            }
        }
    }
}

/// The place of lines that have none of their own.
const NOWHERE: Span = Span::new(u32::MAX, u32::MAX);

fn ident(ident: &Ident) -> String {
    if ident.quoted { format!("{:?}", ident.name) } else { ident.name.clone() }
}

fn loop_vars(vars: &LoopVars) -> String {
    match &vars.second {
        Some(second) => format!("{}, {}", ident(&vars.first), ident(second)),
        None => ident(&vars.first),
    }
}
