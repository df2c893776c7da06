//! The host's own dialogs: which logs to read, where to write a report.

use std::path::PathBuf;

use engine::domain::ReportFormat;
use tauri::AppHandle;
use tauri_plugin_dialog::{DialogExt, FilePath};
use tokio::sync::oneshot;

use crate::error::CommandError;

/// Empty when the person chose none.
pub(crate) async fn choose_logs(app: &AppHandle) -> Result<Vec<String>, CommandError> {
    let (tell, chosen) = oneshot::channel();
    app.dialog().file().set_title("Logs to replay").pick_files(move |files| {
        // An error only means that the window is gone.
        let _ = tell.send(files);
    });
    let files = chosen.await.map_err(|_| CommandError::interrupted())?.unwrap_or_default();
    Ok(files.into_iter().filter_map(path_of).map(|path| path.display().to_string()).collect())
}

/// Writes a report where the person says; none when they say nowhere.
pub(crate) async fn save_report(
    app: &AppHandle,
    report: String,
    format: ReportFormat,
) -> Result<Option<String>, CommandError> {
    let (tell, chosen) = oneshot::channel();
    let name = format!("replay.{}", format.extension());
    app.dialog().file().set_title("Write the report to").set_file_name(name).save_file(move |file| {
        let _ = tell.send(file);
    });
    let Some(path) = chosen.await.map_err(|_| CommandError::interrupted())?.and_then(path_of) else {
        return Ok(None);
    };
    let written = tokio::fs::write(&path, report).await;
    written.map_err(|error| CommandError {
        code: "report_unwritable".to_owned(),
        message: format!("The report could not be written to {}: {error}.", path.display()),
        remedy: Some("Choose another place.".to_owned()),
    })?;
    Ok(Some(path.display().to_string()))
}

fn path_of(file: FilePath) -> Option<PathBuf> {
    file.into_path().ok()
}
