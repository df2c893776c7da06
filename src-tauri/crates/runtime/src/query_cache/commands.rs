//! What is said to Redis. Every command concerns one key, so that a cluster takes it as a single server does.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{try_join, try_join_all};
use redis::{RedisResult, cmd};

use super::connector::Connection;
use super::key::PREFIX;
use super::scope::Scope;

/// How many elements a step of a scan asks for.
const STEP: usize = 100;

/// Adds a member and lets the set live at least as long as that member; a set without an end keeps none.
const JOIN: &str = "local left = redis.call('PTTL', KEYS[1])
redis.call('SADD', KEYS[1], ARGV[1])
if left == -2 or (left >= 0 and left < tonumber(ARGV[2])) then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
return 1";

pub(super) fn tag_set(tag: &str) -> String {
    format!("cache:tag:{tag}")
}

pub(super) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// At most `limit` + 1 bytes of a value; none when there is no such key.
pub(super) async fn value<C: Connection>(mut redis: C, key: &str, limit: usize) -> RedisResult<Vec<u8>> {
    cmd("GETRANGE").arg(key).arg(0).arg(limit).query_async(&mut redis).await
}

/// Milliseconds left; -1 for ever, -2 when there is no such key.
pub(super) async fn life<C: Connection>(mut redis: C, key: &str) -> RedisResult<i64> {
    cmd("PTTL").arg(key).query_async(&mut redis).await
}

pub(super) async fn size<C: Connection>(mut redis: C, key: &str) -> RedisResult<u64> {
    cmd("STRLEN").arg(key).query_async(&mut redis).await
}

pub(super) async fn put<C: Connection>(
    mut redis: C,
    key: &str,
    value: &[u8],
    ttl: Duration,
) -> RedisResult<()> {
    cmd("SET").arg(key).arg(value).arg("PX").arg(millis(ttl)).query_async(&mut redis).await
}

/// Registers `key` under all `tags`.
pub(super) async fn join<C: Connection>(
    redis: &C,
    tags: &[Arc<str>],
    key: &str,
    ttl: Duration,
) -> RedisResult<()> {
    let joins = tags.iter().map(|tag| {
        let mut redis = redis.clone();
        async move {
            let mut script = cmd("EVAL");
            script.arg(JOIN).arg(1).arg(tag_set(tag)).arg(key).arg(millis(ttl));
            script.query_async::<()>(&mut redis).await
        }
    });
    try_join_all(joins).await.map(drop)
}

/// The last invalidations of `scopes`, each told by a token of its own.
pub(super) type Marks = Vec<Option<Vec<u8>>>;

pub(super) async fn marks<C: Connection>(redis: &C, scopes: &[Scope]) -> RedisResult<Marks> {
    let reads = scopes.iter().map(|scope| {
        let mut redis = redis.clone();
        async move { cmd("GET").arg(scope.mark()).query_async(&mut redis).await }
    });
    try_join_all(reads).await
}

pub(super) async fn mark<C: Connection>(
    mut redis: C,
    scope: &Scope,
    token: &str,
    life: Duration,
) -> RedisResult<()> {
    cmd("SET").arg(scope.mark()).arg(token).arg("PX").arg(millis(life)).query_async(&mut redis).await
}

/// Removes keys; answers how many there were.
pub(super) async fn unlink<C: Connection>(redis: &C, keys: &[Vec<u8>]) -> RedisResult<u64> {
    let removals = keys.iter().map(|key| {
        let mut redis = redis.clone();
        async move { cmd("UNLINK").arg(key).query_async::<u64>(&mut redis).await }
    });
    try_join_all(removals).await.map(|removed| removed.iter().sum())
}

/// Takes some members out of a tag's set and removes the results that they name; answers where to go on (0 at
/// the end) and how many results there were.
pub(super) async fn clear_members<C: Connection>(
    mut redis: C,
    set: &str,
    cursor: u64,
) -> RedisResult<(u64, u64)> {
    let (next, members): (u64, Vec<Vec<u8>>) =
        cmd("SSCAN").arg(set).arg(cursor).arg("COUNT").arg(STEP).query_async(&mut redis).await?;
    if members.is_empty() {
        return Ok((next, 0));
    }
    let ours: Vec<Vec<u8>> =
        members.iter().filter(|member| member.starts_with(PREFIX.as_bytes())).cloned().collect();
    // The results first, so that a failure loses no name of one that is still there; and once more, because one
    // that was stored in between has lost its name.
    let removed = unlink(&redis, &ours).await?;
    cmd("SREM").arg(set).arg(&members).query_async::<()>(&mut redis).await?;
    Ok((next, removed + unlink(&redis, &ours).await?))
}

/// Keys of one node that match; answers where to go on, 0 at the end.
pub(super) async fn scan<C: Connection>(
    mut node: C,
    pattern: &str,
    cursor: u64,
) -> RedisResult<(u64, Vec<Vec<u8>>)> {
    cmd("SCAN").arg(cursor).arg("MATCH").arg(pattern).arg("COUNT").arg(STEP).query_async(&mut node).await
}

/// Registers `key` and reads the marks of what reaches it, both at once.
pub(super) async fn join_and_marks<C: Connection>(
    redis: &C,
    (tags, scopes): (&[Arc<str>], &[Scope]),
    key: &str,
    ttl: Duration,
) -> RedisResult<Marks> {
    let ((), marks) = try_join(join(redis, tags, key, ttl), marks(redis, scopes)).await?;
    Ok(marks)
}
