//! How a source is reached: addresses and options, never a password.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What the person filled in to reach a source. A password travels beside it (see [`crate::SourceDraft`]), never in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Connection {
    /// PostgreSQL or the PgBouncer admin console: separate fields.
    Fields(ConnectionFields),
    /// PostgreSQL or PgBouncer: a `postgres://` URL or a `key=value` string; Redis: a `redis://` or `rediss://` URL. Without a password.
    Url { url: String },
    /// PostgreSQL or PgBouncer: a section of `pg_service.conf`.
    Service { name: String },
    /// PostgreSQL or PgBouncer: the `PG*` environment variables of the console's own process.
    Environment,
    /// mPanel or Prometheus: a base URL or the URL of a metrics endpoint.
    Http(HttpConnection),
    /// Redis: one server, Sentinels, or a cluster.
    Redis(crate::RedisConnection),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ConnectionFields {
    /// Host name, address, or the directory of a Unix socket.
    pub host: String,
    pub port: u16,
    pub database: String,
    pub user: String,
    pub tls: TlsMode,
    /// A PEM file with the certificate authority; the system's roots when absent.
    pub root_certificate: Option<String>,
}

/// libpq's `sslmode`, reduced to what is safe to offer. There is no "prefer": it downgrades silently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum TlsMode {
    /// Encrypted, certificate and host name verified.
    #[default]
    VerifyFull,
    /// Encrypted, certificate verified, host name not.
    VerifyCa,
    /// No encryption; meant for loopback, Unix sockets and tunnels.
    Disable,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct HttpConnection {
    /// `https://panel.example.com` (then `/metrics` is appended) or the endpoint itself.
    pub url: String,
    /// How the password, if there is one, is sent.
    pub auth: HttpAuth,
    /// A PEM file with the certificate authority; the system's roots when absent.
    pub root_certificate: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum HttpAuth {
    #[default]
    None,
    Basic {
        user: String,
    },
    Bearer,
}
