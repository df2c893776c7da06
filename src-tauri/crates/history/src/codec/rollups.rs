//! Buckets of one series over one window: min, max, sum, last and count as columns.

use super::{DecodeError, values, varint};
use crate::steps::Stats;

const FORMAT: u8 = 1;
/// Minutes in four hours; no row ever holds more buckets.
const MOST: usize = 240;

/// Buckets as (index in the window, figures), ascending by index.
pub fn encode_rollups(buckets: &[(u32, Stats)]) -> Vec<u8> {
    let mut out = vec![FORMAT];
    varint::put(&mut out, buckets.len() as u64);
    if buckets.is_empty() {
        return out;
    }
    // Without gaps the index less its position is constant, which costs nothing.
    column(
        &mut out,
        buckets.iter().enumerate().map(|(position, (index, _))| f64::from(*index) - position as f64),
    );
    column(&mut out, buckets.iter().map(|(_, stats)| f64::from(stats.count)));
    column(&mut out, buckets.iter().map(|(_, stats)| stats.min));
    column(&mut out, buckets.iter().map(|(_, stats)| stats.max));
    column(&mut out, buckets.iter().map(|(_, stats)| stats.last));
    column(&mut out, buckets.iter().map(|(_, stats)| stats.sum));
    out
}

/// The buckets that [`encode_rollups`] was given.
pub fn decode_rollups(input: &[u8]) -> Result<Vec<(u32, Stats)>, DecodeError> {
    let (format, mut input) = input.split_first().ok_or(DecodeError::CutShort)?;
    if *format != FORMAT {
        return Err(DecodeError::Format(*format));
    }
    let count = usize::try_from(varint::take(&mut input)?).map_err(|_| DecodeError::Count)?;
    if count > MOST {
        return Err(DecodeError::Count);
    }
    if count == 0 {
        return Ok(Vec::new());
    }
    let mut next = || take_column(&mut input, count);
    let (indexes, counts, mins, maxs, lasts, sums) = (next()?, next()?, next()?, next()?, next()?, next()?);
    let figures = mins.into_iter().zip(maxs).zip(lasts.into_iter().zip(sums));
    Ok(indexes
        .into_iter()
        .zip(counts)
        .zip(figures)
        .enumerate()
        .map(|(position, ((index, count), ((min, max), (last, sum))))| {
            // `as` saturates, so even forged columns give numbers in range.
            ((index + position as f64) as u32, Stats { min, max, sum, last, count: count as u32 })
        })
        .collect())
}

fn column(out: &mut Vec<u8>, values: impl Iterator<Item = f64>) {
    let values: Vec<f64> = values.collect();
    let mut bytes = Vec::with_capacity(values.len() * 2);
    values::encode(&values, &mut bytes);
    varint::put(out, bytes.len() as u64);
    out.extend_from_slice(&bytes);
}

fn take_column(input: &mut &[u8], count: usize) -> Result<Vec<f64>, DecodeError> {
    let length = usize::try_from(varint::take(input)?).map_err(|_| DecodeError::CutShort)?;
    let (bytes, rest) = input.split_at_checked(length).ok_or(DecodeError::CutShort)?;
    *input = rest;
    values::decode(bytes, count)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn buckets_come_back(indexes in proptest::collection::btree_set(0..240_u32, 0..240), seed in any::<i32>()) {
            let buckets: Vec<(u32, Stats)> = indexes.into_iter().map(|index| {
                let base = f64::from(seed) / f64::from(index + 1);
                (index, Stats { min: base, max: base + 2.0, sum: base * 12.0, last: base + 1.0, count: index % 13 + 1 })
            }).collect();
            prop_assert_eq!(decode_rollups(&encode_rollups(&buckets)).unwrap(), buckets);
        }

        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let mut framed = vec![FORMAT, 7];
            framed.extend_from_slice(&bytes);
            let _ = decode_rollups(&bytes);
            let _ = decode_rollups(&framed);
        }
    }
}
