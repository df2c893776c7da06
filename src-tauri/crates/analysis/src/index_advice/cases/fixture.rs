//! A small hosting company as its catalog shows it, and advice for statements on it.

use std::ops::ControlFlow;

use domain::*;

use crate::index_advice::candidates::ascending;
use crate::index_advice::needs::Key;
use crate::index_advice::tell::Around;
use crate::index_advice::{Prepared, Workload, WorkloadStatement};
use crate::sql::{fingerprint, mask};

pub(super) const NOW: Timestamp = Timestamp(1_764_000_000_000);
const DAY_MS: i64 = 86_400_000;

pub(super) fn column(name: &str, type_name: &str, category: char, distinct: f64) -> CatalogColumn {
    CatalogColumn {
        name: name.to_owned(),
        type_name: type_name.to_owned(),
        category,
        nullable: false,
        byte_order: category != 'S',
        orderable: type_name != "jsonb",
        storage: Some(ColumnStorage {
            length: match type_name {
                "boolean" => 1,
                "bigint" | "timestamp with time zone" => 8,
                _ => -1,
            },
            alignment: if matches!(category, 'N' | 'D') { 8 } else { 4 },
            deduplicated: type_name != "jsonb",
        }),
        statistics: Some(ColumnStatistics {
            distinct,
            width: match category {
                'S' => 20.0,
                'U' => 200.0,
                _ => 8.0,
            },
            ..ColumnStatistics::default()
        }),
    }
}

pub(super) fn number(name: &str, distinct: f64) -> CatalogColumn {
    column(name, "bigint", 'N', distinct)
}

pub(super) fn text(name: &str, distinct: f64) -> CatalogColumn {
    column(name, "text", 'S', distinct)
}

pub(super) fn time(name: &str) -> CatalogColumn {
    column(name, "timestamp with time zone", 'D', -0.9)
}

/// With its frequent values.
pub(super) fn states(name: &str, values: &[(&str, f64)]) -> CatalogColumn {
    let mut column = text(name, values.len() as f64);
    if let Some(statistics) = &mut column.statistics {
        statistics.common = values
            .iter()
            .map(|(value, ratio)| CommonValue { hash: value_hash(value), ratio: *ratio })
            .collect();
    }
    column
}

pub(super) fn index(oid: u32, name: &str, columns: &[&str]) -> CatalogIndex {
    let key =
        |column: &&str| CatalogIndexKey { column: Some((*column).to_owned()), ..CatalogIndexKey::default() };
    CatalogIndex {
        oid,
        name: name.to_owned(),
        method: "btree".to_owned(),
        keys: columns.iter().map(key).collect(),
        include: Vec::new(),
        predicate: None,
        unique: false,
        primary: false,
        exclusion: false,
        constraint: None,
        valid: true,
        being_built: false,
        replica_identity: false,
        parent: None,
        bytes: 4 << 20,
        scans: 1_000,
        last_scan: None,
        definition: format!("CREATE INDEX {name} ON public.t USING btree ({})", columns.join(", ")),
    }
}

/// A plain index, as it is suggested.
pub(in crate::index_advice) fn btree(table: &str, columns: &[&str]) -> IndexDefinition {
    let key = |name: &&str| ascending(&Key::Column((*name).to_owned()));
    IndexDefinition {
        schema: None,
        table: table.to_owned(),
        method: IndexMethod::Btree,
        keys: columns.iter().map(key).collect(),
        include: Vec::new(),
        predicate: None,
    }
}

pub(super) fn primary(oid: u32, name: &str, columns: &[&str]) -> CatalogIndex {
    CatalogIndex {
        unique: true,
        primary: true,
        constraint: Some(name.to_owned()),
        ..index(oid, name, columns)
    }
}

pub(super) fn table(oid: u32, name: &str, rows: f64, columns: Vec<CatalogColumn>) -> CatalogTable {
    let pages = (rows / 60.0).ceil().max(1.0) as u64;
    let key = primary(oid + 1, &format!("{name}_pkey"), &["id"]);
    CatalogTable {
        oid,
        schema: "public".to_owned(),
        name: name.to_owned(),
        kind: TableKind::Table,
        temporary: false,
        parent: None,
        partition_key: Vec::new(),
        rows: Some(rows),
        pages,
        visible_pages: pages,
        bytes: pages * 8_192,
        columns: [vec![number("id", -1.0)], columns].concat(),
        indexes: vec![key],
        foreign_keys: Vec::new(),
        extended_statistics: Vec::new(),
        dependencies: Vec::new(),
        activity: TableActivity::default(),
    }
}

pub(super) fn catalog() -> Catalog {
    let mut customers = table(
        100,
        "customers",
        300_000.0,
        vec![
            number("tenant_id", 80.0),
            text("email", -1.0),
            text("name", -0.8),
            states("status", &[("active", 0.9), ("closed", 0.07), ("new", 0.03)]),
            text("country", 40.0),
            time("created_at"),
            CatalogColumn { nullable: true, ..time("deleted_at") },
            column("active", "boolean", 'B', 2.0),
            column("payload", "jsonb", 'U', -0.9),
            column("tags", "text[]", 'A', 500.0),
        ],
    );
    for column in &mut customers.columns {
        let statistics = column.statistics.get_or_insert_default();
        match column.name.as_str() {
            "deleted_at" => statistics.null_ratio = 0.985,
            "active" => {
                statistics.common = vec![
                    CommonValue { hash: value_hash("t"), ratio: 0.96 },
                    CommonValue { hash: value_hash("f"), ratio: 0.04 },
                ];
            }
            _ => {}
        }
    }
    let mut orders = table(
        200,
        "orders",
        1_000_000.0,
        vec![
            number("customer_id", 250_000.0),
            number("tenant_id", 80.0),
            states("status", &[("paid", 0.95), ("unpaid", 0.04), ("open", 0.01)]),
            number("total", 50_000.0),
            time("placed_at"),
            text("note", -0.5),
        ],
    );
    orders.indexes.push(index(210, "orders_tenant_id_placed_at_idx", &["tenant_id", "placed_at"]));
    orders.foreign_keys = vec![CatalogForeignKey {
        name: "orders_customer_id_fkey".to_owned(),
        columns: vec!["customer_id".to_owned()],
        referenced: 100,
        referenced_columns: vec!["id".to_owned()],
    }];
    let mut events =
        table(300, "events", 20_000_000.0, vec![time("at"), number("tenant_id", 80.0), text("body", -1.0)]);
    events.activity.inserted = 20_000_000;
    if let Some(statistics) = events.columns.get_mut(1).and_then(|column| column.statistics.as_mut()) {
        statistics.correlation = Some(0.999);
    }
    let settings = table(400, "settings", 500.0, vec![text("name", -1.0)]);
    let remote = CatalogTable {
        kind: TableKind::Foreign,
        indexes: Vec::new(),
        ..table(500, "remote", 5_000_000.0, vec![number("customer_id", 1_000.0)])
    };
    let scratch = CatalogTable {
        temporary: true,
        ..table(600, "scratch", 500_000.0, vec![number("customer_id", 1_000.0)])
    };
    let mut hot = table(700, "hits", 2_000_000.0, vec![number("page_id", 20_000.0), number("seen", -0.9)]);
    hot.activity.updated = 4_000 * 30 * 86_400;
    hot.activity.hot_updated = hot.activity.updated;
    let odd = CatalogTable {
        schema: "Odd Schema".to_owned(),
        ..table(800, "Order", 400_000.0, vec![number("user", 5_000.0), text("Mixed Case", -1.0)])
    };
    let mut tables = vec![customers, orders, events, settings, remote, scratch, hot, odd];
    let mut parent = CatalogTable {
        kind: TableKind::Partitioned,
        partition_key: vec!["day".to_owned()],
        ..table(900, "metrics", 4_000_000.0, vec![time("day"), number("host_id", 10_000.0)])
    };
    parent.indexes.clear();
    tables.push(parent);
    for (oid, name) in [(910, "metrics_1"), (920, "metrics_2")] {
        let columns = vec![time("day"), number("host_id", 10_000.0)];
        let mut part = CatalogTable { parent: Some(900), ..table(oid, name, 2_000_000.0, columns) };
        part.indexes.clear();
        tables.push(part);
    }
    Catalog {
        format: Catalog::FORMAT,
        taken_at: NOW,
        database: "billing".to_owned(),
        version_number: 150_018,
        version: "15.18".to_owned(),
        search_path: vec!["public".to_owned()],
        counted_since: Some(NOW.plus_millis(-30 * DAY_MS)),
        replicas: Some(0),
        tables,
        views: vec![CatalogView {
            schema: "public".to_owned(),
            name: "live_customers".to_owned(),
            definition: "SELECT id, tenant_id, email AS address FROM customers WHERE deleted_at IS NULL;"
                .to_owned(),
        }],
        ..Catalog::default()
    }
}

pub(super) fn statement(sql: &str, calls: u64, mean_ms: f64) -> WorkloadStatement {
    WorkloadStatement {
        fingerprint: fingerprint(sql.as_bytes()).to_string(),
        sql: sql.to_owned(),
        masked: mask(sql.as_bytes()),
        calls,
        total_ms: Some(mean_ms * calls as f64),
        trend: None,
    }
}

pub(super) fn around() -> Around {
    Around {
        id: AdviceId("1".to_owned()),
        request: IndexAdviceRequest {
            source: None,
            workload: WorkloadChoice::Text { sql: String::new() },
            limits: AdviceLimits::default(),
        },
        made_at: NOW,
        took_ms: 1.0,
        source: None,
        has_catalog: true,
        origin: "a file".to_owned(),
        statements_seen: 1,
        left_out: Vec::new(),
        what_if_calls: 0,
        lacks: Vec::new(),
    }
}

pub(super) fn advise_on(
    catalog: Catalog,
    statements: Vec<WorkloadStatement>,
    limits: AdviceLimits,
) -> IndexAdvice {
    let workload = Workload { statements, seconds: Some(3_600.0) };
    let prepared = Prepared::new(catalog, workload);
    let decision = prepared.decide(&limits, None, &mut |_| ControlFlow::Continue(()));
    prepared.tell(&decision, around())
}

/// Each statement ran a thousand times, for 200 ms each.
pub(super) fn advise(statements: &[&str]) -> IndexAdvice {
    let statements = statements.iter().map(|sql| statement(sql, 1_000, 200.0)).collect();
    advise_on(catalog(), statements, AdviceLimits::default())
}

pub(super) fn titles(advice: &IndexAdvice) -> Vec<&str> {
    advice.create.iter().filter(|one| one.selected).map(|one| one.title.as_str()).collect()
}
