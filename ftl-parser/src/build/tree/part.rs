//! Tags that go on with a block: `#else`, `#recover`, `#case` and the like.

use super::Tree;
use crate::ast::*;
use crate::build::block::{Block, Open, part_span};
use crate::build::reader::Read;
use crate::build::words::{Kind, Name, Word};

impl Tree<'_> {
    /// The next part of the innermost block, if `word` begins one.
    pub(super) fn part(&mut self, word: Word) -> Read<bool> {
        if !self.fits(self.blocks.len() - 1, word) {
            return Ok(false);
        }
        match word.kind {
            Kind::Directive(Name::ElseIf) => {
                self.reader.next();
                let condition = self.reader.expression();
                let condition = match condition.and_then(|condition| {
                    self.loose_end()?;
                    Ok(condition)
                }) {
                    Ok(condition) => condition,
                    Err(fault) => self.broken_expression(word, *fault),
                };
                self.next_branch(word, Some(condition));
            }
            Kind::Bare(Name::Else) => {
                self.reader.next();
                let tag = self.reader.word_span(word);
                let block = self.block();
                if let Open::List { before_else, .. } = &mut block.open {
                    *before_else = Some((std::mem::take(&mut block.body), tag));
                    self.reader.scope.loops.pop();
                    self.leave_list();
                } else {
                    self.next_branch(word, None);
                }
            }
            Kind::Bare(Name::Recover) => {
                self.reader.next();
                let tag = self.reader.word_span(word);
                let block = self.block();
                if let Open::Attempt { attempted } = &mut block.open {
                    *attempted = Some((std::mem::take(&mut block.body), tag));
                }
            }
            Kind::Directive(Name::Case | Name::On) | Kind::Bare(Name::Default) => {
                self.case(word)?
            }
            Kind::End => {
                self.reader.next();
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn next_branch(&mut self, word: Word, next: Option<Expr>) {
        let next_tag = self.from(word);
        let block = self.block();
        if let Open::If { branches, tag, condition } = &mut block.open {
            let body = std::mem::take(&mut block.body);
            let span = part_span(*tag, &body);
            branches.push(IfBranch { span, tag: *tag, condition: condition.take(), body });
            *tag = next_tag;
            *condition = next;
        }
    }

    /// The breaks of a `#list` do not reach its `#else`.
    fn leave_list(&mut self) {
        if let Open::List { vars: Some(_), .. } = self.block().open {
            self.reader.scope.breakable = self.reader.scope.breakable.saturating_sub(1);
            self.reader.scope.continuable = self.reader.scope.continuable.saturating_sub(1);
        }
    }

    /// `#case`, `#on`, `#default`
    fn case(&mut self, word: Word) -> Read<()> {
        self.reader.next();
        let kind = match self.case_kind(word) {
            Ok(kind) => kind,
            Err(fault) => {
                let error = self.broken_expression(word, *fault);
                if word.kind == Kind::Directive(Name::On) {
                    CaseKind::On(vec![error])
                } else {
                    CaseKind::Case(error)
                }
            }
        };
        let fault = self.check_case(&kind).map(|message| self.reader.semantic(message, word));
        let next_tag = self.from(word);
        let is_on = matches!(kind, CaseKind::On(_));
        let block = self.block();
        let mut stops_breaks = false;
        if let Open::Switch { lead, cases, current, breaks, misplaced, .. } = &mut block.open {
            let body = std::mem::take(&mut block.body);
            match current.take() {
                Some((kind, tag)) => {
                    cases.push(Case { span: part_span(tag, &body), tag, kind, body })
                }
                None => *lead = Some(body),
            }
            *current = Some((kind, next_tag));
            *misplaced = fault;
            stops_breaks = is_on && std::mem::replace(breaks, false);
        }
        if stops_breaks {
            self.reader.scope.breakable = self.reader.scope.breakable.saturating_sub(1);
        }
        Ok(())
    }

    fn case_kind(&mut self, word: Word) -> Read<CaseKind> {
        let kind = match word.kind {
            Kind::Directive(Name::On) => CaseKind::On(self.reader.positional_args()?),
            Kind::Directive(_) => CaseKind::Case(self.reader.expression()?),
            _ => return Ok(CaseKind::Default),
        };
        self.reader.expect(Kind::TagEnd, &[])?;
        Ok(kind)
    }

    fn check_case(&mut self, kind: &CaseKind) -> Option<&'static str> {
        let Open::Switch { cases, current, .. } = &self.block().open else { return None };
        let before =
            cases.iter().map(|case| &case.kind).chain(current.iter().map(|(kind, _)| kind));
        let (mut case, mut on, mut default) = (false, false, false);
        for kind in before {
            match kind {
                CaseKind::Case(_) => case = true,
                CaseKind::On(_) => on = true,
                CaseKind::Default => default = true,
            }
        }
        Some(match kind {
            CaseKind::Case(_) if on => {
                "You can't use both #on, and #case in a #switch block, and you already had an #on."
            }
            CaseKind::On(_) if case => {
                "You can't use both #on, and #case in a #switch block, and you already had a #case."
            }
            CaseKind::On(_) if default => {
                "You can't use #on after #default in a #switch block; #default must come last."
            }
            CaseKind::Default if default => "You already had a #default in the #switch block",
            _ => return None,
        })
    }

    pub(super) fn before_first_case(&self) -> bool {
        matches!(self.blocks.last(), Some(Block { open: Open::Switch { lead: None, .. }, .. }))
    }

    pub(super) fn allowed_before_first_case(&self, word: Word) -> bool {
        match word.kind {
            Kind::Text => {
                self.reader.slice(word).trim_start_matches([' ', '\t', '\n', '\r']).is_empty()
            }
            Kind::Comment | Kind::RawOpen(Name::Comment) | Kind::UnknownDirective => true,
            Kind::Directive(Name::Case | Name::On) | Kind::Bare(Name::Default) => true,
            Kind::EndDirective(Name::Switch) | Kind::End => true,
            _ => false,
        }
    }
}
