//! Hypothetical indexes.

use std::time::{Duration, Instant};

use domain::{Problem, ProblemCode};
use servers::Postgres;
use sources::postgres::{WhatIfError, WhatIfSession, WhatIfUnavailable};
use tokio_postgres::Client;

use super::{source, source_as, start};

const ORDERS: &str = "CREATE EXTENSION hypopg;
    CREATE TABLE orders (id int PRIMARY KEY, customer_id int, status text, created_at timestamptz);
    INSERT INTO orders SELECT n, n % 5000, CASE WHEN n % 100 = 0 THEN 'unpaid' ELSE 'paid' END, now() FROM generate_series(1, 50000) AS n;
    ANALYZE orders";

async fn orders() -> (Postgres, Client, WhatIfSession) {
    let (server, admin) = start().await;
    admin.batch_execute(ORDERS).await.unwrap();
    let session = source(&server).what_if().await.unwrap();
    (server, admin, session)
}

fn one(sql: &str) -> Vec<String> {
    vec![sql.to_owned()]
}

fn refusal<T: std::fmt::Debug>(result: Result<T, WhatIfError>) -> String {
    match result {
        Err(WhatIfError::Statement(reason)) => reason,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn an_index_that_is_not_there_changes_the_plan() {
    let (_server, _admin, mut session) = orders().await;
    let customer = session.register(&one("CREATE INDEX ON public.orders (customer_id)"));
    let status = session.register(&one("CREATE INDEX ON orders (created_at) WHERE status = 'unpaid'"));
    let read = session.prepare("SELECT * FROM orders WHERE customer_id = $1 AND id > $2").await.unwrap();
    let update = session.prepare("UPDATE orders SET status = 'paid' WHERE customer_id = $1;").await.unwrap();
    let delete = session.prepare("DELETE FROM orders WHERE customer_id = 7 -- all").await.unwrap();
    let unpaid = session
        .prepare("SELECT id FROM orders WHERE status = 'unpaid' ORDER BY created_at LIMIT 5")
        .await
        .unwrap();
    let insert = session.prepare("INSERT INTO orders SELECT $1, $2").await.unwrap();

    for statement in [read, update, delete] {
        let before = session.cost(statement, &[]).await.unwrap();
        let after = session.cost(statement, &[customer, status, customer]).await.unwrap();
        assert!(after.cost < before.cost / 5.0, "{before:?} {after:?}");
        assert_eq!((before.candidates, after.candidates), (vec![], vec![customer]));
        assert_eq!(session.cost(statement, &[]).await.unwrap().cost, before.cost);
    }
    let both = session.costs(&[unpaid, read, insert], &[customer, status]).await.unwrap();
    let used: Vec<_> = both.into_iter().map(|planned| planned.unwrap().candidates).collect();
    assert_eq!(used, [vec![status], vec![customer], vec![]]);
    let primary = session.prepare("SELECT * FROM orders WHERE id = $1").await.unwrap();
    assert_eq!(session.cost(primary, &[customer]).await.unwrap().indexes, ["orders_pkey"]);
    let (large, small) = (session.size(customer).await.unwrap(), session.size(status).await.unwrap());
    assert!(large > 500_000 && small < large / 10, "{large} {small}");
    assert!(!session.can_hide() && !session.hide(1), "HypoPG before 1.4");
}

#[tokio::test]
async fn an_index_of_a_table_that_is_not_read_may_stay() {
    let (_server, admin, mut session) = orders().await;
    admin.batch_execute("CREATE TABLE notes AS SELECT * FROM orders; ANALYZE notes").await.unwrap();
    let customer = session.register_on(1, &one("CREATE INDEX ON orders (customer_id)"));
    let note = session.register_on(2, &one("CREATE INDEX ON notes (customer_id)"));
    let orders = session.prepare("SELECT * FROM orders WHERE customer_id = $1").await.unwrap();
    let notes = session.prepare("SELECT * FROM notes WHERE customer_id = $1").await.unwrap();
    for _ in 0..2 {
        session.reads(Some([1].into()));
        assert_eq!(session.cost(orders, &[customer]).await.unwrap().candidates, [customer]);
        assert!(session.cost(orders, &[]).await.unwrap().candidates.is_empty());
        assert_eq!(session.cost(orders, &[customer]).await.unwrap().candidates, [customer]);
        session.reads(Some([2].into()));
        assert_eq!(session.cost(notes, &[note]).await.unwrap().candidates, [note]);
    }
    // It is still there, which only a question about a table that was not named can tell.
    assert_eq!(session.cost(orders, &[]).await.unwrap().candidates, [customer]);
    session.reads(None);
    assert!(session.cost(orders, &[]).await.unwrap().candidates.is_empty());
}

#[tokio::test]
async fn more_statements_than_stay_prepared_are_prepared_again() {
    let (_server, admin, mut session) = orders().await;
    let mut statements = Vec::new();
    for number in 0..600 {
        let sql = format!("SELECT id AS s{number} FROM orders WHERE customer_id = $1");
        statements.push(session.prepare(&sql).await.unwrap());
    }
    let gone = session.prepare("SELECT note FROM passing").await;
    assert!(refusal(gone).contains("passing"));
    admin.batch_execute("ALTER TABLE orders RENAME COLUMN status TO state").await.unwrap();
    let costs = session.costs(&statements, &[]).await.unwrap();
    assert!(costs.len() == 600 && costs.iter().all(Result::is_ok));
    let first = session.cost(statements[0], &[]).await.unwrap();
    assert_eq!(&first, costs[599].as_ref().unwrap());
    let kept = "SELECT count(*) FROM orders WHERE status = 'paid'";
    assert!(refusal(session.prepare(kept).await).contains("status"));
}

#[tokio::test]
async fn partitions_are_indexed_one_by_one_and_none_is_lost_to_pruning() {
    let (server, admin) = start().await;
    let tables = "CREATE SCHEMA \"Ext\"; CREATE EXTENSION hypopg SCHEMA \"Ext\";
        CREATE TABLE events (id int, tenant int, day int) PARTITION BY RANGE (day);
        CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (50);
        CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (50) TO (100) PARTITION BY LIST (tenant);
        CREATE TABLE \"Events 2a\" PARTITION OF events_2 FOR VALUES IN (1, 2, 3, 4, 5);
        CREATE TABLE events_2b PARTITION OF events_2 DEFAULT;
        INSERT INTO events SELECT n, n % 10, n % 100 FROM generate_series(1, 60000) AS n;
        ANALYZE events_1; ANALYZE \"Events 2a\"; ANALYZE events_2b";
    admin.batch_execute(tables).await.unwrap();
    let mut session = source(&server).what_if().await.unwrap();
    let leaves =
        ["events_1", "\"Events 2a\"", "events_2b"].map(|leaf| format!("CREATE INDEX ON {leaf} (id)"));
    let index = session.register(&leaves);
    for text in ["SELECT * FROM events WHERE id = $1", "SELECT * FROM events WHERE id = $1 AND day = $2"] {
        let statement = session.prepare(text).await.unwrap();
        let before = session.cost(statement, &[]).await.unwrap();
        for _ in 0..2 {
            let after = session.cost(statement, &[index]).await.unwrap();
            assert!(after.cost < before.cost / 5.0, "{text}: {before:?} {after:?}");
            assert_eq!(after.candidates, [index], "{text}");
        }
    }
    let bytes = session.size(index).await.unwrap();
    assert!((900_000..2_500_000).contains(&bytes), "{bytes}");
}

#[tokio::test]
async fn hostile_and_broken_texts_change_nothing() {
    let (_server, admin, mut session) = orders().await;
    admin
        .batch_execute(
            "CREATE TABLE x (n int); INSERT INTO x VALUES (1); CREATE SEQUENCE s;
             CREATE FUNCTION evil(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$ BEGIN PERFORM nextval('s'); RETURN 1; END $$",
        )
        .await
        .unwrap();
    let bad = [
        "SELECT 1; DROP TABLE x",
        "SELECT 1;\nDELETE FROM x; --",
        "DROP TABLE x",
        "EXPLAIN ANALYZE DELETE FROM x",
        "COMMIT",
        "SELECT FROM WHERE 'secret'",
        "SELECT * FROM x WHERE n = 'secret'",
        "SELECT * FROM missing",
        "SELECT $1 FROM x WHERE nope = $2",
        "SELECT 'unfinished",
        "SELECT 1 /* unfinished",
        "WITH a AS (SELECT 1",
        "SELECT ? FROM x",
        "",
    ];
    for text in bad {
        let reason = refusal(session.prepare(text).await);
        assert!(!reason.contains("secret"), "{reason}");
    }
    assert!(refusal(session.prepare("SELECT * FROM missing").await).contains("\"missing\""));

    let good = [
        "DELETE FROM x",
        "SELECT nextval('s') FROM x",
        "WITH gone AS (DELETE FROM x RETURNING *) SELECT * FROM gone",
        "SELECT * INTO y FROM x",
        "SELECT * FROM x FOR UPDATE",
        "INSERT INTO x VALUES ($1)",
        "SELECT '; DROP TABLE x; --' -- ; DROP TABLE x",
    ];
    for text in good {
        match session.prepare(text).await {
            Ok(statement) => drop(session.cost(statement, &[]).await.unwrap()),
            Err(error) => {
                assert!(matches!(error, WhatIfError::Statement(_)) && text.contains("INTO y"), "{error:?}")
            }
        }
    }
    // A function that lies about itself is run by the planner, and cannot write.
    let statement = session.prepare("SELECT * FROM x WHERE n = evil(1)").await.unwrap();
    let reason = refusal(session.cost(statement, &[]).await);
    assert!(reason.contains("25006"), "{reason}");
    let asked = session.calls();
    assert_eq!(refusal(session.cost(statement, &[]).await), reason);
    assert_eq!(session.calls(), asked, "it is not asked again");
    refusal(session.cost(999, &[]).await);

    let row = admin.query_one("SELECT count(*), (SELECT is_called FROM s) FROM x", &[]).await.unwrap();
    assert_eq!((row.get::<_, i64>(0), row.get::<_, bool>(1)), (1, false));
}

#[tokio::test]
async fn candidates_that_cannot_be_tried_are_named() {
    let (_server, _admin, mut session) = orders().await;
    let statement = session.prepare("SELECT * FROM orders WHERE customer_id = $1").await.unwrap();
    let good = session.register(&one("CREATE INDEX ON orders (customer_id)"));
    for text in
        ["CREATE INDEX ON orders USING gin (status)", "CREATE INDEX ON orders (nope)", "SELECT 1", "'"]
    {
        let bad = session.register(&one(text));
        for _ in 0..2 {
            match session.cost(statement, &[good, bad]).await {
                Err(WhatIfError::Index { index, reason }) => {
                    assert!(index == bad && !reason.is_empty(), "{reason}")
                }
                other => panic!("{text}: {other:?}"),
            }
        }
        assert!(matches!(session.size(bad).await, Err(WhatIfError::Index { .. })));
        assert_eq!(session.cost(statement, &[good]).await.unwrap().candidates, [good]);
    }
}

/// Stands in for HypoPG 1.4, as far as the console speaks to it.
const HIDING: &str = "
    CREATE FUNCTION hypopg_hide_index(oid) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN RAISE LOG 'hid %', $1; RETURN true; END $$;
    CREATE FUNCTION hypopg_unhide_index(oid) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN RAISE LOG 'showed %', $1; RETURN true; END $$";

#[tokio::test]
async fn existing_indexes_are_hidden_with_the_next_question() {
    let (server, admin, _) = orders().await;
    admin.batch_execute(HIDING).await.unwrap();
    let mut session = source(&server).what_if().await.unwrap();
    let statement = session.prepare("SELECT * FROM orders WHERE id = $1").await.unwrap();
    assert!(
        session.can_hide()
            && session.hide(77)
            && session.hide(78)
            && session.unhide(78)
            && !session.unhide(79)
    );
    session.cost(statement, &[]).await.unwrap();
    session.cost(statement, &[]).await.unwrap();
    assert!(session.unhide(77));
    session.cost(statement, &[]).await.unwrap();
    let log = server.logged("showed 77").await.unwrap();
    assert_eq!((log.matches("LOG:  hid 77").count(), log.matches("hid 78").count()), (1, 0));
}

#[tokio::test]
async fn a_dropped_question_leaves_no_trace_in_the_next() {
    let (server, admin, mut session) = orders().await;
    let statement = session.prepare("SELECT * FROM orders WHERE customer_id = $1").await.unwrap();
    let index = session.register(&one("CREATE INDEX ON orders (customer_id)"));
    let before = session.cost(statement, &[]).await.unwrap();
    for _ in 0..5 {
        let asked = tokio::time::timeout(Duration::ZERO, session.cost(statement, &[index])).await;
        assert!(asked.is_err() || asked.unwrap().is_ok());
        assert_eq!(session.cost(statement, &[]).await.unwrap(), before);
        assert_eq!(session.cost(statement, &[index]).await.unwrap().candidates, [index]);
    }
    let locker = server.connect().await.unwrap();
    locker.batch_execute("BEGIN; LOCK TABLE orders").await.unwrap();
    assert!(refusal(session.cost(statement, &[]).await).contains("locked"));
    locker.batch_execute("ROLLBACK").await.unwrap();
    let other = session.prepare("SELECT 1 FROM orders WHERE customer_id = $1").await.unwrap();
    assert_eq!(session.cost(other, &[index]).await.unwrap().candidates, [index]);

    let own = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'mPanel Console'";
    drop(session);
    let deadline = Instant::now() + Duration::from_secs(10);
    while admin.query_one(own, &[]).await.unwrap().get::<_, i64>(0) > 0 {
        assert!(Instant::now() < deadline, "still connected");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_restart_ends_the_session_and_not_the_source() {
    let (mut server, admin) = start().await;
    admin.batch_execute(ORDERS).await.unwrap();
    let source = source(&server);
    let mut session = source.what_if().await.unwrap();
    let statement = session.prepare("SELECT * FROM orders WHERE customer_id = $1").await.unwrap();
    session.cost(statement, &[]).await.unwrap();
    server.restart().await.unwrap();
    for _ in 0..2 {
        match session.cost(statement, &[]).await {
            Err(WhatIfError::Lost(problem)) => {
                let expected = [ProblemCode::Unreachable, ProblemCode::ShuttingDown];
                assert!(expected.contains(&problem.code), "{problem:?}");
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(matches!(session.prepare("SELECT 1").await, Err(WhatIfError::Lost(_))));
    source.what_if().await.unwrap();
}

#[tokio::test]
async fn what_is_missing_is_told_with_its_remedy() {
    let (server, admin) = start().await;
    let found = source(&server).what_if().await.err().unwrap();
    assert!(matches!(found, WhatIfUnavailable::NotInstalled { available: true, .. }), "{found:?}");
    assert_eq!(found.degradation().remedy.as_deref(), Some("CREATE EXTENSION hypopg;"));

    let setup =
        "CREATE SCHEMA \"My ext\"; CREATE EXTENSION hypopg SCHEMA \"My ext\"; CREATE TABLE secret (x int);
        CREATE ROLE \"Eve\" LOGIN PASSWORD 'pw'";
    admin.batch_execute(setup).await.unwrap();
    let eve = source_as(&server, "Eve", "pw");
    let found = eve.what_if().await.err().unwrap();
    let WhatIfUnavailable::Refused(problem) = &found else { panic!("{found:?}") };
    assert_eq!(problem.code, ProblemCode::Permission);
    admin.batch_execute(found.degradation().remedy.as_deref().unwrap()).await.unwrap();
    let mut session = eve.what_if().await.unwrap();
    // EXPLAIN asks for the privileges that executing would need.
    let statement = session.prepare("SELECT * FROM secret").await.unwrap();
    assert!(refusal(session.cost(statement, &[]).await).contains("permission denied for table secret"));

    let away = source_as(&server, "nobody", "pw").what_if().await.err().unwrap();
    assert!(matches!(away, WhatIfUnavailable::Refused(Problem { code: ProblemCode::Authentication, .. })));
}

#[tokio::test]
async fn thousands_of_questions_are_quick() {
    let (_server, _admin, mut session) = orders().await;
    let columns = ["customer_id", "status", "created_at", "status, customer_id", "created_at, customer_id"];
    let indexes: Vec<usize> = columns
        .map(|columns| session.register(&one(&format!("CREATE INDEX ON orders ({columns})"))))
        .to_vec();
    let mut statements = Vec::new();
    for number in 0..100 {
        let text = format!(
            "SELECT o.id, p.status FROM orders o JOIN orders p ON p.customer_id = o.customer_id
            WHERE o.status = $1 AND o.created_at > $2 AND p.id = {number} ORDER BY o.created_at LIMIT 10"
        );
        statements.push(session.prepare(&text).await.unwrap());
    }
    let begun = Instant::now();
    for round in 0..2_000 {
        let present = [indexes[round % 5], indexes[(round / 5) % 5]];
        session.cost(statements[round % 100], &present).await.unwrap();
    }
    let single = begun.elapsed() / 2_000;
    let begun = Instant::now();
    for round in 0..20 {
        let present = [indexes[round % 5], indexes[(round / 5) % 5]];
        session.costs(&statements, &present).await.unwrap();
    }
    let together = begun.elapsed() / 2_000;
    println!("what-if: {single:?} for each question alone, {together:?} for each of a hundred together");
    assert!(single < Duration::from_millis(20) && together < Duration::from_millis(20));
}
