//! What an invalidation reaches, and who has to hear of it while a fetch is under way.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::QueryKey;

/// What an invalidation reaches.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Scope {
    All,
    Tag(Arc<str>),
    Key(QueryKey),
}

impl Scope {
    /// Every scope whose invalidation removes the result `key` that bears `tags`.
    pub(super) fn reaching(key: &QueryKey, tags: &[Arc<str>]) -> Vec<Self> {
        let mut scopes = vec![Self::All, Self::Key(key.clone())];
        scopes.extend(tags.iter().cloned().map(Self::Tag));
        scopes
    }

    /// Where the last invalidation of this scope is noted for other processes.
    pub(super) fn mark(&self) -> String {
        match self {
            Self::All => "cache:mark:all".to_owned(),
            Self::Tag(tag) => format!("cache:mark:tag:{tag}"),
            Self::Key(key) => format!("cache:mark:key:{key}"),
        }
    }
}

const COUNTERS: usize = 1_024;

/// How often each scope was invalidated by this process. Scopes share a fixed number of counters: a collision
/// costs a fetch that is not shared or not stored, never a stale answer.
#[derive(Debug)]
pub(super) struct Generations(Vec<AtomicU64>);

impl Default for Generations {
    fn default() -> Self {
        Self((0..COUNTERS).map(|_| AtomicU64::new(0)).collect())
    }
}

impl Generations {
    pub(super) fn advance(&self, scope: &Scope) {
        if let Some(counter) = self.counter(scope) {
            counter.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Changes whenever one of `scopes` is invalidated: counters only rise, so their sum tells.
    pub(super) fn of(&self, scopes: &[Scope]) -> u64 {
        let counters = scopes.iter().filter_map(|scope| self.counter(scope));
        counters.map(|counter| counter.load(Ordering::SeqCst)).fold(0, u64::wrapping_add)
    }

    fn counter(&self, scope: &Scope) -> Option<&AtomicU64> {
        let mut hasher = DefaultHasher::new();
        scope.hash(&mut hasher);
        self.0.get(usize::try_from(hasher.finish() % COUNTERS as u64).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_hears_of_what_reaches_it() {
        let (key, other) = (QueryKey::new("products", &[]), QueryKey::new("tld_list", &[]));
        let tag = |name: &str| Scope::Tag(name.into());
        let scopes = Scope::reaching(&key, &["products".into(), "catalog".into()]);
        let cases = [
            (Scope::All, true),
            (Scope::Key(key), true),
            (tag("products"), true),
            (tag("catalog"), true),
            (tag("domains"), false),
            (Scope::Key(other), false),
        ];
        let generations = Generations::default();
        for (scope, heard) in cases {
            let before = generations.of(&scopes);
            generations.advance(&scope);
            assert_eq!(generations.of(&scopes) != before, heard, "{scope:?}");
        }
    }
}
