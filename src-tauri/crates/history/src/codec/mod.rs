//! Compressed forms of samples and rollups; pure, and safe on any bytes.

mod bits;
mod chunk;
mod rollups;
mod statements;
mod tick;
mod values;
mod varint;

pub use chunk::{decode_chunk, encode_chunk};
pub use rollups::{decode_rollups, encode_rollups};
pub use statements::{decode_statements, encode_statements};
pub use tick::{decode_tick, encode_tick};

/// Why bytes could not be decoded; they are skipped and their range is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    #[error("unknown format {0}")]
    Format(u8),
    #[error("cut short")]
    CutShort,
    #[error("more entries claimed than the bytes can hold")]
    Count,
    #[error("entries out of order or out of bounds")]
    Order,
}
