//! The commands of the Compression view: probe an instance, and show what the last probe found.

use engine::domain::{CompressionProbe, CompressionRequest, SourceId};
use tauri::State;

use crate::error::CommandError;
use crate::state::AppState;

#[tauri::command]
pub(crate) async fn probe_compression(
    state: State<'_, AppState>,
    request: CompressionRequest,
) -> Result<CompressionProbe, CommandError> {
    Ok(state.engine().await?.probe_compression(request).await?)
}

#[tauri::command]
pub(crate) async fn compression_probe(
    state: State<'_, AppState>,
    source: SourceId,
) -> Result<Option<CompressionProbe>, CommandError> {
    Ok(state.engine().await?.compression_probe(&source))
}
