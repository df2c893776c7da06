//! The stored form of the tally of a minute or an hour.

use domain::{ActivityCount, ActivityTally, ClassCounts, DimensionTally, WaitClass};
use serde::{Deserialize, Serialize};

use super::bytes::from_bytes;
use crate::schema::crc;

const CLASSES: usize = WaitClass::ALL.len();
#[derive(Serialize, Deserialize)]
pub(super) struct PackedTally {
    samples: u64,
    total: [u64; CLASSES],
    dimensions: Vec<PackedDimension>,
}

#[derive(Serialize, Deserialize)]
struct PackedDimension {
    others: [u64; CLASSES],
    rows: Vec<PackedRow>,
}

#[derive(Serialize, Deserialize)]
struct PackedRow {
    key: String,
    statement: Option<String>,
    counts: [u64; CLASSES],
}

pub(super) fn pack(mut tally: ActivityTally, keys: usize) -> PackedTally {
    tally.keep(keys);
    let dimension = |dimension: DimensionTally| {
        let row = |(key, count): (String, ActivityCount)| PackedRow {
            key,
            statement: count.statement,
            counts: count.counts.0,
        };
        let mut rows: Vec<PackedRow> = dimension.keys.into_iter().map(row).collect();
        rows.sort_unstable_by(|a, b| a.key.cmp(&b.key));
        PackedDimension { others: dimension.others.0, rows }
    };
    PackedTally {
        samples: tally.samples,
        total: tally.total.0,
        dimensions: tally.dimensions.into_iter().map(dimension).collect(),
    }
}

/// None where the checksum does not fit: what it was counted from may still be sound.
pub(super) fn stored(origin: i64, start: i64, expected: u32, body: &[u8]) -> Option<ActivityTally> {
    (crc(origin, start, start, body) == expected).then(|| from_bytes(body)).flatten().and_then(unpack)
}

/// None where the dimensions are not those of today.
pub(super) fn unpack(packed: PackedTally) -> Option<ActivityTally> {
    let dimension = |packed: PackedDimension| {
        let count = |row: PackedRow| {
            (row.key, ActivityCount { statement: row.statement, counts: ClassCounts(row.counts) })
        };
        DimensionTally {
            keys: packed.rows.into_iter().map(count).collect(),
            others: ClassCounts(packed.others),
        }
    };
    let dimensions: Vec<DimensionTally> = packed.dimensions.into_iter().map(dimension).collect();
    Some(ActivityTally {
        samples: packed.samples,
        total: ClassCounts(packed.total),
        dimensions: dimensions.try_into().ok()?,
    })
}
