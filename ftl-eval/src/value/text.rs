//! Text that is borrowed where it can be.

use std::fmt;
use std::ops::Deref;
use std::rc::Rc;

/// A string of a template: borrowed from data or template, or made while rendering.
#[derive(Clone)]
pub enum Str<'a> {
    /// Part of the data or of the template.
    Borrowed(&'a str),
    /// Made while rendering.
    Owned(Rc<str>),
}

impl<'a> Str<'a> {
    /// The part `start..end` (bytes, on character boundaries), borrowed where `self` is.
    pub(crate) fn slice(&self, start: usize, end: usize) -> Str<'a> {
        match self {
            Str::Borrowed(text) => Str::Borrowed(&text[start..end]),
            Str::Owned(text) if start == 0 && end == text.len() => Str::Owned(text.clone()),
            Str::Owned(text) => Str::Owned(text[start..end].into()),
        }
    }

    /// The part of `self` that `part` is. `part` must be a slice of it.
    pub(crate) fn part(&self, part: &str) -> Str<'a> {
        // An empty one may come from anywhere.
        if part.is_empty() {
            return Str::Borrowed("");
        }
        let start = part.as_ptr() as usize - self.as_ptr() as usize;
        self.slice(start, start + part.len())
    }
}

impl Deref for Str<'_> {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Str::Borrowed(text) => text,
            Str::Owned(text) => text,
        }
    }
}

impl fmt::Debug for Str<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl PartialEq for Str<'_> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl Eq for Str<'_> {}

impl std::hash::Hash for Str<'_> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

impl std::borrow::Borrow<str> for Str<'_> {
    fn borrow(&self) -> &str {
        self
    }
}

impl<'a> From<&'a str> for Str<'a> {
    fn from(text: &'a str) -> Self {
        Str::Borrowed(text)
    }
}

impl From<String> for Str<'_> {
    fn from(text: String) -> Self {
        Str::Owned(text.into())
    }
}

impl<'a> From<std::borrow::Cow<'a, str>> for Str<'a> {
    fn from(text: std::borrow::Cow<'a, str>) -> Self {
        match text {
            std::borrow::Cow::Borrowed(text) => Str::Borrowed(text),
            std::borrow::Cow::Owned(text) => text.into(),
        }
    }
}

impl fmt::Display for Str<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}
