//! The tree of elements: a stack of open blocks, and what each tag does to it.

mod close;
mod end;
mod part;
mod raw;
mod recovery;

use super::block::{Block, Open};
use super::check;
use super::directive::Opened;
use super::reader::{Read, Reader};
use super::words::{self, Bad, Dialect, Kind, Name, Word};
use crate::ParseOptions;
use crate::ast::*;
use crate::error::ParseErrorKind;
use crate::source::Span;

pub(super) struct Tree<'a> {
    pub(super) reader: Reader<'a>,
    pub(super) blocks: Vec<Block>,
    /// Tags are written `[#…]`.
    pub(super) square: bool,
    /// Since 2.3.28 a tag must end with the bracket kind it began with.
    strict_tag_ends: bool,
    /// Before 2.3.34 `#sep` is a tag in any brackets.
    any_sep: bool,
    /// Before 2.3.19 an unknown directive is text, unless a tag came before.
    unknown_is_text: bool,
    /// Before 2.3.21 the end of the template ends a comment or `#noparse`.
    end_closes_raw: bool,
    max_blocks: usize,
    pub(super) header: Option<Header>,
    pub(super) strip_text: bool,
    pub(super) strip_whitespace: bool,
    /// A tag has been read, so that the tag syntax is established.
    tag_seen: bool,
    /// The word of the text after the header, and where the text begins.
    pub(super) text_from: Option<(usize, u32)>,
}

impl<'a> Tree<'a> {
    pub(super) fn new(reader: Reader<'a>, dialect: Dialect, options: &ParseOptions) -> Self {
        let since = |version| options.incompatible_improvements >= version;
        Tree {
            reader,
            blocks: vec![Block {
                open: Open::Root,
                tag: Span::default(),
                body: Body::new(),
                broken: false,
            }],
            square: dialect.tags == TagSyntax::Square,
            strict_tag_ends: !dialect.lax_ends,
            any_sep: dialect.any_sep,
            unknown_is_text: !since((2, 3, 19)),
            end_closes_raw: !since((2, 3, 21)),
            max_blocks: options.max_directive_depth,
            header: None,
            strip_text: false,
            strip_whitespace: options.whitespace_stripping,
            tag_seen: false,
            text_from: None,
        }
    }

    /// Reads the whole template.
    pub(super) fn read(&mut self) -> Body {
        self.read_header();
        let scope = &self.reader.scope;
        if scope.policy == crate::AutoEscapingPolicy::Force && !scope.format.markup {
            let message = check::forced_format_message(&scope.format);
            let span = self.header.as_ref().map_or(Span::default(), |header| header.span);
            let fault = self.reader.fault(ParseErrorKind::Semantic, message, span, span.start);
            self.report(*fault);
        }
        loop {
            let word = self.reader.peek();
            if let Err(fault) = self.element(word) {
                let limit =
                    fault.kind == ParseErrorKind::Limit && self.blocks.len() > self.max_blocks;
                self.broken_tag(word, *fault);
                let limit = limit || self.reader.scope.errors.len() >= crate::MAX_ERRORS;
                if limit {
                    break;
                }
            }
            if word.kind == Kind::End {
                break;
            }
        }
        while self.blocks.len() > 1 {
            self.close(self.end_of_content(), false);
        }
        self.blocks.pop().map(|root| root.body).unwrap_or_default()
    }

    /// Reads one element, or what opens or ends a block.
    fn element(&mut self, word: Word) -> Read<()> {
        match word.kind {
            Kind::Bare(_) | Kind::EndDirective(_) | Kind::RawOpen(_) => self.check_tag_end(word)?,
            _ => (),
        }
        if let Kind::Bare(name)
        | Kind::Directive(name)
        | Kind::EndDirective(name)
        | Kind::RawOpen(name) = word.kind
            && name.tells_convention()
        {
            let camel = words::name_in_tag(self.reader.slice(word))
                .contains(|c: char| c.is_ascii_uppercase());
            let convention =
                if camel { NamingConvention::CamelCase } else { NamingConvention::Legacy };
            self.reader.follow_convention(convention, word)?;
        }
        if word.kind == Kind::UnknownDirective && self.unknown_is_text && !self.tag_seen {
            self.reader.next();
            self.push_text(self.reader.word_span(word));
            if let Some(rest) =
                self.reader.take(Kind::UnknownRest).filter(|rest| rest.start < rest.end)
            {
                self.push_text(self.reader.word_span(rest));
            }
            return Ok(());
        }
        self.tag_seen |= !matches!(
            word.kind,
            Kind::Text | Kind::Dollar | Kind::Hash | Kind::Square | Kind::CallEnd
        );
        if self.before_first_case() && !self.allowed_before_first_case(word) {
            let mut at = word;
            if word.kind == Kind::Text {
                // White space may stand there; what follows it may not.
                let text = self.reader.slice(word);
                let blank = text.len() - text.trim_start_matches([' ', '\t', '\n', '\r']).len();
                at.start += blank as u32;
            }
            let fault = self.reader.unexpected_word(at, &["#switch"]);
            if !self.block().broken {
                self.block().broken = true;
                return Err(fault);
            }
        }
        let span = self.reader.word_span(word);
        match word.kind {
            Kind::Text => {
                let mut span = span;
                if let Some((at, start)) = self.text_from
                    && at == self.reader.at
                {
                    span.start = start;
                }
                self.reader.next();
                if span.is_empty() {
                    return Ok(());
                }
                self.check_foreign_header(word)?;
                self.push_text(span);
            }
            Kind::Dollar | Kind::Hash | Kind::Square => {
                let interpolation = self.reader.interpolation()?;
                let span = self.from(word);
                self.push(span, ElementKind::Interpolation(interpolation));
            }
            Kind::Comment => self.comment(word)?,
            Kind::RawOpen(name) => self.raw(word, name)?,
            Kind::Call => {
                let opened = self.call()?;
                self.opened(word, opened)?;
            }
            Kind::Directive(name) | Kind::Bare(name) if !ends_content(word.kind) => {
                let opened = self.directive(word, name)?;
                self.opened(word, opened)?;
            }
            _ => self.end_content(word)?,
        }
        Ok(())
    }

    /// Before the first tag FreeMarker takes `#ftl` of the other bracket kind for a header, and that is out of place.
    fn check_foreign_header(&self, text: Word) -> Read<()> {
        if self.tag_seen || self.header.is_some() {
            return Ok(());
        }
        let opener = if self.square { "<#ftl" } else { "[#ftl" };
        let whole = self.reader.slice(text);
        for (at, _) in whole.match_indices(opener) {
            let after = &whole[at + opener.len()..];
            let len = match after.as_bytes() {
                [b' ' | b'\t' | b'\n' | b'\r' | b'>' | b']', ..] => 1,
                [b'/', b'>' | b']', ..] => 2,
                _ => continue,
            };
            let start = text.start + at as u32;
            let end = start + (opener.len() + len) as u32;
            return Err(self
                .reader
                .unexpected_word(Word { kind: Kind::Bare(Name::Ftl), start, end }, &[]));
        }
        Ok(())
    }

    fn check_tag_end(&self, word: Word) -> Read<()> {
        let closes_square = self.reader.slice(word).ends_with(']');
        let is_header = matches!(word.kind, Kind::Bare(Name::Ftl));
        if self.any_sep && word.kind == Kind::Bare(Name::Sep) {
            return Ok(());
        }
        if closes_square == self.square || is_header || !self.strict_tag_ends {
            return Ok(());
        }
        Err(self.reader.bad(word, Bad::TagEnd))
    }

    fn opened(&mut self, word: Word, opened: Opened) -> Read<()> {
        let tag = self.from(word);
        match opened {
            Opened::Element(kind) => self.push(tag, kind),
            Opened::Block(_) if self.blocks.len() > self.max_blocks => {
                let message =
                    format!("Directives are nested deeper than {} levels", self.max_blocks);
                return Err(self.reader.fault_at(ParseErrorKind::Limit, message, word));
            }
            Opened::Block(open) => {
                self.blocks.push(Block { open, tag, body: Body::new(), broken: false })
            }
        }
        Ok(())
    }

    pub(super) fn block(&mut self) -> &mut Block {
        // `read` keeps the root until it is done.
        self.blocks.last_mut().expect("the root block is open")
    }

    /// From the start of `word` to the end of the last word that was read.
    pub(super) fn from(&self, word: Word) -> Span {
        self.reader.place.span(word.start, self.reader.before)
    }

    fn push(&mut self, span: Span, kind: ElementKind) {
        self.block().body.push(Element { span, kind });
    }

    /// Text, of which there is one element however it was read.
    fn push_text(&mut self, span: Span) {
        if let Some(Element { span: before, kind: ElementKind::Text(text) }) =
            self.block().body.last_mut()
            && before.end == span.start
        {
            before.end = span.end;
            text.span.end = span.end;
            return;
        }
        self.push(span, ElementKind::Text(Text { span, kept: Vec::new() }));
    }
}

/// Words after which no content of the open block can follow.
fn ends_content(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Directive(Name::ElseIf | Name::Case | Name::On | Name::Ftl)
            | Kind::Bare(Name::Else | Name::Default | Name::Recover | Name::Ftl)
    )
}
