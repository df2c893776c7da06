//! Statements per second from text to fingerprint, on one thread.
#![allow(missing_docs, reason = "criterion's macros make public items")]

use std::hint::black_box;

use analysis::sql::{fingerprint, mask, shape, statement_facts};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// 352 bytes, as an ORM writes it.
const ORM: &str = "SELECT \"invoices\".\"id\", \"invoices\".\"tenant_id\", \"invoices\".\"customer_id\", \
\"invoices\".\"number\", \"invoices\".\"status\", \"invoices\".\"total\", \"invoices\".\"due_date\" FROM \"invoices\" \
INNER JOIN \"customers\" ON \"customers\".\"id\" = \"invoices\".\"customer_id\" WHERE \"invoices\".\"tenant_id\" = 4 \
AND \"invoices\".\"status\" IN ('paid', 'due') ORDER BY \"invoices\".\"id\" LIMIT 5";

/// 89 bytes.
const SHORT: &str =
    "UPDATE pgbench_accounts SET abalance = abalance + -4242 WHERE aid = 1234567 AND bid = 17;";

fn benches(criterion: &mut Criterion) {
    assert_eq!((ORM.len(), SHORT.len()), (352, 89));
    for (name, sql) in [("orm_352", ORM), ("short_89", SHORT)] {
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Elements(1));
        group.bench_function("fingerprint", |b| b.iter(|| fingerprint(black_box(sql.as_bytes()))));
        group.bench_function("shape", |b| b.iter(|| shape(black_box(sql.as_bytes()))));
        group.bench_function("mask", |b| b.iter(|| mask(black_box(sql.as_bytes()))));
        group.bench_function("statement_facts", |b| b.iter(|| statement_facts(black_box(sql))));
        group.finish();
    }
}

criterion_group!(fingerprints, benches);
criterion_main!(fingerprints);
