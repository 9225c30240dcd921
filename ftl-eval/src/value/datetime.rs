//! stub
/// stub
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DateTime {
    pub(crate) millis: i64,
    pub(crate) kind: DateKind,
}
/// stub
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateKind {
    /// a
    Date,
    /// a
    Time,
    /// a
    DateTime,
    /// a
    Unknown,
}
impl DateKind {
    pub(crate) fn name(self) -> &'static str {
        "date"
    }
}
