//! Going on after a fault.

use super::Tree;
use crate::ast::*;
use crate::build::block::{Block, Open};
use crate::build::reader::Named;
use crate::build::scope::{Loop, LoopKind, Within};
use crate::build::words::{Kind, Name, Word};
use crate::error::{ParseError, ParseErrorKind};
use crate::source::Span;

impl Tree<'_> {
    /// Reports the fault of the tag or interpolation that begins with `word`, and goes on behind it.
    pub(super) fn broken_tag(&mut self, word: Word, mut fault: ParseError) {
        if fault.kind == ParseErrorKind::UnexpectedEnd && fault.related.is_empty() {
            fault.related.push((self.reader.word_span(word), "opened here".to_owned()));
        }
        self.report(fault);
        if self.reader.words[self.reader.at] == word {
            self.reader.blank_is_word = false;
            self.reader.next();
        }
        self.skip_tag();
        let span = self.from(word);
        if self.blocks.len() <= self.max_blocks
            && let Some(open) = self.broken_block(word, span)
        {
            return self.blocks.push(Block { open, tag: span, body: Body::new(), broken: true });
        }
        self.push(span, ElementKind::Error);
    }

    /// Reports the fault of a tag whose place in the tree is known nevertheless.
    pub(super) fn broken_expression(&mut self, word: Word, fault: ParseError) -> Expr {
        self.report(fault);
        self.skip_tag();
        Expr { span: self.from(word), kind: ExprKind::Error }
    }

    /// Goes behind the end of the tag or interpolation that is being read.
    pub(in crate::build) fn skip_tag(&mut self) {
        let reader = &mut self.reader;
        reader.blank_is_word = false;
        reader.named = Named::No;
        reader.parens = 0;
        loop {
            let previous = reader.at.checked_sub(1).map(|at| reader.words[at].kind);
            let ended = matches!(
                previous,
                Some(
                    Kind::TagEnd
                        | Kind::EmptyTagEnd
                        | Kind::InterpolationEnd
                        | Kind::Bare(_)
                        | Kind::EndDirective(_)
                        | Kind::CallEnd
                        | Kind::Comment
                        | Kind::Text
                        | Kind::RawEnd
                        | Kind::UnknownRest
                )
            );
            if ended {
                return;
            }
            if starts_element(reader.kind()) {
                // What is between are blanks and comments of the tag.
                reader.before = reader.peek().start;
                return;
            }
            reader.next();
        }
    }

    /// The block that a broken tag opens, so that its end tag is no other fault.
    fn broken_block(&mut self, word: Word, span: Span) -> Option<Open> {
        let error = || Expr { span, kind: ExprKind::Error };
        let ident = || Ident { span, name: String::new(), quoted: false };
        let vars = || LoopVars { first: ident(), second: None };
        let ends_open = self.reader.at.checked_sub(1).map(|at| self.reader.words[at].kind)
            == Some(Kind::TagEnd);
        let scope = &mut *self.reader.scope;
        let name = match word.kind {
            Kind::Directive(name) | Kind::Bare(name) => name,
            Kind::Call if ends_open => {
                let args = CallArgs::Positional(Vec::new());
                let call = Call {
                    legacy: false,
                    tag: span,
                    callee: error(),
                    args,
                    loop_vars: Vec::new(),
                    body: None,
                };
                return Some(Open::Call { call: Box::new(call), hidden_loops: 0 });
            }
            _ => return None,
        };
        if let Name::List | Name::ForEach | Name::Items = name {
            scope.breakable += 1;
            scope.continuable += 1;
        }
        let unknown_loop = |kind| Loop { kind, first: None, second: None, broken: true };
        Some(match name {
            Name::If => Open::If { branches: Vec::new(), tag: span, condition: Some(error()) },
            Name::List => {
                scope.loops.push(unknown_loop(LoopKind::List));
                Open::List {
                    source: error(),
                    vars: Some(vars()),
                    items_seen: true,
                    before_else: None,
                }
            }
            Name::ForEach => {
                scope.loops.push(unknown_loop(LoopKind::ForEach));
                Open::ForEach { source: error(), vars: vars() }
            }
            Name::Items => {
                if let Some(around) = scope.loops.last_mut() {
                    around.broken = true;
                }
                for block in &mut self.blocks {
                    block.broken |= matches!(block.open, Open::List { .. });
                }
                Open::Items { vars: vars() }
            }
            Name::Sep => Open::Sep,
            Name::Switch => {
                scope.breakable += 1;
                Open::Switch {
                    value: error(),
                    lead: None,
                    cases: Vec::new(),
                    current: None,
                    breaks: true,
                    misplaced: None,
                }
            }
            Name::Macro | Name::Function => {
                let function = name == Name::Function;
                scope.within = if function { Within::Function } else { Within::Macro };
                let definition = Macro {
                    function,
                    name: ident(),
                    params: Vec::new(),
                    catch_all: None,
                    body: Body::new(),
                };
                Open::Macro { definition: Box::new(definition), around: scope.enter_definition() }
            }
            Name::Escape => {
                scope.escapes += 1;
                Open::Escape { var: ident(), expr: error() }
            }
            Name::NoEscape => Open::NoEscape,
            Name::OutputFormat => Open::OutputFormat {
                param: error(),
                name: scope.format.name.clone(),
                around: scope.format.clone(),
            },
            Name::AutoEsc => Open::AutoEsc { around: scope.policy },
            Name::NoAutoEsc => Open::NoAutoEsc { around: scope.policy },
            _ => return None,
        })
    }

    pub(in crate::build) fn report(&mut self, fault: ParseError) {
        if self.reader.scope.errors.len() < crate::MAX_ERRORS {
            self.reader.scope.errors.push(fault);
        }
    }
}

/// Words that may begin an element, a part or an end of a block.
fn starts_element(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::End
            | Kind::Text
            | Kind::Dollar
            | Kind::Hash
            | Kind::Square
            | Kind::Directive(_)
            | Kind::Bare(_)
            | Kind::EndDirective(_)
            | Kind::UnknownDirective
            | Kind::Call
            | Kind::CallEnd
            | Kind::Comment
            | Kind::RawOpen(_)
    )
}
