//! Reports for tests, benches and examples: one that a hosting panel could have, one with texts that try to break
//! out, one as large as they become.
//!
//! Over 400 lines, because it is data: a report has many fields.
#![allow(dead_code, reason = "each of its users needs a part of it")]

use domain::*;

/// 2026-11-22 09:00 UTC.
pub(crate) const START: i64 = 1_795_338_000_000;

/// Whatever ends markup somewhere, and characters that may stand nowhere.
pub(crate) const HOSTILE: &str = "</script><script>alert('1')</script> | `` ` \" & ]]> <!-- {0} [a](b) \\| \u{1b}[31m\0\u{7}\u{202e} größer 表 \
     😀\n\tSELECT";

pub(crate) fn at(minutes: i64) -> Timestamp {
    Timestamp(START + minutes * 60_000)
}

/// What a finding is made from; the rest follows.
struct Seed {
    id: u32,
    kind: RepetitionKind,
    severity: Severity,
    title: &'static str,
    statement: &'static str,
    tables: &'static [&'static str],
    routes: &'static [(&'static str, u64)],
    unit: WorkUnit,
    units: u64,
    repeats: (u64, u64, u64),
    /// Mean milliseconds of one execution.
    each_ms: Option<f64>,
    confidence: Confidence,
    parent: Option<&'static str>,
    batch: &'static str,
}

const SEEDS: [Seed; 8] = [
    Seed {
        id: 1,
        kind: RepetitionKind::NPlusOne,
        severity: Severity::Critical,
        title: "orders by customer_id",
        statement: "SELECT * FROM orders WHERE customer_id = $1",
        tables: &["orders"],
        routes: &[("GET /api/customers", 17_900), ("GET /api/customers/export", 304)],
        unit: WorkUnit::Request,
        units: 18_204,
        repeats: (21, 34, 88),
        each_ms: Some(6.4),
        confidence: Confidence::High,
        parent: Some("SELECT * FROM customers ORDER BY id LIMIT $1"),
        batch: "SELECT * FROM orders WHERE customer_id = ANY($1)",
    },
    Seed {
        id: 2,
        kind: RepetitionKind::NPlusOne,
        severity: Severity::Critical,
        title: "invoice_items by invoice_id",
        statement: "SELECT id, sku, quantity, unit_price\nFROM invoice_items\nWHERE invoice_id = $1\nORDER BY id",
        tables: &["invoice_items"],
        routes: &[("GET /api/invoices", 9_871)],
        unit: WorkUnit::Request,
        units: 9_871,
        repeats: (34, 50, 50),
        each_ms: Some(3.9),
        confidence: Confidence::High,
        parent: Some("SELECT * FROM invoices WHERE tenant_id = $1 AND status <> $2"),
        batch: "SELECT id, sku, quantity, unit_price, invoice_id\nFROM invoice_items\nWHERE invoice_id = ANY($1)\nORDER BY id",
    },
    Seed {
        id: 3,
        kind: RepetitionKind::BulkWrite,
        severity: Severity::Warning,
        title: "inserts into usage_samples",
        statement: "INSERT INTO usage_samples (server_id, taken_at, cpu, memory) VALUES ($1, $2, $3, $4)",
        tables: &["usage_samples"],
        routes: &[("job:usage-collector", 1_440)],
        unit: WorkUnit::Transaction,
        units: 1_440,
        repeats: (220, 231, 260),
        each_ms: Some(1.2),
        confidence: Confidence::High,
        parent: None,
        batch: "INSERT INTO usage_samples (server_id, taken_at, cpu, memory)\nSELECT * FROM unnest($1::int[], $2::timestamptz[], $3::real[], $4::real[])",
    },
    Seed {
        id: 4,
        kind: RepetitionKind::Redundant,
        severity: Severity::Warning,
        title: "users by id",
        statement: "SELECT id, email, name, locale FROM users WHERE id = $1",
        tables: &["users"],
        routes: &[("GET /api/support/tickets", 2_940)],
        unit: WorkUnit::Request,
        units: 2_940,
        repeats: (9, 12, 31),
        each_ms: Some(1.1),
        confidence: Confidence::Medium,
        parent: None,
        batch: "-- Ask once and keep the row for the length of the request:\nSELECT id, email, name, locale FROM users WHERE id = $1",
    },
    Seed {
        id: 5,
        kind: RepetitionKind::NPlusOne,
        severity: Severity::Warning,
        title: "dns_records by zone_id",
        statement: "SELECT * FROM dns_records WHERE zone_id = $1 AND deleted_at IS NULL",
        tables: &["dns_records"],
        routes: &[("GET /api/dns/zones", 3_310)],
        unit: WorkUnit::Request,
        units: 3_310,
        repeats: (12, 20, 20),
        each_ms: Some(0.8),
        confidence: Confidence::Medium,
        parent: Some("SELECT * FROM dns_zones WHERE account_id = $1"),
        batch: "SELECT * FROM dns_records WHERE zone_id = ANY($1) AND deleted_at IS NULL",
    },
    Seed {
        id: 6,
        kind: RepetitionKind::NPlusOne,
        severity: Severity::Info,
        title: "servers by id",
        statement: "SELECT * FROM servers WHERE id = $1",
        tables: &["servers"],
        routes: &[],
        unit: WorkUnit::Session,
        units: 412,
        repeats: (88, 120, 140),
        each_ms: None,
        confidence: Confidence::Low,
        parent: None,
        batch: "SELECT * FROM servers WHERE id = ANY($1)",
    },
    Seed {
        id: 7,
        kind: RepetitionKind::Redundant,
        severity: Severity::Info,
        title: "settings",
        statement: "SELECT key, value FROM settings",
        tables: &["settings"],
        routes: &[("GET /api/checkout", 260)],
        unit: WorkUnit::Trace,
        units: 260,
        repeats: (4, 4, 4),
        each_ms: Some(0.4),
        confidence: Confidence::High,
        parent: None,
        batch: "-- Ask once and keep the rows for the length of the request:\nSELECT key, value FROM settings",
    },
    Seed {
        id: 8,
        kind: RepetitionKind::BulkWrite,
        severity: Severity::Info,
        title: "updates of sessions",
        statement: "UPDATE sessions SET seen_at = now() WHERE id = $1",
        tables: &["sessions"],
        routes: &[("job:session-sweep", 96)],
        unit: WorkUnit::Transaction,
        units: 96,
        repeats: (30, 41, 50),
        each_ms: Some(0.9),
        confidence: Confidence::High,
        parent: None,
        batch: "UPDATE sessions SET seen_at = now() WHERE id = ANY($1)",
    },
];

fn finding(seed: &Seed) -> NPlusOneFinding {
    let executions = seed.units * seed.repeats.0;
    let remaining = if seed.kind == RepetitionKind::Redundant { seed.units * 2 } else { seed.units };
    let total_ms = seed.each_ms.map(|ms| ms * executions as f64);
    let saved_ratio = 1.0 - remaining as f64 / executions as f64;
    let mended_ms = seed.each_ms.map(|ms| ms * (1.0 + 0.1 * (seed.repeats.0 - 1) as f64));
    NPlusOneFinding {
        id: format!("{:016x}-{}", u64::from(seed.id).wrapping_mul(0x9e37_79b9_7f4a_7c15), seed.kind.code()),
        kind: seed.kind,
        severity: seed.severity,
        title: seed.title.to_owned(),
        statement: seed.statement.to_owned(),
        fingerprint: format!("{:016x}", seed.id),
        explanation: explanation(seed),
        tables: seed.tables.iter().map(|table| (*table).to_owned()).collect(),
        routes: seed.routes.iter().map(|(name, units)| share(name, *units)).collect(),
        applications: vec![share("mpanel-api", seed.units)],
        units: seed.units,
        units_by_kind: vec![WorkUnitCount { unit: seed.unit, count: seed.units }],
        executions,
        repeats: RepeatCounts { median: seed.repeats.0, p95: seed.repeats.1, max: seed.repeats.2 },
        queries_saved: executions - remaining,
        saved_ratio,
        total_ms,
        given_back_ms: total_ms.zip(mended_ms).map(|(total, mended)| total - mended * seed.units as f64),
        unit_ms: seed.each_ms.map(|ms| ms * seed.repeats.0 as f64),
        mended_unit_ms: mended_ms,
        arithmetic: seed.each_ms.map(|_| {
            "40 min measured in 382,284 executions − 116 s for 18,204 executions − 3 min for 364,080 further keys at a tenth of the fastest execution = 35 min".to_owned()
        }),
        first_seen: at(0),
        last_seen: at(179),
        parent: seed.parent.map(|statement| ParentStatement {
            fingerprint: "00000000000000aa".to_owned(),
            statement: statement.to_owned(),
            units: seed.units,
            rows_match: seed.units - 12,
        }),
        confidence: seed.confidence,
        reasons: reasons(seed),
        examples: vec![example(seed)],
        fixes: fixes(seed),
        ignored: (seed.id == 8).then(|| IgnoredPattern {
            id: "8".to_owned(),
            reason: "The sweep runs at night and must not lock many rows at once".to_owned(),
            at: at(-60 * 24),
        }),
    }
}

fn share(name: &str, units: u64) -> NameShare {
    NameShare { name: name.to_owned(), units }
}

fn explanation(seed: &Seed) -> String {
    match seed.kind {
        RepetitionKind::NPlusOne => "One query fetches the parents, then one more runs for each of its rows. The parameter changes every \
             time and follows the parent’s `id`."
            .to_owned(),
        RepetitionKind::Redundant => format!(
            "The same rows of `{}` are asked for again and again with the same parameters.",
            seed.tables.join("`, `")
        ),
        RepetitionKind::BulkWrite => format!("Rows of `{}` are written one by one.", seed.tables.join("`, `")),
    }
}

fn reasons(seed: &Seed) -> Vec<ReasonLine> {
    let line = |text: &str, against| ReasonLine { text: text.to_owned(), against };
    let mut reasons = Vec::new();
    if seed.parent.is_some() {
        reasons.push(line(
            "The statement before returned as many rows as there were repeats, in 18,192 units of work",
            false,
        ));
    }
    reasons.push(line("Seen in many units of work", false));
    if seed.unit == WorkUnit::Session {
        reasons.push(line(
            "Grouped by session and pauses only, in 412 stretches of sessions: the log names no request, trace or transaction",
            true,
        ));
    }
    reasons
}

fn example(seed: &Seed) -> RepetitionExample {
    let parent_ms = if seed.parent.is_some() { 16.0 } else { 0.0 };
    let each = seed.each_ms.unwrap_or(2.0);
    let begin =
        |run: u64| parent_ms + 2.0 + run as f64 * (each * 1.25 + 0.3) + (run * 7 % 5) as f64 * 0.06 * each;
    RepetitionExample {
        unit: seed.unit,
        id: Some("7f3c0d52-44c1-4e0b-a91e".to_owned()),
        route: seed.routes.first().map(|(name, _)| (*name).to_owned()),
        at: at(12),
        queries: seed.repeats.2 + 1,
        repeats: seed.repeats.2,
        distinct_parameters: seed.repeats.2.min(32),
        more_parameters: seed.repeats.2 > 32,
        total_ms: seed.each_ms.map(|ms| ms * seed.repeats.2 as f64),
        span_ms: begin(seed.repeats.2),
        parent_run: seed.parent.map(|_| RepetitionRun { offset_ms: 0.0, duration_ms: Some(parent_ms) }),
        runs: (0..seed.repeats.2.min(16))
            .map(|run| RepetitionRun {
                offset_ms: begin(run),
                duration_ms: seed.each_ms.map(|ms| ms * (0.8 + (run * 3 % 7) as f64 * 0.06)),
            })
            .collect(),
    }
}

fn fixes(seed: &Seed) -> Vec<Fix> {
    let sql = Fix {
        style: FixStyle::Sql,
        title: match seed.kind {
            RepetitionKind::NPlusOne => "one query for all keys",
            RepetitionKind::Redundant => "ask once",
            RepetitionKind::BulkWrite => "one statement for all rows",
        }
        .to_owned(),
        language: CodeLanguage::Sql,
        before: Some(seed.statement.to_owned()),
        code: seed.batch.to_owned(),
        notes: vec![
            "A key without rows is missing from the result: group by `key` and default to an empty list."
                .to_owned(),
        ],
    };
    let loader = Fix {
        style: FixStyle::DataLoader,
        title: "a loader for each request".to_owned(),
        language: CodeLanguage::TypeScript,
        before: None,
        code: format!(
            "const loader = new DataLoader(async (keys: readonly number[]) => {{\n  const {{ rows }} = await pool.query(\n    `{}`,\n    [keys],\n  );\n  return keys.map((key) => rows.filter((row) => row.customer_id === key));\n}});",
            seed.batch.replace('\n', " ")
        ),
        notes: Vec::new(),
    };
    let rails = Fix {
        style: FixStyle::Rails,
        title: "load with the parent".to_owned(),
        language: CodeLanguage::Ruby,
        before: None,
        code: "Customer.includes(:orders).limit(21)".to_owned(),
        notes: vec!["`includes` decides between a join and a second query.".to_owned()],
    };
    vec![sql, loader, rails]
}

fn query(id: u32, statement: &str, calls: u64, mean_ms: Option<f64>, cache: CacheForecast) -> QueryStats {
    let total_ms = mean_ms.unwrap_or(0.0) * calls as f64;
    QueryStats {
        fingerprint: format!("{id:016x}"),
        statement: statement.to_owned(),
        verb: statement.split_whitespace().next().unwrap_or_default().to_owned(),
        tables: vec!["orders".to_owned()],
        calls,
        timed: if mean_ms.is_some() { calls } else { 0 },
        total_ms,
        time_ratio: total_ms / 5_400_000.0,
        mean_ms,
        p50_ms: mean_ms.map(|ms| ms * 0.8),
        p95_ms: mean_ms.map(|ms| ms * 2.5),
        p99_ms: mean_ms.map(|ms| ms * 6.0),
        max_ms: mean_ms.map(|ms| ms * 40.0),
        rows_mean: mean_ms.map(|_| 4.5),
        errors: u64::from(id == 5) * 3,
        last_error: (id == 5).then(|| "57014".to_owned()),
        truncated: false,
        first_seen: at(0),
        last_seen: at(179),
        trend: QueryTrend { from: at(0), step_ms: 60_000, calls: vec![2, 3, 4], total_ms: vec![1.0, 2.5, 4.0] },
        routes: vec!["GET /api/customers".to_owned()],
        cache,
        coalescing: CoalesceForecast { shared: calls / 40, saved_ms: total_ms / 60.0 },
        plan: (id == 1).then(|| QueryPlan {
            duration_ms: Some(812.0),
            at: at(31),
            text: "Seq Scan on orders  (cost=0.00..4280.00 rows=21 width=97)\n  Filter: (customer_id = $1)\n  Rows Removed by Filter: 199979".to_owned(),
        }),
    }
}

fn simulated(calls: u64, mean_ms: f64, hits: [f64; 4]) -> CacheForecast {
    let by_ttl = [10, 60, 300, 3_600].into_iter().zip(hits).map(|(ttl_seconds, hit_ratio)| CacheAtTtl {
        ttl_seconds,
        hits: (calls as f64 * hit_ratio) as u64,
        hit_ratio,
        saved_ms: calls as f64 * hit_ratio * mean_ms,
    });
    CacheForecast::Simulated { by_ttl: by_ttl.collect() }
}

fn queries() -> Vec<QueryStats> {
    let not = |reason: &str| CacheForecast::NotCacheable { reason: reason.to_owned() };
    let [orders, items, samples, users, records, servers, settings, sessions] =
        SEEDS.map(|seed| seed.statement);
    vec![
        query(1, orders, 382_284, Some(6.4), simulated(382_284, 6.4, [0.02, 0.11, 0.31, 0.44])),
        query(2, items, 335_614, Some(3.9), simulated(335_614, 3.9, [0.01, 0.04, 0.09, 0.12])),
        query(3, samples, 316_800, Some(1.2), not("it writes")),
        query(4, users, 26_460, Some(1.1), simulated(26_460, 1.1, [0.61, 0.88, 0.95, 0.97])),
        query(5, records, 39_720, Some(0.8), simulated(39_720, 0.8, [0.05, 0.22, 0.51, 0.6])),
        query(6, "SELECT now(), random()", 9_100, Some(0.2), not("its result changes by itself: random()")),
        query(7, settings, 88_000, Some(0.4), simulated(88_000, 0.4, [0.97, 0.99, 0.99, 0.99])),
        query(8, sessions, 2_880, Some(0.9), not("it writes")),
        query(9, servers, 36_256, None, simulated(36_256, 0.0, [0.0, 0.0, 0.0, 0.0])),
    ]
}

fn pool() -> PoolForecast {
    let steps = 180_i64;
    let wave = |step: i64| 4.0 + 2.5 * (step as f64 / 14.0).sin() + (step * 7 % 11) as f64 * 0.12;
    let known = |step: i64| !(96..104).contains(&step);
    let from = at(0);
    PoolForecast {
        in_use: ChartData {
            range: TimeRange { from, to: at(steps) },
            step_ms: 60_000,
            times: (0..steps).map(at).collect(),
            series: vec![ChartSeries {
                name: "in use".to_owned(),
                unit: Unit::Count,
                source: SourceId::new("replay"),
                origin: "starts and ends of statements".to_owned(),
                values: (0..steps).map(|step| known(step).then(|| wave(step))).collect(),
                highs: Some((0..steps).map(|step| known(step).then(|| (wave(step) * 1.35).ceil())).collect()),
            }],
            thresholds: vec![Threshold {
                value: 12.0,
                label: "12 needed".to_owned(),
                severity: Severity::Info,
            }],
            marks: vec![ChartMark { at: at(104), label: "log continues".to_owned() }],
        },
        mean: 4.6,
        p95: 7.2,
        p99: 8.4,
        most: 9,
        recommended: 12,
        summary: "12 connections carry this load; 9 were in use at the most.".to_owned(),
        arithmetic: [
            ("In use at the most", "9", false),
            ("A quarter more for what the log does not show", "2.3", false),
            ("Rounded up", "12", true),
        ]
        .map(|(label, value, result)| ArithmeticLine {
            label: label.to_owned(),
            value: value.to_owned(),
            result,
        })
        .to_vec(),
        sessions: 18,
    }
}

fn coverage() -> LogCoverage {
    LogCoverage {
        formats: vec!["PostgreSQL csvlog".to_owned(), "PostgreSQL stderr log".to_owned()],
        bytes: 1_288_490_189,
        lines: 4_321_004,
        understood: 4_310_222,
        skipped: vec![
            SkippedLines {
                code: "no_line".to_owned(),
                reason: "no line of this format".to_owned(),
                lines: 10_662,
            },
            SkippedLines { code: "too_long".to_owned(), reason: "longer than 1 MB".to_owned(), lines: 120 },
        ],
        statements: 1_237_114,
        errors: 3,
        plans: 41,
        requests: 35_200,
        reports: 14,
        parse_bind: 2_470_118,
        repeated: 0,
        other: 51_204,
        truncated: 88,
        without_duration: 36_256,
        without_parameters: 1_204,
        first_at: Some(at(0)),
        last_at: Some(at(180)),
        grouped_by: vec![
            WorkUnitCount { unit: WorkUnit::Request, count: 1_190_400 },
            WorkUnitCount { unit: WorkUnit::Session, count: 46_714 },
        ],
        gaps: vec![CoverageGap {
            code: "no_request_ids".to_owned(),
            message: "3% of the statements name no request: they are grouped by session and pauses."
                .to_owned(),
            remedy: Some("log_line_prefix = '%m [%p] %q%u@%d %a '".to_owned()),
        }],
        set_aside: vec![LogSetAside { path: "logs/core.1".to_owned(), reason: "no text".to_owned() }],
    }
}

fn status(totals: ReplayTotals) -> ReplayStatus {
    ReplayStatus {
        id: ReplayId("17".to_owned()),
        name: "api-2026-11-22.csv and 1 more".to_owned(),
        request: ReplayRequest::of(vec![
            "/var/log/postgresql/api-2026-11-22.csv".to_owned(),
            "logs/*.log".to_owned(),
        ]),
        started_at: at(600),
        took_ms: Some(41_250.0),
        state: ReplayState::Done,
        totals: Some(totals),
    }
}

fn documents() -> Vec<NPlusOneDocument> {
    vec![NPlusOneDocument {
        message: "⚠️  N+1 Query Pattern Detected".to_owned(),
        request_id: Some("abc123".to_owned()),
        total_queries: 11,
        patterns: vec![DocumentPattern {
            query: "SELECT * FROM ORDERS WHERE CUSTOMER_ID = $?".to_owned(),
            repetitions: 10,
            total_time: Some("523ms".to_owned()),
            average_time: Some("52.30ms".to_owned()),
            recommendation: DocumentRecommendation {
                r#type: "batch_query".to_owned(),
                message: "Batch load orders records using WHERE IN instead of individual queries".to_owned(),
                solution: "Use DataLoader or batch the IDs: SELECT * FROM orders WHERE customer_id = ANY($1)"
                    .to_owned(),
                estimated_improvement: "Reduce 10 queries to 1 query".to_owned(),
            },
        }],
        potential_savings: PotentialSavings {
            current_queries: 10,
            optimized_queries: 1,
            queries_reduced: 9,
            percentage_reduction: "90.0%".to_owned(),
        },
    }]
}

/// All kinds, units and confidences; durations that are known and that are not; one ignored pattern.
pub(crate) fn rich() -> ReplayReport {
    let totals = ReplayTotals {
        bytes: 1_288_490_189,
        statements: 1_237_114,
        fingerprints: 312,
        errors: 3,
        database_ms: Some(5_400_000.0),
        units: 36_533,
        patterns: 8,
        queries_saved: 1_120_331,
        given_back_ms: Some(3_100_000.0),
        first_at: Some(at(0)),
        last_at: Some(at(180)),
    };
    let mut findings: Vec<_> = SEEDS.iter().map(finding).collect();
    let back = |finding: &NPlusOneFinding| finding.given_back_ms.unwrap_or(0.0);
    findings.sort_by(|one, other| back(other).total_cmp(&back(one)));
    let mut queries = queries();
    queries.sort_by(|one, other| other.total_ms.total_cmp(&one.total_ms));
    ReplayReport {
        replay: status(totals),
        coverage: coverage(),
        findings,
        queries,
        queries_left_out: 12,
        calls_left_out: 340,
        pool: Some(pool()),
        documents: documents(),
        reports: vec![OwnReport {
            kind: "n_plus_one".to_owned(),
            title: "N+1 query pattern detected".to_owned(),
            count: 14,
            first_at: at(3),
            last_at: at(171),
        }],
        limits: vec!["Only 100,000 statements were kept apart: 12 rare ones are not listed.".to_owned()],
    }
}

/// [`rich`] with [`HOSTILE`] in every text that can come from a log or a person, and one statement of 10 kB.
pub(crate) fn hostile() -> ReplayReport {
    let mut report = rich();
    let bad = || HOSTILE.to_owned();
    report.replay.name = bad();
    report.replay.request.inputs = vec![bad(), bad()];
    report.limits = vec![bad()];
    for finding in &mut report.findings {
        (finding.title, finding.statement, finding.explanation) = (bad(), bad(), bad());
        finding.id = format!("{}{HOSTILE}", finding.id);
        finding.routes = vec![share(HOSTILE, 3), share(HOSTILE, 2)];
        finding.applications = vec![share(HOSTILE, 3)];
        finding.tables = vec![bad()];
        finding.arithmetic = Some(bad());
        finding.reasons = vec![ReasonLine { text: bad(), against: true }];
        finding
            .examples
            .iter_mut()
            .for_each(|example| (example.id, example.route) = (Some(bad()), Some(bad())));
        finding.parent.iter_mut().for_each(|parent| parent.statement = bad());
        finding.ignored.iter_mut().for_each(|ignored| ignored.reason = bad());
        for fix in &mut finding.fixes {
            (fix.title, fix.code, fix.before) = (bad(), bad(), Some(format!("{HOSTILE}\n{HOSTILE}")));
            fix.notes = vec![bad()];
        }
    }
    if let Some(finding) = report.findings.first_mut() {
        finding.statement =
            format!("SELECT '{}' | `x` FROM \"{}\"", "word ".repeat(1_000), "x".repeat(5_000));
        finding.fixes.iter_mut().for_each(|fix| fix.code = finding.statement.clone());
    }
    for query in &mut report.queries {
        query.statement = bad();
        query.routes = vec![bad()];
        query.last_error = Some(bad());
        query.errors = 1;
        query.plan = Some(QueryPlan { duration_ms: None, at: at(0), text: bad() });
        if let CacheForecast::NotCacheable { reason } = &mut query.cache {
            *reason = bad();
        }
    }
    let coverage = &mut report.coverage;
    coverage.formats = vec![bad()];
    coverage.skipped = vec![SkippedLines { code: "bad".to_owned(), reason: bad(), lines: 1 }];
    coverage.gaps = vec![CoverageGap { code: "bad".to_owned(), message: bad(), remedy: Some(bad()) }];
    coverage.set_aside = vec![LogSetAside { path: bad(), reason: bad() }];
    report.reports.iter_mut().for_each(|own| own.title = bad());
    if let Some(pool) = &mut report.pool {
        pool.summary = bad();
        pool.arithmetic.iter_mut().for_each(|line| (line.label, line.value) = (bad(), bad()));
        pool.in_use.series.iter_mut().for_each(|series| series.name = bad());
        pool.in_use.thresholds.iter_mut().for_each(|threshold| threshold.label = bad());
        pool.in_use.marks.iter_mut().for_each(|mark| mark.label = bad());
    }
    report
}

/// A log in which nothing is repeated and little is known.
pub(crate) fn empty() -> ReplayReport {
    let mut status = status(ReplayTotals::default());
    (status.totals, status.took_ms) = (None, None);
    ReplayReport {
        replay: status,
        coverage: LogCoverage::default(),
        findings: Vec::new(),
        queries: Vec::new(),
        queries_left_out: 0,
        calls_left_out: 0,
        pool: None,
        documents: Vec::new(),
        reports: Vec::new(),
        limits: Vec::new(),
    }
}

/// [`rich`] again and again, each time with ids and statements of its own.
pub(crate) fn large(findings: usize, queries: usize) -> ReplayReport {
    let mut report = rich();
    let mut copy = 0_u64;
    report.findings = report.findings.iter().cycle().take(findings).cloned().collect();
    report.queries = report.queries.iter().cycle().take(queries).cloned().collect();
    for finding in &mut report.findings {
        copy += 1;
        finding.id = format!("{copy:016x}-{}", finding.kind.code());
        finding.statement = format!("{} AND part = {copy}", finding.statement);
    }
    for query in &mut report.queries {
        copy += 1;
        query.statement = format!("{} AND part = {copy}", query.statement);
    }
    report
}
