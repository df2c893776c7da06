//! Why a report could not be written or a baseline not be read.

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
        }
    }

    pub(crate) fn json(error: &serde_json::Error) -> ReportError {
        ReportError::Json { reason: error.to_string() }
    }
}
