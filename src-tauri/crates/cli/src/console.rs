//! What every command needs: the engine of a place, and a way to speak to the person.

use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context, Result};
use directories::ProjectDirs;
use engine::{Engine, EngineError, EngineOptions, PasswordPlace};

use crate::arguments::{Passwords, Place};

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
