//! Advice for tests: what a hosting panel could get, the same with texts that try to break out, and none.

use domain::*;

use crate::fixture::{HOSTILE, START};

fn column(name: &str) -> IndexKey {
    IndexKey {
        column: Some(name.to_owned()),
        expression: None,
        operator_class: None,
        descending: false,
        nulls_first: false,
    }
}

fn served(statement: usize, cost_before: f64, cost_after: f64) -> ServedStatement {
    ServedStatement { statement, cost_before, cost_after, mean_ms_before: None, mean_ms_after: None }
}

fn statement(text: &str, calls: u64, mean_ms: f64, costs: Option<(f64, f64)>) -> AdvisedStatement {
    AdvisedStatement {
        fingerprint: "00c0ffee00c0ffee".to_owned(),
        statement: text.to_owned(),
        verb: "SELECT".to_owned(),
        calls,
        total_ms: Some(mean_ms * calls as f64),
        mean_ms: Some(mean_ms),
        trend: None,
        cost_before: costs.map(|(before, _)| before),
        cost_after: costs.map(|(_, after)| after),
        evidence: AdviceEvidence::Verified,
        problem: costs.is_none().then(|| "relation \"gone\" does not exist".to_owned()),
    }
}

fn index(id: &str, table: &str, name: &str, keys: &[&str], serves: Vec<ServedStatement>) -> IndexSuggestion {
    IndexSuggestion {
        id: id.to_owned(),
        name: name.to_owned(),
        title: format!("{table} ({})", keys.join(", ")),
        definition: IndexDefinition {
            schema: Some("public".to_owned()),
            table: table.to_owned(),
            method: IndexMethod::Btree,
            keys: keys.iter().map(|key| column(key)).collect(),
            include: Vec::new(),
            predicate: None,
        },
        partitions: Vec::new(),
        priority: AdvicePriority::High,
        selected: true,
        reason: format!("`{}` of `{table}` is looked for, and no index begins with it.", keys[0]),
        evidence: AdviceEvidence::Verified,
        serves,
        worsens: Vec::new(),
        calls: 23,
        mean_ms_before: Some(157.5),
        mean_ms_after: Some(9.1),
        saved_ratio: 0.32,
        size_bytes: Some(50_331_648),
        write_cost: WriteCost {
            ratio: Some(0.02),
            writes_per_second: Some(1.5),
            hot_updates_lost_per_second: None,
            summary: "Writes to customers cost 2% more.".to_owned(),
        },
        replaces: Vec::new(),
        notes: Vec::new(),
    }
}

pub(crate) fn rich() -> IndexAdvice {
    let mut email = index(
        "a1",
        "customers",
        "idx_customers_tenant_id_email",
        &["tenant_id", "email"],
        vec![served(0, 10_000.0, 500.0), served(1, 100.0, 40.0)],
    );
    email.replaces = vec!["customers_tenant_id".to_owned()];
    email.worsens = vec![served(2, 10.0, 11.0)];
    let mut join = index(
        "a2",
        "orders",
        "idx_orders_customer_id",
        &["customer_id"],
        vec![served(2, 1_000.0, 290.0), served(3, 1_000.0, 50.0)],
    );
    join.evidence = AdviceEvidence::Estimated;
    join.priority = AdvicePriority::Medium;
    join.size_bytes = None;
    let mut expression = index("a3", "events", "idx_events_kind", &["kind"], Vec::new());
    expression.selected = false;
    expression.priority = AdvicePriority::Low;
    expression.definition.keys =
        vec![IndexKey { column: None, expression: Some("data ->> 'kind'".to_owned()), ..column("") }];
    expression.definition.schema = Some("parts".to_owned());
    expression.partitions = vec![AdvisedPartition {
        schema: "parts".to_owned(),
        table: "events_2026".to_owned(),
        index_name: "idx_events_kind_2026".to_owned(),
        partitioned: false,
        parent: None,
    }];
    let drop = DropSuggestion {
        id: "public.customers_tenant_id".to_owned(),
        schema: "public".to_owned(),
        table: "customers".to_owned(),
        index: "customers_tenant_id".to_owned(),
        title: "customers (tenant_id)".to_owned(),
        kind: DropKind::Redundant,
        reason: "covered by customers (tenant_id, email)".to_owned(),
        evidence: AdviceEvidence::Verified,
        size_bytes: 92_274_688,
        definition: "CREATE INDEX customers_tenant_id ON public.customers USING btree (tenant_id)".to_owned(),
        selected: true,
        notes: vec!["Two replicas were not asked.".to_owned()],
    };
    let workload = WorkloadChoice::File { path: "/logs/postgresql.log".to_owned() };
    IndexAdvice {
        id: AdviceId("7".to_owned()),
        request: IndexAdviceRequest {
            source: Some(SourceId("billing".to_owned())),
            workload: workload.clone(),
            limits: AdviceLimits::default(),
        },
        made_at: Timestamp(START),
        took_ms: 3_600.0,
        database: Some(AdvisedDatabase {
            source: Some(SourceId("billing".to_owned())),
            database: "billing".to_owned(),
            version: "PostgreSQL 15.18".to_owned(),
            read_at: Timestamp(START),
            counted_days: Some(94.0),
            tables: 12,
            indexes: 31,
        }),
        workload: AdvisedWorkload {
            choice: workload,
            origin: "postgresql.log".to_owned(),
            statements_seen: 120,
            statements_used: 47,
            calls: 18_204,
            total_ms: Some(2_400_000.0),
            left_out: vec![LeftOutStatements { reason: "ran less than 5 times".to_owned(), statements: 73 }],
        },
        evidence: AdviceEvidence::Verified,
        what_if_calls: 812,
        statements: vec![
            statement(
                "SELECT * FROM customers WHERE tenant_id = $1 AND email = $2",
                13,
                200.0,
                Some((10_000.0, 500.0)),
            ),
            statement(
                "SELECT id FROM customers WHERE email = $1 AND tenant_id = $2",
                10,
                102.25,
                Some((100.0, 40.0)),
            ),
            statement(
                "SELECT * FROM customers c JOIN orders o ON o.customer_id = c.id WHERE c.id = $1",
                11,
                120.0,
                Some((1_000.0, 290.0)),
            ),
            statement(
                "SELECT count(*) FROM customers JOIN orders ON customer_id = customers.id",
                7,
                300.0,
                None,
            ),
        ],
        create: vec![email, join, expression],
        drop: vec![drop],
        considered: vec![ConsideredIndex {
            title: "orders (status)".to_owned(),
            table: "orders".to_owned(),
            code: "low_selectivity".to_owned(),
            reason: "3 distinct values; the planner would not use it".to_owned(),
            statements: 4,
        }],
        cost_before: 4_953_770.0,
        cost_after: 3_327_281.0,
        lacks: vec![Degradation {
            code: "hypopg_absent".to_owned(),
            message: "HypoPG is not installed.".to_owned(),
            remedy: Some("Install it.".to_owned()),
        }],
        partial: false,
    }
}

pub(crate) fn empty() -> IndexAdvice {
    let mut advice = rich();
    (advice.create, advice.drop, advice.considered) = (Vec::new(), Vec::new(), Vec::new());
    (advice.statements, advice.lacks, advice.database) = (Vec::new(), Vec::new(), None);
    (advice.cost_before, advice.cost_after, advice.what_if_calls) = (0.0, 0.0, 0);
    advice
}

/// [`HOSTILE`] wherever a text may stand.
pub(crate) fn hostile() -> IndexAdvice {
    let mut advice = rich();
    let bad = || HOSTILE.to_owned();
    for one in &mut advice.create {
        (one.name, one.title, one.reason) = (bad(), bad(), bad());
        (one.replaces, one.notes, one.write_cost.summary) = (vec![bad()], vec![bad()], bad());
        (one.definition.schema, one.definition.table) = (Some(bad()), bad());
        one.definition.include = vec![bad()];
        one.definition.keys.iter_mut().for_each(|key| key.column = Some(bad()));
    }
    for one in &mut advice.drop {
        (one.schema, one.table, one.index, one.title, one.reason) = (bad(), bad(), bad(), bad(), bad());
        one.notes = vec![bad()];
    }
    for one in &mut advice.considered {
        (one.title, one.table, one.reason) = (bad(), bad(), bad());
    }
    for one in &mut advice.statements {
        (one.statement, one.problem) = (bad(), Some(bad()));
    }
    if let Some(database) = &mut advice.database {
        (database.database, database.version) = (bad(), bad());
    }
    advice.workload.origin = bad();
    advice.workload.left_out.iter_mut().for_each(|one| one.reason = bad());
    advice.lacks = vec![Degradation { code: "bad".to_owned(), message: bad(), remedy: Some(bad()) }];
    advice
}
