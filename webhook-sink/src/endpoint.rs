//! Where deliveries go: checked once, trusted from then on.

use std::fmt;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::client::address::Network;
use crate::client::target;
use crate::error::{Error, ErrorKind, Result};
use crate::policy::Policy;
use crate::signature::{Secret, Signing};

/// One webhook destination. Made by [`Endpoint::builder`]; cheap to clone.
#[derive(Clone)]
pub struct Endpoint(Arc<Inner>);

struct Inner {
    key: Box<str>,
    url: String,
    headers: Vec<(String, String)>,
    policy: Policy,
    signing: Signing,
    paused: bool,
    network: Network,
    tls: Tls,
    proxy: Option<Secret>,
}

/// Which certificates are trusted and shown.
#[derive(Clone, Default)]
pub struct Tls {
    /// Who vouches for the receiver. Default: Mozilla's list, compiled in.
    pub roots: Roots,
    /// Our own certificate chain and its key, both PEM, for receivers that ask for it.
    pub client: Option<ClientCertificate>,
}

/// Who vouches for a receiver.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Roots {
    /// Mozilla's list, compiled in.
    #[default]
    Bundled,
    /// The machine's own store.
    System,
    /// These certificates (PEM) and no others.
    Pem(Vec<u8>),
}

/// A certificate chain and its private key, both PEM.
#[derive(Clone)]
pub struct ClientCertificate {
    /// The chain, our own certificate first.
    pub chain: Vec<u8>,
    /// Its key.
    pub key: Secret,
}

/// Names that the client writes itself or that change how a message is framed.
const RESERVED: &[&str] = &[
    "host",
    "content-length",
    "transfer-encoding",
    "connection",
    "keep-alive",
    "proxy-connection",
    "proxy-authorization",
    "te",
    "trailer",
    "upgrade",
    "expect",
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
];

/// The presets of Amplitude's webhooks.
const PRESETS: &[(&str, &str)] =
    &[("Content-Type", "application/json"), ("User-Agent", "Amplitude/Webhook/1.0")];

impl Endpoint {
    /// An endpoint with nothing but the defaults.
    pub fn new(key: &str, url: &str) -> Result<Endpoint> {
        Endpoint::builder(key, url).build()
    }

    /// Starts an endpoint: `key` is its lasting name in the queue, `url` is where requests go
    /// (`http` or `https`; a user and password in it become an `Authorization` header).
    pub fn builder(key: &str, url: &str) -> EndpointBuilder {
        EndpointBuilder {
            key: key.to_owned(),
            url: url.to_owned(),
            presets: PRESETS.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
            headers: Vec::new(),
            policy: Policy::default(),
            signing: Signing::default(),
            paused: false,
            network: Network::default(),
            tls: Tls::default(),
            proxy: None,
        }
    }

    /// Its lasting name in the queue.
    pub fn key(&self) -> &str {
        &self.0.key
    }

    /// Where requests go.
    pub fn url(&self) -> &str {
        &self.0.url
    }

    /// Names and values sent with every request, the presets first.
    pub fn headers(&self) -> &[(String, String)] {
        &self.0.headers
    }

    /// How deliveries are attempted.
    pub fn policy(&self) -> &Policy {
        &self.0.policy
    }

    /// How requests are signed.
    pub fn signing(&self) -> &Signing {
        &self.0.signing
    }

    pub(crate) fn is_paused(&self) -> bool {
        self.0.paused
    }

    pub(crate) fn network(&self) -> &Network {
        &self.0.network
    }

    pub(crate) fn tls(&self) -> &Tls {
        &self.0.tls
    }

    pub(crate) fn proxy(&self) -> Option<&Secret> {
        self.0.proxy.as_ref()
    }

    /// Whether both are the same object, so that what was made of one serves the other.
    pub(crate) fn is(&self, other: &Endpoint) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Header values are where people put their secrets.
        let names: Vec<&str> = self.0.headers.iter().map(|(name, _)| name.as_str()).collect();
        f.debug_struct("Endpoint")
            .field("key", &self.0.key)
            .field("url", &self.0.url)
            .field("headers", &names)
            .field("policy", &self.0.policy)
            .field("signing", &self.0.signing)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tls")
            .field("roots", &self.roots)
            .field("client", &self.client.as_ref().map(|_| "…"))
            .finish()
    }
}

/// An endpoint in the making.
#[derive(Clone)]
pub struct EndpointBuilder {
    key: String,
    url: String,
    presets: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    policy: Policy,
    signing: Signing,
    paused: bool,
    network: Network,
    tls: Tls,
    proxy: Option<Secret>,
}

impl EndpointBuilder {
    /// Adds a header to every request.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Replaces the presets `Content-Type: application/json` and
    /// `User-Agent: Amplitude/Webhook/1.0`; an empty slice sends neither.
    pub fn presets(mut self, presets: &[(&str, &str)]) -> Self {
        self.presets =
            presets.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        self
    }

    /// How deliveries are attempted.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = policy;
        self
    }

    /// How requests are signed. Default: not at all.
    pub fn signing(mut self, signing: Signing) -> Self {
        self.signing = signing;
        self
    }

    /// Holds its records back as long as this configuration is in force.
    pub fn hold(mut self, hold: bool) -> Self {
        self.paused = hold;
        self
    }

    /// Which addresses may be connected to. Default: public ones only.
    pub fn network(mut self, network: Network) -> Self {
        self.network = network;
        self
    }

    /// Which certificates are trusted and shown.
    pub fn tls(mut self, tls: Tls) -> Self {
        self.tls = tls;
        self
    }

    /// Sends through an HTTP proxy (`http://user:password@host:port`). The proxy then looks names
    /// up, so that addresses behind it are not filtered here. Default: none; the environment is
    /// never asked.
    pub fn proxy(mut self, url: &str) -> Self {
        self.proxy = Some(Secret::new(url));
        self
    }

    /// Checks everything and makes the endpoint; the error's text names every fault.
    pub fn build(self) -> Result<Endpoint> {
        let key = self.key.clone();
        self.build_or_faults().map_err(|faults| {
            Error::new(ErrorKind::Config, format!("endpoint {key:?}: {}", faults.join("; ")))
        })
    }

    /// Checks everything and makes the endpoint, or gives every fault by itself.
    pub fn build_or_faults(self) -> std::result::Result<Endpoint, Vec<String>> {
        let mut faults = self.policy.faults();
        if self.key.is_empty() || self.key.len() > 200 || self.key.chars().any(char::is_control) {
            faults.push("the key must have 1 to 200 bytes and no control characters".to_owned());
        }
        let mut headers = self.presets;
        let own = headers.len();
        headers.extend(self.headers);
        let url = match target::parse(&self.url) {
            Ok(target) => {
                if let Some(user) = target.user_info {
                    let value = format!("Basic {}", STANDARD.encode(user));
                    headers.push(("Authorization".to_owned(), value));
                }
                target.url
            }
            Err(fault) => {
                faults.push(fault);
                String::new()
            }
        };
        for (index, (name, value)) in headers.iter().enumerate() {
            check_header(name, value, &mut faults);
            if headers.iter().take(index).any(|(other, _)| other.eq_ignore_ascii_case(name)) {
                let whose = if index >= own { "" } else { " (a preset)" };
                faults.push(format!("header {name:?} is given twice{whose}"));
            }
        }
        self.signing.faults(&headers, &mut faults);
        if let Some(proxy) = &self.proxy
            && let Err(fault) = target::check_proxy(proxy)
        {
            faults.push(fault);
        }
        if let Err(fault) = target::check_tls(&self.tls) {
            faults.push(fault);
        }
        if !faults.is_empty() {
            return Err(faults);
        }
        Ok(Endpoint(Arc::new(Inner {
            key: self.key.into(),
            url,
            headers,
            policy: self.policy,
            signing: self.signing,
            paused: self.paused,
            network: self.network,
            tls: self.tls,
            proxy: self.proxy,
        })))
    }
}

/// Whether `name` may be a header name: a token of RFC 9110.
pub(crate) fn is_token(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 256
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

/// Whether the client writes this header itself or it would change how a message is framed.
pub(crate) fn is_reserved(name: &str) -> bool {
    RESERVED.iter().any(|reserved| reserved.eq_ignore_ascii_case(name))
}

/// Adds what is wrong with a header; the value is never shown, since it may be a secret.
fn check_header(name: &str, value: &str, faults: &mut Vec<String>) {
    if !is_token(name) {
        faults.push(format!("{name:?} is not a header name: letters, digits and !#$%&'*+-.^_`|~"));
    } else if is_reserved(name) {
        faults.push(format!("header {name:?} is reserved: the client writes it itself"));
    }
    if value.bytes().any(|byte| byte == b'\r' || byte == b'\n') {
        faults.push(format!("the value of header {name:?} contains a line break"));
    } else if value.bytes().any(|byte| (byte < 0x20 && byte != b'\t') || byte == 0x7f) {
        faults.push(format!("the value of header {name:?} contains a control character"));
    } else if value.trim_matches([' ', '\t']).len() != value.len() {
        faults.push(format!("the value of header {name:?} begins or ends with white space"));
    } else if value.len() > 8_192 {
        faults.push(format!("the value of header {name:?} is longer than 8,192 bytes"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signature::HmacHeader;

    fn faults(build: impl FnOnce(EndpointBuilder) -> EndpointBuilder) -> Vec<String> {
        let builder = Endpoint::builder("orders", "https://example.com/hook");
        build(builder).build_or_faults().err().unwrap_or_default()
    }

    #[test]
    fn presets_come_first_and_can_be_replaced() {
        let endpoint = Endpoint::new("orders", "https://example.com/hook").unwrap();
        assert_eq!(
            endpoint.headers(),
            [
                ("Content-Type".to_owned(), "application/json".to_owned()),
                ("User-Agent".to_owned(), "Amplitude/Webhook/1.0".to_owned())
            ]
        );
        let endpoint = Endpoint::builder("orders", "https://example.com/hook")
            .presets(&[("Content-Type", "text/plain")])
            .header("X-Key", "k")
            .build()
            .unwrap();
        assert_eq!(endpoint.headers().len(), 2);
    }

    /// F16 of the fault table.
    #[test]
    fn headers_that_would_change_the_message_are_refused() {
        let cases = [
            ("X-A\r\nX-B", "1", "not a header name"),
            ("X-A\n", "1", "not a header name"),
            ("X A", "1", "not a header name"),
            ("X-A:", "1", "not a header name"),
            ("", "1", "not a header name"),
            ("X-Ä", "1", "not a header name"),
            ("X-A", "1\r\nX-B: 2", "line break"),
            ("X-A", "1\n", "line break"),
            ("X-A", "1\r", "line break"),
            ("X-A", "a\0b", "control character"),
            ("X-A", " a", "white space"),
            ("Host", "evil", "reserved"),
            ("content-length", "0", "reserved"),
            ("Transfer-Encoding", "chunked", "reserved"),
            ("CONNECTION", "close", "reserved"),
            ("webhook-signature", "v1,", "reserved"),
            ("Content-type", "text/plain", "twice"),
        ];
        for (name, value, expected) in cases {
            let faults = faults(|builder| builder.header(name, value));
            assert_eq!(faults.len(), 1, "{name:?}: {faults:?}");
            assert!(faults[0].contains(expected), "{name:?}: {faults:?}");
        }
        assert!(faults(|builder| builder.header("X-Note", "grün \t ok")).is_empty());
    }

    #[test]
    fn every_fault_is_reported_at_once() {
        let found = Endpoint::builder("", "ftp://example.com")
            .header("Host", "x")
            .policy(Policy { tries: 0, ..Policy::default() })
            .build_or_faults()
            .unwrap_err();
        assert_eq!(found.len(), 4, "{found:?}");
    }

    #[test]
    fn a_user_in_the_url_becomes_a_header() {
        let endpoint = Endpoint::new("a", "https://me:s%20t@example.com/x").unwrap();
        assert_eq!(endpoint.url(), "https://example.com/x");
        assert!(endpoint.headers().contains(&("Authorization".into(), "Basic bWU6cyB0".into())));
    }

    #[test]
    fn secrets_do_not_show() {
        let endpoint = Endpoint::builder("a", "https://example.com/x")
            .header("Authorization", "Bearer hunter2")
            .signing(Signing {
                standard: vec![Secret::new("whsec_aHVudGVyMg==")],
                hmac: Some(HmacHeader::new(vec![Secret::new("hunter2")])),
            })
            .proxy("http://u:hunter2@proxy.example:3128")
            .build()
            .unwrap();
        let shown = format!("{endpoint:?}");
        assert!(!shown.contains("hunter2") && !shown.contains("aHVudGVyMg"), "{shown}");
    }
}
