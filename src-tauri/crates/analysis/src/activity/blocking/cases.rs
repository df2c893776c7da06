//! Graphs as they occur, with the rows that are shown of them.

use domain::{ActivitySample, ActivitySession, BackendState, Blocker, BlockingForest, LockWait};

use super::forest;
use crate::activity::fixture::{idle_in_transaction, prepared, relation, sample, session, wait};

/// "  4201 blocks 2, also 4182, circle" for each row.
fn lines(forest: &BlockingForest) -> Vec<String> {
    let name = |who: &Blocker| match who {
        Blocker::Session { pid } => pid.to_string(),
        Blocker::Prepared { gid } => gid.clone().unwrap_or_else(|| "prepared".to_owned()),
    };
    let line = |row: &domain::BlockingRow| {
        let mut line = format!("{}{}", "  ".repeat(row.depth as usize), name(&row.who));
        if row.blocks > 0 {
            line.push_str(&format!(" blocks {}", row.blocks));
        }
        for other in &row.also_waits_for {
            line.push_str(&format!(", also {}", name(other)));
        }
        if row.in_cycle {
            line.push_str(", circle");
        }
        line
    };
    forest.rows.iter().map(line).collect()
}

#[test]
fn trees() {
    let cases: [(&str, Vec<LockWait>, &[&str]); 12] = [
        ("nobody waits", vec![], &[]),
        ("one behind one", vec![wait(2, &[1])], &["1 blocks 1", "  2"]),
        (
            "a chain of four",
            vec![wait(2, &[1]), wait(3, &[2]), wait(4, &[3])],
            &["1 blocks 3", "  2 blocks 2", "    3 blocks 1", "      4"],
        ),
        (
            "several waiters, the longest first",
            vec![wait(2, &[1]), wait(3, &[1]), wait(4, &[1])],
            &["1 blocks 3", "  4", "  3", "  2"],
        ),
        (
            "a queue: each waits for all before it",
            vec![wait(2, &[1]), wait(3, &[1, 2]), wait(4, &[1, 2, 3])],
            &["1 blocks 3", "  2 blocks 2", "  3 blocks 1, also 2", "  4, also 2, also 3"],
        ),
        (
            "the trees with most behind them first",
            vec![wait(11, &[10]), wait(21, &[20]), wait(22, &[20])],
            &["20 blocks 2", "  22", "  21", "10 blocks 1", "  11"],
        ),
        (
            "two roots: under the one with most behind it, counted behind both",
            vec![wait(3, &[1, 2]), wait(4, &[2])],
            &["2 blocks 2", "  4", "  3, also 1", "1 blocks 1"],
        ),
        (
            "a diamond: counted once",
            vec![wait(2, &[1]), wait(3, &[1]), wait(4, &[2, 3])],
            &["1 blocks 3", "  3 blocks 1", "  2 blocks 1", "    4, also 3"],
        ),
        (
            "a circle of two, and one behind it",
            vec![wait(1, &[2]), wait(2, &[1]), wait(3, &[1])],
            &["2 blocks 2, also 1, circle", "  1 blocks 2, circle", "    3"],
        ),
        (
            "a circle that also waits for one outside",
            vec![wait(1, &[2]), wait(2, &[1, 9])],
            &["9 blocks 2", "  2 blocks 1, also 1, circle", "    1 blocks 1, circle"],
        ),
        ("its blocker was gone", vec![wait(2, &[]), wait(3, &[2])], &["2 blocks 1", "  3"]),
        ("itself and twice the same", vec![wait(2, &[1, 1, 2])], &["1 blocks 1", "  2"]),
    ];
    for (name, waits, expected) in cases {
        let forest = forest(&sample(Vec::new(), waits));
        assert_eq!(lines(&forest), expected, "{name}");
    }
}

#[test]
fn a_parallel_worker_waits_and_blocks_as_its_leader() {
    let worker = |pid, leader| ActivitySession { leader: Some(leader), ..session(pid) };
    let sessions = vec![session(1), worker(11, 1), session(2), worker(21, 2)];
    let waits = vec![wait(21, &[11]), wait(2, &[1]), wait(3, &[21])];
    let forest = forest(&sample(sessions, waits));
    assert_eq!(lines(&forest), ["1 blocks 2", "  2 blocks 1", "    3"]);
    assert_eq!(forest.waiting, 2);
}

#[test]
fn those_that_were_not_asked_for_count() {
    let sample = ActivitySample { waits_left_out: 40, ..sample(Vec::new(), vec![wait(2, &[1])]) };
    let forest = forest(&sample);
    assert_eq!((forest.waiting, forest.left_out, forest.roots), (41, 40, 1));
}

fn in_state(pid: i32, state: BackendState) -> ActivitySession {
    ActivitySession { state, ..session(pid) }
}

fn of_type(pid: i32, backend_type: &str) -> ActivitySession {
    ActivitySession { backend_type: backend_type.to_owned(), state: BackendState::Unknown, ..session(pid) }
}

#[test]
fn notes_claim_what_is_known() {
    let hidden = ActivitySession { backend_type: String::new(), ..in_state(1, BackendState::Unknown) };
    let cases = [
        (vec![idle_in_transaction(1, 252.0)], "root: idle in its transaction for 4 min and blocks 1"),
        (vec![session(1)], "root: has run its statement for 4 s and blocks 1"),
        (
            vec![in_state(1, BackendState::IdleInTransactionAborted)],
            "root: idle in a transaction that failed for 4 s and blocks 1",
        ),
        (vec![in_state(1, BackendState::Idle)], "root: idle outside of a transaction for 4 s and blocks 1"),
        (vec![hidden], "root: its state is hidden and blocks 1"),
        (vec![of_type(1, "startup")], "root: startup for 5 s and blocks 1"),
        (vec![], "root: not among the sessions that were read and blocks 1"),
    ];
    for (sessions, expected) in cases {
        let forest = forest(&sample(sessions, vec![wait(2, &[1])]));
        assert_eq!(forest.rows[0].note.as_deref(), Some(expected));
        assert_eq!(forest.rows[1].note, None);
    }
}

#[test]
fn a_waiting_change_holds_up_whoever_comes_after_it() {
    let cases = [
        ("AccessExclusiveLock", true, Some("every query on public.invoices now waits behind this one")),
        (
            "AccessExclusiveLock",
            false,
            Some("every query on public.invoices would have to wait behind this one"),
        ),
        ("ShareLock", true, Some("every write to public.invoices now waits behind this one")),
        ("RowExclusiveLock", true, None),
    ];
    for (mode, others, expected) in cases {
        let mut waits = vec![relation(2, &[1], mode)];
        if others {
            waits.push(relation(3, &[2], "AccessShareLock"));
        }
        let forest = forest(&sample(vec![idle_in_transaction(1, 9.0)], waits));
        assert_eq!(forest.rows[1].note.as_deref(), expected, "{mode}");
        let prevention = forest.rows[0].remedy.as_ref().unwrap().prevention.clone().unwrap();
        assert_eq!(prevention.contains("lock_timeout = '2s'"), others && expected.is_some(), "{prevention}");
    }
}

#[test]
fn a_prepared_transaction_is_a_root() {
    let blocked = |gid: Option<&str>| LockWait {
        blockers: vec![Blocker::Prepared { gid: gid.map(str::to_owned) }],
        ..wait(2, &[])
    };
    let cases = [
        (
            Some("it's 7"),
            "root: prepared for a two-phase commit 3 h ago and blocks 1",
            "ROLLBACK PREPARED 'it''s 7';",
            "Run in database billing, as \"App\" or a superuser.",
        ),
        (
            Some("other"),
            "root: a prepared transaction and blocks 1",
            "ROLLBACK PREPARED 'other';",
            "Run in its database, as its owner or a superuser.",
        ),
        (
            None,
            "root: a prepared transaction and blocks 1",
            "SELECT gid, prepared, owner, database FROM pg_prepared_xacts ORDER BY prepared;",
            "commit it or roll it back by hand.",
        ),
    ];
    for (gid, note, sql, end) in cases {
        let one =
            ActivitySample { prepared: vec![prepared("it's 7")], ..sample(Vec::new(), vec![blocked(gid)]) };
        let root = forest(&one).rows.remove(0);
        let remedy = root.remedy.unwrap();
        assert_eq!((root.note.as_deref(), remedy.sql.as_str()), (Some(note), sql));
        assert!(remedy.sentence.ends_with(end), "{}", remedy.sentence);
    }
}
