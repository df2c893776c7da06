//! Which remedy fits a root, by what it is and does.

use domain::{ActivitySession, BackendState, BlockingAction, LockAsked, LockWait, WaitEvent};

use crate::activity::fixture::{idle_in_transaction, sample, session, wait};
use crate::activity::forest;
use crate::sql::mask;

fn process(backend_type: &str, statement: Option<&str>) -> ActivitySession {
    ActivitySession {
        backend_type: backend_type.to_owned(),
        statement: statement.map(str::to_owned),
        ..session(1)
    }
}

#[test]
fn remedies_by_state() {
    let state = |state| ActivitySession { state, ..session(1) };
    let client = WaitEvent { kind: "Client".to_owned(), event: "ClientWrite".to_owned() };
    let read_only = ActivitySession { xid_age: None, ..idle_in_transaction(1, 60.0) };
    let (cancel, terminate, wait_for) =
        (BlockingAction::Cancel, BlockingAction::Terminate, BlockingAction::Wait);
    let wraparound = "autovacuum: VACUUM public.invoices (to prevent wraparound)";
    let cases = [
        (idle_in_transaction(1, 60.0), terminate, "That rolls back what it has written."),
        (read_only, terminate, "It has written nothing, so nothing is lost."),
        (
            idle_in_transaction(1, 0.4),
            terminate,
            "It has been silent for 400 ms only and may go on by itself.",
        ),
        (state(BackendState::IdleInTransactionAborted), terminate, "has failed already, so nothing is lost."),
        (session(1), cancel, "If it does not go, end the session."),
        (
            ActivitySession { wait: Some(client), ..session(1) },
            terminate,
            "and rolls back what it has written.",
        ),
        (state(BackendState::Idle), wait_for, "has most likely been freed since."),
        (state(BackendState::Unknown), wait_for, "Look at it before it is ended."),
        (state(BackendState::Disabled), wait_for, "Look at it before it is ended."),
        (process("autovacuum worker", Some(wraparound)), wait_for, "stops taking writes in the end."),
        (process("autovacuum worker", Some("autovacuum: VACUUM t")), wait_for, "and it tries again later."),
        (process("autovacuum worker", None), wait_for, "and must be left to finish."),
        (process("walsender", None), wait_for, "whether it still reads."),
        (process("startup", None), wait_for, "look there."),
        (process("logical replication apply worker", None), wait_for, "on the publisher."),
        (process("checkpointer", None), wait_for, "must not be ended."),
        (process("pg_cron", Some("SELECT 1")), cancel, "and rolls that back."),
    ];
    for (root, action, end) in cases {
        let name = format!("{} {:?}", root.backend_type, root.state);
        let remedy = forest(&sample(vec![root], vec![wait(2, &[1])])).rows.remove(0).remedy.unwrap();
        assert_eq!(remedy.action, action, "{name}");
        assert!(remedy.sentence.ends_with(end), "{name}: {}", remedy.sentence);
        let sql = match action {
            BlockingAction::Cancel => "SELECT pg_cancel_backend(1);",
            BlockingAction::Terminate => "SELECT pg_terminate_backend(1);",
            _ => "WHERE pid = 1;",
        };
        assert!(remedy.sql.ends_with(sql), "{name}: {}", remedy.sql);
    }
}

#[test]
fn a_lock_of_the_session_outlives_its_transactions() {
    let lock = LockAsked {
        kind: "advisory".to_owned(),
        mode: "ExclusiveLock".to_owned(),
        target: "advisory 42".to_owned(),
        held_mode: None,
    };
    let waits = vec![LockWait { lock: Some(lock), ..wait(2, &[1]) }];
    let idle = ActivitySession { state: BackendState::Idle, ..session(1) };
    let remedy = forest(&sample(vec![idle], waits)).rows.remove(0).remedy.unwrap();
    assert_eq!(remedy.action, BlockingAction::Terminate);
    assert!(remedy.prevention.unwrap().contains("pg_advisory_xact_lock"));
}

#[test]
fn prevention_names_the_role_and_claims_no_setting() {
    let root = ActivitySession { user: "Invoice \"x\"".to_owned(), ..idle_in_transaction(1, 60.0) };
    let remedy = forest(&sample(vec![root], vec![wait(2, &[1])])).rows.remove(0).remedy.unwrap();
    assert_eq!(
        remedy.prevention.as_deref(),
        Some(
            "Set idle_in_transaction_session_timeout, which ends such sessions, for example ALTER ROLE \
             \"Invoice \"\"x\"\"\" SET idle_in_transaction_session_timeout = '1min'."
        )
    );
}

#[test]
fn a_deadlock_is_left_to_the_server() {
    let waits = vec![wait(1, &[2]), wait(2, &[1])];
    let root = forest(&sample(vec![session(1), session(2)], waits)).rows.remove(0);
    let remedy = root.remedy.unwrap();
    assert_eq!((remedy.action, remedy.sql.as_str()), (BlockingAction::Wait, "SELECT pg_cancel_backend(2);"));
}

/// What is told of a vacuum is read from its text, as it is stored.
#[test]
fn masking_keeps_why_a_vacuum_runs() {
    let text = mask(b"autovacuum: VACUUM public.invoices (to prevent wraparound)");
    assert!(text.ends_with("VACUUM public.invoices (to prevent wraparound)"), "{text}");
}
