//! Order and equality of strings.

use std::cmp::Ordering;

use unicode_normalization::UnicodeNormalization;

use super::locale::Locale;

/// Whether two strings are equal as `==` has it since 2.3.33: by their NFKC forms.
pub(crate) fn equal(a: &str, b: &str) -> bool {
    a == b || (!a.is_ascii() || !b.is_ascii()) && a.nfkc().eq(b.nfkc())
}

/// The order of strings in a locale.
pub(crate) fn compare(_: &Locale, a: &str, b: &str) -> Ordering {
    a.cmp(b)
}
