//! What index advice asks of a database, against real servers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "tests may fail loudly, and tell what they measured"
)]

mod build;
mod catalog;
mod dependencies;
mod statements;
mod what_if;

use domain::{Connection, SourceConfig, SourceKind};
use servers::{Postgres, PostgresOptions};
use sources::SourceContext;
use sources::postgres::PostgresSource;
use tokio_postgres::Client;

async fn start() -> (Postgres, Client) {
    let server = Postgres::start(PostgresOptions::default()).await.unwrap();
    let admin = server.connect().await.unwrap();
    (server, admin)
}

fn source(server: &Postgres) -> PostgresSource {
    source_as(server, "postgres", server.password())
}

fn source_as(server: &Postgres, user: &str, password: &str) -> PostgresSource {
    source_in(server, user, password, server.database())
}

fn source_in(server: &Postgres, user: &str, password: &str, database: &str) -> PostgresSource {
    source_that(false, server, user, password, database)
}

fn source_that(
    allow_index_builds: bool,
    server: &Postgres,
    user: &str,
    password: &str,
    database: &str,
) -> PostgresSource {
    let url = format!("postgres://{user}@127.0.0.1:{}/{database}", server.port());
    let config = SourceConfig {
        allow_index_builds,
        ..SourceConfig::unsaved("pg", SourceKind::Postgres, Connection::Url { url })
    };
    let context = SourceContext::new(runtime::metrics::Registry::new());
    PostgresSource::new(&config, Some(password.to_owned()), &context).unwrap()
}
