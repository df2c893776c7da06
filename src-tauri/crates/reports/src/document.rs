//! The units of work with the most repeats, each as mPanel logs it: an array of its reports.

use domain::ReplayReport;

use crate::ReportError;

pub(crate) fn render(report: &ReplayReport) -> Result<String, ReportError> {
    let mut text =
        serde_json::to_string_pretty(&report.documents).map_err(|error| ReportError::json(&error))?;
    text.push('\n');
    Ok(text)
}
