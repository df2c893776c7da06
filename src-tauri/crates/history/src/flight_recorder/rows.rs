//! Rows of the file with their checksums; a damaged one is told in the notices and is a gap.

use domain::{ActivitySample, Timestamp};
use rusqlite::Row;

use super::bytes::from_bytes;
use super::packed::Block;
use super::unpack::sample;
use crate::civil;
use crate::notices::Notices;
use crate::schema::crc;

/// The columns of a row of `seconds`, for [`second`].
pub(super) const SECOND: &str = "origin, at, crc, body";
/// The columns of a row of `minutes`, for [`minute`].
pub(super) const MINUTE: &str = "origin, from_ms, to_ms, crc, body";

/// The sample of a second.
pub(super) fn second(row: &Row<'_>, notices: &Notices) -> rusqlite::Result<Option<ActivitySample>> {
    let at: i64 = row.get(1)?;
    let block = checked(row.get(0)?, (at, at), row.get(2)?, row.get_ref(3)?.as_blob()?);
    let found = block.and_then(|block| sample(&block, block.frames.first()?));
    if found.is_none() {
        tell(at, notices);
    }
    Ok(found)
}

/// The block of a minute.
pub(super) fn minute(row: &Row<'_>, notices: &Notices) -> rusqlite::Result<Option<Block>> {
    let span: (i64, i64) = (row.get(1)?, row.get(2)?);
    let block = checked(row.get(0)?, span, row.get(3)?, row.get_ref(4)?.as_blob()?);
    if block.is_none() {
        tell(span.0, notices);
    }
    Ok(block)
}

fn checked(origin: i64, (from, to): (i64, i64), expected: u32, body: &[u8]) -> Option<Block> {
    (crc(origin, from, to, body) == expected).then(|| from_bytes(body)).flatten()
}

fn tell(at: i64, notices: &Notices) {
    let minute = civil::minute(Timestamp(at));
    notices.add(format!("The flight recording of {minute} is damaged and is left out."));
}
