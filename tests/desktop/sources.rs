//! Sources are entered in the form of the window, as a person does it.

use std::time::Duration;

use demo::SqlEndpoint;
use servers::Postgres;

use super::driver::Window;

/// A source answers, or is given up, within this.
pub(super) const ANSWER: Duration = Duration::from_secs(20);

pub(super) fn endpoint(server: &Postgres) -> SqlEndpoint {
    SqlEndpoint {
        host: server.host().to_owned(),
        port: server.port(),
        database: server.database().to_owned(),
        user: server.user().to_owned(),
        password: server.password().to_owned(),
    }
}

/// Fills the form of a PostgreSQL without TLS, up to its password.
pub(super) async fn describe_database(window: &Window, name: &str, server: &SqlEndpoint) {
    window.click("nav-sources").await;
    window.click("add-source").await;
    window.click("source-kind-postgres").await;
    window.fill("source-name", name).await;
    window.fill("source-host", &server.host).await;
    window.fill("source-port", &server.port.to_string()).await;
    window.fill("source-database", &server.database).await;
    window.fill("source-user", &server.user).await;
    window.choose("source-tls", "disable").await;
    window.click("source-password-choice-set").await;
}

pub(super) async fn save_source(window: &Window, name: &str) {
    window.click("source-save").await;
    window.until_text("source-list", ANSWER, |text| text.contains(name)).await;
}
