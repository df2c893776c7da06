//! Old rows of `head` become compressed chunks, a source at a time, each group in one transaction.

use std::collections::HashMap;

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use crate::codec;
use crate::head::{damaged_tick, verified};
use crate::notices::Notices;
use crate::schema::{crc, window_start};
use crate::steps::in_order;

/// Ticks that make a chunk.
pub(crate) const CHUNK_TICKS: i64 = 120;
/// A source that was polled rarely, or no more, is sealed after this.
const OLDEST_MS: i64 = 2 * 3_600_000;

/// Seals one group; the number of samples sealed, 0 when nothing is due.
pub(crate) fn seal_next(connection: &mut Connection, now: i64, notices: &Notices) -> rusqlite::Result<u64> {
    let due: Option<i64> = {
        let mut statement = connection.prepare_cached(
            "SELECT origin FROM head GROUP BY origin HAVING count(*) >= ? OR min(at) < ? LIMIT 1",
        )?;
        let mut rows = statement.query(params![CHUNK_TICKS, now.saturating_sub(OLDEST_MS)])?;
        rows.next()?.map(|row| row.get(0)).transpose()?
    };
    let Some(origin) = due else { return Ok(0) };
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let columns = collect(&transaction, origin, notices)?;
    let mut sealed = 0;
    for (series, mut samples) in columns.series {
        sealed += samples.len() as u64;
        in_order(&mut samples);
        insert_chunks(&transaction, series, &samples)?;
    }
    let mut delete = transaction.prepare_cached("DELETE FROM head WHERE seq = ?")?;
    for seq in columns.seqs {
        delete.execute([seq])?;
    }
    drop(delete);
    transaction.commit()?;
    Ok(sealed.max(1))
}

#[derive(Default)]
struct Columns {
    seqs: Vec<i64>,
    series: Vec<(i64, Vec<(i64, f64)>)>,
}

fn collect(transaction: &Transaction<'_>, origin: i64, notices: &Notices) -> rusqlite::Result<Columns> {
    let mut columns = Columns::default();
    let mut places: HashMap<i64, usize> = HashMap::new();
    let mut statement = transaction
        .prepare_cached("SELECT seq, at, crc, body FROM head WHERE origin = ? ORDER BY seq LIMIT ?")?;
    let mut rows = statement.query(params![origin, CHUNK_TICKS])?;
    while let Some(row) = rows.next()? {
        columns.seqs.push(row.get(0)?);
        let at: i64 = row.get(1)?;
        let mut expected = 0;
        let series = &mut columns.series;
        let read =
            verified(origin, at, row.get(2)?, row.get_ref(3)?.as_blob().unwrap_or_default(), |id, value| {
                // Ticks of a source mostly hold the same series in the same order.
                if series.get(expected).is_none_or(|(known, _)| *known != id) {
                    expected = *places.entry(id).or_insert_with(|| {
                        series.push((id, Vec::with_capacity(CHUNK_TICKS as usize)));
                        series.len() - 1
                    });
                }
                if let Some((_, samples)) = series.get_mut(expected) {
                    samples.push((at, value));
                }
                expected += 1;
            });
        if !read {
            notices.add(damaged_tick(at));
        }
    }
    Ok(columns)
}

/// A chunk never crosses the border of a window, so that windows can be dropped whole.
fn insert_chunks(transaction: &Transaction<'_>, series: i64, samples: &[(i64, f64)]) -> rusqlite::Result<()> {
    for run in samples.chunk_by(|(a, _), (b, _)| window_start(*a) == window_start(*b)) {
        let (Some((from, _)), Some((to, _))) = (run.first(), run.last()) else { continue };
        let body = codec::encode_chunk(run);
        transaction
            .prepare_cached(
                "INSERT INTO chunks (series, from_ms, to_ms, count, crc, body) VALUES (?, ?, ?, ?, ?, ?)",
            )?
            .execute(params![series, from, to, run.len() as i64, crc(series, *from, *to, &body), body])?;
    }
    if let Some((last, _)) = samples.last() {
        transaction
            .prepare_cached("UPDATE series SET last_seen = max(last_seen, ?) WHERE id = ?")?
            .execute(params![last, series])?;
    }
    Ok(())
}
