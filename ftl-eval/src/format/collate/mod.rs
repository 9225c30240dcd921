//! The order of strings: `java.text.Collator.getInstance(locale)`, which FreeMarker sorts by; and
//! when strings are equal.
//!
//! A collator turns text into elements and compares first their primary weights (letters), then the
//! secondary ones (accents), then the tertiary ones (case). Blanks, hyphens and the like have no
//! primary weight. `table` holds the orders of JDK 17, which are not those of Unicode or CLDR.

mod table;

use std::cmp::Ordering;

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

use self::table::{END, Element, Table, UNMAPPED, Value};
use super::locale::Locale;

/// Whether `==` holds: after NFKC normalization, which is FreeMarker's way since
/// `incompatible_improvements` 2.3.33. Before that, it is [`compare`] that tells.
pub(crate) fn equal(a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    // In ASCII there is nothing to normalize.
    if a.is_ascii() && b.is_ascii() {
        return false;
    }
    let normal = |text: &str| is_nfkc_quick(text.chars()) == IsNormalized::Yes;
    match (normal(a), normal(b)) {
        (true, true) => false,
        _ => a.nfkc().eq(b.nfkc()),
    }
}

/// The order of two strings in a locale.
pub(crate) fn compare(locale: &Locale, a: &str, b: &str) -> Ordering {
    Collator::of(locale).compare(a, b)
}

/// The order of strings in one locale.
#[derive(Clone, Copy)]
pub(crate) struct Collator {
    table: &'static Table,
}

/// A string's elements, for sorting many strings; see [`Collator::key`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Key(Vec<Element>);

impl Collator {
    pub(crate) fn of(locale: &Locale) -> Self {
        Collator { table: Table::of(locale) }
    }

    /// `Collator.compare`. With French accents it is not always transitive: `slice::sort` may panic on it.
    pub(crate) fn compare(self, a: &str, b: &str) -> Ordering {
        if a == b {
            return Ordering::Equal;
        }
        // What is the same at the start changes nothing, as long as no contraction begins there.
        let same = a
            .bytes()
            .zip(b.bytes())
            .take_while(|&(x, y)| x == y && self.table.ascii(x).is_some())
            .count();
        let (a, b) = (&a[same..], &b[same..]);
        compare_elements(
            Elements::new(self.table, a),
            Elements::new(self.table, b),
            self.table.french,
        )
    }

    /// What [`Self::compare_keys`] compares like the string itself.
    pub(crate) fn key(self, text: &str) -> Key {
        Key(Elements::new(self.table, text).collect())
    }

    pub(crate) fn compare_keys(self, a: &Key, b: &Key) -> Ordering {
        compare_elements(a.0.iter().copied(), b.0.iter().copied(), self.table.french)
    }
}

fn primary(element: Element) -> u32 {
    element >> 16
}

fn secondary(element: Element) -> u32 {
    element >> 8 & 0xff
}

fn tertiary(element: Element) -> u32 {
    element & 0xff
}

/// Compares as java.text.RuleBasedCollator does: a primary difference decides at once; until one is
/// found, the strongest difference so far is kept.
fn compare_elements(
    mut a: impl Iterator<Item = Element>,
    mut b: impl Iterator<Item = Element>,
    french: bool,
) -> Ordering {
    let mut result = Ordering::Equal;
    // Whether a secondary or tertiary difference can still change the result.
    let mut lesser = true;
    let mut tertiaries = true;
    let (mut next_a, mut next_b) = (a.next(), b.next());
    while let (Some(x), Some(y)) = (next_a, next_b) {
        if x == y {
            if french && primary(x) != 0 && !lesser {
                // Accents of later letters are stronger, case is not.
                lesser = true;
                tertiaries = false;
            }
        } else if primary(x) == primary(y) {
            if lesser && secondary(x) != secondary(y) {
                result = secondary(x).cmp(&secondary(y));
                lesser = false;
            } else if lesser && tertiaries && tertiary(x) != tertiary(y) {
                result = tertiary(x).cmp(&tertiary(y));
                tertiaries = false;
            }
        } else if primary(x) != 0 && primary(y) != 0 {
            return primary(x).cmp(&primary(y));
        } else {
            // One has an element without primary weight more here.
            let (element, order) = if primary(x) == 0 && (x == 0 || y != 0) {
                (x, Ordering::Greater)
            } else {
                (y, Ordering::Less)
            };
            if element != 0 && lesser {
                result = order;
                lesser = false;
            }
            match order {
                Ordering::Greater => next_a = a.next(),
                _ => next_b = b.next(),
            }
            continue;
        }
        (next_a, next_b) = (a.next(), b.next());
    }
    let (first, rest, order): (_, &mut dyn Iterator<Item = Element>, _) = match (next_a, next_b) {
        (Some(first), _) => (first, &mut a, Ordering::Greater),
        (None, Some(first)) => (first, &mut b, Ordering::Less),
        (None, None) => return result,
    };
    for element in std::iter::once(first).chain(rest) {
        if primary(element) != 0 {
            return order;
        }
        if secondary(element) != 0 && lesser {
            result = order;
            lesser = false;
        }
    }
    result
}

/// The collation elements of a text.
struct Elements<'t> {
    table: &'t Table,
    text: &'t str,
    /// What is left of an expansion.
    expansion: &'t [Element],
    /// Up to two elements to come, the later one first.
    queue: Vec<Element>,
}

impl<'t> Elements<'t> {
    fn new(table: &'t Table, text: &'t str) -> Self {
        Elements { table, text, expansion: &[], queue: Vec::new() }
    }

    /// The value of the next character, the character taken.
    fn take(&mut self) -> Option<(char, Value<'t>)> {
        let mut chars = self.text.chars();
        let c = chars.next()?;
        let rest = chars.as_str();
        let (value, used) = self.table.value(c, rest);
        self.text = rest.get(used..).unwrap_or_default();
        Some((c, value))
    }
}

impl Iterator for Elements<'_> {
    type Item = Element;

    fn next(&mut self) -> Option<Element> {
        if let [first, rest @ ..] = self.expansion {
            self.expansion = rest;
            return Some(*first);
        }
        if let Some(element) = self.queue.pop() {
            return Some(element);
        }
        if let Some(element) = self.text.bytes().next().and_then(|byte| self.table.ascii(byte)) {
            self.text = &self.text[1..];
            return Some(element);
        }
        let (c, value) = self.take()?;
        if self.table.thai && is_vowel_before_consonant(c, self.text) {
            let (_, consonant) = self.take()?;
            push_reversed(&mut self.queue, &value);
            push_reversed(&mut self.queue, &consonant);
            return self.queue.pop();
        }
        match value {
            Value::One(END) => {
                self.text = "";
                None
            }
            Value::One(element) => Some(element),
            Value::Several([first, rest @ ..]) => {
                self.expansion = rest;
                Some(*first)
            }
            Value::Several([]) => Some(0),
            Value::Unmapped => {
                // The character's own units are its order, after all that have one.
                let mut units = [0; 2];
                let units = c.encode_utf16(&mut units);
                self.queue.extend(units.iter().rev().map(|&unit| u32::from(unit) << 16));
                Some(UNMAPPED)
            }
        }
    }
}

fn push_reversed(queue: &mut Vec<Element>, value: &Value<'_>) {
    match value {
        Value::One(element) => queue.push(*element),
        Value::Several(elements) => queue.extend(elements.iter().rev()),
        Value::Unmapped => queue.push(UNMAPPED),
    }
}

fn is_vowel_before_consonant(c: char, rest: &str) -> bool {
    let consonant = rest.chars().next();
    match c {
        '\u{e40}'..='\u{e44}' => consonant.is_some_and(|c| ('\u{e01}'..='\u{e2e}').contains(&c)),
        '\u{ec0}'..='\u{ec4}' => consonant.is_some_and(|c| ('\u{e81}'..='\u{eae}').contains(&c)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Strings in the order in which JDK 17 sorts them: locale, then strings separated by tabs, each
    /// with `<` or `=` for how it compares with the one before. `\\1` is U+0001, `\\u` U+0301.
    const SORTED: &str = include_str!("sorted.tsv");

    fn sorted() -> impl Iterator<Item = (Locale, Vec<(Ordering, String)>)> {
        SORTED.lines().map(|line| {
            let mut fields = line.split('\t');
            let locale = Locale::parse(fields.next().unwrap());
            let strings = fields.map(|field| {
                let (sign, text) = match field.chars().next() {
                    Some('<') => (Ordering::Less, &field[1..]),
                    Some('=') => (Ordering::Equal, &field[1..]),
                    _ => (Ordering::Less, field),
                };
                (sign, text.replace("\\1", "\u{1}").replace("\\u", "\u{301}"))
            });
            (locale, strings.collect())
        })
    }

    #[test]
    fn sorts_as_java_does() {
        assert!(sorted().count() > 20);
        for (locale, strings) in sorted() {
            let collator = Collator::of(&locale);
            for pair in strings.windows(2) {
                let ((_, a), (sign, b)) = (&pair[0], &pair[1]);
                assert_eq!(collator.compare(a, b), *sign, "{locale:?} {a:?} {b:?}");
                assert_eq!(collator.compare(b, a), sign.reverse(), "{locale:?} {b:?} {a:?}");
                let (a, b) = (collator.key(a), collator.key(b));
                assert_eq!(collator.compare_keys(&a, &b), *sign);
            }
        }
    }

    /// Whether strings are equal with `incompatible_improvements` 2.3.35 and 2.3.32; observed.
    const EQUAL: &[(&str, &str, bool, bool)] = &[
        ("a", "a", true, true),
        ("a", "A", false, false),
        ("é", "e\u{301}", true, true),
        ("ﬁ", "fi", true, false),
        ("\u{1}", "\u{2}", false, true),
        ("a b", "ab", false, false),
        ("a-b", "ab", false, false),
        ("Å", "Å", true, true),
        ("①", "1", true, false),
        ("ss", "ß", false, false),
        ("a\u{ad}", "a", false, false),
        ("a\u{0}", "a", false, true),
        ("ａ", "a", true, false),
        ("가", "가", true, true),
        ("½", "1⁄2", true, false),
        ("x²", "x2", true, false),
        (" ", "\u{a0}", true, false),
        ("😀", "😀", true, true),
        ("K", "K", true, true),
        ("a\u{300}\u{323}", "a\u{323}\u{300}", true, false),
        ("", "\u{200b}", false, true),
    ];

    #[test]
    fn equal_as_in_freemarker() {
        for &(a, b, normalized, collated) in EQUAL {
            assert_eq!(equal(a, b), normalized, "{a:?} {b:?}");
            assert_eq!(compare(&Locale::default(), a, b).is_eq(), collated, "{a:?} {b:?}");
        }
    }

    proptest! {
        #[test]
        fn orders_any_text(a in any::<String>(), b in any::<String>()) {
            for name in ["en_US", "th", "ja", "fr", "ar"] {
                let collator = Collator::of(&Locale::parse(name));
                let order = collator.compare(&a, &b);
                prop_assert_eq!(collator.compare_keys(&collator.key(&a), &collator.key(&b)), order);
                prop_assert!(collator.compare(&a, &a).is_eq());
            }
            prop_assert_eq!(equal(&a, &b), a.nfkc().eq(b.nfkc()));
        }
    }
}
