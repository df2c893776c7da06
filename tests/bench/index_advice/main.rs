//! Index advice on TPC-H at scale factor 1 against other ways to choose, scored alike. Run by `make bench`.
//!
//! Every set of indexes is created hypothetically and the planner's costs of the 19 queries are added up; then it is built,
//! and costs and sizes are taken again. A budget is what the indexes take on the disk. The other tools were run once with
//! the same queries (`docs/performance.md` says how); they count what HypoPG foretells, two to three times as much.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    reason = "a bench prints its figures and fails loudly"
)]

#[path = "../../support/mod.rs"]
#[allow(dead_code, unused_imports, reason = "the tests use the rest of it")]
mod support;

mod database;

use std::path::Path;
use std::time::Instant;

use database::Tpch;
use serde_json::Value;
use support::{address, advise};
use tokio_postgres::{Client, SimpleQueryMessage};

/// A budget in megabytes and what the best of the other tools left under it: of the reference figures, and of those that
/// were taken on this database, without indexes that only seem to help.
struct Best {
    megabytes: u64,
    reference: f64,
    reference_by: &'static str,
    here: f64,
    here_by: &'static str,
}

const BEST: [Best; 4] = [
    best(250, 3_877_704.0, "CoPhy", 0.8691, "CoPhy"),
    best(500, 3_327_281.0, "Relaxation", 0.7756, "Anytime"),
    best(1_000, 2_762_205.0, "CoPhy", 0.7034, "AutoAdmin"),
    best(1_500, 2_670_747.0, "Relaxation", 0.6788, "CoPhy"),
];

const fn best(
    megabytes: u64,
    reference: f64,
    reference_by: &'static str,
    here: f64,
    here_by: &'static str,
) -> Best {
    Best { megabytes, reference, reference_by, here, here_by }
}

/// What the size of all indexes that were built may be above what was told.
const OVERRUN: f64 = 1.02;
const MOST_SECONDS: f64 = 10.0;

#[tokio::main]
async fn main() {
    let tpch = Tpch::made().await;
    let queries = Path::new(env!("CARGO_MANIFEST_DIR")).join("bench/index_advice/tpch/queries.sql");
    let texts = statements(&std::fs::read_to_string(&queries).expect("the queries"));
    let client = tpch.server.connect().await.expect("a connection");
    let without = score(&client, &texts, &[]).await;
    let every = score(&client, &texts, &single_columns(&client).await).await;
    println!("Planner's cost of {} queries without advice: {:.0}", texts.len(), without.cost);
    println!();
    println!(
        "| budget | cost after | of it | best of the others, reference | here | cost, built | size told | built | by HypoPG | indexes | questions | seconds |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|---|---|");
    let mut failed = Vec::new();
    for best in BEST {
        let megabytes = best.megabytes;
        let started = Instant::now();
        let advice = advice(&tpch, &queries, megabytes);
        let seconds = started.elapsed().as_secs_f64();
        let indexes = definitions(&advice);
        let scored = score(&client, &texts, &indexes).await;
        let built = built(&client, &texts, &indexes).await;
        let ratio = scored.cost / without.cost;
        println!(
            "| {megabytes} MB | {:.0} | {ratio:.4} | {:.0}, {} | {:.4}, {} | {:.0} | {:.0} MB | {:.0} MB | {:.0} MB | {} | {} | {seconds:.1} |",
            scored.cost,
            best.reference,
            best.reference_by,
            best.here,
            best.here_by,
            built.cost,
            told_megabytes(&advice),
            built.megabytes,
            scored.megabytes,
            indexes.len(),
            advice["what_if_calls"],
        );
        let mut fail = |what: String| failed.push(format!("{megabytes} MB: {what}"));
        if scored.cost > best.reference || ratio > best.here {
            fail(format!("{:.0}, {ratio:.4} of the cost is left", scored.cost));
        }
        if built.megabytes > megabytes as f64 * OVERRUN {
            fail(format!("takes {:.0} MB", built.megabytes));
        }
        if seconds > MOST_SECONDS {
            fail(format!("{seconds:.1} s"));
        }
    }
    println!(
        "| none: every single column | {:.0} | {:.4} | | | | | | {:.0} MB | 51 | | |",
        every.cost,
        every.cost / without.cost,
        every.megabytes
    );
    tpch.server.stop().await;
    assert!(failed.is_empty(), "below the floors:\n{}", failed.join("\n"));
}

/// As a person would ask.
fn advice(tpch: &Tpch, queries: &Path, megabytes: u64) -> Value {
    let (address, budget) = (address(&tpch.server), format!("{megabytes}MB"));
    let asked = ["--dsn", &address, "--password-stdin", "--quiet", "--format", "json", "--budget", &budget];
    // Reading the catalog and telling take the tenth second. The rows were loaded a moment ago, which is no rate of writes.
    let limits = ["--seconds", "9", "--max-write-cost", "1000%"];
    let queries = queries.display().to_string();
    let output = advise(tpch.server.password(), &[&asked[..], &limits, &[&queries]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn statements(sql: &str) -> Vec<String> {
    let lines = sql.lines().filter(|line| !line.starts_with("--"));
    let sql = lines.collect::<Vec<_>>().join("\n");
    sql.split(';').map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned).collect()
}

/// `CREATE INDEX` of everything that is selected.
fn definitions(advice: &Value) -> Vec<String> {
    let create = advice["create"].as_array().expect("suggestions").iter();
    create.filter(|one| one["selected"] == true).map(|one| definition(&one["definition"])).collect()
}

fn definition(index: &Value) -> String {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let key = |key: &Value| {
        let what = text(&key["column"])
            .unwrap_or_else(|| format!("({})", key["expression"].as_str().unwrap_or_default()));
        let class = text(&key["operator_class"]).map_or_else(String::new, |class| format!(" {class}"));
        let descending = if key["descending"] == true { " DESC" } else { "" };
        format!("{what}{class}{descending}")
    };
    let keys: Vec<String> = index["keys"].as_array().expect("keys").iter().map(key).collect();
    let include: Vec<String> =
        index["include"].as_array().expect("include").iter().filter_map(text).collect();
    let include =
        if include.is_empty() { String::new() } else { format!(" INCLUDE ({})", include.join(", ")) };
    let predicate =
        text(&index["predicate"]).map_or_else(String::new, |predicate| format!(" WHERE {predicate}"));
    let (table, method) =
        (index["table"].as_str().expect("a table"), index["method"].as_str().expect("a method"));
    format!("CREATE INDEX ON {table} USING {method} ({}){include}{predicate}", keys.join(", "))
}

async fn single_columns(client: &Client) -> Vec<String> {
    let rows = client
        .query(
            "SELECT c.relname::text, a.attname::text FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
              WHERE a.attnum > 0 AND c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
                AND NOT EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND a.attnum = ANY (i.indkey))",
            &[],
        )
        .await
        .expect("columns");
    rows.iter()
        .map(|row| format!("CREATE INDEX ON {} ({})", row.get::<_, String>(0), row.get::<_, String>(1)))
        .collect()
}

struct Scored {
    cost: f64,
    megabytes: f64,
}

async fn score(client: &Client, texts: &[String], indexes: &[String]) -> Scored {
    client.batch_execute("SELECT hypopg_reset()").await.expect("HypoPG");
    let mut bytes = 0_i64;
    for index in indexes {
        let made = client.query_one("SELECT indexrelid FROM hypopg_create_index($1)", &[index]).await;
        let oid: u32 = made.unwrap_or_else(|error| panic!("{index}: {error}")).get(0);
        let size = client.query_one("SELECT hypopg_relation_size($1)", &[&oid]).await.expect("a size");
        bytes += size.get::<_, i64>(0);
    }
    let cost = cost(client, texts).await;
    client.batch_execute("SELECT hypopg_reset()").await.expect("HypoPG");
    Scored { cost, megabytes: megabytes(bytes) }
}

/// The same with indexes that are there.
async fn built(client: &Client, texts: &[String], indexes: &[String]) -> Scored {
    const SIZES: &str = "SELECT coalesce(sum(pg_relation_size(c.oid)), 0)::bigint FROM pg_class c JOIN pg_index i ON i.indexrelid = c.oid
                          WHERE c.relnamespace = 'public'::regnamespace AND NOT i.indisprimary";
    const AWAY: &str = "DO $$ DECLARE one regclass; BEGIN
        FOR one IN SELECT i.indexrelid::regclass FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
                    WHERE c.relnamespace = 'public'::regnamespace AND NOT i.indisprimary
        LOOP EXECUTE format('DROP INDEX %s', one); END LOOP; END $$";
    // What a bench that was broken off left behind.
    client.batch_execute(AWAY).await.expect("dropped");
    client.batch_execute("SET maintenance_work_mem = '1GB'").await.expect("memory");
    for index in indexes {
        client.batch_execute(index).await.unwrap_or_else(|error| panic!("{index}: {error}"));
    }
    let bytes: i64 = client.query_one(SIZES, &[]).await.expect("sizes").get(0);
    let cost = cost(client, texts).await;
    client.batch_execute(AWAY).await.expect("dropped");
    Scored { cost, megabytes: megabytes(bytes) }
}

async fn cost(client: &Client, texts: &[String]) -> f64 {
    let mut cost = 0.0;
    for text in texts {
        let answer = client.simple_query(&format!("EXPLAIN (FORMAT JSON) {text}")).await.expect("a plan");
        let plan = answer.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        });
        let plan: Value = serde_json::from_str(&plan.expect("a plan")).expect("JSON");
        cost += plan[0]["Plan"]["Total Cost"].as_f64().expect("a cost");
    }
    cost
}

fn told_megabytes(advice: &Value) -> f64 {
    let create = advice["create"].as_array().expect("suggestions").iter();
    let selected = create.filter(|one| one["selected"] == true);
    megabytes(selected.map(|one| one["size_bytes"].as_i64().expect("a size")).sum())
}

fn megabytes(bytes: i64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}
