//! Counts of many statements as columns: keys by their steps, only counters that are not all zero, times in microseconds.

use domain::StatementCounts;

use super::{DecodeError, varint};

const FORMAT: u8 = 1;
/// Beyond 2^53 a float no longer holds every integer.
const LARGEST_EXACT: f64 = 9_007_199_254_740_992.0;

/// Rows as (key, counts), ascending by key without doubles. Times lose what is below a microsecond.
pub fn encode_statements(rows: &[(u32, StatementCounts)]) -> Vec<u8> {
    let mut out = Vec::with_capacity(rows.len() * 16 + 8);
    out.push(FORMAT);
    varint::put(&mut out, rows.len() as u64);
    let mut previous = 0;
    for (key, _) in rows {
        varint::put(&mut out, u64::from(key.wrapping_sub(previous)));
        previous = *key;
    }
    let columns: Vec<[u64; 16]> = rows.iter().map(|(_, counts)| scaled(counts)).collect();
    let used =
        (0..16).filter(|column| columns.iter().any(|row| row.get(*column).is_some_and(|value| *value > 0)));
    let used: Vec<usize> = used.collect();
    varint::put(&mut out, used.iter().fold(0, |mask, column| mask | 1 << column));
    for column in used {
        columns.iter().filter_map(|row| row.get(column)).for_each(|value| varint::put(&mut out, *value));
    }
    out
}

/// The rows that [`encode_statements`] was given.
pub fn decode_statements(input: &[u8]) -> Result<Vec<(u32, StatementCounts)>, DecodeError> {
    let (format, mut input) = input.split_first().ok_or(DecodeError::CutShort)?;
    if *format != FORMAT {
        return Err(DecodeError::Format(*format));
    }
    let count = usize::try_from(varint::take(&mut input)?).map_err(|_| DecodeError::Count)?;
    // Every key takes a byte at least, so a larger count is a lie that must not be allocated for.
    if count > input.len() {
        return Err(DecodeError::Count);
    }
    let mut keys = Vec::with_capacity(count);
    let mut key = 0_u32;
    for _ in 0..count {
        let step = u32::try_from(varint::take(&mut input)?).map_err(|_| DecodeError::Order)?;
        key = key.checked_add(step).ok_or(DecodeError::Order)?;
        keys.push(key);
    }
    let mask = varint::take(&mut input)?;
    let mut rows = vec![[0.0; 16]; count];
    for column in (0..16).filter(|column| mask & (1 << column) != 0) {
        for row in &mut rows {
            let value = varint::take(&mut input)?;
            if let Some(slot) = row.get_mut(column) {
                *slot = value as f64 / scale(column);
            }
        }
    }
    Ok(keys.into_iter().zip(rows.into_iter().map(StatementCounts::from_array)).collect())
}

/// Milliseconds are kept as microseconds.
fn scale(column: usize) -> f64 {
    let is_time = StatementCounts::NAMES.get(column).is_some_and(|name| name.ends_with("_ms"));
    if is_time { 1000.0 } else { 1.0 }
}

fn scaled(counts: &StatementCounts) -> [u64; 16] {
    let mut column = 0;
    counts.to_array().map(|value| {
        let scaled = value * scale(column);
        column += 1;
        // What is no number, or negative, was never counted.
        if scaled > 0.0 { scaled.min(LARGEST_EXACT).round() as u64 } else { 0 }
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn counts_come_back(rows in proptest::collection::btree_map(any::<u32>(), proptest::array::uniform16(0..1_u64 << 40), 0..100)) {
            let rows: Vec<(u32, StatementCounts)> = rows.into_iter().map(|(key, values)| {
                let mut column = 0;
                let values = values.map(|value| {
                    let value = value as f64 / scale(column);
                    column += 1;
                    value
                });
                (key, StatementCounts::from_array(values))
            }).collect();
            prop_assert_eq!(decode_statements(&encode_statements(&rows)).unwrap(), rows);
        }

        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode_statements(&bytes);
            let mut framed = vec![FORMAT];
            framed.extend_from_slice(&bytes);
            let _ = decode_statements(&framed);
        }
    }

    #[test]
    fn what_cannot_be_counted_is_nothing() {
        let odd =
            StatementCounts { calls: -3.0, exec_ms: f64::NAN, rows: f64::INFINITY, ..Default::default() };
        let decoded = decode_statements(&encode_statements(&[(7, odd)])).unwrap();
        assert_eq!(decoded, [(7, StatementCounts { rows: LARGEST_EXACT, ..Default::default() })]);
    }

    #[test]
    fn a_quiet_statement_takes_few_bytes() {
        let row = |key| {
            (
                key,
                StatementCounts {
                    calls: 3.0,
                    exec_ms: 0.4,
                    rows: 3.0,
                    shared_hit: 12.0,
                    ..Default::default()
                },
            )
        };
        let rows: Vec<_> = (1..=100).map(row).collect();
        assert!(encode_statements(&rows).len() < 100 * 7);
    }
}
