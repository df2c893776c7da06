//! Data for charts in tests.

use domain::{
    ChartData, ChartSeries, RepetitionExample, RepetitionRun, SourceId, TimeRange, Timestamp, Unit, WorkUnit,
};

/// 2026-11-22 09:00 UTC.
pub(crate) const START: i64 = 1_795_338_000_000;

pub(crate) fn series(name: &str, values: Vec<Option<f64>>) -> ChartSeries {
    ChartSeries {
        name: name.to_owned(),
        unit: Unit::Count,
        source: SourceId::new("replay"),
        origin: "replayed log".to_owned(),
        values,
        highs: None,
    }
}

/// One value a minute.
pub(crate) fn chart(series: Vec<ChartSeries>) -> ChartData {
    let points = series.iter().map(|series| series.values.len()).max().unwrap_or(0) as i64;
    let from = Timestamp(START);
    ChartData {
        range: TimeRange { from, to: from.plus_millis(points * 60_000) },
        step_ms: 60_000,
        times: (0..points).map(|point| from.plus_millis(point * 60_000)).collect(),
        series,
        thresholds: Vec::new(),
        marks: Vec::new(),
    }
}

/// A parent of 16 ms, then so many runs of 4 ms, one each 5 ms.
pub(crate) fn example(runs: u32) -> RepetitionExample {
    RepetitionExample {
        unit: WorkUnit::Request,
        id: Some("7f3c".to_owned()),
        route: Some("GET /api/customers".to_owned()),
        at: Timestamp(START),
        queries: u64::from(runs) + 1,
        repeats: u64::from(runs),
        distinct_parameters: u64::from(runs),
        more_parameters: false,
        total_ms: Some(f64::from(runs) * 4.0),
        span_ms: 20.0 + f64::from(runs) * 5.0,
        parent_run: Some(RepetitionRun { offset_ms: 0.0, duration_ms: Some(16.0) }),
        runs: (0..runs)
            .map(|run| RepetitionRun { offset_ms: 20.0 + f64::from(run) * 5.0, duration_ms: Some(4.0) })
            .collect(),
    }
}
