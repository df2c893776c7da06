//! The catalog.

use std::time::{Duration, Instant};

use domain::{
    Catalog, CatalogColumn, CatalogIndex, CatalogIndexKey, CatalogTable, TableKind, Timestamp, value_hash,
};
use tokio_postgres::Client;

use super::{source, source_as, source_in, start};

const NOW: Timestamp = Timestamp(1_800_000_000_000);

const TABLES: &str = r#"
    CREATE EXTENSION pg_trgm;
    CREATE SCHEMA "Shop";
    CREATE TYPE mood AS ENUM ('good', 'bad');
    CREATE DOMAIN code AS varchar(8);
    CREATE TABLE customers (
        id int PRIMARY KEY, email text NOT NULL, icu text COLLATE "en-x-icu", ucs text COLLATE ucs_basic,
        mood mood, moods mood[], code code, doc json, docs jsonb, area point, during int4range, codes json[],
        price numeric(10, 2), born date, seen timestamptz, ip inet);
    CREATE TABLE "Shop"."Order Items" (
        "Id" bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "Customer" int REFERENCES customers,
        status text, "select" text, created_at timestamptz NOT NULL DEFAULT now(), gone int, note text,
        period int4range, CONSTRAINT "no overlap" EXCLUDE USING gist (period WITH &&),
        CONSTRAINT pair UNIQUE ("Customer", created_at));
    ALTER TABLE "Shop"."Order Items" DROP COLUMN gone;
    CREATE INDEX "Mixed" ON "Shop"."Order Items" ("Customer", created_at DESC, status DESC NULLS LAST) INCLUDE (note, "select");
    CREATE INDEX expressions ON "Shop"."Order Items" (lower(status) text_pattern_ops, ("Customer" + 1), status COLLATE "C");
    CREATE INDEX partial ON "Shop"."Order Items" (created_at NULLS FIRST) WHERE status = 'unpaid' AND ("Customer" > 3 OR note IS NULL);
    CREATE INDEX trigrams ON "Shop"."Order Items" USING gin (note gin_trgm_ops);
    CREATE INDEX icu_as_c ON customers (icu COLLATE "C", icu);
    CREATE UNIQUE INDEX emails ON customers (email);
    ALTER TABLE customers REPLICA IDENTITY USING INDEX emails;
    CREATE STATISTICS both_columns ON "Customer", status FROM "Shop"."Order Items";
    CREATE TABLE events (id int, tenant int, day date) PARTITION BY RANGE (day, tenant);
    CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2020-01-01', 0) TO ('2021-01-01', 0);
    CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2021-01-01', 0) TO ('2030-01-01', 0) PARTITION BY LIST (tenant);
    CREATE TABLE events_2a PARTITION OF events_2 FOR VALUES IN (1);
    CREATE TABLE events_2b PARTITION OF events_2 DEFAULT;
    CREATE INDEX by_id ON events (id);
    ALTER TABLE events ADD FOREIGN KEY (tenant) REFERENCES customers;
    CREATE TABLE clicks (day date, tenant int, PRIMARY KEY (day, tenant)) PARTITION BY RANGE (day);
    CREATE TABLE clicks_1 PARTITION OF clicks DEFAULT;
    CREATE TABLE likes (d date, t int, FOREIGN KEY (d, t) REFERENCES clicks (day, tenant));
    CREATE MATERIALIZED VIEW mv AS SELECT status FROM "Shop"."Order Items";
    CREATE VIEW "Shop".unpaid AS SELECT "Id" FROM "Shop"."Order Items" WHERE status = 'unpaid';
    CREATE EXTENSION postgres_fdw; CREATE SERVER other FOREIGN DATA WRAPPER postgres_fdw;
    CREATE FOREIGN TABLE far (x int) SERVER other;
    CREATE TABLE broken (x int); INSERT INTO broken VALUES (1), (1);
    INSERT INTO customers (id, email, icu, mood, moods, price, born, seen)
        SELECT n, 'mail' || n, 'x', 'good', '{good,bad}', n / 100.0, date '2000-01-01' + n, timestamptz '2024-01-01 00:00Z' + n * interval '1 h'
          FROM generate_series(1, 2000) AS n;
    INSERT INTO "Shop"."Order Items" ("Customer", status, created_at, period)
        SELECT n, CASE WHEN n % 10 = 0 THEN 'it''s, "odd"' ELSE 'paid' END, timestamptz '2024-01-01' + n * interval '1 min', int4range(n, n + 1)
          FROM generate_series(1, 1000) AS n;
    INSERT INTO events SELECT n, n % 2 + 1, date '2020-06-01' + n FROM generate_series(1, 1000) AS n;
    REFRESH MATERIALIZED VIEW mv;
    CREATE TEMPORARY TABLE passing (x int)"#;

async fn laid_out(admin: &Client) {
    admin.batch_execute(TABLES).await.unwrap();
    admin.batch_execute("VACUUM ANALYZE").await.unwrap();
    // Before version 15 counters arrive by themselves within half a second.
    let flush = "DO $$ BEGIN IF current_setting('server_version_num')::int >= 150000 THEN
        PERFORM pg_stat_force_next_flush(); ELSE PERFORM pg_sleep(1); END IF; END $$";
    admin.batch_execute(flush).await.unwrap();
    admin.batch_execute("CREATE UNIQUE INDEX CONCURRENTLY invalid ON broken (x)").await.unwrap_err();
    admin.batch_execute("CREATE TABLE fresh (x int); CREATE INDEX ON fresh (x); INSERT INTO fresh SELECT generate_series(1, 10000)").await.unwrap();
}

fn table<'a>(catalog: &'a Catalog, name: &str) -> &'a CatalogTable {
    catalog.tables.iter().find(|table| table.name == name).unwrap_or_else(|| panic!("{name}"))
}

fn column<'a>(table: &'a CatalogTable, name: &str) -> &'a CatalogColumn {
    table.column(name).unwrap_or_else(|| panic!("{name}"))
}

fn index<'a>(table: &'a CatalogTable, name: &str) -> &'a CatalogIndex {
    table
        .indexes
        .iter()
        .find(|index| index.name == name)
        .unwrap_or_else(|| panic!("{name}: {:?}", table.indexes))
}

fn on(column: &str) -> CatalogIndexKey {
    CatalogIndexKey { column: Some(column.to_owned()), ..CatalogIndexKey::default() }
}

fn of(expression: &str) -> CatalogIndexKey {
    CatalogIndexKey { expression: Some(expression.to_owned()), ..CatalogIndexKey::default() }
}

/// The server tells of an index that it built whether equal values share an entry.
#[tokio::test]
async fn rows_share_an_entry_where_the_server_lets_them() {
    let (server, admin) = start().await;
    admin.batch_execute("CREATE EXTENSION pageinspect").await.unwrap();
    admin
        .batch_execute(
            r#"CREATE COLLATION alike (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
             CREATE TYPE mood AS ENUM ('good', 'bad');
             CREATE DOMAIN code AS varchar(8);
             CREATE TABLE kinds (a int2, b bigint, c text, d varchar(9), e char(9), f numeric, g float8, h date, i timestamptz,
                 j interval, k uuid, l boolean, m mood, n code, o int[], p jsonb, q inet, r bytea, s int4range, t oid,
                 u text COLLATE alike, v time, w name, x "char", y text COLLATE "C", z point)"#,
        )
        .await
        .unwrap();
    let catalog = source(&server).catalog(NOW).await.unwrap();
    let (mut told, mut built) = (Vec::new(), Vec::new());
    for column in table(&catalog, "kinds").columns.iter().filter(|column| column.orderable) {
        let name = &column.name;
        admin.batch_execute(&format!("CREATE INDEX one ON kinds ({name})")).await.unwrap();
        let row = admin.query_one("SELECT allequalimage FROM bt_metap('one')", &[]).await.unwrap();
        admin.batch_execute("DROP INDEX one").await.unwrap();
        told.push((name.clone(), column.storage.unwrap().deduplicated));
        built.push((name.clone(), row.get::<_, bool>(0)));
    }
    assert_eq!(told, built);
    assert!(told.len() > 20 && told.iter().any(|(_, shared)| !shared), "{told:?}");
    let storage = |name: &str| column(table(&catalog, "kinds"), name).storage.unwrap();
    assert_eq!([storage("a"), storage("i")].map(|one| (one.length, one.alignment)), [(2, 2), (8, 8)]);
    assert_eq!((storage("c").length, storage("l").alignment), (-1, 1));
}

#[tokio::test]
async fn tables_columns_and_statistics_are_as_they_are() {
    let (server, admin) = start().await;
    laid_out(&admin).await;
    let catalog = source(&server).catalog(NOW).await.unwrap();
    assert_eq!(
        (catalog.format, catalog.taken_at, catalog.database.as_str()),
        (Catalog::FORMAT, NOW, "postgres")
    );
    assert!(catalog.version_number >= 130_000 && catalog.version.contains('.'));
    assert_eq!(catalog.search_path, ["public"]);
    assert_eq!((catalog.costs.block_size, catalog.costs.work_mem), (8192, 4 << 20));
    assert!(catalog.extensions.contains(&"pg_trgm".to_owned()));
    assert!(catalog.available_extensions.contains(&"citext".to_owned()));
    assert!(catalog.counted_since.is_some() && !catalog.in_recovery);
    assert_eq!(catalog.replicas, Some(0));
    assert_eq!(catalog.lacks, []);

    let names: Vec<_> = catalog.tables.iter().map(|table| table.name.as_str()).collect();
    let wanted = [
        "Order Items",
        "broken",
        "clicks",
        "clicks_1",
        "customers",
        "events",
        "events_1",
        "events_2",
        "events_2a",
        "events_2b",
        "far",
        "fresh",
        "likes",
        "mv",
    ];
    assert_eq!(names, wanted);
    let kinds = ["events", "far", "mv", "likes"].map(|name| table(&catalog, name).kind);
    assert_eq!(
        kinds,
        [TableKind::Partitioned, TableKind::Foreign, TableKind::MaterializedView, TableKind::Table]
    );

    let customers = table(&catalog, "customers");
    assert_eq!((customers.rows, customers.activity.inserted), (Some(2000.0), 2000));
    assert!(customers.pages > 0 && customers.visible_pages > 0 && customers.bytes >= customers.pages * 8192);
    assert!(customers.activity.last_vacuum.is_some() && customers.activity.last_analyze.is_some());
    let unordered = ["doc", "area", "codes"];
    for found in &customers.columns {
        assert_eq!(found.orderable, !unordered.contains(&found.name.as_str()), "{}", found.name);
        assert_eq!(found.byte_order, found.name != "icu", "{}", found.name);
    }
    let price = column(customers, "price");
    assert_eq!((price.type_name.as_str(), price.category, price.nullable), ("numeric(10,2)", 'N', true));
    let statistics = price.statistics.as_ref().unwrap();
    assert_eq!((statistics.distinct, statistics.null_ratio), (-1.0, 0.0));
    assert!(
        statistics.bounds.len() > 50
            && statistics.bounds[0] >= 0.01
            && statistics.correlation.unwrap() > 0.99
    );
    let born = column(customers, "born").statistics.as_ref().unwrap();
    assert_eq!(born.bounds.first(), Some(&(10_958.0 * 86_400.0)), "2000-01-02");
    let seen = column(customers, "seen").statistics.as_ref().unwrap();
    assert_eq!(seen.bounds.first(), Some(&1_704_070_800.0), "2024-01-01 01:00");
    let moods = column(customers, "moods").statistics.as_ref().unwrap();
    assert_eq!(moods.common[0].hash, value_hash("{good,bad}"));

    let items = table(&catalog, "Order Items");
    assert!(items.column("gone").is_none() && !column(items, "created_at").nullable);
    let status = column(items, "status").statistics.as_ref().unwrap();
    assert_eq!(
        status.common.iter().map(|value| value.hash).collect::<Vec<_>>(),
        [value_hash("paid"), value_hash("it's, \"odd\"")]
    );
    assert!((status.common[0].ratio - 0.9).abs() < 0.01 && status.bounds.is_empty());
    assert_eq!(items.extended_statistics, [["Customer", "status"]]);
    let fresh = table(&catalog, "fresh");
    assert_eq!((fresh.rows, column(fresh, "x").statistics.is_none()), (None, true));
    assert!(fresh.bytes > 300_000 && fresh.indexes[0].bytes > 100_000, "{fresh:?}");
    assert_eq!(catalog.views.len(), 1);
    assert!(catalog.views[0].definition.contains("\"Order Items\""));
}

#[tokio::test]
async fn indexes_partitions_and_keys_are_as_they_are() {
    let (server, admin) = start().await;
    laid_out(&admin).await;
    let catalog = source(&server).catalog(NOW).await.unwrap();
    let items = table(&catalog, "Order Items");
    let mixed = index(items, "Mixed");
    let status = CatalogIndexKey { descending: true, ..on("status") };
    let created = CatalogIndexKey { descending: true, nulls_first: true, ..on("created_at") };
    assert_eq!(mixed.keys, [on("Customer"), created, status]);
    assert_eq!(mixed.include, ["note", "select"]);
    assert!(
        mixed.valid
            && !mixed.unique
            && mixed.bytes > 0
            && mixed.definition.contains("INCLUDE (note, \"select\")")
    );
    let expressions = index(items, "expressions");
    let lower = CatalogIndexKey { operator_class: Some("text_pattern_ops".into()), ..of("lower(status)") };
    let collated = CatalogIndexKey { collation: Some("C".into()), ..on("status") };
    assert_eq!(expressions.keys, [lower, of("((\"Customer\" + 1))"), collated]);
    let partial = index(items, "partial");
    assert_eq!(
        partial.predicate.as_deref(),
        Some("(status = 'unpaid'::text) AND ((\"Customer\" > 3) OR (note IS NULL))")
    );
    assert_eq!(partial.keys, [CatalogIndexKey { nulls_first: true, ..on("created_at") }]);
    let trigrams = index(items, "trigrams");
    assert_eq!(
        (trigrams.method.as_str(), trigrams.keys[0].operator_class.as_deref()),
        ("gin", Some("gin_trgm_ops"))
    );
    let overlap = index(items, "no overlap");
    assert!(overlap.exclusion && overlap.constraint.as_deref() == Some("no overlap"));
    let pair = index(items, "pair");
    assert!(pair.unique && !pair.primary && pair.constraint.as_deref() == Some("pair"));
    let customers = table(&catalog, "customers");
    let primary = index(customers, "customers_pkey");
    assert!(primary.primary && primary.unique && primary.constraint.is_some() && !primary.replica_identity);
    assert!(index(customers, "emails").replica_identity && index(customers, "emails").constraint.is_none());
    let icu = index(customers, "icu_as_c");
    assert_eq!(icu.keys, [CatalogIndexKey { collation: Some("C".into()), ..on("icu") }, on("icu")]);
    let foreign = &items.foreign_keys[0];
    assert_eq!(
        (&*foreign.columns, foreign.referenced, &*foreign.referenced_columns),
        (&["Customer".to_owned()][..], customers.oid, &["id".to_owned()][..])
    );
    assert_eq!(table(&catalog, "likes").foreign_keys.len(), 1);
    assert_eq!(table(&catalog, "likes").foreign_keys[0].columns, ["d", "t"]);

    let events = table(&catalog, "events");
    assert_eq!(events.partition_key, ["day", "tenant"]);
    assert_eq!((events.rows, events.parent, events.activity.inserted), (Some(1000.0), None, 1000));
    let leaves = ["events_1", "events_2a", "events_2b"].map(|name| table(&catalog, name));
    assert_eq!(events.pages, leaves.iter().map(|leaf| leaf.pages).sum::<u64>());
    let second = table(&catalog, "events_2");
    assert_eq!(
        (second.parent, leaves[1].parent, leaves[0].parent),
        (Some(events.oid), Some(second.oid), Some(events.oid))
    );
    assert_eq!(second.rows.unwrap() + leaves[0].rows.unwrap(), 1000.0);
    let whole = index(events, "by_id");
    let middle = second.indexes.iter().find(|index| index.parent == Some(whole.oid)).unwrap();
    assert!(leaves[1].indexes.iter().any(|index| index.parent == Some(middle.oid)));
    assert_eq!(leaves[1].foreign_keys.len(), 1);
    assert!(column(events, "id").statistics.is_some(), "ANALYZE of the whole");

    let invalid = index(table(&catalog, "broken"), "invalid");
    assert!(!invalid.valid && !invalid.being_built);
}

#[tokio::test]
async fn an_index_that_is_being_built_is_not_merely_invalid() {
    let (server, admin) = start().await;
    admin.batch_execute("CREATE TABLE t (x int)").await.unwrap();
    let (holder, builder) = (server.connect().await.unwrap(), server.connect().await.unwrap());
    holder.batch_execute("BEGIN; INSERT INTO t VALUES (1)").await.unwrap();
    let building =
        tokio::spawn(async move { builder.batch_execute("CREATE INDEX CONCURRENTLY slow ON t (x)").await });
    let source = source(&server);
    let deadline = Instant::now() + Duration::from_secs(10);
    let found = loop {
        let catalog = source.catalog(NOW).await.unwrap();
        if let Some(found) = catalog.tables[0].indexes.first().cloned() {
            break found;
        }
        assert!(Instant::now() < deadline, "never seen");
    };
    assert!(!found.valid && found.being_built, "{found:?}");
    holder.batch_execute("COMMIT").await.unwrap();
    building.await.unwrap().unwrap();
    let catalog = source.catalog(NOW).await.unwrap();
    assert!(catalog.tables[0].indexes[0].valid && !catalog.tables[0].indexes[0].being_built);
}

#[tokio::test]
async fn a_plain_role_is_told_what_it_lacks() {
    let (server, admin) = start().await;
    laid_out(&admin).await;
    admin
        .batch_execute(
            "CREATE ROLE \"Eve\" LOGIN PASSWORD 'pw'; GRANT SELECT ON customers, events, mv, likes TO \"Eve\";
             ALTER TABLE customers ENABLE ROW LEVEL SECURITY",
        )
        .await
        .unwrap();
    let eve = source_as(&server, "Eve", "pw");
    let catalog = eve.catalog(NOW).await.unwrap();
    assert_eq!(catalog.tables.len(), 14);
    assert!(
        table(&catalog, "Order Items").rows.is_some() && table(&catalog, "Order Items").indexes.len() == 7
    );
    assert!(column(table(&catalog, "Order Items"), "status").statistics.is_none());
    assert!(column(table(&catalog, "mv"), "status").statistics.is_some());
    assert!(column(table(&catalog, "customers"), "email").statistics.is_none());
    let codes: Vec<_> = catalog.lacks.iter().map(|lack| lack.code.as_str()).collect();
    assert_eq!(codes, ["statistics_hidden", "statistics_filtered", "standbys_hidden"]);
    for lack in &catalog.lacks {
        admin
            .batch_execute(lack.remedy.as_deref().unwrap())
            .await
            .unwrap_or_else(|error| panic!("{error:?}: {lack:?}"));
    }
    let catalog = eve.catalog(NOW).await.unwrap();
    assert_eq!(catalog.lacks, []);
    assert!(column(table(&catalog, "Order Items"), "status").statistics.is_some());
    assert!(column(table(&catalog, "customers"), "email").statistics.is_some());
}

#[tokio::test]
async fn locked_tables_and_their_views_are_left_out_and_named() {
    let (server, admin) = start().await;
    laid_out(&admin).await;
    admin.batch_execute("BEGIN; LOCK TABLE \"Shop\".\"Order Items\", fresh").await.unwrap();
    let catalog = source(&server).catalog(NOW).await.unwrap();
    let codes: Vec<_> = catalog.lacks.iter().map(|lack| lack.code.as_str()).collect();
    assert_eq!(codes, ["tables_locked", "views_unread"]);
    assert!(catalog.lacks[0].message.contains("Shop.Order Items"), "{:?}", catalog.lacks);
    assert!(catalog.views.is_empty() && catalog.tables.len() == 12);
    admin.batch_execute("ROLLBACK").await.unwrap();
    assert_eq!(source(&server).catalog(NOW).await.unwrap().views.len(), 1);
}

#[tokio::test]
async fn other_collations_are_not_taken_for_bytes() {
    let (server, admin) = start().await;
    admin.batch_execute("CREATE DATABASE elsewhere TEMPLATE template0 LOCALE 'C.UTF-8'").await.unwrap();
    let client = server.connect_as("postgres", server.password(), "elsewhere").await.unwrap();
    client.batch_execute("CREATE TABLE t (a text, b text COLLATE \"C\", c int)").await.unwrap();
    let catalog = source_in(&server, "postgres", server.password(), "elsewhere").catalog(NOW).await.unwrap();
    let order: Vec<_> = catalog.tables[0].columns.iter().map(|column| column.byte_order).collect();
    assert_eq!(order, [false, true, true]);
}

const THOUSAND: &str = "DO $$
    DECLARE columns text := ''; filled text := ''; keys text;
    BEGIN
        FOR k IN 1..12 LOOP
            columns := columns || format(', c%s %s', k, (ARRAY['int', 'text', 'timestamptz', 'numeric'])[k % 4 + 1]);
            filled := filled || (ARRAY[', n % 7', ', ''v'' || n % 11', ', now() - n * interval ''1 min''', ', n * 1.5'])[k % 4 + 1];
        END LOOP;
        FOR t IN 1..1000 LOOP
            EXECUTE format('CREATE TABLE t%s (id int PRIMARY KEY%s)', t, columns);
            EXECUTE format('INSERT INTO t%s SELECT n%s FROM generate_series(1, 100) AS n', t, filled);
            FOR k IN 1..9 LOOP
                EXECUTE format('CREATE INDEX ON t%s (c%s, c%s DESC)%s', t, k, k + 1, CASE WHEN k = 3 THEN ' WHERE c4 > 3' END);
            END LOOP;
            IF t % 50 = 0 THEN COMMIT; END IF;
        END LOOP;
    END $$";

#[tokio::test]
async fn a_thousand_tables_with_ten_thousand_indexes_take_seconds() {
    let (server, admin) = start().await;
    admin.batch_execute(THOUSAND).await.unwrap();
    let source = source(&server);
    for state in ["never analysed", "analysed", "analysed, again"] {
        let begun = Instant::now();
        let catalog = source.catalog(NOW).await.unwrap();
        let took = begun.elapsed();
        println!("catalog of 1,000 tables and 10,000 indexes, {state}: {took:?}");
        // Without optimisation and beside other tests it takes several times as long.
        let limit = if cfg!(debug_assertions) { 20 } else { 5 };
        assert!(took < Duration::from_secs(limit), "{took:?}");
        assert_eq!(catalog.tables.len(), 1000);
        assert_eq!(catalog.tables.iter().map(|table| table.indexes.len()).sum::<usize>(), 10_000);
        let known =
            catalog.tables.iter().flat_map(|table| &table.columns).filter(|c| c.statistics.is_some()).count();
        assert_eq!(known, if state == "never analysed" { 0 } else { 13_000 });
        admin.batch_execute("ANALYZE").await.unwrap();
    }
    let asked = "SELECT count(*), max(calls) FROM pg_stat_statements WHERE query LIKE '%pg_index AS i%'";
    let row = admin.query_one(asked, &[]).await.unwrap();
    assert!(row.get::<_, i64>(0) < 5 && row.get::<_, i64>(1) == 3, "no query for each table: {row:?}");
}
