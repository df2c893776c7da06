//! From statements as they were sent to what may be kept: masked texts, fingerprints and routes.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use analysis::sql::{comment_tags, mask, shape};
use domain::ActivitySample;
use sources::postgres::{ActivityReading, RawStatement};

/// Statements whose masked form is remembered; sessions run the same few again and again.
const MOST: usize = 5_000;

#[derive(Clone)]
struct Named {
    masked: String,
    fingerprint: String,
    route: Option<String>,
}

/// Remembers by a hash, so that no literal stays in memory.
#[derive(Default)]
pub(super) struct Naming {
    known: HashMap<u64, Named>,
    hasher: RandomState,
}

impl Naming {
    /// The sample with its statements masked.
    pub(super) fn name(&mut self, reading: ActivityReading) -> ActivitySample {
        let mut sample = reading.sample;
        for (session, raw) in sample.sessions.iter_mut().zip(reading.statements) {
            let Some(raw) = raw else { continue };
            let named = self.named(&raw);
            session.statement = Some(named.masked);
            session.fingerprint = Some(named.fingerprint);
            session.route = named.route;
        }
        sample
    }

    fn named(&mut self, raw: &RawStatement) -> Named {
        let hash = self.hasher.hash_one(raw);
        if let Some(named) = self.known.get(&hash) {
            return named.clone();
        }
        let named = named(raw.unmasked());
        if self.known.len() >= MOST {
            self.known.clear();
        }
        self.known.insert(hash, named.clone());
        named
    }
}

fn named(sql: &str) -> Named {
    let bytes = sql.as_bytes();
    let route = comment_tags(bytes).find(|(tag, _)| tag == "route").map(|(_, route)| route.into_owned());
    Named {
        masked: mask(bytes),
        fingerprint: shape(bytes).fingerprint.to_string(),
        route: route.filter(|route| !route.chars().any(char::is_control)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_do_not_get_through_and_routes_do() {
        let mut naming = Naming::default();
        let raw = RawStatement::new("SELECT * FROM cards WHERE number = '4111' /*route='%2Fpay'*/");
        for _ in 0..2 {
            let named = naming.named(&raw);
            assert!(!named.masked.contains("4111"), "{}", named.masked);
            assert_eq!(named.route.as_deref(), Some("/pay"));
            assert_eq!(named.fingerprint.len(), 16);
        }
        assert_eq!(naming.known.len(), 1);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut naming = Naming::default();
        for number in 0..MOST + 10 {
            naming.named(&RawStatement::new(format!("SELECT {number}")));
        }
        assert!(naming.known.len() <= MOST);
    }
}
