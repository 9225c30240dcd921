//! URLs, proxies and certificates, checked before they are used.

use ureq::Proxy;
use ureq::http::Uri;
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig, parse_pem};

use crate::endpoint::{Roots, Tls};
use crate::signature::Secret;

/// A URL taken apart.
pub(crate) struct Target {
    /// The URL without user and password.
    pub(crate) url: String,
    /// `user:password`, decoded.
    pub(crate) user_info: Option<Vec<u8>>,
}

/// Checks an endpoint's URL; the error says what is wrong with it.
pub(crate) fn parse(url: &str) -> Result<Target, String> {
    if let Some(bad) = url.chars().find(|c| !c.is_ascii() || c.is_ascii_control() || *c == ' ') {
        return Err(format!(
            "the URL contains {bad:?}: write it percent-encoded, a host name in its xn-- form"
        ));
    }
    let (url, _fragment) = url.split_once('#').unwrap_or((url, ""));
    let uri: Uri = url.parse().map_err(|error| format!("the URL cannot be read: {error}"))?;
    if !matches!(uri.scheme_str(), Some("http" | "https")) {
        return Err("the URL must begin with https:// or http://".to_owned());
    }
    let Some(authority) = uri.authority() else { return Err("the URL has no host".to_owned()) };
    if authority.host().is_empty() {
        return Err("the URL has no host".to_owned());
    }
    let literal = authority.host().strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    if literal.is_some_and(|literal| literal.parse::<std::net::Ipv6Addr>().is_err()) {
        return Err("the URL's host is not an IPv6 address (zones are not supported)".to_owned());
    }
    // `Authority` takes any digits for a port; a number that is none would be left out silently.
    let after_host = authority.as_str().rsplit_once('@').map_or(authority.as_str(), |(_, h)| h);
    let port = after_host.strip_prefix(authority.host()).unwrap_or("");
    if !port.is_empty() && !matches!(authority.port_u16(), Some(1..)) {
        return Err("the URL's port must be between 1 and 65535".to_owned());
    }
    let Some((user_info, host)) = authority.as_str().rsplit_once('@') else {
        return Ok(Target { url: url.to_owned(), user_info: None });
    };
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let scheme = uri.scheme_str().unwrap_or("https");
    Ok(Target {
        url: format!("{scheme}://{host}{path}"),
        user_info: Some(percent_decoded(user_info)),
    })
}

fn percent_decoded(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let decoded = (byte == b'%')
            .then(|| text.get(at + 1..at + 3))
            .flatten()
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match decoded {
            Some(decoded) => {
                out.push(decoded);
                at += 3;
            }
            None => {
                out.push(byte);
                at += 1;
            }
        }
    }
    out
}

/// Checks a proxy's URL, which is not shown because it may hold a password.
pub(crate) fn check_proxy(url: &Secret) -> Result<Proxy, String> {
    let text = url.expose();
    if !text.starts_with("http://") && !text.starts_with("https://") {
        return Err("the proxy must be given as http://host:port or https://host:port".to_owned());
    }
    Proxy::new(text).map_err(|error| format!("the proxy's URL cannot be used: {error}"))
}

/// Checks certificates and makes the client's setting of them.
pub(crate) fn check_tls(tls: &Tls) -> Result<TlsConfig, String> {
    let roots = match &tls.roots {
        Roots::Bundled => RootCerts::WebPki,
        Roots::System => RootCerts::PlatformVerifier,
        Roots::Pem(pem) => {
            let certificates = certificates(pem, "the trusted certificates")?;
            RootCerts::new_with_certs(&certificates)
        }
    };
    let client = match &tls.client {
        Some(client) => {
            let chain = certificates(&client.chain, "the client's certificate")?;
            let key = PrivateKey::from_pem(client.key.expose().as_bytes())
                .map_err(|_| "the client's key is not a private key in PEM".to_owned())?;
            Some(ClientCert::new_with_certs(&chain, key))
        }
        None => None,
    };
    Ok(TlsConfig::builder().root_certs(roots).client_cert(client).build())
}

fn certificates(pem: &[u8], whose: &str) -> Result<Vec<Certificate<'static>>, String> {
    let mut certificates = Vec::new();
    for item in parse_pem(pem) {
        match item {
            Ok(ureq::tls::PemItem::Certificate(certificate)) => certificates.push(certificate),
            Ok(_) => (),
            Err(error) => return Err(format!("{whose} cannot be read: {error}")),
        }
    }
    if certificates.is_empty() {
        return Err(format!("{whose} must be in PEM"));
    }
    Ok(certificates)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_checked() {
        let good = [
            ("https://example.com/hook", "https://example.com/hook"),
            ("http://example.com", "http://example.com"),
            ("HTTPS://example.com:8443/a?b=c", "HTTPS://example.com:8443/a?b=c"),
            ("https://example.com/a#part", "https://example.com/a"),
            ("https://[2606:4700::1111]:443/", "https://[2606:4700::1111]:443/"),
            ("https://u:p@example.com:8443/a?b", "https://example.com:8443/a?b"),
        ];
        for (url, expected) in good {
            assert_eq!(
                parse(url).map(|target| target.url).as_deref().map_err(String::as_str),
                Ok(expected)
            );
        }
        let bad = [
            "",
            "example.com",
            "/hook",
            "ftp://example.com",
            "https://",
            "https:///path",
            "https://exa mple.com",
            "https://example.com/ä",
            "https://example.com/a\r\nHost: b",
            "https://example.com:99999/",
            "https://example.com:0/",
            "https://[fe80::1%25eth0]/",
            "https://[fe80::1%eth0]/",
        ];
        for url in bad {
            assert!(parse(url).is_err(), "{url:?}");
        }
    }

    #[test]
    fn user_and_password_are_decoded() {
        let target = parse("https://a%40b:p%ZZ@example.com").ok().unwrap();
        assert_eq!(target.user_info.as_deref(), Some(&b"a@b:p%ZZ"[..]));
    }
}
