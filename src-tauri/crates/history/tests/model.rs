//! Every question gives the answer of a plain list of samples, whatever was sealed, rolled up or reopened in between.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail loudly")]

use std::collections::BTreeMap;

use domain::{MetricKind, Retention, Rollup, Sample, SeriesKey, SourceId, Tick, TimeRange, Timestamp};
use history::History;
use proptest::prelude::*;

const BASE: i64 = 1_790_000_000_000;
const HOUR: i64 = 3_600_000;

type Model = BTreeMap<SeriesKey, BTreeMap<i64, f64>>;

#[derive(Debug, Clone)]
enum Action {
    /// Ticks of one source: offset in milliseconds, number, interval, first value.
    Record {
        source: u8,
        at: i64,
        ticks: u16,
        interval: i64,
        value: i32,
    },
    /// The same moment again with other values.
    Again {
        source: u8,
        value: i32,
    },
    Maintain {
        at: i64,
    },
    Reopen,
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        4 => (0..3_u8, -2 * HOUR..30 * HOUR, 1..200_u16, prop_oneof![Just(5_000_i64), Just(60_000), 1..120_000_i64], -1000..1000_i32)
            .prop_map(|(source, at, ticks, interval, value)| Action::Record { source, at, ticks, interval, value }),
        1 => (0..3_u8, any::<i32>()).prop_map(|(source, value)| Action::Again { source, value }),
        3 => (0..60 * HOUR).prop_map(|at| Action::Maintain { at }),
        1 => Just(Action::Reopen),
    ]
}

fn key(source: u8, series: usize) -> SeriesKey {
    SeriesKey::new(&SourceId::new(format!("source-{source}")), "metric").with("n", series.to_string())
}

fn tick(source: u8, at: i64, value: i32) -> Tick {
    // The third series is silent at times, the second is no number at times.
    let values = [
        Some(f64::from(value)),
        Some(if value % 11 == 0 { f64::NAN } else { f64::from(value) / 7.0 }),
        (value % 3 != 0).then(|| f64::from(value) * 1000.0),
    ];
    let samples = values.into_iter().enumerate().filter_map(|(series, value)| {
        Some(Sample { key: key(source, series), kind: MetricKind::Gauge, value: value? })
    });
    Tick { at: Timestamp(at), samples: samples.collect() }
}

fn remember(model: &mut Model, tick: &Tick) {
    for sample in &tick.samples {
        model.entry(sample.key.clone()).or_default().insert(tick.at.0, sample.value);
    }
}

fn expected(model: &Model, key: &SeriesKey, range: TimeRange, step: i64) -> Vec<Rollup> {
    let from = range.from.0.div_euclid(step) * step;
    let to = (range.to.0 + step - 1).div_euclid(step) * step;
    let mut steps: BTreeMap<i64, Vec<f64>> = BTreeMap::new();
    for (at, value) in model.get(key).into_iter().flat_map(|samples| samples.range(from..to)) {
        if !value.is_nan() {
            steps.entry(at.div_euclid(step) * step).or_default().push(*value);
        }
    }
    let rollup = |(at, values): (i64, Vec<f64>)| Rollup {
        at: Timestamp(at),
        min: values.iter().copied().fold(f64::INFINITY, f64::min),
        max: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        average: values.iter().sum::<f64>() / values.len() as f64,
        last: *values.last().unwrap(),
        count: values.len() as u32,
    };
    steps.into_iter().map(rollup).collect()
}

fn alike(left: &[Rollup], right: &[Rollup]) -> bool {
    left.len() == right.len()
        && left.iter().zip(right).all(|(a, b)| {
            // Sums of sums round differently.
            let close = (a.average - b.average).abs() <= 1e-9 * (1.0 + a.max.abs().max(a.min.abs()));
            close && (a.at, a.min, a.max, a.last, a.count) == (b.at, b.min, b.max, b.last, b.count)
        })
}

fn run(actions: &[Action], steps: &[i64]) -> Result<(), TestCaseError> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history.db");
    let mut history = History::open(&path, Timestamp(BASE)).unwrap();
    let mut model = Model::new();
    let mut newest: BTreeMap<u8, i64> = BTreeMap::new();
    let retention = Retention::default();
    for action in actions {
        match action {
            Action::Record { source, at, ticks, interval, value } => {
                let ticks: Vec<Tick> = (0..i64::from(*ticks))
                    .map(|i| tick(*source, BASE + at + i * interval, value + i as i32))
                    .collect();
                ticks.iter().for_each(|tick| remember(&mut model, tick));
                newest.insert(*source, ticks.last().unwrap().at.0);
                history.record_all(&ticks).unwrap();
            }
            Action::Again { source, value } => {
                let Some(at) = newest.get(source) else { continue };
                let tick = tick(*source, *at, *value / 2000);
                remember(&mut model, &tick);
                history.record(&tick).unwrap();
            }
            Action::Maintain { at } => drop(history.maintain(Timestamp(BASE + at), &retention).unwrap()),
            Action::Reopen => {
                drop(history);
                history = History::open(&path, Timestamp(BASE)).unwrap();
            }
        }
    }
    let keys: Vec<SeriesKey> =
        (0..3).flat_map(|source| (0..3).map(move |series| key(source, series))).collect();
    for step in steps {
        for (from, to) in [(-3 * HOUR, 100 * HOUR), (5 * HOUR + 123, 9 * HOUR + 7)] {
            let range = TimeRange { from: Timestamp(BASE + from), to: Timestamp(BASE + to) };
            let answers = history.query(&keys, range, *step).unwrap();
            for (key, answer) in keys.iter().zip(answers) {
                let expected = expected(&model, key, range, *step);
                prop_assert!(
                    alike(&answer, &expected),
                    "{key} step {step}: {answer:?} instead of {expected:?}"
                );
            }
        }
    }
    for key in &keys {
        let all = TimeRange { from: Timestamp(BASE - 100 * HOUR), to: Timestamp(BASE + 1000 * HOUR) };
        let raw: Vec<(i64, u64)> =
            history.raw(key, all).unwrap().iter().map(|(at, v)| (at.0, v.to_bits())).collect();
        let expected: Vec<(i64, u64)> =
            model.get(key).into_iter().flatten().map(|(at, value)| (*at, value.to_bits())).collect();
        let latest = history.latest(key).unwrap().map(|(at, value)| (at.0, value.to_bits()));
        prop_assert_eq!(latest, expected.last().copied());
        prop_assert_eq!(raw, expected);
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]
    #[test]
    fn answers_equal_those_of_a_plain_list(actions in proptest::collection::vec(action(), 1..14)) {
        run(&actions, &[1, 7_777, 60_000, 300_000, 900_000, 7_200_000])?;
    }
}
