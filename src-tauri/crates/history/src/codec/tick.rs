//! One tick of one source as it arrives: cheap to write, small enough to wait for its compression.

use super::{DecodeError, varint};

const FORMAT: u8 = 1;

/// (series, value) ascending by series, without doubles. Each takes a varint of the step to the next series with the
/// number of value bytes, then the value's bytes without their trailing zeros: small integers need two or three.
pub fn encode_tick(samples: &[(i64, f64)], out: &mut Vec<u8>) {
    out.clear();
    out.push(FORMAT);
    let mut previous = 0_i64;
    for (series, value) in samples {
        let bits = value.to_bits();
        let length = 8 - bits.trailing_zeros() / 8;
        let step = series.wrapping_sub(previous) as u64;
        previous = *series;
        varint::put(out, (step << 4) | u64::from(length));
        out.extend_from_slice(bits.to_be_bytes().get(..length as usize).unwrap_or_default());
    }
}

/// Calls `each` with every (series, value) of the tick.
pub fn decode_tick(input: &[u8], mut each: impl FnMut(i64, f64)) -> Result<(), DecodeError> {
    let (format, mut input) = input.split_first().ok_or(DecodeError::CutShort)?;
    if *format != FORMAT {
        return Err(DecodeError::Format(*format));
    }
    let mut series = 0_i64;
    while !input.is_empty() {
        let word = varint::take(&mut input)?;
        let length = (word & 0xf) as usize;
        let (kept, rest) = input.split_at_checked(length).ok_or(DecodeError::CutShort)?;
        input = rest;
        let mut bytes = [0_u8; 8];
        bytes.get_mut(..length).ok_or(DecodeError::Order)?.copy_from_slice(kept);
        series = series.wrapping_add((word >> 4) as i64);
        each(series, f64::from_bits(u64::from_be_bytes(bytes)));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn ticks_come_back(samples in proptest::collection::btree_map(0..1_000_000_i64, any::<u64>().prop_map(f64::from_bits), 0..200)) {
            let samples: Vec<(i64, f64)> = samples.into_iter().collect();
            let mut bytes = Vec::new();
            encode_tick(&samples, &mut bytes);
            let mut decoded = Vec::new();
            decode_tick(&bytes, |series, value| decoded.push((series, value.to_bits()))).unwrap();
            let expected: Vec<(i64, u64)> = samples.iter().map(|(s, v)| (*s, v.to_bits())).collect();
            prop_assert_eq!(decoded, expected);
        }

        #[test]
        fn any_bytes_are_answered(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            let _ = decode_tick(&bytes, |_, _| ());
        }
    }

    #[test]
    fn zero_takes_one_byte() {
        let mut bytes = Vec::new();
        encode_tick(&[(1, 0.0), (2, 42.0)], &mut bytes);
        assert_eq!(bytes.len(), 1 + 1 + 1 + 2);
    }
}
