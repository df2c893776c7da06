//! The commands of the Cache page: what Redis servers and query caches do, what would help, and walks over keys.

use engine::domain::{
    CacheAdvice, CachePage, CoalescingPage, KeyspaceOptions, ReplayId, SharedReadKind, SourceId,
    TagInvalidated, TagPreview, TeamCachePage, TimeRange,
};
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

#[tauri::command]
pub(crate) async fn walk_keyspace(
    state: State<'_, AppState>,
    source: SourceId,
    options: Option<KeyspaceOptions>,
) -> Result<(), CommandError> {
    Ok(state.engine().await?.walk_keyspace(source, options).await?)
}

#[tauri::command]
pub(crate) async fn cancel_keyspace(
    state: State<'_, AppState>,
    source: SourceId,
) -> Result<(), CommandError> {
    state.engine().await?.cancel_keyspace(&source);
    Ok(())
}

#[tauri::command]
pub(crate) async fn preview_tag(
    state: State<'_, AppState>,
    source: SourceId,
    tag: String,
) -> Result<TagPreview, CommandError> {
    Ok(state.engine().await?.preview_tag(source, tag).await?)
}

#[tauri::command]
pub(crate) async fn invalidate_tag(
    state: State<'_, AppState>,
    source: SourceId,
    tag: String,
    typed: String,
) -> Result<TagInvalidated, CommandError> {
    Ok(state.engine().await?.invalidate_tag(source, tag, typed).await?)
}

#[tauri::command]
pub(crate) async fn team_cache_page(state: State<'_, AppState>) -> Result<TeamCachePage, CommandError> {
    Ok(state.engine().await?.team_cache_page().await?)
}

#[tauri::command]
pub(crate) async fn warm_shared_read(
    state: State<'_, AppState>,
    source: SourceId,
    what: SharedReadKind,
) -> Result<(), CommandError> {
    Ok(state.engine().await?.warm_shared_read(source, what).await?)
}
