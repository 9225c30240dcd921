//! FreeMarker's extension of patterns: `0.00;; roundingMode=up groupingSeparator="'"`.

use super::{
    super::{
        locale::Locale,
        locale_number::Symbols,
        quoted,
        unicode::{Property, record},
    },
    digits::RoundingMode,
    pattern::Pattern,
    syntax::PatternError,
};

const NAMES: &str = "currencyCode, decimalSeparator, exponentSeparator, groupingSeparator, infinity, minusSign, \
monetaryDecimalSeparator, multipier, multiplier, nan, perMill, percent, roundingMode, zeroDigit";

/// Reads a pattern with its parameters, which follow the second `;`.
pub(super) fn parse(text: &str, locale: &Locale) -> Result<Pattern, PatternError> {
    let mut symbols = Symbols::of(locale);
    let (pattern, parameters) = split(text);
    let mut options = Options::default();
    let mut parser = Parser { text, at: parameters };
    parser.skip_blanks();
    if parser.at < text.len() {
        parser.parameters(&mut symbols, &mut options, locale)?;
    }
    if let Some(symbol) = options.currency_symbol {
        symbols.currency_symbol = symbol.into();
    }
    let mut pattern = Pattern::new(pattern, &symbols)?;
    if let Some(mode) = options.rounding {
        pattern.set_rounding(mode);
    }
    if let Some(multiplier) = options.multiplier {
        pattern.set_multiplier(multiplier);
    }
    Ok(pattern)
}

#[derive(Default)]
struct Options {
    rounding: Option<RoundingMode>,
    multiplier: Option<i32>,
    currency_symbol: Option<String>,
}

/// The standard pattern, and where the parameters begin.
fn split(text: &str) -> (&str, usize) {
    let mut in_quote = false;
    let mut first = None;
    for (at, c) in text.char_indices() {
        match c {
            // A doubled quote closes one and opens one.
            '\'' => in_quote = !in_quote,
            ';' if !in_quote => match first {
                None => first = Some(at),
                Some(first) => {
                    let end = if first + 1 == at { first } else { at };
                    return (&text[..end], at + 1);
                }
            },
            _ => (),
        }
    }
    (text, text.len())
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
}

impl Parser<'_> {
    fn parameters(
        &mut self,
        symbols: &mut Symbols,
        options: &mut Options,
        locale: &Locale,
    ) -> Result<(), PatternError> {
        loop {
            let name = self.name().ok_or_else(|| self.expected("name"))?;
            self.skip_blanks();
            if !self.skip('=') {
                return Err(self.expected("\"=\""));
            }
            self.skip_blanks();
            let value = self.value()?.ok_or_else(|| self.expected("value"))?;
            let end = self.at;
            apply(&name, &value, symbols, options, locale)?;
            self.skip_blanks();
            if self.skip(',') {
                self.skip_blanks();
            } else if self.at == self.text.len() {
                return Ok(());
            } else if self.at == end {
                return Err(self.expected("parameter separator whitespace or comma"));
            }
        }
    }

    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn skip_blanks(&mut self) {
        let rest = self.rest();
        let is_blank = |c| matches!(c, ' ' | '\t' | '\r' | '\n' | '\u{a0}');
        self.at += rest.len() - rest.trim_start_matches(is_blank).len();
    }

    fn skip(&mut self, c: char) -> bool {
        let found = self.rest().starts_with(c);
        self.at += if found { c.len_utf8() } else { 0 };
        found
    }

    fn name(&mut self) -> Option<String> {
        let rest = self.rest();
        rest.chars().next().filter(|c| is_identifier(*c, Property::JavaIdentifierStart))?;
        let len = word_len(rest);
        let name = rest[..len].to_owned();
        self.at += len;
        Some(name)
    }

    /// An identifier-like word, or anything in quotes, where a doubled quote is one.
    fn value(&mut self) -> Result<Option<String>, PatternError> {
        let rest = self.rest();
        let Some(quote @ ('"' | '\'')) = rest.chars().next() else {
            let len = word_len(rest);
            if let Some(quote @ ('"' | '\'')) = rest[len..].chars().next().filter(|_| len > 0) {
                return Err(PatternError(format!(
                    "The {quote} character can only be used for quoting values, but it was in the \
                     middle of an non-quoted value."
                )));
            }
            let value = rest[..len].to_owned();
            self.at += len;
            return Ok(Some(value).filter(|value| !value.is_empty()));
        };
        let mut value = String::new();
        let mut chars = rest.char_indices().skip(1).peekable();
        while let Some((at, c)) = chars.next() {
            if c == quote && chars.next_if(|(_, next)| *next == quote).is_none() {
                self.at += at + 1;
                return Ok(Some(value));
            }
            value.push(c);
        }
        Err(PatternError(format!(
            "The {quote} quotation wasn't closed when the end of the source was reached."
        )))
    }

    fn expected(&self, what: &str) -> PatternError {
        let position = self.text[..self.at].encode_utf16().count();
        let rest: Vec<u16> = self.rest().trim_end().encode_utf16().collect();
        let found = match rest.len() {
            0 => "reached the end of the input.".to_owned(),
            1..=10 => format!("found: {}", String::from_utf16_lossy(&rest)),
            _ => format!("found: {}[...]", String::from_utf16_lossy(&rest[..5])),
        };
        PatternError(format!("Expected a(n) {what} at position {position} (0-based), but {found}"))
    }
}

fn word_len(text: &str) -> usize {
    text.find(|c| !is_identifier(c, Property::JavaIdentifierPart)).unwrap_or(text.len())
}

/// Java asks it of UTF-16 units, so beyond U+FFFF nothing is.
fn is_identifier(c: char, property: Property) -> bool {
    c <= '\u{ffff}' && record(c as u32).has(property)
}

fn apply(
    name: &str,
    value: &str,
    symbols: &mut Symbols,
    options: &mut Options,
    locale: &Locale,
) -> Result<(), PatternError> {
    let invalid = |reason: &str| {
        let value = quoted(value);
        PatternError(format!("{value} is an invalid value for the \"{name}\" parameter: {reason}"))
    };
    let char = || {
        let mut chars = value.chars();
        match (chars.next(), chars.next()) {
            (Some(c), None) if c.len_utf16() == 1 => Ok(c),
            _ => Err(invalid("Must contain exactly 1 character.")),
        }
    };
    let text = || value.to_owned().into();
    match name {
        "roundingMode" => {
            options.rounding = Some(rounding_mode(value).ok_or_else(|| {
                invalid(
                    "Should be one of: up, down, ceiling, floor, halfDown, halfEven, unnecessary",
                )
            })?);
        }
        "multiplier" | "multipier" => {
            let multiplier = java_int(value).ok_or_else(|| invalid("Malformed integer."))?;
            options.multiplier = Some(multiplier);
        }
        "decimalSeparator" => symbols.decimal = char()?,
        "monetaryDecimalSeparator" => symbols.monetary_decimal = char()?,
        "groupingSeparator" => symbols.grouping = char()?,
        "exponentSeparator" => symbols.exponent = text(),
        "minusSign" => symbols.minus = char()?.to_string().into(),
        "infinity" => symbols.infinity = text(),
        "nan" => symbols.nan = text(),
        "percent" => symbols.percent = char()?.to_string().into(),
        "perMill" => symbols.per_mille = char()?.to_string().into(),
        "zeroDigit" => symbols.zero = char()?,
        "currencyCode" => symbols
            .set_currency(value, locale)
            .ok_or_else(|| invalid("Not a known ISO 4217 code."))?,
        "currencySymbol" => options.currency_symbol = Some(value.to_owned()),
        _ => {
            let name = quoted(name);
            return Err(PatternError(format!(
                "Unsupported parameter name, {name}. The supported names are: {NAMES}"
            )));
        }
    }
    Ok(())
}

/// `Integer.valueOf`.
fn java_int(text: &str) -> Option<i32> {
    text.parse().ok()
}

fn rounding_mode(name: &str) -> Option<RoundingMode> {
    Some(match name {
        "up" => RoundingMode::Up,
        "down" => RoundingMode::Down,
        "ceiling" => RoundingMode::Ceiling,
        "floor" => RoundingMode::Floor,
        "halfUp" => RoundingMode::HalfUp,
        "halfDown" => RoundingMode::HalfDown,
        "halfEven" => RoundingMode::HalfEven,
        "unnecessary" => RoundingMode::Unnecessary,
        _ => return None,
    })
}
