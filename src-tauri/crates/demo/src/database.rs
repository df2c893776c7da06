//! The demo's database: roles, rows, and the memory of what was generated.

use servers::Postgres;
use tokio_postgres::{Client, Config};

use crate::{
    DataOptions, DemoError, DemoOptions, clock, data,
    options::{Progress, SqlEndpoint},
};

pub(crate) const DATABASE: &str = "hosting";
pub(crate) const PANEL: &str = "panel";
pub(crate) const CONSOLE: &str = "console";
pub(crate) const CONSOLE_PLAIN: &str = "console_plain";

/// Passwords of the three roles; kept in the database's own table, so that they survive a restart of the demo.
#[derive(Clone)]
pub(crate) struct Passwords {
    pub(crate) panel: String,
    pub(crate) console: String,
    pub(crate) console_plain: String,
}

/// Makes sure that the rows of `options` and the roles are there.
pub(crate) async fn prepare(
    server: &Postgres,
    options: &DemoOptions,
    progress: &Progress,
) -> Result<Passwords, DemoError> {
    let client = server.connect().await?;
    let made = made_of(&client).await.map_err(|error| DemoError::data(&error))?;
    let wanted = description(options);
    if made.as_deref() != Some(wanted.as_str()) {
        let failed = |error: tokio_postgres::Error| DemoError::data(&error);
        client.batch_execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public").await.map_err(failed)?;
        let rows = DataOptions { scale: options.scale, seed: options.seed, as_of: clock::midnight() };
        data::load(&superuser(server), rows, &**progress).await.map_err(failed)?;
        remember(&client, &wanted).await.map_err(failed)?;
    }
    roles(&client).await.map_err(|error| DemoError::data(&error))
}

fn description(options: &DemoOptions) -> String {
    format!("version {} scale {} seed {}", data::VERSION, options.scale, options.seed)
}

fn superuser(server: &Postgres) -> Config {
    config(server.host(), server.port(), server.user(), server.password())
}

pub(crate) fn config(host: &str, port: u16, user: &str, password: &str) -> Config {
    let mut config = Config::new();
    config.host(host).port(port).user(user).password(password).dbname(DATABASE);
    config
}

pub(crate) fn endpoint(server: &Postgres, user: &str, password: &str) -> SqlEndpoint {
    SqlEndpoint {
        host: server.host().to_owned(),
        port: server.port(),
        database: DATABASE.to_owned(),
        user: user.to_owned(),
        password: password.to_owned(),
    }
}

/// What the data was made from; written last, so that a half-made database has none.
async fn made_of(client: &Client) -> Result<Option<String>, tokio_postgres::Error> {
    client.batch_execute("CREATE SCHEMA IF NOT EXISTS demo; CREATE TABLE IF NOT EXISTS demo.kept (name text PRIMARY KEY, value text NOT NULL)").await?;
    kept(client, "made of").await
}

async fn kept(client: &Client, name: &str) -> Result<Option<String>, tokio_postgres::Error> {
    let row = client.query_opt("SELECT value FROM demo.kept WHERE name = $1", &[&name]).await?;
    row.map(|row| row.try_get(0)).transpose()
}

async fn remember(client: &Client, made: &str) -> Result<(), tokio_postgres::Error> {
    keep(client, "made of", made).await
}

async fn keep(client: &Client, name: &str, value: &str) -> Result<(), tokio_postgres::Error> {
    client
        .execute(
            "INSERT INTO demo.kept VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            &[&name, &value],
        )
        .await?;
    Ok(())
}

async fn roles(client: &Client) -> Result<Passwords, tokio_postgres::Error> {
    let passwords = Passwords {
        panel: role(client, PANEL).await?,
        console: role(client, CONSOLE).await?,
        console_plain: role(client, CONSOLE_PLAIN).await?,
    };
    client
        .batch_execute(
            "GRANT pg_monitor TO console; GRANT SELECT ON ALL TABLES IN SCHEMA public TO console; REVOKE ALL ON SCHEMA demo FROM PUBLIC; GRANT USAGE ON SCHEMA public TO PUBLIC; \
             GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO panel; \
             GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO panel",
        )
        .await?;
    for extension in ["pg_stat_statements", "hypopg"] {
        create_where_available(client, extension).await?;
    }
    Ok(passwords)
}

async fn create_where_available(client: &Client, extension: &str) -> Result<(), tokio_postgres::Error> {
    let available = "SELECT FROM pg_available_extensions WHERE name = $1";
    if client.query_opt(available, &[&extension]).await?.is_some() {
        client.batch_execute(&format!("CREATE EXTENSION IF NOT EXISTS {extension}")).await?;
    }
    Ok(())
}

/// Creates the role when it is new; answers with its password.
async fn role(client: &Client, name: &str) -> Result<String, tokio_postgres::Error> {
    if let Some(password) = kept(client, name).await? {
        return Ok(password);
    }
    // Loopback only, and no data but generated ones: drawn by the server, it never travels in a log of ours.
    let row = client.query_one("SELECT replace(gen_random_uuid()::text, '-', '')", &[]).await?;
    let password: String = row.try_get(0)?;
    client.batch_execute("SET log_min_duration_statement = -1").await?;
    client
        .batch_execute(&format!("DROP ROLE IF EXISTS {name}; CREATE ROLE {name} LOGIN PASSWORD '{password}'"))
        .await?;
    keep(client, name, &password).await?;
    client.batch_execute("RESET log_min_duration_statement").await?;
    Ok(password)
}
