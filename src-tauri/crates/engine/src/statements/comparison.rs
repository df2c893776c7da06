//! Two windows of one server beside each other.

use domain::{SourceId, StatementsComparison, TimeRange};

use super::window::{Sums, Window};
use crate::{Engine, EngineError};

impl Engine {
    /// What got slower, what runs more often, what is new or gone.
    pub async fn compare_statements(
        &self,
        source: SourceId,
        before: TimeRange,
        after: TimeRange,
    ) -> Result<StatementsComparison, EngineError> {
        self.blocking(move |engine| {
            engine.source(&source)?;
            let earlier = Window::open(engine, &source, before)?;
            let later = Window::open(engine, &source, after)?;
            let (one, other) = (earlier.sums()?, later.sums()?);
            let (before, after) = (one.list(), other.list());
            let window = |range, sums: &Sums, counts| analysis::statements::Window {
                range,
                seconds: sums.seconds(),
                counts,
            };
            let (before, after) = (window(earlier.range, &one, &before), window(later.range, &other, &after));
            Ok(later.names(|names| analysis::statements::compare(&before, &after, names)))
        })
        .await
    }
}
