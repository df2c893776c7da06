//! The command of the Pools page.

use engine::domain::{PoolsPage, SourceId, TimeRange};
use tauri::State;

use crate::error::CommandError;
use crate::state::AppState;

#[tauri::command]
pub(crate) async fn pools_page(
    state: State<'_, AppState>,
    source: Option<SourceId>,
    range: TimeRange,
) -> Result<PoolsPage, CommandError> {
    Ok(state.engine().await?.pools_page(source, range).await?)
}
