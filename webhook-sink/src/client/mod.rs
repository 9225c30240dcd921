//! Sending one request. Here alone ureq is named.

pub(crate) mod address;
pub(crate) mod resolver;
pub(crate) mod target;
mod transport;

use std::cell::Cell;
use std::collections::{HashMap, VecDeque};
use std::io::{self, Read};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use ureq::config::{AutoHeaderValue, Config};
use ureq::http::{self, HeaderMap, HeaderName, HeaderValue, Uri};
use ureq::{Agent, Body, Error, Timeout};

use crate::endpoint::Endpoint;
use crate::outcome::{Response, TransportError, TransportErrorKind};
use crate::request::Request;
use resolver::{Blocked, Cache, Filtering, Lookup};
use transport::Shared;

/// Sends requests. [`UreqClient`] is the real one; a test hands in one that plays a part.
pub trait Client: Send + Sync + 'static {
    /// Sends one request and waits for the answer. Called by many threads at once.
    fn send(&self, request: &Request<'_>) -> Result<Response, TransportError>;

    /// Told when endpoints were replaced, so that what is kept for the old ones can go.
    fn reloaded(&self, endpoints: &[Endpoint]) {
        let _ = endpoints;
    }
}

/// More of an answer than this is not read; the connection is dropped instead.
const MOST_READ: usize = 16 * 1024;

/// More of an answer than this is not kept.
const MOST_KEPT: usize = 1024;

/// A request's first answer line and headers may be this large.
const MOST_HEADER: usize = 32 * 1024;

const BUFFER: usize = 16 * 1024;

/// The HTTP client: connections per endpoint, no redirects, one deadline over the whole exchange.
pub struct UreqClient {
    cache: Arc<Cache>,
    endpoints: Mutex<HashMap<Box<str>, Arc<Prepared>>>,
    /// Shared by all endpoints without certificates of their own: the list of roots is large.
    connector: Shared,
}

/// What can be made once per endpoint.
struct Prepared {
    endpoint: Endpoint,
    config: Config,
    connector: Shared,
    resolver: Filtering,
    idle: Mutex<VecDeque<(Instant, Agent)>>,
    uri: Uri,
    headers: HeaderMap,
}

impl Default for UreqClient {
    fn default() -> Self {
        UreqClient::with_cache(Cache::system())
    }
}

impl UreqClient {
    /// A client that uses the system's name look-up.
    pub fn new() -> Self {
        UreqClient::default()
    }

    /// A client that looks names up by this function.
    pub fn with_lookup(lookup: Arc<Lookup>) -> Self {
        UreqClient::with_cache(Cache::new(lookup))
    }

    fn with_cache(cache: Cache) -> Self {
        UreqClient {
            cache: Arc::new(cache),
            endpoints: Mutex::default(),
            connector: Shared::default(),
        }
    }

    fn prepared(&self, endpoint: &Endpoint) -> Result<Arc<Prepared>, TransportError> {
        if let Some(prepared) = crate::lock(&self.endpoints).get(endpoint.key())
            && prepared.endpoint.is(endpoint)
        {
            return Ok(prepared.clone());
        }
        let prepared = Arc::new(self.prepare(endpoint).map_err(|text| {
            // The endpoint was checked when it was made, so this is for what the check cannot see.
            TransportError::new(TransportErrorKind::Other, text)
        })?);
        crate::lock(&self.endpoints).insert(endpoint.key().into(), prepared.clone());
        Ok(prepared)
    }

    fn prepare(&self, endpoint: &Endpoint) -> Result<Prepared, String> {
        let uri: Uri = endpoint.url().parse().map_err(|error| format!("{error}"))?;
        let mut headers = HeaderMap::with_capacity(endpoint.headers().len() + 4);
        for (name, value) in endpoint.headers() {
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|e| e.to_string())?;
            let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|e| e.to_string())?;
            headers.append(name, value);
        }
        let proxy = endpoint.proxy().map(target::check_proxy).transpose()?;
        let tls = endpoint.tls();
        let is_plain = tls.client.is_none() && tls.roots == crate::endpoint::Roots::Bundled;
        let resolver = Filtering {
            cache: self.cache.clone(),
            network: endpoint.network().clone(),
            proxy: proxy.as_ref().map(|proxy| (proxy.host().to_owned(), proxy.port())),
        };
        let config = Config::builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(proxy)
            .accept(AutoHeaderValue::None)
            .accept_encoding(AutoHeaderValue::None)
            .user_agent(AutoHeaderValue::None)
            .max_response_header_size(MOST_HEADER)
            .input_buffer_size(BUFFER)
            .output_buffer_size(BUFFER)
            .max_idle_connections(1)
            .max_idle_connections_per_host(1)
            .max_idle_age(KEEP_IDLE)
            .timeout_global(Some(endpoint.policy().timeout))
            .tls_config(target::check_tls(tls)?)
            .build();
        let connector = if is_plain { self.connector.clone() } else { Shared::default() };
        let (endpoint, idle) = (endpoint.clone(), Mutex::default());
        Ok(Prepared { endpoint, config, connector, resolver, idle, uri, headers })
    }
}

/// A connection that was not used for this long is closed.
const KEEP_IDLE: Duration = Duration::from_secs(15);

impl Prepared {
    /// An agent that no one else uses, and that so has one connection at most: the pool within an
    /// agent looks at all its connections whenever one comes or goes. The one used last is the first
    /// to be used again, so that others can grow old.
    fn take_agent(&self) -> Agent {
        match crate::lock(&self.idle).pop_back() {
            Some((_, agent)) => agent,
            None => {
                let resolver = self.resolver.clone();
                Agent::with_parts(self.config.clone(), self.connector.clone(), resolver)
            }
        }
    }

    fn give_back(&self, agent: Agent) {
        let now = Instant::now();
        let mut idle = crate::lock(&self.idle);
        idle.push_back((now, agent));
        while idle.front().is_some_and(|(used, _)| now.duration_since(*used) > KEEP_IDLE) {
            idle.pop_front();
        }
    }
}

impl Client for UreqClient {
    fn send(&self, request: &Request<'_>) -> Result<Response, TransportError> {
        let prepared = self.prepared(request.endpoint)?;
        let start = Instant::now();
        NEW_CONNECTION.set(false);
        let agent = prepared.take_agent();
        let first = exchange(&prepared, &agent, request, None);
        let result = match first {
            // A kept connection that the receiver closed meanwhile says nothing about the receiver.
            Err(error) if is_disconnect(&error) && !NEW_CONNECTION.get() => {
                let left = request.timeout.saturating_sub(start.elapsed());
                exchange(&prepared, &agent, request, Some(left))
            }
            result => result,
        };
        prepared.give_back(agent);
        result.map_err(transport_error)
    }

    fn reloaded(&self, endpoints: &[Endpoint]) {
        crate::lock(&self.endpoints)
            .retain(|_, prepared| endpoints.iter().any(|endpoint| prepared.endpoint.is(endpoint)));
    }
}

fn exchange(
    prepared: &Prepared,
    agent: &Agent,
    request: &Request<'_>,
    timeout: Option<Duration>,
) -> Result<Response, Error> {
    let mut message = http::Request::new(request.body);
    *message.method_mut() = http::Method::POST;
    *message.uri_mut() = prepared.uri.clone();
    *message.headers_mut() = prepared.headers.clone();
    for (name, value) in &request.headers {
        let name = HeaderName::from_bytes(name.as_bytes()).map_err(http::Error::from)?;
        let value = HeaderValue::from_bytes(value.as_bytes()).map_err(http::Error::from)?;
        message.headers_mut().append(name, value);
    }
    let message = match timeout {
        Some(timeout) => agent.configure_request(message).timeout_global(Some(timeout)).build(),
        None => message,
    };
    let response = agent.run(message)?;
    let status = response.status().as_u16();
    let retry_after = response
        .headers()
        .get(http::header::RETRY_AFTER)
        .and_then(|value| value.to_str().ok())
        .map(|value| value.chars().take(64).collect());
    let body = read(response.into_body())?;
    Ok(Response { status, retry_after, body })
}

/// Reads an answer's body to its end, so that the connection can serve again, or as far as we are
/// ready to: then the connection is dropped with what is left. Gives the first bytes.
fn read(body: Body) -> Result<Vec<u8>, Error> {
    if body.content_length() == Some(0) {
        return Ok(Vec::new());
    }
    let mut reader = body.into_reader();
    let mut kept = Vec::new();
    let mut buffer = [0; 2_048];
    let mut total = 0;
    while total < MOST_READ {
        let read = match reader.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error.into()),
        };
        let bytes = buffer.get(..read).unwrap_or_default();
        let room = MOST_KEPT.saturating_sub(kept.len()).min(bytes.len());
        kept.extend_from_slice(bytes.get(..room).unwrap_or_default());
        total += read;
    }
    Ok(kept)
}

thread_local! {
    /// Whether the request in hand had to open a connection.
    static NEW_CONNECTION: Cell<bool> = const { Cell::new(false) };
}

fn is_disconnect(error: &Error) -> bool {
    matches!(error, Error::Io(error) if is_disconnect_kind(error.kind()))
}

fn is_disconnect_kind(kind: io::ErrorKind) -> bool {
    matches!(
        kind,
        io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
    )
}

fn transport_error(error: Error) -> TransportError {
    let kind = match &error {
        Error::Timeout(Timeout::Resolve) => TransportErrorKind::Resolve,
        Error::Timeout(_) => TransportErrorKind::Timeout,
        Error::HostNotFound => TransportErrorKind::Resolve,
        Error::Other(inner) if inner.is::<Blocked>() => TransportErrorKind::Blocked,
        Error::Io(error) => match error.kind() {
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => TransportErrorKind::Timeout,
            // rustls reports what it cannot read as invalid data.
            io::ErrorKind::InvalidData => TransportErrorKind::Tls,
            kind if is_disconnect_kind(kind) => TransportErrorKind::Disconnected,
            _ => TransportErrorKind::Connect,
        },
        Error::ConnectionFailed | Error::ConnectProxyFailed(_) => TransportErrorKind::Connect,
        Error::Tls(_) | Error::Rustls(_) | Error::Pem(_) | Error::TlsRequired => {
            TransportErrorKind::Tls
        }
        Error::Protocol(_) | Error::Http(_) | Error::LargeResponseHeader(..) => {
            TransportErrorKind::Protocol
        }
        _ => TransportErrorKind::Other,
    };
    let text = match &error {
        Error::Other(inner) => inner.to_string(),
        _ => error.to_string(),
    };
    TransportError { kind, text }
}
