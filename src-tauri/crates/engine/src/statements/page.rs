//! The Queries page of one server over a window.

use std::collections::HashMap;

use analysis::statements::{MOST_ROWS, rank};
use domain::{
    ChartData, SourceId, StatementCounts, StatementIdentity, StatementName, StatementRow, StatementsPage,
    TimeRange, Unit,
};
use history::StatementTier;

use super::kept::beginning;
use super::window::{Steps, Sums, Window, series};
use crate::servers::chosen;
use crate::{Engine, EngineError};

/// Statements that have a colour of their own in the chart.
const TOP: usize = 8;
/// Rows with a small chart.
const TRENDS: usize = 100;
/// A page holds hundreds of texts; a statement's own page has it whole.
const ROW_TEXT_BYTES: usize = 2_048;
const NAME_BYTES: usize = 60;

impl Engine {
    /// Everything the Queries page shows. The first PostgreSQL when `source` is absent or unknown.
    pub async fn statements_page(
        &self,
        source: Option<SourceId>,
        range: TimeRange,
    ) -> Result<StatementsPage, EngineError> {
        self.blocking(move |engine| engine.statements_page_now(source, range)).await
    }

    fn statements_page_now(
        &self,
        source: Option<SourceId>,
        range: TimeRange,
    ) -> Result<StatementsPage, EngineError> {
        let choices = self.server_choices(domain::SourceKind::Postgres);
        let mut page = StatementsPage {
            source: chosen(&choices, source),
            choices,
            counted: None,
            rows: Vec::new(),
            left_out: 0,
            total: StatementCounts::default(),
            chart: None,
            columns: Default::default(),
            gaps: Vec::new(),
            lacks: Vec::new(),
            problem: None,
        };
        let Some(source) = page.source.clone() else { return Ok(page) };
        {
            let kept = self.kept_statements(&source)?;
            let kept = kept.lock();
            page.columns.clone_from(&kept.columns);
            page.lacks.clone_from(&kept.lacks);
            page.problem.clone_from(&kept.problem);
        }
        self.fill(&mut page, &source, range)?;
        Ok(page)
    }

    fn fill(
        &self,
        page: &mut StatementsPage,
        source: &SourceId,
        range: TimeRange,
    ) -> Result<(), EngineError> {
        let window = Window::open(self, source, range)?;
        let sums = window.sums()?;
        let shown = longest(&sums, TRENDS);
        let trends = Trends::of(&window, &shown)?;
        let ranked = window.names(|names| rank(sums.list(), sums.rest, names, &trends.by_statement(&shown)));
        page.chart = window.names(|names| trends.chart(self, source, &shown, names));
        page.counted = sums.counted;
        page.rows = ranked.rows.into_iter().map(short).collect();
        page.left_out = u32::try_from(ranked.left_out).unwrap_or(u32::MAX);
        page.total = ranked.total;
        page.gaps = window.gaps()?;
        Ok(())
    }
}

/// Statements of a window that took most time.
fn longest(sums: &Sums, most: usize) -> Vec<StatementIdentity> {
    let mut all = sums.list();
    all.sort_by(|(one, a), (other, b)| b.exec_ms.total_cmp(&a.exec_ms).then(one.cmp(other)));
    all.truncate(most.min(MOST_ROWS));
    all.into_iter().map(|(identity, _)| identity).collect()
}

fn short(mut row: StatementRow) -> StatementRow {
    row.statement = row.statement.map(|text| beginning(&text, ROW_TEXT_BYTES));
    row
}

/// Milliseconds of execution by step.
struct Trends {
    steps: Steps,
    /// By the place of a statement.
    of: Vec<Vec<f64>>,
    all: Vec<f64>,
}

impl Trends {
    fn of(window: &Window, shown: &[StatementIdentity]) -> Result<Trends, EngineError> {
        let places: HashMap<StatementIdentity, usize> =
            shown.iter().enumerate().map(|(place, identity)| (*identity, place)).collect();
        let mut of: Vec<Vec<f64>> = vec![Vec::new(); shown.len()];
        let mut all = Vec::new();
        let add = |step: usize, sums: &mut Vec<f64>, ms: f64| {
            if sums.len() <= step {
                sums.resize(step + 1, 0.0);
            }
            if let Some(sum) = sums.get_mut(step) {
                *sum += ms;
            }
        };
        let steps = window.steps(StatementTier::Minute, |step, bucket| {
            add(step, &mut all, bucket.rest.exec_ms);
            for (identity, counts) in &bucket.counts {
                add(step, &mut all, counts.exec_ms);
                if let Some(sums) = places.get(identity).and_then(|place| of.get_mut(*place)) {
                    add(step, sums, counts.exec_ms);
                }
            }
        })?;
        of.iter_mut().chain([&mut all]).for_each(|sums| sums.resize(steps.len(), 0.0));
        Ok(Trends { steps, of, all })
    }

    fn by_statement(&self, shown: &[StatementIdentity]) -> HashMap<StatementIdentity, Vec<Option<f64>>> {
        shown.iter().zip(&self.of).map(|(identity, sums)| (*identity, self.steps.rates(sums))).collect()
    }

    fn chart(
        &self,
        engine: &Engine,
        source: &SourceId,
        shown: &[StatementIdentity],
        names: &HashMap<StatementIdentity, StatementName>,
    ) -> Option<ChartData> {
        let line = |name, sums: &[f64]| {
            series(source, name, Unit::Milliseconds, "total_exec_time each second", self.steps.rates(sums))
        };
        let mut others = self.all.clone();
        let mut lines = Vec::new();
        for (identity, sums) in shown.iter().zip(&self.of).take(TOP) {
            others.iter_mut().zip(sums).for_each(|(other, ms)| *other = (*other - ms).max(0.0));
            lines.push(line(name_of(identity, names), sums));
        }
        lines.push(line("others".to_owned(), &others));
        self.steps.chart(engine, lines)
    }
}

/// The beginning of its text, on one line.
pub(super) fn name_of(
    identity: &StatementIdentity,
    names: &HashMap<StatementIdentity, StatementName>,
) -> String {
    let text = names.get(identity).and_then(|name| name.statement.as_ref());
    let text = text.map(|text| text.split_whitespace().take(NAME_BYTES).collect::<Vec<_>>().join(" "));
    text.map_or_else(|| format!("Statement {}", identity.queryid), |text| beginning(&text, NAME_BYTES))
}
