//! The code points of a pattern under a cursor.

use super::{Flags, PatternError};

/// Reads a pattern the way java.util.regex does, which decides where an error is found.
///
/// Past its end there are zeros. With the flag `x`, blanks and comments are skipped by whatever
/// looks at a code point, so that looking may move the cursor.
pub(super) struct Reader<'p> {
    pattern: &'p str,
    /// The pattern, `\Q…\E` replaced by escapes.
    chars: Vec<u32>,
    cursor: usize,
    /// Stands at the end while a name in braces is read, so that this stops there.
    stopper: u32,
    pub(super) flags: Flags,
}

impl<'p> Reader<'p> {
    pub(super) fn new(pattern: &'p str, flags: Flags) -> Self {
        let chars = unquote(pattern.chars().map(u32::from).collect());
        Reader { pattern, chars, cursor: 0, stopper: 0, flags }
    }

    pub(super) fn error(&self, description: impl Into<String>) -> PatternError {
        PatternError {
            description: description.into(),
            index: self.cursor.checked_sub(1),
            pattern: self.pattern.to_owned(),
        }
    }

    /// The code point at an index, whatever the flags.
    pub(super) fn at(&self, index: usize) -> u32 {
        match self.chars.get(index) {
            Some(&c) => c,
            None if index == self.chars.len() => self.stopper,
            None => 0,
        }
    }

    pub(super) fn cursor(&self) -> usize {
        self.cursor
    }

    pub(super) fn set_cursor(&mut self, cursor: usize) {
        self.cursor = cursor;
    }

    pub(super) fn is_at_end(&self) -> bool {
        self.cursor >= self.chars.len()
    }

    pub(super) fn len(&self) -> usize {
        self.chars.len()
    }

    /// Whether a code point from `from` on is supplementary.
    pub(super) fn has_supplementary(&self, from: usize) -> bool {
        self.chars.iter().skip(from).any(|&c| super::class::is_supplementary(c))
    }

    fn comments(&self) -> bool {
        self.flags.contains(Flags::COMMENTS)
    }

    pub(super) fn peek(&mut self) -> u32 {
        if self.comments() {
            while self.skip_filler_here() {}
        }
        self.at(self.cursor)
    }

    /// Moves on, then looks.
    pub(super) fn next(&mut self) -> u32 {
        self.cursor += 1;
        self.peek()
    }

    /// Moves on, then looks, blanks and comments being code points like any other.
    pub(super) fn next_literally(&mut self) -> u32 {
        self.cursor += 1;
        self.at(self.cursor)
    }

    /// Takes a code point.
    pub(super) fn read(&mut self) -> u32 {
        let c = self.peek();
        self.cursor += 1;
        c
    }

    /// Takes the code point after the one under the cursor.
    pub(super) fn skip(&mut self) -> u32 {
        let c = self.at(self.cursor + 1);
        self.cursor += 2;
        c
    }

    pub(super) fn unread(&mut self) {
        self.cursor = self.cursor.saturating_sub(1);
    }

    /// Skips blanks or one comment under the cursor.
    fn skip_filler_here(&mut self) -> bool {
        let c = self.at(self.cursor);
        if matches!(c, 9..=13 | 0x20) {
            self.cursor += 1;
            return true;
        }
        if c != u32::from(b'#') {
            return false;
        }
        loop {
            self.cursor += 1;
            let c = self.at(self.cursor);
            if c == 0 && self.cursor > self.chars.len() {
                self.cursor = self.chars.len();
                return false;
            }
            if c == 0 || self.ends_line(c) {
                // A line terminator that is no blank is a code point of the pattern.
                return c != 0;
            }
        }
    }

    fn ends_line(&self, c: u32) -> bool {
        if self.flags.contains(Flags::UNIX_LINES) {
            c == 0x0a
        } else {
            super::class::is_line_terminator(c)
        }
    }

    /// Takes what comes before the next `}`; nothing if none comes.
    pub(super) fn read_braced(&mut self) -> Option<Vec<u32>> {
        let start = self.cursor;
        self.stopper = u32::from(b'}');
        while self.read() != u32::from(b'}') && self.cursor <= self.chars.len() {}
        self.stopper = 0;
        (self.cursor <= self.chars.len()).then(|| self.chars[start..self.cursor - 1].to_vec())
    }
}

/// Replaces `\Q…\E`: escapes each sign in it, and a leading digit as `\x3n`, since it must not
/// continue an escape before the quote.
fn unquote(chars: Vec<u32>) -> Vec<u32> {
    const BACKSLASH: u32 = b'\\' as u32;
    let mut start = 0;
    loop {
        match chars.get(start..) {
            Some([BACKSLASH, c, ..]) if *c == u32::from(b'Q') => break,
            Some([BACKSLASH, _, ..]) => start += 2,
            Some([_, _, ..]) => start += 1,
            _ => return chars,
        }
    }
    let mut out = chars[..start].to_vec();
    let mut rest = chars[start + 2..].iter().copied().peekable();
    let mut quoted = true;
    let mut begins = true;
    while let Some(c) = rest.next() {
        match u8::try_from(c).ok().filter(u8::is_ascii) {
            None => out.push(c),
            Some(b) if b.is_ascii_alphabetic() => out.push(c),
            Some(b) if b.is_ascii_digit() => {
                if begins {
                    out.extend(b"\\x3".map(u32::from));
                }
                out.push(c);
            }
            Some(b'\\') if quoted && rest.peek() == Some(&u32::from(b'E')) => {
                rest.next();
                quoted = false;
            }
            Some(b'\\') if quoted => out.extend([BACKSLASH, BACKSLASH]),
            Some(b'\\') if rest.peek() == Some(&u32::from(b'Q')) => {
                rest.next();
                quoted = true;
                begins = true;
                continue;
            }
            Some(b'\\') => {
                out.push(c);
                out.extend(rest.next());
            }
            Some(_) => {
                if quoted {
                    out.push(BACKSLASH);
                }
                out.push(c);
            }
        }
        begins = false;
    }
    out
}
