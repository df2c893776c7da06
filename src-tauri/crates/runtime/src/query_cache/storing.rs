//! Storing a result only while it is true.

use std::time::{Duration, Instant};

use redis::RedisResult;

use super::CacheFault;
use super::commands::{self, Marks};
use super::connector::Connection;
use super::link::Lane;
use super::scope::Scope;
use super::shelf::{Shelf, Wanted};

/// How long an invalidation is remembered in Redis. A fetch that takes longer is not stored.
pub(super) const MARK_LIFE: Duration = Duration::from_secs(600);

/// What must not have changed between the beginning of a fetch and the storing of its result.
#[derive(Debug)]
pub(super) struct Beginning {
    at: Instant,
    marks: Marks,
}

impl<C: Connection> Shelf<C> {
    /// To be asked before the source is; none when the result could not be stored anyway.
    pub(super) async fn begin(&self, wanted: &Wanted) -> Option<Beginning> {
        if !self.link.is_open(Lane::Store) {
            return None;
        }
        let at = Instant::now();
        let marks = self.link.attempt(self.options.look_up_timeout, |redis| async move {
            commands::marks(&redis, &wanted.scopes).await
        });
        match marks.await {
            Ok(marks) => Some(Beginning { at, marks }),
            Err(fault) => {
                // Marks that can be read prove nothing: only a store that succeeds ends an outage of stores.
                self.link.settle(Lane::Store, Err(fault));
                None
            }
        }
    }

    /// Stores a result unless it was invalidated since `beginning`; answers whether it lies there now.
    pub(super) async fn store(&self, wanted: &Wanted, beginning: Beginning, json: &[u8]) -> bool {
        if json.len() > self.options.max_value_bytes {
            self.meters.error(CacheFault::TooLarge);
            return false;
        }
        if beginning.at.elapsed() >= MARK_LIFE {
            return false;
        }
        let stored = self.link.ask(Lane::Store, self.options.store_timeout, |redis| async move {
            self.store_if_current(redis, wanted, &beginning.marks, json).await
        });
        let stored = stored.await.unwrap_or(false);
        if stored {
            self.meters.stored();
        }
        stored
    }

    /// The result is registered under its tags before it is there, so that no broken connection leaves one that
    /// no tag reaches, and again afterwards, because an invalidation may have cleared the tag in between. Marks
    /// are compared on both sides: either this sees the invalidation, or the invalidation sees the result.
    async fn store_if_current(
        &self,
        redis: C,
        wanted: &Wanted,
        before: &Marks,
        json: &[u8],
    ) -> RedisResult<bool> {
        let (key, ttl) = (wanted.key.as_str(), wanted.kind.ttl);
        let reached_by = (&*wanted.kind.tags, &*wanted.scopes);
        let now = commands::join_and_marks(&redis, reached_by, key, ttl).await?;
        // This process's own invalidations are looked for last: what they send from here on follows the result on
        // the same connection and removes it.
        if now != *before || !self.is_current(wanted) {
            return Ok(false);
        }
        // Until the marks are compared again, what lies there may be outdated.
        let unfinished = self.debts.unfinished(Scope::Key(wanted.key.clone()));
        if let Err(error) = commands::put(redis.clone(), key, json, ttl).await {
            if !error.is_io_error() {
                unfinished.done();
            }
            return Err(error);
        }
        let after = commands::join_and_marks(&redis, reached_by, key, ttl).await?;
        let current = after == *before && self.is_current(wanted);
        if !current {
            commands::unlink(&redis, &[key.as_bytes().to_vec()]).await?;
        }
        unfinished.done();
        Ok(current)
    }
}
