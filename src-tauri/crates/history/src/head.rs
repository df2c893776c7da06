//! The newest ticks, one row each, as they arrived.

use std::collections::HashSet;

use rusqlite::{Connection, params};

use crate::codec;
use crate::notices::Notices;
use crate::schema::crc;

/// Samples of the wanted series (ascending ids) in `[from, to)`, in the order in which they arrived.
pub(crate) fn samples(
    view: &Connection,
    origin: i64,
    from: i64,
    to: i64,
    wanted: &[i64],
    notices: &Notices,
) -> rusqlite::Result<Vec<Vec<(i64, f64)>>> {
    let mut found = vec![Vec::new(); wanted.len()];
    let mut statement = view.prepare_cached(
        "SELECT at, crc, body FROM head WHERE origin = ? AND at >= ? AND at < ? ORDER BY seq",
    )?;
    let mut rows = statement.query(params![origin, from, to])?;
    while let Some(row) = rows.next()? {
        let at: i64 = row.get(0)?;
        let body = row.get_ref(2)?.as_blob().unwrap_or_default();
        let mut wanted_here = wanted.iter().zip(found.iter_mut()).peekable();
        let read = verified(origin, at, row.get(1)?, body, |series, value| {
            while wanted_here.next_if(|(id, _)| **id < series).is_some() {}
            if let Some((_, column)) = wanted_here.next_if(|(id, _)| **id == series) {
                column.push((at, value));
            }
        });
        if !read {
            notices.add(damaged_tick(at));
        }
    }
    Ok(found)
}

/// Hands over the samples of one row; false where its bytes are not what was written.
pub(crate) fn verified(origin: i64, at: i64, stored: u32, body: &[u8], each: impl FnMut(i64, f64)) -> bool {
    crc(origin, at, at, body) == stored && codec::decode_tick(body, each).is_ok()
}

pub(crate) fn damaged_tick(at: i64) -> String {
    let minute = crate::civil::minute(domain::Timestamp(at));
    format!("The samples of one moment at {minute} were damaged on disk and are left out.")
}

/// The series that have a sample which is not sealed yet.
pub(crate) fn series_present(view: &Connection, origin: i64) -> rusqlite::Result<HashSet<i64>> {
    let mut present = HashSet::new();
    let mut statement = view.prepare_cached("SELECT at, crc, body FROM head WHERE origin = ?")?;
    let mut rows = statement.query([origin])?;
    while let Some(row) = rows.next()? {
        let body = row.get_ref(2)?.as_blob().unwrap_or_default();
        verified(origin, row.get(0)?, row.get(1)?, body, |series, _| {
            present.insert(series);
        });
    }
    Ok(present)
}
