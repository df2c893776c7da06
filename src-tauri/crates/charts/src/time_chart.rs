//! Series over time: lines with their gaps, bands up to their highs, thresholds and marks.

use domain::{ChartData, ChartSeries, TimeRange, Unit};

use crate::axis::{ValueAxis, value_axis};
use crate::canvas::{Align, Canvas, Face, Point, draw, text_width};
use crate::ink::{Ink, Tone};
use crate::legend::{Entry, legend};
use crate::scale::Scale;
use crate::segments::segments;
use crate::time_axis::ticks;
use crate::utc::span;
use crate::{ChartError, ChartStyle};

const LEGEND: f64 = 24.0;
const TIMES: f64 = 20.0;
const RIGHT: f64 = 2.0;
/// Between a label and what it belongs to.
const GAP: f64 = 8.0;
const BETWEEN_TICKS: f64 = 90.0;
const BETWEEN_VALUES: f64 = 44.0;
const LINE: f64 = 1.5;
const AREA: f64 = 0.14;
const BAND: f64 = 0.22;

/// All series share one axis, in the unit of the first; a series of another unit is named and not drawn.
pub fn time_chart(chart: &ChartData, style: &ChartStyle) -> Result<String, ChartError> {
    draw(style, style.height.max(100), |canvas| Plot::of(chart, canvas).paint(chart, style, canvas))
}

/// Where things lie.
struct Plot {
    axis: ValueAxis,
    range: TimeRange,
    unit: Unit,
    x: Scale,
    y: Scale,
    times: Vec<f64>,
}

impl Plot {
    fn of(chart: &ChartData, canvas: &Canvas<'_, '_>) -> Plot {
        let unit = chart.series.first().map_or(Unit::Count, |series| series.unit);
        let bottom = canvas.height - TIMES;
        let wanted = ((bottom - LEGEND) / BETWEEN_VALUES).max(2.0) as usize;
        let axis = value_axis(extent(chart, unit), unit, wanted);
        let widest = axis.ticks.iter().map(|(_, label)| text_width(label, Face::Plain)).fold(0.0, f64::max);
        let range = chart.range;
        let range = if range.millis() > 0 {
            range
        } else {
            TimeRange { from: range.from, to: range.from.plus_millis(chart.step_ms.max(1)) }
        };
        let since = |millis: i64| millis as f64;
        Plot {
            x: Scale::new((0.0, since(range.millis())), (widest + GAP, canvas.width - RIGHT)),
            y: Scale::new((axis.from, axis.to), (bottom, LEGEND)),
            times: chart.times.iter().map(|at| since(at.millis_since(range.from))).collect(),
            axis,
            range,
            unit,
        }
    }

    fn paint(
        &self,
        chart: &ChartData,
        style: &ChartStyle,
        canvas: &Canvas<'_, '_>,
    ) -> Result<(), ChartError> {
        self.grid(canvas)?;
        let drawn = || chart.series.iter().enumerate().filter(|(_, series)| series.unit == self.unit);
        for (index, series) in drawn() {
            self.under(series, Tone::Series(index), style.area, canvas)?;
        }
        self.marks(chart, canvas)?;
        let mut measured = false;
        for (index, series) in drawn() {
            measured |= self.line(series, Tone::Series(index), canvas)?;
        }
        self.thresholds(chart, canvas)?;
        if !measured {
            let middle = ((self.x.start() + self.x.end()) / 2.0, (self.y.start() + self.y.end()) / 2.0);
            let how = (Align::Middle, Face::Plain);
            canvas.text("Nothing was measured in this window", middle, Ink::of(Tone::Dim), how)?;
        }
        legend(canvas, &self.entries(chart), &span(self.range.from, self.range.to), (self.x.start(), 8.0))
    }

    fn grid(&self, canvas: &Canvas<'_, '_>) -> Result<(), ChartError> {
        let (left, right) = (self.x.start(), self.x.end());
        for (value, label) in &self.axis.ticks {
            let y = self.y.at(*value);
            canvas.line((left, y), (right, y), Ink::of(Tone::Line))?;
            canvas.text(label, (left - GAP, y), Ink::of(Tone::Dim), (Align::Right, Face::Plain))?;
        }
        let most = ((right - left) / BETWEEN_TICKS).max(1.0) as usize;
        let bottom = self.y.start();
        for (at, label) in ticks(self.range, most) {
            let x = self.x.at(at.millis_since(self.range.from) as f64);
            canvas.line((x, bottom), (x, bottom + 4.0), Ink::of(Tone::Line))?;
            let half = text_width(&label, Face::Plain) / 2.0;
            let middle = x.clamp(half, (canvas.width - half).max(half));
            canvas.text(&label, (middle, bottom + 13.0), Ink::of(Tone::Dim), (Align::Middle, Face::Plain))?;
        }
        Ok(())
    }

    /// What lies under the lines: the area down to zero, and the band up to the highs.
    fn under(
        &self,
        series: &ChartSeries,
        tone: Tone,
        area: bool,
        canvas: &Canvas<'_, '_>,
    ) -> Result<(), ChartError> {
        let zero = self.y.at(0.0);
        let pieces = segments(&self.times, &series.values, &self.x, &self.y);
        for piece in pieces.iter().filter(|piece| area && piece.len() > 1) {
            let ends = [piece.last(), piece.first()].into_iter().flatten().map(|(x, _)| (*x, zero));
            let outline: Vec<Point> = piece.iter().copied().chain(ends).collect();
            canvas.fill(&outline, Ink::of(tone).faint(AREA))?;
        }
        let Some(highs) = &series.highs else { return Ok(()) };
        // Where a step has no high of its own, its value is the highest.
        let highs: Vec<_> = series
            .values
            .iter()
            .zip(highs.iter().chain(std::iter::repeat(&None)))
            .map(|(value, high)| value.map(|value| high.map_or(value, |high| high.max(value))))
            .collect();
        let tops = segments(&self.times, &highs, &self.x, &self.y);
        for (piece, top) in pieces.iter().zip(&tops).filter(|(piece, _)| piece.len() > 1) {
            let outline: Vec<Point> = top.iter().chain(piece.iter().rev()).copied().collect();
            canvas.fill(&outline, Ink::of(tone).faint(BAND))?;
        }
        Ok(())
    }

    /// False when there is no point at all.
    fn line(&self, series: &ChartSeries, tone: Tone, canvas: &Canvas<'_, '_>) -> Result<bool, ChartError> {
        let pieces = segments(&self.times, &series.values, &self.x, &self.y);
        for piece in &pieces {
            match piece.as_slice() {
                [alone] => canvas.dot(*alone, Ink::of(tone))?,
                points => canvas.path(points, Ink::of(tone), LINE)?,
            }
        }
        Ok(!pieces.is_empty())
    }

    fn thresholds(&self, chart: &ChartData, canvas: &Canvas<'_, '_>) -> Result<(), ChartError> {
        for threshold in chart.thresholds.iter().filter(|threshold| threshold.value.is_finite()) {
            let ink = Ink::of(Tone::of(threshold.severity));
            let y = self.y.at(threshold.value);
            canvas.line((self.x.start(), y), (self.x.end(), y), ink.dashed())?;
            let label = if y < LEGEND + 14.0 { y + 9.0 } else { y - 7.0 };
            canvas.text(&threshold.label, (self.x.end() - 4.0, label), ink, (Align::Right, Face::Plain))?;
        }
        Ok(())
    }

    /// Labels that would lie on each other are left out; the line stays.
    fn marks(&self, chart: &ChartData, canvas: &Canvas<'_, '_>) -> Result<(), ChartError> {
        let mut free = 0.0;
        for mark in chart.marks.iter().filter(|mark| self.range.contains(mark.at)) {
            let x = self.x.at(mark.at.millis_since(self.range.from) as f64);
            canvas.line((x, self.y.end()), (x, self.y.start()), Ink::of(Tone::Dim).dashed())?;
            let width = text_width(&mark.label, Face::Plain);
            let left = if x + 4.0 + width > self.x.end() { x - 4.0 - width } else { x + 4.0 };
            if left >= free {
                let at = (left, self.y.end() + 8.0);
                canvas.text(&mark.label, at, Ink::of(Tone::Dim), (Align::Left, Face::Plain))?;
                free = left + width + GAP;
            }
        }
        Ok(())
    }

    fn entries(&self, chart: &ChartData) -> Vec<Entry> {
        let mut entries = Vec::new();
        for (index, series) in chart.series.iter().enumerate() {
            if series.unit != self.unit {
                let name = format!("{} (not drawn: another unit)", series.name);
                entries.push(Entry { name, ink: None, band: false });
                continue;
            }
            let ink = Ink::of(Tone::Series(index));
            entries.push(Entry { name: series.name.clone(), ink: Some(ink), band: false });
            if series.highs.is_some() {
                let name = "highest of each step".to_owned();
                entries.push(Entry { name, ink: Some(ink.faint(BAND)), band: true });
            }
        }
        entries
    }
}

/// Lowest and highest of all that is drawn.
fn extent(chart: &ChartData, unit: Unit) -> (f64, f64) {
    let series = chart.series.iter().filter(|series| series.unit == unit);
    let values = series.flat_map(|series| series.values.iter().chain(series.highs.iter().flatten()));
    values
        .flatten()
        .copied()
        .chain(chart.thresholds.iter().map(|threshold| threshold.value))
        .filter(|value| value.is_finite())
        .fold((0.0, 0.0), |(lowest, highest): (f64, f64), value| (lowest.min(value), highest.max(value)))
}
