//! Joins that compare far more than they find.

use domain::{PlanObservation, Severity};

use super::Seen;
use crate::words::{count, number};

const MANY_LOOPS: f64 = 100.0;
const MANY: f64 = 10_000.0;
const VERY_MANY: f64 = 1_000_000.0;
const INDEX: &str =
    "An index on the columns by which it is joined would replace the scans; index advice tells which.";

pub(super) fn loops_over_scan(seen: &Seen) -> Option<PlanObservation> {
    let above = seen.tree.parent(seen.id)?;
    if seen.node.kind() != "Seq Scan" || above.kind() != "Nested Loop" || !seen.node.is_related("Inner") {
        return None;
    }
    match seen.node.loops() {
        Some(loops) => ran(seen, loops),
        None => planned(seen),
    }
}

fn ran(seen: &Seen, loops: f64) -> Option<PlanObservation> {
    let removed = seen.node.in_all_loops("Rows Removed by Filter").unwrap_or(0.0);
    let read = seen.node.in_all_loops("Actual Rows")? + removed;
    if loops < MANY_LOOPS || read < MANY {
        return None;
    }
    let severity = if read >= VERY_MANY { Severity::Critical } else { Severity::Warning };
    let sentence = format!(
        "{} runs {} inside a nested loop, and reads {} that way.",
        seen.title(),
        count(loops, "time", "times"),
        count(read, "row", "rows")
    );
    Some(seen.observation(seen.weighed(severity), sentence, Some(INDEX.to_owned())))
}

fn planned(seen: &Seen) -> Option<PlanObservation> {
    let siblings = seen.tree.children(seen.node.parent?);
    let outer = siblings.map(|(_, other)| other).find(|other| other.is_related("Outer"))?;
    let loops = outer.planned_rows();
    // What a scan reads is not told before it is run; its share of the cost is.
    if loops < MANY_LOOPS || seen.weight() < 0.25 {
        return None;
    }
    let sentence = format!(
        "{} is planned to run about {} inside a nested loop.",
        seen.title(),
        count(loops, "time", "times")
    );
    Some(seen.observation(Severity::Warning, sentence, Some(INDEX.to_owned())))
}

pub(super) fn join_filter(seen: &Seen) -> Option<PlanObservation> {
    let removed = seen.node.in_all_loops("Rows Removed by Join Filter")?;
    let kept = seen.node.in_all_loops("Actual Rows")?;
    let told_of_scan = || {
        seen.tree.children(seen.id).any(|(id, node)| loops_over_scan(&Seen { id, node, ..*seen }).is_some())
    };
    if removed < MANY || kept * 10.0 > removed || told_of_scan() {
        return None;
    }
    let severity = if removed >= VERY_MANY { Severity::Critical } else { Severity::Warning };
    let sentence = format!(
        "{} compares {} of rows and keeps {}: its join filter drops the others.",
        seen.title(),
        count(removed + kept, "pair", "pairs"),
        if kept == 0.0 { "none".to_owned() } else { number(kept) }
    );
    let advice =
        "Join by an equality of columns, where there is one: then it can be looked up or hashed.".to_owned();
    Some(seen.observation(seen.weighed(severity), sentence, Some(advice)))
}
