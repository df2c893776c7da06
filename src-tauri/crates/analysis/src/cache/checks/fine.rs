//! What was looked at and is as it should be, so that silence is not taken for blindness.

use domain::{CacheCheck, CacheCode, Severity};

use super::server::LOOKUPS;
use super::{Observed, told};
use crate::words;

/// One for each check that told nothing and had something to look at.
pub(super) fn checks(observed: &Observed<'_>, found: &[CacheCheck]) -> Vec<CacheCheck> {
    let silent = |code| found.iter().all(|check| check.code != code);
    let seen = [
        (CacheCode::HitRatio, hit_ratio(observed)),
        (
            CacheCode::Evictions,
            some(observed, format!("No key was removed for want of memory {}.", lately(observed))),
        ),
        (
            CacheCode::RejectedConnections,
            some(observed, format!("No connection was refused {}.", lately(observed))),
        ),
        (CacheCode::SlowCommands, some(observed, format!("No command was slow {}.", lately(observed)))),
        (CacheCode::KeysCommand, keys_command(observed)),
        (CacheCode::MemoryFull, memory(observed).filter(|_| silent(CacheCode::NoLimit))),
        (CacheCode::ClientsNearLimit, clients(observed)),
        (CacheCode::SaveFailed, some(observed, "The last saves went well.".to_owned())),
        (CacheCode::ReplicaBehind, replicas(observed)),
    ];
    seen.into_iter()
        .filter(|(code, _)| silent(*code))
        .filter_map(|(code, seen)| Some(told(code, Severity::Ok, seen?)))
        .collect()
}

/// Nothing is said of a server that was not seen.
fn some(observed: &Observed<'_>, seen: String) -> Option<String> {
    (!observed.redis.nodes.is_empty()).then_some(seen)
}

fn lately(observed: &Observed<'_>) -> String {
    format!("in the last {}", words::duration(observed.seconds))
}

fn hit_ratio(observed: &Observed<'_>) -> Option<String> {
    let lookups = observed.hits + observed.misses;
    if lookups < LOOKUPS {
        return some(
            observed,
            format!(
                "{} {}: too few to judge.",
                words::count(lookups, "look-up", "look-ups"),
                lately(observed)
            ),
        );
    }
    Some(format!(
        "{} of {} look-ups {} found their key.",
        words::percent(observed.hits, lookups),
        words::number(lookups),
        lately(observed)
    ))
}

/// Of a server whose commands are not told, this is not known.
fn keys_command(observed: &Observed<'_>) -> Option<String> {
    let told = observed.redis.nodes.iter().any(|node| !node.commands.is_empty());
    told.then(|| "KEYS was never called since the server started.".to_owned())
}

fn memory(observed: &Observed<'_>) -> Option<String> {
    let (mut used, mut max) = (0.0, 0.0);
    for node in &observed.redis.nodes {
        used += node.memory.used_bytes as f64;
        max += node.memory.max_bytes? as f64;
    }
    (max > 0.0).then(|| {
        format!("{} of {} are used ({}).", words::bytes(used), words::bytes(max), words::percent(used, max))
    })
}

fn clients(observed: &Observed<'_>) -> Option<String> {
    let most = observed.redis.nodes.iter().max_by_key(|node| node.clients.connected)?;
    let max = most.clients.max?;
    Some(format!(
        "{} of {} connections are open.",
        words::number(most.clients.connected as f64),
        words::number(max as f64)
    ))
}

fn replicas(observed: &Observed<'_>) -> Option<String> {
    let replicas: usize = observed.redis.nodes.iter().map(|node| node.replicas.len()).sum();
    (replicas > 0)
        .then(|| format!("{} close behind.", words::count(replicas as f64, "replica is", "replicas are")))
}
