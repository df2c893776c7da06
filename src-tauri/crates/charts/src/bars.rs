//! Horizontal bars, each under its own line of text: long statements need the whole width.

use crate::canvas::{Align, Canvas, Face, draw, fitted, text_width};
use crate::ink::{Ink, Tone};
use crate::scale::Scale;
use crate::{ChartError, ChartStyle};

const ROW: f64 = 34.0;
const BAR: f64 = 6.0;
const GAP: f64 = 16.0;
/// The last row needs no distance to another.
const UNDER_LAST: f64 = 10.0;

#[derive(Debug, Clone, PartialEq)]
pub struct Bar {
    /// A statement.
    pub label: String,
    pub value: f64,
    /// The value as it is told: "41 min, 62%".
    pub text: String,
}

/// In the order given; the longest bar takes the whole width.
pub fn bars(bars: &[Bar], style: &ChartStyle) -> Result<String, ChartError> {
    let height = bars.len().max(1) as f64 * ROW - UNDER_LAST;
    draw(style, height.ceil() as u32, |canvas| paint(bars, canvas))
}

fn paint(bars: &[Bar], canvas: &Canvas<'_, '_>) -> Result<(), ChartError> {
    let most = bars.iter().map(|bar| bar.value).filter(|value| value.is_finite()).fold(0.0, f64::max);
    let x = Scale::new((0.0, most), (0.0, canvas.width));
    for (row, bar) in bars.iter().enumerate() {
        let top = row as f64 * ROW;
        let middle = top + 9.0;
        let room = canvas.width - text_width(&bar.text, Face::Plain) - GAP;
        let label = fitted(&bar.label, room, Face::Fixed);
        canvas.text(&label, (0.0, middle), Ink::of(Tone::Text), (Align::Left, Face::Fixed))?;
        canvas.text(
            &bar.text,
            (canvas.width - 1.0, middle),
            Ink::of(Tone::Muted),
            (Align::Right, Face::Plain),
        )?;
        canvas.block((0.0, top + 18.0), (canvas.width, BAR), Ink::of(Tone::Line).faint(0.5))?;
        if bar.value > 0.0 {
            canvas.block((0.0, top + 18.0), (x.at(bar.value).max(1.0), BAR), Ink::of(Tone::Series(0)))?;
        }
    }
    if bars.is_empty() {
        let how = (Align::Left, Face::Plain);
        canvas.text("Nothing to show", (0.0, 12.0), Ink::of(Tone::Dim), how)?;
    }
    Ok(())
}
