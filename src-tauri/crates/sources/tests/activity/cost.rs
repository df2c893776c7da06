//! What one look costs the server.

use super::*;

const SESSIONS: usize = 200;
const LOOKS: u32 = 20;

/// As the server itself counts its quickest, for the machine may be busy otherwise: with two hundred sessions, ten of them in a queue for one row.
#[tokio::test]
#[allow(clippy::print_stderr, reason = "the figure is for whoever runs it")]
async fn a_look_takes_the_server_few_milliseconds() {
    let server = Postgres::start(PostgresOptions {
        settings: vec![("pg_stat_statements.track_planning".into(), "on".into())],
        max_connections: Some(u32::try_from(SESSIONS).unwrap() + 30),
        ..PostgresOptions::default()
    })
    .await
    .unwrap();
    let holder = client(&server, "holder").await;
    holder.batch_execute("CREATE TABLE t (x int); INSERT INTO t VALUES (1)").await.unwrap();
    holder.batch_execute("BEGIN; UPDATE t SET x = 2").await.unwrap();
    // Opened by the server itself, which is quicker at logging in than a test is.
    let opener = client(&server, "opener").await;
    opener.batch_execute("CREATE EXTENSION dblink").await.unwrap();
    let open = format!(
        "SELECT dblink_connect('idler ' || n, 'host=127.0.0.1 port={} user=postgres password={}') \
           FROM generate_series(1, {SESSIONS}) AS n",
        server.port(),
        server.password(),
    );
    opener.batch_execute(&open).await.unwrap();
    opener
        .batch_execute(
            "SELECT dblink_send_query('idler ' || n, 'UPDATE t SET x = 3') FROM generate_series(1, 10) AS n",
        )
        .await
        .unwrap();
    let source = source(&server);
    until(&source, |reading| reading.sample.waits.len() == 10).await;
    holder.batch_execute("SELECT pg_stat_statements_reset()").await.unwrap();
    for _ in 0..LOOKS {
        let reading = source.activity(NOW, true).await.unwrap();
        assert!(reading.sample.sessions.len() >= SESSIONS);
    }
    let rows = holder
        .query(
            "SELECT substring(query FROM 'mpanel console: ([a-z._]+)'), calls, min_exec_time + min_plan_time
               FROM pg_stat_statements WHERE query LIKE '%mpanel console: activity.%' ORDER BY 1",
            &[],
        )
        .await
        .unwrap();
    let costs: Vec<(String, i64, f64)> =
        rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect();
    assert_eq!(costs.iter().map(|cost| cost.1).sum::<i64>(), 3 * i64::from(LOOKS), "{costs:?}");
    let look: f64 = costs.iter().map(|cost| cost.2).sum();
    eprintln!("one look at {SESSIONS} sessions: {look:.2} ms on the server: {costs:?}");
    assert!(look < 50.0, "{costs:?}");
}
