//! What can go wrong, for people and for programs.

use std::fmt;

/// Why something was refused or failed.
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    text: String,
    source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

/// What a program may want to tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The queue has reached its size limit; try again later (503 to an HTTP producer).
    Full,
    /// The disk is full; what was not accepted can be offered again later (503 to an HTTP producer).
    DiskFull,
    /// Writing failed in a way after which the file's state is unknown; nothing is accepted until
    /// the sink is opened again (503 to an HTTP producer).
    Unavailable,
    /// The sink is shutting down or closed.
    Closed,
    /// One record is larger than the limit.
    TooLarge,
    /// No endpoint, record or dead letter of that name.
    NotFound,
    /// Another process owns this queue.
    InUse,
    /// An endpoint or a setting is not usable.
    Config,
    /// The file is not a queue, or of a newer version.
    Format,
    /// Part of the file is damaged.
    Damaged,
    /// Any other failure of the storage.
    Storage,
    /// The owner of the queue did not answer in time.
    NoAnswer,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, text: impl Into<String>) -> Self {
        Error(Box::new(Inner { kind, text: text.into(), source: None }))
    }

    pub(crate) fn with_source(
        mut self,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// What happened, for programs.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Whether the same call may succeed later without anyone's doing.
    pub fn is_temporary(&self) -> bool {
        matches!(self.0.kind, ErrorKind::Full | ErrorKind::DiskFull)
    }

    /// The same error once more, for each of several waiting callers.
    pub(crate) fn again(&self) -> Self {
        let mut text = self.0.text.clone();
        if let Some(source) = &self.0.source {
            text.push_str(": ");
            text.push_str(&source.to_string());
        }
        Error::new(self.0.kind, text)
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("text", &self.0.text)
            .field("source", &self.0.source)
            .finish()
    }
}

impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.source.as_deref().map(|source| source as _)
    }
}

/// A result with this crate's [`Error`].
pub type Result<T> = std::result::Result<T, Error>;
