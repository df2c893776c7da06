//! Where a Redis source connects, worked out from fields or a URL.

use std::fmt;
use std::path::PathBuf;

use domain::{Connection, Problem, RedisConnection, RedisTopology, TlsMode};
use url::Url;

use super::address::{Address, PORT, SENTINEL_PORT};
use super::problem::invalid_address;
use crate::postgres::percent_decoded;

/// Nodes or Sentinels that a person may name.
const MOST_ADDRESSES: usize = 64;

/// A fully resolved connection.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Target {
    /// Never empty: one server, or several Sentinels, or several nodes of a cluster.
    pub(super) addresses: Vec<Address>,
    pub(super) topology: RedisTopology,
    pub(super) database: u32,
    pub(super) user: Option<String>,
    pub(super) password: Option<String>,
    pub(super) tls: TlsMode,
    pub(super) root_certificate: Option<PathBuf>,
}

impl fmt::Debug for Target {
    /// Leaves the password out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target")
            .field("addresses", &self.addresses)
            .field("topology", &self.topology)
            .field("database", &self.database)
            .field("user", &self.user)
            .field("tls", &self.tls)
            .finish_non_exhaustive()
    }
}

impl Target {
    /// # Errors
    /// A [`Problem`] where the address cannot be used.
    pub(super) fn resolve(connection: &Connection, password: Option<String>) -> Result<Target, Problem> {
        let password = password.filter(|password| !password.is_empty());
        match connection {
            Connection::Redis(fields) => from_fields(fields, password),
            Connection::Url { url } => from_url(url, password),
            Connection::Fields(_)
            | Connection::Service { .. }
            | Connection::Environment
            | Connection::Http(_) => Err(invalid_address(
                "An address of another kind was given where that of a Redis is needed.",
                "Fill in host and port, or a redis:// URL.",
            )),
        }
    }

    /// In plain words, for the report of a test.
    pub(super) fn encryption(&self) -> &'static str {
        match (self.tls, self.addresses.first()) {
            (_, Some(Address::Socket(_))) => "none needed (Unix socket)",
            (TlsMode::VerifyFull, _) => "TLS, certificate and host name verified",
            (TlsMode::VerifyCa, _) => "TLS, certificate verified",
            (TlsMode::Disable, _) => "none",
        }
    }

    /// As an ACL names it.
    pub(super) fn user_name(&self) -> &str {
        self.user.as_deref().unwrap_or("default")
    }
}

fn from_fields(fields: &RedisConnection, password: Option<String>) -> Result<Target, Problem> {
    let default_port = match &fields.topology {
        RedisTopology::Sentinel { service, .. } if service.trim().is_empty() => {
            return Err(invalid_address(
                "The name of the service is empty.",
                "Fill in the name under which the Sentinels watch the primary, often mymaster.",
            ));
        }
        RedisTopology::Sentinel { .. } => SENTINEL_PORT,
        RedisTopology::Single | RedisTopology::Cluster => PORT,
    };
    let given = fields.nodes.iter().filter(|node| !node.trim().is_empty());
    let mut addresses =
        given.map(|node| Address::parse(node, default_port)).collect::<Result<Vec<_>, _>>()?;
    addresses.sort();
    addresses.dedup();
    check_count(&addresses, &fields.topology)?;
    let sockets = addresses.iter().all(|address| matches!(address, Address::Socket(_)));
    let no_databases = fields.topology == RedisTopology::Cluster;
    Ok(Target {
        topology: fields.topology.clone(),
        database: if no_databases { 0 } else { fields.database },
        user: given_text(fields.user.as_deref()),
        password,
        tls: if sockets && fields.topology == RedisTopology::Single { TlsMode::Disable } else { fields.tls },
        root_certificate: given_text(fields.root_certificate.as_deref()).map(PathBuf::from),
        addresses,
    })
}

fn check_count(addresses: &[Address], topology: &RedisTopology) -> Result<(), Problem> {
    let single = *topology == RedisTopology::Single;
    match addresses.len() {
        0 => Err(invalid_address(
            "No host is given.",
            "Fill in a host, host:port, or the path of a Unix socket.",
        )),
        1 => Ok(()),
        _ if single => Err(invalid_address(
            "Several hosts are given for one server.",
            "Choose Sentinel or cluster, or add a source for each server.",
        )),
        count if count > MOST_ADDRESSES => Err(invalid_address(
            format!("{count} hosts are given."),
            format!("A few are enough, at most {MOST_ADDRESSES}: the others are found through them."),
        )),
        _ => Ok(()),
    }
}

fn given_text(text: Option<&str>) -> Option<String> {
    text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// `redis[s]://[user@]host[:port][/database]` or `[redis+]unix:///path[?db=…]`. Messages never quote the text: where it is
/// malformed, any part of it may be a password.
fn from_url(text: &str, password: Option<String>) -> Result<Target, Problem> {
    let url =
        Url::parse(text.trim()).map_err(|error| unreadable(&format!("The address is no URL: {error}.")))?;
    if url.password().is_some_and(|password| !password.is_empty()) || has_query(&url, "password") {
        return Err(invalid_address(
            "The address holds a password.",
            "Take the password out of the address and type it into the password field, where it is kept in the keychain.",
        ));
    }
    let (address, tls, database) = match url.scheme() {
        "redis" | "valkey" => (tcp(&url)?, TlsMode::Disable, url.path().trim_matches('/')),
        "rediss" | "valkeys" => (tcp(&url)?, TlsMode::VerifyFull, url.path().trim_matches('/')),
        "unix" | "redis+unix" => (Address::parse(&decoded(url.path())?, PORT)?, TlsMode::Disable, ""),
        _ => return Err(unreadable("The address does not begin with redis://, rediss:// or unix://.")),
    };
    let queried = url.query_pairs().find(|(name, _)| name == "db").map(|(_, value)| value.into_owned());
    let database = queried.as_deref().filter(|_| database.is_empty()).unwrap_or(database);
    let database = if database.is_empty() { Ok(0) } else { database.parse() };
    Ok(Target {
        addresses: vec![address],
        topology: RedisTopology::Single,
        database: database.map_err(|_| unreadable("The database in the address is no number."))?,
        user: given_text(Some(&decoded(url.username())?)),
        password,
        tls,
        root_certificate: None,
    })
}

fn tcp(url: &Url) -> Result<Address, Problem> {
    let host = decoded(url.host_str().unwrap_or_default())?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    match url.port() {
        Some(0) => Err(unreadable("The port in the address is 0.")),
        _ if host.is_empty() => Err(unreadable("The address names no host.")),
        port => Ok(Address::tcp(host, port.unwrap_or(PORT))),
    }
}

fn has_query(url: &Url, name: &str) -> bool {
    url.query_pairs().any(|(given, _)| given == name)
}

fn decoded(part: &str) -> Result<String, Problem> {
    percent_decoded(part)
        .ok_or_else(|| unreadable("A percent sign in the address is not followed by two digits."))
}

fn unreadable(message: &str) -> Problem {
    invalid_address(message, "Fill in redis://user@host:port/database, or rediss:// for TLS.")
}

#[cfg(test)]
#[path = "target_tests.rs"]
mod tests;
