//! Whether columns follow from each other, by samples of real tables.

use std::time::Instant;

use sources::postgres::ColumnPair;

use super::{source, source_as, start};

const TABLES: &str = r#"
CREATE SCHEMA "Far Away";
-- A city lies in one country; the day has nothing to do with it, though rows of a day lie together; the plan follows in nine of ten rows.
CREATE TABLE "Far Away"."Places" AS
    SELECT n AS id, hashint4(n) % 2000 AS "City", (hashint4(n) % 2000) / 20 AS country, n / 4000 AS day,
           CASE WHEN n % 10 = 0 THEN n % 7 ELSE hashint4(n) % 2000 % 5 END AS plan,
           nullif((hashint4(n) % 2000) % 3, 0) AS region, 'key' || n AS own
      FROM generate_series(1, 400000) AS n;
CREATE TABLE parted (city int, country int) PARTITION BY LIST (country);
CREATE TABLE parted_rest PARTITION OF parted DEFAULT;
INSERT INTO parted SELECT hashint4(n) % 500, (hashint4(n) % 500) / 10 FROM generate_series(1, 50000) AS n;
CREATE TABLE secret AS SELECT 1 AS a, 1 AS b FROM generate_series(1, 20000);
CREATE ROLE eve LOGIN PASSWORD 'pw';
GRANT USAGE ON SCHEMA "Far Away" TO eve;
GRANT SELECT ON "Far Away"."Places" TO eve;
ANALYZE"#;

fn pair(schema: &str, table: &str, from: &str, to: &str, pages: u64, rows: u64) -> ColumnPair {
    let [schema, table, from, to] = [schema, table, from, to].map(str::to_owned);
    ColumnPair { schema, table, from, to, pages, rows }
}

#[tokio::test]
async fn a_sample_tells_what_follows_from_what() {
    let (server, admin) = start().await;
    admin.batch_execute(TABLES).await.unwrap();
    let pages: i32 =
        admin.query_one("SELECT relpages FROM pg_class WHERE relname = 'Places'", &[]).await.unwrap().get(0);
    let places = |from, to| pair("Far Away", "Places", from, to, pages.unsigned_abs().into(), 400_000);
    let pairs = [
        places("City", "country"),
        places("City", "region"),
        places("City", "day"),
        places("City", "plan"),
        // No value comes twice.
        places("own", "City"),
        pair("public", "parted", "city", "country", 250, 50_000),
        pair("public", "secret", "a", "b", 100, 20_000),
        pair("public", "gone", "a", "b", 100, 20_000),
    ];
    let found = source(&server).dependencies(&pairs).await;
    let ratios: Vec<Option<f64>> = found.iter().map(|one| one.as_ref().map(|one| one.ratio)).collect();
    assert_eq!([ratios[0], ratios[1], ratios[5], ratios[6]], [Some(1.0); 4], "{found:?}");
    assert!(ratios[2].unwrap() < 0.1 && ratios[3].unwrap() < 0.9, "{found:?}");
    assert_eq!([ratios[4], ratios[7]], [None; 2], "{found:?}");
    assert!(found.iter().flatten().all(|one| (300..=30_000).contains(&one.rows)), "{found:?}");
    assert_eq!(
        (found[0].as_ref().unwrap().from.as_str(), found[0].as_ref().unwrap().to.as_str()),
        ("City", "country")
    );

    // What may not be read stays unknown, and keeps nobody from the rest.
    let found = source_as(&server, "eve", "pw").dependencies(&[pairs[6].clone(), pairs[0].clone()]).await;
    assert!(found[0].is_none() && found[1].is_some(), "{found:?}");
    server.stop().await;
}

#[tokio::test]
async fn a_table_that_is_locked_holds_nobody_up() {
    let (server, admin) = start().await;
    admin.batch_execute("CREATE TABLE held AS SELECT 1 AS a, 2 AS b; BEGIN; LOCK TABLE held").await.unwrap();
    let begun = Instant::now();
    let pairs = vec![pair("public", "held", "a", "b", 100, 20_000); 16];
    let found = source(&server).dependencies(&pairs).await;
    assert!(
        found.iter().all(Option::is_none) && begun.elapsed().as_secs_f64() < 6.0,
        "{:?}",
        begun.elapsed()
    );
    admin.batch_execute("ROLLBACK").await.unwrap();
    server.stop().await;
}
