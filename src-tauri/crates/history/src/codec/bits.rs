//! A stream of bits, most significant first, and a prefix code for small signed integers.

use super::DecodeError;

/// Payload widths behind the prefixes `10`, `110`, `1110`, …; zero is the single bit `0`.
const WIDTHS: [u32; 6] = [4, 8, 12, 20, 32, 64];

pub(crate) struct BitWriter<'a> {
    out: &'a mut Vec<u8>,
    pending: u64,
    used: u32,
}

impl<'a> BitWriter<'a> {
    pub(crate) fn new(out: &'a mut Vec<u8>) -> BitWriter<'a> {
        BitWriter { out, pending: 0, used: 0 }
    }

    /// Writes the `width` lowest bits of `value`.
    pub(crate) fn put(&mut self, value: u64, width: u32) {
        if width > 32 {
            self.put_short(value >> 32, width - 32);
            self.put_short(value & 0xffff_ffff, 32);
        } else {
            self.put_short(value, width);
        }
    }

    fn put_short(&mut self, value: u64, width: u32) {
        self.pending = (self.pending << width) | value;
        self.used += width;
        while self.used >= 8 {
            self.used -= 8;
            self.out.push((self.pending >> self.used) as u8);
        }
    }

    pub(crate) fn put_signed(&mut self, value: i64) {
        let zigzag = ((value << 1) ^ (value >> 63)) as u64;
        if zigzag == 0 {
            self.put(0, 1);
            return;
        }
        let needed = 64 - zigzag.leading_zeros();
        let class = WIDTHS.iter().position(|width| needed <= *width).unwrap_or(WIDTHS.len() - 1);
        let width = WIDTHS.get(class).copied().unwrap_or(64);
        let ones = class as u32 + 1;
        if class + 1 == WIDTHS.len() {
            self.put((1 << ones) - 1, ones);
        } else {
            self.put(((1 << ones) - 1) << 1, ones + 1);
        }
        self.put(zigzag, width);
    }

    /// Pads the last byte with zeros.
    pub(crate) fn finish(self) {
        if self.used > 0 {
            self.out.push((self.pending << (8 - self.used)) as u8);
        }
    }
}

pub(crate) struct BitReader<'a> {
    input: &'a [u8],
    pending: u64,
    left: u32,
}

impl<'a> BitReader<'a> {
    pub(crate) fn new(input: &'a [u8]) -> BitReader<'a> {
        BitReader { input, pending: 0, left: 0 }
    }

    pub(crate) fn take(&mut self, width: u32) -> Result<u64, DecodeError> {
        if width > 32 {
            let high = self.take_short(width - 32)?;
            return Ok((high << 32) | self.take_short(32)?);
        }
        self.take_short(width)
    }

    fn take_short(&mut self, width: u32) -> Result<u64, DecodeError> {
        while self.left < width {
            let (first, rest) = self.input.split_first().ok_or(DecodeError::CutShort)?;
            self.input = rest;
            self.pending = (self.pending << 8) | u64::from(*first);
            self.left += 8;
        }
        self.left -= width;
        Ok((self.pending >> self.left) & ((1_u64 << width) - 1))
    }

    pub(crate) fn take_signed(&mut self) -> Result<i64, DecodeError> {
        let mut ones = 0;
        while ones < WIDTHS.len() && self.take_short(1)? == 1 {
            ones += 1;
        }
        let Some(width) = ones.checked_sub(1).and_then(|class| WIDTHS.get(class)) else { return Ok(0) };
        let zigzag = self.take(*width)?;
        Ok(((zigzag >> 1) as i64) ^ -((zigzag & 1) as i64))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn signed_integers_come_back(values in proptest::collection::vec(prop_oneof![any::<i64>(), -5000..5000_i64, Just(0), Just(i64::MIN), Just(i64::MAX)], 0..200)) {
            let mut bytes = Vec::new();
            let mut writer = BitWriter::new(&mut bytes);
            values.iter().for_each(|value| writer.put_signed(*value));
            writer.finish();
            let mut reader = BitReader::new(&bytes);
            for value in &values {
                prop_assert_eq!(reader.take_signed(), Ok(*value));
            }
        }
    }
}
