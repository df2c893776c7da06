//! Advice for the shop, as if it had been found.

use domain::*;

pub(crate) const ODD: &str = "Odd \"Schema\" $check$";
/// Whatever ends a comment, a string or a name somewhere.
pub(crate) const HOSTILE: &str = "idx */ -- $check$ \\? ${x} #{y} 'z' \"q\" `b` \u{202e}\n\\gexec";
pub(crate) const LONG: &str = "idx_of_63_bytes_which_is_all_that_a_name_may_have_in_postgres_1";

pub(crate) fn column(name: &str) -> IndexKey {
    IndexKey {
        column: Some(name.to_owned()),
        expression: None,
        operator_class: None,
        descending: false,
        nulls_first: false,
    }
}

pub(crate) fn expression(sql: &str) -> IndexKey {
    IndexKey { column: None, expression: Some(sql.to_owned()), ..column("") }
}

pub(crate) fn index(schema: &str, table: &str, name: &str, keys: Vec<IndexKey>) -> IndexSuggestion {
    IndexSuggestion {
        id: format!("{schema}.{name}"),
        name: name.to_owned(),
        title: format!("{table} ({name})"),
        definition: IndexDefinition {
            schema: Some(schema.to_owned()),
            table: table.to_owned(),
            method: IndexMethod::Btree,
            keys,
            include: Vec::new(),
            predicate: None,
        },
        partitions: Vec::new(),
        priority: AdvicePriority::High,
        selected: true,
        reason: format!("Statements look for `{name}`."),
        evidence: AdviceEvidence::Verified,
        serves: Vec::new(),
        worsens: Vec::new(),
        calls: 23,
        mean_ms_before: Some(157.5),
        mean_ms_after: Some(9.1),
        saved_ratio: 0.2,
        size_bytes: Some(8_192),
        write_cost: WriteCost {
            ratio: None,
            writes_per_second: None,
            hot_updates_lost_per_second: None,
            summary: "Writes are not known.".to_owned(),
        },
        replaces: Vec::new(),
        notes: vec![HOSTILE.to_owned()],
    }
}

fn partition(table: &str, partitioned: bool, parent: Option<usize>) -> AdvisedPartition {
    AdvisedPartition {
        schema: "parts".to_owned(),
        table: table.to_owned(),
        index_name: format!("idx_at_{table}"),
        partitioned,
        parent,
    }
}

/// Of every kind.
pub(crate) fn creates() -> Vec<IndexSuggestion> {
    let descending = IndexKey { descending: true, ..column("User") };
    let hostile =
        vec![descending, column("new\nline"), column("it's \\? ${x} #{y} */ --"), column("größe 表")];
    let mut odd = index(ODD, "order", HOSTILE, hostile);
    odd.definition.include = vec!["select".to_owned()];
    let long = "a_name_of_63_bytes_which_is_all_that_a_name_may_have_in_postgres";
    let long = long.get(..63).unwrap();
    let pattern =
        IndexKey { operator_class: Some("text_pattern_ops".to_owned()), ..expression("lower(email)") };
    let mut expressions =
        index("public", "customers", "idx_customers_email", vec![pattern, column("tenant_id")]);
    expressions.definition.predicate = Some("status = 'it''s unpaid' OR data ? 'x'".to_owned());
    expressions.definition.include = vec!["id".to_owned()];
    let operator = index("public", "customers", "Idx customers kind", vec![expression("data ->> 'kind'")]);
    let class = IndexKey { operator_class: Some("jsonb_path_ops".to_owned()), ..column("data") };
    let mut gin = index("public", "customers", "idx_customers_data", vec![class]);
    gin.definition.method = IndexMethod::Gin;
    let mut brin = index("public", "customers", "idx_customers_created_at", vec![column("created_at")]);
    brin.definition.method = IndexMethod::Brin;
    let newest = IndexKey { descending: true, nulls_first: true, ..column("created_at") };
    let plain =
        index("public", "customers", "idx_customers_tenant_id_created_at", vec![column("tenant_id"), newest]);
    let mut parts = index("parts", "events", "idx_events_at_id", vec![column("at"), column("id")]);
    parts.partitions = vec![
        partition("events_2025", false, None),
        partition("events_2026", true, None),
        partition("events_2026 A", false, Some(1)),
        partition("events_2026_b", false, Some(1)),
    ];
    vec![odd, index("public", long, LONG, vec![column("id")]), expressions, operator, gin, brin, plain, parts]
}

pub(crate) fn dropped(schema: &str, table: &str, index: &str, definition: &str) -> DropSuggestion {
    DropSuggestion {
        id: format!("{schema}.{index}"),
        schema: schema.to_owned(),
        table: table.to_owned(),
        index: index.to_owned(),
        title: format!("{table} (…)"),
        kind: DropKind::Redundant,
        reason: HOSTILE.to_owned(),
        evidence: AdviceEvidence::Verified,
        size_bytes: 16_384,
        definition: definition.to_owned(),
        selected: true,
        notes: Vec::new(),
    }
}

pub(crate) fn advice(create: Vec<IndexSuggestion>, drop: Vec<DropSuggestion>) -> IndexAdvice {
    let workload = WorkloadChoice::Text { sql: String::new() };
    IndexAdvice {
        id: AdviceId("1".to_owned()),
        request: IndexAdviceRequest {
            source: None,
            workload: workload.clone(),
            limits: AdviceLimits::default(),
        },
        made_at: Timestamp(1_795_338_000_000),
        took_ms: 1_234.0,
        database: Some(AdvisedDatabase {
            source: None,
            database: HOSTILE.to_owned(),
            version: "PostgreSQL 15.18".to_owned(),
            read_at: Timestamp(1_795_338_000_000),
            counted_days: None,
            tables: 7,
            indexes: 5,
        }),
        workload: AdvisedWorkload {
            choice: workload,
            origin: "postgresql.log".to_owned(),
            statements_seen: 2,
            statements_used: 1,
            calls: 23,
            total_ms: None,
            left_out: Vec::new(),
        },
        evidence: AdviceEvidence::Verified,
        what_if_calls: 3,
        statements: Vec::new(),
        create,
        drop,
        considered: Vec::new(),
        cost_before: 1_000.0,
        cost_after: 100.0,
        lacks: Vec::new(),
        partial: false,
    }
}

/// All of it.
pub(crate) fn choice(advice: &IndexAdvice) -> ScriptChoice {
    ScriptChoice {
        create: advice.create.iter().map(|one| one.id.clone()).collect(),
        drop: advice.drop.iter().map(|one| one.id.clone()).collect(),
    }
}
