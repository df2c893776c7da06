//! Response compression for every HTTP endpoint this product serves: gzip or brotli, from 1024 bytes, level 6.

use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::SizeAbove;

/// Bodies shorter than this many bytes are sent as they are: the headers would cost more than is saved.
pub const THRESHOLD_BYTES: u16 = 1024;

/// gzip level, and brotli quality: the usual balance of time against size.
pub const LEVEL: i32 = 6;

/// The layer to put around a router; what is sent depends on the client's `Accept-Encoding`.
#[must_use]
pub fn layer() -> CompressionLayer<SizeAbove> {
    CompressionLayer::new()
        .quality(CompressionLevel::Precise(LEVEL))
        .compress_when(SizeAbove::new(THRESHOLD_BYTES))
}
