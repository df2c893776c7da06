//! Where one node is: a host and port, or a Unix socket.

use std::fmt;
use std::path::PathBuf;

use domain::Problem;

use super::problem::invalid_address;

pub(super) const PORT: u16 = 6379;
pub(super) const SENTINEL_PORT: u16 = 26379;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Address {
    /// The host as it was given; an IPv6 address without its brackets.
    Tcp {
        host: String,
        port: u16,
    },
    Socket(PathBuf),
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Address::Tcp { host, port } if host.contains(':') => write!(f, "[{host}]:{port}"),
            Address::Tcp { host, port } => write!(f, "{host}:{port}"),
            Address::Socket(path) => write!(f, "{}", path.display()),
        }
    }
}

impl Address {
    pub(super) fn tcp(host: impl Into<String>, port: u16) -> Address {
        Address::Tcp { host: host.into(), port }
    }

    /// `host`, `host:port`, `[v6]:port`, a bare IPv6 address, or the path of a Unix socket.
    pub(super) fn parse(text: &str, default_port: u16) -> Result<Address, Problem> {
        let text = text.trim();
        if text.starts_with('/') {
            return socket(text);
        }
        let (host, port) = match text.strip_prefix('[') {
            Some(rest) => {
                let (host, rest) = rest.split_once(']').ok_or_else(|| unreadable(text))?;
                (host, if rest.is_empty() { None } else { Some(rest.strip_prefix(':').unwrap_or(rest)) })
            }
            None if text.matches(':').count() > 1 => (text, None),
            None => match text.split_once(':') {
                Some((host, port)) => (host, Some(port)),
                None => (text, None),
            },
        };
        let port = match port {
            Some(port) => port.parse().ok().filter(|port| *port != 0).ok_or_else(|| unreadable(text))?,
            None => default_port,
        };
        let odd = |c: char| c.is_whitespace() || c.is_control() || "/@?#[]".contains(c);
        if host.is_empty() || host.contains(odd) {
            return Err(unreadable(text));
        }
        Ok(Address::tcp(host, port))
    }

    /// The name that a certificate must carry.
    pub(super) fn host(&self) -> String {
        match self {
            Address::Tcp { host, .. } => host.clone(),
            Address::Socket(path) => path.display().to_string(),
        }
    }
}

#[cfg(unix)]
fn socket(path: &str) -> Result<Address, Problem> {
    Ok(Address::Socket(PathBuf::from(path)))
}

#[cfg(not(unix))]
fn socket(_path: &str) -> Result<Address, Problem> {
    Err(invalid_address("This system has no Unix sockets.", "Fill in a host and a port."))
}

/// Never quotes what stands before an `@`: it may be a password.
fn unreadable(text: &str) -> Problem {
    let shown = text.rsplit('@').next().unwrap_or_default();
    invalid_address(
        format!("The address {shown:?} cannot be read."),
        "Fill in a host, host:port, or the path of a Unix socket. User and password have fields of their own.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read_and_written_back() {
        let cases = [
            ("cache", "cache:6379"),
            (" cache.example.com:7000 ", "cache.example.com:7000"),
            ("10.0.0.7:1", "10.0.0.7:1"),
            ("::1", "[::1]:6379"),
            ("[fe80::1]", "[fe80::1]:6379"),
            ("[fe80::1]:6380", "[fe80::1]:6380"),
            #[cfg(unix)]
            ("/run/redis/redis.sock", "/run/redis/redis.sock"),
        ];
        for (text, shown) in cases {
            assert_eq!(Address::parse(text, PORT).map(|address| address.to_string()), Ok(shown.to_owned()));
        }
    }

    #[test]
    fn what_cannot_be_read_is_told_without_a_password() {
        for text in
            ["", " ", "cache:", "cache:0", "cache:70000", "cache:x", "[::1", "a b", "ada:hunter2@cache"]
        {
            let problem = Address::parse(text, PORT).expect_err(text);
            assert!(!format!("{problem:?}").contains("hunter2"), "{problem:?}");
        }
    }
}
