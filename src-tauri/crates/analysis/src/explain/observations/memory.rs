//! Steps that write to disk what does not fit into memory.

use domain::{PlanObservation, Severity};

use super::Seen;
use crate::explain::tree::Fields;
use crate::words::{bytes, count, number};

const BLOCK_KB: f64 = 8.0;
/// Rows take more room in memory than on disk.
const IN_MEMORY: f64 = 2.5;

fn kilobytes(value: f64) -> String {
    bytes(value * 1_024.0)
}

/// The next power of two, as people set it.
fn work_mem(kilobytes: f64) -> String {
    let mut megabytes: u64 = 1;
    while (megabytes as f64) * 1_024.0 < kilobytes && megabytes < 1 << 20 {
        megabytes *= 2;
    }
    format!("SET LOCAL work_mem = '{megabytes}MB'")
}

fn room(kilobytes: f64) -> String {
    format!("About this much would keep it in memory: {};", work_mem(kilobytes))
}

/// Most of the step itself and of its workers.
fn most(seen: &Seen, of: impl Fn(&Fields) -> Option<f64>) -> Option<f64> {
    let workers = seen.node.fields.objects("Workers").filter_map(|worker| of(&worker));
    workers.chain(of(&seen.node.fields)).reduce(f64::max)
}

pub(super) fn sort_on_disk(seen: &Seen) -> Option<PlanObservation> {
    let on_disk = |fields: &Fields| {
        let whole = fields.number("Sort Space Used").filter(|_| fields.is("Sort Space Type", "Disk"));
        let groups = ["Full-sort Groups", "Pre-sorted Groups"].into_iter().filter_map(|groups| {
            fields.object(groups)?.object("Sort Space Disk")?.above_zero("Peak Sort Space Used")
        });
        groups.chain(whole).reduce(f64::max)
    };
    let used = most(seen, on_disk)?;
    let sentence =
        format!("{} writes {} to disk: it does not fit into work_mem.", seen.title(), kilobytes(used));
    Some(seen.observation(seen.weighed(Severity::Warning), sentence, Some(room(used * IN_MEMORY))))
}

pub(super) fn hash_on_disk(seen: &Seen) -> Option<PlanObservation> {
    let batches = seen.node.number("Hash Batches").filter(|batches| *batches > 1.0)?;
    let memory = seen.node.number("Peak Memory Usage").unwrap_or(0.0);
    let grew = seen.node.number("Original Hash Batches").filter(|was| *was < batches);
    let planned = grew.map(|was| format!(", {} were planned", number(was))).unwrap_or_default();
    let sentence = format!(
        "{} splits its rows into {}{planned}, and all but one go to disk.",
        seen.title(),
        count(batches, "batch", "batches")
    );
    Some(seen.observation(seen.weighed(Severity::Warning), sentence, Some(room(memory * batches))))
}

pub(super) fn groups_on_disk(seen: &Seen) -> Option<PlanObservation> {
    let used = most(seen, |fields| fields.above_zero("Disk Usage"))?;
    let sentence = format!(
        "{} writes {} of groups to disk: they do not fit into memory.",
        seen.title(),
        kilobytes(used)
    );
    Some(seen.observation(seen.weighed(Severity::Warning), sentence, Some(room(used * IN_MEMORY))))
}

/// What is kept to be read again.
pub(super) fn rows_on_disk(seen: &Seen) -> Option<PlanObservation> {
    if !matches!(seen.node.kind(), "CTE Scan" | "Materialize" | "WindowAgg" | "Function Scan") {
        return None;
    }
    let below = |id: usize| seen.tree.node(id).number("Temp Written Blocks").unwrap_or(0.0);
    let children: f64 = seen.tree.children(seen.id).map(|(child, _)| below(child)).sum();
    let used = (below(seen.id) - children) * BLOCK_KB;
    // The odd block is written by those that only read.
    if used < 1_024.0 {
        return None;
    }
    let sentence = format!("{} keeps {} in temporary files.", seen.title(), kilobytes(used));
    Some(seen.observation(seen.weighed(Severity::Warning), sentence, Some(room(used * IN_MEMORY))))
}
