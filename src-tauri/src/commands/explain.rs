//! The command that asks for the plan of a statement.

use engine::domain::{ExplainRequest, ExplainedStatement};
use tauri::State;

use crate::error::CommandError;
use crate::state::AppState;

#[tauri::command]
pub(crate) async fn explain_statement(
    state: State<'_, AppState>,
    request: ExplainRequest,
) -> Result<ExplainedStatement, CommandError> {
    Ok(state.engine().await?.explain_statement(request).await?)
}
