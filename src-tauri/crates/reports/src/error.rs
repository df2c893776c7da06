//! Why a report or a script could not be written, or a baseline not be read.

#[derive(Debug, thiserror::Error)]
pub enum ReportError {
    #[error("the report could not be written as JSON: {reason}")]
    Json { reason: String },
    #[error(transparent)]
    Chart(#[from] charts::ChartError),
    #[error("the baseline is not valid JSON: {reason} (line {line}, column {column}); write it anew")]
    BaselineSyntax { line: usize, column: usize, reason: String },
    #[error("this is no baseline: {reason} (line {line}, column {column}); write one with a replay")]
    BaselineShape { line: usize, column: usize, reason: String },
    #[error("the baseline has version {found}, this program reads version {known}; {remedy}")]
    BaselineVersion { found: u64, known: u64, remedy: &'static str },
    #[error("the advice has no suggestion {ids}; take the ids from its own lists")]
    UnknownSuggestion { ids: String },
    #[error("no index is chosen; choose at least one to create or to drop")]
    NothingChosen,
    #[error("{tool} cannot run the statement for {index}: {reason}; use the script for psql instead")]
    NotWritable { tool: &'static str, index: String, reason: &'static str },
}

impl ReportError {
    /// Stable: programs match it, never the text.
    pub fn code(&self) -> &'static str {
        match self {
            ReportError::Json { .. } => "report_json",
            ReportError::Chart(error) => error.code(),
            ReportError::BaselineSyntax { .. } => "baseline_syntax",
            ReportError::BaselineShape { .. } => "baseline_shape",
            ReportError::BaselineVersion { .. } => "baseline_version",
            ReportError::UnknownSuggestion { .. } => "advice_unknown_suggestion",
            ReportError::NothingChosen => "advice_nothing_chosen",
            ReportError::NotWritable { .. } => "advice_not_writable",
        }
    }

    pub(crate) fn json(error: &serde_json::Error) -> ReportError {
        ReportError::Json { reason: error.to_string() }
    }
}
