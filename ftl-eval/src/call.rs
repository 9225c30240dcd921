//! Macros, functions, methods, `#nested`.

use std::rc::Rc;
use std::sync::LazyLock;

use ftl_parser::{Source, Span};

use crate::builtins::Call;
use crate::env::{CallerBody, Context, Env, Frame, LoopVar, LoopVarKind, MacroCall, Namespace};
use crate::error::{Error, Frame as TraceFrame, Place, Result};
use crate::function::DirectiveBody;
use crate::program::*;
use crate::render::Flow;
use crate::value::hash::OrderedHash;
use crate::value::{Directive, Hash, IncludedTemplate, Method, Sequence, Str, Value};

/// A macro or function with the namespace in which it runs. Opaque.
pub struct CallableMacro<'a> {
    pub(crate) def: &'a MacroDef,
    pub(crate) program: &'a Program,
    pub(crate) namespace: usize,
    pub(crate) with_args: Option<WithArgs<'a>>,
}

/// What `?with_args` and `?with_args_last` bound.
#[derive(Clone)]
pub(crate) struct WithArgs<'a> {
    pub(crate) args: BoundArgs<'a>,
    pub(crate) last: bool,
}

#[derive(Clone)]
pub(crate) enum BoundArgs<'a> {
    Positional(Vec<Value<'a>>),
    Named(Vec<(Str<'a>, Value<'a>)>),
}

/// A built-in that waits for its arguments, or a method with bound arguments. Opaque.
pub struct BoundMethod<'a> {
    pub(crate) kind: BoundKind<'a>,
}

pub(crate) enum BoundKind<'a> {
    /// `x?left_pad`
    BuiltIn { site: &'a Site, program: &'a Program, value: Value<'a>, target: Span },
    /// `f?with_args(…)` of a method.
    WithArgs { method: Value<'a>, args: Vec<Value<'a>>, last: bool },
    /// `import` of what `.get_optional_template` gives.
    Import(&'a Program),
    /// `m?with_args` without its arguments yet.
    WithArgsOf { value: Value<'a>, last: bool },
}

/// What `?interpret` makes. Opaque.
pub struct InterpretedTemplate<'a> {
    pub(crate) program: &'a Program,
}

/// Arguments as they are written.
#[derive(Clone, Copy)]
pub(crate) enum Args<'e, 'a> {
    Exprs(&'a [Expr]),
    Named(&'a [(Box<str>, Expr)]),
    Values(&'e [Value<'a>]),
}

/// `.pass`: a macro that does nothing.
pub(crate) fn pass<'a>() -> Rc<CallableMacro<'a>> {
    static PASS: LazyLock<Program> = LazyLock::new(|| Program {
        source: Source::new("pass", ""),
        shifted_literals: Vec::new(),
        symbols: Vec::new(),
        symbol_of: Default::default(),
        body: Box::default(),
        macros: vec![MacroDef {
            name: ".pass".into(),
            function: false,
            params: Box::default(),
            catch_all: Some(("args".into(), 0)),
            locals: Box::new(["args".into()]),
            body: Box::default(),
            span: Span::default(),
            uses_args: false,
        }],
        warnings: Vec::new(),
    });
    Rc::new(CallableMacro { def: &PASS.macros[0], program: &PASS, namespace: 0, with_args: None })
}

impl<'a> Env<'a> {
    /// Defines all macros of `program` in the current namespace.
    pub(crate) fn define_macros(&mut self, program: &'a Program) {
        for def in &program.macros {
            self.define_macro(program, def);
        }
    }

    pub(crate) fn define_macro(&mut self, program: &'a Program, def: &'a MacroDef) {
        let namespace = self.namespace;
        let callable = CallableMacro { def, program, namespace, with_args: None };
        self.namespaces[namespace].set(&def.name, Value::Macro(Rc::new(callable)));
    }

    /// `target(args)`
    pub(crate) fn call_value(
        &mut self,
        value: Value<'a>,
        args: &'a [Expr],
        target: Span,
        whole: Span,
    ) -> Result<Value<'a>> {
        match &value {
            Value::Macro(callable) => {
                self.call_function(callable, Args::Exprs(args), (self.program, whole))
            }
            Value::Method(_) | Value::Multi(_) => {
                if !matches!(value, Value::Method(_)) && !crate::builtins::is_callable(&value) {
                    return Err(self.unexpected("method or function", &value, target));
                }
                let args = args.iter().map(|arg| self.eval(arg)).collect::<Result<Vec<_>>>()?;
                let (program, result) = (self.program, self.call_method(&value, &args, whole));
                result.map_err(|error| error.within(&program.source, whole))
            }
            _ => Err(self.unexpected("method or function", &value, target)),
        }
    }

    /// Calls a function or method with values at hand.
    pub(crate) fn call_with_values(
        &mut self,
        value: &Value<'a>,
        args: Vec<Value<'a>>,
        site: (&'a Program, Span),
    ) -> Result<Value<'a>> {
        match value {
            Value::Macro(callable) => self.call_function(callable, Args::Values(&args), site),
            Value::Method(_) | Value::Multi(_) => self.call_method(value, &args, site.1),
            _ => Err(self.unexpected("method or function or lambda expression", value, site.1)),
        }
    }

    fn call_method(
        &mut self,
        value: &Value<'a>,
        args: &[Value<'a>],
        whole: Span,
    ) -> Result<Value<'a>> {
        self.step()?;
        match value {
            Value::Method(Method::Function(function)) => function.call(args),
            Value::Method(Method::GetOptionalTemplate) => self.get_optional_template(args),
            Value::Method(Method::BuiltIn(bound)) => match &bound.kind {
                BoundKind::BuiltIn { site, program, value, target, .. } => {
                    let before = std::mem::replace(&mut self.program, program);
                    let call = Call { env: self, site, args, target: *target, whole, called: true };
                    let result = call.run(value.clone());
                    self.program = before;
                    result
                }
                BoundKind::WithArgs { method, args: bound, last } => {
                    let (first, second) = if *last { (args, &**bound) } else { (&**bound, args) };
                    let all: Vec<_> = first.iter().chain(second).cloned().collect();
                    self.call_method(method, &all, whole)
                }
                BoundKind::Import(program) => {
                    if !args.is_empty() {
                        return Err(Error::value("import expects no arguments"));
                    }
                    self.import_program(program)
                }
                BoundKind::WithArgsOf { value, last } => {
                    crate::builtins::with_args(self, value, args, *last)
                }
            },
            value => crate::builtins::multi_call(self, value, args),
        }
    }

    pub(crate) fn call_function(
        &mut self,
        callable: &Rc<CallableMacro<'a>>,
        args: Args<'_, 'a>,
        site: (&'a Program, Span),
    ) -> Result<Value<'a>> {
        if !callable.def.function {
            return Err(Error::value(
                "A macro cannot be called in an expression. (Functions can be.)",
            ));
        }
        let printed = self.out.len();
        let result = self.call_macro(callable, args, None, site);
        self.out.truncate(printed);
        result.map(|_| std::mem::take(&mut self.returned))
    }

    /// Runs a macro or function; what `#return` gave is in `returned`. A `break` or `continue` of
    /// the caller's body goes through it.
    pub(crate) fn call_macro(
        &mut self,
        callable: &Rc<CallableMacro<'a>>,
        args: Args<'_, 'a>,
        body: Option<CallerBody<'a>>,
        site: (&'a Program, Span),
    ) -> Result<Flow> {
        let def = callable.def;
        let mut locals = vec![Value::Missing; def.locals.len()];
        let mut specified = vec![false; def.params.len()];
        self.bind(callable, args, &mut locals, &mut specified)?;
        self.enter_call()?;
        let caller = self.context();
        let call = MacroCall { callable: callable.clone(), body, site, caller };
        self.frames.push(Frame { locals, call: Some(call), ..Frame::default() });
        let context = Context {
            frame: self.frames.len() - 1,
            namespace: callable.namespace,
            program: callable.program,
            loop_base: 0,
            dynamic: false,
        };
        self.switch(context);
        let result = self.run_macro(def, &specified);
        self.switch(caller);
        self.frames.pop();
        self.call_depth -= 1;
        match result {
            Ok(Flow::Return) => Ok(Flow::Next),
            Ok(flow) => Ok(flow),
            Err(mut error) => {
                let within = self.macro_call().map(|call| call.callable.def.name.to_string());
                let place = Place { source: site.0.source.clone(), span: site.1 };
                error.push_frame(TraceFrame { place, within, nested: false });
                Err(error)
            }
        }
    }

    fn run_macro(&mut self, def: &'a MacroDef, specified: &[bool]) -> Result<Flow> {
        let prepared = self.apply_defaults(def, specified).and_then(|()| {
            let args = if def.uses_args { self.args_of_call()? } else { Value::Missing };
            let frame = self.frame;
            self.frames[frame].args = args;
            Ok(())
        });
        if let Err(mut error) = prepared {
            error.in_element(self.source(), def.span);
            return Err(error);
        }
        self.returned = Value::Missing;
        stacker::maybe_grow(STACK_RED_ZONE, STACK_SEGMENT, || self.block(&def.body))
    }

    /// Puts arguments into `locals`.
    fn bind(
        &mut self,
        callable: &CallableMacro<'a>,
        args: Args<'_, 'a>,
        locals: &mut [Value<'a>],
        specified: &mut [bool],
    ) -> Result<()> {
        let def = callable.def;
        let mut binder = Binder { def, next: 0, positional: None, named: None };
        let bound = callable.with_args.as_ref();
        let bound_positional = match bound {
            Some(WithArgs { args: BoundArgs::Positional(values), .. }) => Some(values),
            _ => None,
        };
        let bound_named = match bound {
            Some(WithArgs { args: BoundArgs::Named(entries), .. }) => Some(entries),
            _ => None,
        };
        let last = bound.is_some_and(|bound| bound.last);
        let mut named_at_last = Vec::new();
        if let Some(entries) = bound_named {
            for (name, value) in entries {
                if last && !def.has_param(name) && def.catch_all.is_some() {
                    binder.init_named();
                    named_at_last.push((name.clone(), value.clone()));
                } else {
                    binder.named(name.clone(), value.clone(), locals, specified)?;
                }
            }
        }
        if let Some(values) = bound_positional {
            if !last {
                binder.check_count(values.len())?;
                for value in values {
                    binder.positional(value.clone(), locals, specified);
                }
            } else if matches!(args, Args::Named(named) if !named.is_empty()) && !values.is_empty()
            {
                return Err(Error::value(
                    "Call can't pass parameters by name, as there's \"with args last\" in effect that specifies \
                     parameters by position.",
                ));
            } else {
                let more = match args {
                    Args::Exprs(exprs) => exprs.len(),
                    Args::Values(values) => values.len(),
                    Args::Named(_) => 0,
                };
                binder.check_count(more + values.len())?;
            }
        }
        match args {
            Args::Named(entries) => {
                if !entries.is_empty() || bound_positional.is_none() {
                    binder.init_named();
                }
                for (name, expr) in entries {
                    binder.check_name(name)?;
                    let value = self.eval(expr)?;
                    binder.named(Str::Borrowed(name), value, locals, specified)?;
                }
            }
            Args::Exprs(exprs) => {
                if !exprs.is_empty() || bound_named.is_none() {
                    binder.init_positional();
                }
                binder.check_count(exprs.len())?;
                for expr in exprs {
                    let value = self.eval(expr)?;
                    binder.positional(value, locals, specified);
                }
            }
            Args::Values(values) => {
                binder.init_positional();
                binder.check_count(values.len())?;
                for value in values {
                    binder.positional(value.clone(), locals, specified);
                }
            }
        }
        if let (Some(values), true) = (bound_positional, last) {
            binder.init_positional();
            for value in values {
                binder.positional(value.clone(), locals, specified);
            }
        }
        for (name, value) in named_at_last {
            binder.named_if_absent(name, value);
        }
        if let Some((_, slot)) = &def.catch_all {
            locals[*slot as usize] = match (binder.named, binder.positional) {
                (Some(named), _) => Value::map(named),
                (None, positional) => Value::list(positional.unwrap_or_default()),
            };
        }
        Ok(())
    }

    /// Evaluates defaults until no more can be made out, as they may refer to each other.
    fn apply_defaults(&mut self, def: &'a MacroDef, specified: &[bool]) -> Result<()> {
        loop {
            let (mut progress, mut unresolved) = (false, None);
            for (at, param) in def.params.iter().enumerate() {
                let slot = param.slot as usize;
                if !self.frames[self.frame].locals[slot].is_missing() {
                    continue;
                }
                let Some(default) = &param.default else {
                    return Err(required(def, at, specified[slot]));
                };
                let value = match self.eval(default) {
                    Err(error) if error.kind() == crate::ErrorKind::Missing => {
                        unresolved.get_or_insert(error);
                        continue;
                    }
                    value => value?,
                };
                if value.is_missing() {
                    unresolved.get_or_insert_with(|| self.missing(default.span));
                } else {
                    let frame = self.frame;
                    self.frames[frame].locals[slot] = value;
                    progress = true;
                }
            }
            match unresolved {
                None => return Ok(()),
                Some(error) if !progress => return Err(error),
                Some(_) => (),
            }
        }
    }

    /// `.args`
    pub(crate) fn args_special(&self) -> Result<Value<'a>> {
        let frame = &self.frames[self.frame];
        if frame.call.is_none() {
            return Err(Error::value(
                "Can't get .args here, as there's no macro or function (that's implemented in the template) \
                 call in context.",
            ));
        }
        Ok(frame.args.clone())
    }

    /// The value of `.args` as the call gives it.
    fn args_of_call(&self) -> Result<Value<'a>> {
        let frame = &self.frames[self.frame];
        let Some(call) = &frame.call else { return Ok(Value::Missing) };
        let def = call.callable.def;
        let rest = def.catch_all.as_ref().map(|(_, slot)| &frame.locals[*slot as usize]);
        if def.function {
            let locals = &frame.locals;
            let mut items: Vec<_> =
                def.params.iter().map(|param| locals[param.slot as usize].clone()).collect();
            if let Some(Value::Sequence(rest)) = rest {
                items.extend((0..rest.len().unwrap_or(0)).map(|at| rest.get(at)));
            }
            return Ok(Value::list(items));
        }
        let mut hash = OrderedHash::new();
        for param in &def.params {
            hash.insert(Str::Borrowed(&param.name), frame.locals[param.slot as usize].clone());
        }
        match rest {
            Some(Value::Sequence(rest)) if !rest.is_empty() => {
                return Err(Error::value(
                    "The macro can only by called with named arguments, because it uses both .args and a \
                     non-empty catch-all parameter.",
                ));
            }
            Some(Value::Hash(rest)) => {
                for (key, value) in self.hash_entries(rest)? {
                    hash.insert(key, value);
                }
            }
            _ => (),
        }
        hash.settle();
        Ok(Value::map(hash))
    }

    /// `<@callee …>`
    pub(crate) fn user_call(&mut self, call: &'a UserCall, span: Span) -> Result<Flow> {
        let callee = self.eval(&call.callee)?;
        let body = call.body.as_ref().map(|block| CallerBody { block, vars: &call.loop_vars });
        let site = (self.program, span);
        match &callee {
            Value::Macro(callable) => {
                if callable.def.function && !call.legacy {
                    let name = &callable.def.name;
                    return Err(Error::value(format!(
                        "Routine \"{name}\" is a function, not a directive. Functions can only be called from \
                         expressions, like in ${{f()}}, ${{x + f()}} or <@someDirective someParam=f() />."
                    )));
                }
                let args = match &call.args {
                    CallArgs::Positional(exprs) if exprs.is_empty() => Args::Named(&[]),
                    CallArgs::Positional(exprs) => Args::Exprs(exprs),
                    CallArgs::Named(entries) => Args::Named(entries),
                };
                let flow = self.call_macro(callable, args, body, site)?;
                self.returned = Value::Missing;
                Ok(flow)
            }
            Value::Directive(directive) => {
                let mut args = Vec::new();
                if let CallArgs::Named(entries) = &call.args {
                    for (name, expr) in entries {
                        args.push((Str::Borrowed(name), self.eval(expr)?));
                    }
                }
                self.call_directive(directive.clone(), args, body, site).map(|()| Flow::Next)
            }
            Value::Missing => Err(self.missing(call.callee.span)),
            other => Err(self.unexpected(
                "user-defined directive, transform or macro",
                other,
                call.callee.span,
            )),
        }
    }

    fn call_directive(
        &mut self,
        directive: Directive<'a>,
        args: Vec<(Str<'a>, Value<'a>)>,
        body: Option<CallerBody<'a>>,
        site: (&'a Program, Span),
    ) -> Result<()> {
        match directive {
            Directive::Model(model) => {
                self.enter_call()?;
                let mut out = String::new();
                let mut body = HostBody { env: self, body };
                let result = model.call(&args, &mut body, &mut out);
                self.call_depth -= 1;
                self.out.push_str(&out);
                result?;
                self.check_output()
            }
            Directive::Interpreted(template) => {
                self.run_interpreted(&template, site)?;
                // A transform of FreeMarker's: what stands between the tags follows.
                match body {
                    Some(body) => self.run_body(body, self.context(), Vec::new()).map(|_| ()),
                    None => Ok(()),
                }
            }
            Directive::Include(IncludedTemplate(program)) => {
                let refused = match (args.is_empty(), body.as_ref()) {
                    (false, _) => Some("This directive supports no parameters."),
                    (true, Some(body)) if !body.vars.is_empty() => {
                        Some("This directive supports no loop variables.")
                    }
                    (true, Some(body)) if !body.block.is_empty() => {
                        Some("This directive supports no nested content.")
                    }
                    _ => None,
                };
                match refused {
                    Some(message) => Err(Error::value(message)),
                    None => self.include_program(program, site),
                }
            }
        }
    }

    fn run_interpreted(
        &mut self,
        template: &InterpretedTemplate<'a>,
        site: (&'a Program, Span),
    ) -> Result<()> {
        self.include_program(template.program, site).map_err(|error| match error.is_catchable() {
            true => Error::value(format!(
                "Template created with \"?interpret\" has stopped with this error:\n\n\
                 ---begin-message---\n{}\n---end-message---",
                error.freemarker_message()
            )),
            false => error,
        })
    }

    /// Runs the text of `program` here: same namespace, same variables.
    pub(crate) fn include_program(
        &mut self,
        program: &'a Program,
        site: (&'a Program, Span),
    ) -> Result<()> {
        self.enter_call()?;
        let height = self.frames[self.frame].loops.len();
        let listings = self.frames[self.frame].listings.len();
        let context = Context {
            program,
            loop_base: height,
            dynamic: height > 0 || self.macro_call().is_some(),
            ..self.context()
        };
        let before = self.switch(context);
        self.define_macros(program);
        let result =
            stacker::maybe_grow(STACK_RED_ZONE, STACK_SEGMENT, || self.block(&program.body));
        self.switch(before);
        self.frames[self.frame].loops.truncate(height);
        self.frames[self.frame].listings.truncate(listings);
        self.call_depth -= 1;
        match result {
            Ok(_) => Ok(()),
            Err(mut error) => {
                let within = self.macro_call().map(|call| call.callable.def.name.to_string());
                let place = Place { source: site.0.source.clone(), span: site.1 };
                error.push_frame(TraceFrame { place, within, nested: false });
                Err(error)
            }
        }
    }

    /// Runs `program` in a namespace of its own; its output is dropped.
    pub(crate) fn import_program(&mut self, program: &'a Program) -> Result<Value<'a>> {
        let name = program.source.name().unwrap_or("").to_owned();
        if let Some(&namespace) = self.imported.get(&name) {
            return Ok(Value::Hash(Hash::Namespace(namespace)));
        }
        self.enter_call()?;
        self.namespaces.push(Namespace::new(program));
        let namespace = self.namespaces.len() - 1;
        self.imported.insert(name, namespace);
        self.frames.push(Frame::default());
        let context = Context {
            frame: self.frames.len() - 1,
            namespace,
            program,
            loop_base: 0,
            dynamic: false,
        };
        let before = self.switch(context);
        let printed = self.out.len();
        self.define_macros(program);
        let result =
            stacker::maybe_grow(STACK_RED_ZONE, STACK_SEGMENT, || self.block(&program.body));
        self.out.truncate(printed);
        self.switch(before);
        self.frames.pop();
        self.call_depth -= 1;
        result.map(|_| Value::Hash(Hash::Namespace(namespace)))
    }

    /// `<#nested a, b>`
    pub(crate) fn nested(&mut self, exprs: &'a [Expr], span: Span) -> Result<Flow> {
        let values = exprs.iter().map(|expr| self.eval(expr)).collect::<Result<Vec<_>>>()?;
        let Some(call) = self.macro_call() else {
            return Err(Error::value("Cannot use a #nested instruction outside a macro."));
        };
        let Some(body) = call.body else { return Ok(Flow::Next) };
        let caller = call.caller;
        let result = self.run_body(body, caller, values);
        result.map_err(|mut error| {
            let within = self.macro_call().map(|call| call.callable.def.name.to_string());
            let place = Place { source: self.source().clone(), span };
            error.push_frame(TraceFrame { place, within, nested: true });
            error
        })
    }

    /// Runs what stands between the tags of a call, where it stands.
    fn run_body(
        &mut self,
        body: CallerBody<'a>,
        caller: Context<'a>,
        values: Vec<Value<'a>>,
    ) -> Result<Flow> {
        self.step()?;
        let before = self.switch(caller);
        let frame = self.frame;
        let height = self.frames[frame].loops.len();
        let mut values = values.into_iter();
        for name in body.vars {
            let value = values.next().unwrap_or_default();
            self.frames[frame].loops.push(LoopVar { name, value, kind: LoopVarKind::Body });
        }
        let result = stacker::maybe_grow(STACK_RED_ZONE, STACK_SEGMENT, || self.block(body.block));
        self.frames[frame].loops.truncate(height);
        self.switch(before);
        result
    }
}

/// Stack that must be left for what runs between two checks.
pub(crate) const STACK_RED_ZONE: usize = 128 << 10;
/// By how much the stack grows.
pub(crate) const STACK_SEGMENT: usize = 1 << 20;

struct HostBody<'e, 'a> {
    env: &'e mut Env<'a>,
    body: Option<CallerBody<'a>>,
}

impl<'a> DirectiveBody<'a> for HostBody<'_, 'a> {
    fn is_present(&self) -> bool {
        self.body.is_some()
    }

    fn render(&mut self, loop_vars: &[Value<'a>], out: &mut String) -> Result<(), Error> {
        let Some(body) = self.body else { return Ok(()) };
        let start = self.env.out.len();
        let caller = self.env.context();
        let result = self.env.run_body(body, caller, loop_vars.to_vec());
        out.push_str(&self.env.out[start..]);
        self.env.out.truncate(start);
        result.map(|_| ())
    }
}

/// Distributes arguments over parameters and catch-all.
struct Binder<'a> {
    def: &'a MacroDef,
    next: usize,
    positional: Option<Vec<Value<'a>>>,
    named: Option<OrderedHash<'a>>,
}

impl MacroDef {
    fn has_param(&self, name: &str) -> bool {
        self.params.iter().any(|param| *param.name == *name)
    }

    fn label(&self) -> String {
        format!("{} \"{}\"", if self.function { "Function" } else { "Macro" }, self.name)
    }
}

impl<'a> Binder<'a> {
    fn init_named(&mut self) {
        if self.def.catch_all.is_some() && self.named.is_none() && self.positional.is_none() {
            self.named = Some(OrderedHash::new());
        }
    }

    fn init_positional(&mut self) {
        if self.def.catch_all.is_some() && self.named.is_none() && self.positional.is_none() {
            self.positional = Some(Vec::new());
        }
    }

    fn check_name(&self, name: &str) -> Result<()> {
        if self.def.has_param(name) || self.named.is_some() {
            return Ok(());
        }
        let label = self.def.label();
        if self.positional.is_some() {
            return Err(Error::value(format!(
                "{label} call can't have both named and positional arguments that has to go into catch-all parameter."
            )));
        }
        let names: Vec<&str> = self.def.params.iter().map(|param| &*param.name).collect();
        let names = names.join(", ");
        Err(Error::value(format!(
            "{label} has no parameter with name \"{name}\". Valid parameter names are: {names}"
        )))
    }

    fn named(
        &mut self,
        name: Str<'a>,
        value: Value<'a>,
        locals: &mut [Value<'a>],
        specified: &mut [bool],
    ) -> Result<()> {
        if let Some(param) = self.def.params.iter().find(|param| *param.name == *name) {
            let slot = param.slot as usize;
            locals[slot] = value;
            specified[slot] = true;
            return Ok(());
        }
        self.init_named();
        self.check_name(&name)?;
        if let Some(named) = &mut self.named {
            named.insert(name, value);
            named.settle();
        }
        Ok(())
    }

    fn named_if_absent(&mut self, name: Str<'a>, value: Value<'a>) {
        if let Some(named) = &mut self.named
            && named.get(&name).is_none()
        {
            named.insert(name, value);
        }
    }

    /// Fails if `more` positional arguments are too many.
    fn check_count(&mut self, more: usize) -> Result<()> {
        let (accepted, got) = (self.def.params.len(), self.next + more);
        self.init_positional();
        if got <= accepted || self.positional.is_some() {
            return Ok(());
        }
        let label = self.def.label();
        if self.named.is_some() {
            return Err(Error::value(format!(
                "{label} call can't have both named and positional arguments that has to go into catch-all parameter."
            )));
        }
        Err(Error::value(format!("{label} only accepts {accepted} parameters, but got {got}.")))
    }

    fn positional(&mut self, value: Value<'a>, locals: &mut [Value<'a>], specified: &mut [bool]) {
        if self.next < self.def.params.len() {
            let slot = self.def.params[self.next].slot as usize;
            locals[slot] = value;
            specified[slot] = true;
            self.next += 1;
        } else if let Some(rest) = &mut self.positional {
            rest.push(value);
        }
    }
}

fn required(def: &MacroDef, slot: usize, specified: bool) -> Error {
    let what = if def.function { "function" } else { "macro" };
    let (name, param, number) = (&def.name, &def.params[slot].name, slot + 1);
    let how = if specified { "specified, but had null/missing value." } else { "not specified." };
    let error = Error::value(format!(
        "When calling {what} \"{name}\", required parameter \"{param}\" (parameter #{number}) was {how}"
    ));
    error.tip(if specified {
        "If the parameter value expression on the caller side is known to be legally null/missing, you may want to \
         specify a default value for it with the \"!\" operator, like paramValue!defaultValue."
    } else {
        "If the omission was deliberate, you may consider making the parameter optional in the macro by specifying \
         a default value for it, like <#macro macroName paramName=defaultExpr>)"
    })
}

pub(crate) fn sequence_values<'a>(sequence: &Sequence<'a>) -> Vec<Value<'a>> {
    (0..sequence.len().unwrap_or(0)).map(|at| sequence.get(at)).collect()
}
