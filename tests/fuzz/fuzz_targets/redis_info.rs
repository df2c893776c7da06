//! Any bytes as what a Redis answers: read or passed over, never a panic, nothing endless and no digit of a key.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sources::redis::info::{Info, node, server};
use sources::redis::slow_log::{entries, fresh};
use sources::redis::{clients, latency};

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let fields = Info::parse(&text);
    server(&fields);
    let node = node(&fields, "a:1", "7");
    assert!(node.memory.fragmentation_ratio.is_none_or(f64::is_finite));
    assert!(node.commands.len() <= 50);
    node.keys();

    let groups = clients::groups(&text);
    let told: u64 = groups.iter().map(|group| group.connections).sum();
    assert!(groups.len() <= 50 && told <= text.lines().count() as u64);

    let Ok(answer) = redis::parse_redis_value(bytes) else { return };
    latency::events(&answer);
    let found = entries(&answer);
    for key in found.iter().filter_map(|entry| entry.key.as_ref()) {
        assert!(!key.contains(|c: char| c.is_ascii_digit()), "{key}");
    }
    let first = fresh(None, "run", found.clone());
    let again = fresh(Some(&first.cursor), "run", found);
    assert!(again.entries.is_empty() && again.missed == 0, "{again:?}");
});
