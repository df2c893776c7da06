//! What was counted before: how much a counter rose, and over which time.

use std::collections::BTreeMap;

use domain::{CheckpointFacts, DatabaseFacts, HealthFacts, Part, QuickHealth, SlotFacts, Timestamp};

use super::Look;
use crate::words;

/// The counters of an earlier reading, without anything else of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Previous {
    pub at: Timestamp,
    started_at: Timestamp,
    databases: Option<DatabaseFacts>,
    checkpoints: Option<CheckpointFacts>,
    archive_failures: Option<f64>,
    wal_position: Option<f64>,
    next_xid: Option<f64>,
    mxid_ages: BTreeMap<String, f64>,
    slots: BTreeMap<String, f64>,
    sequences: Option<LastValues>,
}

/// Of sequences by schema and name, and when they were read.
#[derive(Debug, Clone, PartialEq)]
struct LastValues {
    at: Timestamp,
    values: BTreeMap<(String, String), f64>,
}

impl Previous {
    pub fn of(facts: &HealthFacts) -> Previous {
        let quick = &facts.quick;
        let retained = |slot: &SlotFacts| Some((slot.name.clone(), slot.retained_bytes?));
        let ages = |age: &domain::DatabaseAge| (age.name.clone(), age.mxid_age);
        Previous {
            at: quick.at,
            started_at: quick.server.started_at,
            databases: quick.databases.as_ref().ok().map(|all| total(all)),
            checkpoints: quick.checkpoints.as_ref().ok().cloned(),
            archive_failures: quick.archiver.as_ref().ok().map(|archiver| archiver.failed),
            wal_position: quick.wal.as_ref().ok().map(|wal| wal.position),
            next_xid: quick.ages.as_ref().ok().map(|ages| ages.next_xid),
            mxid_ages: quick.ages.iter().flat_map(|facts| facts.databases.iter().map(ages)).collect(),
            slots: quick.slots.iter().flatten().filter_map(retained).collect(),
            sequences: facts.slow.as_ref().and_then(|slow| {
                let found = &slow.sequences.as_ref().ok()?.found;
                let value = |s: &domain::SequenceFacts| ((s.schema.clone(), s.name.clone()), s.last_value);
                Some(LastValues { at: slow.at, values: found.iter().map(value).collect() })
            }),
        }
    }
}

/// All databases together; the newest reset counts, for until then nothing of one of them is known.
pub(super) fn total(databases: &[DatabaseFacts]) -> DatabaseFacts {
    let mut sum = DatabaseFacts::default();
    for one in databases {
        sum.commits += one.commits;
        sum.rollbacks += one.rollbacks;
        sum.blocks_hit += one.blocks_hit;
        sum.blocks_read += one.blocks_read;
        sum.temp_files += one.temp_files;
        sum.temp_bytes += one.temp_bytes;
        sum.deadlocks += one.deadlocks;
        if let Some(failures) = one.checksum_failures {
            *sum.checksum_failures.get_or_insert(0.0) += failures;
        }
        sum.stats_reset = sum.stats_reset.max(one.stats_reset);
    }
    sum
}

/// Counters with the time in which they were counted.
pub(super) struct Counted<T> {
    pub rise: T,
    /// None where nobody knows since when the server counts.
    pub seconds: Option<f64>,
    /// "in the last 58 min", "since statistics were reset 12 days ago"
    pub when: String,
}

impl<T> Counted<T> {
    /// A rise as a rate per hour.
    pub(super) fn per_hour(&self, rise: f64) -> Option<f64> {
        self.seconds.filter(|seconds| *seconds > 0.0).map(|seconds| rise * 3_600.0 / seconds)
    }
}

impl Look<'_> {
    fn quick(&self) -> &QuickHealth {
        &self.facts.quick
    }

    /// An earlier reading of the same run of the server.
    fn earlier(&self) -> Option<&Previous> {
        let same = |previous: &&Previous| {
            previous.started_at == self.quick().server.started_at && previous.at < self.quick().at
        };
        self.previous.filter(same)
    }

    /// Seconds since the earlier reading, and how that is said.
    fn window(&self, from: Timestamp) -> (f64, String) {
        let seconds = self.quick().at.seconds_since(from);
        (seconds, format!("in the last {}", words::duration(seconds)))
    }

    fn since_reset<T>(&self, rise: T, reset: Option<Timestamp>) -> Counted<T> {
        let seconds = reset.map(|reset| self.now.seconds_since(reset).max(1.0));
        let when = match seconds {
            Some(seconds) => format!("since statistics were reset {} ago", words::duration(seconds)),
            None => "since the server began to count".to_owned(),
        };
        Counted { rise, seconds, when }
    }

    /// What all databases counted since the earlier reading, else since the server began to count.
    pub(super) fn databases(&self) -> Part<Counted<DatabaseFacts>> {
        let now = total(self.quick().databases.as_ref().map_err(Clone::clone)?);
        let earlier = self.earlier().and_then(|previous| Some((previous.at, previous.databases.as_ref()?)));
        if let Some((at, before)) = earlier
            && let Some(rise) = rise_of(&now, before)
        {
            let (seconds, when) = self.window(at);
            return Ok(Counted { rise, seconds: Some(seconds), when });
        }
        let reset = now.stats_reset;
        Ok(self.since_reset(now, reset))
    }

    pub(super) fn checkpoints(&self) -> Part<Counted<CheckpointFacts>> {
        let now = self.quick().checkpoints.clone()?;
        let earlier = self.earlier().and_then(|previous| Some((previous.at, previous.checkpoints.as_ref()?)));
        if let Some((at, before)) = earlier
            && let (Some(timed), Some(requested)) =
                (rise(now.timed, before.timed), rise(now.requested, before.requested))
            // Within an hour there may have been none at all, which says little.
            && timed + requested >= 4.0
        {
            let (seconds, when) = self.window(at);
            return Ok(Counted {
                rise: CheckpointFacts { timed, requested, ..now },
                seconds: Some(seconds),
                when,
            });
        }
        let reset = now.stats_reset;
        Ok(self.since_reset(now, reset))
    }

    /// Bytes of log since the earlier reading; else what `pg_stat_wal` counted since its reset.
    pub(super) fn wal_bytes(&self) -> Part<Option<Counted<f64>>> {
        let now = self.quick().wal.clone()?;
        let earlier = self.earlier().and_then(|previous| Some((previous.at, previous.wal_position?)));
        if let Some((at, before)) = earlier
            && let Some(rise) = rise(now.position, before)
        {
            let (seconds, when) = self.window(at);
            return Ok(Some(Counted { rise, seconds: Some(seconds), when }));
        }
        Ok(now.written.map(|written| self.since_reset(written, now.stats_reset)))
    }

    pub(super) fn archive_failures(&self) -> Option<f64> {
        let now = self.quick().archiver.as_ref().ok()?.failed;
        rise(now, self.earlier()?.archive_failures?)
    }

    /// Transaction ids used up each second.
    pub(super) fn xids_per_second(&self) -> Option<f64> {
        // Ids go on over a restart, so that another run of the server is as good.
        let previous = self.previous.filter(|previous| previous.at < self.quick().at)?;
        let rise = rise(self.quick().ages.as_ref().ok()?.next_xid, previous.next_xid?)?;
        Some(rise / self.quick().at.seconds_since(previous.at))
    }

    /// Multixact ids used up each second: by the database whose oldest one was not frozen meanwhile.
    pub(super) fn mxids_per_second(&self) -> Option<f64> {
        let previous = self.previous.filter(|previous| previous.at < self.quick().at)?;
        let ages = &self.quick().ages.as_ref().ok()?.databases;
        let rises = ages.iter().filter_map(|age| rise(age.mxid_age, *previous.mxid_ages.get(&age.name)?));
        Some(rises.reduce(f64::max)? / self.quick().at.seconds_since(previous.at))
    }

    /// Bytes that a slot holds back more than before, each second.
    pub(super) fn slot_growth(&self, slot: &SlotFacts) -> Option<f64> {
        let previous = self.earlier()?;
        let rise = rise(slot.retained_bytes?, *previous.slots.get(&slot.name)?)?;
        Some(rise / self.quick().at.seconds_since(previous.at))
    }

    /// Values that a sequence gave out each second between two slow readings.
    pub(super) fn sequence_rate(&self, sequence: &domain::SequenceFacts) -> Option<f64> {
        let LastValues { at, values } = self.previous?.sequences.as_ref()?;
        let seconds = self.facts.slow.as_ref()?.at.seconds_since(*at);
        let before = values.get(&(sequence.schema.clone(), sequence.name.clone()))?;
        (seconds > 0.0).then_some(rise(sequence.last_value, *before)? / seconds)
    }
}

/// None where the counter fell: it began anew.
fn rise(now: f64, before: f64) -> Option<f64> {
    (now >= before).then_some(now - before)
}

fn rise_of(now: &DatabaseFacts, before: &DatabaseFacts) -> Option<DatabaseFacts> {
    if now.stats_reset != before.stats_reset {
        return None;
    }
    Some(DatabaseFacts {
        name: String::new(),
        commits: rise(now.commits, before.commits)?,
        rollbacks: rise(now.rollbacks, before.rollbacks)?,
        blocks_hit: rise(now.blocks_hit, before.blocks_hit)?,
        blocks_read: rise(now.blocks_read, before.blocks_read)?,
        temp_files: rise(now.temp_files, before.temp_files)?,
        temp_bytes: rise(now.temp_bytes, before.temp_bytes)?,
        deadlocks: rise(now.deadlocks, before.deadlocks)?,
        checksum_failures: now
            .checksum_failures
            .map(|now| now - before.checksum_failures.unwrap_or(0.0).min(now)),
        stats_reset: now.stats_reset,
    })
}
