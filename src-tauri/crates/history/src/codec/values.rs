//! Columns of floating-point values, bit-exact: a constant, scaled integers by their differences, or XOR of neighbours.
//!
//! The XOR form is that of Pelkonen et al., "Gorilla: A Fast, Scalable, In-Memory Time Series Database", VLDB 2015, 4.1.3.

use super::DecodeError;
use super::bits::{BitReader, BitWriter};

const CONSTANT: u8 = 0;
const XOR: u8 = 1;
const INTEGER: u8 = 2;
const THOUSANDTHS: u8 = 3;

/// Beyond 2^53 a float no longer holds every integer.
const LARGEST_EXACT: f64 = 9_007_199_254_740_992.0;

/// Appends the column; `values` must not be empty.
pub(crate) fn encode(values: &[f64], out: &mut Vec<u8>) {
    let first = values.first().copied().unwrap_or_default();
    if values.iter().all(|value| value.to_bits() == first.to_bits()) {
        out.push(CONSTANT);
        out.extend_from_slice(&first.to_bits().to_le_bytes());
        return;
    }
    for (tag, scale) in [(INTEGER, 1.0), (THOUSANDTHS, 1000.0)] {
        if values.iter().all(|value| scaled(*value, scale).is_some()) {
            out.push(tag);
            encode_scaled(values, scale, out);
            return;
        }
    }
    out.push(XOR);
    encode_xor(values, out);
}

/// Reads `count` values from the whole of `input`.
pub(crate) fn decode(input: &[u8], count: usize) -> Result<Vec<f64>, DecodeError> {
    let (tag, rest) = input.split_first().ok_or(DecodeError::CutShort)?;
    match *tag {
        CONSTANT => {
            let bytes: [u8; 8] = rest.try_into().map_err(|_| DecodeError::CutShort)?;
            Ok(vec![f64::from_bits(u64::from_le_bytes(bytes)); count])
        }
        INTEGER => decode_scaled(rest, count, 1.0),
        THOUSANDTHS => decode_scaled(rest, count, 1000.0),
        XOR => decode_xor(rest, count),
        other => Err(DecodeError::Format(other)),
    }
}

/// The integer that gives back exactly this value when divided by `scale`.
fn scaled(value: f64, scale: f64) -> Option<i64> {
    let product = value * scale;
    if product.is_nan() || product.abs() >= LARGEST_EXACT {
        return None;
    }
    let integer = product.round_ties_even() as i64;
    (restored(integer, scale).to_bits() == value.to_bits()).then_some(integer)
}

fn restored(integer: i64, scale: f64) -> f64 {
    integer as f64 / scale
}

fn encode_scaled(values: &[f64], scale: f64, out: &mut Vec<u8>) {
    let mut bits = BitWriter::new(out);
    let mut previous = 0_i64;
    for value in values {
        let integer = (value * scale).round_ties_even() as i64;
        bits.put_signed(integer.wrapping_sub(previous));
        previous = integer;
    }
    bits.finish();
}

fn decode_scaled(input: &[u8], count: usize, scale: f64) -> Result<Vec<f64>, DecodeError> {
    fits(input, count)?;
    let mut bits = BitReader::new(input);
    let mut previous = 0_i64;
    let mut values = Vec::with_capacity(count);
    for _ in 0..count {
        previous = previous.wrapping_add(bits.take_signed()?);
        values.push(restored(previous, scale));
    }
    Ok(values)
}

fn encode_xor(values: &[f64], out: &mut Vec<u8>) {
    let mut bits = BitWriter::new(out);
    let mut previous = 0_u64;
    // A window of 0 bits fits nothing, so that the first difference opens one.
    let (mut leading, mut width) = (64_u32, 0_u32);
    for value in values {
        let current = value.to_bits();
        let xor = current ^ previous;
        previous = current;
        if xor == 0 {
            bits.put(0, 1);
            continue;
        }
        let (zeros_before, zeros_after) = (xor.leading_zeros(), xor.trailing_zeros());
        let window_after = 64 - leading - width;
        if width > 0 && zeros_before >= leading && zeros_after >= window_after {
            bits.put(0b10, 2);
            bits.put(xor >> window_after, width);
        } else {
            leading = zeros_before;
            width = 64 - zeros_before - zeros_after;
            bits.put(0b11, 2);
            bits.put(u64::from(leading), 6);
            bits.put(u64::from(width - 1), 6);
            bits.put(xor >> zeros_after, width);
        }
    }
    bits.finish();
}

fn decode_xor(input: &[u8], count: usize) -> Result<Vec<f64>, DecodeError> {
    fits(input, count)?;
    let mut bits = BitReader::new(input);
    let mut previous = 0_u64;
    let (mut leading, mut width) = (64_u32, 0_u32);
    let mut values = Vec::with_capacity(count);
    for _ in 0..count {
        if bits.take(1)? == 1 {
            if bits.take(1)? == 1 {
                leading = bits.take(6)? as u32;
                width = bits.take(6)? as u32 + 1;
            }
            let after = 64_u32.checked_sub(leading + width).ok_or(DecodeError::Order)?;
            let part = if width == 0 { return Err(DecodeError::Order) } else { bits.take(width)? };
            previous ^= part << after;
        }
        values.push(f64::from_bits(previous));
    }
    Ok(values)
}

/// Every value takes a bit at least, so a larger count is a lie that must not be allocated for.
fn fits(input: &[u8], count: usize) -> Result<(), DecodeError> {
    if count > input.len().saturating_mul(8) { Err(DecodeError::Count) } else { Ok(()) }
}
