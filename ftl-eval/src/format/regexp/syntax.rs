//! Patterns as java.util.regex reads them: groups, alternatives, quantifiers.
//!
//! What counts as an error, where it is found, and how odd cases are read (`{1}` repeats nothing,
//! `a{2}{3}` too, `]` is a literal) follow JDK 17.

use std::sync::Arc;

use super::ast::{Assertion, Ast, Fold, Greed, Node, NodeId, Reach, Repetition, UNBOUNDED};
use super::class::{self, Class, Item, is_supplementary};
use super::escape::{Context, Escape};
use super::reader::Reader;
use super::{Flags, PatternError};

/// Groups within groups, and brackets within brackets. What walks the tree recurses this deep.
pub(super) const MAX_NESTING: usize = 100;

/// The longest pattern in code points: reading one is not counted in steps.
pub(super) const MAX_LENGTH: usize = 1 << 18;

/// What Java says when its own stack ends here.
pub(super) const TOO_DEEP: &str = "Stack overflow during pattern compilation";

pub(super) fn parse(pattern: &str, flags: Flags) -> Result<Ast, PatternError> {
    let unicode = flags.contains(Flags::UNICODE_CHARACTER_CLASS);
    let flags = if unicode { flags | Flags::UNICODE_CASE } else { flags };
    let mut parser = Parser {
        reader: Reader::new(pattern, flags),
        ast: Ast::default(),
        top_loops: Vec::new(),
        has_back_reference: false,
    };
    if parser.reader.len() > MAX_LENGTH {
        return Err(parser.reader.error("Pattern too long"));
    }
    parser.ast.by_code_point = parser.reader.has_supplementary(0);
    parser.ast.root = parser.pattern()?;
    if !parser.has_back_reference {
        parser.ast.remembering = parser.top_loops;
    }
    Ok(parser.ast)
}

pub(super) struct Parser<'p> {
    pub(super) reader: Reader<'p>,
    pub(super) ast: Ast,
    /// Greedy loops without upper bound that are in no repeated group and no look-behind.
    top_loops: Vec<u32>,
    pub(super) has_back_reference: bool,
}

/// A group whose end has not been read.
struct Open {
    kind: Kind,
    alternatives: Vec<Option<NodeId>>,
    sequence: Vec<NodeId>,
    outer_flags: Flags,
    outer_loops: usize,
    /// Where the content begins.
    start: usize,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Pattern,
    Plain,
    Capture(u32),
    LookAhead { negated: bool },
    LookBehind { negated: bool },
    Atomic,
}

impl Open {
    fn end_alternative(&mut self, ast: &mut Ast) {
        let sequence = std::mem::take(&mut self.sequence);
        let alternative = (!sequence.is_empty()).then(|| ast.add(Node::Sequence(sequence)));
        self.alternatives.push(alternative);
    }

    fn end(mut self, ast: &mut Ast) -> NodeId {
        self.end_alternative(ast);
        match *self.alternatives {
            [Some(only)] => only,
            [None] => ast.add(Node::Sequence(Vec::new())),
            _ => ast.add(Node::Alternatives(self.alternatives)),
        }
    }
}

impl Parser<'_> {
    fn flag(&self, flag: Flags) -> bool {
        self.reader.flags.contains(flag)
    }

    fn pattern(&mut self) -> Result<NodeId, PatternError> {
        let mut open = vec![self.open(Kind::Pattern)];
        loop {
            let c = self.reader.peek();
            let outermost = open.len() == 1;
            let Some(group) = open.last_mut() else {
                return Err(self.reader.error("Unexpected internal error"));
            };
            match u8::try_from(c).unwrap_or(b'x') {
                b'(' => {
                    if let Some(group) = self.open_group()? {
                        open.push(group);
                        if open.len() > MAX_NESTING {
                            return Err(self.reader.error(TOO_DEEP));
                        }
                    }
                }
                b'|' => {
                    group.end_alternative(&mut self.ast);
                    self.reader.next();
                }
                b')' if outermost => return Err(self.reader.error("Unmatched closing ')'")),
                0 if outermost && self.reader.is_at_end() => {
                    if self.reader.cursor() != self.reader.len() {
                        return Err(self.reader.error("Unexpected internal error"));
                    }
                    return Ok(open.swap_remove(0).end(&mut self.ast));
                }
                0 if !self.reader.is_at_end() => group.sequence.push(self.piece(c)?),
                0 | b')' => {
                    let Some(group) = open.pop() else { continue };
                    let node = self.close_group(group)?;
                    if let Some(outer) = open.last_mut() {
                        outer.sequence.push(node);
                    }
                }
                _ => group.sequence.push(self.piece(c)?),
            }
        }
    }

    fn open(&self, kind: Kind) -> Open {
        Open {
            kind,
            alternatives: Vec::new(),
            sequence: Vec::new(),
            outer_flags: self.reader.flags,
            outer_loops: self.top_loops.len(),
            start: self.reader.cursor(),
        }
    }

    /// The start of a group; nothing for one that only sets flags.
    fn open_group(&mut self) -> Result<Option<Open>, PatternError> {
        // Flags that the group sets itself end with it.
        let mut group = self.open(Kind::Plain);
        if self.reader.next() != u32::from(b'?') {
            group.kind = self.capture();
            return Ok(Some(group));
        }
        group.kind = match char::from_u32(self.reader.skip()).unwrap_or('\0') {
            ':' => Kind::Plain,
            '=' => Kind::LookAhead { negated: false },
            '!' => Kind::LookAhead { negated: true },
            '>' => Kind::Atomic,
            '<' => match self.reader.read() {
                0x3d => Kind::LookBehind { negated: false },
                0x21 => Kind::LookBehind { negated: true },
                first => {
                    let name = self.group_name(first)?;
                    if self.group_by_name(&name).is_some() {
                        let text = format!("Named capturing group <{name}> is already defined");
                        return Err(self.reader.error(text));
                    }
                    let kind = self.capture();
                    self.ast.names.push((name, self.ast.groups));
                    kind
                }
            },
            '$' | '@' => return Err(self.reader.error("Unknown group type")),
            _ => {
                self.reader.unread();
                self.inline_flags();
                match self.reader.read() {
                    0x29 => return Ok(None),
                    0x3a => Kind::Plain,
                    _ => return Err(self.reader.error("Unknown inline modifier")),
                }
            }
        };
        group.start = self.reader.cursor();
        Ok(Some(group))
    }

    fn capture(&mut self) -> Kind {
        self.ast.groups += 1;
        Kind::Capture(self.ast.groups)
    }

    pub(super) fn group_by_name(&self, name: &str) -> Option<u32> {
        self.ast.names.iter().find(|(known, _)| known == name).map(|&(_, group)| group)
    }

    pub(super) fn group_name(&mut self, first: u32) -> Result<String, PatternError> {
        let ascii = |c: u32| u8::try_from(c).ok().filter(u8::is_ascii_alphanumeric).map(char::from);
        let mut name = String::new();
        match ascii(first).filter(char::is_ascii_alphabetic) {
            Some(c) => name.push(c),
            None => {
                let text = "capturing group name does not start with a Latin letter";
                return Err(self.reader.error(text));
            }
        }
        loop {
            let c = self.reader.read();
            match ascii(c) {
                Some(c) => name.push(c),
                None if c == u32::from(b'>') => return Ok(name),
                None => {
                    return Err(self.reader.error("named capturing group is missing trailing '>'"));
                }
            }
        }
    }

    fn inline_flags(&mut self) {
        let mut c = self.reader.peek();
        let mut on = true;
        loop {
            let flags = match char::from_u32(c).unwrap_or('\0') {
                'i' => Flags::CASE_INSENSITIVE,
                'm' => Flags::MULTILINE,
                's' => Flags::DOTALL,
                'd' => Flags::UNIX_LINES,
                'u' => Flags::UNICODE_CASE,
                // Canonical equivalence, which we do not have.
                'c' => Flags::NONE,
                'x' => Flags::COMMENTS,
                'U' => Flags::UNICODE_CHARACTER_CLASS | Flags::UNICODE_CASE,
                '-' if on => {
                    on = false;
                    Flags::NONE
                }
                _ => return,
            };
            if on {
                self.reader.flags = self.reader.flags | flags;
            } else {
                self.reader.flags = self.reader.flags.without(flags);
            }
            c = self.reader.next();
        }
    }

    /// The end of a group, and its quantifier.
    fn close_group(&mut self, group: Open) -> Result<NodeId, PatternError> {
        let (kind, start) = (group.kind, group.start);
        let (outer_flags, outer_loops) = (group.outer_flags, group.outer_loops);
        let body = group.end(&mut self.ast);
        let assertion = match kind {
            Kind::Pattern | Kind::Plain | Kind::Capture(_) => None,
            Kind::LookAhead { negated } => Some(Node::LookAhead { negated, body }),
            Kind::LookBehind { negated } => {
                let study = self.ast.study(body);
                if !study.max_valid {
                    let text = "Look-behind group does not have an obvious maximum length";
                    return Err(self.reader.error(text));
                }
                let by_code_point = self.reader.has_supplementary(start);
                let reach = Reach { min: study.min, max: study.max, by_code_point };
                self.top_loops.truncate(outer_loops);
                Some(Node::LookBehind { negated, body, reach })
            }
            Kind::Atomic => Some(Node::Atomic { body }),
        };
        if self.reader.read() != u32::from(b')') {
            return Err(self.reader.error("Unclosed group"));
        }
        self.reader.flags = outer_flags;
        let quantifier = self.quantifier()?;
        if let Some(node) = assertion {
            let node = self.ast.add(node);
            return Ok(self.repeat(node, quantifier));
        }
        let capture = if let Kind::Capture(group) = kind { Some(group) } else { None };
        let Some(repetition) = quantifier else {
            return Ok(self.ast.add(Node::Group { capture, body }));
        };
        self.top_loops.truncate(outer_loops);
        Ok(self.repeat_group(capture, body, repetition))
    }

    fn repeat_group(
        &mut self,
        capture: Option<u32>,
        body: NodeId,
        repetition: Repetition,
    ) -> NodeId {
        if repetition.greed == Greed::Possessive {
            let node = self.ast.add(Node::Group { capture, body });
            return self.ast.add(Node::Repeat { node, repetition });
        }
        if repetition.is_optional() {
            let group = Some(self.ast.add(Node::Group { capture, body }));
            let alternatives = if repetition.greed == Greed::Greedy {
                vec![group, None]
            } else {
                vec![None, group]
            };
            return self.ast.add(Node::Alternatives(alternatives));
        }
        if self.ast.study(body).deterministic {
            return self.ast.add(Node::GroupRepeat { capture, body, repetition });
        }
        let id = self.ast.loops;
        self.ast.loops += 1;
        if repetition.greed == Greed::Greedy && repetition.max == UNBOUNDED {
            self.top_loops.push(id);
        }
        self.ast.add(Node::Loop { id, capture, body, repetition })
    }

    fn repeat(&mut self, node: NodeId, quantifier: Option<Repetition>) -> NodeId {
        match quantifier {
            Some(repetition) => self.ast.add(Node::Repeat { node, repetition }),
            None => node,
        }
    }

    /// Anything but a group, with its quantifier.
    fn piece(&mut self, c: u32) -> Result<NodeId, PatternError> {
        let node = match char::from_u32(c).unwrap_or('\0') {
            '[' => {
                let class = self.class(true, 0)?;
                self.set(class)
            }
            '\\' => self.atom()?,
            '^' => {
                self.reader.next();
                let unix = self.flag(Flags::UNIX_LINES);
                let multiline = self.flag(Flags::MULTILINE);
                self.assert(if multiline {
                    Assertion::LineStart { unix }
                } else {
                    Assertion::Begin
                })
            }
            '$' => {
                self.reader.next();
                let multiline = self.flag(Flags::MULTILINE);
                self.assert(Assertion::LineEnd { unix: self.flag(Flags::UNIX_LINES), multiline })
            }
            '.' => {
                self.reader.next();
                let all = self.flag(Flags::DOTALL);
                let item =
                    if all { class::any() } else { class::dot(self.flag(Flags::UNIX_LINES)) };
                // Java does not note here that the set has supplementary characters.
                self.ast.add(Node::Set(item.into_class()))
            }
            '?' | '*' | '+' => {
                self.reader.next();
                let sign = char::from_u32(c).unwrap_or('?');
                return Err(self.reader.error(format!("Dangling meta character '{sign}'")));
            }
            _ => self.atom()?,
        };
        let quantifier = self.quantifier()?;
        Ok(self.repeat(node, quantifier))
    }

    pub(super) fn assert(&mut self, assertion: Assertion) -> NodeId {
        self.ast.add(Node::Assert(assertion))
    }

    pub(super) fn set(&mut self, class: Class) -> NodeId {
        self.ast.by_code_point |= !class.is_bmp();
        self.ast.add(Node::Set(class))
    }

    /// Literals up to the next sign; or one escape that is no literal.
    fn atom(&mut self) -> Result<NodeId, PatternError> {
        let mut chars = Vec::new();
        let mut last = self.reader.cursor();
        let mut c = self.reader.peek();
        loop {
            match char::from_u32(c).unwrap_or('x') {
                '*' | '+' | '?' | '{' => {
                    if chars.len() > 1 {
                        // The quantifier belongs to the last one only.
                        self.reader.set_cursor(last);
                        chars.pop();
                    }
                    break;
                }
                '$' | '.' | '^' | '(' | '[' | '|' | ')' => break,
                '\\' => {
                    let kind = self.reader.next_literally();
                    if matches!(kind, 0x70 | 0x50) {
                        if chars.is_empty() {
                            let item = self.family(kind == 0x50)?;
                            return Ok(self.item(item));
                        }
                        self.reader.unread();
                        break;
                    }
                    self.reader.unread();
                    last = self.reader.cursor();
                    let context = if chars.is_empty() { Context::Start } else { Context::Within };
                    match self.escape(context)? {
                        Escape::Char(literal) => chars.push(literal),
                        Escape::Node(node) => return Ok(node),
                        Escape::Set(item) => {
                            return Ok(self.item(item));
                        }
                        Escape::Other => {
                            self.reader.set_cursor(last);
                            break;
                        }
                    }
                    c = self.reader.peek();
                }
                '\0' if self.reader.is_at_end() => break,
                _ => {
                    last = self.reader.cursor();
                    chars.push(c);
                    c = self.reader.next();
                }
            }
        }
        if let [only] = *chars {
            let item = self.single(only);
            return Ok(self.set(item.into_class()));
        }
        let fold = self.fold();
        for c in &mut chars {
            match fold {
                Fold::None => (),
                Fold::Ascii => *c = to_ascii_lower(*c),
                Fold::Unicode => *c = class::fold(*c),
            }
        }
        Ok(self.ast.add(Node::Text { chars, fold }))
    }

    pub(super) fn fold(&self) -> Fold {
        match (self.flag(Flags::CASE_INSENSITIVE), self.flag(Flags::UNICODE_CASE)) {
            (false, _) => Fold::None,
            (true, false) => Fold::Ascii,
            (true, true) => Fold::Unicode,
        }
    }

    /// What matches one code point as written.
    pub(super) fn single(&self, c: u32) -> Item {
        match self.fold() {
            Fold::Unicode if class::fold(c) != crate::format::unicode::to_upper(c) => {
                Item::Folded(class::fold(c))
            }
            Fold::Ascii if u8::try_from(c).is_ok_and(|b| b.is_ascii_alphabetic()) => {
                Item::Pair(c & !0x20, c | 0x20)
            }
            _ => Item::One(c),
        }
    }

    fn quantifier(&mut self) -> Result<Option<Repetition>, PatternError> {
        let (min, max) = match char::from_u32(self.reader.peek()).unwrap_or('\0') {
            '?' => (0, 1),
            '*' => (0, UNBOUNDED),
            '+' => (1, UNBOUNDED),
            '{' => self.counts()?,
            _ => return Ok(None),
        };
        let greed = match self.reader.next() {
            0x3f => Greed::Reluctant,
            0x2b => Greed::Possessive,
            _ => Greed::Greedy,
        };
        if greed != Greed::Greedy {
            self.reader.next();
        }
        Ok(Some(Repetition { min, max, greed }))
    }

    /// `{n}`, `{n,}` or `{n,m}`; leaves the cursor on the closing brace.
    fn counts(&mut self) -> Result<(u32, u32), PatternError> {
        let first = self.reader.skip();
        if digit(first).is_none() {
            return Err(self.reader.error("Illegal repetition"));
        }
        let (min, mut end) = self.count(first)?;
        let mut max = min;
        if end == u32::from(b',') {
            let first = self.reader.read();
            (max, end) = match first {
                0x7d => (UNBOUNDED, first),
                _ => self.count(first)?,
            };
        }
        if end != u32::from(b'}') {
            return Err(self.reader.error("Unclosed counted closure"));
        }
        if max < min {
            return Err(self.reader.error("Illegal repetition range"));
        }
        self.reader.unread();
        Ok((min, max))
    }

    /// A number of which the first digit has been read, 0 if that is none; and what follows it.
    fn count(&mut self, mut c: u32) -> Result<(u32, u32), PatternError> {
        let mut value = 0_u32;
        while let Some(digit) = digit(c) {
            value = match value.checked_mul(10).and_then(|tens| tens.checked_add(digit)) {
                Some(value) if value <= UNBOUNDED => value,
                _ => return Err(self.reader.error("Illegal repetition range")),
            };
            c = self.reader.read();
        }
        Ok((value, c))
    }
}

fn digit(c: u32) -> Option<u32> {
    char::from_u32(c).and_then(|c| c.to_digit(10))
}

/// A class of its own for what is not one yet.
pub(super) fn into_class(item: Item) -> Class {
    match item {
        Item::Class(class) => Arc::unwrap_or_clone(class),
        item => item.into_class(),
    }
}

pub(super) fn to_ascii_lower(c: u32) -> u32 {
    if (0x41..=0x5a).contains(&c) { c + 0x20 } else { c }
}

/// Whether a code point has to be compared as such: half of a pair has no UTF-8.
pub(super) fn needs_code_points(chars: &[u32]) -> bool {
    chars.iter().any(|&c| is_supplementary(c) && c < 0x1_0000)
}
