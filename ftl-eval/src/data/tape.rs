//! Second pass over JSON text: checks the grammar and writes the tape.
//!
//! Most of an event is members and items that are plain strings, numbers and literals. One loop
//! ([`Builder::run`]) reads those and the containers around them with its state in registers. Where
//! it meets something else it stops, and [`Builder::step`] reads one member or item by the general
//! way: strings with escapes, the end of the scanner's window, and all faults.

use super::error::{DataErrorKind, Expected, Fault};
use super::index;
use super::plain::{number_fault, plain};
use super::scan::{Marks, Scanner};
use super::string;
use super::text::{byte, char_at, is_pair, load8, skip_space};
use super::word::{TEXT_LIMIT, Tag, Word};

/// So many words are copied at once, wanted or not: cheaper than a copy of exact length for most
/// containers.
const USUAL_WORDS: usize = 16;

/// What the passes need and nobody reads afterwards.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    marks: Marks,
    /// Words of the open containers, outermost first. The word before those of a container stands
    /// for the container: while it is open it holds what surrounds it (tag and start).
    pending: Vec<u64>,
}

impl Scratch {
    /// Whether keeping it for the next text wastes little memory.
    pub(super) fn is_small(&self) -> bool {
        const FEW: usize = 1 << 17;
        self.pending.capacity() < FEW && self.marks.specials.capacity() < FEW
    }
}

/// Words that only grow in number, with room behind them.
#[derive(Debug, Default)]
pub(super) struct Tape {
    words: Vec<u64>,
    used: usize,
}

impl Tape {
    pub(super) fn with_room(words: usize) -> Self {
        Tape { words: vec![0; words], used: 0 }
    }

    pub(super) fn clear(&mut self) {
        self.used = 0;
    }

    pub(super) fn words(&self) -> &[u64] {
        self.words.get(..self.used).unwrap_or_default()
    }

    pub(super) fn into_words(mut self) -> Vec<u64> {
        self.words.truncate(self.used);
        self.words
    }

    pub(super) fn used(&self) -> usize {
        self.used
    }

    /// Adds the first `length` of `words`.
    #[inline(always)]
    fn push_usual(&mut self, words: &[u64; USUAL_WORDS], length: usize) {
        loop {
            let room = self.words.get_mut(self.used..).and_then(|room| room.first_chunk_mut());
            if let Some(room) = room {
                *room = *words;
                self.used += length;
                return;
            }
            self.grow(USUAL_WORDS);
        }
    }

    pub(super) fn push(&mut self, words: &[u64]) {
        self.reserve(words.len());
        if let Some(room) = self.words.get_mut(self.used..self.used + words.len()) {
            room.copy_from_slice(words);
        }
        self.used += words.len();
    }

    #[inline(always)]
    fn reserve(&mut self, words: usize) {
        if self.words.len() < self.used + words {
            self.grow(words);
        }
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, words: usize) {
        self.words.resize(2 * self.words.len() + words + 2 * USUAL_WORDS, 0);
    }
}

/// Checks `text` and adds its words to `tape`; returns the word of the root value.
pub(super) fn build(
    text: &str,
    depth_limit: usize,
    scratch: &mut Scratch,
    tape: &mut Tape,
) -> Result<Word, Fault> {
    let bytes = text.as_bytes();
    if bytes.len() >= TEXT_LIMIT {
        return Err(Fault::new(0, DataErrorKind::TextLimit(TEXT_LIMIT - 1)));
    }
    scratch.marks.reset(bytes.len());
    let mut builder = Builder {
        whole: text,
        text: bytes,
        at: skip_space(bytes, 0),
        scanner: Scanner::new(bytes),
        marks: &mut scratch.marks,
        end_at: 0,
        end_count: 0,
        special_at: 0,
        special: usize::MAX,
        pending: &mut scratch.pending,
        count: 0,
        tag: Tag::Array,
        start: 0,
        depth: 0,
        depth_limit,
        tape,
    };
    builder.root()
}

struct Builder<'t, 's> {
    whole: &'t str,
    text: &'t [u8],
    at: usize,
    scanner: Scanner<'t>,
    marks: &'s mut Marks,
    /// The next end in `marks.ends`, and how many there are.
    end_at: usize,
    end_count: usize,
    /// The next place in `marks.specials`, and its position (beyond the text if there is none).
    special_at: usize,
    special: usize,
    pending: &'s mut Vec<u64>,
    /// How many words are pending.
    count: usize,
    /// The innermost open container, and where its words begin in `pending`.
    tag: Tag,
    start: usize,
    /// How many containers are open.
    depth: usize,
    depth_limit: usize,
    tape: &'s mut Tape,
}

/// Where [`Builder::run`] begins or stops.
enum State {
    /// Where a member or item should begin.
    Begin,
    /// Behind a member or item.
    After,
    /// Behind the outermost container.
    End,
    /// Before a member or item that the loop cannot read.
    Slow,
    /// Where a comma or a closing brace or bracket should be.
    Unclosed,
    /// At the brace or bracket that begins a container nested too deep.
    TooDeep,
}

impl Builder<'_, '_> {
    fn root(&mut self) -> Result<Word, Fault> {
        if self.at >= self.text.len() {
            return Err(Fault::new(self.at, DataErrorKind::Empty));
        }
        self.make_room();
        self.refill();
        let root = match byte(self.text, self.at) {
            b'{' | b'[' => self.containers()?,
            _ => self.scalar(Expected::Value)?,
        };
        self.at = skip_space(self.text, self.at);
        if self.at < self.text.len() {
            return Err(self.expected(Expected::End));
        }
        Ok(root)
    }

    /// Reads the container at `self.at` with all that it contains.
    fn containers(&mut self) -> Result<Word, Fault> {
        let mut state = self.open();
        loop {
            state = match state {
                State::Begin | State::After => self.run(state),
                State::Slow => self.step()?,
                State::End => return Ok(Word(self.pending.first().copied().unwrap_or_default())),
                State::Unclosed => {
                    return Err(self.expected(match self.tag {
                        Tag::Array => Expected::CommaOrBracket,
                        _ => Expected::CommaOrBrace,
                    }));
                }
                State::TooDeep => {
                    let kind = DataErrorKind::DepthLimit(self.depth_limit);
                    return Err(Fault::new(self.at, kind));
                }
            }
        }
    }

    /// Reads on until something needs the general way.
    #[inline(never)]
    fn run(&mut self, state: State) -> State {
        let text = self.text;
        let special = self.special;
        let mut at = self.at;
        let mut ends = self.marks.ends.get(self.end_at..self.end_count).unwrap_or_default();
        let ends_before = ends.len();
        let pending_room = self.pending.len();
        let mut room = self.pending.get_mut(self.count..).unwrap_or_default();
        let mut behind = matches!(state, State::After);
        let stop = 'run: loop {
            let opens = if behind {
                false
            } else if self.tag == Tag::Array {
                loop {
                    if room.is_empty() {
                        break 'run State::Slow;
                    }
                    let bytes = load8(text, at);
                    match bytes as u8 {
                        b'"' => {
                            let [end, more_ends @ ..] = ends else { break 'run State::Slow };
                            let end = *end as usize;
                            if end > special {
                                break 'run State::Slow;
                            }
                            put(&mut room, [Word::string(Tag::String, at, end).0]);
                            ends = more_ends;
                            at = end + 1;
                        }
                        b'{' | b'[' => break true,
                        _ => {
                            let Some(word) = plain(text, at, bytes) else {
                                break 'run State::Slow;
                            };
                            put(&mut room, [word.0]);
                            at += word.count();
                        }
                    }
                    if byte(text, at) != b',' {
                        break false;
                    }
                    at = skip_space(text, at + 1);
                }
            } else {
                if byte(text, at) != b'"' {
                    break State::Slow;
                }
                // From here on `at` is at the opening quote of a name.
                loop {
                    if room.len() < 2 {
                        break 'run State::Slow;
                    }
                    let [name_end, after_name @ ..] = ends else { break 'run State::Slow };
                    let name_end = *name_end as usize;
                    let name_word = Word::string(Tag::String, at, name_end).0;
                    let value_at;
                    if is_pair(text, name_end + 1, b":\"") {
                        value_at = name_end + 2;
                    } else {
                        if byte(text, name_end + 1) != b':' || name_end > special {
                            break 'run State::Slow;
                        }
                        value_at = skip_space(text, name_end + 2);
                        let bytes = load8(text, value_at);
                        let first = bytes as u8;
                        if first == b'{' || first == b'[' {
                            put(&mut room, [name_word]);
                            ends = after_name;
                            at = value_at;
                            break true;
                        }
                        if first != b'"' {
                            let Some(word) = plain(text, value_at, bytes) else {
                                break 'run State::Slow;
                            };
                            put(&mut room, [name_word, word.0]);
                            ends = after_name;
                            at = value_at + word.count();
                            match behind_member(text, &mut at) {
                                State::Begin => continue,
                                State::Slow => break 'run State::Slow,
                                _ => break false,
                            }
                        }
                    }
                    let [end, after_value @ ..] = after_name else { break 'run State::Slow };
                    let end = *end as usize;
                    if end > special {
                        break 'run State::Slow;
                    }
                    put(&mut room, [name_word, Word::string(Tag::String, value_at, end).0]);
                    ends = after_value;
                    at = end + 1;
                    match behind_member(text, &mut at) {
                        State::Begin => (),
                        State::Slow => break 'run State::Slow,
                        _ => break false,
                    }
                }
            };
            behind = false;
            if opens {
                if self.depth >= self.depth_limit {
                    break State::TooDeep;
                }
                self.depth += 1;
                // The loops above have seen to it that there is room.
                put(&mut room, [Word::new(self.tag, self.start, 0).0]);
                self.start = pending_room - room.len();
                let open = byte(text, at);
                self.tag = if open == b'[' { Tag::Array } else { Tag::Object };
                at = skip_space(text, at + 1);
                if byte(text, at) != open + 2 {
                    continue;
                }
            }
            loop {
                at = skip_space(text, at);
                let found = byte(text, at);
                if found == b',' {
                    at = skip_space(text, at + 1);
                    break;
                }
                if found != closing(self.tag) {
                    break 'run State::Unclosed;
                }
                at += 1;
                let start = self.start;
                let count = pending_room - room.len();
                let word = close(self.whole, self.tape, self.pending, self.tag, start, count);
                room = self.pending.get_mut(start - 1..).unwrap_or_default();
                let outer = Word(room.first().copied().unwrap_or_default());
                put(&mut room, [word.0]);
                (self.tag, self.start) = (outer.tag(), outer.first());
                self.depth -= 1;
                if self.depth == 0 {
                    break 'run State::End;
                }
            }
        };
        self.at = at;
        self.end_at += ends_before - ends.len();
        self.count = pending_room - room.len();
        stop
    }

    /// Begins the container at `self.at`.
    fn open(&mut self) -> State {
        if self.depth >= self.depth_limit {
            return State::TooDeep;
        }
        self.depth += 1;
        self.push(Word::new(self.tag, self.start, 0));
        self.start = self.count;
        let open = byte(self.text, self.at);
        self.tag = if open == b'[' { Tag::Array } else { Tag::Object };
        self.at = skip_space(self.text, self.at + 1);
        if byte(self.text, self.at) == open + 2 { State::After } else { State::Begin }
    }

    /// Reads one member or item, or the beginning of one that is a container.
    #[cold]
    #[inline(never)]
    fn step(&mut self) -> Result<State, Fault> {
        self.make_room();
        let first = self.count == self.start;
        let mut expected = if first { Expected::Value } else { Expected::NextItem };
        if self.tag != Tag::Array {
            if byte(self.text, self.at) != b'"' {
                let expected = if first { Expected::NameOrEnd } else { Expected::NextName };
                return Err(self.expected(expected));
            }
            let name = self.string()?;
            if name.tag() == Tag::EscapedString {
                self.tag = Tag::EscapedObject;
            }
            self.push(name);
            self.at = skip_space(self.text, self.at);
            if byte(self.text, self.at) != b':' {
                return Err(self.expected(Expected::Colon));
            }
            self.at = skip_space(self.text, self.at + 1);
            expected = Expected::Value;
        }
        if let b'{' | b'[' = byte(self.text, self.at) {
            return Ok(self.open());
        }
        let value = self.scalar(expected)?;
        self.push(value);
        Ok(State::After)
    }

    /// Reads the value at `self.at`, which is no container.
    fn scalar(&mut self, expected: Expected) -> Result<Word, Fault> {
        if byte(self.text, self.at) == b'"' {
            return self.string();
        }
        let Some(word) = plain(self.text, self.at, load8(self.text, self.at)) else {
            return Err(number_fault(self.text, self.at)
                .map_or_else(|| self.expected(expected), |(at, kind)| Fault::new(at, kind)));
        };
        self.at += word.count();
        Ok(word)
    }

    /// Reads the string at `self.at`.
    fn string(&mut self) -> Result<Word, Fault> {
        if self.end_at >= self.end_count {
            self.refill();
        }
        let next = self.marks.ends.get(self.end_at).filter(|_| self.end_at < self.end_count);
        let end = next.map_or(self.text.len(), |&end| end as usize);
        self.end_at += 1;
        let escaped = self.special < end;
        while self.special < end {
            match byte(self.text, self.special) {
                b'\\' => string::check_escape(self.text, self.special)?,
                control => {
                    let kind = DataErrorKind::ControlCharacter(char::from(control));
                    return Err(Fault::new(self.special, kind));
                }
            }
            self.special_at += 1;
            self.find_special();
        }
        if end >= self.text.len() {
            return Err(Fault::new(self.at, DataErrorKind::UnterminatedString));
        }
        let tag = if escaped { Tag::EscapedString } else { Tag::String };
        let word = Word::string(tag, self.at, end);
        self.at = end + 1;
        Ok(word)
    }

    /// Makes the scanner go on. Specials of a string that the last window cut in two are kept.
    #[cold]
    fn refill(&mut self) {
        self.marks.specials.drain(..self.special_at.min(self.marks.specials.len()));
        self.special_at = 0;
        self.end_at = 0;
        self.end_count = self.scanner.fill(self.marks);
        self.find_special();
    }

    fn find_special(&mut self) {
        let special = self.marks.specials.get(self.special_at);
        self.special = special.map_or(usize::MAX, |&at| at as usize);
    }

    fn push(&mut self, word: Word) {
        if let Some(slot) = self.pending.get_mut(self.count) {
            *slot = word.0;
        } else {
            self.pending.push(word.0);
        }
        self.count += 1;
    }

    /// Sees to it that the fast loop has room.
    fn make_room(&mut self) {
        if self.pending.len() < self.count + 64 {
            self.pending.resize(self.count * 2 + 512, 0);
        }
    }

    #[cold]
    fn expected(&self, expected: Expected) -> Fault {
        let kind = DataErrorKind::Expected(expected, char_at(self.text, self.at));
        Fault::new(self.at, kind)
    }
}

#[inline(always)]
fn closing(tag: Tag) -> u8 {
    if tag == Tag::Array { b']' } else { b'}' }
}

/// Goes on from behind a member: to the quote of the next name ([`State::Begin`]), to something
/// else behind a comma ([`State::Slow`]), or nowhere if there is no comma.
#[inline(always)]
fn behind_member(text: &[u8], at: &mut usize) -> State {
    if is_pair(text, *at, b",\"") {
        *at += 1;
        return State::Begin;
    }
    if byte(text, *at) != b',' {
        return State::After;
    }
    *at = skip_space(text, *at + 1);
    if byte(text, *at) == b'"' { State::Begin } else { State::Slow }
}

/// Moves the words of a container to the tape.
#[inline(always)]
fn close(
    text: &str,
    tape: &mut Tape,
    pending: &mut [u64],
    tag: Tag,
    start: usize,
    count: usize,
) -> Word {
    let length = count - start;
    let members = if tag == Tag::Array { length } else { length / 2 };
    let word = Word::new(tag, tape.used, members);
    if length <= USUAL_WORDS
        && let Some(words) = pending.get(start..).and_then(|words| words.first_chunk())
    {
        tape.push_usual(words, length);
        return word;
    }
    let words = pending.get_mut(start..count).unwrap_or_default();
    if tag != Tag::Array && members > index::LINEAR {
        return index::append(text, tag, words, tape);
    }
    tape.push(words);
    word
}

/// Writes words to the front of `room`, which has as many.
#[inline(always)]
fn put<const N: usize>(room: &mut &mut [u64], words: [u64; N]) {
    if let Some((slots, more)) = std::mem::take(room).split_first_chunk_mut() {
        *slots = words;
        *room = more;
    }
}
