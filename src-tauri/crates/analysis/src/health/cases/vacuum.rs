//! Dead rows, autovacuum, wraparound.

use domain::{HealthCode, HealthFacts, Severity, TableAge, TableFacts, VacuumFacts};

use super::fixture::{HOUR, MB, ago};
use super::{is, seen, seen_after, seen_first, sql};

fn table(live: f64, dead: f64) -> TableFacts {
    TableFacts {
        schema: "public".to_owned(),
        name: "sessions".to_owned(),
        live,
        dead,
        bytes: 500.0 * MB,
        inserted_since_vacuum: 0.0,
        vacuum_at: 50.0 + 0.2 * live,
        insert_at: Some(1_000.0 + 0.2 * live),
        autovacuum: true,
        last_vacuum: ago(72 * HOUR),
    }
}

fn tables(facts: &mut HealthFacts, tables: Vec<TableFacts>) {
    let Some(Ok(found)) = facts.slow.as_mut().map(|slow| slow.tables.as_mut()) else { return };
    found.due = tables.iter().filter(|table| table.dead > table.vacuum_at).count() as f64;
    found.tables = tables;
}

#[test]
fn dead_rows_are_told_where_they_are_many_and_a_large_part() {
    let cases = [
        (1_000_000.0, 100_000.0, Severity::Ok, "40 tables, none with many dead rows."),
        (100.0, 5_000.0, Severity::Ok, "40 tables, none with many dead rows."),
        (
            50_000.0,
            20_000.0,
            Severity::Warning,
            "1 table holds more dead rows than autovacuum should let them: public.sessions.",
        ),
        (
            2_600_000.0,
            4_100_000.0,
            Severity::Critical,
            "1 table holds more dead rows than autovacuum should let them: public.sessions.",
        ),
    ];
    for (live, dead, severity, sentence) in cases {
        let check = seen(HealthCode::DeadTuples, |facts| tables(facts, vec![table(live, dead)]));
        is(&check, severity, sentence);
    }
    let check = seen(HealthCode::DeadTuples, |facts| tables(facts, vec![table(2_600_000.0, 4_100_000.0)]));
    assert_eq!(check.items[0].figure, "4,100,000 of 6,700,000 rows are dead (61%), vacuumed 3 days ago");
    let wanted = "VACUUM (ANALYZE, VERBOSE) public.sessions;\n\nALTER TABLE public.sessions\n  SET (autovacuum_vacuum_scale_factor = 0.02);";
    assert_eq!(sql(&check), wanted);
}

#[test]
fn autovacuum_is_overdue_where_it_does_not_come() {
    let soon = seen(HealthCode::AutovacuumDue, |facts| tables(facts, vec![table(100_000.0, 21_000.0)]));
    is(&soon, Severity::Info, "Autovacuum is due for 1 of 40 tables; it comes to them in turn.");
    let late = seen(HealthCode::AutovacuumDue, |facts| tables(facts, vec![table(100_000.0, 61_000.0)]));
    is(&late, Severity::Warning, "1 table is long overdue for autovacuum: public.sessions.");
    assert_eq!(late.items[0].figure, "61,000 dead rows, due at 20,050, vacuumed 3 days ago");
    let off = seen(HealthCode::AutovacuumDue, |facts| {
        tables(facts, vec![TableFacts { autovacuum: false, ..table(100_000.0, 21_000.0) }]);
    });
    is(&off, Severity::Warning, "1 table is long overdue for autovacuum: public.sessions.");
    assert!(sql(&off).starts_with("ALTER TABLE public.sessions RESET (autovacuum_enabled);"));
    let inserts = seen(HealthCode::AutovacuumDue, |facts| {
        tables(facts, vec![TableFacts { inserted_since_vacuum: 1.5e6, ..table(3e6, 0.0) }]);
    });
    assert_eq!(inserts.severity, Some(Severity::Info));
    assert!(inserts.items[0].figure.starts_with("1,500,000 new rows, due at 601,000"));
}

#[test]
fn vacuums_are_told_with_how_far_they_are() {
    let vacuum = |seconds, wraparound| VacuumFacts {
        pid: 77,
        database: "panel".to_owned(),
        table: "sessions".to_owned(),
        phase: "scanning heap".to_owned(),
        done: Some(0.42),
        seconds: Some(seconds),
        automatic: true,
        to_prevent_wraparound: wraparound,
    };
    let cases = [
        (vec![], Severity::Ok, "No vacuum runs; there may be 3 workers."),
        (vec![vacuum(60.0, false)], Severity::Ok, "1 of 3 autovacuum workers are busy."),
        (
            vec![vacuum(60.0, true)],
            Severity::Info,
            "1 of 3 autovacuum workers are busy; at least one freezes old rows to prevent wraparound, and does not give way to locks.",
        ),
        (vec![vacuum(1.0, false); 3], Severity::Warning, "3 of 3 autovacuum workers are busy."),
        (vec![vacuum(100_000.0, false)], Severity::Warning, "1 of 3 autovacuum workers are busy."),
    ];
    for (running, severity, sentence) in cases {
        let check = seen(HealthCode::AutovacuumRunning, |facts| {
            if let Ok(vacuums) = &mut facts.quick.vacuums {
                vacuums.running = running.clone();
            }
        });
        is(&check, severity, sentence);
        if let Some(first) = check.items.first() {
            assert!(first.figure.starts_with("scanning heap, 42% of the table scanned, for "), "{first:?}");
        }
    }
}

fn age(facts: &mut HealthFacts, xid: f64, next: f64) {
    let Ok(ages) = &mut facts.quick.ages else { return };
    ages.databases[0].xid_age = xid;
    ages.next_xid = next;
    let Some(slow) = &mut facts.slow else { return };
    let oldest = TableAge {
        schema: "public".to_owned(),
        name: "Old".to_owned(),
        xid_age: xid,
        mxid_age: 1.0,
        bytes: MB,
    };
    slow.oldest_tables = Ok(vec![oldest]);
}

#[test]
fn transaction_ids_last_as_long_as_the_rate_lets_them() {
    let code = HealthCode::XidWraparound;
    let calm = seen_first(code, |facts| age(facts, 1.5e8, 5e9));
    is(
        &calm,
        Severity::Ok,
        "150,000,000 of 2,144,483,648 transaction ids are used (6%), in the database panel.",
    );
    let due = seen_first(code, |facts| age(facts, 2.1e8, 5e9));
    assert_eq!(due.severity, Some(Severity::Info));
    assert_eq!(sql(&due), "VACUUM (FREEZE, VERBOSE) public.\"Old\";");
    let old = seen_first(code, |facts| age(facts, 1.2e9, 5e9));
    assert_eq!(old.severity, Some(Severity::Warning));
    let end = seen_first(code, |facts| age(facts, 1.7e9, 5e9));
    assert_eq!(end.severity, Some(Severity::Critical));
    // 10,000 each second: the rest lasts less than two days.
    let fast = seen_after(code, |facts| age(facts, 5e8, 5e9), |facts| age(facts, 6e8, 5e9 + 3.6e7));
    is(
        &fast,
        Severity::Critical,
        "600,000,000 of 2,144,483,648 transaction ids are used (27%), in the database panel; at 10,000 each second they last 42 h, were nothing frozen.",
    );
    // As fast, but hardly any are used: a burst.
    let burst = seen_after(code, |facts| age(facts, 1e6, 5e9), |facts| age(facts, 3.7e7, 5e9 + 3.6e7));
    assert_eq!(burst.severity, Some(Severity::Ok));
}

#[test]
fn multixact_ids_have_limits_of_their_own() {
    let with = |mxid: f64| {
        move |facts: &mut HealthFacts| {
            if let Ok(ages) = &mut facts.quick.ages {
                ages.databases[0].mxid_age = mxid;
            }
        }
    };
    let code = HealthCode::MultixactWraparound;
    let cases = [
        (3e8, Severity::Ok),
        (4.5e8, Severity::Info),
        (1.1e9, Severity::Warning),
        (1.7e9, Severity::Critical),
    ];
    for (mxid, severity) in cases {
        assert_eq!(seen_first(code, with(mxid)).severity, Some(severity), "{mxid}");
    }
    // Frozen meanwhile: no rate is made of it.
    let frozen = seen_after(code, with(3e8), with(1e3));
    is(&frozen, Severity::Ok, "1,000 of 2,144,483,648 multixact ids are used (0%), in the database panel.");
}
