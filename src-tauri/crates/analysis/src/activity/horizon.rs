//! What keeps VACUUM from cleaning up: the five that hold the xmin horizon back, oldest first.

use domain::{
    ActivitySample, ActivitySession, BackendState, BlockingAction, HorizonHolder, HorizonKind,
    PreparedTransaction, RemoteHorizon,
};

use super::remedy::{of_session, roll_back};
use super::seen::{Seen, is_idle_in_transaction};
use crate::quoting::literal;
use crate::words::{bytes, duration};

/// The horizon is where its oldest holder is; those far behind do not matter.
const SHOWN: usize = 50;

pub fn horizon(sample: &ActivitySample) -> Vec<HorizonHolder> {
    let seen = Seen::of(sample);
    let sessions = sample.sessions.iter().filter_map(|session| backend(session, sample, &seen));
    let prepared = sample.prepared.iter().map(prepared);
    let remote = sample.remote_horizons.iter().map(remote);
    let mut holders: Vec<HorizonHolder> = sessions.chain(prepared).chain(remote).collect();
    holders.sort_by(|a, b| {
        b.xmin_age.cmp(&a.xmin_age).then(a.kind.cmp(&b.kind)).then_with(|| a.name.cmp(&b.name))
    });
    holders.truncate(SHOWN);
    holders
}

/// A session holds by its snapshot and by its own transaction, whichever is older.
fn backend(session: &ActivitySession, sample: &ActivitySample, seen: &Seen<'_>) -> Option<HorizonHolder> {
    let xmin_age = session.xmin_age.max(session.xid_age)?;
    let told_by_leader = session.leader.is_some_and(|leader| seen.session(leader).is_some());
    if told_by_leader || vacuums(session) || is_standby_told_apart(session, sample) {
        return None;
    }
    let ending = of_session(session);
    let name = [session.pid.to_string(), session.application.clone()];
    Some(HorizonHolder {
        kind: HorizonKind::Backend,
        pid: Some(session.pid),
        name: name.join(" ").trim_end().to_owned(),
        xmin_age,
        seconds: session.transaction_seconds,
        detail: activity(session),
        remedy: ending.sentence,
        sql: (ending.action != BlockingAction::Wait).then_some(ending.sql),
    })
}

/// The server leaves the snapshots of plain vacuums out of the horizon; those of ANALYZE count.
fn vacuums(session: &ActivitySession) -> bool {
    let text = session.statement.as_deref().unwrap_or_default();
    let text = text.strip_prefix("autovacuum").unwrap_or(text);
    let text = text.trim_start_matches([' ', ':']);
    let begins = |word: &str| text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    begins("vacuum") && !text.to_ascii_lowercase().contains("analyze")
}

/// What a standby feeds back is the `backend_xmin` of its WAL sender, which is listed as the standby's.
fn is_standby_told_apart(session: &ActivitySession, sample: &ActivitySample) -> bool {
    session.backend_type == "walsender"
        && sample.remote_horizons.iter().any(|remote| remote.kind == HorizonKind::Standby)
}

fn activity(session: &ActivitySession) -> String {
    let does = match session.state {
        _ if is_idle_in_transaction(session) => "Idle in a transaction",
        BackendState::Active | BackendState::FastpathFunctionCall => "Runs a statement",
        BackendState::Idle => "Idle",
        BackendState::Disabled => "Does not tell its state",
        _ if session.backend_type.is_empty() => "Its state is hidden",
        _ => return in_database(&format!("A process of the server ({})", session.backend_type), session),
    };
    let seconds =
        if is_idle_in_transaction(session) { session.state_seconds } else { session.statement_seconds };
    let lasting = match seconds.filter(|_| session.state != BackendState::Idle) {
        Some(seconds) => format!("{does} for {}", duration(seconds)),
        None => does.to_owned(),
    };
    in_database(&lasting, session)
}

/// Only the tables of its database are held back, and those that all databases share.
fn in_database(text: &str, session: &ActivitySession) -> String {
    if session.database.is_empty() { text.to_owned() } else { format!("{text}, in {}", session.database) }
}

fn prepared(one: &PreparedTransaction) -> HorizonHolder {
    let ending = roll_back(one);
    HorizonHolder {
        kind: HorizonKind::PreparedTransaction,
        pid: None,
        name: one.gid.clone(),
        xmin_age: one.xid_age,
        seconds: Some(one.prepared_seconds),
        detail: format!(
            "Prepared {} ago by {}, in {}",
            duration(one.prepared_seconds),
            one.owner,
            one.database
        ),
        remedy: ending.sentence,
        sql: Some(ending.sql),
    }
}

fn remote(remote: &RemoteHorizon) -> HorizonHolder {
    let (detail, remedy, sql) = match remote.kind {
        HorizonKind::SlotXmin | HorizonKind::SlotCatalogXmin => slot(remote),
        _ => standby(),
    };
    HorizonHolder {
        kind: remote.kind,
        pid: None,
        name: remote.name.clone(),
        xmin_age: remote.xmin_age,
        seconds: None,
        detail,
        remedy,
        sql: Some(sql),
    }
}

fn slot(remote: &RemoteHorizon) -> (String, String, String) {
    let holds = if remote.kind == HorizonKind::SlotCatalogXmin {
        "keeps dead rows of the system catalogs, for decoding"
    } else {
        "keeps dead rows of all tables"
    };
    let kept = remote.retained_bytes.map(|held| format!(", and {} of WAL", bytes(held))).unwrap_or_default();
    let name = literal(&remote.name);
    let look = format!("SELECT * FROM pg_replication_slots WHERE slot_name = {name};");
    match remote.active {
        Some(false) => (
            format!("A slot that nobody uses; it {holds}{kept}"),
            "Start its consumer again, so that it moves on. Only if the consumer is gone for good, drop the slot: a \
             consumer whose slot is dropped cannot go on and must be set up anew."
                .to_owned(),
            format!(
                "-- Only if its consumer is gone for good: it could not go on.\nSELECT pg_drop_replication_slot({name});"
            ),
        ),
        Some(true) => (
            format!("A slot in use; it {holds}{kept}"),
            "Its consumer is connected but lags behind: look at it, and at long transactions that it decodes or that \
             its standby runs. The slot cannot be dropped while it is in use."
                .to_owned(),
            look,
        ),
        None => (
            format!("A slot; it {holds}{kept}"),
            "Look whether its consumer is connected and moves on.".to_owned(),
            look,
        ),
    }
}

fn standby() -> (String, String, String) {
    (
        "A standby with hot_standby_feedback; a query there keeps dead rows here".to_owned(),
        "End the oldest query on the standby. With hot_standby_feedback off there, long queries would be cancelled on \
         the standby instead, after max_standby_streaming_delay."
            .to_owned(),
        "-- On the standby:\nSELECT pid, age(backend_xmin), xact_start, query FROM pg_stat_activity\nWHERE backend_xmin \
         IS NOT NULL ORDER BY age(backend_xmin) DESC LIMIT 10;"
            .to_owned(),
    )
}
