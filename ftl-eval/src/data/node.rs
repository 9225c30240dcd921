//! A value in [`Data`], read where it stands.

use std::borrow::Cow;
use std::fmt;

use super::Data;
use super::index;
use super::string;
use super::word::{TEXT_LIMIT, Tag, Word};

/// A value in [`Data`]: two words, cheap to copy.
#[derive(Clone, Copy)]
pub struct Node<'d> {
    data: &'d Data<'d>,
    word: Word,
}

/// What a [`Node`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool,
    /// A number.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

impl<'d> Node<'d> {
    pub(super) fn new(data: &'d Data<'d>, word: Word) -> Self {
        Node { data, word }
    }

    /// What this is.
    #[inline]
    pub fn kind(self) -> Kind {
        match self.word.tag() {
            Tag::Null => Kind::Null,
            Tag::False | Tag::True => Kind::Bool,
            Tag::Integer | Tag::Decimal => Kind::Number,
            Tag::String | Tag::EscapedString => Kind::String,
            Tag::Array => Kind::Array,
            Tag::Object | Tag::EscapedObject | Tag::IndexedObject => Kind::Object,
        }
    }

    /// `true` or `false`, if this is one of them.
    #[inline]
    pub fn as_bool(self) -> Option<bool> {
        match self.word.tag() {
            Tag::True => Some(true),
            Tag::False => Some(false),
            _ => None,
        }
    }

    /// Whether this is a number without fraction and exponent: exact at any size. All other
    /// numbers are doubles.
    #[inline]
    pub fn is_integer(self) -> bool {
        self.word.tag() == Tag::Integer
    }

    /// A number as it is written: `-0`, `1.50`, `6.02E+23`; empty for other values.
    #[inline]
    pub fn number_text(self) -> &'d str {
        match self.word.tag() {
            Tag::Integer | Tag::Decimal => {
                let start = self.word.first();
                self.data.text.get(start..start + self.word.count()).unwrap_or_default()
            }
            _ => "",
        }
    }

    /// The value of an integer that an `i64` can hold.
    pub fn as_i64(self) -> Option<i64> {
        if !self.is_integer() {
            return None;
        }
        let text = self.number_text();
        if text.len() > 18 {
            return text.parse().ok();
        }
        // 18 digits cannot overflow.
        let digits = text.strip_prefix('-').unwrap_or(text);
        let value = digits.bytes().fold(0, |value, digit| 10 * value + i64::from(digit - b'0'));
        Some(if digits.len() < text.len() { -value } else { value })
    }

    /// The text of a string, borrowed unless it has escapes; empty for other values.
    #[inline]
    pub fn string(self) -> Cow<'d, str> {
        match self.word.tag() {
            Tag::String | Tag::EscapedString => string::read(&self.data.text, self.word),
            _ => Cow::Borrowed(""),
        }
    }

    /// The text of a string without escapes.
    #[inline]
    pub fn plain_string(self) -> Option<&'d str> {
        (self.word.tag() == Tag::String).then(|| string::between_quotes(&self.data.text, self.word))
    }

    /// Appends the text of a string to `out`; nothing for other values.
    #[inline]
    pub fn push_string(self, out: &mut String) {
        match self.word.tag() {
            Tag::String => out.push_str(string::between_quotes(&self.data.text, self.word)),
            Tag::EscapedString => {
                string::decode(string::between_quotes(&self.data.text, self.word), out)
            }
            _ => (),
        }
    }

    /// Number of items of an array, of distinct names of an object; 0 for other values.
    pub fn len(self) -> usize {
        match self.word.tag() {
            Tag::Array | Tag::IndexedObject => self.word.count(),
            Tag::Object | Tag::EscapedObject => {
                if may_have_duplicates(&self.data.text, self.members()) {
                    self.entries().count()
                } else {
                    self.word.count()
                }
            }
            _ => 0,
        }
    }

    /// Whether [`Self::len`] is 0.
    pub fn is_empty(self) -> bool {
        self.word.count() == 0 || self.len() == 0
    }

    /// The value of `name`, the last one if there are several.
    #[inline]
    pub fn get(self, name: &str) -> Option<Node<'d>> {
        if self.word.tag() != Tag::Object {
            return self.get_slowly(name);
        }
        if name.len() >= TEXT_LIMIT - 1 {
            return None;
        }
        let value = find_last(self.data.text.as_bytes(), self.members(), name.as_bytes())?;
        Some(Node::new(self.data, value))
    }

    fn get_slowly(self, name: &str) -> Option<Node<'d>> {
        let text = &self.data.text;
        let word = match self.word.tag() {
            Tag::IndexedObject => index::get(text, &self.data.tape, self.word, name)?,
            Tag::EscapedObject => {
                let is_it = |&&[found, _]: &&[u64; 2]| string::read(text, Word(found)) == name;
                self.members().iter().rev().find(is_it).map(|&[_, value]| Word(value))?
            }
            _ => return None,
        };
        Some(Node::new(self.data, word))
    }

    /// What `names` lead to, one after the other: `["user", "email"]` reads `user.email`.
    #[inline]
    pub fn path(self, names: &[&str]) -> Option<Node<'d>> {
        names.iter().try_fold(self, |node, name| node.get(name))
    }

    /// Item `at` of an array, from 0 on.
    #[inline]
    pub fn index(self, at: usize) -> Option<Node<'d>> {
        self.item_words().get(at).map(|&word| Node::new(self.data, Word(word)))
    }

    /// The items of an array in their order; none for other values.
    #[inline]
    pub fn items(
        self,
    ) -> impl DoubleEndedIterator<Item = Node<'d>> + ExactSizeIterator + Clone + use<'d> {
        self.item_words().iter().map(move |&word| Node::new(self.data, Word(word)))
    }

    /// The members of an object, each name once: where it came first, with the value that came
    /// last; none for other values.
    pub fn entries(self) -> Entries<'d> {
        let members = self.members();
        let may_have_duplicates = may_have_duplicates(&self.data.text, members);
        Entries { data: self.data, members, at: 0, may_have_duplicates }
    }

    fn item_words(self) -> &'d [u64] {
        if self.word.tag() != Tag::Array {
            return &[];
        }
        let first = self.word.first();
        self.data.tape.get(first..first + self.word.count()).unwrap_or_default()
    }

    #[inline]
    fn members(self) -> &'d [[u64; 2]] {
        if self.kind() != Kind::Object {
            return &[];
        }
        let first = self.word.first();
        let words = self.data.tape.get(first..first + 2 * self.word.count());
        words.unwrap_or_default().as_chunks().0
    }
}

impl fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind() {
            Kind::Null => f.write_str("null"),
            Kind::Bool => self.as_bool().unwrap_or_default().fmt(f),
            Kind::Number => f.write_str(self.number_text()),
            Kind::String => self.string().fmt(f),
            Kind::Array => write!(f, "[{} items]", self.len()),
            Kind::Object => write!(f, "{{{} members}}", self.len()),
        }
    }
}

/// Iterator over the members of an object; see [`Node::entries`].
#[derive(Clone, Debug)]
pub struct Entries<'d> {
    data: &'d Data<'d>,
    members: &'d [[u64; 2]],
    at: usize,
    may_have_duplicates: bool,
}

impl<'d> Iterator for Entries<'d> {
    type Item = (Cow<'d, str>, Node<'d>);

    fn next(&mut self) -> Option<Self::Item> {
        let text = &*self.data.text;
        loop {
            let &[name, mut value] = self.members.get(self.at)?;
            let name = string::read(text, Word(name));
            self.at += 1;
            if self.may_have_duplicates {
                // Few objects have duplicates, and none that comes here is large.
                let is_same = |&&[other, _]: &&[u64; 2]| string::read(text, Word(other)) == name;
                let (before, after) = self.members.split_at_checked(self.at - 1)?;
                if before.iter().any(|member| is_same(&member)) {
                    continue;
                }
                if let Some(&[_, last]) = after.iter().rev().find(is_same) {
                    value = last;
                }
            }
            return Some((name, Node::new(self.data, Word(value))));
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let most = self.members.len() - self.at;
        (if self.may_have_duplicates { most.min(1) } else { most }, Some(most))
    }
}

/// The value of the last member with this name, none of the names having escapes.
#[inline(always)]
fn find_last(text: &[u8], members: &[[u64; 2]], name: &[u8]) -> Option<Word> {
    let low = Word::string(Tag::String, 0, name.len() + 1).low();
    let value_if_found = |&[candidate, value]: &[u64; 2]| {
        let candidate = Word(candidate);
        let found = candidate.low() == low && is_at(text, candidate.first() + 1, name);
        found.then_some(Word(value))
    };
    // Four at a time: most of the time goes into stepping.
    let (first, fours) = members.as_rchunks::<4>();
    for [a, b, c, d] in fours.iter().rev() {
        for member in [d, c, b, a] {
            if let Some(value) = value_if_found(member) {
                return Some(value);
            }
        }
    }
    first.iter().rev().find_map(value_if_found)
}

/// Whether two of the members may have one name. Objects with an index have none such.
fn may_have_duplicates(text: &str, members: &[[u64; 2]]) -> bool {
    if members.len() > index::LINEAR {
        return false;
    }
    let bytes = text.as_bytes();
    let byte_at = |at: usize| usize::from(bytes.get(at).copied().unwrap_or_default());
    // One bit for each mix of length and three letters met: only names that share a bit with one
    // before them are compared.
    let mut met = [0u64; 8];
    for (at, &[name, _]) in members.iter().enumerate() {
        let name = Word(name);
        if name.tag() == Tag::EscapedString {
            // It can be equal to one of another length.
            return true;
        }
        let (open, count) = (name.first(), name.count());
        let letters = [open + 1, open + count / 2, (open + count).saturating_sub(1)].map(byte_at);
        let mix = count + 29 * letters[0] + 7 * letters[1] + 101 * letters[2];
        let bit = 1 << (mix % 64);
        let Some(bits) = met.get_mut(mix / 64 % 8) else { break };
        if *bits & bit != 0 {
            let before = members.get(..at).unwrap_or_default();
            let name = string::between_quotes(text, name);
            if find_last(bytes, before, name.as_bytes()).is_some() {
                return true;
            }
        }
        *bits |= bit;
    }
    false
}

/// Whether `expected` stands at `at`.
#[inline(always)]
fn is_at(text: &[u8], at: usize, expected: &[u8]) -> bool {
    // Names of one length often differ in their last letter (`location_lat`, `location_lng`): looking
    // there first saves most calls of a comparison.
    let Some(found) = text.get(at..at + expected.len()) else { return false };
    found.last() == expected.last() && found == expected
}
