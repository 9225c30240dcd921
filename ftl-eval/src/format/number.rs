use super::{c::CFormat, locale::Locale};
use crate::value::number::{Number, NumberError};
pub(crate) struct NumberFormat;
impl NumberFormat {
    pub(crate) fn parse(_: &str, _: &Locale, _: CFormat) -> Result<Self, String> {
        Ok(NumberFormat)
    }
    pub(crate) fn write(&self, d: &Number, out: &mut String) -> Result<(), NumberError> {
        d.write_java(out);
        Ok(())
    }
}
pub(crate) fn write_decimals(
    n: &Number,
    _: (u8, u8),
    _: &Locale,
    out: &mut String,
) -> Result<(), NumberError> {
    n.write_java(out);
    Ok(())
}
