//! What is known of a window: from memory at full resolution where that reaches, else from the history.

use std::collections::HashMap;
use std::sync::Arc;

use domain::{
    ChartData, ChartSeries, SourceId, StatementCounts, StatementGap, StatementIdentity, StatementName,
    TimeRange, Timestamp, Unit,
};
use history::{StatementBucket, StatementTier};
use parking_lot::Mutex;

use super::kept::Kept;
use crate::charts::{axis, bridge, step_for};
use crate::{Engine, EngineError};

/// Enough for a chart, and few enough for one in each row.
const POINTS: u32 = 180;

pub(super) struct Window {
    engine: Engine,
    source: SourceId,
    kept: Arc<Mutex<Kept>>,
    pub range: TimeRange,
    /// None where the history answers.
    in_memory: bool,
    tier: StatementTier,
}

/// Counts of a window by statement.
#[derive(Default)]
pub(super) struct Sums {
    pub counts: HashMap<StatementIdentity, StatementCounts>,
    /// Statements that are not told apart.
    pub rest: StatementCounts,
    pub counted: Option<TimeRange>,
    pub counted_ms: i64,
}

/// The time axis of a window's charts, with what was counted in each step.
pub(super) struct Steps {
    pub step_ms: i64,
    pub times: Vec<Timestamp>,
    /// Milliseconds counted in each step.
    counted_ms: Vec<i64>,
    range: TimeRange,
    longest_hole: usize,
}

impl Window {
    pub(super) fn open(engine: &Engine, source: &SourceId, range: TimeRange) -> Result<Window, EngineError> {
        let kept = engine.kept_statements(source)?;
        let in_memory = is_in_memory(engine, source, &kept.lock(), range)?;
        let tier = engine.inner.statement_store.finest(source, range.from)?;
        Ok(Window { engine: engine.clone(), source: source.clone(), kept, range, in_memory, tier })
    }

    pub(super) fn sums(&self) -> Result<Sums, EngineError> {
        let mut sums = Sums::default();
        if self.in_memory {
            self.kept.lock().visit(self.range, |bucket| sums.add(bucket));
        } else {
            self.engine.inner.statement_store.sums(&self.source, self.range, |bucket| sums.add(bucket))?;
        }
        Ok(sums)
    }

    pub(super) fn gaps(&self) -> Result<Vec<StatementGap>, EngineError> {
        Ok(if self.in_memory {
            self.kept.lock().gaps(self.range)
        } else {
            self.engine.inner.statement_store.gaps(&self.source, self.range)?
        })
    }

    /// Visits what lies in each step, with the number of the step. Of `least`, or coarser where that is all there is.
    pub(super) fn steps(
        &self,
        least: StatementTier,
        mut each: impl FnMut(usize, &StatementBucket),
    ) -> Result<Steps, EngineError> {
        let interval = self.kept.lock().interval_ms.max(1);
        let finest = if self.in_memory { interval } else { self.tier.max(least).millis() };
        let mut steps = Steps::new(self.range, finest);
        if self.in_memory {
            let kept = self.kept.lock();
            kept.visit(self.range, |bucket| steps.add(middle(bucket.counted), &bucket, &mut each));
        } else {
            let tier = StatementTier::for_step(steps.step_ms);
            let store = &self.engine.inner.statement_store;
            store.buckets(&self.source, self.range, tier, |bucket| {
                steps.add(bucket.start, &bucket, &mut each)
            })?;
        }
        Ok(steps)
    }

    /// Tiers that are worth trying, the finest first; memory has but one.
    pub(super) fn tiers(&self) -> &'static [StatementTier] {
        if self.in_memory { &[StatementTier::Minute] } else { &StatementTier::ALL }
    }

    pub(super) fn names<T>(&self, work: impl FnOnce(&HashMap<StatementIdentity, StatementName>) -> T) -> T {
        work(&self.kept.lock().names)
    }
}

/// Also where the history has nothing from before: what is in memory is then all there is.
fn is_in_memory(
    engine: &Engine,
    source: &SourceId,
    kept: &Kept,
    range: TimeRange,
) -> Result<bool, EngineError> {
    let Some(oldest) = kept.oldest() else { return Ok(false) };
    if oldest <= range.from {
        return Ok(true);
    }
    if kept.begun.is_none_or(|begun| oldest.millis_since(begun) > kept.interval_ms.saturating_mul(3)) {
        // Memory has let something go already.
        return Ok(false);
    }
    let before = TimeRange { from: range.from, to: oldest };
    let mut earlier = false;
    engine.inner.statement_store.buckets(source, before, StatementTier::Hour, |bucket| {
        earlier |= bucket.counted.from < oldest.plus_millis(-kept.interval_ms);
    })?;
    Ok(!earlier)
}

fn middle(range: TimeRange) -> Timestamp {
    range.from.plus_millis(range.millis() / 2)
}

impl Sums {
    fn add(&mut self, bucket: StatementBucket) {
        self.rest = self.rest.plus(bucket.rest);
        self.counted_ms += bucket.counted_ms;
        let counted = self.counted.get_or_insert(bucket.counted);
        counted.from = counted.from.min(bucket.counted.from);
        counted.to = counted.to.max(bucket.counted.to);
        for (identity, counts) in bucket.counts {
            let sum = self.counts.entry(identity).or_default();
            *sum = sum.plus(counts);
        }
    }

    pub(super) fn seconds(&self) -> f64 {
        self.counted_ms as f64 / 1000.0
    }

    pub(super) fn list(&self) -> Vec<(StatementIdentity, StatementCounts)> {
        self.counts.iter().map(|(identity, counts)| (*identity, *counts)).collect()
    }
}

impl Steps {
    fn new(range: TimeRange, finest_ms: i64) -> Steps {
        let step_ms = step_for(range, POINTS, finest_ms);
        let times = axis(range, step_ms);
        Steps {
            step_ms,
            counted_ms: vec![0; times.len()],
            times,
            range,
            // Readings are jittered, so a step as narrow as the interval is now and then empty.
            longest_hole: usize::try_from(finest_ms * 2 / step_ms.max(1)).unwrap_or(0),
        }
    }

    fn add(
        &mut self,
        at: Timestamp,
        bucket: &StatementBucket,
        each: &mut impl FnMut(usize, &StatementBucket),
    ) {
        let Some(first) = self.times.first() else { return };
        let Ok(step) = usize::try_from(at.millis_since(*first) / self.step_ms.max(1)) else { return };
        if let Some(counted) = self.counted_ms.get_mut(step) {
            *counted += bucket.counted_ms;
            each(step, bucket);
        }
    }

    /// Sums of each step as rates by second; a step in which nothing was counted is a gap.
    pub(super) fn rates(&self, sums: &[f64]) -> Vec<Option<f64>> {
        let rate = |(sum, millis): (&f64, &i64)| (*millis > 0).then(|| sum * 1000.0 / *millis as f64);
        let mut values: Vec<Option<f64>> = sums.iter().zip(&self.counted_ms).map(rate).collect();
        bridge(&mut values, self.longest_hole);
        values
    }

    pub(super) fn len(&self) -> usize {
        self.times.len()
    }

    /// None where nothing was counted.
    pub(super) fn chart(&self, engine: &Engine, series: Vec<ChartSeries>) -> Option<ChartData> {
        let any = series.iter().any(|series| series.values.iter().any(Option::is_some));
        any.then(|| ChartData {
            range: self.range,
            step_ms: self.step_ms,
            times: self.times.clone(),
            series,
            thresholds: Vec::new(),
            marks: engine.inner.marks.lock().within(self.range),
        })
    }
}

pub(super) fn series(
    source: &SourceId,
    name: String,
    unit: Unit,
    counter: &str,
    values: Vec<Option<f64>>,
) -> ChartSeries {
    let origin = format!("pg_stat_statements, {counter}");
    ChartSeries { name, unit, source: source.clone(), origin, values, highs: None }
}
