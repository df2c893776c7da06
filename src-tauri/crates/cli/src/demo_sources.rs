//! The demo's servers as sources of the console.

use demo::Endpoints;
use engine::domain::{
    Connection, ConnectionFields, HttpAuth, HttpConnection, PasswordDraft, SourceConfig, SourceDraft,
    SourceId, SourceKind, TlsMode,
};

/// Layers from the database outwards, so that each finds the one behind it.
pub(crate) fn drafts(endpoints: &Endpoints) -> Vec<SourceDraft> {
    let mut drafts = Vec::new();
    let mut behind: Option<SourceId> = None;
    if let Some(server) = &endpoints.postgres {
        let connection = fields(&server.host, server.port, &server.database, &server.user);
        let draft = draft("billing-db", SourceKind::Postgres, connection, None, &server.password);
        behind.clone_from(&draft.id);
        drafts.push(draft);
    }
    if let Some(server) = &endpoints.pgbouncer {
        let connection = fields(&server.host, server.port, "pgbouncer", &server.user);
        let draft = draft("bouncer", SourceKind::Pgbouncer, connection, behind.clone(), &server.password);
        behind.clone_from(&draft.id);
        drafts.push(draft);
    }
    if let Some(url) = &endpoints.redis {
        drafts.push(draft("cache", SourceKind::Redis, Connection::Url { url: url.clone() }, None, ""));
    }
    if let Some(url) = &endpoints.panel {
        let http = HttpConnection { url: url.clone(), auth: HttpAuth::None, root_certificate: None };
        let mut panel = draft("panel-eu-1", SourceKind::Mpanel, Connection::Http(http), behind, "");
        panel.application_name = Some("panel".to_owned());
        drafts.push(panel);
    }
    drafts
}

fn draft(
    name: &str,
    kind: SourceKind,
    connection: Connection,
    upstream: Option<SourceId>,
    password: &str,
) -> SourceDraft {
    SourceDraft {
        id: Some(SourceId::new(name)),
        name: name.to_owned(),
        kind,
        connection,
        interval_ms: SourceConfig::DEFAULT_INTERVAL_MS,
        enabled: true,
        upstream,
        application_name: None,
        pool_max: None,
        allow_index_builds: false,
        allow_signals: false,
        allow_cache_writes: false,
        password: if password.is_empty() {
            PasswordDraft::None
        } else {
            PasswordDraft::Set { password: password.to_owned() }
        },
    }
}

/// The demo listens on loopback only, where there is nothing to encrypt.
fn fields(host: &str, port: u16, database: &str, user: &str) -> Connection {
    Connection::Fields(ConnectionFields {
        host: host.to_owned(),
        port,
        database: database.to_owned(),
        user: user.to_owned(),
        tls: TlsMode::Disable,
        root_certificate: None,
    })
}
