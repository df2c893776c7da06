//! Rollbacks, deadlocks, long and prepared transactions.

use domain::{HealthCode, HealthFacts, PreparedFacts, Severity, TransactionFacts};

use super::fixture::database;
use super::{is, seen, seen_first, sql};

fn counted(facts: &mut HealthFacts, change: impl Fn(&mut domain::DatabaseFacts)) {
    let mut one = database("panel");
    change(&mut one);
    facts.quick.databases = Ok(vec![one]);
}

#[test]
fn rollbacks_are_judged_by_their_share() {
    let cases = [
        (10_000.0, 10.0, Severity::Ok, "10 of 10,010 transactions were rolled back in the last 60 min (0%)."),
        (
            900.0,
            100.0,
            Severity::Warning,
            "100 of 1,000 transactions were rolled back in the last 60 min (10%).",
        ),
        (50.0, 40.0, Severity::Ok, "90 transactions ended in the last 60 min: too few to judge."),
    ];
    for (commits, rollbacks, severity, sentence) in cases {
        let check = seen(HealthCode::Rollbacks, |facts| {
            counted(facts, |one| {
                one.commits += commits;
                one.rollbacks += rollbacks;
            });
        });
        is(&check, severity, sentence);
    }
}

#[test]
fn deadlocks_are_told_and_grow_grave_with_their_number() {
    let cases = [
        (0.0, Severity::Ok, "No deadlock in the last 60 min."),
        (1.0, Severity::Warning, "1 deadlock in the last 60 min."),
        (90.0, Severity::Critical, "90 deadlocks in the last 60 min."),
    ];
    for (deadlocks, severity, sentence) in cases {
        let check = seen(HealthCode::Deadlocks, |facts| counted(facts, |one| one.deadlocks = deadlocks));
        is(&check, severity, sentence);
    }
    let over_days = seen_first(HealthCode::Deadlocks, |facts| counted(facts, |one| one.deadlocks = 2.0));
    is(&over_days, Severity::Info, "2 deadlocks since statistics were reset 10 days ago.");
    assert!(sql(&over_days).starts_with("ALTER SYSTEM SET log_lock_waits = on;"));
}

fn open(state: &str, seconds: f64) -> TransactionFacts {
    TransactionFacts {
        pid: 4711,
        user: "app".to_owned(),
        database: "panel".to_owned(),
        application: "worker".to_owned(),
        state: state.to_owned(),
        seconds,
        xmin_age: Some(1_200.0),
    }
}

#[test]
fn one_that_does_nothing_is_long_sooner_than_one_that_works() {
    let cases = [
        (vec![], Severity::Ok, "No transaction has been open for a minute."),
        (
            vec![open("active", 900.0)],
            Severity::Ok,
            "1 transaction is open for a minute or longer, the longest for 15 min.",
        ),
        (
            vec![open("active", 4_000.0), open("idle in transaction", 400.0)],
            Severity::Warning,
            "2 transactions are open for a minute or longer, the longest for 66 min.",
        ),
        (
            vec![open("idle in transaction", 7_300.0)],
            Severity::Critical,
            "1 transaction is open for a minute or longer, the longest for 2 h.",
        ),
    ];
    for (transactions, severity, sentence) in cases {
        let check =
            seen(HealthCode::LongTransactions, |facts| facts.quick.transactions = Ok(transactions.clone()));
        is(&check, severity, sentence);
        if severity > Severity::Ok {
            assert_eq!(sql(&check), "SELECT pg_terminate_backend(4711);");
            assert!(check.items[0].figure.ends_with("holds vacuum back by 1,200 transactions"));
            assert_eq!(check.items[0].name, "worker in panel (pid 4711)");
        }
    }
}

#[test]
fn prepared_transactions_come_with_their_name_exactly_quoted() {
    let waiting = |seconds| PreparedFacts {
        gid: "order's \\ 7".to_owned(),
        owner: "app".to_owned(),
        database: "panel".to_owned(),
        seconds,
        xid_age: 1.0,
    };
    let cases = [
        (10.0, Severity::Ok, "1 prepared transaction waits, the oldest for 10 s."),
        (400.0, Severity::Warning, "1 prepared transaction waits, the oldest for 6 min."),
        (90_000.0, Severity::Critical, "1 prepared transaction waits, the oldest for 25 h."),
    ];
    for (seconds, severity, sentence) in cases {
        let check =
            seen(HealthCode::PreparedTransactions, |facts| facts.quick.prepared = Ok(vec![waiting(seconds)]));
        is(&check, severity, sentence);
        if severity > Severity::Ok {
            assert_eq!(sql(&check), "ROLLBACK PREPARED E'order''s \\\\ 7';");
        }
    }
    let none = seen(HealthCode::PreparedTransactions, |_| {});
    is(&none, Severity::Ok, "No prepared transaction waits.");
}
