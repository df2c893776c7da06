//! Writes the files of a script where the person says, and never over what is there.

use std::fs::OpenOptions;
use std::io::Write;
use std::path::{Component, Path, PathBuf};

use domain::ScriptFile;

use crate::EngineError;

/// Writes the files under a directory by their paths; gives the places in the order of the files.
///
/// # Errors
/// `script_file` where one is there already, in which case nothing is written, or cannot be written.
pub fn write_script(files: &[ScriptFile], directory: &Path) -> Result<Vec<PathBuf>, EngineError> {
    let mut places = Vec::with_capacity(files.len());
    for file in files {
        let place = place(file, directory)?;
        if place.symlink_metadata().is_ok() {
            let reason = "it is there already, and is left as it is".to_owned();
            return Err(EngineError::ScriptFile { path: place, reason });
        }
        places.push(place);
    }
    for (file, place) in files.iter().zip(&places) {
        write(file, place).map_err(|error| EngineError::ScriptFile {
            path: place.clone(),
            reason: format!("it cannot be written: {error}"),
        })?;
    }
    Ok(places)
}

/// Never outside the directory.
fn place(file: &ScriptFile, directory: &Path) -> Result<PathBuf, EngineError> {
    let path = Path::new(&file.path);
    let is_inside = path.components().all(|part| matches!(part, Component::Normal(_)));
    if !is_inside || path.file_name().is_none() {
        let reason = "its path leads elsewhere".to_owned();
        return Err(EngineError::ScriptFile { path: path.into(), reason });
    }
    Ok(directory.join(path))
}

fn write(file: &ScriptFile, place: &Path) -> std::io::Result<()> {
    if let Some(parent) = place.parent() {
        std::fs::create_dir_all(parent)?;
    }
    let mut written = OpenOptions::new().write(true).create_new(true).open(place)?;
    written.write_all(file.contents.as_bytes())?;
    written.sync_all()
}

#[cfg(test)]
mod tests {
    use domain::CodeLanguage;

    use super::*;

    fn file(path: &str) -> ScriptFile {
        ScriptFile { path: path.to_owned(), language: CodeLanguage::Sql, contents: format!("-- {path}\n") }
    }

    #[test]
    fn files_lie_where_their_paths_say_and_nothing_is_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let files = [file("sql/V1__indexes.sql"), file("sql/V1__indexes.sql.conf")];
        let places = write_script(&files, dir.path()).unwrap();
        assert_eq!(std::fs::read_to_string(&places[1]).unwrap(), "-- sql/V1__indexes.sql.conf\n");
        std::fs::remove_file(&places[0]).unwrap();
        let error = write_script(&files, dir.path()).unwrap_err();
        assert_eq!((error.code(), error.remedy().is_some()), ("script_file", true));
        assert!(error.to_string().contains("V1__indexes.sql.conf") && !places[0].exists(), "{error}");
        for outside in ["../x.sql", "/tmp/x.sql", "", "a/../../x.sql", "."] {
            assert!(write_script(&[file(outside)], dir.path()).is_err(), "{outside}");
        }
    }
}
