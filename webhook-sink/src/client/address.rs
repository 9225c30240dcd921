//! Which addresses may be connected to. Pure; the resolver asks for every address it gives out.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use crate::error::{Error, ErrorKind};

/// The addresses that an endpoint may be at. Default: public ones only, so that a URL typed by a
/// stranger cannot reach what lies inside our own network.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Network {
    allowed: Vec<Net>,
}

impl Network {
    /// Any address at all.
    pub fn any() -> Self {
        let v4 = Net { address: IpAddr::V4(Ipv4Addr::UNSPECIFIED), bits: 0 };
        let v6 = Net { address: IpAddr::V6(Ipv6Addr::UNSPECIFIED), bits: 0 };
        Network { allowed: vec![v4, v6] }
    }

    /// This machine, beside the public addresses.
    pub fn loopback() -> Self {
        let v4 = Net { address: IpAddr::V4(Ipv4Addr::new(127, 0, 0, 0)), bits: 8 };
        let v6 = Net { address: IpAddr::V6(Ipv6Addr::LOCALHOST), bits: 128 };
        Network { allowed: vec![v4, v6] }
    }

    /// Also a net such as `10.1.0.0/16`, or a single address.
    pub fn allow(mut self, net: Net) -> Self {
        self.allowed.push(net);
        self
    }

    /// Whether this address may be connected to.
    pub fn permits(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        is_public(address) || self.allowed.iter().any(|net| net.contains(address))
    }
}

/// A range of addresses, read from `10.1.0.0/16`, `fd00::/8` or a single address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Net {
    address: IpAddr,
    bits: u8,
}

impl Net {
    fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address) {
            (IpAddr::V4(net), IpAddr::V4(address)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.bits)).unwrap_or(0);
                net.to_bits() & mask == address.to_bits() & mask
            }
            (IpAddr::V6(net), IpAddr::V6(address)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.bits)).unwrap_or(0);
                net.to_bits() & mask == address.to_bits() & mask
            }
            _ => false,
        }
    }
}

impl FromStr for Net {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let fault = || {
            let text = format!("{text:?} is not an address or a net such as 10.1.0.0/16");
            Error::new(ErrorKind::Config, text)
        };
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u8>().map_err(|_| fault())?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| fault())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.unwrap_or(most);
        if bits > most {
            return Err(fault());
        }
        Ok(Net { address, bits })
    }
}

impl fmt::Display for Net {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.bits)
    }
}

/// Whether the whole internet would reach the same machine under this address. By the special
/// purpose registries of IANA (RFC 6890 and its successors).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let is_special = matches!(
        (a, b, c),
        (0 | 10 | 127 | 224.., ..)
            | (100, 64..=127, _)
            | (169, 254, _)
            | (172, 16..=31, _)
            | (192, 0, 0 | 2)
            | (192, 88, 99)
            | (192, 168, _)
            | (198, 18 | 19, _)
            | (198, 51, 100)
            | (203, 0, 113)
    );
    !is_special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let segments = address.segments();
    match segments {
        // NAT64 reaches an IPv4 address, which has to be public itself.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            is_public_v4(Ipv4Addr::from_bits(u32::from(high) << 16 | u32::from(low)))
        }
        // IETF protocol assignments, with Teredo and ORCHID in them.
        [0x2001, 0..=0x1ff, ..] => false,
        // Documentation.
        [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => false,
        // 6to4 reaches whatever IPv4 address stands in it.
        [0x2002, ..] => false,
        // All that is handed out to networks; what lies outside is local, multicast or reserved.
        [0x2000..=0x3fff, ..] => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// F14 of the fault table.
    #[test]
    fn private_and_special_addresses_are_blocked() {
        let blocked = [
            "0.0.0.0",
            "0.1.2.3",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.255",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.7",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::127.0.0.1",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "100::1",
            "2001::1",
            "2001:10::1",
            "2001:db8::1",
            "2002:7f00:1::",
            "2002:c0a8:101::1",
            "3fff::1",
            "5f00::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
        ];
        for address in blocked {
            assert!(!Network::default().permits(address.parse().unwrap()), "{address}");
            assert!(Network::any().permits(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn public_addresses_are_permitted() {
        for address in [
            "1.1.1.1",
            "8.8.8.8",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "192.0.1.1",
            "223.255.255.255",
            "2606:4700:4700::1111",
            "2001:4860:4860::8888",
            "64:ff9b::8.8.8.8",
            "::ffff:8.8.8.8",
        ] {
            assert!(Network::default().permits(address.parse().unwrap()), "{address}");
        }
    }

    #[test]
    fn nets_are_allowed_one_by_one() {
        let network = Network::default()
            .allow("10.1.0.0/16".parse().unwrap())
            .allow("fd00::/8".parse().unwrap())
            .allow("192.168.7.7".parse().unwrap());
        let cases = [
            ("10.1.255.255", true),
            ("::ffff:10.1.0.1", true),
            ("10.2.0.1", false),
            ("fd00::1", true),
            ("fc00::1", false),
            ("192.168.7.7", true),
            ("192.168.7.8", false),
        ];
        for (address, expected) in cases {
            assert_eq!(network.permits(address.parse().unwrap()), expected, "{address}");
        }
        for text in ["", "10.0.0.0/33", "10.0.0/8", "::/129", "x/8", "10.0.0.0/-1", "1.2.3.4/"] {
            assert!(text.parse::<Net>().is_err(), "{text:?}");
        }
    }
}
