//! The engine as the window's commands find it: started beside the window, so that the first paint never waits.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use directories::ProjectDirs;
use engine::domain::{ReplayRequest, SourceDraft};
use engine::{Engine, EngineError, EngineOptions, PasswordPlace};
use tokio::sync::watch;

use crate::arguments::{Arguments, Passwords};
use crate::error::CommandError;

/// Sources to begin with, as JSON; set by `mconsole demo`, whose passwords are worth nothing.
const SOURCES_VARIABLE: &str = "MCONSOLE_SOURCES";
/// A log to replay at the start; set by `mconsole demo` where there are no servers.
const REPLAY_VARIABLE: &str = "MCONSOLE_REPLAY";
const PASSPHRASE_VARIABLE: &str = "MCONSOLE_PASSPHRASE";
/// Closing the window never hangs on a server that does not answer.
const SHUTDOWN_DEADLINE: Duration = Duration::from_secs(4);

type Started = Option<Result<Engine, CommandError>>;

pub(crate) struct AppState {
    started: watch::Receiver<Started>,
    born: Instant,
}

impl AppState {
    pub(crate) fn start(arguments: &Arguments) -> AppState {
        let (tell, started) = watch::channel(None);
        let options = options(arguments);
        tauri::async_runtime::spawn(async move {
            let outcome = match options {
                Ok(options) => start(options).await.map_err(CommandError::from),
                Err(error) => Err(error),
            };
            let _ = tell.send(Some(outcome));
        });
        AppState { started, born: Instant::now() }
    }

    /// Time since the app began to open its window.
    pub(crate) fn age(&self) -> Duration {
        self.born.elapsed()
    }

    /// The engine, once it has started; why it has not, when it could not.
    pub(crate) async fn engine(&self) -> Result<Engine, CommandError> {
        let mut started = self.started.clone();
        let outcome = started.wait_for(Option::is_some).await.map_err(|_| CommandError::interrupted())?;
        outcome.clone().unwrap_or_else(|| Err(CommandError::interrupted()))
    }

    /// Writes what waits, within a bound.
    pub(crate) fn shut_down(&self) {
        let Some(Ok(engine)) = self.started.borrow().clone() else { return };
        let _ = tauri::async_runtime::block_on(async {
            tokio::time::timeout(SHUTDOWN_DEADLINE, engine.shutdown()).await
        });
    }
}

async fn start(options: EngineOptions) -> Result<Engine, EngineError> {
    let engine = Engine::start(options).await?;
    for draft in given_sources() {
        let name = draft.name.clone();
        if let Err(error) = engine.save_source(draft).await {
            tracing::warn!(%error, source = name, "a given source was not taken");
        }
    }
    if let Ok(log) = std::env::var(REPLAY_VARIABLE) {
        engine.start_replay(ReplayRequest::of(vec![log]))?;
    }
    Ok(engine)
}

/// The page to begin with: what was given to replay, else the first.
pub(crate) fn start_page() -> Option<&'static str> {
    std::env::var_os(REPLAY_VARIABLE).map(|_| "n-plus-one")
}

fn given_sources() -> Vec<SourceDraft> {
    let Ok(json) = std::env::var(SOURCES_VARIABLE) else { return Vec::new() };
    serde_json::from_str(&json).unwrap_or_else(|error| {
        tracing::warn!(
            line = error.line(),
            column = error.column(),
            "{SOURCES_VARIABLE} is not a list of sources"
        );
        Vec::new()
    })
}

fn options(arguments: &Arguments) -> Result<EngineOptions, CommandError> {
    let mut options = EngineOptions::new(data_dir(arguments)?);
    options.passwords = match arguments.passwords {
        Passwords::Keychain => PasswordPlace::Keychain,
        Passwords::Memory => PasswordPlace::Memory,
        Passwords::File => {
            let passphrase = std::env::var(PASSPHRASE_VARIABLE).map_err(|_| CommandError {
                code: "passphrase_missing".to_owned(),
                message: "Passwords are to be kept in an encrypted file, but no passphrase is given."
                    .to_owned(),
                remedy: Some(format!("Set {PASSPHRASE_VARIABLE}, or start without --passwords file.")),
            })?;
            PasswordPlace::EncryptedFile { passphrase }
        }
    };
    Ok(options)
}

fn data_dir(arguments: &Arguments) -> Result<PathBuf, CommandError> {
    if let Some(chosen) = &arguments.data_dir {
        return Ok(chosen.clone());
    }
    let project = ProjectDirs::from("com", "mpanel", "console").ok_or_else(|| CommandError {
        code: "data_directory".to_owned(),
        message: "This account has no home directory to keep history in.".to_owned(),
        remedy: Some("Choose a directory with --data-dir.".to_owned()),
    })?;
    Ok(project.data_local_dir().to_path_buf())
}
