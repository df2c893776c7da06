//! Any bytes as key names: counted within bounds, never a panic; no value that stands in a name is shown.

#![no_main]

use analysis::keyspace::{Tally, WalkFacts, shown_name};
use domain::{
    KeyMeasure, KeyTtl, KeyspaceCost, KeyspaceOptions, KeyspaceState, SourceId, TagMeasure, Timestamp, cache_tag,
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let mut tally = Tally::new(KeyspaceOptions { measured_keys: 50, ..KeyspaceOptions::default() });
    tally.expect(bytes.len() as u64);
    let mut keys = 0;
    for name in bytes.split(|byte| *byte == b'\n') {
        keys += 1;
        assert!(shown_name(name).chars().count() <= 200);
        if tally.seen(name) {
            let size = name.len() as u64;
            let measure = KeyMeasure {
                kind: "string",
                bytes: (size % 3 > 0).then_some(size * 7),
                ttl: if size % 2 == 0 { KeyTtl::Forever } else { KeyTtl::Milliseconds(size << (size % 50)) },
                idle_seconds: Some(size),
            };
            tally.measured(name, &measure);
        }
        if let Some(tag) = cache_tag(name) {
            tally.tagged(&TagMeasure { tag, members: 1, alive_ratio: None, ttl_longest: None });
        }
    }
    let keyspace = tally.snapshot(WalkFacts {
        source: SourceId::new("cache"),
        started_at: Timestamp(0),
        took_ms: 0.0,
        state: KeyspaceState::Running,
        database: 0,
        cost: KeyspaceCost::default(),
        lacks: Vec::new(),
    });
    let shown: u64 = keyspace.prefixes.iter().map(|prefix| prefix.keys).sum();
    assert_eq!(keyspace.keys, keys);
    assert_eq!(shown + keyspace.keys_left_out, keys);
    assert!(keyspace.bytes.is_finite() && keyspace.bytes >= 0.0);
});
