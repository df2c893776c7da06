//! One statement over a window, and where else it is spoken of.

use analysis::statements::rank;
use domain::{
    ChartData, ChartSeries, SourceId, StatementCounts, StatementDetail, StatementIdentity, StatementRow,
    TimeRange, Unit,
};

use super::window::{Steps, Sums, Window, series};
use crate::{Engine, EngineError};

/// Steps are taken from the finest tier that tells of so much of the statement's time.
const ENOUGH: f64 = 0.95;

impl Engine {
    /// One statement by time, whoever ran it.
    ///
    /// # Errors
    /// `statement_not_found` where nothing is known of it.
    pub async fn statement_detail(
        &self,
        source: SourceId,
        queryid: String,
        range: TimeRange,
    ) -> Result<StatementDetail, EngineError> {
        self.blocking(move |engine| engine.statement_detail_now(&source, &queryid, range)).await
    }

    fn statement_detail_now(
        &self,
        source: &SourceId,
        queryid: &str,
        range: TimeRange,
    ) -> Result<StatementDetail, EngineError> {
        self.source(source)?;
        let not_found = || EngineError::StatementNotFound(queryid.to_owned());
        let number: i64 = queryid.parse().map_err(|_| not_found())?;
        let window = Window::open(self, source, range)?;
        let sums = window.sums()?;
        let mut row = row(&window, &sums, number).ok_or_else(not_found)?;
        let traced = Traced::of(&window, number, row.counts.exec_ms)?;
        row.trend = traced.steps.rates(&traced.each(|counts| counts.exec_ms));
        let links = row.fingerprint.as_deref().map(|fingerprint| self.statement_links(fingerprint));
        let (patterns, advice) = links.unwrap_or_default();
        Ok(StatementDetail {
            time: traced.chart(self, vec![traced.time(source)]),
            calls: traced.chart(self, vec![traced.calls(source)]),
            mean: traced.chart(self, vec![traced.mean(source)]),
            blocks: traced.chart(self, traced.blocks(source)),
            row,
            patterns,
            advice,
            running: self.sessions_that_run(source, queryid),
        })
    }
}

/// All users and levels together, named after the one that took most time.
fn row(window: &Window, sums: &Sums, queryid: i64) -> Option<StatementRow> {
    let mut found: Vec<(StatementIdentity, StatementCounts)> =
        sums.list().into_iter().filter(|(identity, _)| identity.queryid == queryid).collect();
    found.sort_by(|(_, a), (_, b)| b.exec_ms.total_cmp(&a.exec_ms));
    let known = || window.names(|names| names.keys().find(|identity| identity.queryid == queryid).copied());
    let identity = found.first().map(|(identity, _)| *identity).or_else(known)?;
    let counts = found.iter().fold(StatementCounts::default(), |sum, (_, counts)| sum.plus(*counts));
    let all = sums.counts.values().fold(sums.rest, |sum, counts| sum.plus(*counts));
    let ranked =
        window.names(|names| rank(vec![(identity, counts)], Default::default(), names, &Default::default()));
    let mut row = ranked.rows.into_iter().next()?;
    row.time_ratio = if all.exec_ms > 0.0 { counts.exec_ms / all.exec_ms } else { 0.0 };
    Some(row)
}

/// A statement's counts by step.
struct Traced {
    steps: Steps,
    counts: Vec<StatementCounts>,
}

impl Traced {
    /// A short bucket does not tell rare statements apart; then longer ones are asked.
    fn of(window: &Window, queryid: i64, exec_ms: f64) -> Result<Traced, EngineError> {
        let tiers = window.tiers();
        for (number, tier) in tiers.iter().enumerate() {
            let mut counts: Vec<StatementCounts> = Vec::new();
            let steps = window.steps(*tier, |step, bucket| {
                let ran = bucket.counts.iter().filter(|(identity, _)| identity.queryid == queryid);
                let sum = ran.fold(StatementCounts::default(), |sum, (_, counts)| sum.plus(*counts));
                if counts.len() <= step {
                    counts.resize(step + 1, StatementCounts::default());
                }
                if let Some(counted) = counts.get_mut(step) {
                    *counted = counted.plus(sum);
                }
            })?;
            counts.resize(steps.len(), StatementCounts::default());
            let told: f64 = counts.iter().map(|counts| counts.exec_ms).sum();
            if told >= exec_ms * ENOUGH || number + 1 == tiers.len() {
                return Ok(Traced { steps, counts });
            }
        }
        Err(EngineError::Interrupted)
    }

    fn each(&self, counter: impl Fn(&StatementCounts) -> f64) -> Vec<f64> {
        self.counts.iter().map(counter).collect()
    }

    fn rate(
        &self,
        source: &SourceId,
        (name, unit, column): (&str, Unit, &str),
        counter: impl Fn(&StatementCounts) -> f64,
    ) -> ChartSeries {
        series(source, name.to_owned(), unit, column, self.steps.rates(&self.each(counter)))
    }

    fn time(&self, source: &SourceId) -> ChartSeries {
        let words = ("Execution time each second", Unit::Milliseconds, "total_exec_time each second");
        self.rate(source, words, |counts| counts.exec_ms)
    }

    fn calls(&self, source: &SourceId) -> ChartSeries {
        self.rate(source, ("Calls", Unit::PerSecond, "calls each second"), |counts| counts.calls)
    }

    /// A step without calls has no mean.
    fn mean(&self, source: &SourceId) -> ChartSeries {
        let values = self.counts.iter().map(StatementCounts::mean_ms).collect();
        series(source, "Mean time".to_owned(), Unit::Milliseconds, "total_exec_time by calls", values)
    }

    fn blocks(&self, source: &SourceId) -> Vec<ChartSeries> {
        vec![
            self.rate(source, ("Hit", Unit::PerSecond, "shared_blks_hit each second"), |counts| {
                counts.shared_hit
            }),
            self.rate(source, ("Read", Unit::PerSecond, "shared_blks_read each second"), |counts| {
                counts.shared_read
            }),
        ]
    }

    fn chart(&self, engine: &Engine, series: Vec<ChartSeries>) -> Option<ChartData> {
        self.steps.chart(engine, series)
    }
}
