//! Elements to output.

use std::rc::Rc;

use ftl_parser::Span;
use ftl_parser::ast::{self, AssignOp, InfixOp, Scope};

use crate::call::{STACK_RED_ZONE, STACK_SEGMENT};
use crate::env::{Env, LoopVar, LoopVarKind};
use crate::error::{Error, ErrorKind, Result};
use crate::items::Iter;
use crate::ops;
use crate::output::{Markup, OutputFormat};
use crate::output_map::Piece;
use crate::program::*;
use crate::value::{Hash, Value};

/// How a block ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    Next,
    Break,
    Continue,
    Return,
}

/// A `#list` whose `#items` is still to come.
pub(crate) struct Listing<'a> {
    source: Option<Source<'a>>,
}

/// What a `#list` walks over.
enum Source<'a> {
    Items(Iter<'a>),
    Entries(std::vec::IntoIter<(crate::value::Str<'a>, Value<'a>)>),
}

impl<'a> Env<'a> {
    /// Runs the main template.
    pub(crate) fn run(&mut self) -> Result<()> {
        let program = self.program;
        self.define_macros(program);
        self.auto_import_and_include()?;
        match self.block(&program.body)? {
            // What FreeMarker throws here has neither message nor place.
            Flow::Return => Err(Error::value("")),
            _ => Ok(()),
        }
    }

    pub(crate) fn block(&mut self, block: &'a [Node]) -> Result<Flow> {
        for node in block {
            let flow = match &node.kind {
                NodeKind::Text(text) => {
                    self.note(node, Piece::Text);
                    self.out.push_str(text);
                    self.budget_step()?;
                    continue;
                }
                NodeKind::Print(print) => {
                    self.note(node, Piece::Print);
                    if let Err(error) = self.print(print) {
                        self.failed(error, node)?;
                    }
                    self.budget_step()?;
                    continue;
                }
                _ => self.node(node),
            };
            match flow {
                Ok(Flow::Next) => (),
                Ok(flow) => return Ok(flow),
                Err(error) => self.failed(error, node)?,
            }
        }
        Ok(Flow::Next)
    }

    #[inline]
    fn note(&mut self, node: &'a Node, piece: Piece) {
        if let Some(written) = &mut self.written {
            written.note(self.out.len(), self.program, node.span, piece);
        }
    }

    #[inline]
    fn budget_step(&mut self) -> Result<()> {
        self.step()?;
        self.check_output()
    }

    /// An element failed: notes where, and goes on only if the host's handler ignores errors.
    #[cold]
    fn failed(&mut self, mut error: Error, node: &'a Node) -> Result<()> {
        self.note_element(&mut error, node, node.span);
        let ignorable = error.is_catchable() && error.kind() != ErrorKind::Stop;
        if self.engine.settings.ignores_errors && ignorable {
            return Ok(());
        }
        Err(error)
    }

    fn note_element(&self, error: &mut Error, node: &'a Node, span: Span) {
        let fresh = !error.has_element();
        error.in_element(self.source(), span);
        if !fresh {
            return;
        }
        if error.wants_role() {
            error.set_role(crate::role::of(node, error.blamed()));
        }
        let shifted = &self.program.shifted_literals;
        if let (Some(place), false) = (error.blamed(), shifted.is_empty()) {
            let position = ast::position_in(shifted, &place.source, place.span.start);
            error.tell(position);
        }
    }

    /// The condition of `#if` or `#elseif` failed: each is an element of its own.
    #[cold]
    fn in_branch(&self, mut error: Error, node: &'a Node, branch: &Branch) -> Error {
        self.note_element(&mut error, node, branch.span);
        error
    }

    fn node(&mut self, node: &'a Node) -> Result<Flow> {
        self.step()?;
        match &node.kind {
            NodeKind::Text(_) | NodeKind::Print(_) => (),
            NodeKind::If(branches) => {
                for branch in branches {
                    let holds = match &branch.condition {
                        Some(condition) => self
                            .eval_bool(condition)
                            .map_err(|error| self.in_branch(error, node, branch))?,
                        None => true,
                    };
                    if holds {
                        return self.deeper(&branch.body);
                    }
                }
            }
            NodeKind::List(list) => return self.list(list),
            NodeKind::Items(items) => return self.items(items),
            NodeKind::Sep(block) => {
                let last =
                    self.frames[self.frame].loops.iter().rev().find_map(|var| match var.kind {
                        LoopVarKind::Listed { has_next, .. } => Some(!has_next),
                        _ => None,
                    });
                match last {
                    Some(false) => return self.deeper(block),
                    Some(true) => (),
                    None => return Err(Error::value("#sep must be inside a list")),
                }
            }
            NodeKind::Break => return Ok(Flow::Break),
            NodeKind::Continue => return Ok(Flow::Continue),
            NodeKind::Switch(switch) => return self.switch_directive(switch),
            NodeKind::Return(value) => {
                self.returned = match value {
                    Some(value) => self.eval(value)?,
                    None => Value::Missing,
                };
                return Ok(Flow::Return);
            }
            NodeKind::Stop(reason) => {
                let reason = match reason {
                    Some(reason) => self.eval_text(reason)?.to_string(),
                    None => "[No error description was available.]".to_owned(),
                };
                return Err(Error::new(ErrorKind::Stop, reason));
            }
            NodeKind::Attempt(blocks) => return self.attempt(&blocks.0, &blocks.1),
            NodeKind::Assign(assign) => self.assign(assign)?,
            NodeKind::Capture(capture) => return self.capture(capture),
            NodeKind::Macro(index) => {
                let def = self.def_of(*index);
                self.define_macro(self.program, def);
            }
            NodeKind::Nested(values) => return self.nested(values, node.span),
            NodeKind::Call(call) => return self.user_call(call, node.span),
            NodeKind::Include(include) => self.include(include, node.span)?,
            NodeKind::Import(import) => self.import(import)?,
            NodeKind::Setting(setting) => self.setting(setting)?,
            NodeKind::Compress(block) => {
                let start = self.out.len();
                let flow = self.deeper(block);
                crate::output::compress(&mut self.out, start);
                return flow;
            }
            NodeKind::Unsupported(name) => {
                return Err(Error::unsupported(format!(
                    "#{name} works on XML nodes or Java objects; this engine has JSON data only"
                )));
            }
        }
        Ok(Flow::Next)
    }

    /// A block within a block.
    fn deeper(&mut self, block: &'a [Node]) -> Result<Flow> {
        stacker::maybe_grow(STACK_RED_ZONE, STACK_SEGMENT, || self.block(block))
    }

    fn print(&mut self, print: &'a Print) -> Result<()> {
        if let Some(range) = print.decimals {
            let number = self.eval_number(&print.expr)?;
            let mut out = std::mem::take(&mut self.out);
            let result = self.write_decimals(&number, range, &mut out);
            self.out = out;
            return result;
        }
        if print.escape.is_none() && self.print_directly(&print.expr)? {
            return Ok(());
        }
        let value = self.eval(&print.expr)?;
        self.print_value(value, print)
    }

    fn print_value(&mut self, value: Value<'a>, print: &'a Print) -> Result<()> {
        let span = print.expr.span;
        match (&value, &print.escape) {
            (Value::String(text), None) => self.out.push_str(text),
            (Value::String(text), Some(format)) => format.escape(text, &mut self.out),
            (Value::Markup(markup), _) => self.print_markup(markup, &print.format)?,
            (value, None) => {
                // The buffer cannot be lent while the environment is used.
                let mut out = std::mem::take(&mut self.out);
                let result = self.write_text(value, span, &mut out);
                self.out = out;
                result.map_err(|error| self.not_printable(error, value, span))?;
            }
            (value, Some(format)) => {
                let text = self.to_text(value, span);
                let text = text.map_err(|error| self.not_printable(error, value, span))?;
                format.escape(&text, &mut self.out);
            }
        }
        Ok(())
    }

    #[cold]
    pub(crate) fn not_printable(&self, error: Error, value: &Value<'a>, span: Span) -> Error {
        match error.kind() {
            ErrorKind::Type if value.as_str().is_none() && !matches!(value, Value::Bool(_)) => {
                self.unexpected(ops::PRINTABLE, value, span)
            }
            _ => error,
        }
    }

    fn print_markup(&mut self, markup: &Markup<'a>, format: &OutputFormat) -> Result<()> {
        if markup.format == *format || format.is_mixed() {
            markup.write(&mut self.out);
        } else if let Some(text) = markup.plain() {
            format.escape(text, &mut self.out);
        } else {
            let (of, here) = (markup.format.describe(), format.describe());
            let error = Error::value(format!(
                "The value to print is in {of} format, which differs from the current output format, {here}. \
                 Format conversion wasn't possible."
            ));
            return Err(error);
        }
        Ok(())
    }

    fn list(&mut self, list: &'a List) -> Result<Flow> {
        let value = self.eval_present(&list.source)?;
        let mut source = self.listed(&value, list)?;
        if !self.source_has_next(&mut source)? {
            return match &list.otherwise {
                Some(block) => self.deeper(block),
                None => Ok(Flow::Next),
            };
        }
        match &list.vars {
            Some(vars) => self.iterate(source, vars, &list.body),
            None => {
                let frame = self.frame;
                let height = self.frames[frame].listings.len();
                self.frames[frame].listings.push(Listing { source: Some(source) });
                let flow = self.deeper(&list.body);
                self.frames[frame].listings.truncate(height);
                flow
            }
        }
    }

    fn listed(&mut self, value: &Value<'a>, list: &'a List) -> Result<Source<'a>> {
        let span = list.source.span;
        if list.hash {
            if let Some(hash) = value.as_hash().filter(Hash::is_listable) {
                return Ok(Source::Entries(self.hash_entries(&hash)?.into_iter()));
            }
            if value.as_sequence().is_some() {
                return Err(Error::new(
                    ErrorKind::Type,
                    format!(
                        "The value you try to list is {} {}, thus you must specify only one loop variable after the \
                         \"as\" (there's no separate key and value).",
                        crate::expr::article(value.type_name()),
                        value.type_name()
                    ),
                ));
            }
            return Err(self.unexpected("extended hash", value, span));
        }
        match value.as_sequence() {
            Some(sequence) => Ok(Source::Items(Iter::of(&sequence)?)),
            None => match value.as_hash() {
                Some(hash) if hash.is_listable() => Err(Error::new(
                    ErrorKind::Type,
                    format!(
                        "The value you try to list is {} {}, thus you must specify two loop variables after the \
                         \"as\"; one for the key, and another for the value, like <#... as k, v>).",
                        crate::expr::article(value.type_name()),
                        value.type_name()
                    ),
                )),
                _ => Err(self.unexpected("sequence or collection", value, span)),
            },
        }
    }

    fn source_has_next(&mut self, source: &mut Source<'a>) -> Result<bool> {
        match source {
            Source::Items(iter) => iter.has_next(self),
            Source::Entries(entries) => Ok(entries.len() > 0),
        }
    }

    fn iterate(
        &mut self,
        mut source: Source<'a>,
        vars: &'a LoopNames,
        body: &'a Block,
    ) -> Result<Flow> {
        let frame = self.frame;
        let height = self.frames[frame].loops.len();
        let mut index = 0;
        loop {
            let (first, second) = match &mut source {
                Source::Items(iter) => (iter.next(self)?, None),
                Source::Entries(entries) => match entries.next() {
                    Some((key, value)) => (Value::String(key), Some(value)),
                    None => break,
                },
            };
            let has_next = self.source_has_next(&mut source)?;
            let kind = |first| LoopVarKind::Listed { index, has_next, first };
            let loops = &mut self.frames[frame].loops;
            loops.push(LoopVar { name: &vars.first, value: first, kind: kind(true) });
            if let Some(name) = &vars.second {
                let value = second.unwrap_or_default();
                loops.push(LoopVar { name, value, kind: kind(false) });
            }
            self.step()?;
            let flow = self.deeper(body);
            self.frames[frame].loops.truncate(height);
            match flow? {
                Flow::Next | Flow::Continue => (),
                Flow::Break => break,
                Flow::Return => return Ok(Flow::Return),
            }
            if !has_next {
                break;
            }
            index += 1;
        }
        Ok(Flow::Next)
    }

    fn items(&mut self, items: &'a Items) -> Result<Flow> {
        let frame = self.frame;
        let Some(listing) = self.frames[frame].listings.last_mut() else {
            return Err(Error::value("#items must be inside a #list"));
        };
        match listing.source.take() {
            Some(source) => self.iterate(source, &items.vars, &items.body),
            None => Err(Error::value(
                "The #items directive was already entered earlier for this listing.",
            )),
        }
    }

    fn switch_directive(&mut self, switch: &'a Switch) -> Result<Flow> {
        let mut matched = None;
        'cases: for (at, (case, _)) in switch.cases.iter().enumerate() {
            let candidates = match case {
                Case::Case(expr) => std::slice::from_ref(expr),
                Case::On(exprs) => exprs,
                Case::Default => continue,
            };
            for candidate in candidates {
                if self.case_matches(&switch.value, candidate)? {
                    matched = Some(at);
                    break 'cases;
                }
            }
        }
        let by_default = matched.is_none();
        let default = switch.cases.iter().position(|(case, _)| matches!(case, Case::Default));
        let Some(start) = matched.or(default) else { return Ok(Flow::Next) };
        if switch.on {
            return self.deeper(&switch.cases[start].1);
        }
        // A default in the middle that no case fell into runs alone.
        let end = if by_default { start + 1 } else { switch.cases.len() };
        for (_, block) in &switch.cases[start..end] {
            match self.deeper(block)? {
                Flow::Next => (),
                Flow::Break | Flow::Continue => break,
                Flow::Return => return Ok(Flow::Return),
            }
        }
        Ok(Flow::Next)
    }

    /// Like FreeMarker, evaluates both sides each time, and only then looks whether one is missing.
    fn case_matches(&mut self, switched: &'a Expr, candidate: &'a Expr) -> Result<bool> {
        let value = self.eval(switched)?;
        let case = self.eval(candidate)?;
        for (value, expr) in [(&value, switched), (&case, candidate)] {
            if value.is_missing() {
                return Err(self.missing(expr.span));
            }
        }
        let spans = Some((switched.span, candidate.span));
        ops::compare(self, InfixOp::Equal, "==", &value, &case, spans)
            .map_err(|error| self.blame(error, candidate.span))
    }

    fn attempt(&mut self, body: &'a [Node], recover: &'a [Node]) -> Result<Flow> {
        let printed = self.out.len();
        let context = self.context();
        let (frames, loops) = (self.frames.len(), self.frames[self.frame].loops.len());
        let (listings, depth) = (self.frames[self.frame].listings.len(), self.call_depth);
        self.in_attempt += 1;
        let result = self.deeper(body);
        self.in_attempt -= 1;
        match result {
            Ok(Flow::Next) => Ok(Flow::Next),
            Ok(flow) => {
                // Leaving by `break` or `return` throws away what was printed.
                self.out.truncate(printed);
                Ok(flow)
            }
            Err(error) if error.is_catchable() => {
                self.out.truncate(printed);
                self.switch(context);
                self.frames.truncate(frames);
                self.frames[context.frame].loops.truncate(loops);
                self.frames[context.frame].listings.truncate(listings);
                self.call_depth = depth;
                let mut error = error;
                for frame in self.trace() {
                    error.push_frame(frame);
                }
                self.recovered.push(Rc::from(error.freemarker_message()));
                let flow = self.deeper(recover);
                self.recovered.pop();
                flow
            }
            Err(error) => Err(error),
        }
    }

    fn assign(&mut self, assign: &'a Assign) -> Result<()> {
        for item in &assign.items {
            let namespace = match &assign.namespace {
                Some(expr) => Some(self.namespace_of(expr)?),
                None => None,
            };
            let value = self.assigned(item, namespace).map_err(|mut error| {
                if assign.items.len() > 1 {
                    // Each of several assignments is an element of its own.
                    error.in_element(self.source(), item.span);
                }
                error
            })?;
            self.set(&item.target, namespace, value);
        }
        Ok(())
    }

    fn namespace_of(&mut self, expr: &'a Expr) -> Result<usize> {
        match self.eval(expr)? {
            Value::Hash(Hash::Namespace(index)) => Ok(index),
            value => Err(self.unexpected("namespace", &value, expr.span)),
        }
    }

    fn assigned(&mut self, item: &'a Assignment, namespace: Option<usize>) -> Result<Value<'a>> {
        let target = &item.target;
        if item.op == AssignOp::Set {
            return match &item.value {
                Some(value) => self.eval_present(value),
                None => Ok(Value::Missing),
            };
        }
        let old = match (target.scope, namespace) {
            (_, Some(namespace)) => self.namespaces[namespace].get(&target.name).clone(),
            (Scope::Namespace, None) => self.namespaces[self.namespace].get(&target.name).clone(),
            (Scope::Global, None) => self.globals.get(&*target.name).cloned().unwrap_or_default(),
            (Scope::Local, None) => self.by_name(&target.name)?,
        };
        if item.op == AssignOp::Add {
            if old.is_missing() {
                return Err(missing_target(item));
            }
            let Some(expr) = &item.value else { return Ok(Value::Missing) };
            let value = self.eval_present(expr)?;
            let shown = old.clone();
            return ops::add(self, old, item.span, value, expr.span).map_err(|error| {
                let is_about_target = error.blamed().is_some_and(|place| place.span == item.span);
                match error.kind() {
                    ErrorKind::Type if is_about_target => {
                        crate::expr::unexpected_result(ops::PRINTABLE, &shown)
                    }
                    _ => error,
                }
            });
        }
        let number = match old {
            Value::Number(number) => number,
            Value::Missing => return Err(missing_target(item)),
            other => {
                let (name, actual) = (&target.name, other.type_name());
                return Err(Error::new(
                    ErrorKind::Type,
                    format!(
                        "Expected a number, but assignment target variable \"{name}\" has evaluated to {} {actual}.",
                        crate::expr::article(actual)
                    ),
                ));
            }
        };
        let (op, operand) = match (item.op, &item.value) {
            (AssignOp::Increment, _) => (InfixOp::Add, crate::value::Number::Int(1)),
            (AssignOp::Decrement, _) => (InfixOp::Sub, crate::value::Number::Int(1)),
            (AssignOp::Sub, Some(expr)) => (InfixOp::Sub, self.eval_number(expr)?),
            (AssignOp::Mul, Some(expr)) => (InfixOp::Mul, self.eval_number(expr)?),
            (AssignOp::Div, Some(expr)) => (InfixOp::Div, self.eval_number(expr)?),
            (_, Some(expr)) => (InfixOp::Mod, self.eval_number(expr)?),
            (_, None) => (InfixOp::Add, crate::value::Number::Int(0)),
        };
        ops::arithmetic(self, op, &number, &operand).map(Value::Number)
    }

    fn set(&mut self, target: &'a Target, namespace: Option<usize>, value: Value<'a>) {
        match (target.scope, namespace) {
            (_, Some(namespace)) => self.namespaces[namespace].set(&target.name, value),
            (Scope::Namespace, None) => self.set_symbol(target.slot, value),
            (Scope::Global, None) => {
                self.globals.insert((&*target.name).into(), value);
            }
            (Scope::Local, None) => {
                let frame = self.frame;
                if let Some(local) = self.frames[frame].locals.get_mut(target.slot as usize) {
                    *local = value;
                }
            }
        }
    }

    fn capture(&mut self, capture: &'a Capture) -> Result<Flow> {
        let start = self.out.len();
        let flow = self.deeper(&capture.body)?;
        let text = self.out[start..].to_owned();
        self.out.truncate(start);
        if flow != Flow::Next {
            return Ok(flow);
        }
        let value = if capture.format.is_markup() {
            Value::Markup(Rc::new(Markup::new(capture.format.clone(), text)))
        } else {
            Value::string(text)
        };
        let namespace = match &capture.namespace {
            Some(expr) => Some(self.namespace_of(expr)?),
            None => None,
        };
        self.set(&capture.target, namespace, value);
        Ok(Flow::Next)
    }

    fn setting(&mut self, setting: &'a Setting) -> Result<()> {
        let value = self.eval(&setting.value)?;
        let text = match &value {
            Value::Bool(value) => value.to_string(),
            Value::Number(number) => {
                let mut text = String::new();
                number.write_java(&mut text);
                text
            }
            value => match value.as_str() {
                Some(text) => text.to_owned(),
                None => self.to_text(value, setting.value.span)?.to_string(),
            },
        };
        self.settings
            .set(&setting.name, &text)
            .map_err(|message| Error::new(ErrorKind::Setting, message))
    }
}

fn missing_target(item: &Assignment) -> Error {
    let operator = match item.op {
        AssignOp::Add => "+=",
        AssignOp::Sub => "-=",
        AssignOp::Mul => "*=",
        AssignOp::Div => "/=",
        AssignOp::Mod => "%=",
        AssignOp::Increment => "++",
        AssignOp::Decrement => "--",
        AssignOp::Set => "=",
    };
    let scope = match item.target.scope {
        Scope::Namespace => "template namespace",
        Scope::Global => "global scope",
        Scope::Local => "local scope",
    };
    let name = &item.target.name;
    let message = format!(
        "The target variable of the assignment, \"{name}\", was null or missing in the {scope}, and the \"{operator}\" \
         operator must get its value from there before assigning to it."
    );
    Error::new(ErrorKind::Missing, message).tip(
        "If the target variable is known to be legally null or missing sometimes, instead of something like \
         <#assign x += 1>, you could write <#if x??><#assign x += 1></#if> or <#assign x = (x!0) + 1>",
    )
}
