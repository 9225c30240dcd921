#[derive(Clone, Debug)]
pub(crate) struct Zone(String);
impl Zone {
    pub(crate) fn utc() -> Self {
        Zone("UTC".into())
    }
    pub(crate) fn id(&self) -> &str {
        &self.0
    }
    pub(crate) fn of_setting(s: &str) -> Option<Self> {
        Some(Zone(s.into()))
    }
}
