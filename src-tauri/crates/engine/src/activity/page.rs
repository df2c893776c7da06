//! What stands around the moment: sessions by wait over a window, and who used its time.

use domain::{ActivityPage, ChartData, SourceId, SourceState, TimeRange, Unit, WaitClass};

use super::sampler::series;
use crate::charts::draw;
use crate::pools::line;
use crate::servers::chosen;
use crate::{Engine, EngineError};

const POINTS: u32 = 400;

impl Engine {
    /// `source` is the server; the first where it is absent or unknown.
    ///
    /// # Errors
    /// What reading the disk may fail with.
    pub async fn activity_page(
        &self,
        source: Option<SourceId>,
        range: TimeRange,
    ) -> Result<ActivityPage, EngineError> {
        self.blocking(move |engine| engine.activity_page_now(source, range)).await
    }

    fn activity_page_now(
        &self,
        source: Option<SourceId>,
        range: TimeRange,
    ) -> Result<ActivityPage, EngineError> {
        let choices = self.server_choices(domain::SourceKind::Postgres);
        let mut page = ActivityPage {
            source: chosen(&choices, source),
            choices,
            chart: None,
            recorded: None,
            tops: Vec::new(),
            lacks: Vec::new(),
            problem: None,
            may_signal: false,
        };
        let Some(source) = page.source.clone() else { return Ok(page) };
        let status = self.source(&source)?;
        page.may_signal = status.config.allow_signals;
        page.chart = self.activity_chart(&source, range)?;
        page.recorded = self.inner.flight_recorder.recorded(&source)?;
        page.tops = analysis::activity::tops(&self.inner.flight_recorder.tally(&source, range)?);
        let seen = self.inner.activities.of(&source);
        let seen = seen.lock();
        page.lacks = seen.lacks.clone();
        page.problem = match status.state {
            SourceState::Stopped { problem, .. } => Some(problem),
            _ => seen.problem.clone(),
        };
        Ok(page)
    }

    fn activity_chart(&self, source: &SourceId, range: TimeRange) -> Result<Option<ChartData>, EngineError> {
        let interval = i64::try_from(self.inner.look_at_activity_every.as_millis()).unwrap_or(1_000);
        let one = |class: WaitClass| {
            line(class.label(), Unit::Count, source, vec![series(source, class)], interval)
        };
        let lines = WaitClass::ALL.into_iter().map(one).collect();
        draw(&self.inner.history, &self.inner.marks.lock(), lines, range, POINTS, Vec::new())
    }
}
