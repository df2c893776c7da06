//! Bloat, invalid indexes, sequences, checksums, extensions.

use domain::{
    Bloat, ExtensionFacts, HealthCode, HealthFacts, InvalidIndex, SequenceColumn, SequenceFacts, Severity,
    SlowHealth,
};

use super::fixture::{GB, MB, database};
use super::{is, is_hidden, seen, seen_after, seen_first, sql, unseen};

fn slow(facts: &mut HealthFacts) -> &mut SlowHealth {
    facts.slow.as_mut().expect("a slow reading")
}

fn bloat(bytes: f64, wasted_bytes: f64) -> Bloat {
    Bloat { schema: "public".to_owned(), name: "audit_log".to_owned(), table: None, bytes, wasted_bytes }
}

#[test]
fn bloat_is_told_where_much_would_be_won() {
    let cases = [
        (vec![], Severity::Ok, "12 tables of 1 MB and more, none of them bloated."),
        (
            vec![bloat(100.0 * MB, 25.0 * MB)],
            Severity::Ok,
            "12 tables of 1 MB and more, none of them bloated.",
        ),
        (vec![bloat(8.0 * MB, 7.0 * MB)], Severity::Ok, "12 tables of 1 MB and more, none of them bloated."),
        (
            vec![bloat(100.0 * MB, 60.0 * MB)],
            Severity::Info,
            "1 of 12 tables of 1 MB and more bloated, by an estimate of 60 MB together.",
        ),
        (
            vec![bloat(3.1 * GB, 1.6 * GB), bloat(100.0 * MB, 60.0 * MB)],
            Severity::Warning,
            "2 of 12 tables of 1 MB and more bloated, by an estimate of 1.7 GB together.",
        ),
    ];
    for (found, severity, sentence) in cases {
        let check = seen(HealthCode::TableBloat, |facts| {
            if let Ok(facts) = &mut slow(facts).table_bloat {
                facts.found = found.clone();
            }
        });
        is(&check, severity, sentence);
    }
}

#[test]
fn a_bloated_index_is_built_anew_beside_the_old_one() {
    let check = seen(HealthCode::IndexBloat, |facts| {
        let index = Bloat {
            name: "Audit key".to_owned(),
            table: Some("audit_log".to_owned()),
            ..bloat(3.0 * GB, 1.8 * GB)
        };
        if let Ok(facts) = &mut slow(facts).index_bloat {
            facts.found = vec![index];
            facts.without_statistics = 2.0;
        }
    });
    is(
        &check,
        Severity::Warning,
        "1 of 12 indexes of 1 MB and more bloated, by an estimate of 1.8 GB together; 2 indexes without statistics that may be seen.",
    );
    assert_eq!(sql(&check), "REINDEX INDEX CONCURRENTLY public.\"Audit key\";");
    assert_eq!(check.items[0].figure, "3 GB, 60% of it bloat");
    is_hidden(&seen(HealthCode::IndexBloat, |facts| slow(facts).index_bloat = Err(unseen())));
}

fn invalid(name: &str, being_built: bool) -> InvalidIndex {
    InvalidIndex {
        schema: "public".to_owned(),
        name: name.to_owned(),
        table: "orders".to_owned(),
        bytes: 16.0 * MB,
        being_built,
    }
}

#[test]
fn an_invalid_index_is_built_again_or_dropped() {
    let cases = [
        (vec![], Severity::Ok, "Every index is valid.", None),
        (
            vec![invalid("orders_at", false)],
            Severity::Warning,
            "1 index is invalid: orders_at.",
            Some(
                "REINDEX INDEX CONCURRENTLY public.orders_at;\n-- or: DROP INDEX CONCURRENTLY public.orders_at;",
            ),
        ),
        (
            vec![invalid("orders_at_ccnew1", false)],
            Severity::Warning,
            "1 index is invalid: orders_at_ccnew1.",
            Some("DROP INDEX CONCURRENTLY public.orders_at_ccnew1;"),
        ),
        (vec![invalid("orders_at", true)], Severity::Info, "1 index is being built.", None),
    ];
    for (indexes, severity, sentence, wanted) in cases {
        let check =
            seen(HealthCode::InvalidIndexes, |facts| slow(facts).invalid_indexes = Ok(indexes.clone()));
        is(&check, severity, sentence);
        assert_eq!(check.sql.as_deref(), wanted);
    }
}

fn sequence(facts: &mut HealthFacts, last_value: f64) {
    let column = SequenceColumn {
        schema: "public".to_owned(),
        table: "orders".to_owned(),
        column: "id".to_owned(),
        kind: "integer".to_owned(),
    };
    let found = SequenceFacts {
        schema: "public".to_owned(),
        name: "orders_id_seq".to_owned(),
        last_value,
        end: 2_147_483_647.0,
        step: 1.0,
        column: Some(column),
    };
    if let Ok(facts) = &mut slow(facts).sequences {
        facts.found = vec![found];
    }
}

#[test]
fn a_sequence_ends_with_its_column() {
    let code = HealthCode::Sequences;
    is(
        &seen_first(code, |facts| sequence(facts, 1e9)),
        Severity::Ok,
        "9 sequences, none of them near its end.",
    );
    let near = seen_first(code, |facts| sequence(facts, 1_980_000_000.0));
    is(
        &near,
        Severity::Critical,
        "public.orders_id_seq: 1,980,000,000 of 2,147,483,647 values used (92%), fills orders.id (integer).",
    );
    assert_eq!(
        sql(&near),
        "ALTER TABLE public.orders ALTER COLUMN id TYPE bigint;\nALTER SEQUENCE public.orders_id_seq AS bigint;"
    );
    assert_eq!(seen_first(code, |facts| sequence(facts, 1.7e9)).severity, Some(Severity::Warning));
    // A million an hour: the rest lasts 47 days.
    let fast = seen_after(code, |facts| sequence(facts, 999e6), |facts| sequence(facts, 1e9));
    is(
        &fast,
        Severity::Warning,
        "public.orders_id_seq: 1,000,000,000 of 2,147,483,647 values used (46%), fills orders.id (integer), lasts 47 days at the present rate.",
    );
    let some_hidden = seen_first(code, |facts| {
        if let Ok(facts) = &mut slow(facts).sequences {
            facts.hidden = 4.0;
        }
    });
    is(&some_hidden, Severity::Ok, "9 sequences, none of them near its end; 4 may not be read.");
}

#[test]
fn a_wrong_checksum_is_critical_and_none_at_all_is_told() {
    let with = |failures| {
        move |facts: &mut HealthFacts| {
            let mut one = database("panel");
            one.checksum_failures = failures;
            facts.quick.databases = Ok(vec![one]);
        }
    };
    let code = HealthCode::ChecksumFailures;
    is(&seen(code, with(Some(0.0))), Severity::Ok, "Data checksums are on, and none was wrong.");
    is(
        &seen(code, with(Some(2.0))),
        Severity::Critical,
        "2 checksums were wrong since statistics were reset.",
    );
    let off = seen(code, with(None));
    is(&off, Severity::Info, "Data checksums are off: a page that the storage spoiled is not noticed.");
}

#[test]
fn missing_extensions_come_with_the_sql_that_brings_them() {
    let found = |installed: Option<&str>, loaded| ExtensionFacts {
        name: "pg_stat_statements".to_owned(),
        installed: installed.map(str::to_owned),
        available: Some("1.10".to_owned()),
        loaded: Some(loaded),
    };
    let with = |one: Option<ExtensionFacts>| {
        seen(HealthCode::Extensions, |facts| slow(facts).extensions = Ok(one.clone().into_iter().collect()))
    };
    let not_created = with(Some(found(None, true)));
    is(&not_created, Severity::Info, "pg_stat_statements and hypopg cannot be used in the database panel.");
    assert_eq!(sql(&not_created), "CREATE EXTENSION pg_stat_statements;");
    let not_loaded = with(Some(found(Some("1.10"), false)));
    assert_eq!(not_loaded.severity, Some(Severity::Warning));
    assert!(sql(&not_loaded).ends_with("ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements';"));
    let neither = with(Some(found(None, false)));
    assert!(sql(&neither).ends_with("CREATE EXTENSION pg_stat_statements;"));
    let unavailable = with(None);
    assert_eq!((unavailable.severity, unavailable.sql.as_deref()), (Some(Severity::Info), None));
}
