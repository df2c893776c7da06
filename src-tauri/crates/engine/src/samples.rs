//! Stored samples as they were written, for exports and for checks.

use domain::{SeriesKey, TimeRange, Timestamp};

use crate::{Engine, EngineError};

impl Engine {
    /// Every sample of a series in a window, ascending in time. Samples still in memory are not among them.
    pub async fn raw_samples(
        &self,
        key: &SeriesKey,
        range: TimeRange,
    ) -> Result<Vec<(Timestamp, f64)>, EngineError> {
        let key = key.clone();
        self.blocking(move |engine| Ok(engine.inner.history.raw(&key, range)?)).await
    }
}
