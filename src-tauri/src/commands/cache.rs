//! The commands of the Cache page: what Redis servers and query caches do, what would help, and walks over keys.

use engine::domain::{CacheAdvice, CachePage, CoalescingPage, ReplayId, SourceId, TimeRange};
use tauri::State;

use crate::error::CommandError;
use crate::state::AppState;

#[tauri::command]
pub(crate) async fn cache_page(
    state: State<'_, AppState>,
    source: Option<SourceId>,
    range: TimeRange,
) -> Result<CachePage, CommandError> {
    Ok(state.engine().await?.cache_page(source, range).await?)
}

#[tauri::command]
pub(crate) async fn cache_advice(
    state: State<'_, AppState>,
    replay: Option<ReplayId>,
) -> Result<CacheAdvice, CommandError> {
    Ok(state.engine().await?.cache_advice(replay).await?)
}

#[tauri::command]
pub(crate) async fn coalescing_page(
    state: State<'_, AppState>,
    replay: Option<ReplayId>,
    range: TimeRange,
) -> Result<CoalescingPage, CommandError> {
    Ok(state.engine().await?.coalescing_page(replay, range).await?)
}
