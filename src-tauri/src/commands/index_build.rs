//! Commands for advice that is applied: builds of indexes, their judgement and their roll-back.

use engine::domain::{IndexBuildId, IndexBuildRequest, IndexBuildStatus};
use tauri::State;

use crate::error::CommandError;
use crate::state::AppState;

#[tauri::command]
pub(crate) async fn index_build_start(
    state: State<'_, AppState>,
    request: IndexBuildRequest,
) -> Result<IndexBuildStatus, CommandError> {
    Ok(state.engine().await?.start_index_build(request).await?)
}

#[tauri::command]
pub(crate) async fn index_build_cancel(
    state: State<'_, AppState>,
    id: IndexBuildId,
) -> Result<(), CommandError> {
    Ok(state.engine().await?.cancel_index_build(&id)?)
}

#[tauri::command]
pub(crate) async fn index_build_list(
    state: State<'_, AppState>,
) -> Result<Vec<IndexBuildStatus>, CommandError> {
    Ok(state.engine().await?.index_builds())
}

#[tauri::command]
pub(crate) async fn index_build_judge(
    state: State<'_, AppState>,
    id: IndexBuildId,
) -> Result<IndexBuildStatus, CommandError> {
    Ok(state.engine().await?.judge_index_build(id).await?)
}

#[tauri::command]
pub(crate) async fn index_build_roll_back(
    state: State<'_, AppState>,
    id: IndexBuildId,
    database: String,
) -> Result<IndexBuildStatus, CommandError> {
    Ok(state.engine().await?.roll_back_index_build(id, database).await?)
}
