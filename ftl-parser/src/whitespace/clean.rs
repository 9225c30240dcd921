//! What FreeMarker does to its tree: texts lose white space, and elements that came to nothing are removed.

use super::pieces::is_break;
use super::{Kind, Tree, is_java_whitespace};
use crate::ast::Trim;

impl Tree<'_> {
    pub(super) fn clean(&mut self, id: usize) {
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
