//! Where a text lies: in the block that was read, or in the scratch where joined and unescaped texts are put.

use super::bytes;

/// A place in one of two buffers; 8 bytes, so that an event of ten texts stays small.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    at: u32,
    len: u32,
}

const SCRATCH: u32 = 1 << 31;

impl Span {
    pub(super) const NONE: Span = Span { at: u32::MAX, len: 0 };

    /// A place in the block. Blocks stay far below 2 GiB; what lies behind is absent.
    #[inline]
    pub(super) fn block(from: usize, to: usize) -> Span {
        match (u32::try_from(from), u32::try_from(to.saturating_sub(from))) {
            (Ok(at), Ok(len)) if at < SCRATCH => Span { at, len },
            _ => Span::NONE,
        }
    }

    #[inline]
    pub(super) fn scratch(from: usize, to: usize) -> Span {
        match Span::block(from, to) {
            Span::NONE => Span::NONE,
            span => Span { at: span.at | SCRATCH, len: span.len },
        }
    }

    #[inline]
    pub(super) fn is_none(self) -> bool {
        self == Span::NONE
    }

    pub(super) fn is_in_block(self) -> bool {
        self.at & SCRATCH == 0
    }

    #[inline]
    pub(super) fn is_empty(self) -> bool {
        self.len == 0
    }

    #[inline]
    pub(super) fn or(self, other: Span) -> Span {
        if self.is_none() { other } else { self }
    }

    /// This span without its first `count` bytes.
    #[inline]
    pub(super) fn skip(self, count: usize) -> Span {
        let count = u32::try_from(count).unwrap_or(u32::MAX).min(self.len);
        if self.is_none() { self } else { Span { at: self.at + count, len: self.len - count } }
    }

    /// The first `count` bytes of this span.
    #[inline]
    pub(super) fn first(self, count: usize) -> Span {
        Span { at: self.at, len: u32::try_from(count).unwrap_or(u32::MAX).min(self.len) }
    }

    #[inline]
    pub(super) fn text<'a>(self, block: &'a [u8], scratch: &'a [u8]) -> &'a [u8] {
        if self.is_none() {
            return &[];
        }
        let (buffer, at) =
            if self.at & SCRATCH == 0 { (block, self.at) } else { (scratch, self.at & !SCRATCH) };
        bytes::cut(buffer, at as usize, at as usize + self.len as usize)
    }

    /// As [`Span::text`], telling an absent text from an empty one.
    #[inline]
    pub(super) fn optional<'a>(self, block: &'a [u8], scratch: &'a [u8]) -> Option<&'a [u8]> {
        if self.is_none() { None } else { Some(self.text(block, scratch)) }
    }

    /// The same text, copied to the end of `into`.
    pub(super) fn copied(self, block: &[u8], scratch: &[u8], into: &mut Vec<u8>) -> Span {
        if self.is_none() {
            return self;
        }
        let from = into.len();
        into.extend_from_slice(self.text(block, scratch));
        Span::scratch(from, into.len())
    }
}
