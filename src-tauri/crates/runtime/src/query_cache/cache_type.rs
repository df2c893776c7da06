//! What is cached, for how long, and under which tags.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::RwLock;

/// A longer life than this is a mistake in a unit, and would overflow what Redis keeps.
const LONGEST: Duration = Duration::from_secs(10 * 365 * 86_400);

/// One kind of result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheType {
    /// Names it in calls and in the metrics' label `type`.
    pub name: Arc<str>,
    /// How long a result lives, to the millisecond.
    pub ttl: Duration,
    /// What its results can be invalidated by.
    pub tags: Arc<[Arc<str>]>,
}

impl CacheType {
    /// A type of one's own.
    #[must_use]
    pub fn new(name: &str, ttl: Duration, tags: &[&str]) -> Self {
        Self { name: name.into(), ttl, tags: tags.iter().map(|tag| Arc::from(*tag)).collect() }
    }

    /// The ten types of an mPanel instance.
    #[must_use]
    pub fn preconfigured() -> Vec<Self> {
        PRECONFIGURED
            .into_iter()
            .map(|(name, seconds, tags)| Self::new(name, Duration::from_secs(seconds), tags))
            .collect()
    }

    fn check(&self) -> Result<(), CacheTypeError> {
        let name = self.name.clone();
        if self.name.is_empty() {
            Err(CacheTypeError::Unnamed)
        } else if self.ttl < Duration::from_millis(1) || self.ttl > LONGEST {
            Err(CacheTypeError::Ttl { name, ttl: self.ttl })
        } else if self.tags.iter().any(|tag| tag.is_empty()) {
            Err(CacheTypeError::EmptyTag { name })
        } else {
            Ok(())
        }
    }
}

const PRECONFIGURED: [(&str, u64, &[&str]); 10] = [
    ("domain_pricing", 3_600, &["domains", "pricing"]),
    ("tax_rules", 1_800, &["tax", "billing"]),
    ("products", 600, &["products", "catalog"]),
    ("product_categories", 3_600, &["products", "catalog"]),
    ("tld_list", 7_200, &["domains"]),
    ("server_list", 300, &["servers"]),
    ("knowledge_base", 1_800, &["kb", "content"]),
    ("email_templates", 3_600, &["email", "templates"]),
    ("notification_preferences", 600, &["notifications"]),
    ("reseller_tree", 1_800, &["resellers"]),
];

/// Why a type cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CacheTypeError {
    /// Nobody registered it.
    #[error("there is no cache type {name}: register it, or use one of {known}")]
    Unknown { name: String, known: String },
    /// Its name is empty.
    #[error("a cache type has no name: give it one")]
    Unnamed,
    /// Its life is too short or too long.
    #[error("cache type {name} would live for {ttl:?}: choose between 1 ms and 10 years")]
    Ttl { name: Arc<str>, ttl: Duration },
    /// One of its tags is empty.
    #[error("cache type {name} has a tag without a name: name it or leave it out")]
    EmptyTag { name: Arc<str> },
}

impl CacheTypeError {
    /// Stable name of the error, for code that must tell them apart.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unknown { .. } => "cache_type_unknown",
            Self::Unnamed => "cache_type_unnamed",
            Self::Ttl { .. } => "cache_type_ttl",
            Self::EmptyTag { .. } => "cache_type_empty_tag",
        }
    }
}

/// The types that are registered.
#[derive(Debug, Default)]
pub(super) struct Types(RwLock<HashMap<Arc<str>, CacheType>>);

impl Types {
    /// Adds a type, in place of the one with its name.
    pub(super) fn register(&self, added: CacheType) -> Result<(), CacheTypeError> {
        added.check()?;
        self.0.write().insert(added.name.clone(), added);
        Ok(())
    }

    pub(super) fn get(&self, name: &str) -> Result<CacheType, CacheTypeError> {
        let types = self.0.read();
        types.get(name).cloned().ok_or_else(|| {
            let mut known: Vec<&str> = types.keys().map(AsRef::as_ref).collect();
            known.sort_unstable();
            CacheTypeError::Unknown { name: name.to_owned(), known: known.join(", ") }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_work_is_refused_by_name() {
        let second = Duration::from_secs(1);
        let cases = [
            (CacheType::new("", second, &[]), Some("cache_type_unnamed")),
            (CacheType::new("a", Duration::ZERO, &[]), Some("cache_type_ttl")),
            (CacheType::new("a", Duration::from_micros(999), &[]), Some("cache_type_ttl")),
            (CacheType::new("a", Duration::MAX, &[]), Some("cache_type_ttl")),
            (CacheType::new("a", second, &["b", ""]), Some("cache_type_empty_tag")),
            (CacheType::new("a", Duration::from_millis(1), &[]), None),
        ];
        for (added, code) in cases {
            let outcome = Types::default().register(added.clone());
            assert_eq!(outcome.err().map(|error| error.code()), code, "{added:?}");
        }
    }

    #[test]
    fn a_type_can_be_replaced_and_an_unknown_one_is_told_what_there_is() {
        let types = Types::default();
        for ttl in [1, 2] {
            types.register(CacheType::new("plans", Duration::from_secs(ttl), &["plans"])).unwrap();
        }
        assert_eq!(types.get("plans").unwrap().ttl, Duration::from_secs(2));
        let error = types.get("plan").unwrap_err();
        assert_eq!(error.to_string(), "there is no cache type plan: register it, or use one of plans");
    }
}
