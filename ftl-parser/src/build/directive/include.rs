//! `#include`, with its options.

use super::Opened::{self, Element};
use crate::ast::*;
use crate::build::check::{Constant, constant, yes_or_no};
use crate::build::reader::Read;
use crate::build::tree::Tree;
use crate::build::words::Kind;
use crate::error::ParseErrorKind;

impl Tree<'_> {
    /// `expression ";"? (name "=" expression)* end`
    pub(super) fn include(&mut self) -> Read<Opened> {
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
}
