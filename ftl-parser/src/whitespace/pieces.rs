//! Texts as the pieces that are left of them.

use super::Tree;
use crate::source::Span;

impl Tree<'_> {
    pub(super) fn chars<'p>(
        &'p self,
        pieces: &'p [Span],
    ) -> impl Iterator<Item = char> + Clone + 'p {
        pieces.iter().flat_map(|&piece| self.source.slice(piece).chars())
    }

    pub(super) fn is_blank(&self, pieces: &[Span]) -> bool {
        self.chars(pieces).all(|c| c <= ' ')
    }

    pub(super) fn len(&self, text: usize) -> usize {
        self.texts[text].iter().map(|piece| piece.len()).sum()
    }

    pub(super) fn chars_from(
        &self,
        text: usize,
        from: usize,
    ) -> impl Iterator<Item = char> + Clone + use<'_> {
        let mut skip = from;
        self.texts[text].iter().flat_map(move |piece| {
            let slice = self.source.slice(*piece);
            let skipped = skip.min(slice.len());
            skip -= skipped;
            slice[skipped..].chars()
        })
    }

    pub(super) fn first_break(&self, text: usize) -> Option<usize> {
        self.first_break_from(text, 0)
    }

    pub(super) fn first_break_from(&self, text: usize, from: usize) -> Option<usize> {
        self.find(text, from, is_break)
    }

    pub(super) fn first_not_blank(&self, text: usize, from: usize) -> Option<usize> {
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
    pub(super) fn after_break(&self, text: usize, at: usize) -> usize {
        let mut chars = self.chars_from(text, at);
        let crlf = chars.next() == Some('\r') && chars.next() == Some('\n');
        at + 1 + usize::from(crlf)
    }

    pub(super) fn last_break(&self, text: usize) -> Option<usize> {
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
    pub(super) fn cut(&mut self, text: usize, from: usize, to: usize) {
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

pub(super) fn is_break(c: char) -> bool {
    c == '\n' || c == '\r'
}
