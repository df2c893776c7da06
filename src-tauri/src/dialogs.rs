//! The host's own dialogs: which logs and statements to read, where to write reports and scripts.

use std::path::{Path, PathBuf};

use engine::domain::{AdviceFormat, ScriptFile};
use engine::index_advice::write_script;
use tauri::AppHandle;
use tauri_plugin_dialog::{DialogExt, FileDialogBuilder, FilePath};
use tokio::sync::oneshot;

use crate::error::CommandError;

/// Empty when the person chose none.
pub(crate) async fn choose_logs(app: &AppHandle) -> Result<Vec<String>, CommandError> {
    let dialog = app.dialog().file().set_title("Logs to replay");
    let files = answered(|tell| dialog.pick_files(tell)).await?.unwrap_or_default();
    Ok(files.into_iter().filter_map(path_of).map(|path| path.display().to_string()).collect())
}

/// None when the person chose none.
pub(crate) async fn choose_workload(app: &AppHandle) -> Result<Option<String>, CommandError> {
    let dialog = app.dialog().file().set_title("Statements").add_filter("SQL", &["sql"]);
    let dialog = dialog.add_filter("All files", &["*"]);
    let file = answered(|tell| dialog.pick_file(tell)).await?;
    Ok(file.and_then(path_of).map(|path| path.display().to_string()))
}

/// Writes a report where the person says; none when they say nowhere.
pub(crate) async fn save_as(
    app: &AppHandle,
    name: &str,
    text: String,
) -> Result<Option<String>, CommandError> {
    let dialog = app.dialog().file().set_title("Write the report to").set_file_name(name);
    save(dialog, text).await
}

/// Writes a script: one file where the person says, several under a directory by their paths.
pub(crate) async fn save_script(
    app: &AppHandle,
    files: Vec<ScriptFile>,
) -> Result<Option<String>, CommandError> {
    let dialog = app.dialog().file();
    if let [only] = files.as_slice() {
        let name = Path::new(&only.path).file_name().unwrap_or_default().to_string_lossy();
        let dialog = dialog.set_title("Write the script to").set_file_name(name);
        return save(dialog, only.contents.clone()).await;
    }
    let dialog = dialog.set_title("The directory of the project");
    let Some(directory) = answered(|tell| dialog.pick_folder(tell)).await?.and_then(path_of) else {
        return Ok(None);
    };
    let under = directory.clone();
    let written = tokio::task::spawn_blocking(move || write_script(&files, &under)).await;
    written.map_err(|_| CommandError::interrupted())??;
    Ok(Some(directory.display().to_string()))
}

async fn save(dialog: FileDialogBuilder<tauri::Wry>, text: String) -> Result<Option<String>, CommandError> {
    let Some(path) = answered(|tell| dialog.save_file(tell)).await?.and_then(path_of) else {
        return Ok(None);
    };
    let written = tokio::fs::write(&path, text).await;
    written.map_err(|error| CommandError {
        code: "report_unwritable".to_owned(),
        message: format!("{} could not be written: {error}.", path.display()),
        remedy: Some("Choose another place.".to_owned()),
    })?;
    Ok(Some(path.display().to_string()))
}

type Tell<T> = Box<dyn FnOnce(T) + Send>;

/// What the person answers to a dialog.
async fn answered<T: Send + 'static>(open: impl FnOnce(Tell<T>)) -> Result<T, CommandError> {
    let (tell, answer) = oneshot::channel();
    open(Box::new(move |chosen| {
        // An error only means that the window is gone.
        let _ = tell.send(chosen);
    }));
    answer.await.map_err(|_| CommandError::interrupted())
}

fn path_of(file: FilePath) -> Option<PathBuf> {
    file.into_path().ok()
}

/// The usual ending of a file's name, without the dot.
pub(crate) fn extension(format: AdviceFormat) -> &'static str {
    match format {
        AdviceFormat::Text => "txt",
        AdviceFormat::Json | AdviceFormat::Document => "json",
        AdviceFormat::Sql => "sql",
        AdviceFormat::Markdown => "md",
    }
}
