//! Durations as points of time: who waits since noon does so in every sample, however long that is by then.

use std::collections::HashMap;
use std::hash::Hash;

use domain::ActivitySample;

/// Points of time of the same thing that lie within this are the same: the server's answer and the console's clock are
/// never read at once.
pub(super) const TOLERANCE_MS: i64 = 10;

/// How far the server's clock is ahead of `at`: a session tells when it started and how long ago that was.
pub(super) fn ahead(sample: &ActivitySample) -> i64 {
    let told = sample.sessions.iter().find_map(|session| {
        let started: i64 = session.started.parse().ok()?;
        Some((started / 1_000).saturating_add(millis(session.connected_seconds?)))
    });
    told.map_or(0, |now| now.saturating_sub(sample.at.0))
}

pub(super) fn millis(seconds: f64) -> i64 {
    (seconds * 1_000.0).round() as i64
}

pub(super) fn seconds(millis: i64) -> f64 {
    millis as f64 / 1_000.0
}

/// Remembers when things began.
pub(super) struct Since<K>(HashMap<K, i64>);

impl<K> Default for Since<K> {
    fn default() -> Since<K> {
        Since(HashMap::new())
    }
}

impl<K: Eq + Hash> Since<K> {
    /// When it began: as it was told before, where that is nearly the same.
    pub(super) fn settle(&mut self, key: K, since: i64) -> i64 {
        let before = self.0.entry(key).or_insert(since);
        if since.abs_diff(*before) > TOLERANCE_MS.unsigned_abs() {
            *before = since;
        }
        *before
    }
}
