//! What every command needs: the engine of a place, and a way to speak to the person.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use directories::ProjectDirs;
use engine::domain::{Connection, Timestamp};
use engine::{Engine, EngineError, EngineOptions, PasswordPlace};

use crate::arguments::{Passwords, Place};

/// What was asked for cannot be done: no such file, no log, a flag without what it needs.
const CANNOT: u8 = 2;

pub(crate) async fn open(place: &Place) -> Result<Engine> {
    let mut options = EngineOptions::new(data_dir(place)?);
    options.passwords = match place.passwords {
        Passwords::Keychain => PasswordPlace::Keychain,
        Passwords::Memory => PasswordPlace::Memory,
        Passwords::File => PasswordPlace::EncryptedFile {
            passphrase: std::env::var("MCONSOLE_PASSPHRASE")
                .context("set MCONSOLE_PASSPHRASE to the passphrase of the encrypted passwords")?,
        },
    };
    Ok(Engine::start(options).await?)
}

fn data_dir(place: &Place) -> Result<PathBuf> {
    if let Some(chosen) = &place.data_dir {
        return Ok(chosen.clone());
    }
    let project = ProjectDirs::from("com", "mpanel", "console")
        .context("this account has no home directory; choose a directory with --data-dir")?;
    Ok(project.data_local_dir().to_path_buf())
}

/// A line on standard error; a closed pipe is no reason to fail.
pub(crate) fn tell(line: &str) {
    let _ = writeln!(std::io::stderr(), "{line}");
}

/// An error with its causes and, where the engine knows one, its remedy.
pub(crate) fn complain(error: &anyhow::Error) {
    tell(&format!("mconsole: {error:#}"));
    if let Some(remedy) = error.downcast_ref::<EngineError>().and_then(EngineError::remedy) {
        tell(&format!("  {remedy}"));
    }
}

/// The same, with how the program ends.
pub(crate) fn cannot(error: &anyhow::Error) -> ExitCode {
    complain(error);
    ExitCode::from(CANNOT)
}

/// Progress is for people who watch.
pub(crate) fn shows_progress(quiet: bool) -> bool {
    !quiet && std::io::stderr().is_terminal()
}

pub(crate) fn clear_progress(quiet: bool) {
    if shows_progress(quiet) {
        let _ = write!(std::io::stderr(), "\r\x1b[K");
    }
}

/// The first line of standard input.
pub(crate) fn read_password() -> Result<String> {
    let mut line = String::new();
    std::io::stdin().read_line(&mut line).context("standard input holds no password")?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// `service=name`, else a URL or `key=value …`.
pub(crate) fn database_at(address: &str) -> Connection {
    match address.strip_prefix("service=").filter(|name| !name.contains(char::is_whitespace)) {
        Some(name) => Connection::Service { name: name.to_owned() },
        None => Connection::Url { url: address.to_owned() },
    }
}

/// The command line is an edge: here the clock is read.
#[allow(clippy::disallowed_methods, reason = "a shell is where the clock comes from")]
pub(crate) fn now() -> Timestamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Timestamp(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}
