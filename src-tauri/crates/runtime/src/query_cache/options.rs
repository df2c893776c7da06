//! How patient the cache is, and how much it takes.

use std::time::Duration;

use super::CacheType;

/// Settings of one cache. `..QueryCacheOptions::default()` fills what is not said.
#[derive(Debug, Clone)]
pub struct QueryCacheOptions {
    /// Whether results are cached; can be switched at run time.
    pub enabled: bool,
    /// The types to begin with: the ten of an mPanel instance unless said otherwise.
    pub types: Vec<CacheType>,
    /// How long a look-up may take before the source is asked instead.
    pub look_up_timeout: Duration,
    /// How long storing one result may take.
    pub store_timeout: Duration,
    /// How long one step of an invalidation may take, about a hundred keys each.
    pub invalidate_timeout: Duration,
    /// How long connecting may take.
    pub connect_timeout: Duration,
    /// How long Redis is left alone after the first failure. Doubles with each further one, and up to the same
    /// time again is added at random.
    pub pause: Duration,
    /// Where the doubling ends.
    pub longest_pause: Duration,
    /// A result whose JSON is longer than this is neither stored nor read.
    pub max_value_bytes: usize,
}

impl Default for QueryCacheOptions {
    fn default() -> Self {
        Self {
            enabled: true,
            types: CacheType::preconfigured(),
            look_up_timeout: Duration::from_millis(100),
            store_timeout: Duration::from_millis(500),
            invalidate_timeout: Duration::from_secs(1),
            connect_timeout: Duration::from_secs(1),
            pause: Duration::from_millis(100),
            longest_pause: Duration::from_secs(5),
            max_value_bytes: 8 * 1024 * 1024,
        }
    }
}

impl QueryCacheOptions {
    /// Why these settings cannot work, if they cannot.
    pub(super) fn fault(&self) -> Option<&'static str> {
        let timeouts =
            [self.look_up_timeout, self.store_timeout, self.invalidate_timeout, self.connect_timeout];
        if timeouts.iter().any(Duration::is_zero) {
            Some("a timeout is 0: allow some time")
        } else if self.pause.is_zero() || self.longest_pause < self.pause {
            Some("pause is 0 or above longest_pause: choose a pause between them")
        } else if self.max_value_bytes == 0 {
            Some("max_value_bytes is 0: switch the cache off with enabled instead")
        } else {
            None
        }
    }
}
