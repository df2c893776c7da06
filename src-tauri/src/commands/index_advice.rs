//! Commands of the Index advice page.

use engine::domain::{
    AdviceFormat, AdviceId, AdviceLimits, AdviceStatus, IndexAdvice, IndexAdviceRequest, ScriptChoice,
    ScriptFile, ScriptKind,
};
use tauri::{AppHandle, State};

use crate::dialogs;
use crate::error::CommandError;
use crate::state::AppState;

#[tauri::command]
pub(crate) async fn workload_choose(app: AppHandle) -> Result<Option<String>, CommandError> {
    dialogs::choose_workload(&app).await
}

#[tauri::command]
pub(crate) async fn index_advice_start(
    state: State<'_, AppState>,
    request: IndexAdviceRequest,
) -> Result<AdviceStatus, CommandError> {
    Ok(state.engine().await?.start_advice(request)?)
}

#[tauri::command]
pub(crate) async fn index_advice_cancel(
    state: State<'_, AppState>,
    id: AdviceId,
) -> Result<(), CommandError> {
    Ok(state.engine().await?.cancel_advice(&id)?)
}

#[tauri::command]
pub(crate) async fn index_advice_list(state: State<'_, AppState>) -> Result<Vec<AdviceStatus>, CommandError> {
    Ok(state.engine().await?.advices())
}

#[tauri::command]
pub(crate) async fn index_advice_report(
    state: State<'_, AppState>,
    id: AdviceId,
) -> Result<IndexAdvice, CommandError> {
    Ok(state.engine().await?.advice(id).await?)
}

#[tauri::command]
pub(crate) async fn index_advice_limit(
    state: State<'_, AppState>,
    id: AdviceId,
    limits: AdviceLimits,
) -> Result<IndexAdvice, CommandError> {
    Ok(state.engine().await?.limit_advice(id, limits).await?)
}

#[tauri::command]
pub(crate) async fn index_advice_remove(
    state: State<'_, AppState>,
    id: AdviceId,
) -> Result<(), CommandError> {
    Ok(state.engine().await?.remove_advice(id).await?)
}

#[tauri::command]
pub(crate) async fn index_advice_script(
    state: State<'_, AppState>,
    id: AdviceId,
    choice: ScriptChoice,
    kind: ScriptKind,
) -> Result<Vec<ScriptFile>, CommandError> {
    Ok(state.engine().await?.advice_script(id, choice, kind).await?)
}

/// Where the script was written; none when the person chose no place.
#[tauri::command]
pub(crate) async fn index_advice_save_script(
    app: AppHandle,
    state: State<'_, AppState>,
    id: AdviceId,
    choice: ScriptChoice,
    kind: ScriptKind,
) -> Result<Option<String>, CommandError> {
    let files = state.engine().await?.advice_script(id, choice, kind).await?;
    dialogs::save_script(&app, files).await
}

/// Where the report was written; none when the person chose no file.
#[tauri::command]
pub(crate) async fn index_advice_export(
    app: AppHandle,
    state: State<'_, AppState>,
    id: AdviceId,
    format: AdviceFormat,
) -> Result<Option<String>, CommandError> {
    let report = state.engine().await?.export_advice(id, format).await?;
    dialogs::save_as(&app, &format!("index-advice.{}", dialogs::extension(format)), report).await
}
