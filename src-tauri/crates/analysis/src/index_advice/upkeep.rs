//! What an index costs those who write: entries to be written, and updates that can no longer stay within their page.
//!
//! The unit is the work of writing one row to a table without indexes. An entry of a btree costs a tenth of it, of an
//! inverted index with its many keys a whole one, of block ranges next to nothing. An update that changes no indexed
//! column writes no entry at all (HOT); once a column that it changes is indexed, it writes one into every index.

use domain::{Catalog, CatalogTable, IndexDefinition, IndexMethod, WriteCost};

use super::definition::columns;
use crate::words::{decimal, number, percent};

const BTREE_ENTRY: f64 = 0.1;
const GIN_ENTRY: f64 = 1.0;
const BRIN_ENTRY: f64 = 0.005;
/// Milliseconds that writing a row without indexes takes a server, its share of the log included.
const ROW_MS: f64 = 0.05;

/// Rows written per second, by what is done to them.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Rates {
    pub(super) inserted: f64,
    pub(super) updated: f64,
    pub(super) hot_updated: f64,
    pub(super) deleted: f64,
}

/// None where it is not known for how long the counters have counted.
pub(super) fn rates(catalog: &Catalog, table: &CatalogTable) -> Option<Rates> {
    let seconds = catalog.counted_days()? * 86_400.0;
    if seconds < 1.0 {
        return None;
    }
    let activity = &table.activity;
    let rate = |count: u64| count as f64 / seconds;
    Some(Rates {
        inserted: rate(activity.inserted),
        updated: rate(activity.updated),
        hot_updated: rate(activity.hot_updated),
        deleted: rate(activity.deleted),
    })
}

/// Of one index on one table.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Upkeep {
    /// Entries per second.
    pub(super) entries: f64,
    /// Updates per second that stayed within their page and no longer could.
    pub(super) hot_lost: f64,
    /// Work per second, in rows.
    pub(super) work: f64,
    /// The same as a share of the work of all writes to the table today.
    pub(super) ratio: f64,
}

impl Upkeep {
    /// Milliseconds of work in each second.
    pub(super) fn ms_per_second(&self) -> f64 {
        self.work * ROW_MS
    }
}

fn entry(method: &str) -> f64 {
    match method {
        "gin" | "gist" => GIN_ENTRY,
        "brin" => BRIN_ENTRY,
        _ => BTREE_ENTRY,
    }
}

/// `share` of the rows have an entry; `written` are the columns that updates of the workload change.
pub(super) fn upkeep(
    table: &CatalogTable,
    definition: &IndexDefinition,
    rates: Rates,
    share: f64,
    written: &[String],
) -> Upkeep {
    let existing: f64 = table.indexes.iter().map(|index| entry(&index.method)).sum();
    let own = entry(definition.method.name());
    let changes =
        written.is_empty() || columns(definition).iter().any(|column| written.iter().any(|w| w == column));
    let cold = (rates.updated - rates.hot_updated).max(0.0);
    // A cold update writes an entry into every index, whatever it changes.
    let entries = (rates.inserted + cold) * share;
    let hot_lost =
        if changes && definition.method != IndexMethod::Brin { rates.hot_updated * share } else { 0.0 };
    let work = entries * own + hot_lost * (own + existing);
    let today = (rates.inserted + cold) * (1.0 + existing) + rates.hot_updated + rates.deleted;
    let ratio = if today > 0.0 { work / today } else { 0.0 };
    Upkeep { entries: entries + hot_lost, hot_lost, work, ratio }
}

/// For people.
pub(super) fn told(upkeep: Option<Upkeep>) -> WriteCost {
    let Some(upkeep) = upkeep else {
        return WriteCost {
            ratio: None,
            writes_per_second: None,
            hot_updates_lost_per_second: None,
            summary: "How often the table is written is not known.".to_owned(),
        };
    };
    let summary = if upkeep.entries <= 0.0 {
        "The table is not written to.".to_owned()
    } else {
        let hot = if upkeep.hot_lost > 0.0 {
            format!(
                "; {} updates/s that touch no index today would have to write into all of them",
                rate(upkeep.hot_lost)
            )
        } else {
            String::new()
        };
        format!(
            "{} entries/s; writes to the table cost {} more{hot}.",
            rate(upkeep.entries),
            share(upkeep.ratio)
        )
    };
    WriteCost {
        ratio: Some(upkeep.ratio),
        writes_per_second: Some(upkeep.entries),
        hot_updates_lost_per_second: Some(upkeep.hot_lost),
        summary,
    }
}

fn share(ratio: f64) -> String {
    if ratio > 0.0 && ratio < 0.01 {
        format!("{}%", decimal_or_less(ratio * 100.0))
    } else {
        percent(ratio, 1.0)
    }
}

fn decimal_or_less(value: f64) -> String {
    if value < 0.1 { "less than 0.1".to_owned() } else { decimal(value) }
}

pub(super) fn rate(value: f64) -> String {
    match value {
        value if value >= 9.95 => number(value),
        value if value >= 0.1 => decimal(value),
        _ => "fewer than 0.1".to_owned(),
    }
}
