//! Names to addresses, remembered and filtered.
//!
//! ureq asks for the addresses on every request, also when it has a connection. A cache makes that
//! cheap, and since the client connects to what is given here and to nothing else, the address that
//! was checked is the address that is connected: neither a redirect nor a changed DNS answer nor
//! an odd spelling gets around it.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

use super::address::Network;

/// Looks a host name up, as `getaddrinfo` would.
pub type Lookup = dyn Fn(&str) -> io::Result<Vec<IpAddr>> + Send + Sync;

/// How long an answer is kept.
const KEEP: Duration = Duration::from_secs(30);

/// How long a failure is kept: long enough to spare the name server, short enough to recover.
const KEEP_FAILURE: Duration = Duration::from_secs(1);

/// More names than this are not remembered; the cache starts anew.
const MOST_NAMES: usize = 10_000;

/// The answers of all endpoints.
pub(crate) struct Cache {
    lookup: Arc<Lookup>,
    names: Mutex<HashMap<Box<str>, Answer>>,
}

#[derive(Clone)]
struct Answer {
    addresses: Arc<[IpAddr]>,
    until: Instant,
}

impl Cache {
    pub(crate) fn new(lookup: Arc<Lookup>) -> Self {
        Cache { lookup, names: Mutex::new(HashMap::new()) }
    }

    /// The system's own look-up.
    pub(crate) fn system() -> Self {
        Cache::new(Arc::new(|host: &str| {
            Ok((host, 0).to_socket_addrs()?.map(|address| address.ip()).collect())
        }))
    }

    /// Addresses of `host`, empty if it is not known. `None` if that takes longer than `timeout`.
    fn get(&self, host: &str, timeout: Option<Duration>) -> Option<Arc<[IpAddr]>> {
        if let Some(address) = literal(host) {
            return Some([address].into());
        }
        let now = Instant::now();
        if let Some(answer) = crate::lock(&self.names).get(host)
            && answer.until > now
        {
            return Some(answer.addresses.clone());
        }
        let found = self.look_up(host, timeout)?;
        let (addresses, keep) = match found {
            Ok(addresses) if !addresses.is_empty() => (addresses, KEEP),
            _ => (Vec::new(), KEEP_FAILURE),
        };
        let answer = Answer { addresses: addresses.into(), until: now + keep };
        let mut names = crate::lock(&self.names);
        if names.len() >= MOST_NAMES {
            names.clear();
        }
        names.insert(host.into(), answer.clone());
        Some(answer.addresses)
    }

    /// Asks on a thread of its own, because the system's look-up cannot be given a deadline.
    fn look_up(&self, host: &str, timeout: Option<Duration>) -> Option<io::Result<Vec<IpAddr>>> {
        let Some(timeout) = timeout else { return Some((self.lookup)(host)) };
        let (sender, receiver) = mpsc::sync_channel(1);
        let lookup = self.lookup.clone();
        let name = host.to_owned();
        let spawned = std::thread::Builder::new()
            .name("name look-up".to_owned())
            .spawn(move || drop(sender.send(lookup(&name))));
        match spawned {
            Ok(_) => receiver.recv_timeout(timeout).ok(),
            Err(error) => Some(Err(error)),
        }
    }
}

/// An address written out, `[…]` around it if it is IPv6.
fn literal(host: &str) -> Option<IpAddr> {
    match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(inner) => inner.parse().ok().map(IpAddr::V6),
        None => host.parse().ok().map(IpAddr::V4),
    }
}

/// One endpoint's resolver: the common cache, and the addresses this endpoint may use.
#[derive(Clone)]
pub(crate) struct Filtering {
    pub(crate) cache: Arc<Cache>,
    pub(crate) network: Network,
    /// Host and port of the proxy, which the operator chose and which may be anywhere.
    pub(crate) proxy: Option<(String, u16)>,
}

impl fmt::Debug for Filtering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Filtering").finish_non_exhaustive()
    }
}

/// The error for a host all of whose addresses are forbidden; told apart by its type.
#[derive(Debug)]
pub(crate) struct Blocked {
    address: IpAddr,
}

impl fmt::Display for Blocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is not a public address, and this endpoint may not use it", self.address)
    }
}

impl std::error::Error for Blocked {}

impl Resolver for Filtering {
    fn resolve(
        &self,
        uri: &Uri,
        _: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let authority = uri.authority().ok_or(ureq::Error::HostNotFound)?;
        let host = authority.host();
        let port = match authority.port_u16() {
            Some(port) => port,
            None if uri.scheme_str() == Some("https") => 443,
            None => 80,
        };
        let time = if timeout.after.is_not_happening() { None } else { Some(*timeout.after) };
        let found =
            self.cache.get(host, time).ok_or(ureq::Error::Timeout(ureq::Timeout::Resolve))?;
        let is_proxy = self
            .proxy
            .as_ref()
            .is_some_and(|(proxy, at)| *at == port && proxy.eq_ignore_ascii_case(host));
        let mut addresses = self.empty();
        for address in found.iter().filter(|a| is_proxy || self.network.permits(**a)).take(16) {
            addresses.push(SocketAddr::new(*address, port));
        }
        if !addresses.is_empty() {
            return Ok(addresses);
        }
        Err(match found.first() {
            Some(address) => ureq::Error::Other(Box::new(Blocked { address: *address })),
            None => ureq::Error::HostNotFound,
        })
    }
}
