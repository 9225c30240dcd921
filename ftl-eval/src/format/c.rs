#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub(crate) enum CFormat {
    #[default]
    Json,
}
impl CFormat {
    pub(crate) fn for_improvements(_: (u8, u8, u8)) -> Self {
        CFormat::Json
    }
    pub(crate) fn by_name(_: &str) -> Option<Self> {
        Some(CFormat::Json)
    }
    pub(crate) fn write_number(
        self,
        n: &crate::value::Number,
        o: &mut String,
    ) -> Result<(), crate::value::number::NumberError> {
        n.write_java(o);
        Ok(())
    }
    pub(crate) fn write_string(self, n: &str, o: &mut String) {
        o.push_str(n)
    }
    pub(crate) fn null_text(self) -> &'static str {
        "null"
    }
    pub(crate) fn bool_text(self, b: bool) -> &'static str {
        if b { "true" } else { "false" }
    }
}
