//! From a resolved target to the driver's own configuration.

use std::time::Duration;

use domain::TlsMode;
use tokio_postgres::Config;
use tokio_postgres::config::SslMode;

use super::target::{Host, Target};

pub(crate) const APPLICATION: &str = "mPanel Console";
/// For one attempt to connect, name lookup and login included where the driver allows.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

pub(crate) fn config(target: &Target) -> Config {
    let mut config = Config::new();
    match &target.host {
        Host::Tcp { name, address } => {
            config.host(name);
            if let Some(address) = address {
                config.hostaddr(*address);
            }
        }
        #[cfg(unix)]
        Host::Socket(folder) => {
            config.host_path(folder);
        }
        #[cfg(not(unix))]
        Host::Socket(folder) => {
            config.host(folder.display().to_string());
        }
    }
    config
        .port(target.port)
        .dbname(&target.database)
        .user(&target.user)
        .application_name(APPLICATION)
        .connect_timeout(CONNECT_TIMEOUT)
        .ssl_mode(match target.tls {
            TlsMode::Disable => SslMode::Disable,
            TlsMode::VerifyFull | TlsMode::VerifyCa => SslMode::Require,
        });
    if let Some(password) = &target.password {
        config.password(password);
    }
    config
}
