//! What ends a session that others wait for, what that costs, and what keeps it from happening again.

mod prepared;
mod process;
mod session;
mod sql;

use domain::{ActivitySession, Blocker, BlockingAction, BlockingRemedy};

use super::seen::{Seen, is_client};
pub(super) use prepared::roll_back;

/// How a transaction of a session is ended.
pub(super) struct Ending {
    pub sentence: String,
    pub action: BlockingAction,
    pub sql: String,
    pub prevention: Option<String>,
}

/// A session that waits for nobody, or the one at which a circle is broken.
pub(super) struct Situation<'a> {
    pub who: &'a Blocker,
    pub in_circle: bool,
    pub waits: bool,
    /// Everyone right behind it asks for an advisory lock.
    pub all_advisory: bool,
    /// A relation on which a waiting change makes others wait in turn.
    pub queue_behind: Option<&'a str>,
}

pub(super) fn of_root(root: &Situation<'_>, seen: &Seen<'_>) -> BlockingRemedy {
    let ending = match root.who {
        Blocker::Prepared { gid } => prepared::ending(gid.as_deref(), seen),
        Blocker::Session { pid } if root.in_circle => circle(*pid),
        Blocker::Session { pid } if root.waits => waits(*pid),
        Blocker::Session { pid } => match seen.session(*pid) {
            Some(session) => session::as_blocker(session, root.all_advisory),
            None => unseen(*pid),
        },
    };
    let lasting = ending.prevention.into_iter().chain(root.queue_behind.map(lock_timeout));
    let prevention = lasting.collect::<Vec<_>>().join(" ");
    BlockingRemedy {
        sentence: ending.sentence,
        action: ending.action,
        sql: ending.sql,
        prevention: Some(prevention).filter(|text| !text.is_empty()),
    }
}

/// How a session is ended, whatever it is ended for.
pub(super) fn of_session(session: &ActivitySession) -> Ending {
    if is_client(session) { session::ending(session) } else { process::ending(session) }
}

fn circle(pid: i32) -> Ending {
    Ending {
        sentence: "These sessions wait for each other. The server ends the statement of one of them once \
                   deadlock_timeout has passed; its client gets the error 40P01 and should try again."
            .to_owned(),
        action: BlockingAction::Wait,
        sql: sql::cancel(pid),
        prevention: Some("Let every transaction take its locks in the same order.".to_owned()),
    }
}

fn waits(pid: i32) -> Ending {
    Ending {
        sentence:
            "It waits itself, but what it waited for was gone when the server was asked: the queue moves."
                .to_owned(),
        action: BlockingAction::Wait,
        sql: sql::look(pid),
        prevention: None,
    }
}

fn unseen(pid: i32) -> Ending {
    Ending {
        sentence: format!(
            "Session {pid} is not among those that were read, so nothing is known of what it does. Look at it \
             before it is ended."
        ),
        action: BlockingAction::Wait,
        sql: sql::look(pid),
        prevention: None,
    }
}

fn lock_timeout(relation: &str) -> String {
    format!(
        "Run changes of {relation} with lock_timeout set, for example SET lock_timeout = '2s', and try again later: \
         a change that gives up its place lets the queries behind it pass."
    )
}

#[cfg(test)]
mod cases;
