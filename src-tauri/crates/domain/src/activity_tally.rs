//! Who was active in a window, counted sample by sample: adds up over minutes, hours and days.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::{ActivityDimension, ActivitySample, ActivitySession, BackendState, WaitClass};

/// Sessions by [`WaitClass`], in the order of its `ALL`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ClassCounts(pub [u64; WaitClass::ALL.len()]);

impl ClassCounts {
    pub fn of(&self, class: WaitClass) -> u64 {
        self.0.get(class as usize).copied().unwrap_or_default()
    }

    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    pub fn count(&mut self, class: WaitClass) {
        if let Some(count) = self.0.get_mut(class as usize) {
            *count += 1;
        }
    }

    pub fn add(&mut self, other: &ClassCounts) {
        for (count, more) in self.0.iter_mut().zip(other.0) {
            *count = count.saturating_add(more);
        }
    }
}

/// The sessions of one key of a dimension.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ActivityCount {
    /// The text of a statement whose key is its fingerprint: the same one may be written in more than one way.
    pub statement: Option<String>,
    pub counts: ClassCounts,
}

/// The sessions of one dimension.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DimensionTally {
    /// By name; a statement by its fingerprint. Empty where there is none: a session without an application name, a
    /// statement that is hidden.
    pub keys: HashMap<String, ActivityCount>,
    /// Of keys beyond the bound.
    pub others: ClassCounts,
}

/// Active sessions of a window by each dimension.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ActivityTally {
    /// Looks that were taken; a second without one is a gap and counts for nothing.
    pub samples: u64,
    pub total: ClassCounts,
    /// In the order of [`ActivityDimension::ALL`].
    pub dimensions: [DimensionTally; ActivityDimension::ALL.len()],
}

impl ActivityTally {
    /// Keys that are told apart in each dimension; more are cut back to this, those with most sessions stay.
    pub const KEYS: usize = 1_000;
    /// Characters kept of a statement.
    pub const STATEMENT_CHARS: usize = 500;

    pub fn count(&mut self, sample: &ActivitySample) {
        self.samples += 1;
        for session in &sample.sessions {
            let Some(class) = session.wait_class() else { continue };
            self.total.count(class);
            for (dimension, tally) in ActivityDimension::ALL.into_iter().zip(&mut self.dimensions) {
                tally.count(session, dimension, class);
            }
        }
        self.bound(2 * ActivityTally::KEYS, ActivityTally::KEYS);
    }

    pub fn add(&mut self, other: ActivityTally) {
        self.samples = self.samples.saturating_add(other.samples);
        self.total.add(&other.total);
        for (tally, more) in self.dimensions.iter_mut().zip(other.dimensions) {
            tally.others.add(&more.others);
            for (key, more) in more.keys {
                match tally.keys.get_mut(&key) {
                    Some(count) => count.counts.add(&more.counts),
                    None => drop(tally.keys.insert(key, more)),
                }
            }
        }
        self.bound(2 * ActivityTally::KEYS, ActivityTally::KEYS);
    }

    /// Leaves at most `keys` in each dimension; the rest counts as others.
    pub fn keep(&mut self, keys: usize) {
        self.bound(keys, keys);
    }

    fn bound(&mut self, beyond: usize, keys: usize) {
        for tally in self.dimensions.iter_mut().filter(|tally| tally.keys.len() > beyond) {
            tally.keep(keys);
        }
    }
}

impl DimensionTally {
    fn count(&mut self, session: &ActivitySession, dimension: ActivityDimension, class: WaitClass) {
        let key = key(session, dimension);
        if let Some(count) = self.keys.get_mut(key.as_ref()) {
            return count.counts.count(class);
        }
        let told = dimension == ActivityDimension::Statement && session.fingerprint.is_some();
        let mut count = ActivityCount { statement: told.then(|| beginning(session)), ..Default::default() };
        count.counts.count(class);
        self.keys.insert(key.into_owned(), count);
    }

    fn keep(&mut self, keys: usize) {
        let mut all: Vec<(String, ActivityCount)> = self.keys.drain().collect();
        all.sort_unstable_by(|(a, less), (b, more)| {
            more.counts.total().cmp(&less.counts.total()).then_with(|| a.cmp(b))
        });
        for (_, count) in all.drain(keys.min(all.len())..) {
            self.others.add(&count.counts);
        }
        self.keys.extend(all);
    }
}

fn key(session: &ActivitySession, dimension: ActivityDimension) -> Cow<'_, str> {
    match dimension {
        ActivityDimension::WaitEvent => wait_name(session),
        ActivityDimension::Statement => match &session.fingerprint {
            Some(fingerprint) => Cow::Borrowed(fingerprint),
            None => Cow::Owned(beginning(session)),
        },
        ActivityDimension::Application => Cow::Borrowed(&session.application),
        ActivityDimension::User => Cow::Borrowed(&session.user),
        ActivityDimension::Database => Cow::Borrowed(&session.database),
        ActivityDimension::Client => Cow::Borrowed(session.client.as_deref().unwrap_or_default()),
    }
}

fn beginning(session: &ActivitySession) -> String {
    let text = session.statement.as_deref().unwrap_or_default();
    text.chars().take(ActivityTally::STATEMENT_CHARS).collect()
}

/// "Lock: transactionid", "CPU"; a session that is idle in its transaction always waits for its client.
fn wait_name(session: &ActivitySession) -> Cow<'static, str> {
    let idle =
        matches!(session.state, BackendState::IdleInTransaction | BackendState::IdleInTransactionAborted);
    match &session.wait {
        _ if idle => Cow::Borrowed(WaitClass::IdleInTransaction.label()),
        Some(wait) => Cow::Owned(format!("{}: {}", wait.kind, wait.event)),
        None => Cow::Borrowed(WaitClass::Cpu.label()),
    }
}
