//! Signed requests: Standard Webhooks, and a plain HMAC header. Both optional.
//!
//! Standard Webhooks: <https://www.standardwebhooks.com>, the signed text is `id.timestamp.body`.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::endpoint::{is_reserved, is_token};

/// Text that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Box<str>);

impl Secret {
    /// Hides a text.
    pub fn new(text: impl Into<Box<str>>) -> Self {
        Secret(text.into())
    }

    /// Uncovers it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// How an endpoint's requests are signed. Default: not at all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Signing {
    /// Secrets for Standard Webhooks (`whsec_` and base64): one, or two while one replaces the
    /// other. Adds `webhook-id`, `webhook-timestamp` and `webhook-signature`. Empty: none of these.
    pub standard: Vec<Secret>,
    /// A header with the HMAC of the body.
    pub hmac: Option<HmacHeader>,
}

/// A header that holds the lower-case hexadecimal HMAC-SHA256 of the body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HmacHeader {
    /// Its name. Default: `X-Amplitude-Signature`.
    pub name: String,
    /// The secret, taken as the text's bytes; while one replaces the other two, whose values then
    /// stand in the header in this order, with a comma between them.
    pub secrets: Vec<Secret>,
}

impl HmacHeader {
    /// The default name with these secrets.
    pub fn new(secrets: Vec<Secret>) -> Self {
        HmacHeader { name: "X-Amplitude-Signature".to_owned(), secrets }
    }
}

impl Signing {
    /// Adds what is wrong with it.
    pub(crate) fn faults(&self, headers: &[(String, String)], faults: &mut Vec<String>) {
        if self.standard.len() > 2 {
            faults.push("there may be two signing secrets at most".to_owned());
        }
        for secret in &self.standard {
            if key_of(secret).is_none() {
                faults.push(
                    "a signing secret must be \"whsec_\" and the base64 of 1 to 256 bytes"
                        .to_owned(),
                );
            }
        }
        let Some(hmac) = &self.hmac else { return };
        if !is_token(&hmac.name) || is_reserved(&hmac.name) {
            faults.push(format!("{:?} cannot be the signature's header", hmac.name));
        }
        if headers.iter().any(|(name, _)| name.eq_ignore_ascii_case(&hmac.name)) {
            faults.push(format!("header {:?} is given twice", hmac.name));
        }
        if !(1..=2).contains(&hmac.secrets.len())
            || hmac.secrets.iter().any(|secret| secret.expose().is_empty())
        {
            faults.push("the signature's header needs one or two secrets".to_owned());
        }
    }

    /// Adds the headers that sign this body, sent under `id` at `timestamp` (seconds since 1970).
    pub(crate) fn sign(
        &self,
        id: &str,
        timestamp: i64,
        body: &[u8],
        headers: &mut Vec<(String, String)>,
    ) {
        if !self.standard.is_empty() {
            let timestamp = timestamp.to_string();
            let mut signature = String::new();
            for key in self.standard.iter().filter_map(key_of) {
                if !signature.is_empty() {
                    signature.push(' ');
                }
                signature.push_str("v1,");
                let parts = [id.as_bytes(), b".", timestamp.as_bytes(), b".", body];
                STANDARD.encode_string(digest(&key, &parts), &mut signature);
            }
            headers.push(("webhook-id".to_owned(), id.to_owned()));
            headers.push(("webhook-timestamp".to_owned(), timestamp));
            headers.push(("webhook-signature".to_owned(), signature));
        }
        if let Some(hmac) = &self.hmac {
            let mut value = String::new();
            for secret in &hmac.secrets {
                if !value.is_empty() {
                    value.push(',');
                }
                for byte in digest(secret.expose().as_bytes(), &[body]) {
                    value.push(char::from(HEX[usize::from(byte >> 4)]));
                    value.push(char::from(HEX[usize::from(byte & 15)]));
                }
            }
            headers.push((hmac.name.clone(), value));
        }
    }
}

const HEX: &[u8; 16] = b"0123456789abcdef";

/// The key within `whsec_…`.
fn key_of(secret: &Secret) -> Option<Vec<u8>> {
    let text = secret.expose();
    let text = text.strip_prefix("whsec_").unwrap_or(text);
    STANDARD.decode(text).ok().filter(|key| (1..=256).contains(&key.len()))
}

fn digest(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signed(signing: &Signing, id: &str, timestamp: i64, body: &str) -> Vec<(String, String)> {
        let mut headers = Vec::new();
        signing.sign(id, timestamp, body.as_bytes(), &mut headers);
        headers
    }

    /// The example of the Standard Webhooks reference libraries.
    #[test]
    fn standard_webhooks_reference_example() {
        let signing = Signing {
            standard: vec![Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")],
            hmac: None,
        };
        let headers = signed(
            &signing,
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            r#"{"test": 2432232314}"#,
        );
        let expected = [
            ("webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
            ("webhook-timestamp", "1614265330"),
            ("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(headers, expected);
    }

    #[test]
    fn both_secrets_sign_during_rotation() {
        let old = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let new = Secret::new("whsec_c2VjcmV0");
        let one = |secret: &Secret| {
            let signing = Signing { standard: vec![secret.clone()], hmac: None };
            signed(&signing, "msg_1", 7, "x")[2].1.clone()
        };
        let both = Signing { standard: vec![new.clone(), old.clone()], hmac: None };
        let both = signed(&both, "msg_1", 7, "x")[2].1.clone();
        assert_eq!(both, format!("{} {}", one(&new), one(&old)));
    }

    /// RFC 4231, test case 2.
    #[test]
    fn hmac_header_is_lower_case_hexadecimal() {
        let signing =
            Signing { standard: vec![], hmac: Some(HmacHeader::new(vec![Secret::new("Jefe")])) };
        assert_eq!(
            signed(&signing, "msg_1", 7, "what do ya want for nothing?"),
            [(
                "X-Amplitude-Signature".to_owned(),
                "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843".to_owned()
            )]
        );
    }

    #[test]
    fn secrets_are_checked() {
        let mut faults = Vec::new();
        let signing = Signing {
            standard: vec![Secret::new("whsec_***")],
            hmac: Some(HmacHeader { name: "Host".into(), secrets: vec![] }),
        };
        signing.faults(&[], &mut faults);
        assert_eq!(faults.len(), 3, "{faults:?}");
    }
}
