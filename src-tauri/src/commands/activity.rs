//! Commands of the Activity page.

use engine::domain::{
    ActivityMoment, ActivityPage, SignalOutcome, SignalRequest, SourceId, TimeRange, Timestamp,
};
use tauri::State;

use crate::error::CommandError;
use crate::state::AppState;

#[tauri::command]
pub(crate) async fn activity_page(
    state: State<'_, AppState>,
    source: Option<SourceId>,
    range: TimeRange,
) -> Result<ActivityPage, CommandError> {
    Ok(state.engine().await?.activity_page(source, range).await?)
}

#[tauri::command]
pub(crate) async fn activity_moment(
    state: State<'_, AppState>,
    source: SourceId,
    at: Option<Timestamp>,
    idle_sessions: bool,
) -> Result<Option<ActivityMoment>, CommandError> {
    Ok(state.engine().await?.activity_moment(source, at, idle_sessions).await?)
}

#[tauri::command]
pub(crate) async fn send_signal(
    state: State<'_, AppState>,
    request: SignalRequest,
) -> Result<SignalOutcome, CommandError> {
    Ok(state.engine().await?.send_signal(request).await?)
}
