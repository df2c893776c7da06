//! Space that tables and btrees take beyond what their rows need.

use domain::{Bloat, BloatFacts, HealthItem, Part, Severity};

use super::Look;
use super::told::{Told, item, qualified, worst};
use crate::words;

const MB: f64 = 1_048_576.0;
/// The estimate errs by some ten points; below a third nothing is told. Half a table wasted, and a gigabyte of it, is
/// worth the lock and the disk of a rewrite.
const INFO_RATIO: f64 = 0.3;
const INFO_BYTES: f64 = 10.0 * MB;
const WARNING_RATIO: f64 = 0.5;
const WARNING_BYTES: f64 = 1_024.0 * MB;

pub(super) fn tables(look: &Look<'_>) -> Part<Told> {
    let facts = look.slow()?.table_bloat.as_ref().map_err(Clone::clone)?;
    let sql = |bloat: &Bloat| {
        let name = qualified(&bloat.schema, &bloat.name);
        format!(
            "-- Locks the table for all the time it takes, and needs its size on disk once more.\nVACUUM (FULL, ANALYZE, VERBOSE) {name};"
        )
    };
    Ok(told(facts, "table", "tables", sql).remedy_if_bad(
        "Space is used again by new rows, so bloat that does not grow may stay. To give it back, rewrite the table: pg_repack does it without the lock of VACUUM FULL.",
    ))
}

pub(super) fn indexes(look: &Look<'_>) -> Part<Told> {
    let facts = look.slow()?.index_bloat.as_ref().map_err(Clone::clone)?;
    let sql =
        |bloat: &Bloat| format!("REINDEX INDEX CONCURRENTLY {};", qualified(&bloat.schema, &bloat.name));
    Ok(told(facts, "index", "indexes", sql)
        .remedy_if_bad("Build it anew beside the old one; reads and writes go on meanwhile."))
}

impl Told {
    fn remedy_if_bad(self, remedy: &str) -> Told {
        if self.severity == Severity::Ok { self } else { self.remedy(remedy) }
    }
}

fn told(facts: &BloatFacts, one: &str, many: &str, sql: impl Fn(&Bloat) -> String) -> Told {
    let items: Vec<HealthItem> = facts.found.iter().filter_map(|bloat| bloat_item(bloat, &sql)).collect();
    let severity = worst(&items);
    let judged = words::count(facts.judged, one, many);
    let wasted = facts
        .found
        .iter()
        .filter(|bloat| grade(bloat) > Severity::Ok)
        .fold(0.0, |sum, bloat| sum + bloat.wasted_bytes);
    let mut seen = match (items.first(), facts.judged) {
        (None, 0.0) => format!("There is no {one} of 1 MB or more to be judged"),
        (None, _) => format!("{judged} of 1 MB and more, none of them bloated"),
        (Some(_), _) => format!(
            "{} of {judged} of 1 MB and more bloated, by an estimate of {} together",
            if items.len() == 1 { "1".to_owned() } else { items.len().to_string() },
            words::bytes(wasted)
        ),
    };
    if facts.without_statistics > 0.0 {
        seen.push_str(&format!(
            "; {} without statistics that may be seen",
            words::count(facts.without_statistics, one, many)
        ));
    }
    let first = items.first().and_then(|item| item.sql.clone());
    let told = Told::new(severity, format!("{seen}.")).items(items).evidence(
        "Estimate",
        words::bytes(wasted),
        "pg_class.relpages and reltuples against widths in pg_stats",
    );
    match first {
        Some(sql) => told.sql(sql),
        None => told,
    }
}

fn grade(bloat: &Bloat) -> Severity {
    let is = |ratio, bytes| bloat.ratio() >= ratio && bloat.wasted_bytes >= bytes;
    match () {
        () if is(WARNING_RATIO, WARNING_BYTES) => Severity::Warning,
        () if is(INFO_RATIO, INFO_BYTES) => Severity::Info,
        () => Severity::Ok,
    }
}

fn bloat_item(bloat: &Bloat, sql: impl Fn(&Bloat) -> String) -> Option<HealthItem> {
    let severity = grade(bloat);
    let figure = format!(
        "{}, {} of it bloat",
        words::bytes(bloat.bytes),
        words::percent(bloat.wasted_bytes, bloat.bytes)
    );
    let name = match &bloat.table {
        Some(table) => format!("{} on {table}", qualified(&bloat.schema, &bloat.name)),
        None => qualified(&bloat.schema, &bloat.name),
    };
    (severity > Severity::Ok).then(|| item(name, figure, severity, Some(sql(bloat))))
}
