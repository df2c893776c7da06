//! How many connections the replayed load needs, with the arithmetic.
//!
//! The load is what was in use in the busiest minute (the mean of its samples, which is L of Little's law); the sizes are
//! by Erlang C so that hardly anybody waits, and by the target utilisation. See [`crate::pools`] for the same on live pools.

use domain::{
    ArithmeticLine, ChartData, ChartSeries, PoolForecast, PoolThresholds, SourceId, TimeRange, Timestamp,
    Unit,
};

use super::connections::Connections;
use crate::pools::erlang;
use crate::words;

/// 99 % of the uses are to begin within this time.
const WAIT_SECONDS: f64 = 0.005;
const MAY_WAIT_LONGER: f64 = 0.01;
const MINUTE_US: i64 = 60_000_000;
/// Points of the chart, about.
const POINTS: usize = 400;

/// None where no use was seen.
pub(super) fn forecast(connections: &Connections, sessions: u64) -> Option<PoolForecast> {
    let samples: Vec<u32> = connections.samples().collect();
    let hold_seconds = connections.mean_us()? / 1e6;
    let spread = Counts::of(&samples);
    let window = usize::try_from(MINUTE_US / connections.step_us()).unwrap_or(1).max(1);
    let busiest = samples.chunks(window).map(Counts::of).max_by_key(|minute| minute.sum).unwrap_or_default();
    // The last minute of a longer log may be a moment of it: what was in use then was not in use for a minute.
    let load = busiest.sum as f64 / window.min(samples.len()).max(1) as f64;
    let target = PoolThresholds::default().target_utilisation;
    let waits = erlang::fewest(load, hold_seconds, WAIT_SECONDS, MAY_WAIT_LONGER).unwrap_or(erlang::LARGEST);
    let at_target = (load / target - 1e-9).ceil().max(1.0) as u32;
    let bursts = busiest.percentile(99);
    let recommended = waits.max(at_target).max(bursts);
    Some(PoolForecast {
        in_use: chart(connections, &samples),
        mean: spread.mean(),
        p95: f64::from(spread.percentile(95)),
        p99: f64::from(spread.percentile(99)),
        most: spread.most(),
        recommended,
        summary: summary(recommended, spread.most(), load),
        arithmetic: arithmetic(&Sizes { load, hold_seconds, target, waits, at_target, bursts, recommended }),
        sessions,
    })
}

fn summary(recommended: u32, most: u32, load: f64) -> String {
    let carry = if recommended == 1 { "1 connection carries" } else { "" };
    let carry = match carry {
        "" => format!("{} carry", words::connections(f64::from(recommended))),
        one => one.to_owned(),
    };
    format!(
        "{carry} this load. In the busiest minute {} in use on average; the most at once {} {}.",
        match words::figure(load).as_str() {
            "1" => "1 was".to_owned(),
            figure => format!("{figure} were"),
        },
        if most == 1 { "was" } else { "were" },
        words::number(f64::from(most))
    )
}

struct Sizes {
    load: f64,
    hold_seconds: f64,
    target: f64,
    waits: u32,
    at_target: u32,
    bursts: u32,
    recommended: u32,
}

fn arithmetic(sizes: &Sizes) -> Vec<ArithmeticLine> {
    let load = words::figure(sizes.load);
    let line = |label: String, value: String, size: Option<u32>| ArithmeticLine {
        label,
        value,
        result: size == Some(sizes.recommended),
    };
    let count = |size: u32| words::number(f64::from(size));
    let mut lines = vec![
        line("In use on average, busiest minute".into(), load.clone(), None),
        line("Time of one use, mean".into(), words::duration(sizes.hold_seconds), None),
        line("In use at once, 99% of that minute".into(), count(sizes.bursts), Some(sizes.bursts)),
        line(
            format!("At {} utilisation, {load} / {}", words::percent(sizes.target, 1.0), sizes.target),
            count(sizes.at_target),
            Some(sizes.at_target),
        ),
        line("For 99% to wait under 5 ms".into(), count(sizes.waits), Some(sizes.waits)),
    ];
    // Of several that say the same, the last is the answer.
    let answer = lines.iter().rposition(|line| line.result);
    for (index, line) in lines.iter_mut().enumerate() {
        line.result = Some(index) == answer;
    }
    lines
}

/// How often each count was in use.
#[derive(Clone, Debug, Default)]
struct Counts {
    /// By count.
    times: Vec<u64>,
    samples: u64,
    sum: u64,
}

impl Counts {
    fn of(samples: &[u32]) -> Counts {
        let mut counts = Counts::default();
        for &count in samples {
            let at = count as usize;
            if counts.times.len() <= at {
                counts.times.resize(at + 1, 0);
            }
            if let Some(times) = counts.times.get_mut(at) {
                *times += 1;
            }
            counts.samples += 1;
            counts.sum += u64::from(count);
        }
        counts
    }

    fn mean(&self) -> f64 {
        if self.samples == 0 { 0.0 } else { self.sum as f64 / self.samples as f64 }
    }

    fn percentile(&self, percent: u64) -> u32 {
        let rank = (self.samples * percent).div_ceil(100).max(1);
        let mut passed = 0;
        for (count, times) in self.times.iter().enumerate() {
            passed += times;
            if passed >= rank {
                return u32::try_from(count).unwrap_or(u32::MAX);
            }
        }
        0
    }

    fn most(&self) -> u32 {
        u32::try_from(self.times.len().saturating_sub(1)).unwrap_or(u32::MAX)
    }
}

/// Mean and most of each step, for about as many points as a screen shows.
fn chart(connections: &Connections, samples: &[u32]) -> ChartData {
    let width = samples.len().div_ceil(POINTS).max(1);
    let step_ms = (connections.step_us() * width as i64 / 1_000).max(1);
    let origin_ms = connections.origin_us().div_euclid(1_000);
    let steps: Vec<Counts> = samples.chunks(width).map(Counts::of).collect();
    let times: Vec<Timestamp> =
        (0..steps.len() as i64).map(|step| Timestamp(origin_ms + step * step_ms)).collect();
    let to = Timestamp(origin_ms + steps.len() as i64 * step_ms);
    ChartData {
        range: TimeRange { from: Timestamp(origin_ms), to },
        step_ms,
        times,
        series: vec![ChartSeries {
            name: "in use".to_owned(),
            unit: Unit::Count,
            source: SourceId::new("replay"),
            origin: "Statements under way and transactions open in the replayed log; a statement's start is its end less its duration.".to_owned(),
            values: steps.iter().map(|step| Some(step.mean())).collect(),
            highs: Some(steps.iter().map(|step| Some(f64::from(step.most()))).collect()),
        }],
        thresholds: Vec::new(),
        marks: Vec::new(),
    }
}
