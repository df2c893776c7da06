//! Keyspaces whose truth is known, told from all or from some of their keys.

use domain::{
    CacheLayout, KeyMeasure, KeyTtl, Keyspace, KeyspaceCost, KeyspaceOptions, KeyspaceState, SourceId,
    TagMeasure, Timestamp,
};

use super::{Tally, WalkFacts};

pub(super) fn facts() -> WalkFacts {
    WalkFacts {
        source: SourceId::new("cache"),
        started_at: Timestamp(0),
        took_ms: 1.0,
        state: KeyspaceState::Running,
        database: 0,
        cost: KeyspaceCost::default(),
        lacks: Vec::new(),
    }
}

pub(super) fn tally(measured_keys: u64, expected: u64) -> Tally {
    let mut tally = Tally::new(KeyspaceOptions { measured_keys, ..KeyspaceOptions::default() });
    tally.expect(expected);
    tally
}

fn string(bytes: u64, ttl: KeyTtl) -> KeyMeasure<'static> {
    KeyMeasure { kind: "string", bytes: Some(bytes), ttl, idle_seconds: Some(5) }
}

fn see(tally: &mut Tally, name: &str, measure: &KeyMeasure<'_>) {
    if tally.seen(name.as_bytes()) {
        tally.measured(name.as_bytes(), measure);
    }
}

fn near(found: f64, truth: f64, share: f64) -> bool {
    (found - truth).abs() <= truth * share
}

fn keys_of(keyspace: &Keyspace, label: &str) -> f64 {
    keyspace.ttl.iter().find(|step| step.label == label).map_or(0.0, |step| step.keys)
}

#[test]
fn a_small_keyspace_is_told_exactly() {
    let mut tally = tally(1_000, 13);
    for number in 0..10_u64 {
        see(&mut tally, &format!("session:{number}"), &string(100, KeyTtl::Milliseconds(30_000)));
    }
    see(&mut tally, "config:a", &string(1_000, KeyTtl::Forever));
    let list = KeyMeasure { kind: "list", bytes: Some(5_000), ttl: KeyTtl::Forever, idle_seconds: None };
    see(&mut tally, "queue:emails", &list);
    see(&mut tally, "queue:sms", &list);
    let keyspace = tally.snapshot(facts());
    assert_eq!((keyspace.keys, keyspace.measured, keyspace.bytes), (13, 13, 12_000.0));
    assert_eq!(keyspace.without_ttl, 3.0);
    let types: Vec<_> = keyspace.types.iter().map(|t| (t.name.as_str(), t.keys, t.bytes)).collect();
    assert_eq!(types, [("list", 2.0, 10_000.0), ("string", 11.0, 2_000.0)]);
    let prefixes: Vec<_> = keyspace.prefixes.iter().map(|p| (p.prefix.as_str(), p.keys, p.bytes)).collect();
    assert_eq!(prefixes, [("queue:*", 2, 10_000.0), ("config:*", 1, 1_000.0), ("session:*", 10, 1_000.0)]);
    assert_eq!((keys_of(&keyspace, "none"), keys_of(&keyspace, "under 1 min")), (3.0, 10.0));
    let session = &keyspace.prefixes[2];
    assert_eq!((session.ttl_median, session.ttl_longest), (Some(30.0), Some(30.0)));
    assert_eq!((session.without_ttl_ratio, session.types.as_str()), (0.0, "string"));
    let biggest: Vec<_> = keyspace.biggest.iter().take(2).map(|key| key.name.as_str()).collect();
    assert_eq!(biggest, ["queue:emails", "queue:sms"]);
    // Idleness is known of strings only, and stands for all keys.
    assert_eq!(keyspace.idle[0].keys, 13.0);
}

#[test]
fn a_sample_stands_for_the_rest() {
    let all = 200_000_u64;
    let mut tally = tally(10_000, all);
    let mut truth = 0.0;
    for number in 0..all {
        let hash = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let (name, bytes, ttl) = match number % 10 {
            0 => (format!("query:{hash:016x}"), 500 + hash % 9_000, KeyTtl::Milliseconds(hash % 3_600_000)),
            1 if number % 1_000 == 1 => (format!("rare:{number}"), 100_000, KeyTtl::Forever),
            _ => (format!("session:{number}"), 150 + hash % 50, KeyTtl::Milliseconds(86_400_000)),
        };
        truth += bytes as f64;
        see(&mut tally, &name, &string(bytes, ttl));
    }
    let keyspace = tally.snapshot(facts());
    assert_eq!(keyspace.keys, all);
    assert!((9_000..=10_000).contains(&keyspace.measured), "{}", keyspace.measured);
    assert!(near(keyspace.bytes, truth, 0.03), "{} of {truth}", keyspace.bytes);
    assert!(near(keys_of(&keyspace, "none"), 200.0, 0.001), "{:?}", keyspace.ttl);
    assert!(near(keyspace.without_ttl, 200.0, 0.001), "{}", keyspace.without_ttl);
    let rare = keyspace.prefixes.iter().find(|prefix| prefix.prefix == "rare:*").unwrap();
    assert!(rare.measured >= 10 && near(rare.bytes, 200.0 * 100_000.0, 0.001), "{rare:?}");
    let query = keyspace.prefixes.iter().find(|prefix| prefix.prefix == "query:*").unwrap();
    assert!(near(query.ttl_median.unwrap(), 1_800.0, 0.2), "{query:?}");
    let total: f64 = keyspace.ttl.iter().map(|step| step.keys).sum();
    assert!(near(total, all as f64, 1e-9), "{total}");
}

/// Name, kind, time to live in seconds, as recorded from an instance with the intended layout.
const FULL: &str = include_str!("recorded/full.txt");
/// The same of an instance as it is delivered.
const STOCK: &str = include_str!("recorded/stock.txt");

fn recorded(text: &str) -> Keyspace {
    let mut tally = tally(1_000, text.lines().count() as u64);
    for line in text.lines() {
        let mut fields = line.split('\t');
        let name = fields.next().unwrap().as_bytes();
        let kind = fields.next().unwrap();
        let ttl = KeyTtl::Milliseconds(fields.next().unwrap().parse::<u64>().unwrap() * 1_000);
        assert!(tally.seen(name));
        tally.measured(name, &KeyMeasure { kind, bytes: Some(200), ttl, idle_seconds: None });
        if let Some(tag) = domain::cache_tag(name) {
            tally.tagged(&TagMeasure { tag, members: 3, alive_ratio: Some(1.0), ttl_longest: Some(87.0) });
        }
    }
    tally.snapshot(facts())
}

#[test]
fn a_recording_of_the_intended_layout() {
    let keyspace = recorded(FULL);
    assert_eq!(keyspace.layout, Some(CacheLayout::Intended { entries: 5, tags: 6 }));
    let prefixes: Vec<_> = keyspace.prefixes.iter().map(|p| (p.prefix.as_str(), p.keys)).collect();
    assert_eq!(prefixes, [("cache:tag:*", 6), ("query:*", 5)]);
    let tags: Vec<_> =
        keyspace.tags.iter().map(|tag| (tag.tag.as_str(), tag.cache_types.join(" "))).collect();
    assert_eq!(tags[1], ("catalog", "products product_categories".to_owned()));
    assert_eq!((tags.len(), keyspace.tags_left_out), (6, 0));
}

#[test]
fn a_recording_of_the_broken_layout() {
    let keyspace = recorded(STOCK);
    let Some(CacheLayout::Broken { entries: 2, name_bytes, intended_entries: 0 }) = keyspace.layout else {
        panic!("{:?}", keyspace.layout)
    };
    assert_eq!(name_bytes, 2 * 103);
    let prefixes: Vec<_> = keyspace.prefixes.iter().map(|p| (p.prefix.as_str(), p.keys)).collect();
    assert_eq!(prefixes, [("mpanel:stats:i18n:*", 6), ("mpanel:query:*", 2)]);
    let names: Vec<_> = keyspace.biggest.iter().map(|key| key.name.as_str()).collect();
    assert!(names.contains(&"mpanel:query:32c5c6b95b6a81a6:…"), "{names:?}");
    assert!(names.iter().all(|name| !name.contains("Plan")), "{names:?}");
}

#[test]
fn names_of_megabytes_are_counted_and_sized_without_being_kept() {
    let mut tally = tally(1_000_000, 500);
    let result = "x".repeat(1 << 20);
    for number in 0..500_u64 {
        let name = format!("mpanel:query:{number:016x}:{{\"rows\":\"{result}\"}}");
        see(&mut tally, &name, &string(name.len() as u64 + 64, KeyTtl::Milliseconds(3_600_000)));
    }
    let keyspace = tally.snapshot(facts());
    assert_eq!((keyspace.keys, keyspace.measured, keyspace.long_names), (500, 100, 500));
    assert!(near(keyspace.bytes, 500.0 * (1 << 20) as f64, 0.001), "{}", keyspace.bytes);
    assert!(keyspace.biggest.iter().all(|key| key.name.len() < 100 && key.name_bytes > 1 << 20));
}

#[test]
fn without_any_size_names_still_count() {
    let mut tally = tally(10, 2);
    let unknown = KeyMeasure { kind: "string", bytes: None, ttl: KeyTtl::Unknown, idle_seconds: None };
    see(&mut tally, "a:1", &unknown);
    see(&mut tally, "a:2", &unknown);
    let keyspace = tally.snapshot(facts());
    assert_eq!((keyspace.keys, keyspace.measured, keyspace.bytes), (2, 2, 0.0));
    assert_eq!((keyspace.ttl, keyspace.idle, keyspace.biggest), (vec![], vec![], vec![]));
    assert_eq!(keyspace.types[0].keys, 2.0);
}
