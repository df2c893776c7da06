//! What one reading of 5,000 entries of `pg_stat_statements` costs the server that is read.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark reports to the terminal and may fail loudly"
)]

use std::time::{Duration, Instant};

use domain::{Connection, SourceConfig, SourceKind, StatementIdentity, Timestamp};
use servers::{Postgres, PostgresOptions};
use sources::SourceContext;
use sources::postgres::PostgresSource;
use tokio_postgres::Client;

const ENTRIES: usize = 5_000;
const READINGS: u32 = 50;
/// As the console reads.
const INTERVAL: Duration = Duration::from_secs(10);
/// Of a core.
const MOST: f64 = 0.005;
/// Linux counts in hundredths of a second.
const TICK: f64 = 0.01;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let settings = vec![("pg_stat_statements.max".to_owned(), "6000".to_owned())];
    let server = Postgres::start(PostgresOptions { settings, ..Default::default() }).await.unwrap();
    let admin = server.connect().await.unwrap();
    let columns: Vec<String> = (0..13).map(|number| format!("column_{number}")).collect();
    let table = format!("CREATE TABLE orders (id int, customer int, {} int)", columns.join(" int, "));
    admin.batch_execute(&table).await.unwrap();
    // Each selects other columns, and so is another statement.
    for number in 1..=ENTRIES {
        let chosen = columns.iter().enumerate().filter(|(bit, _)| number >> bit & 1 == 1);
        let chosen: Vec<&str> = chosen.map(|(_, column)| column.as_str()).collect();
        let sql = format!("SELECT {} FROM orders WHERE id = 5 AND customer = 7 LIMIT 10", chosen.join(", "));
        admin.batch_execute(&sql).await.unwrap();
    }
    let source = open(&server);
    let counted = source.read_statements(Timestamp(0)).await.unwrap();
    assert!(counted.totals.entries.len() >= ENTRIES);
    let pid = backend(&admin).await;
    let (before, started) = (cpu_seconds(pid), Instant::now());
    for _ in 0..READINGS {
        source.read_statements(Timestamp(0)).await.unwrap();
    }
    let readings = (cpu_seconds(pid) - before) / f64::from(READINGS);
    let took = started.elapsed() / READINGS;
    let share = readings / INTERVAL.as_secs_f64();
    println!(
        "{} entries: one reading takes {:.1} ms of the server's CPU ({took:.1?} in all), {:.3} % of a core at one each {INTERVAL:?}",
        counted.totals.entries.len(),
        readings * 1e3,
        share * 100.0
    );
    let wanted: Vec<StatementIdentity> =
        counted.totals.entries.iter().map(|entry| entry.identity).take(500).collect();
    let before = cpu_seconds(pid);
    for _ in 0..READINGS {
        source.statement_texts(&wanted).await.unwrap();
    }
    let texts = (cpu_seconds(pid) - before) / f64::from(READINGS);
    println!("500 texts take {:.1} ms of the server's CPU", texts * 1e3);
    let rows = admin
        .query("SELECT substring(query, 'mpanel console: ([a-z_.]+)') AS name, mean_exec_time FROM pg_stat_statements WHERE query LIKE '%mpanel console:%' ORDER BY 2 DESC", &[])
        .await
        .unwrap();
    for row in rows {
        println!("  {}: {:.2} ms each, as the server counts", row.get::<_, &str>(0), row.get::<_, f64>(1));
    }
    assert!(share < MOST, "a reading costs the server too much");
}

fn open(server: &Postgres) -> PostgresSource {
    let url = format!("postgres://postgres@127.0.0.1:{}/postgres", server.port());
    let config = SourceConfig::unsaved("pg", SourceKind::Postgres, Connection::Url { url });
    let context = SourceContext::new(runtime::metrics::Registry::new());
    PostgresSource::new(&config, Some(server.password().to_owned()), &context).unwrap()
}

/// The console's session on the server.
async fn backend(admin: &Client) -> i32 {
    let sql =
        "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";
    admin.query_one(sql, &[]).await.unwrap().get(0)
}

/// Processor time of a process, in the program and in the kernel; not a number where the system does not tell.
fn cpu_seconds(pid: i32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks =
        |place: usize| fields.get(place).and_then(|field| field.parse::<f64>().ok()).unwrap_or(f64::NAN);
    (ticks(11) + ticks(12)) * TICK
}
