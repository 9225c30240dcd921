//! Ast -> Program: names resolved to slots, `#escape` applied, static text joined.

mod escape;
mod expr;

use std::collections::HashMap;

use ftl_parser::ast::{self, AssignKind, Ast, CaseKind, Element, ElementKind, Scope};
use ftl_parser::{AutoEscapingPolicy, Source, Span};

use crate::error::Error;
use crate::output::{OutputFormat, Simple};
use crate::program::*;
use crate::value::number::ArithmeticEngine;

/// Compiles the tree of a template that has no fault.
pub(crate) fn compile(
    source: &Source,
    ast: &Ast,
    policy: AutoEscapingPolicy,
    arithmetic: ArithmeticEngine,
) -> Program {
    let format = OutputFormat::by_name(&ast.output_format).unwrap_or(OutputFormat::UNDEFINED);
    let mut compiler = Compiler::new(source, format, ast.auto_escaping, policy, arithmetic);
    let body = compiler.block(&ast.body);
    Program { shifted_literals: ast.shifted_literals.clone(), ..compiler.finish(body) }
}

/// Compiles an expression for `?eval`; the program prints nothing and has the expression as its only macro-less body.
pub(crate) fn compile_expression(
    source: &Source,
    expr: &ast::Expr,
    format: OutputFormat,
    auto_escaping: bool,
    arithmetic: ArithmeticEngine,
) -> Program {
    let mut compiler = Compiler::new(
        source,
        format.clone(),
        auto_escaping,
        AutoEscapingPolicy::EnableIfDefault,
        arithmetic,
    );
    let value = compiler.expr(expr);
    let node = Node { span: expr.span, kind: NodeKind::Return(Some(value)) };
    compiler.finish(Box::new([node]))
}

pub(crate) struct Compiler<'s> {
    source: &'s Source,
    symbols: Vec<Box<str>>,
    symbol_of: HashMap<Box<str>, u32>,
    macros: Vec<MacroDef>,
    warnings: Vec<Error>,
    /// Loop variables, variables of bodies and lambda parameters in scope, outermost first.
    scopes: Vec<LocalName>,
    /// Names of the locals of the macro that is compiled, by slot.
    locals: Option<Vec<Box<str>>>,
    /// `#escape`s in force, each already escaped by those around it.
    escapes: Vec<(String, ast::Expr)>,
    /// `.args` was met in the macro that is compiled.
    uses_args: bool,
    format: OutputFormat,
    auto_esc: bool,
    policy: AutoEscapingPolicy,
    /// Decides the types of literals.
    arithmetic: ArithmeticEngine,
}

#[derive(Clone)]
struct LocalName {
    name: Box<str>,
    /// The first variable of a `#list`, which has `x_index` and `x_has_next`.
    listed: bool,
    /// A variable of a `#list`, which has `?index` and its kin.
    looped: bool,
}

impl<'s> Compiler<'s> {
    fn new(
        source: &'s Source,
        format: OutputFormat,
        auto_esc: bool,
        policy: AutoEscapingPolicy,
        arithmetic: ArithmeticEngine,
    ) -> Self {
        Self {
            source,
            symbols: Vec::new(),
            symbol_of: HashMap::new(),
            macros: Vec::new(),
            warnings: Vec::new(),
            scopes: Vec::new(),
            locals: None,
            escapes: Vec::new(),
            uses_args: false,
            format,
            auto_esc,
            policy,
            arithmetic,
        }
    }

    fn finish(self, body: Block) -> Program {
        Program {
            source: self.source.clone(),
            shifted_literals: Vec::new(),
            symbols: self.symbols,
            symbol_of: self.symbol_of,
            body,
            macros: self.macros,
            warnings: self.warnings,
        }
    }

    fn symbol(&mut self, name: &str) -> u32 {
        if let Some(&symbol) = self.symbol_of.get(name) {
            return symbol;
        }
        let symbol = self.symbols.len() as u32;
        self.symbols.push(name.into());
        self.symbol_of.insert(name.into(), symbol);
        symbol
    }

    fn block(&mut self, body: &[Element]) -> Block {
        let mut nodes = Vec::with_capacity(body.len());
        self.elements(body, &mut nodes);
        nodes.into_boxed_slice()
    }

    fn elements(&mut self, body: &[Element], nodes: &mut Vec<Node>) {
        for element in body {
            self.element(element, nodes);
        }
    }

    fn element(&mut self, element: &Element, nodes: &mut Vec<Node>) {
        let span = element.span;
        let kind = match &element.kind {
            ElementKind::Text(text) | ElementKind::NoParse(text) => return self.text(text, nodes),
            ElementKind::Comment(_) | ElementKind::CommentDirective(_) => return,
            ElementKind::Trim(_) | ElementKind::Flush | ElementKind::Error => return,
            ElementKind::Interpolation(interpolation) => {
                NodeKind::Print(self.interpolation(interpolation, true))
            }
            ElementKind::If(it) => {
                NodeKind::If(it.branches.iter().map(|b| self.branch(b)).collect())
            }
            ElementKind::List(list) => NodeKind::List(Box::new(self.list(list))),
            ElementKind::Items(items) => {
                let body = self.in_loop(&items.vars, |this| this.block(&items.body));
                NodeKind::Items(Box::new(Items { vars: loop_names(&items.vars), body }))
            }
            ElementKind::Sep(sep) => NodeKind::Sep(self.block(&sep.body)),
            ElementKind::Break => NodeKind::Break,
            ElementKind::Continue => NodeKind::Continue,
            ElementKind::Switch(switch) => NodeKind::Switch(Box::new(self.switch(switch))),
            ElementKind::Return(value) => NodeKind::Return(value.as_ref().map(|e| self.expr(e))),
            ElementKind::Stop(reason) => NodeKind::Stop(reason.as_ref().map(|e| self.expr(e))),
            ElementKind::Attempt(attempt) => {
                let body = self.block(&attempt.body);
                NodeKind::Attempt(Box::new((body, self.block(&attempt.recover.body))))
            }
            ElementKind::Assign(assign) => self.assign(assign),
            ElementKind::Macro(definition) => NodeKind::Macro(self.macro_def(definition, span)),
            ElementKind::Nested(values) => NodeKind::Nested(self.exprs(values)),
            ElementKind::Call(call) => NodeKind::Call(Box::new(self.call(call))),
            ElementKind::Include(include) => NodeKind::Include(Box::new(self.include(include))),
            ElementKind::Import(import) => NodeKind::Import(Box::new(Import {
                path: self.expr(&import.path),
                name: import.namespace.name.as_str().into(),
                symbol: self.symbol(&import.namespace.name),
            })),
            ElementKind::Setting(setting) => NodeKind::Setting(Box::new(Setting {
                name: snake_case(&setting.name.name).into(),
                value: self.expr(&setting.value),
            })),
            ElementKind::Compress(body) => NodeKind::Compress(self.block(body)),
            ElementKind::Escape(escape) => {
                let expr = self.escaped(&escape.expr);
                self.escapes.push((escape.var.name.clone(), expr));
                self.elements(&escape.body, nodes);
                self.escapes.pop();
                return;
            }
            ElementKind::NoEscape(body) => {
                let inner = self.escapes.pop();
                self.elements(body, nodes);
                self.escapes.extend(inner);
                return;
            }
            ElementKind::OutputFormat(it) => {
                let format = OutputFormat::by_name(&it.name).unwrap_or(OutputFormat::UNDEFINED);
                let auto_esc = auto_escapes(&format, self.policy);
                return self.lexically(format, auto_esc, &it.body, nodes);
            }
            ElementKind::AutoEsc(body) => {
                return self.lexically(self.format.clone(), true, body, nodes);
            }
            ElementKind::NoAutoEsc(body) => {
                return self.lexically(self.format.clone(), false, body, nodes);
            }
            ElementKind::Transform(_) => NodeKind::Unsupported("transform"),
            ElementKind::Visit(_) => NodeKind::Unsupported("visit"),
            ElementKind::Recurse(_) => NodeKind::Unsupported("recurse"),
            ElementKind::Fallback => NodeKind::Unsupported("fallback"),
        };
        nodes.push(Node { span, kind });
    }

    /// Static text; one node even where comments or stripped elements stood between two texts.
    fn text(&mut self, text: &ast::Text, nodes: &mut Vec<Node>) {
        for &span in &text.kept {
            let piece = self.source.slice(span);
            match nodes.last_mut() {
                Some(Node { kind: NodeKind::Text(before), span: joined })
                    if joined.end == span.start =>
                {
                    *before = [&**before, piece].concat().into();
                    joined.end = span.end;
                }
                _ if piece.is_empty() => (),
                _ => nodes.push(Node { span, kind: NodeKind::Text(piece.into()) }),
            }
        }
    }

    fn lexically(
        &mut self,
        format: OutputFormat,
        auto_esc: bool,
        body: &[Element],
        nodes: &mut Vec<Node>,
    ) {
        let format = std::mem::replace(&mut self.format, format);
        let auto_esc = std::mem::replace(&mut self.auto_esc, auto_esc);
        self.elements(body, nodes);
        self.format = format;
        self.auto_esc = auto_esc;
    }

    fn interpolation(&mut self, it: &ast::Interpolation, with_escapes: bool) -> Print {
        let numeric = it.syntax == ast::InterpolationKind::Hash;
        let expr = if numeric || !with_escapes {
            self.expr(&it.expr)
        } else {
            self.escaped_expr(&it.expr)
        };
        Print {
            expr,
            escape: it.auto_escape.then(|| self.format.clone()),
            format: self.format.clone(),
            decimals: numeric.then(|| it.format.map_or((0, 50), |format| (format.min, format.max))),
            written: it.expr.span,
        }
    }

    fn branch(&mut self, branch: &ast::IfBranch) -> Branch {
        let condition = branch.condition.as_ref().map(|condition| self.expr(condition));
        Branch { condition, span: branch.span, body: self.block(&branch.body) }
    }

    fn list(&mut self, list: &ast::List) -> List {
        let mut source = self.expr(&list.source);
        expr::stay_lazy(&mut source);
        let body = match &list.vars {
            Some(vars) => self.in_loop(vars, |this| this.block(&list.body)),
            None => self.block(&list.body),
        };
        let hash = match &list.vars {
            Some(vars) => vars.second.is_some(),
            None => items_vars(&list.body).is_some_and(|vars| vars.second.is_some()),
        };
        List {
            source,
            vars: list.vars.as_ref().map(loop_names),
            hash,
            foreach: list.foreach,
            body,
            otherwise: list.otherwise.as_ref().map(|block| self.block(&block.body)),
        }
    }

    fn in_loop<T>(&mut self, vars: &ast::LoopVars, body: impl FnOnce(&mut Self) -> T) -> T {
        let outer = self.scopes.len();
        self.scopes.push(LocalName {
            name: vars.first.name.as_str().into(),
            listed: true,
            looped: true,
        });
        if let Some(second) = &vars.second {
            self.scopes.push(LocalName {
                name: second.name.as_str().into(),
                listed: false,
                looped: true,
            });
        }
        let result = body(self);
        self.scopes.truncate(outer);
        result
    }

    fn switch(&mut self, switch: &ast::Switch) -> Switch {
        let value = self.expr(&switch.value);
        let mut on = false;
        let cases = switch.cases.iter().map(|case| {
            let kind = match &case.kind {
                CaseKind::Case(value) => Case::Case(self.expr(value)),
                CaseKind::On(values) => {
                    on = true;
                    Case::On(self.exprs(values))
                }
                CaseKind::Default => Case::Default,
            };
            (kind, self.block(&case.body))
        });
        let cases = cases.collect();
        Switch { value, cases, on }
    }

    fn assign(&mut self, assign: &ast::Assign) -> NodeKind {
        let namespace = assign.namespace.as_ref().map(|namespace| self.expr(namespace));
        match &assign.kind {
            AssignKind::Inline(items) => {
                let items = items.iter().map(|item| Assignment {
                    value: item.value.as_ref().map(|value| self.expr(value)),
                    target: self.target(assign.scope, &item.name.name),
                    op: item.op,
                    span: item.span,
                });
                NodeKind::Assign(Box::new(Assign { items: items.collect(), namespace }))
            }
            AssignKind::Block { name, body } => NodeKind::Capture(Box::new(Capture {
                target: self.target(assign.scope, &name.name),
                namespace,
                body: self.block(body),
                format: self.format.clone(),
            })),
        }
    }

    fn target(&mut self, scope: Scope, name: &str) -> Target {
        let slot = match scope {
            Scope::Namespace => self.symbol(name),
            Scope::Global => 0,
            Scope::Local => self.local(name).unwrap_or(0),
        };
        Target { scope, name: name.into(), slot }
    }

    fn local(&self, name: &str) -> Option<u32> {
        let locals = self.locals.as_ref()?;
        locals.iter().position(|local| **local == *name).map(|slot| slot as u32)
    }

    fn macro_def(&mut self, definition: &ast::Macro, span: Span) -> u32 {
        let mut locals: Vec<Box<str>> =
            definition.params.iter().map(|param| param.name.name.as_str().into()).collect();
        let catch_all = definition.catch_all.as_ref().map(|name| {
            locals.push(name.name.as_str().into());
            (name.name.as_str().into(), locals.len() as u32 - 1)
        });
        collect_locals(&definition.body, &mut locals);
        let scopes = std::mem::take(&mut self.scopes);
        let outer = self.locals.replace(locals);
        let uses_args = std::mem::take(&mut self.uses_args);
        let params = definition.params.iter().map(|param| ParamDef {
            name: param.name.name.as_str().into(),
            slot: self.local(&param.name.name).unwrap_or(0),
            default: param.default.as_ref().map(|default| self.expr(default)),
        });
        let params = params.collect();
        // Definitions cannot be nested, so the order of ends is the order of starts.
        let body = self.block(&definition.body);
        let locals = std::mem::replace(&mut self.locals, outer).unwrap_or_default();
        self.scopes = scopes;
        // A slot in the namespace, even if nothing else names it.
        self.symbol(&definition.name.name);
        self.macros.push(MacroDef {
            name: definition.name.name.as_str().into(),
            function: definition.function,
            params,
            catch_all,
            locals: locals.into_boxed_slice(),
            body,
            span,
            uses_args: std::mem::replace(&mut self.uses_args, uses_args),
        });
        self.macros.len() as u32 - 1
    }

    fn call(&mut self, call: &ast::Call) -> UserCall {
        let callee = self.expr(&call.callee);
        let args = match &call.args {
            ast::CallArgs::Positional(args) => CallArgs::Positional(self.exprs(args)),
            ast::CallArgs::Named(args) => {
                // Of equal names the last wins, at the first's place.
                let mut named: Vec<(Box<str>, Expr)> = Vec::with_capacity(args.len());
                for (name, value) in args {
                    let value = self.expr(value);
                    match named.iter_mut().find(|(n, _)| **n == *name.name) {
                        Some(entry) => entry.1 = value,
                        None => named.push((name.name.as_str().into(), value)),
                    }
                }
                // FreeMarker keeps them in a hash map, whose order is the order of evaluation.
                crate::value::java_hash_order(&mut named);
                CallArgs::Named(named.into_boxed_slice())
            }
        };
        let outer = self.scopes.len();
        for name in &call.loop_vars {
            self.scopes.push(LocalName {
                name: name.name.as_str().into(),
                listed: false,
                looped: false,
            });
        }
        let body = call.body.as_ref().map(|body| self.block(body));
        self.scopes.truncate(outer);
        UserCall {
            callee,
            args,
            loop_vars: call.loop_vars.iter().map(|name| name.name.as_str().into()).collect(),
            body,
            legacy: call.legacy,
        }
    }

    fn include(&mut self, include: &ast::Include) -> Include {
        let path = self.expr(&include.path);
        let mut option = |name: &str, camel: &str| {
            let mut options = include.options.iter().rev();
            let found = options.find(|(ident, _)| ident.name == name || ident.name == camel);
            found.map(|(_, value)| self.expr(value))
        };
        Include {
            path,
            parse: option("parse", "parse"),
            encoding: option("encoding", "encoding"),
            ignore_missing: option("ignore_missing", "ignoreMissing"),
        }
    }
}

fn loop_names(vars: &ast::LoopVars) -> LoopNames {
    LoopNames {
        first: vars.first.name.as_str().into(),
        second: vars.second.as_ref().map(|name| name.name.as_str().into()),
    }
}

/// The loop variables of the `#items` of a `#list` without any.
fn items_vars(body: &[Element]) -> Option<&ast::LoopVars> {
    body.iter().find_map(|element| match &element.kind {
        ElementKind::Items(items) => Some(&items.vars),
        // An inner list with variables of its own has its own items.
        ElementKind::List(list) => {
            let inner = if list.vars.is_none() { None } else { items_vars(&list.body) };
            inner.or_else(|| list.otherwise.as_ref().and_then(|block| items_vars(&block.body)))
        }
        _ => children(element).into_iter().find_map(items_vars),
    })
}

/// Adds the names that `#local` assigns in `body`.
fn collect_locals(body: &[Element], locals: &mut Vec<Box<str>>) {
    let mut add = |name: &str| {
        if !locals.iter().any(|local| **local == *name) {
            locals.push(name.into());
        }
    };
    for element in body {
        if let ElementKind::Assign(assign) = &element.kind
            && assign.scope == Scope::Local
        {
            match &assign.kind {
                AssignKind::Inline(items) => items.iter().for_each(|item| add(&item.name.name)),
                AssignKind::Block { name, .. } => add(&name.name),
            }
        }
    }
    for element in body {
        for inner in children(element) {
            collect_locals(inner, locals);
        }
    }
}

/// The bodies of an element.
fn children(element: &Element) -> Vec<&[Element]> {
    match &element.kind {
        ElementKind::If(it) => it.branches.iter().map(|branch| &*branch.body).collect(),
        ElementKind::List(list) => {
            let otherwise = list.otherwise.as_ref().map(|block| &*block.body);
            [&*list.body].into_iter().chain(otherwise).collect()
        }
        ElementKind::Items(items) => vec![&items.body],
        ElementKind::Sep(sep) => vec![&sep.body],
        ElementKind::Switch(switch) => switch.cases.iter().map(|case| &*case.body).collect(),
        ElementKind::Attempt(attempt) => vec![&attempt.body, &attempt.recover.body],
        ElementKind::Assign(assign) => match &assign.kind {
            AssignKind::Block { body, .. } => vec![body],
            AssignKind::Inline(_) => Vec::new(),
        },
        ElementKind::Macro(definition) => vec![&definition.body],
        ElementKind::Call(call) | ElementKind::Transform(call) => {
            call.body.iter().map(|body| &**body).collect()
        }
        ElementKind::Compress(body)
        | ElementKind::NoEscape(body)
        | ElementKind::AutoEsc(body)
        | ElementKind::NoAutoEsc(body) => vec![body],
        ElementKind::Escape(escape) => vec![&escape.body],
        ElementKind::OutputFormat(it) => vec![&it.body],
        _ => Vec::new(),
    }
}

/// Whether auto-escaping is on where `format` comes into force.
fn auto_escapes(format: &OutputFormat, policy: AutoEscapingPolicy) -> bool {
    let default = match format {
        OutputFormat::Simple(simple) => {
            matches!(simple, Simple::Html | Simple::Xhtml | Simple::Xml | Simple::Rtf)
        }
        OutputFormat::Combined(_) => true,
    };
    policy != AutoEscapingPolicy::Disable && default
}

/// `numberFormat` as `number_format`.
pub(crate) fn snake_case(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 4);
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            out.push('_');
            out.push(c.to_ascii_lowercase());
        } else {
            out.push(c);
        }
    }
    out
}
