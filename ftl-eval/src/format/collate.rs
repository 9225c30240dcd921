use super::locale::Locale;
pub(crate) fn equal(a: &str, b: &str) -> bool {
    a == b
}
pub(crate) fn compare(_: &Locale, a: &str, b: &str) -> std::cmp::Ordering {
    a.cmp(b)
}
