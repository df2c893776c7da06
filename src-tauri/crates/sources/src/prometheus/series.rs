//! The cap on a source's series: known ones go on, new ones beyond it are dropped and counted.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};

use domain::{Degradation, SeriesKey, SourceId, Timestamp};

use super::exposition::Label;

/// A series that was not seen for so long makes room for a new one.
const FORGOTTEN_AFTER_MS: i64 = 3_600_000;

#[derive(Debug)]
pub(crate) struct SeriesLimit {
    limit: usize,
    hasher: RandomState,
    /// Identity, and when it was last seen.
    known: HashMap<u64, Timestamp>,
}

impl SeriesLimit {
    /// For one source.
    pub(crate) const DEFAULT: usize = 5_000;

    pub(crate) fn new(limit: usize) -> SeriesLimit {
        SeriesLimit { limit, hasher: RandomState::new(), known: HashMap::new() }
    }

    /// The same for the same name and labels in any order. An empty value means that the label is absent.
    pub(crate) fn identity(&self, name: &str, labels: &[Label<'_>]) -> u64 {
        let present = labels.iter().filter(|label| !label.value.is_empty());
        present.fold(self.hasher.hash_one(name), |sum, label| {
            sum.wrapping_add(self.hasher.hash_one((label.name.as_ref(), label.value.as_ref())))
        })
    }

    /// Makes room where the cap is reached; called once before the samples of a poll.
    pub(crate) fn begin(&mut self, now: Timestamp) {
        if self.known.len() >= self.limit {
            self.known.retain(|_, seen| now.millis_since(*seen) < FORGOTTEN_AFTER_MS);
        }
    }

    pub(crate) fn admit(&mut self, identity: u64, now: Timestamp) -> bool {
        if self.known.len() >= self.limit && !self.known.contains_key(&identity) {
            return false;
        }
        self.known.insert(identity, now);
        true
    }

    pub(crate) fn degradation(&self, dropped: usize) -> Option<Degradation> {
        (dropped > 0).then(|| Degradation {
            code: "series_limit".to_owned(),
            message: format!(
                "{dropped} new series were dropped: a source is recorded with at most {}. Those known before go on.",
                self.limit
            ),
            remedy: Some("Take labels with many values (ids, paths, keys) out of the metrics of the source.".to_owned()),
        })
    }
}

pub(crate) fn key(source: &SourceId, name: &str, labels: &[Label<'_>]) -> SeriesKey {
    let present = labels.iter().filter(|label| !label.value.is_empty());
    present
        .fold(SeriesKey::new(source, name), |key, label| key.with(label.name.as_ref(), label.value.as_ref()))
}
