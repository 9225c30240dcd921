//! The tree of elements: a stack of open blocks, and what each tag does to it.

use super::block::{Block, Open, closable, part_span};
use super::check;
use super::directive::Opened;
use super::literal::Place;
use super::reader::{Read, Reader};
use super::scope::{Loop, LoopKind, Scope as Context, Within};
use super::words::{self, Bad, Dialect, Kind, Name, Word};
use crate::ast::*;
use crate::error::{ParseError, ParseErrorKind};
use crate::source::{Source, Span};
use crate::{ParseOptions, Parsed};

/// Parses a template.
pub(crate) fn template(source: &Source, options: &ParseOptions) -> Parsed {
    let text = source.text();
    let mut context = Context::new(options, source);
    let mut parsed = Parsed { ast: Ast::empty(options), errors: Vec::new() };
    if text.len() > options.max_source_bytes.min(u32::MAX as usize - 1) {
        let message = format!("The template is longer than {} bytes", options.max_source_bytes);
        parsed.errors.push(check::limit(message));
        return parsed;
    }
    let tags = super::header::tag_syntax(text).unwrap_or_else(|| match options.tag_syntax {
        TagSyntax::AutoDetect => {
            words::detect(text, options.interpolation_syntax).unwrap_or_default()
        }
        configured => configured,
    });
    let since = |version| options.incompatible_improvements >= version;
    let strict_tag_ends =
        since((2, 3, 28)) || options.interpolation_syntax == InterpolationSyntax::SquareBracket;
    let dialect = Dialect {
        tags,
        interpolations: options.interpolation_syntax,
        any_sep: !since((2, 3, 34)),
        lax_ends: !strict_tag_ends,
    };
    let words = words::template(text, dialect);
    let reader = Reader::new(text, &words, Place::Template(source), &mut context);
    let mut tree = Tree {
        reader,
        blocks: vec![Block {
            open: Open::Root,
            tag: Span::default(),
            body: Body::new(),
            broken: false,
        }],
        square: tags == TagSyntax::Square,
        strict_tag_ends,
        any_sep: dialect.any_sep,
        unknown_is_text: !since((2, 3, 19)),
        end_closes_raw: !since((2, 3, 21)),
        max_blocks: options.max_directive_depth,
        header: None,
        strip_text: false,
        strip_whitespace: options.whitespace_stripping,
        tag_seen: false,
        text_from: None,
    };
    let body = tree.read();
    let header = tree.header.take();
    let (strip_text, strip_whitespace) = (tree.strip_text, tree.strip_whitespace);
    let ast = &mut parsed.ast;
    ast.header = header;
    ast.tag_syntax = tags;
    ast.naming_convention = context.naming;
    ast.output_format = context.format.name;
    ast.auto_escaping = context.auto_escaping;
    ast.whitespace_stripping = strip_whitespace;
    ast.shifted_literals = context.shifted;
    ast.body = body;
    crate::whitespace::strip(&mut ast.body, source, strip_whitespace, strip_text);
    parsed.errors = context.errors;
    parsed
}

/// Parses the text that `?eval` is given.
pub(crate) fn expression(source: &Source, options: &ParseOptions) -> (Expr, Vec<ParseError>) {
    let text = source.text();
    let whole = Span::new(0, text.len().min(u32::MAX as usize) as u32);
    if text.len() > options.max_source_bytes.min(u32::MAX as usize - 1) {
        let message = format!("The expression is longer than {} bytes", options.max_source_bytes);
        return (Expr { span: whole, kind: ExprKind::Error }, vec![check::limit(message)]);
    }
    let mut context = Context::new(options, source);
    // The parentheses that FreeMarker puts around are no nesting of the text's own.
    context.max_depth = context.max_depth.saturating_add(1);
    let words = words::expression(text);
    let mut reader = Reader::new(text, &words, Place::Template(source), &mut context);
    match reader.expression() {
        Ok(Expr { kind: ExprKind::Paren(inner), .. }) => (*inner, context.errors),
        // `a) + (b` is one expression, too.
        Ok(other) => (other, context.errors),
        Err(fault) => (Expr { span: whole, kind: ExprKind::Error }, vec![*fault]),
    }
}

impl Ast {
    fn empty(options: &ParseOptions) -> Ast {
        Ast {
            body: Body::new(),
            header: None,
            tag_syntax: TagSyntax::Angle,
            interpolation_syntax: options.interpolation_syntax,
            naming_convention: options.naming_convention,
            output_format: options.output_format.clone(),
            auto_escaping: false,
            whitespace_stripping: options.whitespace_stripping,
            shifted_literals: Vec::new(),
        }
    }
}

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

impl Tree<'_> {
    /// Reads the whole template.
    fn read(&mut self) -> Body {
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

    pub(super) fn block(&mut self) -> &mut Block {
        // `read` keeps the root until it is done.
        self.blocks.last_mut().expect("the root block is open")
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

    /// From the start of `word` to the end of the last word that was read.
    pub(super) fn from(&self, word: Word) -> Span {
        self.reader.place.span(word.start, self.reader.before)
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

    fn comment(&mut self, word: Word) -> Read<()> {
        self.reader.next();
        let span = self.reader.word_span(word);
        let text = self.reader.slice(word);
        let closer = if self.square { "--]" } else { "-->" };
        if text.len() >= 7 && text.ends_with(closer) {
            self.push(span, ElementKind::Comment(Span::new(span.start + 4, span.end - 3)));
            return Ok(());
        }
        if let Some(len) = text.get(4..).and_then(|text| self.closed_by_end(text)) {
            let inner = Span::new(span.start + 4, span.start + 4 + len as u32);
            self.push(span, ElementKind::Comment(inner));
            return Ok(());
        }
        Err(self.unclosed(word, 4))
    }

    /// `#noparse` and `#comment`
    fn raw(&mut self, open: Word, name: Name) -> Read<()> {
        self.reader.next();
        let text = self.reader.next();
        let mut inner = self.reader.word_span(text);
        if self.reader.take(Kind::RawEnd).is_none() {
            let Some(len) = self.closed_by_end(self.reader.slice(text)) else {
                return Err(self.unclosed(open, open.end - open.start));
            };
            inner.end = inner.start + len as u32;
        }
        let span = self.from(open);
        let kind = match name {
            Name::Comment => ElementKind::CommentDirective(inner),
            _ => ElementKind::NoParse(Text { span: inner, kept: Vec::new() }),
        };
        self.push(span, kind);
        Ok(())
    }

    /// The length of the content of a comment or `#noparse` that has no end, if the end of the template closes it.
    fn closed_by_end(&self, content: &str) -> Option<usize> {
        // FreeMarker marks the end by a semicolon, and so takes one of the content's own for it.
        let closes = content.ends_with(';') || self.end_closes_raw && !content.is_empty();
        closes.then(|| last_raw_word(content))
    }

    /// A comment, `#comment` or `#noparse` whose opening tag, `len` bytes long, is followed by no end.
    fn unclosed(&mut self, open: Word, len: u32) -> Box<ParseError> {
        if open.start + len == self.reader.text.len() as u32 {
            // FreeMarker wants at least one word within.
            while self.reader.kind() != Kind::End {
                self.reader.next();
            }
            return self.reader.unexpected(&[]);
        }
        let opener = Word { end: open.start + len, ..open };
        let message = format!("Unclosed {}", super::reader::in_quotes(self.reader.slice(opener)));
        self.reader.fault_at(ParseErrorKind::UnexpectedEnd, message, opener)
    }

    fn before_first_case(&self) -> bool {
        matches!(self.blocks.last(), Some(Block { open: Open::Switch { lead: None, .. }, .. }))
    }

    fn allowed_before_first_case(&self, word: Word) -> bool {
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

    /// `word` is no content: it goes on with the open block, ends it, or is out of place.
    fn end_content(&mut self, word: Word) -> Read<()> {
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
    fn fits(&self, index: usize, word: Word) -> bool {
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

    pub(super) fn report(&mut self, fault: ParseError) {
        if self.reader.scope.errors.len() < crate::MAX_ERRORS {
            self.reader.scope.errors.push(fault);
        }
    }

    /// The next part of the innermost block, if `word` begins one.
    fn part(&mut self, word: Word) -> Read<bool> {
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

    /// Reports the fault of a tag whose place in the tree is known nevertheless.
    fn broken_expression(&mut self, word: Word, fault: ParseError) -> Expr {
        self.report(fault);
        self.skip_tag();
        Expr { span: self.from(word), kind: ExprKind::Error }
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

    fn end_of_content(&self) -> u32 {
        self.reader.words[self.reader.at].start.max(self.reader.before)
    }

    /// Closes the innermost block. `end` is where its end tag ends, or its content.
    fn close(&mut self, end: u32, tagged: bool) {
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

    /// Reports the fault of the tag or interpolation that begins with `word`, and goes on behind it.
    fn broken_tag(&mut self, word: Word, mut fault: ParseError) {
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

    /// Goes behind the end of the tag or interpolation that is being read.
    pub(super) fn skip_tag(&mut self) {
        let reader = &mut self.reader;
        reader.blank_is_word = false;
        reader.named = super::reader::Named::No;
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
}

/// Where the last word of the content of a comment or `#noparse` begins, which FreeMarker takes for its end. A word is one
/// of the characters that may begin an end, an end of another kind, or what is between.
fn last_raw_word(content: &str) -> usize {
    const SPECIAL: [char; 3] = ['<', '[', '-'];
    let end_of_other_kind = |at: usize| {
        let after = content[at..].strip_prefix(['<', '['])?.strip_prefix('/')?;
        let name = after.strip_prefix('#').unwrap_or(after);
        let rest = name.trim_start_matches(|c: char| c.is_ascii_alphabetic());
        let closer = rest.trim_start_matches([' ', '\t', '\n', '\r']).strip_prefix(['>', ']'])?;
        (rest.len() < name.len()).then(|| content.len() - closer.len())
    };
    let comment_end =
        |at: usize| content[at..].starts_with("-->") || content[at..].starts_with("--]");
    let mut at = 0;
    let mut last = 0;
    while at < content.len() {
        last = at;
        at = if let Some(end) = end_of_other_kind(at) {
            end
        } else if comment_end(at) {
            at + 3
        } else if content[at..].starts_with(SPECIAL) {
            at + 1
        } else {
            content[at..].find(SPECIAL).map_or(content.len(), |len| at + len)
        };
    }
    last
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

/// Words after which no content of the open block can follow.
fn ends_content(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Directive(Name::ElseIf | Name::Case | Name::On | Name::Ftl)
            | Kind::Bare(Name::Else | Name::Default | Name::Recover | Name::Ftl)
    )
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
