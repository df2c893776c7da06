//! What a walk over the keys shows.

use domain::{CacheCheck, CacheCode, CacheLayout, Keyspace, Severity};

use super::{Telling, told};
use crate::words;

/// Sets with less life in them are mostly ballast.
const ALIVE: f64 = 0.5;
const TAG_MEMBERS: u64 = 1_000;
/// Prefixes under which query results lie.
const RESULTS: [&str; 2] = ["query:", "mpanel:query:"];

/// Such names come of a `set(namespace, id, value, ttl = 3600)` that is called with key, result and time to live.
const LAYOUT_FIX: &str = "// src/utils/queryCache.js: `set` takes (namespace, id, value, ttl), so the result was taken for the id\n\
    -await cache.set(`query:${hash}`, JSON.stringify(result), ttl);\n\
    +await redis.set(`query:${hash}`, JSON.stringify(result), 'EX', ttl);\n\
    +for (const tag of tags) {\n\
    +  await redis.sadd(`cache:tag:${tag}`, `query:${hash}`);\n\
    +  await redis.expire(`cache:tag:${tag}`, ttl);\n\
    +}";

pub(super) fn checks(keyspace: &Keyspace) -> Vec<CacheCheck> {
    [broken_layout(keyspace), long_names(keyspace), no_ttl(keyspace), dead_tags(keyspace)]
        .into_iter()
        .flatten()
        .collect()
}

fn broken_layout(keyspace: &Keyspace) -> Option<CacheCheck> {
    let Some(CacheLayout::Broken { entries, name_bytes, intended_entries }) = &keyspace.layout else {
        return None;
    };
    let beside = if *intended_entries > 0 {
        format!(" Beside them lie {} in the intended layout.", words::number(*intended_entries as f64))
    } else {
        String::new()
    };
    let seen = format!(
        "{} named mpanel:query:<hash>:<result>, {} in the names alone.{beside}",
        words::count(*entries as f64, "key is", "keys are"),
        words::bytes(*name_bytes as f64)
    );
    Some(
        told(CacheCode::BrokenLayout, Severity::Critical, seen)
            .remedy("Store the result as the value and the time to live as the expiry, with a set for each tag. Afterwards the old keys expire by themselves within the hour.")
            .command(LAYOUT_FIX.to_owned()),
    )
}

fn long_names(keyspace: &Keyspace) -> Option<CacheCheck> {
    // The broken layout has told of them already.
    if keyspace.long_names == 0 || matches!(keyspace.layout, Some(CacheLayout::Broken { .. })) {
        return None;
    }
    let seen = format!(
        "{} longer than 1 kB, {} together.",
        words::count(keyspace.long_names as f64, "name is", "names are"),
        words::bytes(keyspace.long_name_bytes as f64)
    );
    Some(
        told(CacheCode::LongNames, Severity::Warning, seen)
            .remedy("Name keys by a hash of what they stand for, and keep what is long in the value."),
    )
}

fn no_ttl(keyspace: &Keyspace) -> Option<CacheCheck> {
    let results = keyspace
        .prefixes
        .iter()
        .filter(|prefix| RESULTS.iter().any(|start| prefix.prefix.starts_with(start)));
    let (mut keys, mut bytes) = (0.0, 0.0);
    for prefix in results {
        keys += prefix.keys as f64 * prefix.without_ttl_ratio;
        bytes += prefix.bytes * prefix.without_ttl_ratio;
    }
    (keys >= 1.0).then(|| {
        let seen = format!(
            "About {} without a time to live, {} together.",
            words::count(keys.round(), "cached result is", "cached results are"),
            words::bytes(bytes)
        );
        told(CacheCode::NoTtl, Severity::Warning, seen)
            .remedy("Set the expiry in the same command as the value (SET … EX), so that no crash in between leaves it out.")
    })
}

fn dead_tags(keyspace: &Keyspace) -> Option<CacheCheck> {
    let dead = keyspace
        .tags
        .iter()
        .filter(|tag| tag.members >= TAG_MEMBERS && tag.alive_ratio.is_some_and(|alive| alive < ALIVE));
    let (mut tags, mut members, mut worst) = (0_u32, 0.0, None::<&domain::CacheTag>);
    for tag in dead {
        tags += 1;
        members += tag.members as f64 * (1.0 - tag.alive_ratio.unwrap_or(1.0));
        if worst.is_none_or(|worst| worst.members < tag.members) {
            worst = Some(tag);
        }
    }
    let worst = worst?;
    let seen = format!(
        "{} mostly of keys that have expired: about {} of them, most in {} ({}).",
        words::count(f64::from(tags), "tag consists", "tags consist"),
        words::number(members.round()),
        worst.tag,
        words::count(worst.members as f64, "member", "members")
    );
    Some(told(CacheCode::DeadTags, Severity::Info, seen).remedy(
        "Give the set of a tag an expiry that is renewed with each entry and never shortened, or remove expired members now and then (SSCAN, EXISTS, SREM).",
    ))
}
