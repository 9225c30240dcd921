//! Where the content of a block ends: end tags, and words that are out of place.

use super::Tree;
use crate::ast::*;
use crate::build::block::{Block, Open, closable};
use crate::build::reader::Read;
use crate::build::words::{Kind, Name, Word};
use crate::error::ParseErrorKind;

impl Tree<'_> {
    /// `word` is no content: it goes on with the open block, ends it, or is out of place.
    pub(super) fn end_content(&mut self, word: Word) -> Read<()> {
        if word.kind == Kind::UnknownDirective {
            return Err(self.reader.unexpected(&[]));
        }
        // `</#sep>` ends no other content than its own.
        let ends_sep = matches!(self.blocks.last(), Some(Block { open: Open::Sep, .. }))
            && word.kind == Kind::EndDirective(Name::Sep);
        if !ends_sep {
            self.check_content();
        }
        if self.part(word)? {
            return Ok(());
        }
        // `#sep` ends where the block around it does.
        let around =
            self.blocks.iter().rposition(|block| !matches!(block.open, Open::Sep)).unwrap_or(0);
        let fits = match self.blocks.last() {
            Some(last) if last.open.closed_by(word.kind) => true,
            _ => self.fits(around, word),
        };
        if !fits {
            return self.misplaced(word);
        }
        if self.blocks.last().is_some_and(|last| last.open.closed_by(word.kind)) {
            return self.end_block(word);
        }
        while self.blocks.len() > around + 1 {
            self.close(self.end_of_content(), false);
        }
        self.end_content(word)
    }

    /// Whether the block at `index` can go on or end with this word.
    pub(super) fn fits(&self, index: usize, word: Word) -> bool {
        let open = &self.blocks[index].open;
        open.closed_by(word.kind)
            || match (open, word.kind) {
                (
                    Open::If { condition, .. },
                    Kind::Directive(Name::ElseIf) | Kind::Bare(Name::Else),
                ) => condition.is_some(),
                (Open::List { before_else, .. }, Kind::Bare(Name::Else)) => before_else.is_none(),
                (Open::Attempt { attempted: None }, Kind::Bare(Name::Recover)) => true,
                (
                    Open::Switch { .. },
                    Kind::Directive(Name::Case | Name::On) | Kind::Bare(Name::Default),
                ) => true,
                (Open::Root, Kind::End) => true,
                _ => false,
            }
    }

    /// What FreeMarker checks where the content of a block ends: a `#list` without loop variables needs an `#items`,
    /// and a case must fit those before.
    fn check_content(&mut self) {
        let around =
            self.blocks.iter().rposition(|block| !matches!(block.open, Open::Sep)).unwrap_or(0);
        let block = &mut self.blocks[around];
        match &mut block.open {
            Open::List { vars: None, items_seen: false, before_else: None, .. }
                if !block.broken =>
            {
                block.broken = true;
                let tag = block.tag;
                let message =
                    "#list must have either \"as loopVar\" parameter or nested #items that belongs to it.".to_owned();
                let fault = self.reader.fault(ParseErrorKind::Semantic, message, tag, tag.start);
                self.report(*fault);
            }
            Open::Switch { misplaced, .. } => {
                if let Some(fault) = misplaced.take() {
                    self.report(*fault);
                }
            }
            _ => (),
        }
    }

    /// An end tag of the innermost block.
    fn end_block(&mut self, word: Word) -> Read<()> {
        self.reader.next();
        let fault = self.wrong_end_tag(word);
        self.close(word.end, true);
        match fault {
            Some(message) => {
                let mut fault = self.reader.semantic(message, word);
                fault.kind = ParseErrorKind::Nesting;
                self.report(*fault);
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// FreeMarker lets `</#local>` end an `#assign` as far as its grammar goes, and complains then.
    fn wrong_end_tag(&mut self, word: Word) -> Option<String> {
        let slice = self.reader.slice(word);
        let text = self.reader.text;
        let block = self.block();
        let message = match (&block.open, word.kind) {
            (Open::Assign { scope: Scope::Namespace, .. }, Kind::EndDirective(Name::Assign)) => {
                return None;
            }
            (Open::Assign { scope: Scope::Global, .. }, Kind::EndDirective(Name::Global)) => {
                return None;
            }
            (Open::Assign { scope: Scope::Local, .. }, Kind::EndDirective(Name::Local)) => {
                return None;
            }
            (Open::Assign { .. }, Kind::EndDirective(Name::Global)) => "Mismatched assignment tags",
            (Open::Assign { .. }, _) => "Mismatched assignment tags.",
            (Open::Macro { definition, .. }, Kind::EndDirective(name)) => {
                match (definition.function, name == Name::Function) {
                    (true, false) => "Expected function end tag here.",
                    (false, true) => "Expected macro end tag here.",
                    _ => return None,
                }
            }
            (Open::Call { call, .. }, Kind::CallEnd) if !block.broken => {
                let name = slice[3..slice.len() - 1].trim();
                if name.is_empty() {
                    return None;
                }
                match callee_name(&call.callee, text) {
                    None => "Expecting </@>",
                    Some(callee) if callee == name => return None,
                    Some(callee) => return Some(format!("Expecting </@> or </@{callee}>")),
                }
            }
            _ => return None,
        };
        Some(message.to_owned())
    }

    /// `word` ends nothing that is open innermost. If it ends a block farther out, those within are given up.
    fn misplaced(&mut self, word: Word) -> Read<()> {
        let closable = closable(&self.blocks);
        let mut fault = self.reader.unexpected(&closable);
        if word.kind == Kind::End {
            let blocks = self.blocks.iter().skip(1).rev();
            fault.related.extend(blocks.map(|block| (block.tag, "opened here".to_owned())));
            self.reader.next();
        } else if let Some(block) =
            self.blocks.last().filter(|block| !matches!(block.open, Open::Root))
        {
            fault.related.push((block.tag, "this is open".to_owned()));
        }
        if word.kind == Kind::End {
            // What is not closed has taken the end tags, too; to tell of them would be no help.
            let end = self.reader.text.len() as u32;
            if self.reader.scope.errors.last().is_none_or(|last| last.span.end < end) {
                self.report(*fault);
            }
            return Ok(());
        }
        let outer = (1..self.blocks.len()).rev().find(|&index| self.fits(index, word));
        match outer {
            Some(index) => {
                self.report(*fault);
                while self.blocks.len() > index + 1 {
                    self.close(self.end_of_content(), false);
                }
                self.block().broken = true;
                self.end_content(word)
            }
            None => {
                // An end tag or the like is one word; a tag with parameters is skipped by the caller.
                Err(fault)
            }
        }
    }
}

/// The name that the end tag of a call may repeat: that of a callee of names and dots.
fn callee_name<'t>(callee: &Expr, text: &'t str) -> Option<&'t str> {
    let end = match &callee.kind {
        ExprKind::Name(_) => callee.span.end,
        ExprKind::Postfix(base, steps) => {
            // `a.b?with_args(…)` may end with `</@a.b>`.
            let steps = match steps.as_slice() {
                [
                    before @ ..,
                    Postfix { op: PostfixOp::BuiltIn(name), .. },
                    Postfix { op: PostfixOp::Call(_), .. },
                ] if matches!(name.name.as_str(), "with_args" | "withArgs") => before,
                all => all,
            };
            let names = matches!(base.kind, ExprKind::Name(_))
                && steps.iter().all(|step| matches!(step.op, PostfixOp::Dot(_)));
            if !names {
                return None;
            }
            steps.last().map_or(base.span.end, |last| last.span.end)
        }
        _ => return None,
    };
    text.get(callee.span.start as usize..end as usize)
}
