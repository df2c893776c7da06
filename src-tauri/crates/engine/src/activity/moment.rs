//! One moment of a server: its sessions, who blocks whom and what holds the horizon; now, or as it was recorded.

use domain::{ActivityMoment, ActivitySample, SourceId, Timestamp};

use crate::{Engine, EngineError};

impl Engine {
    /// The newest look, or what was recorded at or shortly before `at`. None where nothing was looked at then.
    ///
    /// With `idle_sessions` the looks of the next seconds list idle sessions too; recorded ones only count them.
    ///
    /// # Errors
    /// `source_not_found`, `not_a_database`, and what reading the disk may fail with.
    pub async fn activity_moment(
        &self,
        source: SourceId,
        at: Option<Timestamp>,
        idle_sessions: bool,
    ) -> Result<Option<ActivityMoment>, EngineError> {
        self.postgres_config(&source)?;
        let Some(at) = at else {
            let sample = self.newest_look(&source, idle_sessions);
            return self.blocking(move |_| Ok(sample.map(|sample| moment(source, &sample, true)))).await;
        };
        self.blocking(move |engine| {
            let sample = engine.inner.flight_recorder.at(&source, at)?;
            Ok(sample.map(|sample| moment(source, &sample, false)))
        })
        .await
    }

    fn newest_look(&self, source: &SourceId, idle_sessions: bool) -> Option<std::sync::Arc<ActivitySample>> {
        let seen = self.inner.activities.of(source);
        let mut seen = seen.lock();
        if idle_sessions {
            seen.idle_wanted = Some(self.inner.clock.now());
        }
        seen.sample.clone()
    }
}

fn moment(source: SourceId, sample: &ActivitySample, live: bool) -> ActivityMoment {
    ActivityMoment {
        source,
        at: sample.at,
        live,
        blocking: analysis::activity::forest(sample),
        horizon: analysis::activity::horizon(sample),
        sessions: sample.sessions.clone(),
        idle: sample.idle,
        left_out: sample.left_out,
        states_visible: sample.states_visible,
    }
}
