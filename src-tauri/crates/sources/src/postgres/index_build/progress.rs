//! How far a build is, asked on an ordinary session while the builder's own is busy.

use std::time::Duration;

use domain::IndexBuildProgress;
use tokio_postgres::types::Type;
use tokio_postgres::{Error, Row};

use crate::postgres::PostgresSource;
use crate::postgres::own_queries::{Asking, OwnQueryName};
use crate::postgres::session::Session;

const PROGRESS: &str = include_str!("../sql/index_build/progress.sql");
const QUERY: OwnQueryName =
    OwnQueryName { name: "index_build.progress", purpose: "How far a build of an index is" };
const DEADLINE: Duration = Duration::from_secs(2);

/// Asks for progress; a server that does not answer only leaves it untold.
pub(super) struct Watcher<'a> {
    source: &'a PostgresSource,
    pid: i32,
    session: Option<Session>,
    /// The index that the session was seen to build.
    pub index: Option<u32>,
}

impl<'a> Watcher<'a> {
    pub(super) fn new(source: &'a PostgresSource, pid: i32) -> Watcher<'a> {
        Watcher { source, pid, session: None, index: None }
    }

    pub(super) async fn ask(&mut self) -> Option<IndexBuildProgress> {
        let row = tokio::time::timeout(DEADLINE, self.row()).await.ok().flatten()?;
        let (progress, index) = read(&row).ok()?;
        self.index = index.or(self.index);
        Some(progress)
    }

    async fn row(&mut self) -> Option<Row> {
        // Taken out meanwhile: one that fails is not used again.
        let session = match self.session.take() {
            Some(session) => session,
            None => self.source.advice.open("progress of an index build").await.ok()?,
        };
        let asking = Asking { client: session.client()?, ledger: &self.source.ledger };
        let row = asking.rows(QUERY, PROGRESS, &[(&self.pid, Type::INT4)]).await.ok()?.into_iter().next();
        self.session = Some(session);
        row
    }

    pub(super) fn end(mut self) -> Option<u32> {
        if let Some(session) = self.session.take() {
            session.discard();
        }
        self.index
    }
}

fn read(row: &Row) -> Result<(IndexBuildProgress, Option<u32>), Error> {
    let phase: String = row.try_get("phase")?;
    let counted = match () {
        () if phase.contains("loading tuples") => Some(("tuples_done", "tuples_total")),
        () if phase.contains("scanning") => Some(("blocks_done", "blocks_total")),
        () => None,
    };
    let done_ratio = match counted {
        Some((done, total)) => ratio(row.try_get(done)?, row.try_get(total)?),
        None => None,
    };
    let progress = IndexBuildProgress {
        phase,
        done_ratio,
        lockers_total: unsigned(row.try_get("lockers_total")?),
        lockers_done: unsigned(row.try_get("lockers_done")?),
    };
    Ok((progress, row.try_get("index")?))
}

fn ratio(done: Option<i64>, total: Option<i64>) -> Option<f64> {
    let total = total.filter(|total| *total > 0)?;
    Some((done? as f64 / total as f64).clamp(0.0, 1.0))
}

fn unsigned(count: Option<i64>) -> u64 {
    count.and_then(|count| u64::try_from(count).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_told_where_the_whole_is_known() {
        assert_eq!(ratio(Some(5), Some(10)), Some(0.5));
        assert_eq!(ratio(Some(11), Some(10)), Some(1.0));
        assert_eq!((ratio(Some(5), Some(0)), ratio(None, Some(5)), ratio(Some(1), None)), (None, None, None));
    }
}
