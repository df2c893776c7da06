//! Blocks that were found in shared_buffers.

use domain::{Part, Severity};

use super::Look;
use super::told::Told;
use crate::words;

/// 99% is the usual aim for a working set in memory (Heroku's and the PostgreSQL wiki's rule of thumb); under 90% every
/// tenth block is asked of the operating system.
const GOOD: f64 = 0.99;
const WARNING: f64 = 0.90;
/// Fewer blocks say nothing: a fresh start reads everything once.
const BLOCKS: f64 = 100_000.0;
/// Under this many blocks read each second (8 MB/s) a low ratio costs little.
const READS_PER_SECOND: f64 = 1_000.0;

pub(super) fn check(look: &Look<'_>) -> Part<Told> {
    let counted = look.databases()?;
    let (hit, read) = (counted.rise.blocks_hit, counted.rise.blocks_read);
    let blocks = hit + read;
    if blocks < BLOCKS {
        return Ok(Told::fine(format!(
            "Only {} blocks were asked for {}: too few to judge.",
            words::number(blocks),
            counted.when
        )));
    }
    let busy = counted.seconds.is_none_or(|seconds| read / seconds >= READS_PER_SECOND);
    let severity = match hit / blocks {
        ratio if ratio >= GOOD => Severity::Ok,
        ratio if ratio < WARNING && busy => Severity::Warning,
        _ => Severity::Info,
    };
    let told = Told::new(
        severity,
        format!("{} of blocks were found in shared_buffers {}.", words::percent(hit, blocks), counted.when),
    )
    .evidence("Blocks found", words::number(hit), format!("pg_stat_database.blks_hit, {}", counted.when))
    .evidence(
        "Blocks read",
        words::number(read),
        format!("pg_stat_database.blks_read, {}", counted.when),
    );
    if severity == Severity::Ok {
        return Ok(told);
    }
    Ok(told.remedy(
        "Look on the Queries page for statements that read most blocks: an index or a smaller result often helps more than memory. If the machine has memory to spare, raise shared_buffers to about a quarter of it.",
    ))
}
