//! From stored series to chart data: one time axis, steps that fit the screen, gaps kept as gaps.

use domain::{ChartData, ChartSeries, Rollup, SeriesKey, SourceId, Threshold, TimeRange, Timestamp, Unit};
use history::History;
use history::rate::rates;

use crate::EngineError;
use crate::marks::Marks;

/// A line of a chart: one series, or the sum of several.
pub(crate) struct Line {
    pub name: String,
    pub unit: Unit,
    pub source: SourceId,
    pub keys: Vec<SeriesKey>,
    /// How often its source is polled: shorter holes than two and a half polls are not gaps.
    pub interval_ms: i64,
}

/// The widths that steps may have; all divide an hour or a day, so that steps align with the clock.
const STEPS_MS: [i64; 18] = [
    1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000,
    3_600_000, 7_200_000, 14_400_000, 21_600_000, 43_200_000, 86_400_000,
];

/// The narrowest step that keeps a window within `max_points` and is no narrower than the polls.
pub(crate) fn step_for(range: TimeRange, max_points: u32, interval_ms: i64) -> i64 {
    let least = (range.millis() / i64::from(max_points.max(1))).max(interval_ms);
    STEPS_MS.into_iter().find(|step| *step >= least).unwrap_or(least.max(1))
}

/// Draws lines over a window. None where no line has a single point.
pub(crate) fn draw(
    history: &History,
    marks: &Marks,
    lines: Vec<Line>,
    range: TimeRange,
    max_points: u32,
    thresholds: Vec<Threshold>,
) -> Result<Option<ChartData>, EngineError> {
    Ok(draw_by(trace, history, marks, lines, range, max_points)?
        .map(|chart| ChartData { thresholds, ..chart }))
}

/// Draws counters as what they rose each second. A counter that fell, and a long silence, are gaps.
pub(crate) fn draw_rates(
    history: &History,
    marks: &Marks,
    lines: Vec<Line>,
    range: TimeRange,
    max_points: u32,
) -> Result<Option<ChartData>, EngineError> {
    draw_by(trace_rate, history, marks, lines, range, max_points)
}

/// From the rates of two counters to the first's share of both, 0 to 1; the share of nothing is a gap.
pub(crate) fn share(mut chart: ChartData, name: &str) -> ChartData {
    let [part, rest] = chart.series.as_slice() else { return chart };
    let ratio = |(part, rest): (&Option<f64>, &Option<f64>)| {
        let (part, rest) = ((*part)?, (*rest)?);
        (part + rest > 0.0).then(|| part / (part + rest))
    };
    let series = ChartSeries {
        name: name.to_owned(),
        unit: Unit::Ratio,
        source: part.source.clone(),
        origin: format!("{} over it and {}", part.origin, rest.origin),
        values: part.values.iter().zip(&rest.values).map(ratio).collect(),
        highs: None,
    };
    chart.series = vec![series];
    chart
}

/// What counters rose by, all together, and over how many seconds that was seen.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Risen {
    pub by: f64,
    pub seconds: f64,
}

impl Risen {
    /// None where nothing was counted.
    pub(crate) fn per_second(self) -> Option<f64> {
        (self.seconds > 0.0).then(|| self.by / self.seconds)
    }
}

/// Counts within a window. A counter that fell began anew, and counts from zero.
pub(crate) fn risen(history: &History, keys: &[SeriesKey], range: TimeRange) -> Result<Risen, EngineError> {
    let mut all = Risen::default();
    for key in keys {
        let one = risen_of(&history.raw(key, range)?);
        all.by += one.by;
        all.seconds = all.seconds.max(one.seconds);
    }
    Ok(all)
}

fn risen_of(samples: &[(Timestamp, f64)]) -> Risen {
    let steps = samples.windows(2).filter_map(|pair| match pair {
        [(_, before), (_, after)] => Some(if after < before { *after } else { after - before }),
        _ => None,
    });
    let seconds = match samples {
        [(first, _), .., (last, _)] => last.seconds_since(*first),
        _ => 0.0,
    };
    Risen { by: steps.sum(), seconds }
}

type Trace = fn(&History, Line, TimeRange, i64, &[Timestamp]) -> Result<ChartSeries, EngineError>;

fn draw_by(
    trace: Trace,
    history: &History,
    marks: &Marks,
    lines: Vec<Line>,
    range: TimeRange,
    max_points: u32,
) -> Result<Option<ChartData>, EngineError> {
    let interval = lines.iter().map(|line| line.interval_ms).max().unwrap_or(1_000);
    let step = step_for(range, max_points, interval);
    let times = axis(range, step);
    let mut series = Vec::with_capacity(lines.len());
    for line in lines {
        series.push(trace(history, line, range, step, &times)?);
    }
    let any = series.iter().any(|series| series.values.iter().any(Option::is_some));
    let marks = marks.within(range);
    Ok(any.then(|| ChartData { range, step_ms: step, times, series, thresholds: Vec::new(), marks }))
}

pub(crate) fn axis(range: TimeRange, step: i64) -> Vec<Timestamp> {
    let first = range.from.0.div_euclid(step) * step;
    let mut times = Vec::new();
    let mut at = first;
    while at < range.to.0 {
        times.push(Timestamp(at));
        at += step;
    }
    times
}

fn trace(
    history: &History,
    line: Line,
    range: TimeRange,
    step: i64,
    times: &[Timestamp],
) -> Result<ChartSeries, EngineError> {
    let aligned = TimeRange { from: times.first().copied().unwrap_or(range.from), to: range.to };
    let found = history.query(&line.keys, aligned, step)?;
    let mut values = vec![None; times.len()];
    let mut highs = vec![None; times.len()];
    let mut several = false;
    for rollups in &found {
        several |= rollups.iter().any(|rollup| rollup.count > 1);
        add(&mut values, rollups, times, step, |rollup| rollup.average);
        add(&mut highs, rollups, times, step, |rollup| rollup.max);
    }
    // Polls are jittered, so a step as narrow as the interval is now and then empty without anything missing.
    let longest_hole = usize::try_from(line.interval_ms * 5 / 2 / step.max(1)).unwrap_or(0);
    bridge(&mut values, longest_hole);
    bridge(&mut highs, longest_hole);
    Ok(ChartSeries {
        origin: origin(&line.keys),
        name: line.name,
        unit: line.unit,
        source: line.source,
        values,
        highs: several.then_some(highs),
    })
}

/// Several counters are summed where each of them has a rate.
fn trace_rate(
    history: &History,
    line: Line,
    range: TimeRange,
    step: i64,
    times: &[Timestamp],
) -> Result<ChartSeries, EngineError> {
    let first = times.first().copied().unwrap_or(range.from);
    // One step earlier, so that the first of the window has something to rise from.
    let from = first.plus_millis(-step);
    let found = history.query(&line.keys, TimeRange { from, to: range.to }, step)?;
    let mut values = vec![None; times.len()];
    for rollups in &found {
        for (at, rate) in rates(rollups, step) {
            let slot = usize::try_from(at.millis_since(first) / step.max(1)).ok().filter(|_| at >= first);
            if let (Some(slot), Some(rate)) = (slot.and_then(|slot| values.get_mut(slot)), rate) {
                *slot = Some(slot.unwrap_or(0.0) + rate);
            }
        }
    }
    let longest_hole = usize::try_from(line.interval_ms * 5 / 2 / step.max(1)).unwrap_or(0);
    bridge(&mut values, longest_hole);
    Ok(ChartSeries {
        origin: format!("rise each second of {}", origin(&line.keys)),
        name: line.name,
        unit: line.unit,
        source: line.source,
        values,
        highs: None,
    })
}

fn add(
    into: &mut [Option<f64>],
    rollups: &[Rollup],
    times: &[Timestamp],
    step: i64,
    value: impl Fn(&Rollup) -> f64,
) {
    let Some(first) = times.first() else { return };
    for rollup in rollups {
        let slot = usize::try_from(rollup.at.millis_since(*first) / step.max(1)).ok();
        if let Some(slot) = slot.and_then(|slot| into.get_mut(slot)) {
            *slot = Some(slot.unwrap_or(0.0) + value(rollup));
        }
    }
}

/// Fills holes of at most `longest` steps with the value before: between two known values, and after the last, which
/// holds until a poll is missing.
pub(crate) fn bridge(values: &mut [Option<f64>], longest: usize) {
    let mut before: Option<(usize, f64)> = None;
    for index in 0..values.len() {
        let Some(Some(value)) = values.get(index).copied() else { continue };
        if let Some((last, held)) = before
            && index - last - 1 <= longest
        {
            values.iter_mut().take(index).skip(last + 1).for_each(|hole| *hole = Some(held));
        }
        before = Some((index, value));
    }
    if let Some((last, held)) = before {
        values.iter_mut().skip(last + 1).take(longest).for_each(|hole| *hole = Some(held));
    }
}

fn origin(keys: &[SeriesKey]) -> String {
    match keys {
        [] => String::new(),
        [one] => one.to_string(),
        [first, ..] => format!("sum of {} series of {}", keys.len(), first.metric),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(millis: i64) -> TimeRange {
        TimeRange { from: Timestamp(0), to: Timestamp(millis) }
    }

    #[test]
    fn steps_fit_the_screen_and_are_never_narrower_than_polls() {
        let hour = 3_600_000;
        let cases = [
            (range(300_000), 400, 5_000, 5_000),
            (range(hour), 400, 5_000, 10_000),
            (range(hour), 400, 60_000, 60_000),
            (range(24 * hour), 400, 5_000, 300_000),
            (range(30 * 24 * hour), 400, 5_000, 7_200_000),
            (range(30 * 24 * hour), 0, 5_000, 30 * 24 * hour),
        ];
        for (range, points, interval, expected) in cases {
            assert_eq!(step_for(range, points, interval), expected, "{range:?}");
        }
    }

    #[test]
    fn the_axis_covers_the_window_and_aligns_with_the_clock() {
        let times = axis(TimeRange { from: Timestamp(12_300), to: Timestamp(30_000) }, 5_000);
        assert_eq!(times, [10_000, 15_000, 20_000, 25_000].map(Timestamp));
    }

    #[test]
    fn the_share_of_nothing_is_a_gap() {
        let series = |values: Vec<Option<f64>>| ChartSeries {
            name: String::new(),
            unit: Unit::PerSecond,
            source: SourceId::new("pg"),
            origin: String::new(),
            values,
            highs: None,
        };
        let chart = ChartData {
            range: range(4),
            step_ms: 1,
            times: (0..4).map(Timestamp).collect(),
            series: vec![
                series(vec![Some(99.0), Some(0.0), None, Some(5.0)]),
                series(vec![Some(1.0), Some(0.0), Some(1.0), Some(0.0)]),
            ],
            thresholds: Vec::new(),
            marks: Vec::new(),
        };
        assert_eq!(share(chart, "found").series[0].values, [Some(0.99), None, None, Some(1.0)]);
    }

    #[test]
    fn a_counter_that_began_anew_counts_from_zero() {
        let cases: [(&[f64], Risen); 4] = [
            (&[], Risen::default()),
            (&[7.0], Risen::default()),
            (&[10.0, 15.0, 15.0], Risen { by: 5.0, seconds: 2.0 }),
            (&[10.0, 20.0, 3.0, 4.0], Risen { by: 14.0, seconds: 3.0 }),
        ];
        for (values, expected) in cases {
            let samples: Vec<_> =
                values.iter().zip(0..).map(|(value, second)| (Timestamp(second * 1_000), *value)).collect();
            assert_eq!(risen_of(&samples), expected, "{values:?}");
        }
    }

    #[test]
    fn short_holes_are_bridged_and_gaps_stay_gaps() {
        let (x, some) = (None, Some(1.0));
        let cases = [
            (vec![some, x, Some(2.0)], 1, vec![some, some, Some(2.0)]),
            (vec![some, x, x, Some(2.0)], 1, vec![some, x, x, Some(2.0)]),
            (vec![x, some, x, x], 1, vec![x, some, some, x]),
            (vec![x, x, x], 5, vec![x, x, x]),
            (vec![], 5, vec![]),
        ];
        for (mut values, longest, expected) in cases {
            bridge(&mut values, longest);
            assert_eq!(values, expected);
        }
    }
}
