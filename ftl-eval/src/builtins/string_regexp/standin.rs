//! Stands in for `format::regexp` until that is there.

use std::fmt;
use std::ops::BitOr;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Flags(u8);

impl Flags {
    pub(crate) const NONE: Flags = Flags(0);
    pub(crate) const CASE_INSENSITIVE: Flags = Flags(1);
    pub(crate) const MULTILINE: Flags = Flags(2);
    pub(crate) const DOTALL: Flags = Flags(4);
    pub(crate) const COMMENTS: Flags = Flags(8);
}

impl BitOr for Flags {
    type Output = Flags;

    fn bitor(self, other: Flags) -> Flags {
        Flags(self.0 | other.0)
    }
}

pub(crate) struct PatternError;

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not supported yet")
    }
}

pub(crate) struct StepLimit;

pub(crate) struct Steps(u64);

impl Steps {
    pub(crate) const PER_MATCH: u64 = 1_000_000;

    pub(crate) fn new(_: u64, total: u64) -> Self {
        Steps(total)
    }

    pub(crate) fn left(&self) -> u64 {
        self.0
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    First,
    All,
}

pub(crate) enum ReplaceError {
    StepLimit,
    TooLong,
    IllegalArgument(String),
    IndexOutOfBounds(String),
}

#[derive(Clone)]
pub(crate) struct Regexp;

pub(crate) struct Captures;

pub(crate) struct Matcher;

type Found<T> = Result<Option<T>, StepLimit>;

impl Regexp {
    pub(crate) fn compile(_: &str, _: Flags) -> Result<Self, PatternError> {
        Err(PatternError)
    }

    pub(crate) fn group_count(&self) -> usize {
        0
    }

    pub(crate) fn matcher(&self, _: &str) -> Matcher {
        Matcher
    }

    pub(crate) fn find_at(&self, _: &str, _: usize, _: &mut Steps) -> Found<Captures> {
        Ok(None)
    }

    pub(crate) fn matches(&self, _: &str, _: &mut Steps) -> Found<Captures> {
        Ok(None)
    }

    pub(crate) fn looking_at(&self, _: &str, _: &mut Steps) -> Found<Captures> {
        Ok(None)
    }

    pub(crate) fn replace(
        &self,
        _: &str,
        _: &str,
        _: Which,
        _: usize,
        _: &mut Steps,
        _: &mut String,
    ) -> Result<(), ReplaceError> {
        Ok(())
    }
}

impl Captures {
    pub(crate) fn span(&self, _: usize) -> Option<(usize, usize)> {
        None
    }

    pub(crate) fn len(&self) -> usize {
        0
    }
}

impl Matcher {
    pub(crate) fn find_span(&mut self, _: &mut Steps) -> Found<(usize, usize)> {
        Ok(None)
    }

    pub(crate) fn captures(&self) -> Captures {
        Captures
    }
}
