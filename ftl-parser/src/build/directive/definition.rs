//! `#macro` and `#function`, and what stands only within them.

use super::Opened::{self, Block, Element};
use crate::ast::*;
use crate::build::block::Open;
use crate::build::reader::Read;
use crate::build::scope::Within;
use crate::build::tree::Tree;
use crate::build::words::{Kind, Word};

impl Tree<'_> {
    /// `(name | string) "("? (name "..."? ("=" expression)? ","?)* ")"? ">"`
    pub(super) fn macro_(&mut self, word: Word, function: bool) -> Read<Opened> {
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

    pub(super) fn return_(&mut self, word: Word) -> Read<Opened> {
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

    pub(super) fn nested(&mut self, word: Word) -> Read<Opened> {
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
}
