//! Sources, settings and findings come back, also from the spare copy.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests fail loudly")]

use domain::{
    Check, Connection, Finding, IndexBuildId, Settings, Severity, SourceConfig, SourceId, SourceKind,
    TimeRange, Timestamp,
};
use history::SettingsStore;

fn source(id: &str) -> SourceConfig {
    SourceConfig {
        id: SourceId::new(id),
        name: format!("Panel {id}"),
        kind: SourceKind::Postgres,
        connection: Connection::Url { url: "postgres://panel@db/panel".to_owned() },
        interval_ms: 5000,
        enabled: true,
        upstream: None,
        application_name: None,
        pool_max: None,
        allow_index_builds: false,
        allow_signals: false,
        allow_cache_writes: false,
        secret: None,
    }
}

fn finding(id: u64, since: i64, cleared: Option<i64>) -> Finding {
    Finding {
        id: id.to_string(),
        check: Check::PoolSaturation,
        source: SourceId::new("a"),
        severity: Severity::Warning,
        title: "Pool near capacity".to_owned(),
        detail: "94%".to_owned(),
        evidence: Vec::new(),
        remedy: None,
        since: Timestamp(since),
        last_seen: Timestamp(since),
        cleared_at: cleared.map(Timestamp),
        muted_until: None,
    }
}

fn ids(findings: &[Finding]) -> Vec<&str> {
    findings.iter().map(|finding| finding.id.as_str()).collect()
}

#[test]
fn everything_comes_back_after_reopening() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("settings.db");
    let settings = Settings { team: Some("Operations".to_owned()), ..Settings::default() };
    let store = SettingsStore::open(&path, Timestamp(0)).unwrap();
    assert_eq!(store.settings().unwrap(), Settings::default());
    store.save_settings(&settings).unwrap();
    for id in ["b", "a", "c"] {
        store.save_source(&source(id)).unwrap();
    }
    store.save_source(&SourceConfig { enabled: false, ..source("a") }).unwrap();
    assert!(store.remove_source(&SourceId::new("c")).unwrap());
    assert!(!store.remove_source(&SourceId::new("c")).unwrap());
    drop(store);
    let store = SettingsStore::open(&path, Timestamp(0)).unwrap();
    assert_eq!(store.settings().unwrap(), settings);
    assert_eq!(store.sources().unwrap(), [SourceConfig { enabled: false, ..source("a") }, source("b")]);
    assert!(store.notices().is_empty());
}

#[test]
fn findings_by_time() {
    let dir = tempfile::tempdir().unwrap();
    let store = SettingsStore::open(&dir.path().join("settings.db"), Timestamp(0)).unwrap();
    assert_eq!(store.next_finding_id().unwrap(), 1);
    for finding in [finding(1, 10, Some(20)), finding(2, 15, None), finding(3, 50, Some(60))] {
        store.save_finding(&finding).unwrap();
    }
    assert_eq!(store.next_finding_id().unwrap(), 4);
    assert_eq!(ids(&store.open_findings().unwrap()), ["2"]);
    let between =
        |from, to| store.findings_between(TimeRange { from: Timestamp(from), to: Timestamp(to) }).unwrap();
    assert_eq!(ids(&between(0, 30)), ["2", "1"]);
    assert_eq!(ids(&between(30, 100)), ["3", "2"]);
    assert!(store.mute_finding("2", Some(Timestamp(99))).unwrap());
    assert!(!store.mute_finding("77", None).unwrap());
    assert_eq!(store.open_findings().unwrap()[0].muted_until, Some(Timestamp(99)));
    assert_eq!(
        store.save_finding(&Finding { id: "x".to_owned(), ..finding(1, 0, None) }).unwrap_err().code(),
        "invalid"
    );
}

#[test]
fn a_damaged_file_is_set_aside_and_the_spare_copy_takes_its_place() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("settings.db");
    let store = SettingsStore::open(&path, Timestamp(0)).unwrap();
    store.save_source(&source("a")).unwrap();
    drop(store);
    std::fs::write(&path, vec![0x5a; 20_000]).unwrap();
    let store = SettingsStore::open(&path, Timestamp(0)).unwrap();
    assert_eq!(store.sources().unwrap(), [source("a")]);
    assert_eq!(store.notices().len(), 2, "{:?}", store.notices());
    drop(store);
    // With no copy that is sound, a fresh file.
    std::fs::write(&path, "garbage").unwrap();
    std::fs::write(dir.path().join("settings.db.spare"), "garbage").unwrap();
    let store = SettingsStore::open(&path, Timestamp(0)).unwrap();
    assert!(store.sources().unwrap().is_empty());
    assert!(!store.notices().is_empty());
    store.save_source(&source("b")).unwrap();
}

#[test]
fn decisions_about_patterns_come_back_in_a_file_that_was_older() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("settings.db");
    let store = SettingsStore::open(&path, Timestamp(0)).unwrap();
    store.save_source(&source("a")).unwrap();
    drop(store);
    // As the version before wrote it.
    let older = rusqlite::Connection::open(&path).unwrap();
    older
        .execute_batch("DROP TABLE ignored_patterns; DROP TABLE index_builds; PRAGMA user_version = 1;")
        .unwrap();
    drop(older);
    let store = SettingsStore::open(&path, Timestamp(0)).unwrap();
    assert!(dir.path().join("settings.db.before-v3").exists());
    let ignored = |id: &str, reason: &str, at: i64| domain::IgnoredPattern {
        id: id.to_owned(),
        reason: reason.to_owned(),
        at: Timestamp(at),
    };
    store.ignore_pattern(&ignored("x-redundant", "a warm-up", 2)).unwrap();
    store.ignore_pattern(&ignored("y-n_plus_one", "three rows at the most", 1)).unwrap();
    store.ignore_pattern(&ignored("x-redundant", "the health check", 3)).unwrap();
    drop(store);
    let store = SettingsStore::open(&path, Timestamp(0)).unwrap();
    let expected =
        [ignored("y-n_plus_one", "three rows at the most", 1), ignored("x-redundant", "the health check", 3)];
    assert_eq!(store.ignored_patterns().unwrap(), expected);
    store.heed_pattern("x-redundant").unwrap();
    store.heed_pattern("absent").unwrap();
    assert_eq!(store.ignored_patterns().unwrap().len(), 1);
    assert_eq!(store.sources().unwrap().len(), 1);
}

#[test]
fn builds_of_indexes_are_kept_in_order_and_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("settings.db");
    let store = SettingsStore::open(&path, Timestamp(0)).unwrap();
    let id = |number: &str| IndexBuildId(number.to_owned());
    for (number, body) in [("2", "second"), ("1", "first"), ("2", "again")] {
        store.save_index_build(&id(number), &body).unwrap();
    }
    assert_eq!(store.index_builds::<String>().unwrap(), ["first", "again"]);
    assert!(store.remove_index_build(&id("1")).unwrap() && !store.remove_index_build(&id("1")).unwrap());
    assert_eq!(store.save_index_build(&id("x"), &"").unwrap_err().code(), "invalid");
    drop(store);
    let store = SettingsStore::open(&path, Timestamp(0)).unwrap();
    assert_eq!(store.index_builds::<String>().unwrap(), ["again"]);
    assert!(store.index_builds::<u8>().unwrap().is_empty() && store.notices().len() == 1);
}
