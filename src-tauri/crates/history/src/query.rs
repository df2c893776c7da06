//! Reading a series back: head, chunks and rollups as one line.

use std::collections::HashMap;
use std::collections::hash_map::Entry::{Occupied, Vacant};

use domain::{Rollup, TimeRange, Timestamp};
use rusqlite::{Connection, params};

use crate::catalogue::Entry;
use crate::codec;
use crate::head;
use crate::notices::Notices;
use crate::plan::{Layer, Segment, segments, whole_steps};
use crate::schema::{crc, window_start};
use crate::steps::{Steps, in_order};

/// One answer for each entry; an unknown series gives an empty one.
pub(crate) fn steps(
    view: &Connection,
    entries: &[Option<Entry>],
    range: TimeRange,
    step_ms: i64,
    notices: &Notices,
) -> rusqlite::Result<Vec<Vec<Rollup>>> {
    let (from, to) = whole_steps(range, step_ms);
    let wanted = Layer::for_step(step_ms);
    let mut origins: HashMap<i64, Origin> = HashMap::new();
    let mut answers = Vec::with_capacity(entries.len());
    for entry in entries {
        let Some(entry) = entry else {
            answers.push(Vec::new());
            continue;
        };
        let origin = match origins.entry(entry.origin) {
            Occupied(known) => known.into_mut(),
            Vacant(place) => {
                let ids = ids_of(entries, entry.origin);
                place.insert(Origin::read(view, entry.origin, ids, from, to, wanted, notices)?)
            }
        };
        let mut steps = Steps::new(step_ms);
        for segment in &origin.segments {
            fold(view, entry.id, segment, origin, &mut steps, notices)?;
        }
        answers.push(steps.rollups());
    }
    Ok(answers)
}

fn ids_of(entries: &[Option<Entry>], origin: i64) -> Vec<i64> {
    let mut ids: Vec<i64> =
        entries.iter().flatten().filter(|entry| entry.origin == origin).map(|entry| entry.id).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// What the series of one source share: where to look, and the ticks that are not sealed yet.
struct Origin {
    segments: Vec<Segment>,
    unsealed: HashMap<i64, Vec<(i64, f64)>>,
}

impl Origin {
    fn read(
        view: &Connection,
        origin: i64,
        ids: Vec<i64>,
        from: i64,
        to: i64,
        wanted: Layer,
        notices: &Notices,
    ) -> rusqlite::Result<Origin> {
        let segments = segments(view, origin, from, to, wanted)?;
        let samples = head::samples(view, origin, from, to, &ids, notices)?;
        Ok(Origin { segments, unsealed: ids.into_iter().zip(samples).collect() })
    }
}

fn fold(
    view: &Connection,
    series: i64,
    segment: &Segment,
    origin: &Origin,
    steps: &mut Steps,
    notices: &Notices,
) -> rusqlite::Result<()> {
    let inside = |at: &i64| segment.from <= *at && *at < segment.to;
    if segment.layer == Layer::Raw {
        let mut samples = chunk_samples(view, series, segment.from, segment.to, notices)?;
        let unsealed = origin.unsealed.get(&series).map(Vec::as_slice).unwrap_or_default();
        samples.extend(unsealed.iter().filter(|(at, _)| inside(at)));
        in_order(&mut samples);
        samples.into_iter().for_each(|(at, value)| steps.sample(at, value));
        return Ok(());
    }
    for row in rollup_rows(view, series, segment.layer, segment.from, segment.to, notices)? {
        for (index, stats) in row.buckets {
            let at = row.start + i64::from(index) * segment.layer.bucket_ms();
            if inside(&at) {
                steps.bucket(at, &stats);
            }
        }
    }
    Ok(())
}

/// Samples of one series as they were recorded, ascending, in `[from, to)`.
pub(crate) fn raw(
    view: &Connection,
    entry: Entry,
    from: i64,
    to: i64,
    notices: &Notices,
) -> rusqlite::Result<Vec<(Timestamp, f64)>> {
    let mut samples = chunk_samples(view, entry.id, from, to, notices)?;
    samples.extend(head::samples(view, entry.origin, from, to, &[entry.id], notices)?.into_iter().flatten());
    in_order(&mut samples);
    Ok(samples.into_iter().map(|(at, value)| (Timestamp(at), value)).collect())
}

/// The newest sample that is kept as it was recorded.
pub(crate) fn latest(
    view: &Connection,
    entry: Entry,
    notices: &Notices,
) -> rusqlite::Result<Option<(Timestamp, f64)>> {
    let mut starts = view.prepare_cached(
        "SELECT start FROM windows WHERE origin = ? AND (raw = 1 OR pending = 1) ORDER BY start DESC",
    )?;
    let mut rows = starts.query([entry.origin])?;
    while let Some(row) = rows.next()? {
        let start: i64 = row.get(0)?;
        let end = start.saturating_add(crate::schema::WINDOW_MS);
        if let Some(last) = raw(view, entry, start, end, notices)?.pop() {
            return Ok(Some(last));
        }
    }
    Ok(None)
}

pub(crate) fn chunk_samples(
    view: &Connection,
    series: i64,
    from: i64,
    to: i64,
    notices: &Notices,
) -> rusqlite::Result<Vec<(i64, f64)>> {
    let mut statement = view.prepare_cached(
        "SELECT from_ms, to_ms, crc, body FROM chunks WHERE series = ? AND from_ms >= ? AND from_ms < ? ORDER BY id",
    )?;
    let mut rows = statement.query(params![series, window_start(from), to])?;
    let mut samples = Vec::new();
    while let Some(row) = rows.next()? {
        let (begin, end): (i64, i64) = (row.get(0)?, row.get(1)?);
        if end < from {
            continue;
        }
        let body = row.get_ref(3)?.as_blob().unwrap_or_default();
        let intact = crc(series, begin, end, body) == row.get::<_, u32>(2)?;
        match codec::decode_chunk(body) {
            Ok(decoded) if intact => {
                samples.extend(decoded.into_iter().filter(|(at, _)| from <= *at && *at < to));
            }
            _ => notices.add(damaged_span(begin, end)),
        }
    }
    Ok(samples)
}

pub(crate) struct RollupRow {
    pub start: i64,
    pub buckets: Vec<(u32, crate::steps::Stats)>,
}

pub(crate) fn rollup_rows(
    view: &Connection,
    series: i64,
    layer: Layer,
    from: i64,
    to: i64,
    notices: &Notices,
) -> rusqlite::Result<Vec<RollupRow>> {
    let mut statement = view.prepare_cached(
        "SELECT start, crc, body FROM rollups WHERE series = ? AND resolution = ? AND start >= ? AND start < ? ORDER BY start",
    )?;
    let mut rows = statement.query(params![series, layer.bucket_ms(), window_start(from), to])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        let start: i64 = row.get(0)?;
        let body = row.get_ref(2)?.as_blob().unwrap_or_default();
        let intact = crc(series, start, layer.bucket_ms(), body) == row.get::<_, u32>(1)?;
        match codec::decode_rollups(body) {
            Ok(buckets) if intact => found.push(RollupRow { start, buckets }),
            _ => notices.add(damaged_span(start, start.saturating_add(crate::schema::WINDOW_MS))),
        }
    }
    Ok(found)
}

fn damaged_span(from: i64, to: i64) -> String {
    let minute = |at| crate::civil::minute(Timestamp(at));
    format!("Samples from {} to {} were damaged on disk and are left out.", minute(from), minute(to))
}
