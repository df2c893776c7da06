//! Foreign keys, drops, partitions, and advice without a database.

use domain::{Catalog, CatalogIndex, DropKind, Timestamp};

use super::fixture::{advise, advise_on, around, catalog, index, statement, titles};
use crate::index_advice::{Prepared, Workload, assumed_catalog};

#[test]
fn a_foreign_key_without_an_index_matters_where_its_parent_loses_rows() {
    let told = |catalog: Catalog| {
        let advice = advise_on(
            catalog,
            vec![statement("SELECT * FROM settings WHERE name = $1", 5, 1.0)],
            domain::AdviceLimits::default(),
        );
        advice.create.into_iter().find(|one| one.title == "orders (customer_id)")
    };
    assert_eq!(told(catalog()), None, "nobody deletes customers");
    let mut deleting = catalog();
    deleting.tables[0].activity.deleted = 1_200;
    let found = told(deleting.clone()).expect("a suggestion");
    assert!(found.reason.contains("1,200 rows of `customers` were deleted"), "{}", found.reason);
    assert!(found.serves.is_empty() && !found.selected);
    deleting.tables[1].indexes.push(index(211, "have_it", &["customer_id", "total"]));
    assert_eq!(told(deleting), None, "it has one");
}

fn orders_with(extra: Vec<CatalogIndex>) -> Catalog {
    let mut catalog = catalog();
    catalog.tables[1].indexes.extend(extra);
    catalog
}

fn drops(catalog: Catalog) -> Vec<(String, DropKind, String, bool)> {
    let advice = advise_on(catalog, Vec::new(), domain::AdviceLimits::default());
    advice.drop.into_iter().map(|one| (one.index, one.kind, one.reason, one.selected)).collect()
}

#[test]
fn redundant_unused_and_invalid_indexes_go() {
    let unused = |name: &str| CatalogIndex { scans: 0, ..index(220, name, &["note"]) };
    assert_eq!(
        drops(orders_with(vec![index(221, "prefix", &["tenant_id"])])),
        [(
            "prefix".to_owned(),
            DropKind::Redundant,
            "covered by orders (tenant_id, placed_at)".to_owned(),
            true
        )]
    );
    assert_eq!(
        drops(orders_with(vec![unused("idle")])),
        [("idle".to_owned(), DropKind::Unused, "0 scans in 30 days".to_owned(), true)]
    );
    assert_eq!(
        drops(orders_with(vec![CatalogIndex { valid: false, ..index(222, "failed_ccnew", &["note"]) }])),
        [(
            "failed_ccnew".to_owned(),
            DropKind::Invalid,
            "left behind by a failed concurrent build".to_owned(),
            true
        )]
    );
}

#[test]
fn what_something_stands_on_stays() {
    let idle = CatalogIndex { scans: 0, ..index(230, "idle", &["note"]) };
    let kept = [
        ("primary", CatalogIndex { primary: true, unique: true, ..idle.clone() }),
        ("unique", CatalogIndex { unique: true, ..idle.clone() }),
        ("exclusion", CatalogIndex { exclusion: true, ..idle.clone() }),
        ("constraint", CatalogIndex { constraint: Some("c".to_owned()), ..idle.clone() }),
        ("replica identity", CatalogIndex { replica_identity: true, ..idle.clone() }),
        ("being built", CatalogIndex { valid: false, being_built: true, ..idle.clone() }),
        ("foreign key", CatalogIndex { scans: 0, ..index(231, "fk", &["customer_id"]) }),
        ("used", index(232, "used", &["note"])),
        ("another order", index(233, "other", &["placed_at"])),
    ];
    for (what, index) in kept {
        assert_eq!(drops(orders_with(vec![index])), [], "{what}");
    }
    let mut desc = index(234, "desc", &["tenant_id"]);
    desc.keys[0].descending = true;
    assert_eq!(drops(orders_with(vec![desc])), [], "the other direction is another index");
    let partial =
        CatalogIndex { predicate: Some("total > 5".to_owned()), ..index(235, "partial", &["tenant_id"]) };
    assert_eq!(drops(orders_with(vec![partial])), [], "it holds other rows");
}

#[test]
fn unused_is_a_judgement_over_time_and_all_servers() {
    let idle = || CatalogIndex { scans: 0, ..index(240, "idle", &["note"]) };
    let mut young = orders_with(vec![idle()]);
    young.counted_since = Some(Timestamp(young.taken_at.0 - 86_400_000));
    assert_eq!(drops(young), [], "a day says nothing");
    let mut replicated = orders_with(vec![idle()]);
    replicated.replicas = Some(2);
    assert_eq!(
        drops(replicated),
        [("idle".to_owned(), DropKind::Unused, "0 scans in 30 days, 2 replicas not asked".to_owned(), false)]
    );
    let mut unknown = orders_with(vec![idle()]);
    unknown.counted_since = None;
    assert_eq!(drops(unknown), []);
}

#[test]
fn of_two_alike_one_goes() {
    let twins = orders_with(vec![index(250, "one", &["note"]), index(251, "two", &["note"])]);
    assert_eq!(drops(twins).into_iter().map(|one| one.0).collect::<Vec<_>>(), ["two"]);
}

#[test]
fn partitions_are_listed_for_the_recipe() {
    let advice = advise(&["SELECT * FROM metrics WHERE host_id = $1"]);
    let found: Vec<_> =
        advice.create[0].partitions.iter().map(|one| (one.table.as_str(), one.index_name.as_str())).collect();
    assert_eq!(found, [("metrics_1", "idx_metrics_1_host_id"), ("metrics_2", "idx_metrics_2_host_id")]);
}

/// The example of the document that mPanel's own index advisor comes with.
#[test]
fn the_documents_example_is_found_from_the_log_alone() {
    let statements = vec![
        statement("SELECT * FROM customers WHERE tenant_id = $1 AND email = $2", 23, 157.5),
        statement(
            "SELECT c.name, o.total FROM customers c JOIN orders o ON o.customer_id = c.id WHERE c.id = $1",
            18,
            120.0,
        ),
        statement("SELECT * FROM customers WHERE id = $1", 900, 101.0),
    ];
    let prepared = Prepared::new(assumed_catalog(&statements), Workload { statements, seconds: None });
    let decision =
        prepared.decide(&domain::AdviceLimits::default(), None, &mut |_| std::ops::ControlFlow::Continue(()));
    let advice =
        prepared.tell(&decision, crate::index_advice::tell::Around { has_catalog: false, ..around() });
    let mut found = titles(&advice);
    found.sort_unstable();
    assert_eq!(found, ["customers (tenant_id, email)", "orders (customer_id)"]);
    let customers = advice.create.iter().find(|one| one.definition.table == "customers").expect("customers");
    assert_eq!(customers.mean_ms_before, Some(157.5));
    assert_eq!((customers.calls, customers.size_bytes), (23, None));
    assert_eq!(advice.evidence, domain::AdviceEvidence::Estimated);
    assert!(advice.database.is_none() && advice.drop.is_empty());
    let key = advice.considered.iter().find(|one| one.title == "customers (id)").expect("the key");
    assert!(key.reason.contains("assumed"), "{}", key.reason);
}

/// A planner that has no use for one index and misses another.
struct Hiding {
    missed: u32,
    /// Questions about a hidden index.
    asked: std::rc::Rc<std::cell::Cell<u32>>,
}

impl crate::index_advice::WhatIf for Hiding {
    fn plan(
        &mut self,
        _: usize,
        _: &[usize],
    ) -> Result<crate::index_advice::Plan, crate::index_advice::NoPlan> {
        Ok(crate::index_advice::Plan { cost: 100.0, used: Vec::new() })
    }

    fn size(&mut self, _: usize) -> Option<u64> {
        Some(8_192)
    }

    fn without(&mut self, _: usize, index: u32) -> Option<f64> {
        self.asked.set(self.asked.get() + 1);
        Some(if index == self.missed { 250.0 } else { 100.0 })
    }
}

#[test]
fn what_the_planner_would_miss_stays_and_the_rest_is_verified() {
    let extra = vec![index(260, "needed", &["tenant_id"]), index(261, "needless", &["tenant_id"])];
    let statements = vec![statement("SELECT * FROM orders WHERE tenant_id = 3", 9, 200.0)];
    let prepared = Prepared::new(orders_with(extra), Workload { statements, seconds: None });
    let mut planner = Hiding { missed: 260, asked: std::rc::Rc::default() };
    let limits = domain::AdviceLimits::default();
    let decision = prepared.decide(&limits, Some(&mut planner), &mut |_| std::ops::ControlFlow::Continue(()));
    let advice = prepared.tell(&decision, around());
    let found: Vec<_> = advice.drop.iter().map(|one| (one.index.as_str(), one.evidence)).collect();
    assert_eq!(found, [("needless", domain::AdviceEvidence::Verified)]);
}

#[test]
fn hiding_ends_when_time_is_up_and_what_was_not_asked_stays_an_estimate() {
    let extra = ["one", "two", "three"].map(|name| (name, ["tenant_id"]));
    let extra = extra.iter().zip(260..).map(|((name, keys), oid)| index(oid, name, keys)).collect();
    let statements = vec![statement("SELECT * FROM orders WHERE tenant_id = 3", 9, 200.0)];
    let prepared = Prepared::new(orders_with(extra), Workload { statements, seconds: None });
    let asked = std::rc::Rc::new(std::cell::Cell::new(0));
    let mut planner = Hiding { missed: 0, asked: std::rc::Rc::clone(&asked) };
    let limits = domain::AdviceLimits::default();
    let decision = prepared.decide(&limits, Some(&mut planner), &mut |_| match asked.get() {
        0 => std::ops::ControlFlow::Continue(()),
        _ => std::ops::ControlFlow::Break(()),
    });
    assert_eq!(asked.get(), 1);
    let advice = prepared.tell(&decision, around());
    let verified = |evidence| advice.drop.iter().filter(|one| one.evidence == evidence).count();
    let counts = (
        verified(domain::AdviceEvidence::Verified),
        verified(domain::AdviceEvidence::Estimated),
        advice.partial,
    );
    assert_eq!(counts, (1, 2, false), "{:?}", advice.drop);
}
