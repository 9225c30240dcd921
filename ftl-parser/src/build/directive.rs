//! Directives and calls: their parameters, and whether they may stand where they stand.

mod assign;
mod call;
mod definition;
mod include;
mod loops;
mod output;

use super::block::Open;
use super::check::forced_message;
use super::expr::starts_expression;
use super::fault::quote;
use super::interpolation::Interpolate;
use super::reader::Read;
use super::scope::Within;
use super::tree::Tree;
use super::words::{Kind, Name, Word};
use crate::AutoEscapingPolicy;
use crate::ast::*;
use crate::error::ParseErrorKind;
use crate::names;
use Opened::{Block, Element};

/// What a tag made.
pub(super) enum Opened {
    /// An element that is complete.
    Element(ElementKind),
    /// A block whose content follows.
    Block(Open),
}

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
}
