//! Any bytes as a plan: read within bounds or refused, never a panic, never a negative or endless figure.

#![no_main]

use analysis::explain::read_plan;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(json) = std::str::from_utf8(bytes) else { return };
    let Ok(plan) = read_plan(json) else { return };
    let mut open = vec![&plan.root];
    while let Some(node) = open.pop() {
        assert!((0.0..=1.0).contains(&node.cost_ratio), "{node:?}");
        assert!(node.own_ms.is_none_or(|own| own >= 0.0 && own.is_finite()), "{node:?}");
        assert!(node.own_ms <= node.total_ms, "{node:?}");
        open.extend(&node.children);
    }
});
