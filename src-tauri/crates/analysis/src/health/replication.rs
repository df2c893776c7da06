//! How far standbys are behind, and this server where it is one.

use domain::{HealthItem, Part, RecoveryFacts, Severity, StandbyFacts};

use super::Look;
use super::told::{Told, grade, item, worst};
use crate::words;

const MB: f64 = 1_048_576.0;
/// A standby within 100 MB catches up in a second or two; 1 GB, or five minutes, is more than failover should lose.
const WARNING_BYTES: f64 = 100.0 * MB;
const CRITICAL_BYTES: f64 = 1_024.0 * MB;
const WARNING_SECONDS: f64 = 30.0;
const CRITICAL_SECONDS: f64 = 300.0;

pub(super) fn check(look: &Look<'_>) -> Part<Told> {
    let recovery = look.facts.quick.recovery.as_ref().map_err(Clone::clone)?;
    let standbys = look.facts.quick.standbys.as_ref();
    if recovery.in_recovery {
        let following = standbys.map_or_else(|_| Vec::new(), |standbys| items(standbys));
        return Ok(own(recovery, following));
    }
    let standbys = standbys.map_err(Clone::clone)?;
    if standbys.is_empty() {
        return Ok(Told::fine("No standby follows this server."));
    }
    let items = items(standbys);
    let severity = worst(&items);
    let bad = items.iter().filter(|item| item.severity > Severity::Ok).count();
    let furthest = standbys.iter().filter_map(|standby| standby.behind_bytes).reduce(f64::max);
    let seen = match (bad, furthest) {
        (0, Some(furthest)) => format!(
            "{}, {} behind at most.",
            words::count(standbys.len() as f64, "standby", "standbys"),
            words::bytes(furthest)
        ),
        (0, None) => format!("{}.", words::count(standbys.len() as f64, "standby", "standbys")),
        (bad, furthest) => format!(
            "{bad} of {} behind, {} at most.",
            if standbys.len() == 1 {
                "1 standby is".to_owned()
            } else {
                format!("{} standbys are", standbys.len())
            },
            furthest.map_or_else(|| "by an unknown amount".to_owned(), words::bytes)
        ),
    };
    Ok(advised(Told::new(severity, seen).items(items)))
}

fn items(standbys: &[StandbyFacts]) -> Vec<HealthItem> {
    standbys
        .iter()
        .map(|standby| {
            let by_bytes =
                standby.behind_bytes.map_or(Severity::Ok, |b| grade(b, WARNING_BYTES, CRITICAL_BYTES));
            let by_time =
                standby.behind_seconds.map_or(Severity::Ok, |s| grade(s, WARNING_SECONDS, CRITICAL_SECONDS));
            let streams = standby.state == "streaming";
            let severity = by_bytes.max(by_time).max(if streams { Severity::Ok } else { Severity::Warning });
            let name = match (&standby.name, &standby.client) {
                (name, Some(client)) if !name.is_empty() => format!("{name} ({client})"),
                (name, None) if !name.is_empty() => name.clone(),
                (_, client) => client.clone().unwrap_or_else(|| "(without a name)".to_owned()),
            };
            let behind = standby.behind_bytes.map_or_else(|| "an unknown amount".to_owned(), words::bytes);
            let mut figure = format!("{}, {behind} behind", standby.state);
            if let Some(seconds) = standby.behind_seconds {
                figure.push_str(&format!(", {}", words::duration(seconds)));
            }
            item(name, figure, severity, None)
        })
        .collect()
}

fn own(recovery: &RecoveryFacts, items: Vec<HealthItem>) -> Told {
    let unapplied = recovery.unapplied_bytes.unwrap_or(0.0);
    // Without anything left to apply, the age of the last transaction only tells how quiet the primary is.
    let age = recovery.applied_age_seconds.filter(|_| unapplied > 0.0).unwrap_or(0.0);
    let cut_off = recovery.receiving == Some(false);
    let severity = grade(unapplied, WARNING_BYTES, CRITICAL_BYTES)
        .max(grade(age, WARNING_SECONDS, CRITICAL_SECONDS))
        .max(if cut_off || recovery.paused == Some(true) { Severity::Warning } else { Severity::Ok })
        .max(worst(&items));
    let mut seen = format!("This standby has {} of received log to apply", words::bytes(unapplied));
    if age > 0.0 {
        seen.push_str(&format!(", and is {} behind", words::duration(age)));
    }
    if recovery.paused == Some(true) {
        seen.push_str("; replay is paused");
    }
    if cut_off {
        seen.push_str("; it receives nothing: no primary streams to it");
    }
    let told = Told::new(severity, format!("{seen}.")).items(items);
    if recovery.paused == Some(true) {
        told.remedy("Let replay go on.").sql("SELECT pg_wal_replay_resume();")
    } else {
        advised(told)
    }
}

fn advised(told: Told) -> Told {
    if told.severity == Severity::Ok {
        return told;
    }
    told.remedy("Check the network between, the standby's disk, and long queries there that hold replay back (max_standby_streaming_delay).")
}
