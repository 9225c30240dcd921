//! Numbers as text: the `number_format` setting, `?string("…")`, `#{…}`.

mod digits;
mod extended;
mod pattern;
mod syntax;
#[cfg(test)]
pub(crate) mod tests;

use std::cell::RefCell;

use super::{
    c::CFormat,
    locale::Locale,
    locale_number::{Patterns, Symbols},
    quoted, unicode,
};
use crate::value::number::{Number, NumberError};

pub(crate) use pattern::Pattern;
pub(crate) use syntax::PatternError;

/// A format of numbers, made once and used often.
#[derive(Clone, Debug)]
pub(crate) enum NumberFormat {
    /// `c` and `computer`.
    C(CFormat),
    Pattern(Box<Pattern>),
}

impl NumberFormat {
    /// A format by the text of the setting: `number`, `currency`, `percent`, `c`, `computer`, or
    /// a pattern of Java's `DecimalFormat` with FreeMarker's parameters.
    pub(crate) fn parse(
        text: &str,
        locale: &Locale,
        c_format: CFormat,
    ) -> Result<Self, PatternError> {
        let pattern = match text {
            "c" | "computer" => return Ok(NumberFormat::C(c_format)),
            "number" => Pattern::new(Patterns::of(locale).number, &Symbols::of(locale)),
            "currency" => Pattern::currency(Patterns::of(locale).currency, &Symbols::of(locale)),
            "percent" => Pattern::new(Patterns::of(locale).percent, &Symbols::of(locale)),
            text => match custom_name(text) {
                Some(name) => {
                    let name = quoted(name);
                    let message = format!("No custom number format was defined with name {name}");
                    Err(PatternError(message))
                }
                None => extended::parse(text, locale),
            },
        };
        pattern.map(|pattern| NumberFormat::Pattern(Box::new(pattern)))
    }

    /// Prints a number.
    ///
    /// Fails if it must be rounded but must not, or for a number with too many digits.
    #[inline]
    pub(crate) fn write(&self, number: &Number, out: &mut String) -> Result<(), NumberError> {
        match self {
            NumberFormat::C(c_format) => c_format.write_as_number_format(number, out),
            NumberFormat::Pattern(pattern) => pattern.write(number, out),
        }
    }
}

/// Prints `#{number; mXMY}`: between `X` and `Y` decimals, without grouping.
pub(crate) fn write_decimals(
    number: &Number,
    range: (u8, u8),
    locale: &Locale,
    out: &mut String,
) -> Result<(), NumberError> {
    /// A locale, the least and the most fraction digits, and the pattern of them.
    type Known = (Locale, (u8, u8), Pattern);
    thread_local! {
        /// A template seldom has more than one of these, and looking up a locale takes longer
        /// than printing.
        static LAST: RefCell<Option<Known>> = const { RefCell::new(None) };
    }
    LAST.with_borrow_mut(|last| {
        if let Some((known_locale, known_range, pattern)) = last
            && known_locale == locale
            && *known_range == range
        {
            return pattern.write(number, out);
        }
        let pattern = decimals(range, locale);
        let result = pattern.write(number, out);
        *last = Some((locale.clone(), range, pattern));
        result
    })
}

fn decimals((min, max): (u8, u8), locale: &Locale) -> Pattern {
    let mut pattern = Pattern::new(Patterns::of(locale).number, &Symbols::of(locale))
        .expect("patterns of locales are valid");
    pattern.set_decimals(i64::from(min), i64::from(max));
    pattern
}

/// `name` of `@name arguments`, which asks for a format that the host defined. Any other text
/// beginning with `@` is a pattern.
fn custom_name(text: &str) -> Option<&str> {
    let name = text.strip_prefix('@')?;
    name.chars().next().filter(|c| unicode::is_letter(*c as u32))?;
    Some(name.split([' ', '_']).next().unwrap_or(name))
}
