//! What a primary and its standbys counted, put together.

use std::collections::HashMap;

use domain::{Catalog, CatalogIndex, DropKind, Replication, Timestamp};

use super::fixture::{advise_on, catalog, index};
use crate::index_advice::{AskedCopy, add_copies};

const IDLE: u32 = 240;
const DAY_MS: i64 = 86_400_000;

fn with_idle() -> Catalog {
    let mut catalog = catalog();
    catalog.tables[1].indexes.push(CatalogIndex { scans: 0, ..index(IDLE, "idle", &["note"]) });
    catalog
}

fn server(known_as: Option<&str>, standbys: &[&str]) -> Replication {
    Replication {
        system: Some("77".to_owned()),
        started: 1,
        in_recovery: known_as.is_some(),
        known_as: known_as.map(str::to_owned),
        standbys: Some(standbys.iter().map(|name| (*name).to_owned()).collect()),
        counted_since: Some(Timestamp(0)),
    }
}

fn copy(known_as: &str, standbys: &[&str]) -> AskedCopy {
    AskedCopy { replication: server(Some(known_as), standbys), scans: HashMap::new() }
}

/// The reason for which the idle index may go, and whether it is selected; none where it stays.
fn judged(mut catalog: Catalog, own: &Replication, copies: &[AskedCopy]) -> Option<(String, bool)> {
    add_copies(&mut catalog, own, copies);
    let advice = advise_on(catalog, Vec::new(), domain::AdviceLimits::default());
    let drop = advice.drop.into_iter().find(|one| one.kind == DropKind::Unused)?;
    assert_eq!(drop.notes.is_empty(), drop.selected, "{drop:?}");
    Some((drop.reason, drop.selected))
}

#[test]
fn every_standby_has_to_be_asked() {
    let two = server(None, &["a", "b"]);
    let cases = [
        ("none is there", server(None, &[]), vec![], "0 scans in 30 days", true),
        (
            "one of one",
            server(None, &["a"]),
            vec![copy("a", &[])],
            "0 scans in 30 days, 1 replica asked too",
            true,
        ),
        (
            "all of two",
            two.clone(),
            vec![copy("a", &[]), copy("b", &[])],
            "0 scans in 30 days, 2 replicas asked too",
            true,
        ),
        (
            "one of two",
            two.clone(),
            vec![copy("b", &[])],
            "0 scans in 30 days, 1 of 2 replicas not asked",
            false,
        ),
        ("none of two", two.clone(), vec![], "0 scans in 30 days, 2 replicas not asked", false),
        ("another one", two, vec![copy("c", &[])], "0 scans in 30 days, 2 replicas not asked", false),
        (
            "two of one name, one asked",
            server(None, &["walreceiver", "walreceiver"]),
            vec![copy("walreceiver", &[])],
            "0 scans in 30 days, 1 of 2 replicas not asked",
            false,
        ),
        (
            "one behind another",
            server(None, &["a"]),
            vec![copy("a", &["behind"])],
            "0 scans in 30 days, 1 of 2 replicas not asked",
            false,
        ),
        (
            "one behind another, asked",
            server(None, &["a"]),
            vec![copy("behind", &[]), copy("a", &["behind"])],
            "0 scans in 30 days, 2 replicas asked too",
            true,
        ),
    ];
    for (what, own, copies, reason, selected) in cases {
        assert_eq!(judged(with_idle(), &own, &copies), Some((reason.to_owned(), selected)), "{what}");
    }
}

#[test]
fn what_one_server_uses_stays() {
    let own = server(None, &["a"]);
    let mut used = copy("a", &[]);
    used.scans.insert(IDLE, 1);
    assert_eq!(judged(with_idle(), &own, std::slice::from_ref(&used)), None);
    used.replication.counted_since = None;
    assert_eq!(
        judged(with_idle(), &own, &[used]),
        None,
        "since when it counts is not known; that it is used is"
    );
}

#[test]
fn time_counts_from_the_youngest_counters_on() {
    let own = server(None, &["a"]);
    let mut young = copy("a", &[]);
    young.replication.counted_since = Some(catalog().taken_at.plus_millis(-8 * DAY_MS));
    let judged_young = judged(with_idle(), &own, std::slice::from_ref(&young));
    assert_eq!(judged_young, Some(("0 scans in 8 days, 1 replica asked too".to_owned(), false)));
    young.replication.counted_since = Some(catalog().taken_at.plus_millis(-DAY_MS));
    assert_eq!(judged(with_idle(), &own, std::slice::from_ref(&young)), None, "a day says nothing");
    young.replication.counted_since = None;
    let unknown = judged(with_idle(), &own, &[young]);
    assert_eq!(unknown, Some(("0 scans in 30 days, 1 replica not asked".to_owned(), false)));
}

#[test]
fn a_standby_asks_its_primary_too() {
    let read_from_standby = || Catalog { in_recovery: true, ..with_idle() };
    let own = server(Some("a"), &[]);
    let alone = judged(read_from_standby(), &own, &[]);
    assert_eq!(alone, Some(("0 scans in 30 days, primary not asked".to_owned(), false)));
    let primary =
        |standbys: &[&str]| AskedCopy { replication: server(None, standbys), scans: HashMap::new() };
    let both = judged(read_from_standby(), &own, &[primary(&["a"])]);
    assert_eq!(both, Some(("0 scans in 30 days, 1 replica asked too".to_owned(), true)));
    let third = judged(read_from_standby(), &own, &[primary(&["a", "b"])]);
    assert_eq!(third, Some(("0 scans in 30 days, 1 of 2 replicas not asked".to_owned(), false)));
}

#[test]
fn hidden_standbys_stay_unknown() {
    let own = Replication { standbys: None, ..server(None, &[]) };
    let catalog = Catalog { replicas: None, ..with_idle() };
    let found = judged(catalog, &own, &[copy("a", &[])]);
    assert_eq!(found, Some(("0 scans in 30 days, replicas not known".to_owned(), false)));
}
