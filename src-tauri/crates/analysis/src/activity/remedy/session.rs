//! Sessions of clients, by what they do.

use domain::{ActivitySession, BackendState, BlockingAction, WaitClass};

use super::{Ending, sql};
use crate::activity::seen::is_client;
use crate::quoting::quoted;
use crate::words::duration;

/// A transaction that is silent for less than this may be between two statements.
const SHORT_SECONDS: f64 = 2.0;

/// As [`ending`]; a session that is idle outside of a transaction can only hold locks of the session.
pub(super) fn as_blocker(session: &ActivitySession, all_advisory: bool) -> Ending {
    match session.state {
        BackendState::Idle if all_advisory => Ending {
            sentence: "It is idle outside of a transaction and yet holds an advisory lock, so one of the session \
                       (pg_advisory_lock). Its client may give it back with pg_advisory_unlock; else ending the \
                       session frees it, and rolls nothing back."
                .to_owned(),
            action: BlockingAction::Terminate,
            sql: sql::terminate(session.pid),
            prevention: Some(
                "Take advisory locks with pg_advisory_xact_lock, which end with the transaction; a pooled connection \
                 keeps those of the session when it goes to the next client."
                    .to_owned(),
            ),
        },
        BackendState::Idle => wait(
            session.pid,
            "It was idle outside of a transaction when it was looked at: what it held has most likely been freed \
             since.",
        ),
        _ => super::of_session(session),
    }
}

/// How the transaction of a client's session is ended.
pub(super) fn ending(session: &ActivitySession) -> Ending {
    match session.state {
        BackendState::IdleInTransaction | BackendState::IdleInTransactionAborted => silent(session),
        BackendState::Active | BackendState::FastpathFunctionCall => running(session),
        BackendState::Idle => {
            wait(session.pid, "It is idle outside of a transaction: there is nothing to be ended.")
        }
        BackendState::Disabled => wait(
            session.pid,
            "It does not tell what it does: track_activities is off for it. Look at it before it is ended.",
        ),
        BackendState::Unknown => wait(
            session.pid,
            "What it does is hidden from the console's role, which pg_monitor would show. Look at it before it is \
             ended.",
        ),
    }
}

fn silent(session: &ActivitySession) -> Ending {
    let failed = session.state == BackendState::IdleInTransactionAborted;
    let cost = match session.xid_age {
        _ if failed => "Its transaction has failed already, so nothing is lost.",
        None => "It has written nothing, so nothing is lost.",
        Some(_) => "That rolls back what it has written.",
    };
    let short = session.state_seconds.filter(|seconds| *seconds < SHORT_SECONDS);
    let short = short.map(|seconds| {
        format!(" It has been silent for {} only and may go on by itself.", duration(seconds))
    });
    Ending {
        sentence: format!(
            "Its client keeps the transaction open and sends nothing. There is no statement to cancel: only the end \
             of the session ends the transaction. {cost}{}",
            short.unwrap_or_default()
        ),
        action: BlockingAction::Terminate,
        sql: sql::terminate(session.pid),
        prevention: Some(format!(
            "Set idle_in_transaction_session_timeout, which ends such sessions{}.",
            for_role(session, "idle_in_transaction_session_timeout", "1min")
        )),
    }
}

fn running(session: &ActivitySession) -> Ending {
    if WaitClass::of(session.wait.as_ref()) == WaitClass::Client {
        return stuck_on_client(session);
    }
    let cost = if session.xid_age.is_some() { " What it has written is rolled back." } else { "" };
    Ending {
        sentence: format!(
            "It runs a statement. Cancelling it ends the statement and with it the transaction, which frees its locks; \
             its client gets an error.{cost} If it does not go, end the session."
        ),
        action: BlockingAction::Cancel,
        sql: sql::cancel(session.pid),
        prevention: Some(format!(
            "Set statement_timeout, which ends statements that run too long{}.",
            for_role(session, "statement_timeout", "30s")
        )),
    }
}

/// The server does not look for cancels while it is held up by the client's socket.
fn stuck_on_client(session: &ActivitySession) -> Ending {
    let cost = if session.xid_age.is_some() { " and rolls back what it has written" } else { "" };
    Ending {
        sentence: format!(
            "It waits in the midst of a statement for its client to read or to send. A cancel is not heard there; \
             ending the session is{cost}."
        ),
        action: BlockingAction::Terminate,
        sql: sql::terminate(session.pid),
        prevention: Some(
            "Let clients read results to their end or fetch them in parts; tcp_user_timeout ends connections whose \
             client is gone."
                .to_owned(),
        ),
    }
}

/// ", for example ALTER ROLE app SET statement_timeout = '30s'"
fn for_role(session: &ActivitySession, setting: &str, value: &str) -> String {
    if session.user.is_empty() || !is_client(session) {
        return String::new();
    }
    format!(", for example ALTER ROLE {} SET {setting} = '{value}'", quoted(&session.user))
}

fn wait(pid: i32, sentence: &str) -> Ending {
    Ending {
        sentence: sentence.to_owned(),
        action: BlockingAction::Wait,
        sql: sql::look(pid),
        prevention: None,
    }
}
