//! One look at what a server's sessions do: who waits for whom, and who holds the xmin horizon.

mod horizons;
mod locks;
mod sample;
mod sessions;
mod waits;

#[cfg(test)]
mod versions;

use std::fmt;
use std::time::Duration;

use domain::{ActivitySample, Degradation, Problem, Timestamp};
use tokio_postgres::Error;

use super::PostgresSource;
use super::columns::Columns;
use super::own_queries::Asking;
use super::problem::hidden_sessions;

/// For one look, connecting included: the next is due a second later.
const DEADLINE: Duration = Duration::from_secs(2);

/// What one look found.
#[derive(Debug, Clone, PartialEq)]
pub struct ActivityReading {
    /// Without statements and what follows from them: see [`ActivityReading::statements`].
    pub sample: ActivitySample,
    /// Of each session of the sample.
    pub statements: Vec<Option<RawStatement>>,
    /// What the role may not see, with what mends it.
    pub lacks: Vec<Degradation>,
}

/// A statement as it was sent, literals and all: to be masked before it goes anywhere.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct RawStatement(String);

impl RawStatement {
    /// The most that is read of one, in characters.
    pub const LONGEST: usize = 4_096;

    pub fn new(text: impl Into<String>) -> RawStatement {
        RawStatement(text.into())
    }

    /// What must not be kept, shown or logged.
    pub fn unmasked(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for RawStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawStatement({} bytes)", self.0.len())
    }
}

impl PostgresSource {
    /// Looks once. Sessions that are idle are only counted, unless they are asked for.
    ///
    /// # Errors
    /// A [`Problem`] where the server does not answer within two seconds, or refuses.
    pub async fn activity(&self, now: Timestamp, idle_sessions: bool) -> Result<ActivityReading, Problem> {
        let (seen, waiting, horizons) = self
            .ask_live("sessions and locks", DEADLINE, async |asking, columns| {
                look(asking, &columns, idle_sessions).await
            })
            .await?;
        let lacks = seen.hidden.then(|| hidden_sessions(&seen.role, WITHOUT)).into_iter().collect();
        let (sample, statements) = sample::put_together(now, seen, waiting, horizons);
        Ok(ActivityReading { sample, statements, lacks })
    }
}

const WITHOUT: &str =
    "what they run, what they wait for and how long their transactions have been open are unknown";

async fn look(
    asking: Asking<'_>,
    columns: &Columns,
    idle_sessions: bool,
) -> Result<(sessions::Seen, waits::Waiting, horizons::Horizons), Error> {
    let mut seen = sessions::read(asking, columns, idle_sessions, &[]).await?;
    let mut waiting = waits::Waiting::default();
    if seen.waiting {
        waiting = waits::read(asking, columns).await?;
        // A session that is idle may still hold an advisory lock.
        let holders = sample::unseen_blockers(&seen, &waiting);
        if !holders.is_empty() {
            seen = sessions::read(asking, columns, idle_sessions, &holders).await?;
        }
    }
    Ok((seen, waiting, horizons::read(asking).await?))
}
