//! Numbers on their way to a chart or a head figure, each with where it came from.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{SeriesKey, SourceId, TimeRange, Timestamp};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    Count,
    /// 0 to 1, shown as a percentage.
    Ratio,
    Seconds,
    Milliseconds,
    Bytes,
    PerSecond,
}

/// One number with its origin, so that it can be questioned.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Measure {
    /// None where it is not known: absent is not zero.
    pub value: Option<f64>,
    pub unit: Unit,
    /// Which source and metric or view it comes from, over which window, and how it was computed.
    pub origin: String,
    pub severity: Option<crate::Severity>,
}

/// Several series on one time axis. `times` ascend; every series has one value or a gap for each of them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ChartData {
    pub range: TimeRange,
    /// Milliseconds between two points.
    pub step_ms: i64,
    pub times: Vec<Timestamp>,
    pub series: Vec<ChartSeries>,
    pub thresholds: Vec<Threshold>,
    /// Where the clock jumped, the machine slept or the source restarted.
    pub marks: Vec<ChartMark>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ChartSeries {
    pub name: String,
    pub unit: Unit,
    pub source: SourceId,
    /// The stored series this was made from, for the hover that says so.
    pub origin: String,
    /// The average of each step; `None` is a gap.
    pub values: Vec<Option<f64>>,
    /// The highest of each step where a step holds more than one sample, so that spikes survive.
    pub highs: Option<Vec<Option<f64>>>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Threshold {
    pub value: f64,
    /// "90%"
    pub label: String,
    pub severity: crate::Severity,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ChartMark {
    pub at: Timestamp,
    pub label: String,
}

/// A question to the history.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct SeriesQuery {
    pub keys: Vec<SeriesKey>,
    pub range: TimeRange,
    /// At most this many points a series; steps are widened to fit.
    pub max_points: u32,
    /// Counters as a rate per second; a fall is a gap.
    pub rate: bool,
}

/// One step of a stored series.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Rollup {
    /// Start of the step.
    pub at: Timestamp,
    pub min: f64,
    pub max: f64,
    pub average: f64,
    pub last: f64,
    pub count: u32,
}
