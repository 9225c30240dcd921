//! Directives and calls: their parameters, and whether they may stand where they stand.

use super::block::Open;
use super::check::{Constant, constant, forced_format_message, forced_message, yes_or_no};
use super::expr::{Interpolate, starts_expression};
use super::reader::{Named, Read, quote};
use super::scope::{Format, Loop, LoopKind, Within};
use super::tree::Tree;
use super::words::{Kind, Name, Word};
use crate::AutoEscapingPolicy;
use crate::ast::*;
use crate::error::{ParseError, ParseErrorKind};
use crate::names;

/// What a tag made.
pub(super) enum Opened {
    /// An element that is complete.
    Element(ElementKind),
    /// A block whose content follows.
    Block(Open),
}

use Opened::{Block, Element};

impl Tree<'_> {
    /// Reads the tag of a directive that is content.
    pub(super) fn directive(&mut self, word: Word, name: Name) -> Read<Opened> {
        if name == Name::Escape {
            self.check_escape(word)?;
        }
        self.reader.next();
        Ok(match name {
            Name::If => {
                let condition = self.reader.expression()?;
                self.tag_end()?;
                let tag = self.from(word);
                Block(Open::If { branches: Vec::new(), tag, condition: Some(condition) })
            }
            Name::List => self.list(word)?,
            Name::ForEach => self.for_each()?,
            Name::Items => self.items(word)?,
            Name::Sep => self.sep(word)?,
            Name::Switch => {
                let value = self.reader.expression()?;
                self.tag_end()?;
                self.reader.scope.breakable += 1;
                Block(Open::Switch {
                    value,
                    lead: None,
                    cases: Vec::new(),
                    current: None,
                    breaks: true,
                    misplaced: None,
                })
            }
            Name::Break => {
                if self.reader.scope.breakable == 0 {
                    return Err(self.not_in_loop(word, ", #switch"));
                }
                Element(ElementKind::Break)
            }
            Name::Continue => {
                if self.reader.scope.continuable == 0 {
                    return Err(self.not_in_loop(word, ""));
                }
                Element(ElementKind::Continue)
            }
            Name::Return => self.return_(word)?,
            Name::Stop => {
                let reason = self.optional_parameter(word)?;
                Element(ElementKind::Stop(reason))
            }
            Name::Attempt => Block(Open::Attempt { attempted: None }),
            Name::Assign => self.assign(word, Scope::Namespace)?,
            Name::Global => self.assign(word, Scope::Global)?,
            Name::Local => self.assign(word, Scope::Local)?,
            Name::Macro | Name::Function => self.macro_(word, name == Name::Function)?,
            Name::Nested => self.nested(word)?,
            Name::Call => self.legacy_call(word)?,
            Name::Transform => self.transform(word)?,
            Name::Include => self.include()?,
            Name::Import => {
                let path = self.reader.expression()?;
                self.reader.expect_after(Kind::As, "\"as\"", &[])?;
                let namespace = self.reader.expect_ident()?;
                self.loose_end()?;
                Element(ElementKind::Import(Import { path, namespace }))
            }
            Name::Setting => self.setting()?,
            Name::Compress => Block(Open::Compress),
            Name::Escape => {
                let var = self.reader.expect_ident()?;
                self.reader.expect_only(Kind::As, "\"as\"", &[])?;
                let expr = self.reader.expression()?;
                self.tag_end()?;
                self.reader.scope.escapes += 1;
                Block(Open::Escape { var, expr })
            }
            Name::NoEscape => {
                if self.reader.scope.escapes == 0 {
                    return Err(self
                        .reader
                        .semantic("#noescape with no matching #escape encountered.", word));
                }
                self.reader.scope.escapes -= 1;
                Block(Open::NoEscape)
            }
            Name::OutputFormat => self.output_format(word)?,
            Name::AutoEsc => {
                self.reader.check_can_escape(word)?;
                Block(Open::AutoEsc {
                    around: self.set_policy(AutoEscapingPolicy::EnableIfSupported),
                })
            }
            Name::NoAutoEsc => {
                if self.reader.scope.policy == AutoEscapingPolicy::Force {
                    let camel = self.reader.scope.naming == NamingConvention::CamelCase;
                    let name = if camel { "<#noAutoEsc>" } else { "<#noautoesc>" };
                    return Err(self.reader.semantic(forced_message(name), word));
                }
                Block(Open::NoAutoEsc { around: self.set_policy(AutoEscapingPolicy::Disable) })
            }
            Name::T => Element(ElementKind::Trim(Trim::Both)),
            Name::Lt => Element(ElementKind::Trim(Trim::Left)),
            Name::Rt => Element(ElementKind::Trim(Trim::Right)),
            Name::Nt => Element(ElementKind::Trim(Trim::None)),
            Name::Flush => Element(ElementKind::Flush),
            Name::Visit => {
                let node = Some(self.reader.expression()?);
                let using = self.using()?;
                self.loose_end()?;
                Element(ElementKind::Visit(Visit { node, using }))
            }
            Name::Recurse if matches!(word.kind, Kind::Bare(_)) => {
                Element(ElementKind::Recurse(Visit { node: None, using: None }))
            }
            Name::Recurse => {
                let node = match starts_expression(self.reader.kind()) {
                    true => Some(self.reader.expression()?),
                    false => None,
                };
                let using = self.using()?;
                self.loose_end()?;
                Element(ElementKind::Recurse(Visit { node, using }))
            }
            Name::Fallback => {
                if self.reader.scope.within != Within::Macro {
                    return Err(self.reader.semantic("Cannot fall back outside a macro.", word));
                }
                Element(ElementKind::Fallback)
            }
            // These are no content, or their tags are words of another kind.
            Name::ElseIf
            | Name::Else
            | Name::Case
            | Name::On
            | Name::Default
            | Name::Recover
            | Name::Ftl
            | Name::NoParse
            | Name::Comment => return Err(self.reader.unexpected_word(word, &[])),
        })
    }

    /// `">"`
    fn tag_end(&mut self) -> Read<()> {
        self.reader.expect_after(Kind::TagEnd, "\">\"", &[]).map(drop)
    }

    /// `">" | "/>"`
    pub(super) fn loose_end(&mut self) -> Read<()> {
        if self.reader.take(Kind::EmptyTagEnd).is_none() {
            self.reader.expect(Kind::TagEnd, &[])?;
        }
        Ok(())
    }

    /// The parameter of a directive that has one unless it is a bare tag.
    fn optional_parameter(&mut self, word: Word) -> Read<Option<Expr>> {
        if matches!(word.kind, Kind::Bare(_)) {
            return Ok(None);
        }
        let value = self.reader.expression()?;
        self.loose_end()?;
        Ok(Some(value))
    }

    fn for_each_symbol(&self) -> &'static str {
        if self.reader.scope.naming == NamingConvention::CamelCase {
            "#forEach"
        } else {
            "#foreach"
        }
    }

    fn not_in_loop(&self, word: Word, switch: &str) -> Box<ParseError> {
        let message = format!(
            "{} must be nested inside a directive that supports it:  #list with \"as\", #items{switch} (or the deprecated {})",
            self.reader.slice(word),
            self.for_each_symbol()
        );
        self.reader.semantic(message, word)
    }

    fn enter_loop(&mut self, kind: LoopKind, vars: Option<&LoopVars>) {
        let scope = &mut *self.reader.scope;
        scope.loops.push(Loop {
            kind,
            first: vars.map(|vars| vars.first.name.clone()),
            second: vars.and_then(|vars| vars.second.as_ref()).map(|second| second.name.clone()),
            broken: false,
        });
        if vars.is_some() {
            scope.breakable += 1;
            scope.continuable += 1;
        }
    }

    fn check_loop_vars(&self, vars: &LoopVars, word: Word) -> Read<()> {
        match &vars.second {
            Some(second) if second.name == vars.first.name => {
                let message = format!(
                    "The key and value loop variable names must differ, but both were: {}",
                    vars.first.name
                );
                Err(self.reader.semantic(message, word))
            }
            _ => Ok(()),
        }
    }

    /// `name ("," name)?`
    fn loop_vars(&mut self) -> Read<LoopVars> {
        let first = self.reader.expect_ident()?;
        let second = match self.reader.take(Kind::Comma) {
            Some(_) => Some(self.reader.expect_ident()?),
            None => None,
        };
        Ok(LoopVars { first, second })
    }

    /// `">"`, the only choice after a second variable
    fn loop_tag_end(&mut self, vars: Option<&LoopVars>) -> Read<()> {
        match vars.and_then(|vars| vars.second.as_ref()) {
            Some(_) => self.reader.expect_only(Kind::TagEnd, "\">\"", &[]).map(drop),
            None => self.reader.expect(Kind::TagEnd, &[]).map(drop),
        }
    }

    /// `expression ("as" name ("," name)?)? ">"`
    fn list(&mut self, word: Word) -> Read<Opened> {
        let source = self.reader.expression()?;
        let vars = match self.reader.take(Kind::As) {
            Some(_) => Some(self.loop_vars()?),
            None => None,
        };
        self.loop_tag_end(vars.as_ref())?;
        if let Some(vars) = &vars {
            self.check_loop_vars(vars, word)?;
        }
        self.enter_loop(LoopKind::List, vars.as_ref());
        Ok(Block(Open::List { source, vars, items_seen: false, before_else: None }))
    }

    /// `name "in" expression ">"`
    fn for_each(&mut self) -> Read<Opened> {
        let first = self.reader.expect_ident()?;
        self.reader.expect_only(Kind::In, "\"in\"", &[])?;
        let source = self.reader.expression()?;
        self.tag_end()?;
        let vars = LoopVars { first, second: None };
        self.enter_loop(LoopKind::ForEach, Some(&vars));
        Ok(Block(Open::ForEach { source, vars }))
    }

    /// `name ("," name)? ">"`, after `<#items as `
    fn items(&mut self, word: Word) -> Read<Opened> {
        let vars = self.loop_vars()?;
        self.loop_tag_end(Some(&vars))?;
        let for_each = self.for_each_symbol();
        let Some(around) = self.reader.scope.loops.last_mut() else {
            return Err(self.reader.semantic("#items must be inside a #list block.", word));
        };
        if around.first.is_some() {
            let message = match around.kind {
                LoopKind::ForEach => format!("{for_each} doesn't support nested #items."),
                LoopKind::Items => {
                    "Can't nest #items into each other when they belong to the same #list."
                        .to_owned()
                }
                LoopKind::List | LoopKind::UserDirective => {
                    "The parent #list of the #items must not have \"as loopVar\" parameter."
                        .to_owned()
                }
            };
            return Err(self.reader.semantic(message, word));
        }
        around.kind = LoopKind::Items;
        around.first = Some(vars.first.name.clone());
        around.second = vars.second.as_ref().map(|second| second.name.clone());
        self.check_loop_vars(&vars, word)?;
        self.reader.scope.breakable += 1;
        self.reader.scope.continuable += 1;
        let list = self.blocks.iter_mut().rev().find_map(|block| match &mut block.open {
            Open::List { items_seen, .. } => Some(items_seen),
            _ => None,
        });
        if let Some(items_seen) = list {
            *items_seen = true;
        }
        Ok(Block(Open::Items { vars }))
    }

    fn sep(&mut self, word: Word) -> Read<Opened> {
        if self.reader.scope.loops.is_empty() {
            let message =
                format!("#sep must be inside a #list (or {}) block.", self.for_each_symbol());
            return Err(self.reader.semantic(message, word));
        }
        Ok(Block(Open::Sep))
    }

    fn return_(&mut self, word: Word) -> Read<Opened> {
        let value = self.optional_parameter(word)?;
        let message = match (self.reader.scope.within, &value) {
            (Within::Macro, Some(_)) => "A macro cannot return a value",
            (Within::Function, None) => "A function must return a value",
            (Within::Template, None) => {
                "A return instruction can only occur inside a macro or function"
            }
            _ => return Ok(Element(ElementKind::Return(value))),
        };
        Err(self.reader.semantic(message, word))
    }

    fn nested(&mut self, word: Word) -> Read<Opened> {
        let mut values = Vec::new();
        if matches!(word.kind, Kind::Directive(_)) {
            values = self.reader.positional_args()?;
            self.loose_end()?;
        }
        if self.reader.scope.within != Within::Macro {
            let tag = self.reader.slice(word);
            let message = format!("Cannot use a {tag} instruction outside a macro.");
            return Err(self.reader.semantic(message, word));
        }
        Ok(Element(ElementKind::Nested(values)))
    }

    /// `name | string`
    fn name_or_string(&mut self) -> Read<Ident> {
        let word = self.reader.peek();
        match word.kind {
            Kind::String => {
                self.reader.next();
                let name = self.reader.string(word, Interpolate::No)?.value;
                Ok(Ident { span: self.reader.word_span(word), name, quoted: true })
            }
            Kind::Name => Ok(self.reader.ident()),
            _ => Err(self.reader.unexpected(&[])),
        }
    }

    /// ```text
    /// (name | string) ( assignment (","? (name | string) assignment)* ("in" expression)? end
    ///                 | ("in" expression)? ">" )
    /// ```
    fn assign(&mut self, word: Word, scope: Scope) -> Read<Opened> {
        if scope == Scope::Local && self.reader.scope.within == Within::Template {
            return Err(self.reader.semantic("Local variable assigned outside a macro.", word));
        }
        let name = self.name_or_string()?;
        let Some(op) = assign_op(self.reader.kind()) else {
            let namespace = self.namespace(scope)?;
            self.tag_end()?;
            return Ok(Block(Open::Assign { scope, name, namespace }));
        };
        let mut assignments = vec![self.assignment(name, op)?];
        while let Some(op) = self.another_assignment()? {
            self.reader.take(Kind::Comma);
            let name = self.name_or_string()?;
            assignments.push(self.assignment(name, op)?);
        }
        let namespace = self.namespace(scope)?;
        self.loose_end()?;
        Ok(Element(ElementKind::Assign(Assign {
            scope,
            kind: AssignKind::Inline(assignments),
            namespace,
        })))
    }

    /// `op expression | "++" | "--"`
    fn assignment(&mut self, name: Ident, op: AssignOp) -> Read<Assignment> {
        self.reader.next();
        let value = match op {
            AssignOp::Increment | AssignOp::Decrement => None,
            _ => Some(self.reader.expression()?),
        };
        let end = self.reader.place.offset(self.reader.before);
        let span = crate::source::Span::new(name.span.start, end);
        Ok(Assignment { span, name, op, value })
    }

    /// The operator of the assignment that follows; FreeMarker looks that far ahead.
    fn another_assignment(&self) -> Read<Option<AssignOp>> {
        let name = usize::from(self.reader.kind_ahead(0)? == Kind::Comma);
        let named = match self.reader.kind_ahead(name)? {
            Kind::Name => true,
            // A raw string is none of the words that it looks for.
            Kind::String => {
                !self.reader.slice(self.reader.words[self.reader.at + name]).starts_with('r')
            }
            _ => false,
        };
        if named { Ok(assign_op(self.reader.kind_ahead(name + 1)?)) } else { Ok(None) }
    }

    /// `("in" expression)?`
    fn namespace(&mut self, scope: Scope) -> Read<Option<Expr>> {
        let Some(word) = self.reader.take(Kind::In) else { return Ok(None) };
        let namespace = self.reader.expression()?;
        if scope != Scope::Namespace {
            return Err(self.reader.semantic("Cannot assign to namespace here.", word));
        }
        Ok(Some(namespace))
    }

    /// `(name | string) "("? (name "..."? ("=" expression)? ","?)* ")"? ">"`
    fn macro_(&mut self, word: Word, function: bool) -> Read<Opened> {
        if self.reader.scope.within != Within::Template {
            let message = "Macro or function definitions can't be nested into each other.";
            return Err(self.reader.semantic(message, word));
        }
        self.reader.scope.within = if function { Within::Function } else { Within::Macro };
        let name = self.name_or_string()?;
        let mut definition = Box::new(Macro {
            function,
            name,
            params: Vec::new(),
            catch_all: None,
            body: Body::new(),
        });
        self.reader.take(Kind::OpenParen);
        self.params(&mut definition)?;
        match self.reader.take(Kind::CloseParen) {
            Some(_) => self.reader.expect_only(Kind::TagEnd, "\">\"", &[])?,
            None => self.reader.expect(Kind::TagEnd, &["\"(\""])?,
        };
        let around = self.reader.scope.enter_definition();
        Ok(Block(Open::Macro { definition, around }))
    }

    fn params(&mut self, definition: &mut Macro) -> Read<()> {
        let mut has_defaults = false;
        while self.reader.kind() == Kind::Name {
            let word = self.reader.peek();
            let name = self.reader.ident();
            let catch_all = self.reader.take(Kind::Ellipsis).is_some();
            let default = match self.reader.take(Kind::Equals) {
                Some(_) => Some(self.reader.expression()?),
                None => None,
            };
            has_defaults |= default.is_some();
            self.reader.take(Kind::Comma);
            let message = if definition.catch_all.is_some() {
                "There may only be one \"catch-all\" parameter in a macro declaration, and it must be the last parameter."
            } else if catch_all && default.is_some() {
                "\"Catch-all\" macro parameter may not have a default value."
            } else if !catch_all && has_defaults && default.is_none() {
                "In a macro declaration, parameters without a default value must all occur before the parameters with default values."
            } else {
                match catch_all {
                    true => definition.catch_all = Some(name),
                    false => definition.params.push(Param { name, default }),
                }
                continue;
            };
            return Err(self.reader.semantic(message, word));
        }
        Ok(())
    }

    /// ```text
    /// "<@" expression ((name "=" expression)+ | arguments) (";" (name ("," name)*)?)? (">" | "/>")
    /// ```
    pub(super) fn call(&mut self) -> Read<Opened> {
        let word = self.reader.next();
        self.reader.blank_is_word = true;
        let callee = self.reader.expression()?;
        self.reader.take(Kind::Blank);
        let args = match self.named_args_follow()? {
            true => self.named_args()?,
            false => CallArgs::Positional(self.reader.positional_args()?),
        };
        let mut loop_vars = Vec::new();
        if self.reader.take(Kind::Semicolon).is_some() {
            loop_vars = self.call_loop_vars()?;
        }
        let empty = self.reader.kind() == Kind::EmptyTagEnd;
        self.loose_end()?;
        self.reader.blank_is_word = false;
        let tag = self.from(word);
        let mut call = Box::new(Call { legacy: false, tag, callee, args, loop_vars, body: None });
        if empty {
            return Ok(Element(ElementKind::Call(call)));
        }
        call.body = Some(Body::new());
        let hidden_loops = self.hide_loops(&call.loop_vars);
        Ok(Block(Open::Call { call, hidden_loops }))
    }

    fn call_loop_vars(&mut self) -> Read<Vec<Ident>> {
        let mut vars = Vec::new();
        if !matches!(self.reader.kind(), Kind::Blank | Kind::Name) {
            return Ok(vars);
        }
        loop {
            let blank = self.reader.take(Kind::Blank);
            if self.reader.kind() != Kind::Name {
                return Err(match blank {
                    Some(_) => self.reader.unexpected_only("<ID>", &[]),
                    None => self.reader.unexpected(&[]),
                });
            }
            vars.push(self.reader.ident());
            if !matches!(self.reader.kind(), Kind::Blank | Kind::Comma) {
                return Ok(vars);
            }
            self.reader.take(Kind::Blank);
            self.reader.expect_only(Kind::Comma, "\",\"", &[])?;
        }
    }

    /// Loop variables of a call hide those of a `#list` around, so that `?index` is a fault there.
    fn hide_loops(&mut self, vars: &[Ident]) -> usize {
        let loops = &mut self.reader.scope.loops;
        let before = loops.len();
        for var in vars {
            let hidden = loops[..before].iter().chain(&loops[before..]).rev();
            let mut hidden = hidden.filter(|around| around.first.as_ref() == Some(&var.name));
            if hidden.next().is_some_and(|around| around.kind != LoopKind::UserDirective) {
                let first = Some(var.name.clone());
                loops.push(Loop {
                    kind: LoopKind::UserDirective,
                    first,
                    second: None,
                    broken: false,
                });
            }
        }
        loops.len() - before
    }

    fn named_args_follow(&self) -> Read<bool> {
        Ok(self.reader.kind() == Kind::Name && self.reader.kind_ahead(1)? == Kind::Equals)
    }

    /// `(name "=" expression)+`
    fn named_args(&mut self) -> Read<CallArgs> {
        let mut args = Vec::new();
        while self.reader.kind() == Kind::Name {
            let name = self.reader.ident();
            self.reader.expect_only(Kind::Equals, "\"=\"", &[])?;
            self.reader.named = Named::Yes;
            let value = self.reader.expression()?;
            args.push((name, value));
        }
        self.reader.named = Named::No;
        Ok(CallArgs::Named(args))
    }

    /// `name ((name "=" expression)+ | "("? arguments ")"?) end`
    fn legacy_call(&mut self, word: Word) -> Read<Opened> {
        let name = self.reader.expect_ident()?;
        let callee = Expr { span: name.span, kind: ExprKind::Name(name.name) };
        let args = if self.named_args_follow()? {
            let args = self.named_args()?;
            self.loose_end()?;
            args
        } else {
            self.reader.take(Kind::OpenParen);
            let args = self.reader.positional_args()?;
            let closed = self.reader.take(Kind::CloseParen).is_some();
            if self.reader.take(Kind::EmptyTagEnd).is_none() {
                self.reader.expect(Kind::TagEnd, if closed { &[] } else { &["\"(\""] })?;
            }
            CallArgs::Positional(args)
        };
        let tag = self.from(word);
        let call = Call { legacy: true, tag, callee, args, loop_vars: Vec::new(), body: None };
        Ok(Element(ElementKind::Call(Box::new(call))))
    }

    /// `expression ";"? (name "=" expression)* (">" | "/>")`
    fn transform(&mut self, word: Word) -> Read<Opened> {
        let callee = self.reader.expression()?;
        self.reader.take(Kind::Semicolon);
        let mut args = Vec::new();
        while self.reader.kind() == Kind::Name {
            let name = self.reader.ident();
            self.reader.expect_only(Kind::Equals, "\"=\"", &[])?;
            args.push((name, self.reader.expression()?));
        }
        if let Some(end) = self.reader.take(Kind::EmptyTagEnd) {
            // FreeMarker's parser fails of an internal error here.
            return Err(self.reader.semantic("#transform can't be an empty tag", end));
        }
        self.tag_end()?;
        let args = match args.is_empty() {
            true => CallArgs::Positional(Vec::new()),
            false => CallArgs::Named(args),
        };
        let tag = self.from(word);
        let call = Call {
            legacy: false,
            tag,
            callee,
            args,
            loop_vars: Vec::new(),
            body: Some(Body::new()),
        };
        Ok(Block(Open::Transform { call: Box::new(call) }))
    }

    /// `expression ";"? (name "=" expression)* end`
    fn include(&mut self) -> Read<Opened> {
        let path = self.reader.expression()?;
        self.reader.take(Kind::Semicolon);
        let mut options = Vec::new();
        while self.reader.kind() == Kind::Name {
            let word = self.reader.peek();
            let name = self.reader.ident();
            self.reader.expect_only(Kind::Equals, "\"=\"", &[])?;
            let value = self.reader.expression()?;
            let is = |option: &str| name.name.eq_ignore_ascii_case(option);
            if is("ignore_missing") || name.name == "ignoreMissing" {
                self.reader.check_convention(word)?;
            } else if !is("parse") && !is("encoding") {
                let message = format!(
                    "Unsupported named #include parameter: \"{}\". Supported parameters are: \"parse\", \"encoding\", \"ignore_missing\".",
                    name.name
                );
                let mut fault = self.reader.fault_at(ParseErrorKind::UnknownName, message, word);
                fault.tip = crate::suggest::tip(
                    "",
                    &name.name,
                    vec!["parse", "encoding", "ignore_missing"],
                );
                return Err(fault);
            }
            options.push((name, value));
        }
        self.loose_end()?;
        for option in ["encoding", "parse", "ignore_missing"] {
            // Of an option that is given twice only the last counts.
            let is_option = |(name, _): &&(Ident, Expr)| {
                name.name.eq_ignore_ascii_case(option)
                    || option == "ignore_missing" && name.name == "ignoreMissing"
            };
            if let Some((_, value)) = options.iter().rev().find(is_option) {
                self.check_include_option(option, value)?;
            }
        }
        Ok(Element(ElementKind::Include(Include { path, options })))
    }

    /// A constant value of an option must be of its type.
    fn check_include_option(&self, name: &str, value: &Expr) -> Read<()> {
        let Some(constant) = constant(value) else { return Ok(()) };
        let message = if name == "parse" {
            match (&constant, &value.kind) {
                (Constant::Bool(_), _) => return Ok(()),
                (Constant::Text(text), ExprKind::String(_)) => match yes_or_no(text) {
                    Some(_) => return Ok(()),
                    None => format!("Illegal boolean value: {text}"),
                },
                _ => "Expected a boolean or string as the value of the parse attribute".to_owned(),
            }
        } else if name == "encoding" {
            match constant {
                Constant::Text(_) => return Ok(()),
                _ => "Expected a string as the value of the \"encoding\" argument".to_owned(),
            }
        } else {
            match constant {
                Constant::Bool(_) => return Ok(()),
                _ => {
                    "Expected a boolean as the value of the \"ignore_missing\" attribute".to_owned()
                }
            }
        };
        Err(self.reader.semantic_at(message, value))
    }

    /// `name "=" expression end`
    fn setting(&mut self) -> Read<Opened> {
        let word = self.reader.peek();
        let name = self.reader.expect_ident()?;
        self.reader.expect_only(Kind::Equals, "\"=\"", &[])?;
        let value = self.reader.expression()?;
        self.loose_end()?;
        self.reader.check_convention(word)?;
        if names::canonical_setting(&name.name).is_some() {
            return Ok(Element(ElementKind::Setting(Setting { name, value })));
        }
        if names::is_configuration_setting(&name.name) {
            let message = "The setting name is recognized, but changing this setting from inside a template isn't supported.";
            return Err(self.reader.semantic(message, word));
        }
        let known = names::spelled(names::setting_names(), self.reader.scope.naming);
        let message = format!(
            "Unknown setting name: {}. The allowed setting names are: {}",
            quote(&name.name),
            known.join(", ")
        );
        let mut fault = self.reader.fault_at(ParseErrorKind::UnknownName, message, word);
        fault.tip = crate::suggest::tip("", &name.name, known);
        Err(fault)
    }

    /// `("using" expression)?`
    fn using(&mut self) -> Read<Option<Expr>> {
        match self.reader.take(Kind::Using) {
            Some(_) => Ok(Some(self.reader.expression()?)),
            None => Ok(None),
        }
    }

    fn check_escape(&self, word: Word) -> Read<()> {
        if !self.reader.scope.auto_escaping {
            return Ok(());
        }
        let message = format!(
            "Using the \"escape\" directive (legacy escaping) is not allowed when auto-escaping is on with a markup output format ({}), to avoid confusion and double-escaping mistakes.",
            self.reader.scope.format.name
        );
        Err(self.reader.semantic(message, word))
    }

    fn set_policy(&mut self, policy: AutoEscapingPolicy) -> AutoEscapingPolicy {
        let around = std::mem::replace(&mut self.reader.scope.policy, policy);
        self.reader.scope.update_auto_escaping();
        around
    }

    /// `expression ">"`; the expression is a constant string.
    fn output_format(&mut self, word: Word) -> Read<Opened> {
        let param = self.reader.expression()?;
        self.tag_end()?;
        let name = match constant(&param) {
            Some(Constant::Text(name)) => name,
            None => {
                let text = crate::canonical::canonical(&param, self.reader.scope.source.text());
                let message =
                    format!("Parameter expression must be parse-time evaluable (constant): {text}");
                return Err(self.reader.semantic_at(message, &param));
            }
            Some(other) => {
                let message = format!("Parameter must be a string, but was: {}", kind_of(&other));
                return Err(self.reader.semantic_at(message, &param));
            }
        };
        let format =
            self.inner_format(&name).map_err(|message| self.reader.semantic(message, word))?;
        if !format.markup && self.reader.scope.policy == AutoEscapingPolicy::Force {
            return Err(self.reader.semantic(forced_format_message(&format), word));
        }
        let name = format.name.clone();
        let around = std::mem::replace(&mut self.reader.scope.format, format);
        self.reader.scope.update_auto_escaping();
        Ok(Block(Open::OutputFormat { param, name, around }))
    }

    /// The format of `#outputformat`: `"{HTML}"` is combined with the one around.
    fn inner_format(&self, name: &str) -> Result<Format, String> {
        let Some(inner) = name.strip_prefix('{') else { return Format::of(name) };
        let Some(inner) = inner.strip_suffix('}') else {
            return Err(format!(
                "Output format name that starts with '{{' must end with '}}': {name}"
            ));
        };
        let inner = Format::of(inner)?;
        if !inner.markup {
            let inner = inner.describe();
            return Err(format!(
                "The output format inside the {{...}} must be a markup format, but was: {inner}"
            ));
        }
        let outer = &self.reader.scope.format;
        if !outer.markup {
            let outer = outer.describe();
            return Err(format!(
                "The current output format must be a markup format when using {{...}}, but was: {outer}"
            ));
        }
        Ok(Format { name: format!("{}{{{}}}", outer.name, inner.name), markup: true })
    }
}

/// As FreeMarker tells the type of a value, Java class included.
fn kind_of(constant: &Constant) -> &'static str {
    match constant {
        Constant::Text(_) => "string",
        Constant::Number(_) => "number (wrapper: f.t.SimpleNumber)",
        Constant::Bool(true) => "boolean (wrapper: f.t.TrueTemplateBooleanModel)",
        Constant::Bool(false) => "boolean (wrapper: f.t.FalseTemplateBooleanModel)",
        Constant::Sequence => "sequence (wrapper: f.t.SimpleSequence)",
        Constant::Hash => "extended_hash (wrapper: f.c.HashLiteral$SequenceHash)",
    }
}

fn assign_op(kind: Kind) -> Option<AssignOp> {
    Some(match kind {
        Kind::Equals => AssignOp::Set,
        Kind::PlusEquals => AssignOp::Add,
        Kind::MinusEquals => AssignOp::Sub,
        Kind::TimesEquals => AssignOp::Mul,
        Kind::DivideEquals => AssignOp::Div,
        Kind::ModuloEquals => AssignOp::Mod,
        Kind::PlusPlus => AssignOp::Increment,
        Kind::MinusMinus => AssignOp::Decrement,
        _ => return None,
    })
}
