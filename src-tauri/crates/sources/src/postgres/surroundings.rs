//! What a connection may depend on outside its own fields: environment variables and files, read once when a source opens.

use std::fs;
use std::path::{Path, PathBuf};

/// The environment and the files, as functions so that the rules over them stay pure.
pub(crate) struct Surroundings<'a> {
    pub(crate) variable: &'a dyn Fn(&str) -> Option<String>,
    pub(crate) file: &'a dyn Fn(&Path) -> FileText,
}

/// What was found where a file was looked for.
#[derive(Clone)]
pub(crate) enum FileText {
    Absent,
    /// Its text, and whether other accounts may read it.
    Text {
        text: String,
        open_to_others: bool,
    },
    Unreadable(String),
}

impl Surroundings<'_> {
    pub(crate) fn of_this_machine() -> Surroundings<'static> {
        Surroundings {
            variable: &|name| std::env::var(name).ok().filter(|value| !value.is_empty()),
            file: &read,
        }
    }

    pub(crate) fn get(&self, name: &str) -> Option<String> {
        (self.variable)(name).filter(|value| !value.is_empty())
    }

    /// The user's own file: `~/.<name>`, or below `%APPDATA%\postgresql` on Windows.
    pub(crate) fn personal(&self, unix: &str, windows: &str) -> Option<PathBuf> {
        if cfg!(windows) {
            self.get("APPDATA").map(|folder| Path::new(&folder).join("postgresql").join(windows))
        } else {
            self.get("HOME").map(|home| Path::new(&home).join(unix))
        }
    }
}

fn read(path: &Path) -> FileText {
    match fs::metadata(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => FileText::Absent,
        Err(error) => FileText::Unreadable(error.to_string()),
        Ok(found) if !found.is_file() => FileText::Unreadable("it is not an ordinary file".to_owned()),
        Ok(found) => match fs::read(path) {
            // A stray byte in another line must not hide a password.
            Ok(bytes) => FileText::Text {
                text: String::from_utf8_lossy(&bytes).into_owned(),
                open_to_others: open_to_others(&found),
            },
            Err(error) => FileText::Unreadable(error.to_string()),
        },
    }
}

#[cfg(unix)]
fn open_to_others(found: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt;
    found.permissions().mode() & 0o077 != 0
}

#[cfg(not(unix))]
fn open_to_others(_found: &fs::Metadata) -> bool {
    false
}
