//! Why a chart could not be drawn.

#[derive(Debug, thiserror::Error)]
pub enum ChartError {
    #[error("the chart could not be drawn: {reason}")]
    Drawing { reason: String },
    /// A fault of this crate: the page could not change such a colour.
    #[error("the chart holds the colour {colour}, which is none of the page's")]
    Colour { colour: String },
}

impl ChartError {
    /// Stable: programs match it, never the text.
    pub fn code(&self) -> &'static str {
        match self {
            ChartError::Drawing { .. } => "chart_drawing",
            ChartError::Colour { .. } => "chart_colour",
        }
    }
}
