//! One unit of work as it ran: the statement before, then every execution of the repeated one at its moment.

use domain::{RepetitionExample, RepetitionRun};

use crate::axis::time;
use crate::canvas::{Align, Canvas, Face, draw, fitted, text_width};
use crate::ink::{Ink, Tone};
use crate::scale::Scale;
use crate::{ChartError, ChartStyle};

const SIDE: f64 = 2.0;
const LABEL: f64 = 18.0;
const BAR: f64 = 6.0;
const PITCH: f64 = 9.0;
const AFTER_PARENT: f64 = 6.0;
const TIMES: f64 = 20.0;
const BETWEEN_TICKS: f64 = 70.0;
/// The shortest bar that can still be seen.
const SHORTEST: f64 = 1.5;

/// What the bars are, as it stands beside them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunsLabels {
    pub repeated: String,
    pub parent: Option<String>,
}

pub fn runs_chart(
    example: &RepetitionExample,
    labels: &RunsLabels,
    style: &ChartStyle,
) -> Result<String, ChartError> {
    let parent = if example.parent_run.is_some() { LABEL + PITCH + AFTER_PARENT } else { 0.0 };
    let height = parent + LABEL + example.runs.len().max(1) as f64 * PITCH + TIMES + 4.0;
    draw(style, height.ceil() as u32, |canvas| paint(example, labels, canvas))
}

fn paint(
    example: &RepetitionExample,
    labels: &RunsLabels,
    canvas: &Canvas<'_, '_>,
) -> Result<(), ChartError> {
    let bottom = canvas.height - TIMES;
    let width = canvas.width - 2.0 * SIDE;
    let shown = shown_ms(example);
    let x = Scale::new((0.0, shown), (SIDE, SIDE + width));
    let parent = example.parent_run.map(|_| (LABEL - 2.0, LABEL + BAR + 2.0));
    let runs = (parent.map_or(0.0, |_| LABEL + PITCH + AFTER_PARENT) + LABEL - 2.0, bottom);
    // The lines stay out of the texts.
    let rows: Vec<_> = parent.into_iter().chain([runs]).collect();
    ticks(shown, &x, &rows, canvas)?;
    let mut top = 0.0;
    if let Some(run) = example.parent_run {
        let text = labels.parent.as_deref().unwrap_or("the statement before");
        label(&fitted(text, width, Face::Fixed), top, canvas)?;
        bar(run, &x, top + LABEL, Tone::Series(1), canvas)?;
        top += LABEL + PITCH + AFTER_PARENT;
    }
    let text = format!("{} × {}", example.repeats, labels.repeated);
    label(&fitted(&text, width, Face::Fixed), top, canvas)?;
    top += LABEL;
    for run in &example.runs {
        bar(*run, &x, top, Tone::Series(0), canvas)?;
        top += PITCH;
    }
    Ok(())
}

fn label(text: &str, top: f64, canvas: &Canvas<'_, '_>) -> Result<(), ChartError> {
    canvas.text(text, (SIDE, top + 9.0), Ink::of(Tone::Muted), (Align::Left, Face::Fixed))
}

/// An execution whose duration is not known is a thin line where it began.
fn bar(
    run: RepetitionRun,
    x: &Scale,
    top: f64,
    tone: Tone,
    canvas: &Canvas<'_, '_>,
) -> Result<(), ChartError> {
    let start = x.at(run.offset_ms);
    let end = run.duration_ms.map_or(start, |duration| x.at(run.offset_ms + duration));
    let width = (end - start).max(SHORTEST);
    // At the right edge a short bar would be cut.
    let start = start.min(x.end() - width);
    canvas.block((start, top), (width, BAR), Ink::of(tone))
}

/// Up to the end of the last execution that is known: of many repeats, only the first are.
fn shown_ms(example: &RepetitionExample) -> f64 {
    let end = |run: &RepetitionRun| run.offset_ms + run.duration_ms.unwrap_or(0.0);
    let runs = example.runs.iter().chain(&example.parent_run);
    let last = runs.map(end).filter(|end| end.is_finite()).fold(0.0, f64::max);
    let all = example.runs.len() as u64 >= example.repeats;
    let last = if all && example.span_ms.is_finite() { last.max(example.span_ms) } else { last };
    if last > 0.0 { last } else { 1.0 }
}

/// Lines over the rows, from top to bottom each, and times below the last.
fn ticks(shown: f64, x: &Scale, rows: &[(f64, f64)], canvas: &Canvas<'_, '_>) -> Result<(), ChartError> {
    let below = canvas.height - TIMES + 11.0;
    let wanted = ((x.end() - x.start()) / BETWEEN_TICKS).max(2.0);
    let axis = crate::axis::value_axis((0.0, shown), domain::Unit::Milliseconds, wanted as usize);
    for (value, text) in axis.ticks.iter().filter(|(value, _)| *value <= shown) {
        let at = x.at(*value);
        for (top, bottom) in rows {
            canvas.line((at, *top), (at, *bottom), Ink::of(Tone::Line))?;
        }
        let half = text_width(text, Face::Plain) / 2.0;
        let text = if *value == 0.0 { time(0.0, 1.0, shown) } else { text.clone() };
        let (place, align) = if at - half < SIDE {
            (SIDE, Align::Left)
        } else if at + half > x.end() {
            (x.end(), Align::Right)
        } else {
            (at, Align::Middle)
        };
        canvas.text(&text, (place, below), Ink::of(Tone::Dim), (align, Face::Plain))?;
    }
    Ok(())
}
