//! The server's own processes: most of them are better waited for than ended.

use domain::{ActivitySession, BlockingAction};

use super::{Ending, sql};

pub(super) fn ending(session: &ActivitySession) -> Ending {
    let pid = session.pid;
    match session.backend_type.as_str() {
        "autovacuum worker" => autovacuum(session),
        "walsender" => wait(
            pid,
            "It sends changes to a standby or a subscriber. Ending it only breaks the connection, which comes back: \
             look at the other side, whether it still reads.",
        ),
        "startup" => wait(
            pid,
            "It replays on this standby what the primary did, and holds the locks that a transaction on the primary \
             took. They go when that transaction ends: look there.",
        ),
        kind if kind.starts_with("logical replication") => Ending {
            sentence: "It applies the changes of a subscription. Ended, it starts over with the same transaction, so \
                       this frees its locks for a moment only; look at the size of the transactions on the publisher."
                .to_owned(),
            action: BlockingAction::Wait,
            sql: sql::look(pid),
            prevention: None,
        },
        "checkpointer" | "background writer" | "walwriter" | "archiver" | "autovacuum launcher" => wait(
            pid,
            "It is one of the server's own processes and must not be ended.",
        ),
        kind => Ending {
            sentence: format!(
                "It is a process of the server's or of an extension ({kind}). Cancelling ends what it does at present \
                 and rolls that back."
            ),
            action: BlockingAction::Cancel,
            sql: sql::cancel(pid),
            prevention: None,
        },
    }
}

fn autovacuum(session: &ActivitySession) -> Ending {
    let text = session.statement.as_deref();
    let sentence = match text {
        Some(text) if text.contains("to prevent wraparound") => {
            "It vacuums against the wraparound of transaction ids and therefore does not give way. Let it finish: \
             cancelled, it begins anew, and a server that cannot finish it stops taking writes in the end."
        }
        Some(_) => {
            "It is an ordinary autovacuum: the server cancels it by itself once it has kept somebody waiting for \
             deadlock_timeout, and it tries again later."
        }
        None => {
            "It is an autovacuum whose text is hidden. An ordinary one gives way by itself after deadlock_timeout; one \
             against wraparound does not, and must be left to finish."
        }
    };
    let wraparound = text.is_some_and(|text| text.contains("to prevent wraparound"));
    let prevention = "Let autovacuum keep up, so that tables are vacuumed before it is urgent: look at tables with old \
                      transaction ids, and take changes of tables out of the hours of such a vacuum.";
    Ending {
        sentence: sentence.to_owned(),
        action: BlockingAction::Wait,
        sql: sql::vacuum_progress(session.pid),
        prevention: wraparound.then(|| prevention.to_owned()),
    }
}

fn wait(pid: i32, sentence: &str) -> Ending {
    Ending {
        sentence: sentence.to_owned(),
        action: BlockingAction::Wait,
        sql: sql::look(pid),
        prevention: None,
    }
}
