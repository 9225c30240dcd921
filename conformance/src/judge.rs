//! What can answer cases.

use crate::case::{Answer, Case};

/// An engine that answers cases: real FreeMarker, or ours.
pub trait Judge {
    /// Name and version, for reports and authority lines.
    fn name(&self) -> String;

    /// One answer for each case, in order.
    fn answers(&mut self, cases: &[Case]) -> Result<Vec<Answer>, JudgeError>;
}

/// Why a judge cannot answer at all.
#[derive(Debug)]
pub struct JudgeError {
    message: String,
    source: Option<std::io::Error>,
}

impl JudgeError {
    pub(crate) fn new(message: impl Into<String>) -> JudgeError {
        JudgeError { message: message.into(), source: None }
    }

    pub(crate) fn io(message: impl Into<String>, source: std::io::Error) -> JudgeError {
        JudgeError { message: message.into(), source: Some(source) }
    }
}

impl std::fmt::Display for JudgeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.source {
            None => f.write_str(&self.message),
            Some(source) => write!(f, "{}: {source}", self.message),
        }
    }
}

impl std::error::Error for JudgeError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}
