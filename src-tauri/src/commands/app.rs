//! The app about itself.

use serde::Serialize;
use tauri::State;

use crate::error::CommandError;
use crate::state::{AppState, start_page};

#[derive(Debug, Serialize)]
pub(crate) struct AppInfo {
    version: &'static str,
    data_dir: String,
    /// Where passwords are kept, in a sentence.
    passwords: String,
    /// The page to begin with, when it is not the first.
    start_page: Option<&'static str>,
}

#[tauri::command]
pub(crate) async fn app_info(state: State<'_, AppState>) -> Result<AppInfo, CommandError> {
    let engine = state.engine().await?;
    Ok(AppInfo {
        version: env!("CARGO_PKG_VERSION"),
        data_dir: engine.data_dir().display().to_string(),
        passwords: engine.password_place(),
        start_page: start_page(),
    })
}

/// The window tells its first frame; the time since the process began goes to the log.
#[tauri::command]
pub(crate) fn painted(state: State<'_, AppState>) {
    tracing::info!(milliseconds = state.age().as_millis(), "first paint");
}
