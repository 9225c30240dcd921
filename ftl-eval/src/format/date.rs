use super::{locale::Locale, zone::Zone};
use crate::value::{DateKind, DateTime};
pub(crate) struct DateFormat;
impl DateFormat {
    pub(crate) fn parse(_: &str, _: DateKind, _: &Locale, _: &Zone) -> Result<Self, String> {
        Ok(DateFormat)
    }
    pub(crate) fn format(&self, d: DateTime, out: &mut String) {
        out.push_str(&d.millis.to_string())
    }
}
