//! Commands of the Settings page.

use engine::domain::Settings;
use tauri::State;

use crate::error::CommandError;
use crate::state::AppState;

#[tauri::command]
pub(crate) async fn settings_get(state: State<'_, AppState>) -> Result<Settings, CommandError> {
    Ok(state.engine().await?.settings())
}

#[tauri::command]
pub(crate) async fn settings_save(
    state: State<'_, AppState>,
    settings: Settings,
) -> Result<Settings, CommandError> {
    Ok(state.engine().await?.save_settings(settings).await?)
}
