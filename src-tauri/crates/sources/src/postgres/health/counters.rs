//! Cumulative counters: transactions and blocks, checkpoints, log, archive; and how old transaction ids are.

use domain::{AgeFacts, ArchiverFacts, CheckpointFacts, DatabaseAge, DatabaseFacts, Part, WalFacts};
use tokio_postgres::{Error, Row};

use super::ask::{Looker, moment};
use super::versions;
use crate::postgres::own_queries::OwnQueryName;

const DATABASES: OwnQueryName =
    OwnQueryName { name: "health.databases", purpose: "Commits, cache hits, deadlocks and temporary files" };
const CHECKPOINTS: OwnQueryName =
    OwnQueryName { name: "health.checkpoints", purpose: "Checkpoints, and why they came" };
const WAL: OwnQueryName = OwnQueryName { name: "health.wal", purpose: "How much write-ahead log is written" };
const ARCHIVER: OwnQueryName =
    OwnQueryName { name: "health.archiver", purpose: "Whether log files are archived" };
const AGES: OwnQueryName = OwnQueryName { name: "health.ages", purpose: "Age of the oldest transaction ids" };

pub(super) async fn databases(looker: &Looker<'_>) -> Result<Part<Vec<DatabaseFacts>>, Error> {
    looker.rows(DATABASES, &versions::databases(looker.columns), &[], database).await
}

fn database(row: &Row) -> Result<DatabaseFacts, Error> {
    Ok(DatabaseFacts {
        name: row.try_get("name")?,
        commits: row.try_get("commits")?,
        rollbacks: row.try_get("rollbacks")?,
        blocks_hit: row.try_get("blocks_hit")?,
        blocks_read: row.try_get("blocks_read")?,
        temp_files: row.try_get("temp_files")?,
        temp_bytes: row.try_get("temp_bytes")?,
        deadlocks: row.try_get("deadlocks")?,
        checksum_failures: row.try_get("checksum_failures")?,
        stats_reset: moment(row, "stats_reset")?,
    })
}

pub(super) async fn checkpoints(looker: &Looker<'_>) -> Result<Part<CheckpointFacts>, Error> {
    let read = |row: &Row| {
        Ok(CheckpointFacts {
            timed: row.try_get("timed")?,
            requested: row.try_get("requested")?,
            write_ms: row.try_get("write_ms")?,
            sync_ms: row.try_get("sync_ms")?,
            buffers_written: row.try_get("buffers_written")?,
            stats_reset: moment(row, "stats_reset")?,
        })
    };
    looker.row(CHECKPOINTS, &versions::checkpoints(looker.columns), read).await
}

pub(super) async fn wal(looker: &Looker<'_>) -> Result<Part<WalFacts>, Error> {
    let read = |row: &Row| {
        Ok(WalFacts {
            position: row.try_get("position")?,
            written: row.try_get("written")?,
            buffers_full: row.try_get("buffers_full")?,
            stats_reset: moment(row, "stats_reset")?,
        })
    };
    looker.row(WAL, &versions::wal(looker.columns), read).await
}

pub(super) async fn archiver(looker: &Looker<'_>) -> Result<Part<ArchiverFacts>, Error> {
    let read = |row: &Row| {
        let last_archived: Option<&str> = row.try_get("last_archived_file")?;
        let segment: f64 = row.try_get("segment_bytes")?;
        let archived_to = last_archived.and_then(|name| end_of_segment(name, segment));
        let position: Option<f64> = row.try_get("position")?;
        Ok(ArchiverFacts {
            on: row.try_get("is_on")?,
            archived: row.try_get("archived")?,
            failed: row.try_get("failed")?,
            last_archived_at: moment(row, "last_archived_at")?,
            last_failed_at: moment(row, "last_failed_at")?,
            last_failed_file: row.try_get("last_failed_file")?,
            behind_bytes: position.zip(archived_to).map(|(position, to)| (position - to).max(0.0)),
            stats_reset: moment(row, "stats_reset")?,
        })
    };
    looker.row(ARCHIVER, include_str!("../sql/health/archiver.sql"), read).await
}

/// Where the file of this name ends, in bytes of log. None for history and backup files.
fn end_of_segment(name: &str, segment_bytes: f64) -> Option<f64> {
    if name.len() != 24 || segment_bytes <= 0.0 {
        return None;
    }
    let number = |text: Option<&str>| u32::from_str_radix(text?, 16).ok();
    let (log, segment) = (number(name.get(8..16))?, number(name.get(16..24))?);
    Some(f64::from(log) * 4_294_967_296.0 + (f64::from(segment) + 1.0) * segment_bytes)
}

pub(super) async fn ages(looker: &Looker<'_>) -> Result<Part<AgeFacts>, Error> {
    let read = |row: &Row| {
        let age = DatabaseAge {
            name: row.try_get("name")?,
            xid_age: row.try_get("xid_age")?,
            mxid_age: row.try_get("mxid_age")?,
        };
        Ok((
            age,
            row.try_get("next_xid")?,
            row.try_get("freeze_max_age")?,
            row.try_get("multixact_freeze_max_age")?,
        ))
    };
    let rows = looker.rows(AGES, include_str!("../sql/health/ages.sql"), &[], read).await?;
    Ok(rows.map(|rows| {
        let mut facts = AgeFacts {
            databases: Vec::with_capacity(rows.len()),
            next_xid: 0.0,
            freeze_max_age: 0.0,
            multixact_freeze_max_age: 0.0,
        };
        for (age, next, freeze, multixact) in rows {
            facts.databases.push(age);
            (facts.next_xid, facts.freeze_max_age, facts.multixact_freeze_max_age) =
                (next, freeze, multixact);
        }
        facts
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_log_file_tells_where_it_ends() {
        let megabytes = 1024.0 * 1024.0;
        let cases = [
            ("000000010000000000000001", 16.0, Some(32.0 * megabytes)),
            ("0000000200000001000000FF", 16.0, Some(8192.0 * megabytes)),
            ("00000001000000000000000A", 64.0, Some(704.0 * megabytes)),
            ("00000002.history", 16.0, None),
            ("00000001000000000000000A.00000028.backup", 16.0, None),
            ("00000001000000000000000é", 16.0, None),
            ("", 16.0, None),
        ];
        for (name, segment, end) in cases {
            assert_eq!(end_of_segment(name, segment * megabytes), end, "{name}");
        }
    }
}
