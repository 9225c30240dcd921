//! Markup values.

use super::OutputFormat;
use crate::value::Str;

/// Text of an output format: markup, or plain text that is still to be escaped.
#[derive(Clone, Debug)]
pub struct Markup<'a> {
    pub(crate) format: OutputFormat,
    pub(crate) content: MarkupContent<'a>,
}

/// The two ways to come by markup.
#[derive(Clone, Debug)]
pub(crate) enum MarkupContent<'a> {
    /// Written as it is.
    Markup(Str<'a>),
    /// `x?esc`: can be escaped into another format, if need be.
    Plain(Str<'a>),
}

impl<'a> Markup<'a> {
    pub(crate) fn new(format: OutputFormat, markup: impl Into<Str<'a>>) -> Self {
        Self { format, content: MarkupContent::Markup(markup.into()) }
    }

    pub(crate) fn from_plain(format: OutputFormat, text: impl Into<Str<'a>>) -> Self {
        Self { format, content: MarkupContent::Plain(text.into()) }
    }

    /// Writes its markup.
    pub(crate) fn write(&self, out: &mut String) {
        match &self.content {
            MarkupContent::Markup(markup) => out.push_str(markup),
            MarkupContent::Plain(text) => self.format.escape(text, out),
        }
    }

    /// Its markup.
    pub(crate) fn markup(&self) -> Str<'a> {
        match &self.content {
            MarkupContent::Markup(markup) => markup.clone(),
            MarkupContent::Plain(_) => {
                let mut out = String::new();
                self.write(&mut out);
                out.into()
            }
        }
    }

    /// The plain text it was made of, if it was.
    pub(crate) fn plain(&self) -> Option<&Str<'a>> {
        match &self.content {
            MarkupContent::Plain(text) => Some(text),
            MarkupContent::Markup(_) => None,
        }
    }

    /// Whether it prints nothing.
    pub(crate) fn is_empty(&self) -> bool {
        match &self.content {
            MarkupContent::Markup(text) | MarkupContent::Plain(text) => text.is_empty(),
        }
    }

    /// `self` and `other` one after the other; `None` where formats do not go together.
    pub(crate) fn concat(&self, other: &Markup<'a>) -> Option<Markup<'a>> {
        let other = if other.format == self.format {
            other.clone()
        } else if let Some(text) = other.plain() {
            Markup::from_plain(self.format.clone(), text.clone())
        } else if let Some(text) = self.plain() {
            return Some(Markup::from_plain(other.format.clone(), text.clone()).concat_same(other));
        } else {
            return None;
        };
        Some(self.concat_same(&other))
    }

    fn concat_same(&self, other: &Markup<'a>) -> Markup<'a> {
        if let (Some(a), Some(b)) = (self.plain(), other.plain()) {
            return Markup::from_plain(self.format.clone(), [&**a, &**b].concat());
        }
        let mut text = String::new();
        self.write(&mut text);
        other.write(&mut text);
        Markup::new(self.format.clone(), text)
    }
}
