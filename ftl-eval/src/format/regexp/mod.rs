//! Regular expressions: java.util.regex (JDK 17), in syntax and in what is found.
//!
//! Patterns are run by a backtracking matcher of our own, since what java.util.regex finds cannot be
//! had from another engine: which groups are set after backtracking, where a repetition of something
//! empty ends, what `$` means. A match is bounded by a count of steps and so in memory; nesting is
//! bounded when a pattern is compiled.
//!
//! A **step** is one instruction of the compiled pattern (about one sign of it) tried at one
//! position, plus one for each 16 bytes of text (or members of a set, or groups) that it went over. Text that is skipped because no
//! match can begin there costs only the latter.
//!
//! Differences from Java: `\N{…}` and canonical equivalence (`(?c)`) are not supported; groups nest
//! at most 100 deep; a pattern has at most 262,144 code points.

mod ast;
mod class;
mod escape;
mod exec;
mod parts;
mod program;
mod reader;
mod replace;
mod syntax;
#[cfg(test)]
mod tests;
mod text;

#[cfg(test)]
use std::borrow::Cow;
use std::fmt;
use std::ops::BitOr;
use std::sync::Arc;

use memchr::memmem::Finder;

use self::ast::{Assertion, UNBOUNDED};
use self::exec::{Exec, UNSET};
use self::program::{FirstBytes, Op, Program, SetRepeat};
use self::text::Text;
use super::utf16;

pub(crate) use self::replace::{ReplaceError, Which};

/// Flags of a pattern; each can also be set in it, as in `(?i)`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Flags(u8);

impl Flags {
    pub(crate) const NONE: Flags = Flags(0);
    /// `i`: letters of ASCII in any case, all letters with `u`.
    pub(crate) const CASE_INSENSITIVE: Flags = Flags(1);
    /// `m`: `^` and `$` match at each line.
    pub(crate) const MULTILINE: Flags = Flags(1 << 1);
    /// `s`: `.` matches line terminators too.
    pub(crate) const DOTALL: Flags = Flags(1 << 2);
    /// `x`, which FreeMarker spells `c`: blanks and comments in the pattern are skipped.
    pub(crate) const COMMENTS: Flags = Flags(1 << 3);
    /// `d`: only `\n` ends a line.
    pub(crate) const UNIX_LINES: Flags = Flags(1 << 4);
    /// `u`: case is that of Unicode.
    pub(crate) const UNICODE_CASE: Flags = Flags(1 << 5);
    /// `U`: `\w` and the like are for Unicode.
    pub(crate) const UNICODE_CHARACTER_CLASS: Flags = Flags(1 << 6);

    pub(crate) fn contains(self, flag: Flags) -> bool {
        self.0 & flag.0 == flag.0
    }

    fn without(self, flags: Flags) -> Flags {
        Flags(self.0 & !flags.0)
    }
}

impl BitOr for Flags {
    type Output = Flags;

    fn bitor(self, other: Flags) -> Flags {
        Flags(self.0 | other.0)
    }
}

/// Why a pattern is none. Its text is that of Java's `PatternSyntaxException`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PatternError {
    pub(crate) description: String,
    /// Where the fault was found, in code points; quoted parts count as they are read.
    pub(crate) index: Option<usize>,
    pub(crate) pattern: String,
}

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.description)?;
        if let Some(index) = self.index {
            write!(f, " near index {index}")?;
        }
        write!(f, "\n{}", self.pattern)?;
        match self.index {
            Some(index) if index < utf16::len16(&self.pattern) => {
                // Tabs are kept, so that the caret comes to stand under its sign.
                let tab_or_blank = |unit| if unit == u16::from(b'\t') { '\t' } else { ' ' };
                let indent: String =
                    self.pattern.encode_utf16().take(index).map(tab_or_blank).collect();
                write!(f, "\n{indent}^")
            }
            _ => Ok(()),
        }
    }
}

impl std::error::Error for PatternError {}

/// A match took more steps than it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StepLimit;

impl fmt::Display for StepLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "The regular expression takes too many steps")
    }
}

impl std::error::Error for StepLimit {}

/// The steps that matching may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Steps {
    per_match: u64,
    left: u64,
}

impl Steps {
    /// Default limit for one match.
    pub(crate) const PER_MATCH: u64 = 1_000_000;

    /// At most `per_match` steps for each search of a match, and `total` for all of them.
    pub(crate) fn new(per_match: u64, total: u64) -> Self {
        Steps { per_match, left: total }
    }

    /// What is left of the total.
    pub(crate) fn left(&self) -> u64 {
        self.left
    }

    fn available(&self) -> u64 {
        self.per_match.min(self.left)
    }

    fn spend(&mut self, steps: u64) {
        self.left = self.left.saturating_sub(steps);
    }
}

impl Default for Steps {
    fn default() -> Self {
        Steps::new(Self::PER_MATCH, u64::MAX)
    }
}

/// A compiled pattern; cheap to clone.
#[derive(Clone)]
pub(crate) struct Regexp(Arc<Inner>);

struct Inner {
    pattern: String,
    program: Program,
    names: Vec<(String, u32)>,
    search: Search,
}

/// How matches are looked for.
enum Search {
    /// At the start of the text only.
    Start,
    /// The pattern is this text.
    Literal(Finder<'static>),
    /// A match begins with this text.
    Prefix(Finder<'static>),
    /// The pattern is a set, once or as often as possible.
    Set(SetRepeat),
    /// A match begins with one of these bytes.
    FirstBytes(Box<FirstBytes>),
    Everywhere,
}

impl Search {
    fn of(program: &Program) -> Self {
        if program.ops.first() == Some(&Op::Assert(Assertion::Begin)) {
            return Search::Start;
        }
        if let Some(repeat) = program.whole_set() {
            return Search::Set(repeat);
        }
        if let Some((prefix, whole)) = program.prefix() {
            let finder = Finder::new(prefix).into_owned();
            return if whole { Search::Literal(finder) } else { Search::Prefix(finder) };
        }
        program.first_bytes().map_or(Search::Everywhere, Search::FirstBytes)
    }
}

impl fmt::Debug for Regexp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Regexp").field(&self.0.pattern).finish()
    }
}

impl Regexp {
    pub(crate) fn compile(pattern: &str, flags: Flags) -> Result<Self, PatternError> {
        let ast = syntax::parse(pattern, flags)?;
        let program = program::compile(&ast);
        let search = Search::of(&program);
        Ok(Regexp(Arc::new(Inner {
            pattern: pattern.to_owned(),
            program,
            names: ast.names,
            search,
        })))
    }

    /// The number of capturing groups, the whole match not counted.
    pub(crate) fn group_count(&self) -> usize {
        self.0.program.groups as usize
    }

    /// Named groups with their numbers, in order of appearance.
    pub(crate) fn group_names(&self) -> impl Iterator<Item = (&str, usize)> {
        self.0.names.iter().map(|(name, group)| (name.as_str(), *group as usize))
    }

    /// Looks for matches in a text, one after another.
    pub(crate) fn matcher<'a>(&'a self, text: &'a str) -> Matcher<'a> {
        Matcher { regexp: self, text, exec: None, span: None, from: Some(0), last: 0 }
    }

    /// The first match that begins at a position (see `utf16`) or after it.
    pub(crate) fn find_at(
        &self,
        text: &str,
        position: usize,
        steps: &mut Steps,
    ) -> Result<Option<Captures>, StepLimit> {
        let mut matcher = self.matcher(text);
        (matcher.from, matcher.last) = (Some(position), position);
        let found = matcher.find(steps)?;
        Ok(found.then(|| matcher.captures()))
    }

    /// The match of the whole text.
    pub(crate) fn matches(
        &self,
        text: &str,
        steps: &mut Steps,
    ) -> Result<Option<Captures>, StepLimit> {
        let mut matcher = self.matcher(text);
        let found = matcher.attempt(true, steps)?;
        Ok(found.then(|| matcher.captures()))
    }

    /// The match at the start of a text.
    pub(crate) fn looking_at(
        &self,
        text: &str,
        steps: &mut Steps,
    ) -> Result<Option<Captures>, StepLimit> {
        let mut matcher = self.matcher(text);
        let found = matcher.attempt(false, steps)?;
        Ok(found.then(|| matcher.captures()))
    }

    /// The parts of a text between matches, empty ones at the end dropped, as `Pattern.split(text)`.
    #[cfg(test)]
    pub(crate) fn split<'t>(
        &self,
        text: &'t str,
        steps: &mut Steps,
    ) -> Result<Vec<Cow<'t, str>>, StepLimit> {
        let mut parts = Vec::new();
        let mut from = 0;
        let mut matcher = self.matcher(text);
        while let Some((start, end)) = matcher.find_span(steps)? {
            // An empty match at the start splits nothing off.
            if end > 0 {
                parts.push(utf16::slice(text, from, start));
                from = end;
            }
        }
        if from == 0 {
            return Ok(vec![Cow::Borrowed(text)]);
        }
        parts.push(utf16::slice(text, from, text.len()));
        let kept = parts.iter().rposition(|part| !part.is_empty()).map_or(0, |last| last + 1);
        parts.truncate(kept);
        Ok(parts)
    }
}

/// Where a match and its groups are, as positions (see `utf16`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Captures {
    spans: Box<[u32]>,
}

impl Captures {
    /// Start and end of a group, 0 being the whole match; nothing if it has not matched.
    pub(crate) fn span(&self, group: usize) -> Option<(usize, usize)> {
        span_of(&self.spans, group)
    }

    /// The number of groups, the whole match counted.
    pub(crate) fn len(&self) -> usize {
        self.spans.len() / 2
    }
}

fn span_of(spans: &[u32], group: usize) -> Option<(usize, usize)> {
    match spans.get(2 * group..2 * group + 2) {
        Some(&[start, end]) if start != UNSET => Some((start as usize, end as usize)),
        _ => None,
    }
}

/// A pattern at work on a text.
pub(crate) struct Matcher<'a> {
    regexp: &'a Regexp,
    text: &'a str,
    /// Made when it is needed: simple patterns need none.
    exec: Option<Exec<'a>>,
    /// The last match.
    span: Option<(usize, usize)>,
    /// Where the next search begins.
    from: Option<usize>,
    /// Where the last match ended.
    last: usize,
}

impl<'a> Matcher<'a> {
    /// Looks for the next match.
    pub(crate) fn find(&mut self, steps: &mut Steps) -> Result<bool, StepLimit> {
        Ok(self.find_span(steps)?.is_some())
    }

    /// Looks for the next match; its start and end.
    pub(crate) fn find_span(
        &mut self,
        steps: &mut Steps,
    ) -> Result<Option<(usize, usize)>, StepLimit> {
        self.span = match self.from {
            Some(from) if from <= self.text.len() => self.search(from, steps)?,
            _ => None,
        };
        self.from = None;
        if let Some((start, end)) = self.span {
            self.last = end;
            self.from = if start == end { Text::new(self.text).next_unit(end) } else { Some(end) };
        }
        Ok(self.span)
    }

    /// Matches at the start of the text only, up to its end if `whole`.
    fn attempt(&mut self, whole: bool, steps: &mut Steps) -> Result<bool, StepLimit> {
        let available = self.prepare(steps)?;
        let Some(exec) = &mut self.exec else { return Ok(false) };
        exec.reset(available, 0);
        let matched = exec.attempt(0, whole);
        steps.spend(available - exec.steps);
        self.span = if matched? { span_of(&exec.groups, 0) } else { None };
        Ok(self.span.is_some())
    }

    /// Start and end of a group in the last match.
    pub(crate) fn group_span(&self, group: usize) -> Option<(usize, usize)> {
        match &self.exec {
            _ if group == 0 => self.span,
            Some(exec) if self.span.is_some() => span_of(&exec.groups, group),
            _ => None,
        }
    }

    /// The last match; without one, no group has matched.
    pub(crate) fn captures(&self) -> Captures {
        let mut spans = Vec::with_capacity(2 * (self.regexp.group_count() + 1));
        for group in 0..=self.regexp.group_count() {
            let span = self
                .group_span(group)
                .map_or([UNSET; 2], |(start, end)| [start as u32, end as u32]);
            spans.extend(span);
        }
        Captures { spans: spans.into() }
    }

    fn prepare(&mut self, steps: &Steps) -> Result<u64, StepLimit> {
        // Positions are kept in 32 bits.
        if self.text.len() >= UNSET as usize {
            return Err(StepLimit);
        }
        let available = steps.available();
        let inner = &self.regexp.0;
        self.exec.get_or_insert_with(|| Exec::new(&inner.program, self.text, available));
        Ok(available)
    }

    fn search(
        &mut self,
        from: usize,
        steps: &mut Steps,
    ) -> Result<Option<(usize, usize)>, StepLimit> {
        match &self.regexp.0.search {
            Search::Set(repeat) => {
                let found = self.search_set(*repeat, from);
                let seen = found.map_or(self.text.len(), |(_, end)| end) - from;
                let weight = (self.regexp.0.program.sets[repeat.set as usize].weight / 64).max(1);
                self.charge(seen.saturating_mul(weight), steps).map(|()| found)
            }
            Search::Literal(finder) => {
                let found = finder.find(&self.text.as_bytes()[from..]);
                let span = found.map(|at| (from + at, from + at + finder.needle().len()));
                self.charge(found.unwrap_or(self.text.len() - from), steps).map(|()| span)
            }
            _ => self.search_with_exec(from, steps),
        }
    }

    /// Counts steps for text that was gone over.
    fn charge(&self, bytes: usize, steps: &mut Steps) -> Result<(), StepLimit> {
        let cost = 1 + (bytes >> 4) as u64;
        let available = steps.available();
        steps.spend(cost.min(available));
        if cost > available { Err(StepLimit) } else { Ok(()) }
    }

    fn search_set(&self, repeat: SetRepeat, from: usize) -> Option<(usize, usize)> {
        let set = &self.regexp.0.program.sets[repeat.set as usize];
        let text = Text::new(self.text);
        let mut start = from;
        let end = loop {
            match set.after(text, start) {
                Some(end) => break end,
                None => start = text.next(start)?.1,
            }
        };
        let end = match repeat.repetition.max {
            UNBOUNDED => set.after_most(text, end, UNBOUNDED).0,
            _ => end,
        };
        Some((start, end))
    }

    fn search_with_exec(
        &mut self,
        from: usize,
        steps: &mut Steps,
    ) -> Result<Option<(usize, usize)>, StepLimit> {
        let available = self.prepare(steps)?;
        let last = self.last;
        let Some(exec) = &mut self.exec else { return Ok(None) };
        exec.reset(available, last);
        let found = search(&self.regexp.0, exec, Text::new(self.text), from);
        steps.spend(available - exec.steps);
        Ok(if found? { span_of(&exec.groups, 0) } else { None })
    }
}

fn search(
    inner: &Inner,
    exec: &mut Exec<'_>,
    text: Text<'_>,
    from: usize,
) -> Result<bool, StepLimit> {
    // Resetting and keeping groups costs too.
    exec.step(exec.groups.len() << 3)?;
    let mut start = from;
    loop {
        let candidate = match &inner.search {
            Search::Start => (start == 0).then_some(0),
            Search::Prefix(finder) => finder.find(&text.bytes()[start..]).map(|at| start + at),
            Search::FirstBytes(bytes) => text.bytes()[start..]
                .iter()
                .position(|&b| bytes[usize::from(b)])
                .map(|at| start + at),
            _ => Some(start),
        };
        exec.step(candidate.unwrap_or(text.len()) - start)?;
        let Some(candidate) = candidate else { return Ok(false) };
        if exec.attempt(candidate, false)? {
            return Ok(true);
        }
        let next = match inner.program.by_code_point {
            true => text.next(candidate).map(|(_, next)| next),
            false => text.next_unit(candidate),
        };
        match next {
            Some(next) => start = next,
            None => return Ok(false),
        }
    }
}
