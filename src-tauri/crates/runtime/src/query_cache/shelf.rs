//! Cached results as bytes: looking up, and looking at what lies there.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::try_join;
use redis::RedisResult;

use super::commands;
use super::connector::Connection;
use super::debts::Debts;
use super::link::{Lane, Link};
use super::meters::Meters;
use super::scope::{Generations, Scope};
use super::{CacheFault, CacheType, QueryCacheOptions, QueryKey};

/// One result that somebody wants, and what was invalidated by this process when they asked.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    pub(super) kind: CacheType,
    pub(super) key: QueryKey,
    pub(super) scopes: Arc<[Scope]>,
    pub(super) generation: u64,
}

/// What lies in Redis under one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CachedEntry {
    /// Length of its JSON.
    pub bytes: u64,
    /// Time left; none when it has no end.
    pub ttl: Option<Duration>,
}

pub(super) struct Shelf<C> {
    pub(super) link: Link<C>,
    pub(super) meters: Arc<Meters>,
    pub(super) generations: Generations,
    pub(super) debts: Debts,
    /// Held by the task that makes up for invalidations.
    pub(super) paying: Arc<tokio::sync::Mutex<()>>,
    pub(super) options: QueryCacheOptions,
    pub(super) enabled: AtomicBool,
}

impl<C: Connection> Shelf<C> {
    pub(super) fn is_enabled(&self) -> bool {
        self.enabled.load(Ordering::Relaxed)
    }

    pub(super) fn wanted(&self, kind: CacheType, key: QueryKey) -> Wanted {
        let scopes: Arc<[Scope]> = Scope::reaching(&key, &kind.tags).into();
        let generation = self.generations.of(&scopes);
        Wanted { kind, key, scopes, generation }
    }

    /// The bytes of a result, if there is one.
    pub(super) async fn look_up(self: &Arc<Self>, wanted: &Wanted) -> Result<Option<Vec<u8>>, CacheFault> {
        if self.debts.concern(&wanted.scopes) {
            self.pay_debts();
            return Err(CacheFault::Paused);
        }
        let limit = self.options.max_value_bytes;
        let begin = Instant::now();
        let found = self.link.ask(Lane::LookUp, self.options.look_up_timeout, |redis| async move {
            commands::value(redis, wanted.key.as_str(), limit).await
        });
        let found = found.await;
        if found.as_ref().err() != Some(&CacheFault::Paused) {
            self.meters.latency.observe(begin.elapsed().as_secs_f64());
        }
        match found? {
            bytes if bytes.is_empty() => Ok(None),
            bytes if bytes.len() > limit => {
                self.meters.error(CacheFault::TooLarge);
                Err(CacheFault::TooLarge)
            }
            bytes => Ok(Some(bytes)),
        }
    }

    /// Whether this process invalidated nothing of what was wanted since then.
    pub(super) fn is_current(&self, wanted: &Wanted) -> bool {
        self.generations.of(&wanted.scopes) == wanted.generation
    }

    /// Time left of the result under `key`: none when there is none, the longest there is when it has no end.
    pub(super) async fn time_left(&self, key: &QueryKey) -> Result<Option<Duration>, CacheFault> {
        let left = self.ask_aside(|redis| commands::life(redis, key.as_str())).await?;
        Ok((left != -2).then(|| u64::try_from(left).map_or(Duration::MAX, Duration::from_millis)))
    }

    /// What lies under `key`, if anything does.
    pub(super) async fn inspect(&self, key: &QueryKey) -> Result<Option<CachedEntry>, CacheFault> {
        let asked = self.ask_aside(|redis| {
            try_join(commands::size(redis.clone(), key.as_str()), commands::life(redis, key.as_str()))
        });
        let (bytes, left) = asked.await?;
        let ttl = u64::try_from(left).ok().map(Duration::from_millis);
        Ok((left != -2).then_some(CachedEntry { bytes, ttl }))
    }

    /// Asks what no look-up depends on: a right that is missing here leaves them alone.
    async fn ask_aside<T, Fut>(&self, talk: impl FnOnce(C) -> Fut) -> Result<T, CacheFault>
    where
        Fut: Future<Output = RedisResult<T>>,
    {
        if !self.link.is_open(Lane::LookUp) {
            return Err(CacheFault::Paused);
        }
        self.link.attempt(self.options.look_up_timeout, talk).await
    }
}
