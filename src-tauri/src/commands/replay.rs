//! Commands of the Replay, N+1 findings and Queries pages.

use engine::domain::{
    LogPreview, ReplayComparison, ReplayId, ReplayReport, ReplayRequest, ReplayStatus, ReportFormat,
};
use tauri::{AppHandle, State};

use crate::dialogs;
use crate::error::CommandError;
use crate::state::AppState;

#[tauri::command]
pub(crate) async fn logs_choose(app: AppHandle) -> Result<Vec<String>, CommandError> {
    dialogs::choose_logs(&app).await
}

#[tauri::command]
pub(crate) async fn logs_preview(
    state: State<'_, AppState>,
    request: ReplayRequest,
) -> Result<LogPreview, CommandError> {
    Ok(state.engine().await?.preview_logs(request).await?)
}

#[tauri::command]
pub(crate) async fn replay_start(
    state: State<'_, AppState>,
    request: ReplayRequest,
) -> Result<ReplayStatus, CommandError> {
    Ok(state.engine().await?.start_replay(request)?)
}

#[tauri::command]
pub(crate) async fn replay_cancel(state: State<'_, AppState>, id: ReplayId) -> Result<(), CommandError> {
    Ok(state.engine().await?.cancel_replay(&id)?)
}

#[tauri::command]
pub(crate) async fn replays_list(state: State<'_, AppState>) -> Result<Vec<ReplayStatus>, CommandError> {
    Ok(state.engine().await?.replays())
}

#[tauri::command]
pub(crate) async fn replay_report(
    state: State<'_, AppState>,
    id: ReplayId,
) -> Result<ReplayReport, CommandError> {
    Ok(state.engine().await?.replay_report(id).await?)
}

#[tauri::command]
pub(crate) async fn replay_remove(state: State<'_, AppState>, id: ReplayId) -> Result<(), CommandError> {
    Ok(state.engine().await?.remove_replay(id).await?)
}

#[tauri::command]
pub(crate) async fn replays_compare(
    state: State<'_, AppState>,
    before: ReplayId,
    after: ReplayId,
) -> Result<ReplayComparison, CommandError> {
    Ok(state.engine().await?.compare_replays(before, after).await?)
}

/// Where the report was written; none when the person chose no file.
#[tauri::command]
pub(crate) async fn replay_export(
    app: AppHandle,
    state: State<'_, AppState>,
    id: ReplayId,
    format: ReportFormat,
) -> Result<Option<String>, CommandError> {
    let report = state.engine().await?.export_replay(id, format).await?;
    dialogs::save_as(&app, &format!("replay.{}", format.extension()), report).await
}

#[tauri::command]
pub(crate) async fn pattern_ignore(
    state: State<'_, AppState>,
    id: String,
    reason: String,
) -> Result<(), CommandError> {
    Ok(state.engine().await?.ignore_pattern(id, reason).await?)
}

#[tauri::command]
pub(crate) async fn pattern_heed(state: State<'_, AppState>, id: String) -> Result<(), CommandError> {
    Ok(state.engine().await?.heed_pattern(id).await?)
}
