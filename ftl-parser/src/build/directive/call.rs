//! `<@…>`, and the legacy `#call` and `#transform`.

use super::Opened::{self, Block, Element};
use crate::ast::*;
use crate::build::block::Open;
use crate::build::reader::Named;
use crate::build::reader::Read;
use crate::build::scope::{Loop, LoopKind};
use crate::build::tree::Tree;
use crate::build::words::{Kind, Word};

impl Tree<'_> {
    /// ```text
    /// "<@" expression ((name "=" expression)+ | arguments) (";" (name ("," name)*)?)? (">" | "/>")
    /// ```
    pub(in crate::build) fn call(&mut self) -> Read<Opened> {
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

    /// `name ((name "=" expression)+ | "("? arguments ")"?) end`
    pub(super) fn legacy_call(&mut self, word: Word) -> Read<Opened> {
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
    pub(super) fn transform(&mut self, word: Word) -> Read<Opened> {
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
}
