//! Eight bytes of text at a time: classify, fold case and mix without touching them one by one.

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGHS: u64 = 0x8080_8080_8080_8080;

/// The eight bytes at `at`, zero-padded at the end of the text.
#[inline]
pub(super) fn load(bytes: &[u8], at: usize) -> u64 {
    match bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        Some(chunk) => u64::from_le_bytes(*chunk),
        None => load_tail(bytes, at),
    }
}

#[cold]
fn load_tail(bytes: &[u8], at: usize) -> u64 {
    let rest = bytes.get(at..).unwrap_or_default();
    rest.iter().take(8).rev().fold(0, |lane, &byte| (lane << 8) | u64::from(byte))
}

/// Keeps the first `count` bytes.
#[inline]
pub(super) fn keep(lane: u64, count: usize) -> u64 {
    if count >= 8 { lane } else { lane & ((1u64 << (8 * count)) - 1) }
}

/// Marks (0x80) each byte of `low` (all below 0x80) that lies in `from..=to`.
#[inline]
const fn within(low: u64, from: u8, to: u8) -> u64 {
    let at_least = low.wrapping_add((0x80 - from as u64) * ONES);
    let above = low.wrapping_add((0x7F - to as u64) * ONES);
    at_least & !above & HIGHS
}

/// How many leading bytes continue an identifier, and the lane with its ASCII letters in lower case.
#[inline]
pub(super) fn identifier(lane: u64) -> (usize, u64) {
    let high = lane & HIGHS;
    let low = lane & !HIGHS;
    let upper = within(low, b'A', b'Z') & !high;
    let folded = lane | (upper >> 2);
    let letters = within(folded & !HIGHS, b'a', b'z');
    let others = within(low, b'0', b'9') | within(low, b'_', b'_') | within(low, b'$', b'$');
    let inside = letters | others | high;
    let outside = !inside & HIGHS;
    ((outside.trailing_zeros() / 8) as usize, folded)
}

/// How many leading bytes come before the first `byte`; 8 when it is not among them.
#[inline]
pub(super) fn until(lane: u64, byte: u8) -> usize {
    let differing = lane ^ (u64::from(byte) * ONES);
    let found = differing.wrapping_sub(ONES) & !differing & HIGHS;
    (found.trailing_zeros() / 8) as usize
}

/// One step of the hash: a folded 64×64→128 bit multiplication, as in wyhash.
#[inline]
pub(crate) const fn mix(state: u64, value: u64) -> u64 {
    let product = ((state ^ value) as u128) * (0x9E37_79B9_7F4A_7C15_u64 as u128);
    (product as u64) ^ ((product >> 64) as u64)
}

/// Mixes any bytes, eight at a time, then their number.
#[inline]
pub(crate) fn mix_bytes(mut state: u64, bytes: &[u8]) -> u64 {
    let (chunks, rest) = bytes.as_chunks::<8>();
    for chunk in chunks {
        state = mix(state, u64::from_le_bytes(*chunk));
    }
    mix(mix(state, short(rest)), bytes.len() as u64)
}

/// Up to seven bytes as one number, different for different bytes of one length.
#[inline]
fn short(bytes: &[u8]) -> u64 {
    match (bytes.first_chunk::<4>(), bytes.last_chunk::<4>()) {
        (Some(first), Some(last)) => {
            u64::from(u32::from_le_bytes(*first)) | (u64::from(u32::from_le_bytes(*last)) << 32)
        }
        _ => match *bytes {
            [one] => u64::from(one),
            [one, two] => u64::from_le_bytes([one, two, 0, 0, 0, 0, 0, 0]),
            [one, two, three] => u64::from_le_bytes([one, two, three, 0, 0, 0, 0, 0]),
            _ => 0,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_classified_as_postgresql_does() {
        for byte in 1..=255u8 {
            let continues = byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80;
            let (count, folded) = identifier(u64::from_le_bytes([b'a', byte, 0, 0, 0, 0, 0, 0]));
            assert_eq!(count, 1 + usize::from(continues), "{byte:#x}");
            assert_eq!(folded.to_le_bytes()[1], byte.to_ascii_lowercase(), "{byte:#x}");
        }
    }

    #[test]
    fn full_lanes_and_the_first_match() {
        assert_eq!(identifier(u64::from_le_bytes(*b"abcdefgh")).0, 8);
        assert_eq!(until(u64::from_le_bytes(*b"abc\"ef\"h"), b'"'), 3);
        assert_eq!(until(u64::from_le_bytes(*b"abcdefgh"), b'"'), 8);
    }
}
