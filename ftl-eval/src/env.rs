//! The environment of one render: data-model, namespaces, local and loop variables, output.

use std::collections::HashMap;
use std::rc::Rc;

use ftl_parser::{Source, Span};
use typed_arena::Arena;

use crate::call::CallableMacro;
use crate::engine::EngineInner;
use crate::error::{Error, Frame as TraceFrame, Place, Result};
use crate::limits::Budget;
use crate::output_map::Written;
use crate::program::{Block, MacroDef, NameRef, Program};
use crate::runtime_settings::RuntimeSettings;
use crate::value::{Hash, Sequence, Str, Value, Variables};

/// The state of one render.
pub(crate) struct Env<'a> {
    pub(crate) engine: &'a EngineInner,
    /// Templates that came while rendering: included, imported, interpreted, evaluated.
    pub(crate) loaded: &'a Arena<Program>,
    pub(crate) loaded_by_name: HashMap<String, Option<&'a Program>>,
    pub(crate) main: &'a Program,
    root: Root<'a>,
    pub(crate) out: String,
    pub(crate) frames: Vec<Frame<'a>>,
    /// Index of the frame whose variables are visible.
    pub(crate) frame: usize,
    pub(crate) namespaces: Vec<Namespace<'a>>,
    /// Index of the current namespace; 0 is `.main`.
    pub(crate) namespace: usize,
    pub(crate) imported: HashMap<String, usize>,
    pub(crate) globals: HashMap<Str<'a>, Value<'a>>,
    /// The template whose text runs.
    pub(crate) program: &'a Program,
    /// Loop variables below this index in the frame belong to whoever included the running template.
    pub(crate) loop_base: usize,
    /// Names may mean local variables that the text of the running template does not show.
    pub(crate) dynamic: bool,
    pub(crate) settings: RuntimeSettings<'a>,
    pub(crate) budget: Budget,
    pub(crate) call_depth: usize,
    /// Errors that enclosing `#recover`s handle, innermost last.
    pub(crate) recovered: Vec<Rc<str>>,
    /// `return` value on its way out of a function.
    pub(crate) returned: Value<'a>,
    pub(crate) in_attempt: usize,
    /// What wrote what, where somebody asks for it.
    pub(crate) written: Option<Written<'a>>,
}

/// The data-model.
pub(crate) enum Root<'a> {
    /// One variable: `input`.
    Named(&'static str, Value<'a>),
    Hash(Hash<'a>),
}

/// Variables of a macro call, or of the main template.
#[derive(Default)]
pub(crate) struct Frame<'a> {
    /// By slot of `call.def.locals`; missing: not set.
    pub(crate) locals: Vec<Value<'a>>,
    pub(crate) loops: Vec<LoopVar<'a>>,
    /// Lists whose `#items` is still to come, outermost first.
    pub(crate) listings: Vec<crate::render::Listing<'a>>,
    pub(crate) call: Option<MacroCall<'a>>,
    /// `.args`, where the macro uses it.
    pub(crate) args: Value<'a>,
}

/// How a frame came to be.
pub(crate) struct MacroCall<'a> {
    pub(crate) callable: Rc<CallableMacro<'a>>,
    pub(crate) body: Option<CallerBody<'a>>,
    /// Where it is called.
    pub(crate) site: (&'a Program, Span),
    /// Where the callers's variables are.
    pub(crate) caller: Context<'a>,
}

/// What stands between the tags of a call.
#[derive(Clone, Copy)]
pub(crate) struct CallerBody<'a> {
    pub(crate) block: &'a Block,
    pub(crate) vars: &'a [Box<str>],
}

/// Where names are looked up.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a> {
    pub(crate) frame: usize,
    pub(crate) namespace: usize,
    pub(crate) program: &'a Program,
    pub(crate) loop_base: usize,
    pub(crate) dynamic: bool,
}

/// A loop variable, a variable of a body, or a parameter of a lambda.
pub(crate) struct LoopVar<'a> {
    pub(crate) name: &'a str,
    pub(crate) value: Value<'a>,
    pub(crate) kind: LoopVarKind,
}

#[derive(Clone, Copy)]
pub(crate) enum LoopVarKind {
    /// Of `#list`: which item it is, and whether it is the first of two variables.
    Listed { index: usize, has_next: bool, first: bool },
    /// After `;` of a call.
    Body,
    /// A missing value hides outer variables.
    Lambda,
}

/// A namespace: a slot for each name of its template, and whatever else was assigned.
pub(crate) struct Namespace<'a> {
    pub(crate) program: &'a Program,
    slots: Vec<Value<'a>>,
    others: Vec<(Str<'a>, Value<'a>)>,
}

impl<'a> Namespace<'a> {
    pub(crate) fn new(program: &'a Program) -> Self {
        Self { program, slots: vec![Value::Missing; program.symbols.len()], others: Vec::new() }
    }

    pub(crate) fn get(&self, name: &str) -> &Value<'a> {
        match self.program.symbol_of.get(name) {
            Some(&symbol) => &self.slots[symbol as usize],
            None => match self.others.iter().find(|(n, _)| **n == *name) {
                Some((_, value)) => value,
                None => &Value::Missing,
            },
        }
    }

    pub(crate) fn set(&mut self, name: &str, value: Value<'a>) {
        match self.program.symbol_of.get(name) {
            Some(&symbol) => self.slots[symbol as usize] = value,
            None => match self.others.iter_mut().find(|(n, _)| **n == *name) {
                Some(entry) => entry.1 = value,
                None => self.others.push((name.to_owned().into(), value)),
            },
        }
    }

    /// All variables that are set.
    pub(crate) fn entries(&self) -> Vec<(Str<'a>, Value<'a>)> {
        let names = self.program.symbols.iter();
        let own = names.zip(&self.slots).filter(|(_, value)| !value.is_missing());
        let own = own.map(|(name, value)| (Str::Borrowed(name), value.clone()));
        let others = self.others.iter().filter(|(_, value)| !value.is_missing()).cloned();
        let mut entries: Vec<_> = own.chain(others).collect();
        crate::value::java_hash_order(&mut entries);
        entries
    }
}

impl<'a> Env<'a> {
    pub(crate) fn new(
        engine: &'a EngineInner,
        loaded: &'a Arena<Program>,
        program: &'a Program,
        root: Root<'a>,
        out: String,
    ) -> Self {
        Self {
            engine,
            loaded,
            loaded_by_name: HashMap::new(),
            main: program,
            root,
            out,
            frames: vec![Frame::default()],
            frame: 0,
            namespaces: vec![Namespace::new(program)],
            namespace: 0,
            imported: HashMap::new(),
            globals: HashMap::new(),
            program,
            loop_base: 0,
            dynamic: false,
            settings: RuntimeSettings::new(engine),
            budget: Budget::new(&engine.limits),
            call_depth: 0,
            recovered: Vec::new(),
            returned: Value::Missing,
            in_attempt: 0,
            written: None,
        }
    }

    pub(crate) fn source(&self) -> &'a Source {
        &self.program.source
    }

    /// Counts a step of the render.
    #[inline]
    pub(crate) fn step(&mut self) -> Result<()> {
        self.steps(1)
    }

    #[inline]
    pub(crate) fn steps(&mut self, steps: u64) -> Result<()> {
        if self.budget.take(steps, &self.engine.limits)? {
            self.budget.check_time(self.engine.now(), &self.engine.limits)?;
        }
        Ok(())
    }

    #[inline]
    pub(crate) fn check_output(&self) -> Result<()> {
        if self.out.len() > self.engine.limits.text_bytes {
            return self.engine.limits.check_text(self.out.len());
        }
        Ok(())
    }

    pub(crate) fn context(&self) -> Context<'a> {
        Context {
            frame: self.frame,
            namespace: self.namespace,
            program: self.program,
            loop_base: self.loop_base,
            dynamic: self.dynamic,
        }
    }

    pub(crate) fn switch(&mut self, context: Context<'a>) -> Context<'a> {
        let before = self.context();
        self.frame = context.frame;
        self.namespace = context.namespace;
        self.program = context.program;
        self.loop_base = context.loop_base;
        self.dynamic = context.dynamic;
        before
    }

    /// The value of a variable; missing where there is none.
    #[inline]
    pub(crate) fn variable(&self, name: &NameRef) -> Result<Value<'a>> {
        match *name {
            NameRef::Global { symbol } => self.global_variable(symbol),
            NameRef::Loop { index, symbol } => {
                let at = self.loop_base + index as usize;
                let var = &self.frames[self.frame].loops[at];
                if var.value.is_missing() && self.falls_back(var) {
                    return self.by_name_below(&self.program.symbols[symbol as usize], at);
                }
                Ok(var.value.clone())
            }
            NameRef::Local { slot, symbol } => match &self.frames[self.frame].locals[slot as usize]
            {
                Value::Missing => self.global_variable(symbol),
                value => Ok(value.clone()),
            },
            NameRef::LoopIndex { index } => Ok((self.loop_state(index).0 as i64).into()),
            NameRef::LoopHasNext { index } => Ok(self.loop_state(index).1.into()),
        }
    }

    fn falls_back(&self, var: &LoopVar<'a>) -> bool {
        !matches!(var.kind, LoopVarKind::Lambda)
            && self.engine.settings.fallback_on_null_loop_variable
    }

    /// Which item the loop variable shows, and whether there are more.
    pub(crate) fn loop_state(&self, index: u32) -> (usize, bool) {
        match self.frames[self.frame].loops[self.loop_base + index as usize].kind {
            LoopVarKind::Listed { index, has_next, .. } => (index, has_next),
            LoopVarKind::Body | LoopVarKind::Lambda => (0, false),
        }
    }

    #[inline]
    fn global_variable(&self, symbol: u32) -> Result<Value<'a>> {
        let namespace = &self.namespaces[self.namespace];
        let name = &*self.program.symbols[symbol as usize];
        if self.dynamic {
            return self.by_name(name);
        }
        let value = if std::ptr::eq(namespace.program, self.program) {
            &namespace.slots[symbol as usize]
        } else {
            namespace.get(name)
        };
        if !value.is_missing() {
            return Ok(value.clone());
        }
        self.beyond_namespace(name)
    }

    fn beyond_namespace(&self, name: &str) -> Result<Value<'a>> {
        if !self.globals.is_empty()
            && let Some(value) = self.globals.get(name)
        {
            return Ok(value.clone());
        }
        self.data_model(name)
    }

    /// A variable of the data-model, then one that the host shares with all templates.
    pub(crate) fn data_model(&self, name: &str) -> Result<Value<'a>> {
        let value = match &self.root {
            Root::Named(root, value) if *root == name => value.clone(),
            Root::Named(..) => Value::Missing,
            Root::Hash(hash) => self.hash_get(hash, name)?,
        };
        Ok(if value.is_missing() { self.engine.shared(name) } else { value })
    }

    /// The root's own entries.
    pub(crate) fn root_entries(&self) -> Result<Vec<(Str<'a>, Value<'a>)>> {
        match &self.root {
            Root::Named(name, value) => Ok(vec![(Str::Borrowed(name), value.clone())]),
            Root::Hash(hash) => self.hash_entries(hash),
        }
    }

    /// A variable by a name that only shows at run time.
    pub(crate) fn by_name(&self, name: &str) -> Result<Value<'a>> {
        self.by_name_below(name, self.frames[self.frame].loops.len())
    }

    /// Like [`Self::by_name`], for loop variables below `top` only.
    fn by_name_below(&self, name: &str, top: usize) -> Result<Value<'a>> {
        let frame = &self.frames[self.frame];
        for var in frame.loops[..top].iter().rev() {
            let Some(suffix) = name.strip_prefix(var.name) else { continue };
            match (suffix, var.kind) {
                ("", _) if var.value.is_missing() && self.falls_back(var) => (),
                ("", _) => return Ok(var.value.clone()),
                ("_index", LoopVarKind::Listed { index, first: true, .. }) => {
                    return Ok((index as i64).into());
                }
                ("_has_next", LoopVarKind::Listed { has_next, first: true, .. }) => {
                    return Ok(has_next.into());
                }
                _ => (),
            }
        }
        let local = self.local(name);
        if !local.is_missing() {
            return Ok(local);
        }
        let value = self.namespaces[self.namespace].get(name);
        if !value.is_missing() {
            return Ok(value.clone());
        }
        self.beyond_namespace(name)
    }

    /// A local variable of the macro that runs.
    fn local(&self, name: &str) -> Value<'a> {
        let frame = &self.frames[self.frame];
        let Some(call) = &frame.call else { return Value::Missing };
        let slot = call.callable.def.locals.iter().position(|local| **local == *name);
        slot.map_or(Value::Missing, |slot| frame.locals[slot].clone())
    }

    /// The locals of the macro that runs.
    fn local_entries(&self) -> Vec<(Str<'a>, Value<'a>)> {
        let frame = &self.frames[self.frame];
        let Some(call) = &frame.call else { return Vec::new() };
        let names = call.callable.def.locals.iter().map(|name| Str::Borrowed(name));
        let entries =
            names.zip(frame.locals.iter().cloned()).filter(|(_, value)| !value.is_missing());
        let mut entries: Vec<_> = entries.collect();
        crate::value::java_hash_order(&mut entries);
        entries
    }

    /// The macro that runs.
    pub(crate) fn macro_call(&self) -> Option<&MacroCall<'a>> {
        self.frames[self.frame].call.as_ref()
    }

    pub(crate) fn set_symbol(&mut self, symbol: u32, value: Value<'a>) {
        let program = self.program;
        let namespace = &mut self.namespaces[self.namespace];
        if std::ptr::eq(namespace.program, program) {
            namespace.slots[symbol as usize] = value;
        } else {
            namespace.set(&program.symbols[symbol as usize], value);
        }
    }

    /// The value of `key` in `hash`.
    pub(crate) fn hash_get(&self, hash: &Hash<'a>, key: &str) -> Result<Value<'a>> {
        Ok(match hash {
            Hash::Data(node) => {
                node.get(key).map_or(Value::Missing, crate::value::json::node_value)
            }
            Hash::Json(map) => map.get(key).map_or(Value::Missing, crate::value::json::value),
            Hash::Map(map) => map.0.get(key).cloned().unwrap_or_default(),
            Hash::Concat(pair) => match self.hash_get(&pair.1, key)? {
                Value::Missing => self.hash_get(&pair.0, key)?,
                value => value,
            },
            Hash::Namespace(index) => self.namespaces[*index].get(key).clone(),
            Hash::Variables(which) => match which {
                Variables::All => self.by_name(key)?,
                Variables::Globals => self.beyond_namespace(key)?,
                Variables::Locals => self.local(key),
                Variables::DataModel => self.data_model(key)?,
            },
            Hash::Model(model) => model.get(key)?,
        })
    }

    /// All entries of a hash that can be listed, in order.
    pub(crate) fn hash_entries(&self, hash: &Hash<'a>) -> Result<Vec<(Str<'a>, Value<'a>)>> {
        Ok(match hash {
            Hash::Data(node) => {
                let entries = node.entries();
                entries
                    .map(|(key, node)| (key.into(), crate::value::json::node_value(node)))
                    .collect()
            }
            Hash::Json(map) => {
                let entries = map.iter();
                entries
                    .map(|(key, value)| (Str::Borrowed(key), crate::value::json::value(value)))
                    .collect()
            }
            Hash::Map(map) => map.0.entries().to_vec(),
            Hash::Namespace(index) => self.namespaces[*index].entries(),
            Hash::Variables(Variables::Locals) => self.local_entries(),
            Hash::Variables(_) => self.root_entries()?,
            Hash::Model(model) => {
                let keys = model.keys().unwrap_or_default();
                let entries = keys.into_iter().map(|key| {
                    let value = model.get(&key)?;
                    Ok((key, value))
                });
                entries.collect::<Result<_>>()?
            }
            Hash::Concat(_) => Vec::new(),
        })
    }

    /// Number of entries, as `?size` tells it.
    pub(crate) fn hash_len(&self, hash: &Hash<'a>) -> Result<usize> {
        Ok(match hash {
            Hash::Data(node) => node.len(),
            Hash::Json(map) => map.len(),
            Hash::Map(map) => map.0.written(),
            other => self.hash_entries(other)?.len(),
        })
    }

    /// Whether there is no entry.
    pub(crate) fn hash_is_empty(&self, hash: &Hash<'a>) -> Result<bool> {
        Ok(match hash {
            Hash::Concat(pair) => self.hash_is_empty(&pair.0)? && self.hash_is_empty(&pair.1)?,
            Hash::Variables(Variables::All | Variables::Globals) => false,
            other => self.hash_len(other)? == 0,
        })
    }

    /// An error that blames `span` of the running template.
    #[cold]
    pub(crate) fn blame(&self, error: Error, span: Span) -> Error {
        error.at(self.source(), span)
    }

    /// An error that has to do with `span`, though FreeMarker names the place of the directive.
    #[cold]
    pub(crate) fn within(&self, error: Error, span: Span) -> Error {
        error.within(self.source(), span)
    }

    /// The calls that are under way, innermost first.
    pub(crate) fn trace(&self) -> Vec<TraceFrame> {
        let mut frames = Vec::new();
        let mut at = self.frame;
        while let Some(call) = &self.frames[at].call {
            let (program, span) = call.site;
            let within = self.frames[call.caller.frame].call.as_ref();
            frames.push(TraceFrame {
                place: Place { source: program.source.clone(), span },
                within: within.map(|call| call.callable.def.name.to_string()),
                nested: false,
            });
            at = call.caller.frame;
            if frames.len() > 20 {
                break;
            }
        }
        frames
    }

    /// Runs `run` as if it stood in `program`, where names may mean what is visible here.
    pub(crate) fn inside<T>(
        &mut self,
        program: &'a Program,
        run: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        let height = self.frames[self.frame].loops.len();
        let dynamic = height > 0 || self.macro_call().is_some();
        let context = Context { program, loop_base: height, dynamic, ..self.context() };
        let before = self.switch(context);
        let result = run(self);
        self.switch(before);
        self.frames[self.frame].loops.truncate(height);
        result
    }

    /// A program that came while rendering.
    pub(crate) fn keep(&self, program: Program) -> &'a Program {
        self.loaded.alloc(program)
    }

    /// Fails where calls nest too deeply.
    pub(crate) fn enter_call(&mut self) -> Result<()> {
        let limit = self.engine.limits.call_depth;
        if self.call_depth >= limit {
            return Err(Error::limit(
                "call_depth",
                format!("Calls nest deeper than {limit} (limit: call_depth)"),
            ));
        }
        self.call_depth += 1;
        self.step()
    }

    pub(crate) fn def_of(&self, index: u32) -> &'a MacroDef {
        &self.program.macros[index as usize]
    }
}

/// The items of `sequence`, one by one.
pub(crate) fn to_vec<'a>(sequence: &Sequence<'a>, limit: usize) -> Result<Vec<Value<'a>>> {
    match sequence.len() {
        Some(len) if len <= limit => Ok((0..len).map(|index| sequence.get(index)).collect()),
        _ => Err(Error::limit(
            "sequence_items",
            format!("A sequence of more than {limit} items would be made (limit: sequence_items)"),
        )),
    }
}
