//! Commands of the Sources page.

use engine::domain::{SourceDraft, SourceId, SourceStatus, TestReport};
use tauri::State;

use crate::error::CommandError;
use crate::state::AppState;

#[tauri::command]
pub(crate) async fn sources_list(state: State<'_, AppState>) -> Result<Vec<SourceStatus>, CommandError> {
    Ok(state.engine().await?.sources())
}

#[tauri::command]
pub(crate) async fn source_test(
    state: State<'_, AppState>,
    draft: SourceDraft,
) -> Result<TestReport, CommandError> {
    Ok(state.engine().await?.test_source(draft).await?)
}

#[tauri::command]
pub(crate) async fn source_save(
    state: State<'_, AppState>,
    draft: SourceDraft,
) -> Result<SourceStatus, CommandError> {
    Ok(state.engine().await?.save_source(draft).await?)
}

#[tauri::command]
pub(crate) async fn source_remove(state: State<'_, AppState>, id: SourceId) -> Result<(), CommandError> {
    Ok(state.engine().await?.remove_source(id).await?)
}

#[tauri::command]
pub(crate) async fn source_retry(state: State<'_, AppState>, id: SourceId) -> Result<(), CommandError> {
    Ok(state.engine().await?.retry_source(&id)?)
}

#[tauri::command]
pub(crate) async fn source_set_enabled(
    state: State<'_, AppState>,
    id: SourceId,
    enabled: bool,
) -> Result<SourceStatus, CommandError> {
    Ok(state.engine().await?.set_source_enabled(id, enabled).await?)
}
