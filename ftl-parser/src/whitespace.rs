//! White-space stripping: which text each `Text` node keeps.
//!
//! FreeMarker strips after parsing, in the order of the tree, and what it did to one text changes what it does to the
//! next: a text that lost its first line begins a line later, an element that was removed is no neighbour any more.
//! So its tree is built once more, with as much as that needs, and the same is done to it.

use crate::ast::*;
use crate::source::{Source, Span};

/// Sets `kept` of every text. `strip` is the setting; trim directives work without it. With `strip_text` the template
/// has no text at its top level.
pub(crate) fn strip(body: &mut Body, source: &Source, strip: bool, strip_text: bool) {
    let mut tree = Tree { source, nodes: Vec::new(), texts: Vec::new(), strip };
    let children = tree.body(body, strip_text);
    let root = match children.as_slice() {
        &[only] => Some(only),
        [] => None,
        _ => Some(tree.node(Kind::Mixed, Span::default(), children)),
    };
    if let Some(root) = root {
        tree.clean(root);
    }
    let mut texts = tree.texts.into_iter();
    for_each_text(body, strip_text, &mut |text, dropped| {
        text.kept = if dropped { Vec::new() } else { texts.next().unwrap_or_default() };
    });
}

/// `Character.isWhitespace`
pub(crate) fn is_java_whitespace(c: char) -> bool {
    match c {
        '\u{9}'..='\u{D}' | '\u{1C}'..='\u{20}' => true,
        '\u{A0}' | '\u{2007}' | '\u{202F}' => false,
        '\u{1680}'
        | '\u{2000}'..='\u{200A}'
        | '\u{2028}'
        | '\u{2029}'
        | '\u{205F}'
        | '\u{3000}' => true,
        _ => false,
    }
}

/// What FreeMarker's stripping asks of an element.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// With its index in `Tree::texts`.
    Text(usize),
    Interpolation,
    Trim(Trim),
    /// Prints nothing: inline assignments, settings, imports, comments.
    Silent,
    /// Prints nothing, and a leaf whatever is in it.
    Macro,
    /// A leaf whatever is in it.
    BlockAssignment,
    /// Removed when it is empty.
    Removable,
    /// The whole template, or what is attempted, when it has several elements. Removed when it is empty.
    Mixed,
    Other,
}

struct Node {
    kind: Kind,
    parent: Option<usize>,
    /// Among its parent's children.
    index: usize,
    children: Vec<usize>,
    first_line: u32,
    last_line: u32,
    begins_line: bool,
}

struct Tree<'a> {
    source: &'a Source,
    nodes: Vec<Node>,
    /// What is left of each text.
    texts: Vec<Vec<Span>>,
    strip: bool,
}

/// Building
impl Tree<'_> {
    fn node(&mut self, kind: Kind, span: Span, children: Vec<usize>) -> usize {
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

    fn body(&mut self, body: &Body, strip_text: bool) -> Vec<usize> {
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

/// Cleaning
impl Tree<'_> {
    fn clean(&mut self, id: usize) {
        if let Kind::Text(text) = self.nodes[id].kind {
            return self.clean_text(id, text);
        }
        for at in 0..self.nodes[id].children.len() {
            self.clean(self.nodes[id].children[at]);
        }
        // FreeMarker removes while it looks, so the neighbour before is one that is left.
        let children = std::mem::take(&mut self.nodes[id].children);
        let mut left: Vec<usize> = Vec::with_capacity(children.len());
        for (at, &child) in children.iter().enumerate() {
            if self.is_removed(child, left.last().copied(), children.get(at + 1).copied()) {
                if let Kind::Text(text) = self.nodes[child].kind {
                    self.texts[text].clear();
                }
            } else {
                self.nodes[child].index = left.len();
                left.push(child);
            }
        }
        self.nodes[id].children = left;
    }

    fn is_removed(&self, id: usize, before: Option<usize>, after: Option<usize>) -> bool {
        match self.nodes[id].kind {
            Kind::Text(text) if self.texts[text].is_empty() => true,
            Kind::Text(_) => self.strip && self.is_idle(id, before, after),
            Kind::Trim(_) => true,
            Kind::Removable | Kind::Mixed => self.nodes[id].children.is_empty(),
            _ => false,
        }
    }

    /// Whether a text is nothing but the white space between elements that print nothing.
    fn is_ignorable(&self, id: usize) -> bool {
        self.is_idle(id, self.sibling(id, -1), self.sibling(id, 1))
    }

    fn is_idle(&self, id: usize, before: Option<usize>, after: Option<usize>) -> bool {
        let Kind::Text(text) = self.nodes[id].kind else { return false };
        if !self.is_blank(&self.texts[text]) {
            return false;
        }
        let at_top = self.is_at_top(id);
        let silent = |sibling: Option<usize>| match sibling {
            None => at_top,
            Some(sibling) => matches!(self.nodes[sibling].kind, Kind::Silent | Kind::Macro),
        };
        self.texts[text].is_empty() || silent(before) && silent(after)
    }

    fn is_at_top(&self, id: usize) -> bool {
        match self.nodes[id].parent {
            None => true,
            Some(parent) => {
                self.nodes[parent].parent.is_none() && self.nodes[parent].kind == Kind::Mixed
            }
        }
    }

    fn sibling(&self, id: usize, step: isize) -> Option<usize> {
        let node = &self.nodes[id];
        let siblings = &self.nodes[node.parent?].children;
        siblings.get(node.index.checked_add_signed(step)?).copied()
    }

    /// The next leaf of the tree (`step` 1), or the one before (-1).
    fn leaf(&self, id: usize, step: isize) -> Option<usize> {
        let mut at = id;
        let mut leaf = loop {
            if let Some(sibling) = self.sibling(at, step) {
                break sibling;
            }
            at = self.nodes[at].parent?;
        };
        loop {
            let node = &self.nodes[leaf];
            if matches!(node.kind, Kind::Macro | Kind::BlockAssignment) {
                return Some(leaf);
            }
            let child = if step > 0 { node.children.first() } else { node.children.last() };
            match child {
                Some(&child) => leaf = child,
                None => return Some(leaf),
            }
        }
    }

    /// The leaves after `id` that begin on the line where it ends.
    fn following(&self, id: usize) -> impl Iterator<Item = usize> + use<'_> {
        let line = self.nodes[id].last_line;
        std::iter::successors(self.leaf(id, 1), |&leaf| self.leaf(leaf, 1))
            .take_while(move |&leaf| self.nodes[leaf].first_line == line)
    }

    /// The leaves before `id`, backwards, that end on the line where it begins.
    fn preceding(&self, id: usize) -> impl Iterator<Item = usize> + use<'_> {
        let line = self.nodes[id].first_line;
        std::iter::successors(self.leaf(id, -1), |&leaf| self.leaf(leaf, -1))
            .take_while(move |&leaf| self.nodes[leaf].last_line == line)
    }

    /// Whether the line of this leaf is kept for it, looking at it from before.
    fn heeds_trailing(&self, id: usize) -> bool {
        match self.nodes[id].kind {
            Kind::Interpolation => true,
            Kind::Text(text) if !self.is_ignorable(id) => {
                let first =
                    self.chars(&self.texts[text]).find(|&c| is_break(c) || !is_java_whitespace(c));
                first.is_none_or(|c| !is_break(c))
            }
            _ => false,
        }
    }

    /// Whether the line of this leaf is kept for it, looking at it from behind.
    fn heeds_opening(&self, id: usize) -> bool {
        match self.nodes[id].kind {
            Kind::Interpolation => true,
            Kind::Text(text) if !self.is_ignorable(id) => {
                let pieces = self.texts[text].iter().rev();
                let mut chars = pieces.flat_map(|&piece| self.source.slice(piece).chars().rev());
                chars.find(|&c| is_break(c) || !is_java_whitespace(c)).is_none_or(|c| !is_break(c))
            }
            _ => false,
        }
    }

    fn clean_text(&mut self, id: usize, text: usize) {
        if self.texts[text].is_empty() {
            return;
        }
        // Only the ends of lines are stripped, and a text within a line has none.
        if !self.nodes[id].begins_line && self.first_break(text).is_none() {
            return;
        }
        let left_trimmed = self.trim_left(id, text);
        let right_trimmed = self.trim_right(id, text);
        if !self.strip || self.texts[text].is_empty() {
            return;
        }
        if self.is_at_top(id) && self.sibling(id, -1).is_none() {
            return;
        }
        let trailing = if left_trimmed { 0 } else { self.trailing_to_strip(id, text) };
        let opening = if right_trimmed { 0 } else { self.opening_to_strip(id, text) };
        if opening == 0 && trailing == 0 {
            return;
        }
        // Where both would take the whole, there is nothing left to take twice.
        let len = self.len(text);
        self.cut(text, len.saturating_sub(trailing), len);
        self.cut(text, 0, opening.min(len));
        if opening > 0 {
            self.nodes[id].first_line += 1;
            self.nodes[id].begins_line = true;
        }
    }

    /// Does what `#t` and `#lt` after the text say. Whether there is one, or `#nt`.
    fn trim_left(&mut self, id: usize, text: usize) -> bool {
        let mut found = false;
        let mut trims = false;
        for leaf in self.following(id) {
            if let Kind::Trim(trim) = self.nodes[leaf].kind {
                found |= trim != Trim::Right;
                trims |= matches!(trim, Trim::Both | Trim::Left);
            }
        }
        let last_break = self.last_break(text);
        // To trim once more changes nothing.
        if trims && (last_break.is_some() || self.nodes[id].begins_line) {
            let line = last_break.map_or(0, |at| at + 1);
            let last_line = self.chars_from(text, line);
            let blanks: usize = match last_line.clone().all(|c| c <= ' ') {
                true => last_line.map(char::len_utf8).sum(),
                false => last_line.take_while(|&c| is_java_whitespace(c)).map(char::len_utf8).sum(),
            };
            self.cut(text, line, line + blanks);
        }
        found
    }

    /// Does what `#t` and `#rt` before the text say. Whether there is one, or `#nt`.
    fn trim_right(&mut self, id: usize, text: usize) -> bool {
        let mut found = false;
        let mut trims = 0;
        for leaf in self.preceding(id) {
            if let Kind::Trim(trim) = self.nodes[leaf].kind {
                found |= trim != Trim::Left;
                trims += usize::from(matches!(trim, Trim::Both | Trim::Right));
            }
        }
        if trims == 0 {
            return found;
        }
        let len = self.len(text);
        let mut cuts: Vec<(usize, usize)> = Vec::new();
        // From where a line is looked for; the lines before have lost their breaks.
        let mut from = 0;
        let mut not_blank = None;
        let mut keeps_line = None;
        for _ in 0..trims {
            let Some(at) = self.first_break_from(text, from) else {
                found = false;
                break;
            };
            let line = self.after_break(text, at);
            if from == 0 && self.first_not_blank(text, 0).is_none_or(|at| at >= line) {
                cuts.push((0, line));
                self.nodes[id].first_line += 1;
                self.nodes[id].begins_line = true;
                break;
            }
            let content = self.chars_from(text, from).take_while(|&c| !is_break(c));
            let mut printable = from;
            let mut end = from;
            for c in content {
                end += c.len_utf8();
                if !is_java_whitespace(c) {
                    printable = end;
                }
            }
            cuts.push((printable, line));
            if not_blank.is_none_or(|at| at < line) {
                not_blank = Some(self.first_not_blank(text, line).unwrap_or(len));
            }
            from = line;
            if not_blank == Some(len) && !*keeps_line.get_or_insert_with(|| self.line_is_kept(id)) {
                cuts.push((line, len));
                from = len;
            }
        }
        for (from, to) in cuts.into_iter().rev() {
            self.cut(text, from, to);
        }
        found
    }

    /// Whether the blank rest of a text stays where trimming meets it.
    fn line_is_kept(&self, id: usize) -> bool {
        let mut kept = false;
        for leaf in self.following(id) {
            kept |= self.heeds_opening(leaf);
            if matches!(self.nodes[leaf].kind, Kind::Trim(Trim::Both | Trim::Left)) {
                return false;
            }
        }
        kept
    }

    /// How many bytes of white space and line break go at the start, for only blank things stand before on the line.
    fn opening_to_strip(&self, id: usize, text: usize) -> usize {
        let first_break = self.first_break(text);
        if first_break.is_none() && !self.nodes[id].begins_line {
            return 0;
        }
        let line = first_break.map_or(0, |at| self.after_break(text, at));
        let blank = self.first_not_blank(text, 0).is_none_or(|at| at >= line);
        if !blank || self.preceding(id).any(|leaf| self.heeds_opening(leaf)) { 0 } else { line }
    }

    /// How many bytes of white space go at the end, for only blank things follow on the line.
    fn trailing_to_strip(&self, id: usize, text: usize) -> usize {
        let last_break = self.last_break(text);
        if last_break.is_none() && !self.nodes[id].begins_line {
            return 0;
        }
        let line = last_break.map_or(0, |at| at + 1);
        if !self.chars_from(text, line).all(|c| c <= ' ')
            || self.following(id).any(|leaf| self.heeds_trailing(leaf))
        {
            return 0;
        }
        self.len(text) - line
    }
}

/// Texts as the pieces that are left of them
impl Tree<'_> {
    fn chars<'p>(&'p self, pieces: &'p [Span]) -> impl Iterator<Item = char> + Clone + 'p {
        pieces.iter().flat_map(|&piece| self.source.slice(piece).chars())
    }

    fn is_blank(&self, pieces: &[Span]) -> bool {
        self.chars(pieces).all(|c| c <= ' ')
    }

    fn len(&self, text: usize) -> usize {
        self.texts[text].iter().map(|piece| piece.len()).sum()
    }

    fn chars_from(&self, text: usize, from: usize) -> impl Iterator<Item = char> + Clone + use<'_> {
        let mut skip = from;
        self.texts[text].iter().flat_map(move |piece| {
            let slice = self.source.slice(*piece);
            let skipped = skip.min(slice.len());
            skip -= skipped;
            slice[skipped..].chars()
        })
    }

    fn first_break(&self, text: usize) -> Option<usize> {
        self.first_break_from(text, 0)
    }

    fn first_break_from(&self, text: usize, from: usize) -> Option<usize> {
        self.find(text, from, is_break)
    }

    fn first_not_blank(&self, text: usize, from: usize) -> Option<usize> {
        self.find(text, from, |c| c > ' ')
    }

    fn find(&self, text: usize, from: usize, wanted: impl Fn(char) -> bool) -> Option<usize> {
        let mut before = 0;
        for &piece in &self.texts[text] {
            let slice = self.source.slice(piece);
            let skipped = from.saturating_sub(before).min(slice.len());
            if let Some(at) = slice[skipped..].find(&wanted) {
                return Some(before + skipped + at);
            }
            before += slice.len();
        }
        None
    }

    /// Behind the line break at byte `at`; a CRLF is one.
    fn after_break(&self, text: usize, at: usize) -> usize {
        let mut chars = self.chars_from(text, at);
        let crlf = chars.next() == Some('\r') && chars.next() == Some('\n');
        at + 1 + usize::from(crlf)
    }

    fn last_break(&self, text: usize) -> Option<usize> {
        let mut after = self.len(text);
        for &piece in self.texts[text].iter().rev() {
            let slice = self.source.slice(piece);
            after -= slice.len();
            if let Some(at) = slice.rfind(is_break) {
                return Some(after + at);
            }
        }
        None
    }

    /// Takes the bytes `from..to` of what is left of a text away.
    fn cut(&mut self, text: usize, from: usize, to: usize) {
        if from >= to {
            return;
        }
        let mut at = 0;
        let mut left = Vec::with_capacity(self.texts[text].len() + 1);
        for &piece in &self.texts[text] {
            let (start, end) = (at, at + piece.len());
            at = end;
            let kept_before = Span::new(
                piece.start,
                piece.start + from.clamp(start, end).saturating_sub(start) as u32,
            );
            let kept_after = Span::new(
                piece.start + to.clamp(start, end).saturating_sub(start) as u32,
                piece.end,
            );
            if kept_before.end == kept_after.start {
                left.push(piece);
                continue;
            }
            left.extend([kept_before, kept_after].into_iter().filter(|piece| !piece.is_empty()));
        }
        self.texts[text] = left;
    }
}

fn is_break(c: char) -> bool {
    c == '\n' || c == '\r'
}

/// Calls `f` with every text, in the order in which `Tree::body` meets them, and whether `strip_text` drops it.
fn for_each_text(body: &mut Body, strip_text: bool, f: &mut impl FnMut(&mut Text, bool)) {
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
