//! One moment of a server: its sessions, who blocks whom and what holds the horizon; now, or as it was recorded.

use domain::{ActivityMoment, ActivitySample, ActivitySession, BackendState, Blocker, SourceId, Timestamp};

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

    /// Sessions of the newest look that run a statement; workers of a parallel one are not counted again.
    pub(crate) fn sessions_that_run(&self, source: &SourceId, queryid: &str) -> u32 {
        let runs = |session: &&ActivitySession| {
            session.state == BackendState::Active
                && session.leader.is_none()
                && session.queryid.as_deref() == Some(queryid)
        };
        let seen = self.inner.activities.of(source);
        let sample = seen.lock().sample.clone();
        let running = sample.map_or(0, |sample| sample.sessions.iter().filter(runs).count());
        u32::try_from(running).unwrap_or(u32::MAX)
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

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use domain::LockWait;

    use super::*;

    fn session(pid: i32, state: BackendState) -> ActivitySession {
        ActivitySession {
            pid,
            started: format!("1700000000{pid:06}"),
            backend_type: "client backend".to_owned(),
            database: "billing".to_owned(),
            user: "panel".to_owned(),
            application: "panel-eu-1".to_owned(),
            client: Some("10.0.3.17".to_owned()),
            state,
            wait: None,
            state_seconds: Some(3.0),
            statement_seconds: Some(3.0),
            transaction_seconds: Some(3.0),
            connected_seconds: Some(900.0),
            leader: None,
            xmin_age: Some(1),
            xid_age: None,
            queryid: Some("-1234567890123456789".to_owned()),
            fingerprint: Some("0123456789abcdef".to_owned()),
            statement: Some("SELECT * FROM invoices WHERE tenant_id = $1 FOR UPDATE".to_owned()),
            truncated: false,
            route: None,
        }
    }

    #[test]
    fn thousands_of_sessions_behind_one_are_told_at_once() {
        let active = ActivitySample::WAIT_LIMIT as i32;
        let idle = ActivitySample::SESSION_LIMIT as i32;
        let mut sessions = vec![session(1, BackendState::IdleInTransaction)];
        sessions.extend((2..=active).map(|pid| session(pid, BackendState::Active)));
        sessions.extend((active + 1..=idle).map(|pid| session(pid, BackendState::Idle)));
        let behind = |pid| LockWait {
            pid,
            // Everyone waits for all before it, as in a queue for one row.
            blockers: (1..pid).map(|pid| Blocker::Session { pid }).collect(),
            lock: None,
            seconds: Some(1.0),
        };
        let sample = ActivitySample {
            at: Timestamp(0),
            sessions,
            idle: 2_000,
            left_out: 0,
            prepared: Vec::new(),
            waits: (2..=active).map(behind).collect(),
            waits_left_out: 1_800,
            remote_horizons: Vec::new(),
            states_visible: true,
        };
        let begun = Instant::now();
        let moment = moment(SourceId::new("pg"), &sample, true);
        assert!(begun.elapsed() < Duration::from_secs(2), "{:?}, without optimisation", begun.elapsed());
        assert_eq!(moment.blocking.rows.first().map(|row| row.blocks), Some(199));
        assert_eq!(moment.blocking.left_out, 1_800);
        let bytes = serde_json::to_vec(&moment).unwrap().len();
        assert!(bytes < 3_000_000, "{bytes} bytes go to the page");
    }
}
