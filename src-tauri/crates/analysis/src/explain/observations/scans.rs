//! Scans that read much more than they keep, or look things up in vain.

use domain::{PlanObservation, Severity};

use super::Seen;
use crate::words::{count, number};

/// Fewer rows are read in no time.
const MANY: f64 = 10_000.0;
const VERY_MANY: f64 = 1_000_000.0;
/// Kept of those read.
const FEW: f64 = 0.1;

pub(super) fn many_read_few_kept(seen: &Seen) -> Option<PlanObservation> {
    let node = seen.node;
    let by_index = match node.kind() {
        "Seq Scan" => false,
        "Index Scan" | "Index Only Scan" | "Bitmap Heap Scan" => true,
        _ => return None,
    };
    let removed = node.in_all_loops("Rows Removed by Filter")?;
    let kept = node.in_all_loops("Actual Rows")?;
    let read = removed + kept;
    if read < MANY || kept > read * FEW {
        return None;
    }
    let severity =
        if read >= VERY_MANY && kept <= read * FEW * FEW { Severity::Critical } else { Severity::Warning };
    let (verb, advice) = if by_index {
        (
            "finds",
            "Add the columns of its filter to the index, or restrict the index to the rows that are wanted.",
        )
    } else {
        ("reads", "An index on the columns of its filter would lead to those rows; index advice tells which.")
    };
    let to_keep = if kept == 0.0 { "none of them".to_owned() } else { number(kept) };
    let sentence = format!("{} {verb} {} to keep {to_keep}.", seen.title(), count(read, "row", "rows"));
    Some(seen.observation(seen.weighed(severity), sentence, Some(advice.to_owned())))
}

/// Counted for all loops together.
pub(super) fn heap_fetches(seen: &Seen) -> Option<PlanObservation> {
    let fetches = seen.node.number("Heap Fetches").filter(|fetches| *fetches >= 1_000.0)?;
    let rows = seen.node.in_all_loops("Actual Rows")?;
    if fetches < rows * FEW {
        return None;
    }
    let sentence = format!(
        "{} looks up {} in the table, though the index holds all that is asked for.",
        seen.title(),
        count(fetches, "row", "rows")
    );
    let advice = seen.table().map(|table| {
        format!(
            "Run VACUUM {table}; and let autovacuum come more often: only it notes which blocks need no look."
        )
    });
    Some(seen.observation(seen.weighed(Severity::Warning), sentence, advice))
}

pub(super) fn lossy(seen: &Seen) -> Option<PlanObservation> {
    let lossy = seen.node.fields.above_zero("Lossy Heap Blocks")?;
    let blocks = lossy + seen.node.number("Exact Heap Blocks").unwrap_or(0.0);
    let again = seen.node.in_all_loops("Rows Removed by Index Recheck").filter(|rows| *rows > 0.0);
    let cost =
        again.map(|rows| format!(", and drops {} that it checked in vain", count(rows, "row", "rows")));
    let sentence = format!(
        "{} has no memory to note single rows in {} of {}{}.",
        seen.title(),
        number(lossy),
        count(blocks, "block", "blocks"),
        cost.unwrap_or_default()
    );
    let advice = "Raise work_mem for this statement, until no block is lossy.".to_owned();
    Some(seen.observation(seen.weighed(Severity::Warning), sentence, Some(advice)))
}
