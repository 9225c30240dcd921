//! FreeMarker's tree, with as much as stripping asks of it.

use super::{Kind, Node, Tree};
use crate::ast::*;
use crate::source::Span;

impl Tree<'_> {
    pub(super) fn node(&mut self, kind: Kind, span: Span, children: Vec<usize>) -> usize {
        let id = self.nodes.len();
        for (index, &child) in children.iter().enumerate() {
            self.nodes[child].parent = Some(id);
            self.nodes[child].index = index;
        }
        // Lines count from 1; line 0 is that of an element FreeMarker made up.
        let (first_line, begins_line, last_line) = if span.is_empty() {
            (0, false, 0)
        } else {
            let first = self.source.line_of(span.start);
            let begins = self.source.line_start(first) == span.start
                && !self.source.slice(span).starts_with('\t');
            (first, begins, self.source.line_of(span.end - 1))
        };
        self.nodes.push(Node {
            kind,
            parent: None,
            index: 0,
            children,
            first_line,
            last_line,
            begins_line,
        });
        id
    }

    fn text(&mut self, text: Span, span: Span) -> usize {
        self.texts.push(if text.is_empty() { Vec::new() } else { vec![text] });
        self.node(Kind::Text(self.texts.len() - 1), span, Vec::new())
    }

    pub(super) fn body(&mut self, body: &Body, strip_text: bool) -> Vec<usize> {
        let mut children = Vec::with_capacity(body.len());
        for element in body {
            if strip_text && matches!(element.kind, ElementKind::Text(_)) {
                continue;
            }
            children.push(self.element(element, strip_text));
        }
        children
    }

    fn block(&mut self, kind: Kind, span: Span, body: &Body) -> usize {
        let children = self.body(body, false);
        self.node(kind, span, children)
    }

    fn element(&mut self, element: &Element, strip_text: bool) -> usize {
        let span = element.span;
        match &element.kind {
            ElementKind::Text(text) => self.text(text.span, span),
            ElementKind::NoParse(text) => self.text(text.span, span),
            ElementKind::Interpolation(_) => self.node(Kind::Interpolation, span, Vec::new()),
            ElementKind::Trim(trim) => self.node(Kind::Trim(*trim), span, Vec::new()),
            ElementKind::Comment(_) | ElementKind::CommentDirective(_) => {
                self.node(Kind::Silent, span, Vec::new())
            }
            ElementKind::Setting(_) | ElementKind::Import(_) => {
                self.node(Kind::Silent, span, Vec::new())
            }
            ElementKind::Assign(assign) => match &assign.kind {
                AssignKind::Block { body, .. } => self.block(Kind::BlockAssignment, span, body),
                AssignKind::Inline(assignments) if assignments.len() == 1 => {
                    self.node(Kind::Silent, span, Vec::new())
                }
                AssignKind::Inline(assignments) => {
                    let parts: Vec<_> = assignments.iter().map(|part| part.span).collect();
                    let children = parts
                        .into_iter()
                        .map(|span| self.node(Kind::Silent, span, Vec::new()))
                        .collect();
                    self.node(Kind::Silent, span, children)
                }
            },
            ElementKind::Macro(definition) => self.block(Kind::Macro, span, &definition.body),
            ElementKind::If(block) => self.if_block(block, span),
            ElementKind::List(list) => self.list(list, span),
            ElementKind::Items(items) => self.block(Kind::Other, span, &items.body),
            ElementKind::Sep(sep) => self.block(Kind::Other, span, &sep.body),
            ElementKind::Switch(switch) => self.switch(switch, span, strip_text),
            ElementKind::Attempt(attempt) => self.attempt(attempt, span),
            ElementKind::Call(call) | ElementKind::Transform(call) => match &call.body {
                Some(body) => self.block(Kind::Other, span, body),
                None => self.node(Kind::Other, span, Vec::new()),
            },
            ElementKind::Escape(escape) => self.block(Kind::Other, span, &escape.body),
            ElementKind::NoEscape(body) => self.block(Kind::Other, span, body),
            ElementKind::OutputFormat(format) => self.block(Kind::Removable, span, &format.body),
            ElementKind::Compress(body)
            | ElementKind::AutoEsc(body)
            | ElementKind::NoAutoEsc(body) => self.block(Kind::Removable, span, body),
            ElementKind::Break
            | ElementKind::Continue
            | ElementKind::Return(_)
            | ElementKind::Stop(_)
            | ElementKind::Nested(_)
            | ElementKind::Include(_)
            | ElementKind::Flush
            | ElementKind::Visit(_)
            | ElementKind::Recurse(_)
            | ElementKind::Fallback
            | ElementKind::Error => self.node(Kind::Other, span, Vec::new()),
        }
    }

    fn if_block(&mut self, block: &If, span: Span) -> usize {
        if let [only] = block.branches.as_slice() {
            // FreeMarker puts the branch in the place of the block, with the block's end.
            return self.block(Kind::Other, only.span.to(span), &only.body);
        }
        let mut children = Vec::with_capacity(block.branches.len());
        for branch in &block.branches {
            children.push(self.block(Kind::Other, branch.span, &branch.body));
        }
        self.node(Kind::Other, span, children)
    }

    fn list(&mut self, list: &List, span: Span) -> usize {
        let main = self.block(Kind::Other, span, &list.body);
        let Some(otherwise) = &list.otherwise else { return main };
        let otherwise = self.block(Kind::Other, otherwise.span, &otherwise.body);
        self.node(Kind::Other, span, vec![main, otherwise])
    }

    fn switch(&mut self, switch: &Switch, span: Span, strip_text: bool) -> usize {
        let mut children = self.body(&switch.lead, strip_text);
        if self.strip
            && let &[only] = children.as_slice()
            && let Kind::Text(text) = self.nodes[only].kind
        {
            // A text alone is only how the source is laid out.
            self.texts[text].clear();
            children.clear();
        }
        for case in &switch.cases {
            // FreeMarker has an empty case end where its tag has its first blank.
            let tag = self.source.slice(case.tag);
            let word = tag.find([' ', '\t', '\n', '\r']).map_or(tag.len(), |at| at + 1);
            let tag_end = case.tag.start + word as u32;
            let end = case.body.last().map_or(tag_end, |last| last.span.end);
            children.push(self.block(Kind::Other, Span::new(case.span.start, end), &case.body));
        }
        self.node(Kind::Other, span, children)
    }

    fn attempt(&mut self, attempt: &Attempt, span: Span) -> usize {
        let attempted = self.body(&attempt.body, false);
        let attempted = match attempted.as_slice() {
            &[only] => only,
            // FreeMarker makes an empty text, which is on no line.
            [] => {
                // Not one of the source's: it takes no place among `texts`.
                self.node(Kind::Other, Span::default(), Vec::new())
            }
            _ => {
                let span = attempt.body.first().map_or(span, |first| first.span.to(span));
                self.node(Kind::Mixed, span, attempted)
            }
        };
        let recover = self.block(Kind::Other, attempt.recover.span, &attempt.recover.body);
        self.node(Kind::Other, span, vec![attempted, recover])
    }
}

/// Calls `f` with every text, in the order in which `Tree::body` meets them, and whether `strip_text` drops it.
pub(super) fn for_each_text(
    body: &mut Body,
    strip_text: bool,
    f: &mut impl FnMut(&mut Text, bool),
) {
    for element in body {
        match &mut element.kind {
            ElementKind::Text(text) => f(text, strip_text),
            ElementKind::NoParse(text) => f(text, false),
            ElementKind::Assign(Assign { kind: AssignKind::Block { body, .. }, .. }) => {
                for_each_text(body, false, f)
            }
            ElementKind::Macro(definition) => for_each_text(&mut definition.body, false, f),
            ElementKind::If(block) => {
                for branch in &mut block.branches {
                    for_each_text(&mut branch.body, false, f);
                }
            }
            ElementKind::List(list) => {
                for_each_text(&mut list.body, false, f);
                if let Some(otherwise) = &mut list.otherwise {
                    for_each_text(&mut otherwise.body, false, f);
                }
            }
            ElementKind::Items(items) => for_each_text(&mut items.body, false, f),
            ElementKind::Sep(sep) => for_each_text(&mut sep.body, false, f),
            ElementKind::Switch(switch) => {
                for_each_text(&mut switch.lead, strip_text, f);
                for case in &mut switch.cases {
                    for_each_text(&mut case.body, false, f);
                }
            }
            ElementKind::Attempt(attempt) => {
                for_each_text(&mut attempt.body, false, f);
                for_each_text(&mut attempt.recover.body, false, f);
            }
            ElementKind::Call(call) | ElementKind::Transform(call) => {
                if let Some(body) = &mut call.body {
                    for_each_text(body, false, f);
                }
            }
            ElementKind::Escape(escape) => for_each_text(&mut escape.body, false, f),
            ElementKind::OutputFormat(format) => for_each_text(&mut format.body, false, f),
            ElementKind::Compress(body)
            | ElementKind::NoEscape(body)
            | ElementKind::AutoEsc(body)
            | ElementKind::NoAutoEsc(body) => for_each_text(body, false, f),
            ElementKind::Assign(_)
            | ElementKind::Interpolation(_)
            | ElementKind::Comment(_)
            | ElementKind::CommentDirective(_)
            | ElementKind::Break
            | ElementKind::Continue
            | ElementKind::Return(_)
            | ElementKind::Stop(_)
            | ElementKind::Nested(_)
            | ElementKind::Include(_)
            | ElementKind::Import(_)
            | ElementKind::Setting(_)
            | ElementKind::Trim(_)
            | ElementKind::Flush
            | ElementKind::Visit(_)
            | ElementKind::Recurse(_)
            | ElementKind::Fallback
            | ElementKind::Error => (),
        }
    }
}
