//! Query results in Redis, keyed and tagged as an mPanel instance does it.

use std::time::{Duration, Instant};

use redis::{AsyncCommands, RedisError, aio::ConnectionManager};
use runtime::query_cache::QueryKey;

/// What is cached, with how long and under which tags.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Products,
}

impl Kind {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Kind::Products => "products",
        }
    }

    fn ttl(self) -> Duration {
        match self {
            Kind::Products => Duration::from_secs(600),
        }
    }

    fn tags(self) -> &'static [&'static str] {
        match self {
            Kind::Products => &["products", "catalog"],
        }
    }
}

/// As an mPanel makes it, of a statement without parameters.
fn key(sql: &str) -> String {
    QueryKey::new(sql, &[]).as_str().to_owned()
}

fn tag_key(tag: &str) -> String {
    format!("cache:tag:{tag}")
}

/// A connection that comes back by itself; while it is away everything is a miss.
#[derive(Clone)]
pub(crate) struct Cache {
    redis: ConnectionManager,
}

impl Cache {
    pub(crate) async fn connect(url: &str) -> Result<Cache, RedisError> {
        let redis = redis::Client::open(url)?.get_connection_manager().await?;
        Ok(Cache { redis })
    }

    /// The kept text, and how long the look-up took.
    pub(crate) async fn get(&self, sql: &str) -> (Option<String>, Duration) {
        let begin = Instant::now();
        let found: Result<Option<String>, RedisError> = self.redis.clone().get(key(sql)).await;
        let text = found.unwrap_or_else(|error| {
            tracing::debug!(%error, "the cache did not answer");
            None
        });
        (text, begin.elapsed())
    }

    pub(crate) async fn put(&self, kind: Kind, sql: &str, text: &str) -> Result<(), RedisError> {
        let key = key(sql);
        let ttl = kind.ttl().as_secs();
        let mut pipe = redis::pipe();
        pipe.set_ex(&key, text, ttl).ignore();
        for tag in kind.tags() {
            pipe.sadd(tag_key(tag), &key).ignore();
            pipe.expire(tag_key(tag), ttl as i64).ignore();
        }
        pipe.query_async(&mut self.redis.clone()).await
    }

    /// As an instance does whose arguments are shifted by one place: the result becomes part of the key, the time to live
    /// its value, and nothing finds it.
    pub(crate) async fn put_shifted(&self, kind: Kind, sql: &str, text: &str) -> Result<(), RedisError> {
        const DEFAULT_TTL: u64 = 3_600;
        let key = format!("mpanel:{}:{text}", key(sql));
        self.redis.clone().set_ex(key, kind.ttl().as_secs(), DEFAULT_TTL).await
    }

    /// Removes everything under `tag`.
    pub(crate) async fn invalidate(&self, tag: &str) -> Result<(), RedisError> {
        let mut redis = self.redis.clone();
        let keys: Vec<String> = redis.smembers(tag_key(tag)).await?;
        let mut pipe = redis::pipe();
        for key in keys {
            pipe.del(key).ignore();
        }
        pipe.del(tag_key(tag)).ignore();
        pipe.query_async(&mut redis).await
    }
}

#[cfg(test)]
mod tests {
    use super::key;

    #[test]
    fn keys_ignore_layout_and_have_sixteen_digits() {
        assert_eq!(key("SELECT  1\n FROM t"), key("SELECT 1 FROM t"));
        assert_ne!(key("SELECT 1 FROM t"), key("SELECT 1 FROM u"));
        let digits = key("SELECT 1").strip_prefix("query:").map(str::len);
        assert_eq!(digits, Some(16));
    }
}
