//! Escapes, bracket expressions and `\p{…}`.

use super::ast::{Assertion, Node, NodeId};
use super::class::{self, Class, Item, Join};
use super::syntax::{MAX_NESTING, Parser, TOO_DEEP, into_class};
use super::{Flags, PatternError};

/// Where an escape stands.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Context {
    /// At the start of a piece of the pattern.
    Start,
    /// After a literal. What is no literal itself is read again later.
    Within,
    /// In brackets.
    Member { before_hyphen: bool },
    /// In brackets, after a hyphen.
    RangeEnd,
}

/// What an escape stands for.
pub(super) enum Escape {
    Char(u32),
    Node(NodeId),
    Set(Item),
    /// Something else than the literal that would be needed here.
    Other,
}

const BACKSLASH: u32 = b'\\' as u32;

impl Parser<'_> {
    fn has(&self, flag: Flags) -> bool {
        self.reader.flags.contains(flag)
    }

    /// Reads an escape; the cursor is on its backslash.
    pub(super) fn escape(&mut self, context: Context) -> Result<Escape, PatternError> {
        let in_class = matches!(context, Context::Member { .. } | Context::RangeEnd);
        let create = matches!(context, Context::Start | Context::Member { .. });
        let unicode = self.has(Flags::UNICODE_CHARACTER_CLASS);
        let c = self.reader.skip();
        let letter = u8::try_from(c).unwrap_or(0);
        let item = match letter {
            b'0' => return self.octal().map(Escape::Char),
            b'x' => return self.hexadecimal().map(Escape::Char),
            b'u' => return self.unicode().map(Escape::Char),
            b'c' => return self.control().map(Escape::Char),
            b'N' => return Err(self.reader.error("Character names are not supported")),
            b'a' => return Ok(Escape::Char(0x07)),
            b'e' => return Ok(Escape::Char(0x1b)),
            b'f' => return Ok(Escape::Char(0x0c)),
            b'n' => return Ok(Escape::Char(0x0a)),
            b'r' => return Ok(Escape::Char(0x0d)),
            b't' => return Ok(Escape::Char(0x09)),
            // As the end of a range, `\v` is still the vertical tab that it once was.
            b'v' if matches!(
                context,
                Context::RangeEnd | Context::Member { before_hyphen: true }
            ) =>
            {
                return Ok(Escape::Char(0x0b));
            }
            b'd' | b'D' => class::digit(unicode),
            b's' | b'S' => class::space(unicode),
            b'w' | b'W' => class::word(unicode),
            b'h' | b'H' => class::horizontal_space(),
            b'v' | b'V' => class::vertical_space(),
            b'1'..=b'9' | b'A' | b'B' | b'G' | b'R' | b'X' | b'Z' | b'b' | b'k' | b'z'
                if !in_class =>
            {
                return self.escaped_node(letter, create);
            }
            _ if letter.is_ascii_alphanumeric() => {
                return Err(self.reader.error("Illegal/unsupported escape sequence"));
            }
            _ => return Ok(Escape::Char(c)),
        };
        Ok(match create {
            false => Escape::Other,
            true if letter.is_ascii_uppercase() => Escape::Set(Item::from(item.negate())),
            true => Escape::Set(item),
        })
    }

    /// An escape that is neither a code point nor a set of them.
    fn escaped_node(&mut self, letter: u8, create: bool) -> Result<Escape, PatternError> {
        let unicode = self.has(Flags::UNICODE_CHARACTER_CLASS);
        let unix = self.has(Flags::UNIX_LINES);
        if letter == b'k' {
            return self.named_reference(create);
        }
        if !create {
            return Ok(Escape::Other);
        }
        let assertion = match letter {
            b'1'..=b'9' => return Ok(Escape::Node(self.reference(letter))),
            b'R' => return Ok(Escape::Node(self.ast.add(Node::LineEnding))),
            b'X' => return Ok(Escape::Node(self.ast.add(Node::Grapheme))),
            b'A' => Assertion::Begin,
            b'G' => Assertion::LastMatch,
            b'Z' => Assertion::LineEnd { unix, multiline: false },
            b'z' => Assertion::End,
            b'b' if self.grapheme_boundary()? => Assertion::GraphemeBoundary,
            _ => Assertion::WordBoundary { negated: letter == b'B', unicode },
        };
        Ok(Escape::Node(self.assert(assertion)))
    }

    /// The `{g}` of `\b{g}`.
    fn grapheme_boundary(&mut self) -> Result<bool, PatternError> {
        if self.reader.peek() != u32::from(b'{') {
            return Ok(false);
        }
        if self.reader.skip() == u32::from(b'g') {
            if self.reader.read() == u32::from(b'}') {
                return Ok(true);
            }
            return Err(self.reader.error("Illegal/unsupported escape sequence"));
        }
        self.reader.unread();
        self.reader.unread();
        Ok(false)
    }

    /// `\1`: further digits belong to it as long as there is such a group already.
    fn reference(&mut self, digit: u8) -> NodeId {
        let mut group = u32::from(digit - b'0');
        while let Some(digit) = char::from_u32(self.reader.peek()).and_then(|c| c.to_digit(10)) {
            let longer = group.saturating_mul(10).saturating_add(digit);
            if longer > self.ast.groups {
                break;
            }
            group = longer;
            self.reader.read();
        }
        self.has_back_reference = true;
        self.ast.add(Node::BackReference { group, fold: self.fold() })
    }

    fn named_reference(&mut self, create: bool) -> Result<Escape, PatternError> {
        if self.reader.read() != u32::from(b'<') {
            let text = "\\k is not followed by '<' for named capturing group";
            return Err(self.reader.error(text));
        }
        let first = self.reader.read();
        let name = self.group_name(first)?;
        let Some(group) = self.group_by_name(&name) else {
            let text = format!("named capturing group <{name}> does not exist");
            return Err(self.reader.error(text));
        };
        if !create {
            return Ok(Escape::Other);
        }
        self.has_back_reference = true;
        Ok(Escape::Node(self.ast.add(Node::BackReference { group, fold: self.fold() })))
    }

    fn control(&mut self) -> Result<u32, PatternError> {
        if self.reader.is_at_end() {
            return Err(self.reader.error("Illegal control escape sequence"));
        }
        Ok(self.reader.read() ^ 64)
    }

    /// Up to three octal digits, at most `377`.
    fn octal(&mut self) -> Result<u32, PatternError> {
        let digit = |c: u32| char::from_u32(c).and_then(|c| c.to_digit(8));
        let Some(first) = digit(self.reader.read()) else {
            return Err(self.reader.error("Illegal octal escape sequence"));
        };
        let Some(second) = digit(self.reader.read()) else {
            self.reader.unread();
            return Ok(first);
        };
        match digit(self.reader.read()) {
            Some(third) if first <= 3 => Ok(first * 64 + second * 8 + third),
            _ => {
                self.reader.unread();
                Ok(first * 8 + second)
            }
        }
    }

    fn hexadecimal(&mut self) -> Result<u32, PatternError> {
        let c = self.reader.read();
        if let Some(first) = hex(c) {
            if let Some(second) = hex(self.reader.read()) {
                return Ok(first * 16 + second);
            }
        } else if c == u32::from(b'{') && hex(self.reader.peek()).is_some() {
            let mut value = 0;
            loop {
                let c = self.reader.read();
                match hex(c) {
                    Some(digit) => value = value * 16 + digit,
                    None if c == u32::from(b'}') => return Ok(value),
                    None => return Err(self.reader.error("Unclosed hexadecimal escape sequence")),
                }
                if value > 0x10_ffff {
                    return Err(self.reader.error("Hexadecimal codepoint is too big"));
                }
            }
        }
        Err(self.reader.error("Illegal hexadecimal escape sequence"))
    }

    /// `\uhhhh`; two of them may be the halves of a pair.
    fn unicode(&mut self) -> Result<u32, PatternError> {
        let high = self.four_digits()?;
        if (0xd800..0xdc00).contains(&high) {
            let cursor = self.reader.cursor();
            if self.reader.read() == BACKSLASH && self.reader.read() == u32::from(b'u') {
                let low = self.four_digits()?;
                if (0xdc00..0xe000).contains(&low) {
                    return Ok(0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00));
                }
            }
            self.reader.set_cursor(cursor);
        }
        Ok(high)
    }

    fn four_digits(&mut self) -> Result<u32, PatternError> {
        let mut value = 0;
        for _ in 0..4 {
            match hex(self.reader.read()) {
                Some(digit) => value = value * 16 + digit,
                None => return Err(self.reader.error("Illegal Unicode escape sequence")),
            }
        }
        Ok(value)
    }

    /// `\p` or `\P` with its name; the cursor is on the letter.
    pub(super) fn family(&mut self, negated: bool) -> Result<Item, PatternError> {
        let braced = self.reader.next() == u32::from(b'{');
        let name = if braced {
            self.reader.next();
            match self.reader.read_braced() {
                None => return Err(self.reader.error("Unclosed character family")),
                Some(name) if name.is_empty() => {
                    return Err(self.reader.error("Empty character family"));
                }
                Some(name) => name,
            }
        } else {
            self.reader.unread();
            self.reader.next();
            let name = vec![self.reader.at(self.reader.cursor())];
            self.reader.read();
            name
        };
        let name: String = name.into_iter().filter_map(char::from_u32).collect();
        let item = match name.split_once('=') {
            Some((key, value)) => self.keyed_property(key, value)?,
            None => match self.named_property(&name) {
                Some(item) => item,
                None => {
                    let text = format!("Unknown character property name {{{name}}}");
                    return Err(self.reader.error(text));
                }
            },
        };
        if negated {
            self.ast.by_code_point = true;
            return Ok(Item::from(item.negate()));
        }
        Ok(item)
    }

    fn keyed_property(&self, key: &str, value: &str) -> Result<Item, PatternError> {
        let key = key.to_lowercase();
        let item = match key.as_str() {
            "sc" | "script" => class::script(value),
            "blk" | "block" => class::block(value),
            "gc" | "general_category" => class::property(value, self.has(Flags::CASE_INSENSITIVE)),
            _ => None,
        };
        item.ok_or_else(|| {
            let text = format!("Unknown Unicode property {{name=<{key}>, value=<{value}>}}");
            self.reader.error(text)
        })
    }

    fn named_property(&self, name: &str) -> Option<Item> {
        let ignore_case = self.has(Flags::CASE_INSENSITIVE);
        if let Some(block) = name.strip_prefix("In") {
            class::block(block)
        } else if let Some(name) = name.strip_prefix("Is") {
            class::unicode_property(name, ignore_case)
                .or_else(|| class::property(name, ignore_case))
                .or_else(|| class::script(name))
        } else {
            let posix = self.has(Flags::UNICODE_CHARACTER_CLASS);
            let posix = if posix { class::posix_property(name, ignore_case) } else { None };
            posix.or_else(|| class::property(name, ignore_case))
        }
    }

    /// What stands in brackets, from after the opening one. Without `close`, it is the right side
    /// of `&&`, and the closing bracket is left to the left side.
    pub(super) fn class(&mut self, close: bool, depth: usize) -> Result<Class, PatternError> {
        if depth > MAX_NESTING {
            return Err(self.reader.error(TOO_DEEP));
        }
        let mut class = Class::new();
        // Members in `listed` that have not been joined yet.
        let mut pending = false;
        let mut c = self.reader.next();
        let opening = self.reader.cursor().wrapping_sub(1);
        let negated = c == u32::from(b'^') && self.reader.at(opening) == u32::from(b'[');
        if negated {
            c = self.reader.next();
        }
        let mut last: Option<Item> = None;
        loop {
            match u8::try_from(c).unwrap_or(b'x') {
                b'[' => {
                    let inner = Item::from(self.class(true, depth + 1)?);
                    class.push(Join::Union, inner.clone());
                    last = Some(inner);
                    c = self.reader.peek();
                    continue;
                }
                b'&' => {
                    if self.reader.next() == u32::from(b'&') {
                        c = self.intersection(&mut class, &mut pending, &mut last, depth)?;
                        continue;
                    }
                    self.reader.unread();
                }
                0 if self.reader.is_at_end() => {
                    return Err(self.reader.error("Unclosed character class"));
                }
                b']' if !class.is_empty() || pending => {
                    if close {
                        self.reader.next();
                    }
                    if pending {
                        class.push(Join::Union, Item::Listed);
                    }
                    if negated {
                        class.negate();
                    }
                    return Ok(class);
                }
                _ => (),
            }
            last = self.member(&mut class)?;
            match &last {
                Some(item) => class.push(Join::Union, item.clone()),
                None => pending = true,
            }
            c = self.reader.peek();
        }
    }

    /// The right side of `&&`; the cursor is on the second ampersand. Gives what follows.
    fn intersection(
        &mut self,
        class: &mut Class,
        pending: &mut bool,
        last: &mut Option<Item>,
        depth: usize,
    ) -> Result<u32, PatternError> {
        let mut c = self.reader.next();
        let mut right: Option<Class> = None;
        while c != u32::from(b']') && c != u32::from(b'&') {
            let nested = c == u32::from(b'[');
            if !nested {
                self.reader.unread();
            }
            let part = self.class(nested, depth + 1)?;
            right.get_or_insert_with(Class::new).push(Join::Union, Item::from(part));
            c = self.reader.peek();
        }
        if std::mem::take(pending) {
            if class.is_empty() {
                *last = Some(Item::Listed);
            }
            class.push(Join::Union, Item::Listed);
        }
        let right = right.map(Item::from);
        if let Some(right) = &right {
            *last = Some(right.clone());
        }
        match (class.is_empty(), right) {
            (true, None) => return Err(self.reader.error("Bad class syntax")),
            (true, Some(right)) => class.push(Join::Union, right),
            // With nothing on the right, Java takes the last member on the left instead.
            (false, _) => class.push(Join::Intersection, last.clone().unwrap_or(Item::Nothing)),
        }
        Ok(c)
    }

    /// One member of a class: nothing if it went to the class's list.
    fn member(&mut self, class: &mut Class) -> Result<Option<Item>, PatternError> {
        let mut c = self.reader.peek();
        if c == BACKSLASH {
            let kind = self.reader.next_literally();
            if matches!(kind, 0x70 | 0x50) {
                return self.family(kind == 0x50).map(Some);
            }
            let before_hyphen = self.reader.at(self.reader.cursor() + 1) == u32::from(b'-');
            self.reader.unread();
            match self.escape(Context::Member { before_hyphen })? {
                Escape::Char(literal) => c = literal,
                Escape::Set(item) => return Ok(Some(item)),
                Escape::Node(_) | Escape::Other => {
                    return Err(self.reader.error("Illegal/unsupported escape sequence"));
                }
            }
        } else {
            self.reader.next();
        }
        if self.reader.peek() == u32::from(b'-') {
            let end = self.reader.at(self.reader.cursor() + 1);
            if end != u32::from(b'[') && end != u32::from(b']') {
                return self.range(c).map(Some);
            }
        }
        Ok(self.listed(class, c))
    }

    fn range(&mut self, first: u32) -> Result<Item, PatternError> {
        self.reader.next();
        let last = self.reader.peek();
        let last = if last == BACKSLASH {
            match self.escape(Context::RangeEnd)? {
                Escape::Char(last) => Some(last),
                _ => None,
            }
        } else {
            self.reader.next();
            Some(last)
        };
        match last {
            Some(last) if last >= first => {
                Ok(match (self.has(Flags::CASE_INSENSITIVE), self.has(Flags::UNICODE_CASE)) {
                    (false, _) => Item::Range(first, last),
                    (true, false) => Item::AsciiFoldedRange(first, last),
                    (true, true) => Item::FoldedRange(first, last),
                })
            }
            _ => Err(self.reader.error("Illegal character range")),
        }
    }

    /// Puts a code point on the class's list, if Java does so; else gives an item for it.
    fn listed(&self, class: &mut Class, c: u32) -> Option<Item> {
        let folded = self.has(Flags::CASE_INSENSITIVE);
        let unicode = folded && self.has(Flags::UNICODE_CASE);
        // Code points with a partner above U+00FF: ÿ, µ, I, S, K, Å and their lower case.
        let partnered =
            matches!(c, 0xff | 0xb5 | 0x49 | 0x69 | 0x53 | 0x73 | 0x4b | 0x6b | 0xc5 | 0xe5);
        if c >= 256 || unicode && partnered {
            return Some(self.single(c));
        }
        class.list(c);
        if folded && c < 128 {
            class.list(u32::from((c as u8).to_ascii_uppercase()));
            class.list(u32::from((c as u8).to_ascii_lowercase()));
        } else if unicode {
            class.list(crate::format::unicode::to_lower(c));
            class.list(crate::format::unicode::to_upper(c));
        }
        None
    }

    /// A set as a node.
    pub(super) fn item(&mut self, item: Item) -> NodeId {
        let class = into_class(item);
        self.set(class)
    }
}

fn hex(c: u32) -> Option<u32> {
    char::from_u32(c).and_then(|c| c.to_digit(16))
}
