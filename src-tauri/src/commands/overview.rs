//! Commands of the Overview page and the status line.

use engine::domain::{ConsoleStatus, Overview, TimeRange};
use tauri::State;

use crate::error::CommandError;
use crate::state::AppState;

#[tauri::command]
pub(crate) async fn overview(state: State<'_, AppState>, range: TimeRange) -> Result<Overview, CommandError> {
    Ok(state.engine().await?.overview(range).await?)
}

#[tauri::command]
pub(crate) async fn console_status(state: State<'_, AppState>) -> Result<ConsoleStatus, CommandError> {
    Ok(state.engine().await?.console_status().await?)
}
