//! What replication slots hold back.

use domain::{HealthItem, Part, Severity, SlotFacts};

use super::Look;
use super::told::{Told, grade, item, worst};
use crate::quoting::literal;
use crate::words;

const GB: f64 = 1_073_741_824.0;
/// max_wal_size is 1 GB by default: beyond it, the log on disk is there for the slot alone.
const WARNING_BYTES: f64 = GB;
const CRITICAL_BYTES: f64 = 50.0 * GB;
/// Ids that a slot holds vacuum back by; autovacuum_freeze_max_age is 200 million.
const XMIN_WARNING: f64 = 10_000_000.0;
const XMIN_CRITICAL: f64 = 200_000_000.0;

pub(super) fn check(look: &Look<'_>) -> Part<Told> {
    let slots = look.facts.quick.slots.as_ref().map_err(Clone::clone)?;
    if slots.is_empty() {
        return Ok(Told::fine("There is no replication slot."));
    }
    let items: Vec<HealthItem> = slots.iter().map(|slot| slot_item(look, slot)).collect();
    let severity = worst(&items);
    let retained = slots.iter().filter_map(|slot| slot.retained_bytes).fold(0.0, f64::max);
    let inactive = slots.iter().filter(|slot| !slot.active).count();
    let first = items.iter().find(|item| item.severity == severity);
    let seen = match first {
        Some(first) if severity >= Severity::Warning => format!("Slot {}: {}.", first.name, first.figure),
        _ => format!(
            "{}, {inactive} of them inactive; {} of log kept at most.",
            words::count(slots.len() as f64, "slot", "slots"),
            words::bytes(retained)
        ),
    };
    let sql = items.iter().filter(|item| item.severity == severity).find_map(|item| item.sql.clone());
    let told = Told::new(severity, seen).items(items).evidence(
        "Log kept at most",
        words::bytes(retained),
        "pg_replication_slots.restart_lsn, one reading",
    );
    Ok(match sql.filter(|_| severity >= Severity::Warning) {
        Some(sql) => told
            .remedy("Let its consumer read on. Only when nobody will use the slot again, drop it; a limit keeps the disk from filling.")
            .sql(format!("{sql}\n\n-- A limit for all slots; one that falls behind further is lost.\nALTER SYSTEM SET max_slot_wal_keep_size = '50GB';\nSELECT pg_reload_conf();")),
        None if severity >= Severity::Warning => told.remedy("See why its consumer is slow: network, disk, or long transactions there."),
        None => told,
    })
}

fn slot_item(look: &Look<'_>, slot: &SlotFacts) -> HealthItem {
    let retained = slot.retained_bytes.unwrap_or(0.0);
    let held = slot.xmin_age.unwrap_or(0.0).max(slot.catalog_xmin_age.unwrap_or(0.0));
    let status = slot.wal_status.as_deref();
    let by_status = match status {
        Some("lost") => Severity::Critical,
        Some("unreserved") => Severity::Critical,
        _ if slot.invalidation_reason.is_some() => Severity::Critical,
        _ => Severity::Ok,
    };
    let idle = if slot.active { Severity::Ok } else { Severity::Info };
    let severity = by_status.max(idle).max(grade(retained, WARNING_BYTES, CRITICAL_BYTES)).max(grade(
        held,
        XMIN_WARNING,
        XMIN_CRITICAL,
    ));
    let mut figure = if slot.active { "active".to_owned() } else { "inactive".to_owned() };
    if let Some(since) = slot.inactive_since.filter(|_| !slot.active) {
        figure.push_str(&format!(" for {}", words::duration(look.now.seconds_since(since))));
    }
    match (status, &slot.invalidation_reason) {
        (Some("lost"), _) | (_, Some(_)) => {
            figure.push_str(", lost: what it needs has been removed");
            if let Some(reason) = &slot.invalidation_reason {
                figure.push_str(&format!(" ({reason})"));
            }
        }
        (Some("unreserved"), _) => {
            figure.push_str(", about to be lost: what it needs is removed by the next checkpoint")
        }
        _ => {}
    }
    if slot.retained_bytes.is_some() {
        figure.push_str(&format!(", keeps {} of log", words::bytes(retained)));
    }
    if let Some(growth) =
        look.slot_growth(slot).filter(|growth| *growth >= 1_024.0 && retained >= WARNING_BYTES)
    {
        figure.push_str(&format!(", {} more each hour", words::bytes(growth * 3_600.0)));
    }
    if held >= XMIN_WARNING {
        figure.push_str(&format!(", holds vacuum back by {} transactions", words::number(held)));
    }
    let drop = !slot.active && severity >= Severity::Info;
    item(
        &slot.name,
        figure,
        severity,
        drop.then(|| format!("SELECT pg_drop_replication_slot({});", literal(&slot.name))),
    )
}
