//! The choice for the whole workload: shared indexes, budgets, the cost of writes.

use domain::{AdviceLimits, AdvicePriority};

use super::fixture::{advise, advise_on, catalog, statement, titles};

#[test]
fn prefixes_are_merged() {
    let advice = advise(&[
        "SELECT * FROM customers WHERE tenant_id = $1 AND country = 'DE'",
        "SELECT * FROM customers WHERE tenant_id = $1",
        "SELECT * FROM customers WHERE tenant_id = $1 AND country = $2 ORDER BY created_at DESC LIMIT 10",
    ]);
    assert_eq!(titles(&advice), ["customers (tenant_id, country, created_at)"]);
    let covered = advice.considered.iter().find(|one| one.title == "customers (tenant_id)");
    assert_eq!(
        covered.map(|one| one.reason.as_str()),
        Some("covered by customers (tenant_id, country, created_at)")
    );
    assert_eq!(advice.create[0].serves.len(), 3);
}

#[test]
fn a_budget_takes_what_is_worth_most() {
    let statements = || {
        vec![
            statement("SELECT * FROM orders WHERE customer_id = $1", 10_000, 200.0),
            statement("SELECT * FROM events WHERE tenant_id = $1 ORDER BY at DESC LIMIT 20", 10, 150.0),
        ]
    };
    let without = advise_on(catalog(), statements(), AdviceLimits::default());
    assert_eq!(titles(&without).len(), 2);
    let size = without.create[0].size_bytes.expect("a size");
    let limits = AdviceLimits { budget_bytes: Some(size + 1_000), ..AdviceLimits::default() };
    let within = advise_on(catalog(), statements(), limits);
    assert_eq!(titles(&within), ["orders (customer_id)"]);
    assert!(within.selected_bytes() <= size + 1_000);
    assert!(within.cost_after < within.cost_before && within.cost_after > without.cost_after);
    assert_eq!(within.create.len(), 2, "the other is told, not selected");
    assert_eq!(within.create[0].priority, AdvicePriority::High);
}

#[test]
fn writes_raise_the_bar() {
    let read = |calls| statement("SELECT * FROM hits WHERE seen = $1", calls, 3.0);
    let update = statement("UPDATE hits SET seen = $1 WHERE id = $2", 4_000 * 3_600, 0.1);
    // 2 reads/s
    let advice = advise_on(
        catalog(),
        vec![read(7_200), update.clone()],
        AdviceLimits { max_write_cost: 100.0, ..AdviceLimits::default() },
    );
    assert_eq!(titles(&advice), Vec::<&str>::new());
    let refused = advice.considered.iter().find(|one| one.title == "hits (seen)").expect("considered");
    assert_eq!(
        (refused.code.as_str(), refused.reason.as_str()),
        ("write_heavy", "write-heavy: 4,000 updates/s against 2 reads/s")
    );
    // A column that nobody updates keeps updates within their page.
    let other = statement("SELECT * FROM hits WHERE page_id = $1", 7_200, 50.0);
    let advice = advise_on(catalog(), vec![other, update], AdviceLimits::default());
    assert_eq!(titles(&advice), ["hits (page_id)"]);
    assert_eq!(advice.create[0].write_cost.hot_updates_lost_per_second, Some(0.0));
}

#[test]
fn a_limit_on_write_cost_is_kept() {
    let mut busy = catalog();
    for table in &mut busy.tables {
        table.activity.inserted = 100 * 86_400 * 30;
    }
    let statements = vec![
        statement("SELECT * FROM customers WHERE email = $1", 10_000, 200.0),
        statement("SELECT * FROM customers WHERE name = $1", 5_000, 200.0),
    ];
    let one = AdviceLimits { max_write_cost: 0.1, ..AdviceLimits::default() };
    let advice = advise_on(busy, statements, one);
    assert_eq!(titles(&advice), ["customers (email)"]);
    assert!(advice.create[0].write_cost.ratio.is_some_and(|ratio| ratio > 0.05 && ratio <= 0.1));
}

#[test]
fn the_same_workload_always_gives_the_same_advice() {
    let sql = [
        "SELECT * FROM orders WHERE customer_id = $1",
        "SELECT * FROM customers WHERE tenant_id = $1 AND email = $2",
        "SELECT * FROM events WHERE tenant_id = $1 ORDER BY at DESC LIMIT 20",
    ];
    assert_eq!(advise(&sql), advise(&sql));
}

#[test]
fn deciding_again_under_a_budget_is_deciding() {
    use crate::index_advice::{Prepared, Workload};
    let statements = vec![
        statement("SELECT * FROM orders WHERE customer_id = $1", 10_000, 200.0),
        statement("SELECT * FROM events WHERE tenant_id = $1 ORDER BY at DESC LIMIT 20", 10, 150.0),
    ];
    let prepared = Prepared::new(catalog(), Workload { statements, seconds: None });
    let whole = prepared.decide(&AdviceLimits::default(), None, &mut |_| std::ops::ControlFlow::Continue(()));
    for megabytes in [0, 1, 30, 100, 2_000] {
        let limits = AdviceLimits { budget_bytes: Some(megabytes << 20), ..AdviceLimits::default() };
        let again = prepared.tell(&prepared.decide_again(&whole, &limits), super::fixture::around());
        assert!(again.selected_bytes() <= megabytes << 20, "{megabytes} MB");
        assert_eq!(again.create.len(), 2, "what does not fit is still told");
        assert_eq!(again.request.limits, limits);
    }
}
