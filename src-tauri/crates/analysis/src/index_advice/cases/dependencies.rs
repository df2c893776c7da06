//! Columns that follow from each other: what is asked, and what the answer changes.

use domain::{AdviceLimits, Catalog, ColumnDependency, IndexAdvice};

use super::fixture::{advise_on, catalog, statement, titles};
use crate::index_advice::{Workload, dependencies_to_ask};

const BOTH: &str = "SELECT * FROM customers WHERE country = $1 AND tenant_id = $2";

fn sampled(ratio: f64) -> Catalog {
    let mut catalog = catalog();
    let customers = catalog.tables.iter_mut().find(|table| table.name == "customers").expect("a table");
    customers.dependencies.push(ColumnDependency {
        from: "tenant_id".to_owned(),
        to: "country".to_owned(),
        ratio,
        rows: 9_120,
    });
    catalog
}

fn advised(catalog: Catalog, sql: &str) -> IndexAdvice {
    advise_on(catalog, vec![statement(sql, 1_000, 200.0)], AdviceLimits::default())
}

#[test]
fn a_column_that_follows_from_another_is_no_key_beside_it() {
    let advice = advised(sampled(0.98), BOTH);
    assert_eq!(titles(&advice), ["customers (tenant_id)"]);
    let left_out = advice.considered.iter().find(|one| one.code == "follows").expect("a reason");
    assert_eq!(left_out.title, "customers (tenant_id, country)");
    assert_eq!(
        left_out.reason,
        "`country` follows from `tenant_id` in 98% of 9,120 rows that were sampled: `tenant_id` alone finds the same rows"
    );
    let note = advice.create[0].notes.join("\n");
    let told = "in 98% of 9,120 rows that were sampled, which the planner does not know. \
                `CREATE STATISTICS public.stat_customers_tenant_id_country (dependencies, ndistinct) ON tenant_id, country";
    assert!(note.contains(told), "{note}");
}

#[test]
fn columns_that_a_sample_finds_independent_stay_both_without_a_word() {
    let advice = advised(sampled(0.2), BOTH);
    assert_eq!(titles(&advice), ["customers (tenant_id, country)"]);
    assert!(advice.considered.iter().all(|one| one.code != "follows"));
    assert!(!advice.create[0].notes.join("\n").contains("CREATE STATISTICS"), "{:?}", advice.create[0].notes);
}

#[test]
fn what_follows_is_still_found_alone() {
    let advice = advised(sampled(0.98), "SELECT * FROM customers WHERE country = $1");
    assert_eq!(titles(&advice), ["customers (country)"]);
}

#[test]
fn a_sample_is_taken_where_it_can_tell_something() {
    let told = |mut catalog: Catalog| {
        for table in &mut catalog.tables {
            table.extended_statistics.push(vec!["country".to_owned(), "tenant_id".to_owned()]);
        }
        catalog
    };
    type Case<'c> = (&'c str, Catalog, &'c [(&'c str, &'c str)]);
    let cases: [Case<'_>; 8] = [
        (BOTH, catalog(), &[("tenant_id", "country")]),
        (
            "SELECT 1 FROM customers c WHERE c.country = 'FR' AND 7 = c.tenant_id",
            catalog(),
            &[("tenant_id", "country")],
        ),
        // The planner knows.
        (BOTH, told(catalog()), &[]),
        // Its values hardly come twice.
        ("SELECT * FROM customers WHERE email = $1 AND country = $2", catalog(), &[]),
        // Nearly all rows have the same.
        ("SELECT * FROM customers WHERE status = $1 AND country = $2", catalog(), &[]),
        // Nothing is compared with one value.
        ("SELECT * FROM customers WHERE country > $1 AND tenant_id = $2", catalog(), &[]),
        // It is not there for long.
        ("SELECT * FROM scratch WHERE customer_id = $1 AND total = $2", catalog(), &[]),
        ("no statement", catalog(), &[]),
    ];
    for (sql, catalog, wanted) in cases {
        let workload = Workload { statements: vec![statement(sql, 10, 100.0)], seconds: None };
        let found = dependencies_to_ask(&catalog, &workload);
        let pairs: Vec<(&str, &str)> = found.iter().map(|one| (one.from.as_str(), one.to.as_str())).collect();
        assert_eq!(pairs, wanted, "{sql}");
    }
}
