//! Conditions, keys and counters of a step, in the order in which `EXPLAIN` shows them, without constants.

use domain::PlanDetail;
use serde_json::Value;

use super::lines;
use super::masked::masked;
use super::tree::Node;

/// Lines of one member, in order; those at the end came with later versions.
const IN_ORDER: [&str; 24] = [
    "Conflict Resolution",
    "Conflict Arbiter Indexes",
    "Conflict Filter",
    "Rows Removed by Conflict Filter",
    "Tuples Inserted",
    "Conflicting Tuples",
    "TID Cond",
    "Index Cond",
    "Recheck Cond",
    "Rows Removed by Index Recheck",
    "Order By",
    "Merge Cond",
    "Hash Cond",
    "Join Filter",
    "Rows Removed by Join Filter",
    "Group Key",
    "One-Time Filter",
    "Filter",
    "Rows Removed by Filter",
    "Run Condition",
    "Heap Fetches",
    "Workers Planned",
    "Workers Launched",
    "Sort Key",
];
const AFTER_SORT_KEY: [&str; 3] = ["Presorted Key", "Cache Key", "Cache Mode"];
/// Said elsewhere, or of no use to anybody.
const ELSEWHERE: [&str; 42] = [
    "Node Type",
    "Parent Relationship",
    "Subplan Name",
    "Strategy",
    "Partial Mode",
    "Operation",
    "Command",
    "Join Type",
    "Scan Direction",
    "Custom Plan Provider",
    "Parallel Aware",
    "Async Capable",
    "Inner Unique",
    "Single Copy",
    "Disabled",
    "Schema",
    "Relation Name",
    "Alias",
    "Function Name",
    "Table Function Name",
    "Tuplestore Name",
    "CTE Name",
    "Index Name",
    "Startup Cost",
    "Total Cost",
    "Plan Rows",
    "Plan Width",
    "Actual Startup Time",
    "Actual Total Time",
    "Actual Rows",
    "Actual Loops",
    "Workers",
    "Output",
    "Subplans Removed",
    "Shared Hit Blocks",
    "Shared Read Blocks",
    "Shared Dirtied Blocks",
    "Shared Written Blocks",
    "Temp Read Blocks",
    "Temp Written Blocks",
    "Local Hit Blocks",
    "Grouping Sets",
];
/// Most that a step of a plan with thousands of workers or keys shows.
const MOST: usize = 64;

/// What stands directly under the title.
pub(super) fn details(node: &Node) -> Vec<PlanDetail> {
    let mut details = Vec::new();
    for key in IN_ORDER {
        details.extend(member(node, key));
        if key == "Group Key" {
            details.extend(lines::grouping_sets(node));
        }
    }
    details.extend(AFTER_SORT_KEY.iter().filter_map(|key| member(node, key)));
    details.extend(lines::composed(&node.fields));
    let unknown = node.fields.0.keys().filter(|key| !is_known(key));
    details.extend(unknown.filter_map(|key| member(node, key)));
    details.truncate(MOST);
    details
}

/// What stands under the buffers.
pub(super) fn later(node: &Node) -> Vec<PlanDetail> {
    let mut details = lines::workers(node);
    details.extend(member(node, "Subplans Removed"));
    details.truncate(MOST);
    details
}

fn is_known(key: &str) -> bool {
    IN_ORDER.contains(&key)
        || AFTER_SORT_KEY.contains(&key)
        || ELSEWHERE.contains(&key)
        || lines::is_composed(key)
        || (key.starts_with("Local ") && key.ends_with(" Blocks"))
}

fn member(node: &Node, key: &str) -> Option<PlanDetail> {
    let value = node.fields.0.get(key)?;
    let names_objects = key == "Conflict Arbiter Indexes";
    let text = |text: &String| if names_objects { text.clone() } else { masked(text) };
    let value = match value {
        Value::String(one) => text(one),
        Value::Array(list) => {
            let items: Vec<String> =
                list.iter().filter_map(Value::as_str).map(|item| text(&item.to_owned())).collect();
            items.join(", ")
        }
        // Counters that counted nothing say nothing, save these.
        Value::Number(number) => {
            let says = number.as_f64() != Some(0.0)
                || matches!(
                    key,
                    "Heap Fetches" | "Tuples Inserted" | "Conflicting Tuples" | "Workers Launched"
                );
            says.then(|| plain(number))?
        }
        Value::Null | Value::Bool(_) | Value::Object(_) => return None,
    };
    (!value.is_empty()).then(|| detail(key, value))
}

pub(super) fn detail(label: &str, value: String) -> PlanDetail {
    PlanDetail { label: label.to_owned(), value }
}

fn plain(number: &serde_json::Number) -> String {
    number
        .as_f64()
        .filter(|value| value.fract() == 0.0)
        .map_or_else(|| number.to_string(), |value| format!("{value:.0}"))
}
