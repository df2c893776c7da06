//! The words of a suggestion.

use super::fixture::{advise, advise_on, catalog, statement};

#[test]
fn a_reason_tells_who_asks_and_what_is_left_to_read() {
    let advice = advise(&["SELECT * FROM customers WHERE tenant_id = $1 AND country = $2"]);
    let one = &advice.create[0];
    assert_eq!(
        one.reason,
        "A statement (1,000 executions, 200 ms on average) filters on `tenant_id` and `country` with equality. \
         `tenant_id` alone leaves 3,750 rows to read, both leave 94."
    );
    assert_eq!(one.name, "idx_customers_tenant_id_country");
    assert!(
        one.id.len() == 16
            && one.id
                == advise(&["SELECT 1", "SELECT * FROM customers WHERE country = $1 AND tenant_id = $2"])
                    .create[0]
                    .id
    );
    assert_eq!(one.mean_ms_before, Some(200.0));
    assert!(one.mean_ms_after.is_some_and(|after| after < 20.0), "{:?}", one.mean_ms_after);
    assert!(one.serves[0].cost_after < one.serves[0].cost_before);
}

#[test]
fn columns_that_may_hang_together_come_with_extended_statistics() {
    let advice = advise(&["SELECT * FROM customers WHERE country = $1 AND tenant_id = $2"]);
    let notes = advice.create[0].notes.join("\n");
    let sql = "`CREATE STATISTICS public.stat_customers_tenant_id_country (dependencies, ndistinct) ON tenant_id, country \
               FROM public.customers; ANALYZE public.customers;`";
    assert!(notes.contains(sql), "{notes}");
}

#[test]
fn statements_are_told_without_their_constants() {
    let advice = advise_on(
        catalog(),
        vec![statement("SELECT * FROM customers WHERE email = 'ada@example.org'", 9, 300.0)],
        domain::AdviceLimits::default(),
    );
    let told = serde_json::to_string(&advice).expect("JSON");
    assert!(!told.contains("ada@example.org"), "{told}");
    assert_eq!(advice.statements[0].statement, "SELECT * FROM customers WHERE email = $1");
}

#[test]
fn whatever_is_no_statement_leaves_the_rest_alone() {
    let advice = advise(&[
        "SELECT FROM WHERE",
        "SELECT * FROM nowhere WHERE x = 1",
        "SELECT * FROM orders WHERE customer_id = 1",
    ]);
    assert_eq!(super::fixture::titles(&advice), ["orders (customer_id)"]);
    let problems: Vec<_> = advice.statements.iter().filter_map(|one| one.problem.as_deref()).collect();
    assert_eq!(problems.len(), 2, "{problems:?}");
}

#[test]
fn a_parameter_is_told_for_a_frequent_and_for_a_usual_value() {
    let told = |ratio: f64, sql: &str| {
        let mut catalog = catalog();
        let column =
            catalog.tables[1].columns.iter_mut().find(|one| one.name == "customer_id").expect("a column");
        column.statistics.get_or_insert_default().common = vec![domain::CommonValue { hash: 7, ratio }];
        let advice = advise_on(catalog, vec![statement(sql, 100, 200.0)], domain::AdviceLimits::default());
        advice.create[0].notes.join(" ")
    };
    let notes = told(0.3, "SELECT * FROM orders WHERE customer_id = $1");
    assert!(notes.contains("the most frequent value of `customer_id` is in 300,000 rows"), "{notes}");
    assert!(notes.contains("for a usual one about "), "{notes}");
    assert!(
        !told(0.000_01, "SELECT * FROM orders WHERE customer_id = $1").contains("parameter holds"),
        "all alike"
    );
    assert!(
        !told(0.3, "SELECT * FROM orders WHERE customer_id = 12").contains("parameter holds"),
        "it is known"
    );
}
