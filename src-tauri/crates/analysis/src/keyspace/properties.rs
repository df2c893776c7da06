//! Any bytes as names: never a panic, counts add up, bounds hold.

use domain::{KeyMeasure, KeyTtl};
use proptest::prelude::*;

use super::cases::{facts, tally};
use super::shown_name;

fn names() -> impl Strategy<Value = Vec<Vec<u8>>> {
    let name = prop_oneof![
        prop::collection::vec(any::<u8>(), 0..300),
        "[a-z]{1,8}:[a-f0-9]{0,20}(:[a-zA-Z0-9@{}\"]{0,9}){0,6}".prop_map(String::into_bytes),
        "mpanel:query:[a-f0-9]{15,17}:\\PC{0,40}".prop_map(String::into_bytes),
        "cache:tag:\\PC{0,10}".prop_map(String::into_bytes),
    ];
    prop::collection::vec(name, 0..60)
}

proptest! {
    #[test]
    fn counts_add_up(names in names(), wanted in 0_u64..80, expected in 0_u64..80) {
        let mut tally = tally(wanted, expected);
        for name in &names {
            if tally.seen(name) {
                let ttl = match name.len() % 3 {
                    0 => KeyTtl::Forever,
                    1 => KeyTtl::Milliseconds(name.len() as u64 * 1_000_000),
                    _ => KeyTtl::Unknown,
                };
                let bytes = (!name.len().is_multiple_of(5)).then_some(name.len() as u64 + 50);
                let measure = KeyMeasure { kind: "string", bytes, ttl, idle_seconds: Some(name.len() as u64) };
                tally.measured(name, &measure);
            }
        }
        let keyspace = tally.snapshot(facts());
        let shown: u64 = keyspace.prefixes.iter().map(|prefix| prefix.keys).sum();
        prop_assert_eq!(keyspace.keys, names.len() as u64);
        prop_assert_eq!(shown + keyspace.keys_left_out, keyspace.keys);
        prop_assert!(keyspace.measured <= wanted);
        prop_assert!(keyspace.bytes.is_finite() && keyspace.bytes >= 0.0);
        prop_assert!(keyspace.without_ttl <= keyspace.keys as f64 + 1e-6);
        if keyspace.measured > 0 {
            let types: f64 = keyspace.types.iter().map(|share| share.keys).sum();
            prop_assert!((types - keyspace.keys as f64).abs() < 1e-6);
            let sized: f64 = keyspace.types.iter().map(|share| share.bytes).sum();
            prop_assert!((sized - keyspace.bytes).abs() <= keyspace.bytes * 1e-9 + 1e-6);
        }
        for prefix in &keyspace.prefixes {
            prop_assert!(prefix.prefix.len() <= 4 * 33 * 3, "{}", prefix.prefix);
            prop_assert!((0.0..=1.0).contains(&prefix.without_ttl_ratio));
        }
    }

    #[test]
    fn shown_names_are_short_text(name in prop::collection::vec(any::<u8>(), 0..2_000)) {
        let shown = shown_name(&name);
        prop_assert!(shown.chars().count() <= 200);
        prop_assert!(shown.chars().all(|letter| !letter.is_ascii_control() && letter != '"'));
    }

    #[test]
    fn the_result_in_a_broken_name_is_never_shown(hash in "[a-f0-9]{16}", result in "\\PC{1,50}") {
        let shown = shown_name(format!("mpanel:query:{hash}:{result}").as_bytes());
        prop_assert_eq!(shown, format!("mpanel:query:{hash}:…"));
    }
}
