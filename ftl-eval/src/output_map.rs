//! Which part of a template wrote which part of the output.

use ftl_parser::Span;

use crate::error::Place;
use crate::program::Program;

/// What wrote the output, by place; from [`crate::Template::render_with_map`].
#[derive(Clone, Debug, Default)]
pub struct OutputMap {
    /// By start in the output, ascending.
    pieces: Vec<(usize, Place, Piece)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    /// Static text: byte for byte from the template.
    Text,
    /// An interpolation.
    Print,
}

impl OutputMap {
    /// What wrote the byte at `offset` of the output: an interpolation, or the byte of static text.
    /// After `#compress` it is the nearest that is known.
    pub fn place(&self, offset: usize) -> Option<Place> {
        let at = self.pieces.partition_point(|piece| piece.0 <= offset).checked_sub(1)?;
        let (start, place, piece) = &self.pieces[at];
        let mut place = place.clone();
        if *piece == Piece::Text {
            let into = u32::try_from(offset - start).unwrap_or(u32::MAX);
            place.span.start =
                place.span.start.saturating_add(into).min(place.span.end.saturating_sub(1));
        }
        Some(place)
    }
}

/// Collects an [`OutputMap`] while rendering.
#[derive(Default)]
pub(crate) struct Written<'a>(Vec<(usize, &'a Program, Span, Piece)>);

impl<'a> Written<'a> {
    /// Notes that `span` writes from `start` on.
    pub(crate) fn note(&mut self, start: usize, program: &'a Program, span: Span, piece: Piece) {
        // What was taken back (by `#attempt` or a capture), or wrote nothing.
        while self.0.last().is_some_and(|last| last.0 >= start) {
            self.0.pop();
        }
        self.0.push((start, program, span, piece));
    }

    pub(crate) fn into_map(self) -> OutputMap {
        let pieces = self.0.into_iter().map(|(start, program, span, piece)| {
            (start, Place { source: program.source.clone(), span }, piece)
        });
        OutputMap { pieces: pieces.collect() }
    }
}
