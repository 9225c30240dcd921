//! The syntax of `java.text.DecimalFormat`'s patterns.

use std::fmt;

/// What the digits of a pattern say.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) min_integer: i64,
    /// Only a limit where there's an exponent.
    pub(super) max_integer: i64,
    pub(super) min_fraction: i64,
    pub(super) max_fraction: i64,
    /// 0: none.
    pub(super) group_size: i64,
    /// The fewest digits of an exponent.
    pub(super) exponent: Option<i64>,
    pub(super) always_decimal: bool,
    pub(super) multiplier: i32,
    pub(super) is_currency: bool,
}

/// What stands before and after the digits.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Affixes<T> {
    pub(super) prefix: T,
    pub(super) suffix: T,
}

/// A piece of an affix as the pattern has it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Piece {
    Char(char),
    Minus,
    Percent,
    PerMille,
    CurrencySymbol,
    CurrencyCode,
}

/// A pattern that `DecimalFormat` or FreeMarker refuses, in their words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct PatternError(pub(crate) String);

impl fmt::Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for PatternError {}

pub(super) struct Parsed {
    pub(super) layout: Layout,
    pub(super) positive: Affixes<Vec<Piece>>,
    pub(super) negative: Option<Affixes<Vec<Piece>>>,
}

/// `positive [; negative]`; of the negative part only the affixes count.
pub(super) fn parse(text: &str) -> Result<Parsed, PatternError> {
    let chars: Vec<char> = text.chars().collect();
    let mut parser = Parser { text, chars: &chars, start: 0, is_currency: false };
    if chars.is_empty() {
        let layout = Layout {
            max_fraction: i64::from(i32::MAX),
            group_size: 3,
            ..Counts::default().layout(1)
        };
        let positive = Affixes { prefix: Vec::new(), suffix: Vec::new() };
        return Ok(Parsed { layout, positive, negative: None });
    }
    let (positive, mut layout) = parser.part(false)?;
    // Without a `;` Java reads all of it again, which shows: `0E0E` has no minus.
    let negative = match parser.start < chars.len() {
        true => Some(parser.part(true)?.0),
        false => None,
    };
    layout.is_currency = parser.is_currency;
    Ok(Parsed { layout, positive, negative })
}

struct Parser<'a> {
    text: &'a str,
    chars: &'a [char],
    /// Where the next part begins.
    start: usize,
    is_currency: bool,
}

/// The digits of a pattern, counted.
#[derive(Default)]
struct Counts {
    /// `#` before the first `0`, `0`, and `#` after it.
    left: i64,
    zeros: i64,
    right: i64,
    /// Digits between the last `,` and the decimal point. Java counts in a byte.
    group: Option<i8>,
    /// Digits before the decimal point.
    decimal: Option<i64>,
    exponent: Option<i64>,
}

impl Parser<'_> {
    /// One part, up to and with its `;`: affixes, and digits between them. Java lets digits come
    /// back after something else; that counts as suffix.
    fn part(&mut self, is_negative: bool) -> Result<(Affixes<Vec<Piece>>, Layout), PatternError> {
        let mut affixes = Affixes { prefix: Vec::new(), suffix: Vec::new() };
        let mut counts = Counts::default();
        let (mut multiplier, mut in_quote, mut in_prefix) = (1, false, true);
        let mut at = self.start;
        while let Some(&c) = self.chars.get(at) {
            let next_is = |c: char| self.chars.get(at + 1) == Some(&c);
            if !in_quote && matches!(c, '#' | '0' | ',' | '.') {
                at = match is_negative {
                    true => self.skip_digits(at),
                    false => self.digits(at, &mut counts)?,
                };
                in_prefix = false;
                continue;
            }
            let piece = match c {
                '\'' if next_is('\'') => {
                    at += 1;
                    Piece::Char('\'')
                }
                '\'' => {
                    in_quote = !in_quote;
                    at += 1;
                    continue;
                }
                c if in_quote => Piece::Char(c),
                '¤' => {
                    self.is_currency = true;
                    match next_is('¤') {
                        true => {
                            at += 1;
                            Piece::CurrencyCode
                        }
                        false => Piece::CurrencySymbol,
                    }
                }
                ';' if in_prefix || is_negative => {
                    return Err(self.fail("Unquoted special character ';' in"));
                }
                ';' => {
                    self.start = at + 1;
                    break;
                }
                '%' | '‰' if multiplier != 1 => {
                    return Err(self.fail("Too many percent/per mille characters in"));
                }
                '%' => {
                    multiplier = 100;
                    Piece::Percent
                }
                '‰' => {
                    multiplier = 1000;
                    Piece::PerMille
                }
                '-' => Piece::Minus,
                c => Piece::Char(c),
            };
            let affix = if in_prefix { &mut affixes.prefix } else { &mut affixes.suffix };
            match (affix.last_mut(), piece) {
                // Java confuses a quoted `¤` behind an unquoted one with `¤¤`.
                (Some(last @ Piece::CurrencySymbol), Piece::Char('¤')) => {
                    *last = Piece::CurrencyCode;
                }
                _ => affix.push(piece),
            }
            at += 1;
        }
        counts.complete();
        if in_quote || counts.is_malformed() {
            return Err(self.fail("Malformed"));
        }
        Ok((affixes, counts.layout(multiplier)))
    }

    /// Counts digits from `at`, gives the place after them.
    fn digits(&self, mut at: usize, counts: &mut Counts) -> Result<usize, PatternError> {
        while let Some(c) = self.chars.get(at) {
            match c {
                '#' if counts.zeros > 0 => counts.right += 1,
                '#' => counts.left += 1,
                '0' if counts.right > 0 => return Err(self.fail("Unexpected '0' in")),
                '0' => counts.zeros += 1,
                ',' => counts.group = Some(0),
                '.' if counts.decimal.is_some() => {
                    return Err(self.fail("Multiple decimal separators in"));
                }
                '.' => counts.decimal = Some(counts.left + counts.zeros + counts.right),
                'E' => return self.exponent(at + 1, counts),
                _ => break,
            }
            if matches!(c, '#' | '0')
                && counts.decimal.is_none()
                && let Some(group @ 0..) = &mut counts.group
            {
                *group = group.wrapping_add(1);
            }
            at += 1;
        }
        Ok(at)
    }

    /// The `0`s after an `E`.
    fn exponent(&self, at: usize, counts: &mut Counts) -> Result<usize, PatternError> {
        if counts.exponent.is_some() {
            return Err(self.fail("Multiple exponential symbols in"));
        }
        let zeros = self.chars[at..].iter().take_while(|c| **c == '0').count();
        counts.exponent = Some(zeros as i64);
        if counts.left + counts.zeros < 1 || zeros < 1 {
            return Err(self.fail("Malformed exponential"));
        }
        Ok(at + zeros)
    }

    fn skip_digits(&self, at: usize) -> usize {
        let is_digit = |c: &&char| matches!(c, '#' | '0' | ',' | '.' | 'E');
        at + self.chars[at..].iter().take_while(is_digit).count()
    }

    fn fail(&self, what: &str) -> PatternError {
        PatternError(format!("{what} pattern \"{}\"", self.text))
    }
}

impl Counts {
    /// Reads `#.##` as `0.##` and `.##` as `.0#`.
    fn complete(&mut self) {
        if let (0, 1.., Some(decimal)) = (self.zeros, self.left, self.decimal) {
            let whole = decimal.max(1);
            self.right = self.left - whole;
            self.left = whole - 1;
            self.zeros = 1;
        }
    }

    fn is_malformed(&self) -> bool {
        let zeros = self.left..=self.left + self.zeros;
        self.group == Some(0)
            || match self.decimal {
                Some(decimal) => !zeros.contains(&decimal),
                None => self.right > 0,
            }
    }

    fn layout(&self, multiplier: i32) -> Layout {
        let total = self.left + self.zeros + self.right;
        let whole = self.decimal.unwrap_or(total);
        let min_integer = whole - self.left;
        Layout {
            min_integer,
            max_integer: match self.exponent {
                Some(_) => self.left + min_integer,
                None => i64::from(i32::MAX),
            },
            min_fraction: self.decimal.map_or(0, |decimal| self.left + self.zeros - decimal),
            max_fraction: self.decimal.map_or(0, |decimal| total - decimal),
            group_size: i64::from(self.group.unwrap_or_default().max(0)),
            exponent: self.exponent,
            always_decimal: self.decimal.is_some_and(|decimal| decimal == 0 || decimal == total),
            multiplier,
            is_currency: false,
        }
    }
}
