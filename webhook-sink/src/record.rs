//! What is handed in, and what is made of it.

use std::fmt;
use std::sync::Arc;

/// The number of an endpoint within one queue; [`Sink::endpoint`](crate::Sink::endpoint) gives it.
/// It stays the same as long as the queue's file lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EndpointId(pub(crate) u32);

/// One thing to be delivered, to one endpoint or several. It is stored once for all of them.
#[derive(Clone)]
pub struct Record {
    /// The bytes handed to the body maker. Their meaning is the caller's.
    pub data: Vec<u8>,
    /// Who gets it. Shared between records, since most go the same ways.
    pub to: Arc<[EndpointId]>,
    /// The id under which every endpoint sees it on every attempt. Default: one made from the
    /// place in the queue, `msg_` and hexadecimal digits.
    pub id: Option<Box<str>>,
}

impl Record {
    /// A record of these bytes for these endpoints.
    pub fn new(data: impl Into<Vec<u8>>, to: impl Into<Arc<[EndpointId]>>) -> Self {
        Record { data: data.into(), to: to.into(), id: None }
    }

    /// The same record under an id of the caller's. At most 64 visible ASCII characters.
    pub fn with_id(mut self, id: impl Into<Box<str>>) -> Self {
        self.id = Some(id.into());
        self
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Record")
            .field("data_bytes", &self.data.len())
            .field("to", &self.to)
            .field("id", &self.id)
            .finish()
    }
}

/// What a body maker gives: the bytes to send.
#[derive(Clone, PartialEq, Eq)]
pub struct Body {
    /// Sent as they are, on every attempt.
    pub bytes: Vec<u8>,
    /// Whether the maker had to mend what it made; counted in the metrics.
    pub repaired: bool,
}

impl Body {
    /// A body that needed no mending.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Body { bytes: bytes.into(), repaired: false }
    }

    /// A body that was mended.
    pub fn repaired(bytes: impl Into<Vec<u8>>) -> Self {
        Body { bytes: bytes.into(), repaired: true }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body")
            .field("bytes", &self.bytes.len())
            .field("repaired", &self.repaired)
            .finish()
    }
}

/// A record that cannot be made into a body. It is not retried; it becomes a dead letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RenderFailure {
    /// Shown with the dead letter.
    pub reason: String,
}

impl RenderFailure {
    /// A failure with its reason.
    pub fn new(reason: impl Into<String>) -> Self {
        RenderFailure { reason: reason.into() }
    }
}

impl fmt::Display for RenderFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for RenderFailure {}

/// Makes the body of a record for an endpoint, at the record's first claim. It is given the
/// endpoint's key and the record's bytes, runs on any of the workers and may be called for several
/// records at once.
pub type MakeBody = dyn Fn(&str, &[u8]) -> Result<Body, RenderFailure> + Send + Sync;
