//! The line above a time chart: which colour is what, and the window that is shown.

use crate::ChartError;
use crate::canvas::{Align, Canvas, FONT, Face, Point, fitted, text_width};
use crate::ink::{Ink, Tone};

const SWATCH: f64 = 10.0;
const GAP: f64 = 6.0;
const BETWEEN: f64 = 16.0;

pub(crate) struct Entry {
    pub name: String,
    /// None for what is not drawn.
    pub ink: Option<Ink>,
    /// A band instead of a line.
    pub band: bool,
}

/// Entries from the left, as many as fit; `right` at the other end.
pub(crate) fn legend(
    canvas: &Canvas<'_, '_>,
    entries: &[Entry],
    right: &str,
    (left, middle): Point,
) -> Result<(), ChartError> {
    let end = canvas.width - text_width(right, Face::Plain) - BETWEEN;
    let mut x = left;
    for entry in entries {
        let room = end - x - SWATCH - GAP;
        if room < 3.0 * FONT {
            canvas.text("…", (x, middle), Ink::of(Tone::Dim), (Align::Left, Face::Plain))?;
            break;
        }
        if let Some(ink) = entry.ink {
            let height = if entry.band { 8.0 } else { 2.5 };
            canvas.block((x, middle - height / 2.0), (SWATCH, height), ink)?;
        }
        let name = fitted(&entry.name, room, Face::Plain);
        let tone = if entry.ink.is_some() { Tone::Muted } else { Tone::Dim };
        canvas.text(&name, (x + SWATCH + GAP, middle), Ink::of(tone), (Align::Left, Face::Plain))?;
        x += SWATCH + GAP + text_width(&name, Face::Plain) + BETWEEN;
    }
    canvas.text(right, (canvas.width - 1.0, middle), Ink::of(Tone::Dim), (Align::Right, Face::Plain))
}
