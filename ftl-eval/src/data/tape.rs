//! Second pass over JSON text: checks the grammar and writes the tape.
//!
//! Most of an event is members with plain strings, numbers and literals. [`members`] and [`items`]
//! read runs of those with all their state in registers. Where either meets something else it
//! stops, and [`Builder`] goes one step by the general way: containers, strings with escapes, the
//! end of the scanner's window, and all faults.

use super::error::{DataErrorKind, Expected, Fault};
use super::index;
use super::scan::{Marks, Scanner};
use super::string;
use super::text::{byte, char_at, is_pair, leading_digits, load8, skip_space};
use super::word::{TEXT_LIMIT, Tag, Word};

/// Digits of the longest number that Jackson reads (`StreamReadConstraints`).
pub(super) const DIGIT_LIMIT: usize = 1000;

/// What the passes need and nobody reads afterwards.
#[derive(Debug, Default)]
pub(super) struct Scratch {
    marks: Marks,
    /// Words of the open containers, outermost first.
    pending: Vec<u64>,
    /// The containers around the innermost open one.
    frames: Vec<Frame>,
}

impl Scratch {
    /// Whether keeping it for the next text wastes little memory.
    pub(super) fn is_small(&self) -> bool {
        const FEW: usize = 1 << 17;
        self.pending.capacity() < FEW && self.marks.specials.capacity() < FEW
    }
}

/// An open container.
#[derive(Clone, Copy, Debug)]
struct Frame {
    /// Where its words begin in `pending`.
    start: u32,
    tag: Tag,
}

/// Checks `text` and appends its words to `tape`; returns the word of the root value.
pub(super) fn build(
    text: &str,
    depth_limit: usize,
    scratch: &mut Scratch,
    tape: &mut Vec<u64>,
) -> Result<Word, Fault> {
    let bytes = text.as_bytes();
    if bytes.len() >= TEXT_LIMIT {
        return Err(Fault::new(0, DataErrorKind::TextLimit(TEXT_LIMIT - 1)));
    }
    scratch.marks.reset(bytes.len());
    scratch.frames.clear();
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
        pending_count: 0,
        frames: &mut scratch.frames,
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
    pending_count: usize,
    frames: &'s mut Vec<Frame>,
    depth_limit: usize,
    tape: &'s mut Vec<u64>,
}

impl Builder<'_, '_> {
    fn root(&mut self) -> Result<Word, Fault> {
        if self.at >= self.text.len() {
            return Err(Fault::new(self.at, DataErrorKind::Empty));
        }
        self.make_room();
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
        let mut frame = self.open();
        let mut opened = true;
        loop {
            // After an opening brace or bracket, or after a comma.
            if opened {
                if self.frames.len() >= self.depth_limit {
                    let kind = DataErrorKind::DepthLimit(self.depth_limit);
                    return Err(Fault::new(self.at, kind));
                }
                self.at = skip_space(self.text, self.at + 1);
            }
            if !opened || byte(self.text, self.at) != closing(frame.tag) {
                opened = match self.run(frame.tag) {
                    Stop::Open => true,
                    Stop::Value => false,
                    Stop::Slow => self.step(&mut frame)?,
                };
                if opened {
                    self.frames.push(frame);
                    frame = self.open();
                    continue;
                }
            }
            // After a value.
            loop {
                self.at = skip_space(self.text, self.at);
                let found = byte(self.text, self.at);
                if found == b',' {
                    self.at = skip_space(self.text, self.at + 1);
                    opened = false;
                    break;
                }
                if found != closing(frame.tag) {
                    return Err(self.expected(match frame.tag {
                        Tag::Array => Expected::CommaOrBracket,
                        _ => Expected::CommaOrBrace,
                    }));
                }
                self.at += 1;
                let word = self.close(frame);
                match self.frames.pop() {
                    Some(outer) => frame = outer,
                    None => return Ok(word),
                }
                self.push(word);
            }
        }
    }

    /// Reads members or items as far as the fast loops can.
    #[inline(always)]
    fn run(&mut self, tag: Tag) -> Stop {
        let mut run = Run {
            at: self.at,
            ends: self.marks.ends.get(self.end_at..self.end_count).unwrap_or_default(),
            room: self.pending.get_mut(self.pending_count..).unwrap_or_default(),
        };
        let (ends, room) = (run.ends.len(), run.room.len());
        let stop = match tag {
            Tag::Array => items(self.text, &mut run, self.special),
            _ => members(self.text, &mut run, self.special),
        };
        self.at = run.at;
        self.end_at += ends - run.ends.len();
        self.pending_count += room - run.room.len();
        stop
    }

    /// Reads one member or item; true if it is a container, which is still to be read.
    #[cold]
    #[inline(never)]
    fn step(&mut self, frame: &mut Frame) -> Result<bool, Fault> {
        self.make_room();
        let first = self.pending_count == frame.start as usize;
        let mut expected = if first { Expected::Value } else { Expected::NextItem };
        if frame.tag != Tag::Array {
            if byte(self.text, self.at) != b'"' {
                let expected = if first { Expected::NameOrEnd } else { Expected::NextName };
                return Err(self.expected(expected));
            }
            let name = self.string()?;
            if name.tag() == Tag::EscapedString {
                frame.tag = Tag::EscapedObject;
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
            return Ok(true);
        }
        let value = self.scalar(expected)?;
        self.push(value);
        Ok(false)
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
        let start = self.at + 1;
        self.at = end + 1;
        Ok(Word::new(tag, start, end - start))
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

    /// Begins the container at `self.at`.
    #[inline(always)]
    fn open(&mut self) -> Frame {
        let tag = if byte(self.text, self.at) == b'[' { Tag::Array } else { Tag::Object };
        Frame { start: self.pending_count as u32, tag }
    }

    /// Moves the words of a container to the tape.
    #[inline(always)]
    fn close(&mut self, frame: Frame) -> Word {
        let start = frame.start as usize;
        let words = self.pending.get_mut(start..self.pending_count).unwrap_or_default();
        self.pending_count = start;
        let mut count = words.len();
        if frame.tag != Tag::Array {
            count /= 2;
            if count > index::LINEAR {
                return index::append(self.whole, frame.tag, words, self.tape);
            }
        }
        let first = self.tape.len();
        self.tape.extend_from_slice(words);
        Word::new(frame.tag, first, count)
    }

    #[inline(always)]
    fn push(&mut self, word: Word) {
        if let Some(slot) = self.pending.get_mut(self.pending_count) {
            *slot = word.0;
        } else {
            self.pending.push(word.0);
        }
        self.pending_count += 1;
    }

    /// Sees to it that the fast loops have room.
    fn make_room(&mut self) {
        if self.pending.len() < self.pending_count + 64 {
            self.pending.resize(self.pending_count * 2 + 512, 0);
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

/// Why a fast loop stopped.
enum Stop {
    /// At the opening brace or bracket of a value.
    Open,
    /// After a value that no comma follows.
    Value,
    /// Before a member or item that it cannot read.
    Slow,
}

/// The state that a fast loop takes along.
struct Run<'a> {
    at: usize,
    /// Ends of strings not yet met.
    ends: &'a [u32],
    /// Room for words.
    room: &'a mut [u64],
}

/// Reads members; `run.at` is where a name should begin.
#[inline(never)]
fn members(text: &[u8], run: &mut Run<'_>, special: usize) -> Stop {
    let Run { mut at, mut ends, ref mut room } = *run;
    let mut room = std::mem::take(room);
    let stop = loop {
        let [name_slot, value_slot, ..] = room else { break Stop::Slow };
        let [name_end, after_name @ ..] = ends else { break Stop::Slow };
        let name_end = *name_end as usize;
        if byte(text, at) != b'"' || name_end > special {
            break Stop::Slow;
        }
        *name_slot = string_between(at, name_end);
        let value = if is_pair(text, name_end + 1, b":\"") {
            name_end + 2
        } else if byte(text, name_end + 1) == b':' {
            skip_space(text, name_end + 2)
        } else {
            break Stop::Slow;
        };
        let bytes = load8(text, value);
        match bytes as u8 {
            b'"' => {
                let [end, after_value @ ..] = after_name else { break Stop::Slow };
                let end = *end as usize;
                if end > special {
                    break Stop::Slow;
                }
                *value_slot = string_between(value, end);
                ends = after_value;
                at = end + 1;
            }
            b'{' | b'[' => {
                ends = after_name;
                at = value;
                room = room.split_at_mut(1).1;
                break Stop::Open;
            }
            _ => {
                let Some(word) = plain(text, value, bytes) else { break Stop::Slow };
                *value_slot = word.0;
                ends = after_name;
                at = value + word.count();
            }
        }
        room = room.split_at_mut(2).1;
        at = skip_space(text, at);
        if byte(text, at) != b',' {
            break Stop::Value;
        }
        at = skip_space(text, at + 1);
    };
    *run = Run { at, ends, room };
    stop
}

/// The word of the plain string between two quotes.
#[inline(always)]
fn string_between(open: usize, close: usize) -> u64 {
    // Ends come in the order of the text, so that no string closes before it opens.
    Word::new(Tag::String, open + 1, close.wrapping_sub(open + 1)).0
}

/// Reads items; `run.at` is where one should begin.
#[inline(never)]
fn items(text: &[u8], run: &mut Run<'_>, special: usize) -> Stop {
    let Run { mut at, mut ends, ref mut room } = *run;
    let mut room = std::mem::take(room);
    let stop = loop {
        let [slot, ..] = room else { break Stop::Slow };
        let bytes = load8(text, at);
        let word = match bytes as u8 {
            b'"' => {
                let [end, after @ ..] = ends else { break Stop::Slow };
                let end = *end as usize;
                if end > special {
                    break Stop::Slow;
                }
                ends = after;
                let word = string_between(at, end);
                at = end + 1;
                word
            }
            b'{' | b'[' => break Stop::Open,
            _ => {
                let Some(word) = plain(text, at, bytes) else { break Stop::Slow };
                at += word.count();
                word.0
            }
        };
        *slot = word;
        room = room.split_at_mut(1).1;
        at = skip_space(text, at);
        if byte(text, at) != b',' {
            break Stop::Value;
        }
        at = skip_space(text, at + 1);
    };
    *run = Run { at, ends, room };
    stop
}

/// The number or literal at `at`, where `bytes` stand; nothing if it is neither.
#[inline(always)]
fn plain(text: &[u8], at: usize, bytes: u64) -> Option<Word> {
    const NULL: u32 = u32::from_le_bytes(*b"null");
    const TRUE: u32 = u32::from_le_bytes(*b"true");
    const FALSE: u64 = u64::from_le_bytes(*b"false\0\0\0");
    match bytes as u8 {
        b'0'..=b'9' | b'-' => {
            let digits = leading_digits(bytes);
            let next = (bytes >> ((8 * digits) & 63)) as u8;
            let plain = next != b'.' && next | 0x20 != b'e';
            if digits.wrapping_sub(1) < 7 && plain && (digits == 1 || bytes as u8 != b'0') {
                return Some(Word::new(Tag::Integer, at, digits));
            }
            let word = number(text, at);
            (word.count() > 0).then_some(word)
        }
        b'n' if bytes as u32 == NULL => Some(Word::new(Tag::Null, at, 4)),
        b't' if bytes as u32 == TRUE => Some(Word::new(Tag::True, at, 4)),
        b'f' if bytes & 0xff_ffff_ffff == FALSE => Some(Word::new(Tag::False, at, 5)),
        _ => None,
    }
}

/// The number at `at`; a word of length 0 if it breaks the grammar or the limit.
#[inline(never)]
fn number(text: &[u8], start: usize) -> Word {
    const FAULT: Word = Word::NULL;
    let mut tag = Tag::Integer;
    let mut at = start + usize::from(byte(text, start) == b'-');
    let whole = count_digits(text, at);
    if whole == 0 || whole > 1 && byte(text, at) == b'0' {
        return FAULT;
    }
    at += whole;
    let mut digits = whole;
    if byte(text, at) == b'.' {
        tag = Tag::Decimal;
        let fraction = count_digits(text, at + 1);
        if fraction == 0 {
            return FAULT;
        }
        at += 1 + fraction;
        digits += fraction;
    }
    if byte(text, at) | 0x20 == b'e' {
        tag = Tag::Decimal;
        at += 1 + usize::from(matches!(byte(text, at + 1), b'+' | b'-'));
        let exponent = count_digits(text, at);
        if exponent == 0 {
            return FAULT;
        }
        at += exponent;
        digits += exponent;
    }
    if digits > DIGIT_LIMIT { FAULT } else { Word::new(tag, start, at - start) }
}

fn count_digits(text: &[u8], start: usize) -> usize {
    let mut at = start;
    loop {
        let digits = leading_digits(load8(text, at));
        at += digits;
        if digits < 8 {
            return at - start;
        }
    }
}

/// What is wrong with the number at `start`, if one begins there.
#[cold]
fn number_fault(text: &[u8], start: usize) -> Option<(usize, DataErrorKind)> {
    let mut at = start + usize::from(byte(text, start) == b'-');
    let expected = |at| {
        let kind = DataErrorKind::Expected(Expected::Digit, char_at(text, at));
        Some((at, kind))
    };
    match (count_digits(text, at), byte(text, at)) {
        (0, _) if at > start => return expected(at),
        (0, _) => return None,
        (2.., b'0') => return Some((at, DataErrorKind::LeadingZero)),
        (whole, _) => at += whole,
    }
    if byte(text, at) == b'.' {
        at += 1;
        match count_digits(text, at) {
            0 => return expected(at),
            fraction => at += fraction,
        }
    }
    if byte(text, at) | 0x20 == b'e' {
        at += 1 + usize::from(matches!(byte(text, at + 1), b'+' | b'-'));
        if count_digits(text, at) == 0 {
            return expected(at);
        }
    }
    Some((start, DataErrorKind::DigitLimit(DIGIT_LIMIT)))
}
