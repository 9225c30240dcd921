//! One HTTP request, ready to be sent.

use std::fmt;
use std::time::Duration;

use crate::endpoint::Endpoint;

/// What a [`Client`](crate::Client) sends: a POST of `body` to the endpoint's URL.
pub struct Request<'a> {
    /// Where it goes, with the headers that every request to it has.
    pub endpoint: &'a Endpoint,
    /// The delivery's id, the same on every attempt.
    pub id: &'a str,
    /// Which attempt this belongs to; 0 is the first.
    pub attempt: u32,
    /// Which request of the attempt this is; 0 is the first.
    pub request: u32,
    /// Headers of this request alone: its signature.
    pub headers: Vec<(String, String)>,
    /// The bytes to send.
    pub body: &'a [u8],
    /// Longest time for all of it.
    pub timeout: Duration,
}

impl<'a> Request<'a> {
    /// A first request without a signature: for measuring and testing a client by itself.
    pub fn to(endpoint: &'a Endpoint, id: &'a str, body: &'a [u8]) -> Self {
        let timeout = endpoint.policy().timeout;
        Request { endpoint, id, attempt: 0, request: 0, headers: Vec::new(), body, timeout }
    }

    /// Request `request` of attempt `attempt`, signed at `timestamp` (seconds since 1970).
    pub(crate) fn new(
        endpoint: &'a Endpoint,
        id: &'a str,
        attempt: u32,
        request: u32,
        timestamp: i64,
        body: &'a [u8],
    ) -> Self {
        let mut headers = Vec::new();
        endpoint.signing().sign(id, timestamp, body, &mut headers);
        let timeout = endpoint.policy().timeout;
        Request { endpoint, id, attempt, request, headers, body, timeout }
    }
}

impl fmt::Debug for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("endpoint", &self.endpoint.key())
            .field("url", &self.endpoint.url())
            .field("id", &self.id)
            .field("attempt", &self.attempt)
            .field("request", &self.request)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}
