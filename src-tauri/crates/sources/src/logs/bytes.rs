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
