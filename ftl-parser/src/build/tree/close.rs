//! Closing a block: the element it makes, and what was in force before it.

use super::Tree;
use crate::ast::*;
use crate::build::block::{Block, Open, part_span};
use crate::source::Span;

impl Tree<'_> {
    /// Closes the innermost block. `end` is where its end tag ends, or its content.
    pub(super) fn close(&mut self, end: u32, tagged: bool) {
        let Some(block) = self.blocks.pop() else { return };
        let Block { open, tag, body, .. } = block;
        let mut span = Span::new(tag.start, end.max(tag.end));
        if !tagged {
            span = part_span(tag, &body);
        }
        let scope = &mut *self.reader.scope;
        let kind = match open {
            Open::Root => return,
            Open::If { mut branches, tag, condition } => {
                branches.push(IfBranch { span: part_span(tag, &body), tag, condition, body });
                span = span.to(branches.last().map_or(span, |last| last.span));
                ElementKind::If(If { branches })
            }
            Open::List { source, vars, before_else, .. } => match before_else {
                None => {
                    scope.loops.pop();
                    if vars.is_some() {
                        scope.breakable = scope.breakable.saturating_sub(1);
                        scope.continuable = scope.continuable.saturating_sub(1);
                    }
                    ElementKind::List(List { foreach: false, source, vars, body, otherwise: None })
                }
                Some((main, else_tag)) => {
                    span = span.to(part_span(else_tag, &body));
                    let otherwise = Some(crate::ast::Block {
                        span: part_span(else_tag, &body),
                        tag: else_tag,
                        body,
                    });
                    ElementKind::List(List { foreach: false, source, vars, body: main, otherwise })
                }
            },
            Open::ForEach { source, vars } => {
                scope.loops.pop();
                scope.breakable = scope.breakable.saturating_sub(1);
                scope.continuable = scope.continuable.saturating_sub(1);
                ElementKind::List(List {
                    foreach: true,
                    source,
                    vars: Some(vars),
                    body,
                    otherwise: None,
                })
            }
            Open::Items { vars } => {
                scope.breakable = scope.breakable.saturating_sub(1);
                scope.continuable = scope.continuable.saturating_sub(1);
                if let Some(last) = scope.loops.last_mut() {
                    last.first = None;
                    last.second = None;
                }
                ElementKind::Items(Items { vars, body })
            }
            Open::Sep => ElementKind::Sep(Sep { body, closed: tagged }),
            Open::Switch { value, lead, mut cases, current, breaks, .. } => {
                if breaks {
                    scope.breakable = scope.breakable.saturating_sub(1);
                }
                let lead = match current {
                    Some((kind, tag)) => {
                        span = span.to(part_span(tag, &body));
                        cases.push(Case { span: part_span(tag, &body), tag, kind, body });
                        lead.unwrap_or_default()
                    }
                    None => body,
                };
                ElementKind::Switch(Switch { value, lead, cases })
            }
            Open::Attempt { attempted } => {
                let (attempted, recover_tag, recover) = match attempted {
                    Some((attempted, tag)) => (attempted, tag, body),
                    None => (body, Span::new(span.end, span.end), Body::new()),
                };
                span = span.to(part_span(recover_tag, &recover));
                let recover = crate::ast::Block {
                    span: part_span(recover_tag, &recover),
                    tag: recover_tag,
                    body: recover,
                };
                ElementKind::Attempt(Attempt { body: attempted, recover })
            }
            Open::Assign { scope, name, namespace } => ElementKind::Assign(Assign {
                scope,
                kind: AssignKind::Block { name, body },
                namespace,
            }),
            Open::Macro { mut definition, around } => {
                scope.leave_definition(around);
                definition.body = body;
                ElementKind::Macro(definition)
            }
            Open::Call { mut call, hidden_loops } => {
                let left = scope.loops.len().saturating_sub(hidden_loops);
                scope.loops.truncate(left);
                call.body = Some(body);
                ElementKind::Call(call)
            }
            Open::Transform { mut call } => {
                call.body = Some(body);
                ElementKind::Transform(call)
            }
            Open::Compress => ElementKind::Compress(body),
            Open::Escape { var, expr } => {
                scope.escapes = scope.escapes.saturating_sub(1);
                ElementKind::Escape(Box::new(Escape { var, expr, body }))
            }
            Open::NoEscape => {
                scope.escapes += 1;
                ElementKind::NoEscape(body)
            }
            Open::OutputFormat { param, name, around } => {
                scope.format = around;
                scope.update_auto_escaping();
                ElementKind::OutputFormat(OutputFormat { param, name, body })
            }
            Open::AutoEsc { around } => {
                scope.policy = around;
                scope.update_auto_escaping();
                ElementKind::AutoEsc(body)
            }
            Open::NoAutoEsc { around } => {
                scope.policy = around;
                scope.update_auto_escaping();
                ElementKind::NoAutoEsc(body)
            }
        };
        self.push(span, kind);
    }

    pub(super) fn end_of_content(&self) -> u32 {
        self.reader.words[self.reader.at].start.max(self.reader.before)
    }
}
