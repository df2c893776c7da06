//! What must hold for anything that calls itself a plan.

use domain::PlanNode;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use serde_json::{Map, Value, json};

use super::read_plan;

const KINDS: &[&str] = &[
    "Seq Scan",
    "Index Scan",
    "Nested Loop",
    "Hash Join",
    "Hash",
    "Sort",
    "Gather",
    "CTE Scan",
    "Aggregate",
    "Limit",
    "ModifyTable",
    "Merge Join",
    "Bitmap Heap Scan",
    "Future Scan",
    "",
];
const TEXTS: &[(&str, &[&str])] = &[
    ("Parent Relationship", &["Outer", "Inner", "InitPlan", "SubPlan", "x"]),
    ("Subplan Name", &["CTE a", "InitPlan 1 (returns $0)", "InitPlan 1", "SubPlan 2", "CTE "]),
    ("CTE Name", &["a", ""]),
    ("Filter", &["(a = 'x')", "($0 > 1)", "(InitPlan 1).col1", "'", "ü$", ""]),
    ("Relation Name", &["t", "Ü t", ""]),
    ("Join Type", &["Inner", "Left", "Semi", ""]),
    ("Sort Space Type", &["Disk", "Memory"]),
    ("Sort Method", &["external merge"]),
];
const NUMBERS: &[&str] = &[
    "Total Cost",
    "Startup Cost",
    "Plan Rows",
    "Plan Width",
    "Actual Rows",
    "Actual Loops",
    "Actual Total Time",
    "Actual Startup Time",
    "Rows Removed by Filter",
    "Rows Removed by Join Filter",
    "Sort Space Used",
    "Hash Batches",
    "Peak Memory Usage",
    "Workers Planned",
    "Workers Launched",
    "Lossy Heap Blocks",
    "Heap Fetches",
    "Temp Written Blocks",
    "Hash Buckets",
    "Subplans Removed",
];

fn number() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => (0_u32..5_000_000).prop_map(Value::from),
        2 => (0.0..100.0).prop_map(|value: f64| json!(value)),
        1 => prop::sample::select(vec![json!(-1), json!(1e308), json!(-1e308), json!(0), json!("7"), json!(null), json!([1])]),
    ]
}

fn fields() -> impl Strategy<Value = Map<String, Value>> {
    let text = prop::sample::select(TEXTS).prop_flat_map(|(key, texts)| {
        prop::sample::select(texts).prop_map(move |text| (key.to_owned(), json!(text)))
    });
    let number = (prop::sample::select(NUMBERS), number()).prop_map(|(key, value)| (key.to_owned(), value));
    let all = prop::collection::vec(prop_oneof![text, number], 0..16);
    (prop::sample::select(KINDS), all).prop_map(|(kind, all)| {
        let mut fields: Map<String, Value> = all.into_iter().collect();
        fields.insert("Node Type".to_owned(), json!(kind));
        fields
    })
}

fn plan() -> impl Strategy<Value = Value> {
    fields().prop_map(Value::Object).prop_recursive(5, 40, 4, |inner| {
        (fields(), prop::collection::vec(inner, 0..4)).prop_map(|(mut fields, plans)| {
            fields.insert("Plans".to_owned(), Value::Array(plans));
            Value::Object(fields)
        })
    })
}

fn holds(node: &PlanNode) -> bool {
    let time = |value: Option<f64>| value.is_none_or(|value| value >= 0.0 && value.is_finite());
    (0.0..=1.0).contains(&node.cost_ratio)
        && time(node.own_ms)
        && time(node.total_ms)
        && node.own_ms <= node.total_ms
        && node.misestimate.is_none_or(|off| off >= 1.0)
        && node.children.iter().all(holds)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    #[test]
    fn figures_stay_within_their_bounds(plan in plan(), whole in fields()) {
        let mut whole = whole;
        whole.insert("Plan".to_owned(), plan);
        let read = read_plan(&json!([whole]).to_string()).unwrap();
        prop_assert!(holds(&read.root), "{:?}", read.root);
        prop_assert!(read.observations.len() <= 40);
        prop_assert!(!read.text.is_empty());
    }

    #[test]
    fn any_text_is_read_or_refused(text in ".{0,200}") {
        let _ = read_plan(&text);
    }
}
