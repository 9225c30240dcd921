use super::{locale::Locale, zone::Zone};
use crate::value::{DateKind, DateTime};
pub(crate) struct DateFormat;
impl DateFormat {
    pub(crate) fn new(_: &str, _: DateKind, _: &Locale, _: &Zone) -> Result<Self, String> {
        Ok(DateFormat)
    }
    pub(crate) fn format(&self, d: DateTime, out: &mut String) {
        out.push_str(&d.millis.to_string())
    }
    pub(crate) fn parse(&self, _: &str, _: DateKind) -> Result<i64, String> {
        Ok(0)
    }
    pub(crate) fn description(&self) -> String {
        "x".into()
    }
}
