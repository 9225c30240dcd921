//! `#list`, `#foreach`, `#items` and `#sep`.

use super::Opened::{self, Block};
use crate::ast::*;
use crate::build::block::Open;
use crate::build::reader::Read;
use crate::build::scope::{Loop, LoopKind};
use crate::build::tree::Tree;
use crate::build::words::{Kind, Word};
use crate::error::ParseError;

impl Tree<'_> {
    /// `expression ("as" name ("," name)?)? ">"`
    pub(super) fn list(&mut self, word: Word) -> Read<Opened> {
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
    pub(super) fn for_each(&mut self) -> Read<Opened> {
        let first = self.reader.expect_ident()?;
        self.reader.expect_only(Kind::In, "\"in\"", &[])?;
        let source = self.reader.expression()?;
        self.tag_end()?;
        let vars = LoopVars { first, second: None };
        self.enter_loop(LoopKind::ForEach, Some(&vars));
        Ok(Block(Open::ForEach { source, vars }))
    }

    /// `name ("," name)? ">"`, after `<#items as `
    pub(super) fn items(&mut self, word: Word) -> Read<Opened> {
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

    pub(super) fn sep(&mut self, word: Word) -> Read<Opened> {
        if self.reader.scope.loops.is_empty() {
            let message =
                format!("#sep must be inside a #list (or {}) block.", self.for_each_symbol());
            return Err(self.reader.semantic(message, word));
        }
        Ok(Block(Open::Sep))
    }

    pub(super) fn not_in_loop(&self, word: Word, switch: &str) -> Box<ParseError> {
        let message = format!(
            "{} must be nested inside a directive that supports it:  #list with \"as\", #items{switch} (or the deprecated {})",
            self.reader.slice(word),
            self.for_each_symbol()
        );
        self.reader.semantic(message, word)
    }

    fn for_each_symbol(&self) -> &'static str {
        if self.reader.scope.naming == NamingConvention::CamelCase {
            "#forEach"
        } else {
            "#foreach"
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
}
