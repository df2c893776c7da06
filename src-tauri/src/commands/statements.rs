//! The commands of the Queries page.

use engine::domain::{SourceId, StatementDetail, StatementsComparison, StatementsPage, TimeRange};
use tauri::State;

use crate::error::CommandError;
use crate::state::AppState;

#[tauri::command]
pub(crate) async fn statements_page(
    state: State<'_, AppState>,
    source: Option<SourceId>,
    range: TimeRange,
) -> Result<StatementsPage, CommandError> {
    Ok(state.engine().await?.statements_page(source, range).await?)
}

#[tauri::command]
pub(crate) async fn statement_detail(
    state: State<'_, AppState>,
    source: SourceId,
    queryid: String,
    range: TimeRange,
) -> Result<StatementDetail, CommandError> {
    Ok(state.engine().await?.statement_detail(source, queryid, range).await?)
}

#[tauri::command]
pub(crate) async fn compare_statements(
    state: State<'_, AppState>,
    source: SourceId,
    before: TimeRange,
    after: TimeRange,
) -> Result<StatementsComparison, CommandError> {
    Ok(state.engine().await?.compare_statements(source, before, after).await?)
}
