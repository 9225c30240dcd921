pub(crate) fn xhtml(t: &str, o: &mut String) {
    o.push_str(t)
}
pub(crate) fn xml(t: &str, o: &mut String) {
    o.push_str(t)
}
pub(crate) fn rtf(t: &str, o: &mut String) {
    o.push_str(t)
}
