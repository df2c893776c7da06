//! Commands of the Alerts page.

use engine::domain::{Finding, TimeRange, Timestamp};
use tauri::State;

use crate::error::CommandError;
use crate::state::AppState;

#[tauri::command]
pub(crate) async fn findings_list(
    state: State<'_, AppState>,
    range: TimeRange,
) -> Result<Vec<Finding>, CommandError> {
    Ok(state.engine().await?.findings(range).await?)
}

#[tauri::command]
pub(crate) async fn finding_mute(
    state: State<'_, AppState>,
    id: String,
    until: Option<Timestamp>,
) -> Result<(), CommandError> {
    Ok(state.engine().await?.mute_finding(id, until).await?)
}
