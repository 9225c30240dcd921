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
}
