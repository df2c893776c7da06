//! The commands of the Health page, and of what the console itself costs a server.

use engine::domain::{HealthPage, OwnCostPage, SourceId, TimeRange};
use tauri::State;

use crate::error::CommandError;
use crate::state::AppState;

#[tauri::command]
pub(crate) async fn health_page(
    state: State<'_, AppState>,
    source: Option<SourceId>,
    range: TimeRange,
) -> Result<HealthPage, CommandError> {
    Ok(state.engine().await?.health_page(source, range).await?)
}

#[tauri::command]
pub(crate) async fn check_health_now(
    state: State<'_, AppState>,
    source: SourceId,
) -> Result<(), CommandError> {
    Ok(state.engine().await?.check_health_now(source).await?)
}

#[tauri::command]
pub(crate) async fn own_cost_page(
    state: State<'_, AppState>,
    source: Option<SourceId>,
) -> Result<OwnCostPage, CommandError> {
    Ok(state.engine().await?.own_cost_page(source).await?)
}
