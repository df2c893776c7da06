//! Lines of `EXPLAIN` that are put together from several members: of sorts, hashes, caches and workers.

use domain::PlanDetail;
use serde_json::Value;

use super::details::detail;
use super::masked::masked;
use super::tree::{Fields, Node};

/// Members that a line here tells.
const COMPOSED: [&str; 22] = [
    "Sort Method",
    "Sort Space Used",
    "Sort Space Type",
    "Full-sort Groups",
    "Pre-sorted Groups",
    "Hash Buckets",
    "Original Hash Buckets",
    "Hash Batches",
    "Original Hash Batches",
    "Peak Memory Usage",
    "Planned Partitions",
    "HashAgg Batches",
    "Disk Usage",
    "Exact Heap Blocks",
    "Lossy Heap Blocks",
    "Cache Hits",
    "Cache Misses",
    "Cache Evictions",
    "Cache Overflows",
    "Storage",
    "Maximum Storage",
    "Worker Number",
];

pub(super) fn is_composed(key: &str) -> bool {
    COMPOSED.contains(&key)
}

/// Of a step, or of what one worker did of it.
pub(super) fn composed(fields: &Fields) -> Vec<PlanDetail> {
    let lines = [
        sort(fields),
        groups(fields, "Full-sort Groups"),
        groups(fields, "Pre-sorted Groups"),
        hash(fields),
        hash_aggregate(fields),
        heap_blocks(fields),
        cache(fields),
        storage(fields),
    ];
    lines.into_iter().flatten().collect()
}

pub(super) fn workers(node: &Node) -> Vec<PlanDetail> {
    let line = |worker: Fields| {
        let number = worker.number("Worker Number")?;
        let parts: Vec<String> =
            composed(&worker).into_iter().map(|line| format!("{}: {}", line.label, line.value)).collect();
        (!parts.is_empty()).then(|| detail(&format!("Worker {number:.0}"), parts.join("  ")))
    };
    node.fields.objects("Workers").filter_map(line).collect()
}

/// `GROUP BY ROLLUP (a, b)`: a line for each set.
pub(super) fn grouping_sets(node: &Node) -> Vec<PlanDetail> {
    let mut found = Vec::new();
    for set in node.fields.objects("Grouping Sets") {
        for (key, label) in [("Group Keys", "Group Key"), ("Hash Keys", "Hash Key")] {
            let keys = set.list(key).iter().filter_map(Value::as_array);
            found.extend(keys.map(|keys| {
                let keys: Vec<String> = keys.iter().filter_map(Value::as_str).map(masked).collect();
                detail(label, if keys.is_empty() { "()".to_owned() } else { keys.join(", ") })
            }));
        }
    }
    found
}

fn kilobytes(fields: &Fields, key: &str) -> Option<String> {
    Some(format!("{:.0}kB", fields.number(key)?))
}

/// The first part's label is the line's.
fn line(parts: &[(&str, Option<String>)]) -> Option<PlanDetail> {
    let mut told = parts.iter().filter_map(|(label, value)| Some((*label, value.as_ref()?)));
    let (label, first) = told.next()?;
    let rest: String = told.map(|(label, value)| format!("  {label}: {value}")).collect();
    Some(detail(label, format!("{first}{rest}")))
}

fn sort(fields: &Fields) -> Option<PlanDetail> {
    let (method, place) = (fields.text("Sort Method")?, fields.text("Sort Space Type")?);
    line(&[("Sort Method", Some(method.to_owned())), (place, kilobytes(fields, "Sort Space Used"))])
}

fn groups(fields: &Fields, key: &str) -> Option<PlanDetail> {
    let groups = fields.object(key)?;
    let methods: Vec<&str> = groups.list("Sort Methods Used").iter().filter_map(Value::as_str).collect();
    let mut parts = vec![
        (key.to_owned(), groups.number("Group Count").map(|count| format!("{count:.0}"))),
        ("Sort Method".to_owned(), (!methods.is_empty()).then(|| methods.join(", "))),
    ];
    for place in ["Memory", "Disk"] {
        let Some(space) = groups.object(&format!("Sort Space {place}")) else { continue };
        for extent in ["Average", "Peak"] {
            parts
                .push((format!("{extent} {place}"), kilobytes(&space, &format!("{extent} Sort Space Used"))));
        }
    }
    let parts: Vec<(&str, Option<String>)> =
        parts.iter().map(|(label, value)| (label.as_str(), value.clone())).collect();
    line(&parts)
}

fn hash(fields: &Fields) -> Option<PlanDetail> {
    let grown = |key: &str| {
        let now = fields.above_zero(key)?;
        let was = fields.number(&format!("Original {key}")).filter(|was| *was != now);
        Some(format!("{now:.0}{}", was.map(|was| format!(" (originally {was:.0})")).unwrap_or_default()))
    };
    line(&[
        ("Buckets", Some(grown("Hash Buckets")?)),
        ("Batches", grown("Hash Batches")),
        ("Memory Usage", kilobytes(fields, "Peak Memory Usage")),
    ])
}

fn hash_aggregate(fields: &Fields) -> Option<PlanDetail> {
    let whole = |value: f64| format!("{value:.0}");
    let batches = fields.above_zero("HashAgg Batches");
    line(&[
        ("Planned Partitions", fields.above_zero("Planned Partitions").map(whole)),
        ("Batches", batches.map(whole)),
        ("Memory Usage", batches.and_then(|_| kilobytes(fields, "Peak Memory Usage"))),
        (
            "Disk Usage",
            batches.filter(|batches| *batches > 1.0).and_then(|_| kilobytes(fields, "Disk Usage")),
        ),
    ])
}

fn heap_blocks(fields: &Fields) -> Option<PlanDetail> {
    let named = |key: &str, name: &str| fields.above_zero(key).map(|blocks| format!("{name}={blocks:.0}"));
    let parts: Vec<String> = [named("Exact Heap Blocks", "exact"), named("Lossy Heap Blocks", "lossy")]
        .into_iter()
        .flatten()
        .collect();
    (!parts.is_empty()).then(|| detail("Heap Blocks", parts.join(" ")))
}

fn cache(fields: &Fields) -> Option<PlanDetail> {
    fields.above_zero("Cache Misses")?;
    let count = |key: &str| fields.number(key).map(|value| format!("{value:.0}"));
    line(&[
        ("Hits", count("Cache Hits")),
        ("Misses", count("Cache Misses")),
        ("Evictions", count("Cache Evictions")),
        ("Overflows", count("Cache Overflows")),
        ("Memory Usage", kilobytes(fields, "Peak Memory Usage")),
    ])
}

fn storage(fields: &Fields) -> Option<PlanDetail> {
    line(&[
        ("Storage", Some(fields.text("Storage")?.to_owned())),
        ("Maximum Storage", kilobytes(fields, "Maximum Storage")),
    ])
}
