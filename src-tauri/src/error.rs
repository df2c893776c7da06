//! Errors as they cross to the window: a stable code, a sentence, a remedy.

use engine::EngineError;
use serde::Serialize;

#[derive(Debug, Clone, Serialize)]
pub(crate) struct CommandError {
    pub code: String,
    pub message: String,
    pub remedy: Option<String>,
}

impl CommandError {
    pub(crate) fn interrupted() -> CommandError {
        CommandError::from(EngineError::Interrupted)
    }
}

impl From<EngineError> for CommandError {
    fn from(error: EngineError) -> CommandError {
        CommandError { code: error.code().to_owned(), message: error.to_string(), remedy: error.remedy() }
    }
}
