//! Charts as SVG for reports: drawn once, coloured by the page that shows them, light or dark.
//!
//! A chart names the page's colours (`var(--s1, …)`) and font (`inherit`); without a page it falls back to the light
//! theme. It holds no script, no style sheet, no font and no address.

mod axis;
mod bars;
mod canvas;
mod error;
mod ink;
mod legend;
mod runs;
mod scale;
mod segments;
pub mod text;
mod time_axis;
mod time_chart;
pub mod utc;

#[cfg(test)]
mod cases;
#[cfg(test)]
mod fixture;

pub use bars::{Bar, bars};
pub use error::ChartError;
pub use runs::{RunsLabels, runs_chart};
pub use time_chart::time_chart;

/// How a chart is drawn, in pixels of the page at its usual width.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChartStyle {
    /// What is read aloud in its place.
    pub title: String,
    pub width: u32,
    /// Of a time chart; the others are as high as what they hold.
    pub height: u32,
    /// Fill under the lines of a time chart.
    pub area: bool,
}

impl ChartStyle {
    pub fn titled(title: impl Into<String>) -> ChartStyle {
        ChartStyle { title: title.into(), width: 720, height: 200, area: false }
    }

    #[must_use]
    pub fn wide(mut self, width: u32) -> ChartStyle {
        self.width = width;
        self
    }

    #[must_use]
    pub fn high(mut self, height: u32) -> ChartStyle {
        self.height = height;
        self
    }

    #[must_use]
    pub fn filled(mut self) -> ChartStyle {
        self.area = true;
        self
    }
}
