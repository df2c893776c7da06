//! Prepared transactions: no session to be ended, and not the console's to decide.

use domain::{BlockingAction, PreparedTransaction};

use super::{Ending, sql};
use crate::activity::seen::Seen;
use crate::quoting::quoted;

const PREVENTION: &str = "Let the transaction manager look for prepared transactions that it has left behind; \
                          where none is used, max_prepared_transactions = 0 refuses them.";

pub(super) fn ending(gid: Option<&str>, seen: &Seen<'_>) -> Ending {
    let Some(gid) = gid else { return unknown() };
    match seen.prepared(gid) {
        Some(one) => roll_back(one),
        None => of(gid, "its database, as its owner or a superuser"),
    }
}

pub(in crate::activity) fn roll_back(one: &PreparedTransaction) -> Ending {
    let PreparedTransaction { gid, database, owner, .. } = one;
    of(gid, &format!("database {}, as {} or a superuser", quoted(database), quoted(owner)))
}

fn of(gid: &str, place: &str) -> Ending {
    Ending {
        sentence: format!(
            "It was prepared for a two-phase commit, belongs to no session and outlives a restart. Ask whoever runs \
             the two-phase commit whether it is to be committed; rolling it back loses what it has written. Run in \
             {place}."
        ),
        action: BlockingAction::RollBackPrepared,
        sql: sql::roll_back_prepared(gid),
        prevention: Some(PREVENTION.to_owned()),
    }
}

fn unknown() -> Ending {
    Ending {
        sentence:
            "A prepared transaction holds the lock; the server does not tell which one. It belongs to no \
                   session: look for it among those that are left, and commit it or roll it back by hand."
                .to_owned(),
        action: BlockingAction::RollBackPrepared,
        sql: sql::prepared_transactions(),
        prevention: Some(PREVENTION.to_owned()),
    }
}
