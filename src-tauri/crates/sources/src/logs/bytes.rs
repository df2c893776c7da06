//! Cuts of byte slices that yield nothing, instead of a panic, outside their bounds.

/// `bytes[from..to]`, or nothing where that does not exist.
#[inline]
pub(super) fn cut(bytes: &[u8], from: usize, to: usize) -> &[u8] {
    bytes.get(from..to).unwrap_or_default()
}

/// `bytes[from..]`, or nothing.
#[inline]
pub(super) fn rest(bytes: &[u8], from: usize) -> &[u8] {
    bytes.get(from..).unwrap_or_default()
}

/// The byte at `at`, or 0 behind the end.
#[inline]
pub(super) fn at(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).copied().unwrap_or(0)
}

/// A mixing hash of few words; not for hostile keys, which only ever share a bucket.
#[inline]
pub(super) fn mix(left: u64, right: u64) -> u64 {
    let product =
        u128::from(left ^ 0x9e37_79b9_7f4a_7c15).wrapping_mul(u128::from(right ^ 0xd6e8_feb8_6659_fd93));
    (product as u64) ^ ((product >> 64) as u64)
}

/// A 64-bit hash of some bytes, stable over runs and machines.
#[inline]
pub(super) fn hash(bytes: &[u8]) -> u64 {
    let mut state = 0x5851_f42d_4c95_7f2d ^ bytes.len() as u64;
    let mut words = bytes.chunks_exact(8);
    for word in &mut words {
        state = mix(state, word.try_into().map_or(0, u64::from_le_bytes));
    }
    let last = words.remainder().iter().fold(0_u64, |word, byte| (word << 8) | u64::from(*byte));
    mix(state, last)
}

/// The decimal number at the start of `bytes` and how many digits it has.
#[inline]
pub(super) fn digits(bytes: &[u8]) -> (u64, usize) {
    let mut value = 0_u64;
    let mut count = 0;
    for byte in bytes {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 || count == 19 {
            break;
        }
        value = value * 10 + u64::from(digit);
        count += 1;
    }
    (value, count)
}

/// Up to eight bytes as one number, the first lowest; those behind the end are 0.
#[inline]
pub(super) fn word(bytes: &[u8]) -> u64 {
    match bytes.first_chunk::<8>() {
        Some(chunk) => u64::from_le_bytes(*chunk),
        None => bytes.iter().rev().fold(0, |word, byte| (word << 8) | u64::from(*byte)),
    }
}

/// The first `count` bytes of a word.
#[inline]
pub(super) fn first_of(word: u64, count: usize) -> u64 {
    if count >= 8 { word } else { word & ((1 << (8 * count)) - 1) }
}

/// Bytes that many texts are compared with: eight at a time, without a call where they are few.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Pattern {
    first: u64,
    second: u64,
    bytes: Box<[u8]>,
}

impl Pattern {
    pub(super) fn new(bytes: &[u8]) -> Pattern {
        Pattern { first: word(bytes), second: word(rest(bytes, 8)), bytes: bytes.into() }
    }

    #[inline]
    pub(super) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The first byte, where there is one.
    pub(super) fn head(&self) -> Option<u8> {
        self.bytes.first().copied()
    }

    #[inline]
    pub(super) fn begins(&self, text: &[u8]) -> bool {
        let count = self.bytes.len();
        if count <= 16 && text.len() >= count {
            let first = first_of(word(text), count) == self.first;
            return first && (count <= 8 || first_of(word(rest(text, 8)), count - 8) == self.second);
        }
        text.starts_with(&self.bytes)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_pattern_begins_what_starts_with_it(
            pattern in prop::collection::vec(0..3_u8, 0..24),
            text in prop::collection::vec(0..3_u8, 0..40),
            kept in 0..24_usize,
        ) {
            let compiled = Pattern::new(&pattern);
            prop_assert_eq!(compiled.begins(&text), text.starts_with(&pattern));
            let mut likely = pattern[..kept.min(pattern.len())].to_vec();
            likely.extend_from_slice(&text);
            prop_assert_eq!(compiled.begins(&likely), likely.starts_with(&pattern));
        }
    }
}
