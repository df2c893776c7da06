//! What the commands share that look once and end with an exit code: how they tell it, and when they fail.

use clap::ValueEnum;
use engine::domain::Severity;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Text,
    /// Everything, for programs.
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    Warning,
    Critical,
}

impl FailOn {
    /// Whether one of the checks is so grave, or graver.
    pub(crate) fn is_met(self, mut severities: impl Iterator<Item = Severity>) -> bool {
        let least = match self {
            FailOn::Warning => Severity::Warning,
            FailOn::Critical => Severity::Critical,
        };
        severities.any(|severity| severity >= least)
    }
}
