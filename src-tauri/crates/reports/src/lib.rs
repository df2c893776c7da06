//! What a replay or a search for indexes found, written for a terminal, a browser, a pull request and the programs of
//! a pipeline.
//!
//! Every format tells the same figures in the same words. No text of a log reaches a reader as markup: each format
//! escapes what it writes, and control characters are replaced.

pub mod baseline;
pub mod comparison;
mod document;
mod error;
mod findings;
mod forecasts;
mod html;
pub mod index_advice;
mod json;
mod junit;
mod markdown;
mod sarif;
mod summary;
mod text;
mod words;

#[cfg(test)]
mod cases;
#[cfg(test)]
mod fixture;

use domain::{ReplayReport, ReportFormat};

pub use error::ReportError;

/// The tool's name as reports give it.
const TOOL: &str = "mPanel Console";

pub fn render(report: &ReplayReport, format: ReportFormat) -> Result<String, ReportError> {
    match format {
        ReportFormat::Text => Ok(text::render(report)),
        ReportFormat::Json => json::render(report),
        ReportFormat::Document => document::render(report),
        ReportFormat::Markdown => Ok(markdown::render(report)),
        ReportFormat::Sarif => sarif::render(report),
        ReportFormat::Junit => Ok(junit::render(report)),
        ReportFormat::Html => html::render(report),
    }
}
