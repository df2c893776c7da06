//! The whole report, with the field names that the interface knows it by.

use domain::ReplayReport;

use crate::ReportError;

pub(crate) fn render(report: &ReplayReport) -> Result<String, ReportError> {
    let mut text = serde_json::to_string_pretty(report).map_err(|error| ReportError::json(&error))?;
    text.push('\n');
    Ok(text)
}
