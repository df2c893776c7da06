//! A statement cancelled, or a session ended: the one thing that is done to sessions, where the person allowed it.

use std::time::Duration;

use domain::{Problem, ProblemCode, Signal, SignalOutcome};
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::Type;

use super::PostgresSource;
use super::own_queries::{Asking, OwnQueryName};
use super::problem::{grant_monitor, grant_signal};

const CANCEL: &str = include_str!("sql/signal/cancel.sql");
const TERMINATE: &str = include_str!("sql/signal/terminate.sql");
const REFUSED: &str = include_str!("sql/signal/refused.sql");
const CANCELS: OwnQueryName =
    OwnQueryName { name: "signal.cancel", purpose: "Cancels a statement, as the person confirmed" };
const TERMINATES: OwnQueryName =
    OwnQueryName { name: "signal.terminate", purpose: "Ends a session, as the person confirmed" };
const EXPLAINS: OwnQueryName =
    OwnQueryName { name: "signal.refused", purpose: "Why a session could not be signalled" };
const DEADLINE: Duration = Duration::from_secs(5);

/// What the server said.
enum Answer {
    Sent,
    Gone,
    /// Others' sessions are hidden from this role, so that it cannot tell one from another.
    Hidden,
    NotAClient,
    Refused {
        role: String,
        superuser: bool,
    },
}

impl PostgresSource {
    /// Whether [`PostgresSource::signal`] may be used.
    pub fn allows_signals(&self) -> bool {
        self.allow_signals
    }

    /// Sends a signal to the client session that has this pid and began at `started` (microseconds since the epoch, as
    /// [`domain::ActivitySession::started`]); a later session with the same pid is left alone.
    ///
    /// # Errors
    /// A [`Problem`] where the source does not allow signals, the role may not send them, or it is no client's session.
    pub async fn signal(&self, pid: i32, started: &str, signal: Signal) -> Result<SignalOutcome, Problem> {
        if !self.allow_signals {
            return Err(not_allowed());
        }
        let Ok(started) = started.parse::<i64>() else { return Err(hidden(&self.live.target().user)) };
        let answer = self
            .ask_live("signal to a session", DEADLINE, async |asking, _| {
                send(asking, pid, started, signal).await
            })
            .await?;
        match answer {
            Answer::Sent => Ok(SignalOutcome::Sent),
            Answer::Gone => Ok(SignalOutcome::Gone),
            Answer::Hidden => Err(hidden(&self.live.target().user)),
            Answer::NotAClient => Err(not_a_client(pid)),
            Answer::Refused { role, superuser } => Err(refused(pid, &role, superuser)),
        }
    }
}

async fn send(asking: Asking<'_>, pid: i32, started: i64, signal: Signal) -> Result<Answer, Error> {
    let (query, sql) = match signal {
        Signal::Cancel => (CANCELS, CANCEL),
        Signal::Terminate => (TERMINATES, TERMINATE),
    };
    let rows = match asking.rows(query, sql, &[(&pid, Type::INT4), (&started, Type::INT8)]).await {
        Err(error) if error.code() == Some(&SqlState::INSUFFICIENT_PRIVILEGE) => {
            return explain(asking, pid).await;
        }
        rows => rows?,
    };
    let Some(row) = rows.first() else { return Ok(Answer::Gone) };
    if row.try_get("hidden")? {
        return Ok(Answer::Hidden);
    }
    Ok(match (row.try_get::<_, Option<bool>>("client")?, row.try_get::<_, Option<bool>>("sent")?) {
        (_, Some(true)) => Answer::Sent,
        (Some(false), _) => Answer::NotAClient,
        _ => Answer::Gone,
    })
}

async fn explain(asking: Asking<'_>, pid: i32) -> Result<Answer, Error> {
    let row = asking.row(EXPLAINS, REFUSED, &[(&pid, Type::INT4)]).await?;
    Ok(Answer::Refused { role: row.try_get("role")?, superuser: row.try_get("superuser")? })
}

fn permission(message: String, remedy: String) -> Problem {
    Problem { code: ProblemCode::Permission, message, remedy: Some(remedy) }
}

fn not_allowed() -> Problem {
    permission(
        "This source does not allow the console to cancel statements or to end sessions.".to_owned(),
        "Edit the source on the Sources page, and allow signals there.".to_owned(),
    )
}

fn hidden(role: &str) -> Problem {
    permission(
        format!(
            "The role {role:?} does not see when other people's sessions began, so the console cannot tell whether this is \
             still the session that was chosen; nothing was sent."
        ),
        format!("{} {}", grant_monitor(role), grant_signal(role)),
    )
}

fn not_a_client(pid: i32) -> Problem {
    permission(
        format!("The process {pid} belongs to the server and not to a client; it is left alone."),
        "Signal such a process by hand, with pg_cancel_backend or pg_terminate_backend, if that is needed."
            .to_owned(),
    )
}

fn refused(pid: i32, role: &str, superuser: bool) -> Problem {
    if superuser {
        return permission(
            format!("The session {pid} is a superuser's, and only a superuser may signal it."),
            format!(
                "Ask a superuser to run SELECT pg_cancel_backend({pid}) or SELECT pg_terminate_backend({pid})."
            ),
        );
    }
    permission(format!("The role {role:?} may not signal the session {pid}."), grant_signal(role))
}
