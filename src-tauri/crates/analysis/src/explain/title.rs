//! What a step is called, as `EXPLAIN (FORMAT TEXT)` calls it.

use super::tree::Node;
use crate::quoting::quoted;

/// "Parallel Index Scan Backward using orders_pkey on orders o"
pub(super) fn title(node: &Node) -> String {
    let mut title = kind(node);
    if node.fields.is("Scan Direction", "Backward") {
        title.push_str(" Backward");
    }
    match (node.text("Index Name"), place(node)) {
        // Its table stands on the step above.
        (Some(index), None) => title.push_str(&format!(" on {}", quoted(index))),
        (index, place) => {
            if let Some(index) = index {
                title.push_str(&format!(" using {}", quoted(index)));
            }
            if let Some(place) = place {
                title.push_str(&format!(" on {place}"));
            }
        }
    }
    title
}

/// "Parallel Hash Left Join", "Partial HashAggregate", "Update"
pub(super) fn kind(node: &Node) -> String {
    let mut kind = String::new();
    if node.fields.is_true("Parallel Aware") {
        kind.push_str("Parallel ");
    }
    if node.fields.is_true("Async Capable") {
        kind.push_str("Async ");
    }
    match node.kind() {
        "Aggregate" => kind.push_str(&aggregate(node)),
        "SetOp" => {
            let hashed = if node.fields.is("Strategy", "Hashed") { "Hash" } else { "" };
            kind.push_str(&format!("{hashed}SetOp {}", node.text("Command").unwrap_or_default()));
        }
        "ModifyTable" => kind.push_str(node.text("Operation").unwrap_or("ModifyTable")),
        name @ ("Nested Loop" | "Hash Join" | "Merge Join") => kind.push_str(&join(node, name)),
        "Foreign Scan" => {
            let operation = node.text("Operation").filter(|operation| *operation != "Select");
            kind.push_str(&operation.map_or("Foreign Scan".to_owned(), |what| format!("Foreign {what}")));
        }
        "Custom Scan" => {
            let provider = node.text("Custom Plan Provider").map(|provider| format!(" ({provider})"));
            kind.push_str(&format!("Custom Scan{}", provider.unwrap_or_default()));
        }
        other => kind.push_str(other),
    }
    kind.trim_end().to_owned()
}

fn aggregate(node: &Node) -> String {
    let partial = match node.text("Partial Mode") {
        Some(mode @ ("Partial" | "Finalize")) => format!("{mode} "),
        _ => String::new(),
    };
    let strategy = match node.text("Strategy") {
        Some("Sorted") => "Group",
        Some("Hashed") => "Hash",
        Some("Mixed") => "Mixed",
        _ => "",
    };
    format!("{partial}{strategy}Aggregate")
}

/// An inner join is what is not said.
fn join(node: &Node, name: &str) -> String {
    let plain = name.strip_suffix(" Join");
    match (node.text("Join Type").filter(|kind| *kind != "Inner"), plain) {
        (Some(kind), _) => format!("{} {kind} Join", plain.unwrap_or(name)),
        (None, _) => name.to_owned(),
    }
}

/// "orders o", "generate_series g"
fn place(node: &Node) -> Option<String> {
    let alias = node.text("Alias");
    let names = ["Relation Name", "Function Name", "CTE Name", "Table Function Name", "Tuplestore Name"];
    let name = names.iter().find_map(|key| node.text(key));
    match (name, alias) {
        (Some(name), Some(alias)) if name != alias => Some(format!("{} {}", quoted(name), quoted(alias))),
        (Some(name), _) | (None, Some(name)) => Some(quoted(name)),
        (None, None) => None,
    }
}

/// Its table as SQL names it, where it has one.
pub(super) fn table(node: &Node) -> Option<String> {
    let name = quoted(node.text("Relation Name")?);
    Some(node.text("Schema").map_or(name.clone(), |schema| format!("{}.{name}", quoted(schema))))
}
