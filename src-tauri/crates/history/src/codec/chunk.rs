//! A run of samples of one series: times by the change of their difference, values as a column.

use super::bits::{BitReader, BitWriter};
use super::{DecodeError, values, varint};

const FORMAT: u8 = 1;
/// Far above what is ever sealed; keeps a forged count from claiming memory.
const MOST: usize = 65_536;

/// Samples as (milliseconds, value), ascending by time, at most 65,536; an empty run gives an empty form.
pub fn encode_chunk(samples: &[(i64, f64)]) -> Vec<u8> {
    let Some((first, _)) = samples.first() else { return Vec::new() };
    let mut out = Vec::with_capacity(16 + samples.len() * 3);
    out.push(FORMAT);
    varint::put(&mut out, samples.len() as u64);
    out.extend_from_slice(&first.to_le_bytes());
    let times = encode_times(samples);
    varint::put(&mut out, times.len() as u64);
    out.extend_from_slice(&times);
    let column: Vec<f64> = samples.iter().map(|(_, value)| *value).collect();
    values::encode(&column, &mut out);
    out
}

/// The samples that [`encode_chunk`] was given.
pub fn decode_chunk(mut input: &[u8]) -> Result<Vec<(i64, f64)>, DecodeError> {
    if input.is_empty() {
        return Ok(Vec::new());
    }
    let (format, rest) = input.split_first().ok_or(DecodeError::CutShort)?;
    if *format != FORMAT {
        return Err(DecodeError::Format(*format));
    }
    input = rest;
    let count = usize::try_from(varint::take(&mut input)?).map_err(|_| DecodeError::Count)?;
    if count == 0 || count > MOST {
        return Err(DecodeError::Count);
    }
    let (first, rest) = input.split_first_chunk::<8>().ok_or(DecodeError::CutShort)?;
    input = rest;
    let length = usize::try_from(varint::take(&mut input)?).map_err(|_| DecodeError::CutShort)?;
    let (times, column) = input.split_at_checked(length).ok_or(DecodeError::CutShort)?;
    let column = values::decode(column, count)?;
    decode_times(times, i64::from_le_bytes(*first), column)
}

fn encode_times(samples: &[(i64, f64)]) -> Vec<u8> {
    let mut out = Vec::with_capacity(samples.len());
    let mut bits = BitWriter::new(&mut out);
    let mut steps = samples.iter().map(|(at, _)| *at);
    let mut previous = steps.next().unwrap_or_default();
    let mut difference = 0_i64;
    for at in steps {
        let next = at.wrapping_sub(previous);
        bits.put_signed(next.wrapping_sub(difference));
        difference = next;
        previous = at;
    }
    bits.finish();
    out
}

fn decode_times(input: &[u8], first: i64, column: Vec<f64>) -> Result<Vec<(i64, f64)>, DecodeError> {
    let mut bits = BitReader::new(input);
    let mut at = first;
    let mut difference = 0_i64;
    let mut samples = Vec::with_capacity(column.len());
    for (index, value) in column.into_iter().enumerate() {
        if index > 0 {
            difference = difference.wrapping_add(bits.take_signed()?);
            at = at.wrapping_add(difference);
        }
        samples.push((at, value));
    }
    Ok(samples)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn same(left: &[(i64, f64)], right: &[(i64, f64)]) -> bool {
        left.len() == right.len()
            && left.iter().zip(right).all(|(a, b)| a.0 == b.0 && a.1.to_bits() == b.1.to_bits())
    }

    fn value() -> impl Strategy<Value = f64> {
        prop_oneof![
            any::<u64>().prop_map(f64::from_bits),
            (-1000..1000_i64).prop_map(|v| v as f64),
            (0..1_000_000_i64).prop_map(|v| v as f64 / 1000.0),
            Just(f64::NAN),
            Just(f64::INFINITY),
            Just(f64::NEG_INFINITY),
            Just(-0.0),
            Just(f64::MIN_POSITIVE / 8.0),
            Just(9_007_199_254_740_993.0),
        ]
    }

    proptest! {
        #[test]
        fn any_samples_come_back_bit_by_bit(samples in proptest::collection::vec((any::<i64>(), value()), 0..130)) {
            let decoded = decode_chunk(&encode_chunk(&samples)).unwrap();
            prop_assert!(same(&samples, &decoded));
        }

        #[test]
        fn one_kind_of_value_comes_back(start in any::<i32>(), steps in proptest::collection::vec((0..20_000_i64, 0..5000_u32), 1..300)) {
            let (mut at, mut counter) = (i64::from(start), f64::from(start));
            let samples: Vec<(i64, f64)> = steps.iter().map(|(gap, rise)| {
                at += gap;
                counter += f64::from(*rise);
                (at, counter)
            }).collect();
            prop_assert!(same(&samples, &decode_chunk(&encode_chunk(&samples)).unwrap()));
        }

        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode_chunk(&bytes);
            let mut framed = vec![FORMAT];
            framed.extend_from_slice(&bytes);
            let _ = decode_chunk(&framed);
        }
    }

    #[test]
    fn a_forged_count_allocates_nothing() {
        let mut forged = vec![FORMAT];
        varint::put(&mut forged, u64::MAX);
        assert_eq!(decode_chunk(&forged), Err(DecodeError::Count));
    }

    #[test]
    fn sizes_stay_small() {
        let at = |i: i64| 1_700_000_000_000 + i * 15_000;
        let constant: Vec<_> = (0..120).map(|i| (at(i), 20.0)).collect();
        let counter: Vec<_> = (0..120).map(|i| (at(i), (i * 137 + i % 7) as f64)).collect();
        let jittered: Vec<_> = (0..120).map(|i| (at(i) + i * 7919 % 500, (i % 9) as f64)).collect();
        for (samples, most) in [(constant, 0.5), (counter, 2.5), (jittered, 3.0)] {
            let bytes = encode_chunk(&samples).len() as f64 / samples.len() as f64;
            assert!(bytes <= most, "{bytes} bytes a sample, at most {most} expected");
        }
    }
}
