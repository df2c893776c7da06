//! What a plan in JSON says: its cost, and the indexes that it uses.

use serde::Deserialize;

/// A plan, as far as it is read here.
#[derive(Debug, Default, PartialEq)]
pub(in crate::postgres) struct Plan {
    pub(in crate::postgres) cost: f64,
    /// Each once, as the server names it: `orders_pkey`, `<13543>btree_orders_customer_id`.
    pub(in crate::postgres) indexes: Vec<String>,
    /// Partitions were left out for the values of parameters, which were NULL.
    pub(in crate::postgres) partitions_left_out: bool,
}

#[derive(Deserialize)]
struct Explained {
    #[serde(rename = "Plan")]
    plan: Node,
}

#[derive(Deserialize)]
struct Node {
    #[serde(rename = "Total Cost")]
    cost: f64,
    #[serde(rename = "Index Name")]
    index: Option<String>,
    #[serde(rename = "Subplans Removed")]
    removed: Option<u64>,
    #[serde(rename = "Plans", default)]
    plans: Vec<Node>,
}

/// None for anything but what `EXPLAIN (FORMAT JSON)` writes.
pub(in crate::postgres) fn read(json: &str) -> Option<Plan> {
    let [explained] = serde_json::from_str::<[Explained; 1]>(json).ok()?;
    let mut plan = Plan { cost: explained.plan.cost, ..Plan::default() };
    let mut open = vec![explained.plan];
    while let Some(node) = open.pop() {
        plan.partitions_left_out |= node.removed.is_some_and(|removed| removed > 0);
        if let Some(index) = node.index.filter(|index| !plan.indexes.iter().any(|known| known == index)) {
            plan.indexes.push(index);
        }
        open.extend(node.plans);
    }
    Some(plan)
}

/// The number in the name of a hypothetical index.
pub(in crate::postgres) fn hypothetical(index: &str) -> Option<u32> {
    index.strip_prefix('<')?.split_once('>')?.0.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cost_and_indexes_are_found_at_every_depth() {
        let json = r#"[{"Plan": {"Node Type": "Append", "Startup Cost": 1, "Total Cost": 16.13, "Subplans Removed": 2,
            "Plans": [{"Total Cost": 2, "Index Name": "<13557>btree_p_\"id", "Filter": "\"Index Name\": x"},
                      {"Total Cost": 3, "Plans": [{"Total Cost": 1, "Index Name": "A b"}]},
                      {"Total Cost": 2, "Index Name": "A b"}]}}]"#;
        let plan = read(json).unwrap();
        assert_eq!(plan.cost, 16.13);
        assert!(plan.partitions_left_out);
        assert_eq!(plan.indexes, ["A b", "<13557>btree_p_\"id"]);
        assert_eq!(hypothetical(&plan.indexes[1]), Some(13557));
        assert_eq!(hypothetical("A b"), None);
        for broken in ["", "[]", "{}", "[{\"Plan\": {}}]"] {
            assert_eq!(read(broken), None, "{broken}");
        }
    }
}
