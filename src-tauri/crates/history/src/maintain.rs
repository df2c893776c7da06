//! Keeping the file small and quick: seal, roll up, drop what is too old or too much; a bounded amount of work a call.

use std::path::Path;

use domain::{Retention, Timestamp};
use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use crate::HistoryError;
use crate::codec;
use crate::database::pragma_u64;
use crate::head;
use crate::notices::Notices;
use crate::plan::Layer;
use crate::query::{chunk_samples, rollup_rows};
use crate::record::Writer;
use crate::retention::{CONFIRMING_WINDOWS, cutoffs};
use crate::schema::{WINDOW_MS, crc};
use crate::seal::seal_next;
use crate::steps::{Stats, Steps, in_order};

/// Half a second of work or so, after which a call hands the rest to the next one.
const MOST_SAMPLES: u64 = 4_000_000;
const MOST_DROPPED: u64 = 64;
const MOST_VACUUMED_PAGES: u32 = 4096;
/// Ticks that arrive a little late still find their window open.
const GRACE_MS: i64 = 10 * 60_000;

/// What one call did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MaintenanceReport {
    pub sealed_samples: u64,
    pub rolled_windows: u64,
    pub dropped_windows: u64,
    /// True when work was left for the next call.
    pub more: bool,
    /// Ids of series that no longer have data.
    pub(crate) gone_series: Vec<i64>,
}

pub(crate) fn maintain(
    writer: &mut Writer,
    path: &Path,
    now: Timestamp,
    retention: &Retention,
    notices: &Notices,
) -> Result<MaintenanceReport, HistoryError> {
    let mut report = MaintenanceReport::default();
    let outcome = run(writer, now, retention, notices, &mut report);
    outcome.map_err(|error| HistoryError::sql(path, &error))?;
    Ok(report)
}

fn run(
    writer: &mut Writer,
    now: Timestamp,
    retention: &Retention,
    notices: &Notices,
    report: &mut MaintenanceReport,
) -> rusqlite::Result<()> {
    while report.sealed_samples < MOST_SAMPLES {
        match seal_next(&mut writer.connection, now.0, notices)? {
            0 => break,
            sealed => report.sealed_samples += sealed,
        }
    }
    report.more |= report.sealed_samples >= MOST_SAMPLES;
    let mut rolled_samples = 0;
    while let Some(window) = next_to_roll(&writer.connection, now.0)? {
        if rolled_samples >= MOST_SAMPLES {
            report.more = true;
            break;
        }
        rolled_samples += roll(&mut writer.connection, window, notices)?;
        writer.pending.remove(&(window.origin, window.start));
        report.rolled_windows += 1;
    }
    drop_old(writer, now, retention, report)?;
    drop_excess(writer, now, retention, report)?;
    report.more |= report.dropped_windows >= MOST_DROPPED;
    vacuum(&writer.connection)?;
    if report.dropped_windows > 0 {
        // Only a checkpoint gives the freed pages back to the file system.
        writer.connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", [], |_| Ok(()))?;
    }
    Ok(())
}

/// The statement frees one page a step, so it must be stepped to its end.
pub(crate) fn vacuum(connection: &Connection) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(&format!("PRAGMA incremental_vacuum({MOST_VACUUMED_PAGES})"))?;
    let mut steps = statement.query([])?;
    while steps.next()?.is_some() {}
    Ok(())
}

#[derive(Debug, Clone, Copy)]
struct Window {
    origin: i64,
    start: i64,
    raw: bool,
    minute: bool,
}

impl Window {
    fn end(self) -> i64 {
        self.start.saturating_add(WINDOW_MS)
    }
}

/// No tick of the window waits unsealed: its samples are all in chunks.
const SETTLED: &str = "NOT EXISTS (SELECT 1 FROM head h WHERE h.origin = w.origin AND h.at >= w.start AND h.at < w.start + 14400000)";

fn window_where(
    connection: &Connection,
    condition: &str,
    values: impl rusqlite::Params,
) -> rusqlite::Result<Option<Window>> {
    let sql =
        format!("SELECT origin, start, raw, minute FROM windows w WHERE {condition} ORDER BY start LIMIT 1");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(values)?;
    let Some(row) = rows.next()? else { return Ok(None) };
    Ok(Some(Window { origin: row.get(0)?, start: row.get(1)?, raw: row.get(2)?, minute: row.get(3)? }))
}

fn next_to_roll(connection: &Connection, now: i64) -> rusqlite::Result<Option<Window>> {
    let newest = now.saturating_sub(WINDOW_MS + GRACE_MS);
    let condition = format!("pending = 1 AND start <= ? AND (raw = 1 OR {SETTLED})");
    window_where(connection, &condition, [newest])
}

/// Rolls up one window in one transaction; the number of samples read.
fn roll(connection: &mut Connection, window: Window, notices: &Notices) -> rusqlite::Result<u64> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let ids = series_of(&transaction, window.origin)?;
    let unsealed = head::samples(&transaction, window.origin, window.start, window.end(), &ids, notices)?;
    let mut read = 0;
    for (series, late) in ids.into_iter().zip(unsealed) {
        let mut samples = chunk_samples(&transaction, series, window.start, window.end(), notices)?;
        samples.extend(late);
        read += samples.len() as u64;
        if samples.is_empty() {
            continue;
        }
        in_order(&mut samples);
        for layer in [Layer::Minute, Layer::Quarter] {
            if layer == Layer::Quarter || window.minute {
                roll_series(&transaction, window, series, layer, &samples, notices)?;
            }
        }
        if !window.raw {
            delete_chunks(&transaction, series, window)?;
        }
    }
    transaction.execute(
        "UPDATE windows SET pending = 0 WHERE origin = ? AND start = ?",
        params![window.origin, window.start],
    )?;
    transaction.commit()?;
    Ok(read)
}

fn roll_series(
    transaction: &Transaction<'_>,
    window: Window,
    series: i64,
    layer: Layer,
    samples: &[(i64, f64)],
    notices: &Notices,
) -> rusqlite::Result<()> {
    let bucket_ms = layer.bucket_ms();
    let mut steps = Steps::new(bucket_ms);
    if !window.raw {
        // The samples at hand are only the late ones: they join what was rolled up when all were there.
        for row in rollup_rows(transaction, series, layer, window.start, window.end(), notices)? {
            for (index, stats) in row.buckets {
                steps.bucket(row.start + i64::from(index) * bucket_ms, &stats);
            }
        }
    }
    samples.iter().for_each(|(at, value)| steps.sample(*at, *value));
    let buckets: Vec<(u32, Stats)> = steps
        .buckets()
        .map(|(at, stats)| (u32::try_from((at - window.start) / bucket_ms).unwrap_or_default(), stats))
        .collect();
    let body = codec::encode_rollups(&buckets);
    transaction
        .prepare_cached(
            "INSERT INTO rollups (series, resolution, start, crc, body) VALUES (?, ?, ?, ?, ?)
             ON CONFLICT (series, resolution, start) DO UPDATE SET crc = excluded.crc, body = excluded.body",
        )?
        .execute(params![
            series,
            bucket_ms,
            window.start,
            crc(series, window.start, bucket_ms, &body),
            body
        ])?;
    Ok(())
}

fn drop_old(
    writer: &mut Writer,
    now: Timestamp,
    retention: &Retention,
    report: &mut MaintenanceReport,
) -> rusqlite::Result<()> {
    let newest = newest_windows(&writer.connection)?;
    let Some(cutoffs) = cutoffs(now, &newest, retention) else { return Ok(()) };
    let forms = [
        (Drop::Everything, "pending = 0", cutoffs.everything),
        (Drop::Minute, "pending = 0 AND raw = 0 AND minute = 1", cutoffs.minute),
        (Drop::Raw, "pending = 0 AND raw = 1", cutoffs.raw),
    ];
    for (form, which, cutoff) in forms {
        let condition = format!("{which} AND start <= ? AND {SETTLED}");
        while report.dropped_windows < MOST_DROPPED {
            let newest = cutoff.saturating_sub(WINDOW_MS);
            let Some(window) = window_where(&writer.connection, &condition, [newest])? else { break };
            drop_form(writer, window, form, report)?;
        }
    }
    Ok(())
}

/// Oldest raw samples first, then minutes, then everything; the newest window of a source stays.
fn drop_excess(
    writer: &mut Writer,
    now: Timestamp,
    retention: &Retention,
    report: &mut MaintenanceReport,
) -> rusqlite::Result<()> {
    while report.dropped_windows < MOST_DROPPED && used_bytes(&writer.connection)? > retention.bytes {
        let mut dropped = false;
        for (form, which) in
            [(Drop::Raw, "raw = 1"), (Drop::Minute, "raw = 0 AND minute = 1"), (Drop::Everything, "1")]
        {
            let condition = format!(
                "pending = 0 AND {which} AND {SETTLED} AND start <= ?
                 AND start < (SELECT max(start) FROM windows n WHERE n.origin = w.origin)"
            );
            if let Some(window) = window_where(&writer.connection, &condition, [now.0])? {
                drop_form(writer, window, form, report)?;
                dropped = true;
                break;
            }
        }
        if !dropped {
            break;
        }
    }
    Ok(())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Drop {
    Raw,
    Minute,
    Everything,
}

fn drop_form(
    writer: &mut Writer,
    window: Window,
    form: Drop,
    report: &mut MaintenanceReport,
) -> rusqlite::Result<()> {
    let transaction = writer.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for series in series_of(&transaction, window.origin)? {
        match form {
            Drop::Raw => delete_chunks(&transaction, series, window)?,
            Drop::Minute => delete_rollups(&transaction, series, Layer::Minute, window.start)?,
            Drop::Everything => {
                delete_chunks(&transaction, series, window)?;
                delete_rollups(&transaction, series, Layer::Minute, window.start)?;
                delete_rollups(&transaction, series, Layer::Quarter, window.start)?;
            }
        }
    }
    let sql = match form {
        Drop::Raw => "UPDATE windows SET raw = 0 WHERE origin = ? AND start = ?",
        Drop::Minute => "UPDATE windows SET minute = 0 WHERE origin = ? AND start = ?",
        Drop::Everything => "DELETE FROM windows WHERE origin = ? AND start = ?",
    };
    transaction.execute(sql, params![window.origin, window.start])?;
    if form == Drop::Everything {
        report.gone_series.extend(drop_empty_series(&transaction, window)?);
    }
    transaction.commit()?;
    if !report.gone_series.is_empty() {
        writer.forget();
    }
    report.dropped_windows += 1;
    Ok(())
}

/// Series of the window's source that ended before the window did and have nothing left.
fn drop_empty_series(transaction: &Transaction<'_>, window: Window) -> rusqlite::Result<Vec<i64>> {
    let mut statement = transaction.prepare_cached(
        "SELECT id FROM series s WHERE origin = ? AND last_seen < ?
         AND NOT EXISTS (SELECT 1 FROM chunks c WHERE c.series = s.id)
         AND NOT EXISTS (SELECT 1 FROM rollups r WHERE r.series = s.id)",
    )?;
    let candidates: Vec<i64> = statement
        .query_map(params![window.origin, window.end()], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    if candidates.is_empty() {
        return Ok(candidates);
    }
    let present = head::series_present(transaction, window.origin)?;
    let gone: Vec<i64> = candidates.into_iter().filter(|id| !present.contains(id)).collect();
    let mut delete = transaction.prepare_cached("DELETE FROM series WHERE id = ?")?;
    for id in &gone {
        delete.execute([id])?;
    }
    Ok(gone)
}

fn delete_chunks(transaction: &Transaction<'_>, series: i64, window: Window) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("DELETE FROM chunks WHERE series = ? AND from_ms >= ? AND from_ms < ?")?
        .execute(params![series, window.start, window.end()])?;
    Ok(())
}

fn delete_rollups(
    transaction: &Transaction<'_>,
    series: i64,
    layer: Layer,
    start: i64,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("DELETE FROM rollups WHERE series = ? AND resolution = ? AND start = ?")?
        .execute(params![series, layer.bucket_ms(), start])?;
    Ok(())
}

fn series_of(connection: &Connection, origin: i64) -> rusqlite::Result<Vec<i64>> {
    let mut statement = connection.prepare_cached("SELECT id FROM series WHERE origin = ? ORDER BY id")?;
    statement.query_map([origin], |row| row.get(0))?.collect()
}

fn newest_windows(connection: &Connection) -> rusqlite::Result<Vec<i64>> {
    let mut statement =
        connection.prepare_cached("SELECT DISTINCT start FROM windows ORDER BY start DESC LIMIT ?")?;
    statement.query_map([CONFIRMING_WINDOWS as i64], |row| row.get(0))?.collect()
}

pub(crate) fn used_bytes(connection: &Connection) -> rusqlite::Result<u64> {
    let pages = pragma_u64(connection, "page_count")?;
    let free = pragma_u64(connection, "freelist_count")?;
    let page_size = pragma_u64(connection, "page_size")?;
    Ok(pages.saturating_sub(free) * page_size)
}
