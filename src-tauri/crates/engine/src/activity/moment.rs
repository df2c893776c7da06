//! One moment of a server: its sessions, who blocks whom and what holds the horizon; now, or as it was recorded.

use domain::{ActivityMoment, ActivitySample, BackendState, Blocker, SourceId, Timestamp};

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
            return self
                .blocking(move |_| Ok(sample.map(|sample| live(source, &sample, idle_sessions))))
                .await;
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

fn live(source: SourceId, sample: &ActivitySample, idle_sessions: bool) -> ActivityMoment {
    let mut moment = moment(source, sample, true);
    if !idle_sessions {
        leave_idle_out(&mut moment);
    }
    moment
}

/// Those that somebody else asked for. One that blocks others stays.
fn leave_idle_out(moment: &mut ActivityMoment) {
    let rows = &moment.blocking.rows;
    let blocks = |pid: i32| rows.iter().any(|row| row.who == Blocker::Session { pid });
    moment.sessions.retain(|session| {
        session.state != BackendState::Idle || session.xmin_age.is_some() || blocks(session.pid)
    });
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
