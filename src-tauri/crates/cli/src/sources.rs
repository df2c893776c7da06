//! `mconsole sources`: list, test, add, remove.

use std::io::Write;
use std::process::ExitCode;

use anyhow::Result;
use engine::Engine;
use engine::domain::{
    Connection, HttpAuth, HttpConnection, PasswordDraft, RedisConnection, RedisTopology, SourceDraft,
    SourceId, SourceKind, TestReport, TlsMode,
};

use crate::arguments::{Kind, SourceArguments, SourcesAction, SourcesArguments};
use crate::console;
use crate::watch::{source_table, state_words};

pub(crate) async fn run(arguments: SourcesArguments) -> Result<ExitCode> {
    let engine = console::open(&arguments.place).await?;
    let outcome = act(&engine, arguments.action).await;
    engine.shutdown().await;
    outcome
}

async fn act(engine: &Engine, action: SourcesAction) -> Result<ExitCode> {
    let mut out = std::io::stdout().lock();
    match action {
        SourcesAction::List => {
            let sources = engine.sources();
            if sources.is_empty() {
                writeln!(
                    out,
                    "No sources yet. `mconsole sources add postgres postgres://user@host/database` adds one."
                )?;
            }
            write!(out, "{}", source_table(&sources, engine.now()))?;
        }
        SourcesAction::Test(arguments) => {
            drop(out);
            let report = engine.test_source(draft(arguments)?).await?;
            write!(std::io::stdout(), "{}", report_text(&report))?;
            return Ok(if report.ok { ExitCode::SUCCESS } else { ExitCode::FAILURE });
        }
        SourcesAction::Add(arguments) => {
            drop(out);
            let status = engine.save_source(draft(arguments)?).await?;
            writeln!(std::io::stdout(), "{} {}", status.config.id, state_words(&status.state))?;
        }
        SourcesAction::Remove { id } => {
            drop(out);
            engine.remove_source(SourceId::new(&id)).await?;
            writeln!(std::io::stdout(), "{id} removed")?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn draft(arguments: SourceArguments) -> Result<SourceDraft> {
    let password = if arguments.password_stdin {
        PasswordDraft::Set { password: console::read_password()? }
    } else {
        PasswordDraft::None
    };
    anyhow::ensure!(
        arguments.interval.is_finite() && (0.0..=86_400.0).contains(&arguments.interval),
        "--interval {} is not a number of seconds up to a day",
        arguments.interval
    );
    Ok(SourceDraft {
        id: None,
        name: if arguments.name.is_empty() { default_name(&arguments) } else { arguments.name.clone() },
        kind: kind(arguments.kind),
        connection: connection(arguments.kind, &arguments.address),
        interval_ms: (arguments.interval * 1000.0) as u32,
        enabled: true,
        upstream: arguments.upstream.map(SourceId::new),
        application_name: arguments.application_name,
        pool_max: arguments.pool_max,
        allow_index_builds: false,
        allow_signals: false,
        allow_cache_writes: false,
        password,
    })
}

fn default_name(arguments: &SourceArguments) -> String {
    let after_scheme = arguments.address.rsplit("://").next().unwrap_or_default();
    let after_user = after_scheme.rsplit('@').next().unwrap_or_default();
    after_user.split(['/', '?', ' ']).next().unwrap_or_default().to_owned()
}

fn kind(kind: Kind) -> SourceKind {
    match kind {
        Kind::Postgres => SourceKind::Postgres,
        Kind::Pgbouncer => SourceKind::Pgbouncer,
        Kind::Redis => SourceKind::Redis,
        Kind::Mpanel => SourceKind::Mpanel,
        Kind::Prometheus => SourceKind::Prometheus,
    }
}

pub(crate) fn http_at(address: &str) -> Connection {
    let url = address.to_owned();
    Connection::Http(HttpConnection { url, auth: HttpAuth::None, root_certificate: None })
}

fn connection(kind: Kind, address: &str) -> Connection {
    match kind {
        Kind::Mpanel | Kind::Prometheus => http_at(address),
        Kind::Redis => redis_at(address),
        Kind::Postgres | Kind::Pgbouncer => console::database_at(address),
    }
}

/// A URL as it is; else `host:port`, not encrypted on this machine and verified elsewhere.
pub(crate) fn redis_at(address: &str) -> Connection {
    if address.contains("://") {
        return Connection::Url { url: address.to_owned() };
    }
    let local = ["localhost", "127.0.0.1", "[::1]", "/"].iter().any(|local| address.starts_with(local));
    Connection::Redis(RedisConnection {
        nodes: address.split(',').map(|node| node.trim().to_owned()).collect(),
        topology: RedisTopology::Single,
        database: 0,
        user: None,
        tls: if local { TlsMode::Disable } else { TlsMode::VerifyFull },
        root_certificate: None,
    })
}

fn report_text(report: &TestReport) -> String {
    let mut lines = Vec::new();
    match &report.problem {
        None => lines.push(format!(
            "ok: {} in {:.0} ms",
            report.version.as_deref().unwrap_or("an unknown version"),
            report.took_ms
        )),
        Some(problem) => {
            lines.push(problem.message.clone());
            lines.extend(problem.remedy.iter().map(|remedy| format!("  {remedy}")));
        }
    }
    lines.extend(report.found.iter().map(|found| format!("  {found}")));
    for degraded in &report.degraded {
        lines.push(format!("  missing: {}", degraded.message));
        lines.extend(degraded.remedy.iter().map(|remedy| format!("    {remedy}")));
    }
    lines.push(String::new());
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_become_connections_and_names() {
        let cases = [
            (Kind::Postgres, "postgres://me@db.example.com:5433/app", "db.example.com:5433"),
            (Kind::Postgres, "service=billing", "service=billing"),
            (Kind::Mpanel, "https://panel.example.com/metrics", "panel.example.com"),
        ];
        for (kind, address, name) in cases {
            let arguments = SourceArguments {
                kind,
                address: address.to_owned(),
                name: String::new(),
                upstream: None,
                application_name: None,
                pool_max: None,
                interval: 5.0,
                password_stdin: false,
            };
            let draft = draft(arguments).expect("a draft");
            assert_eq!(draft.name, name);
            assert_eq!(draft.interval_ms, 5_000);
            let expected_http = kind == Kind::Mpanel;
            assert_eq!(matches!(draft.connection, Connection::Http(_)), expected_http);
        }
    }
}
