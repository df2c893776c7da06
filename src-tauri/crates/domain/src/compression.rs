//! Whether an instance compresses its answers: what it offers, what that saves, what it leaves or does in vain.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{Problem, SourceId, Timestamp};

/// Bodies shorter than this are better sent as they are (the document's threshold).
pub const COMPRESSION_THRESHOLD_BYTES: u64 = 1024;

/// What is asked of an instance, each path once for each encoding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct CompressionRequest {
    pub source: SourceId,
    /// Paths below the instance's address, at most 20; GET only.
    pub paths: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct CompressionProbe {
    pub source: SourceId,
    pub at: Timestamp,
    /// Requests that were sent.
    pub requests: u32,
    pub endpoints: Vec<EndpointCompression>,
    /// Of one answer of each endpoint: sent as they are, and with the best encoding each can have.
    pub plain_bytes: u64,
    pub best_bytes: u64,
    /// What is sent now to a browser, which asks for `gzip, deflate, br`.
    pub now_bytes: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct EndpointCompression {
    pub path: String,
    pub status: Option<u16>,
    pub content_type: Option<String>,
    /// Without an encoding.
    pub plain_bytes: Option<u64>,
    /// As a browser gets it.
    pub now_bytes: Option<u64>,
    /// With the best encoding that is worth it, or none.
    pub best_bytes: Option<u64>,
    pub encodings: Vec<EncodingOffer>,
    pub verdict: CompressionVerdict,
    /// With numbers: "14.2 kB could be 2.1 kB with brotli."
    pub seen: String,
    pub remedy: Option<String>,
    pub problem: Option<Problem>,
}

/// What came back when only this encoding was accepted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct EncodingOffer {
    /// "gzip", "br"
    pub encoding: String,
    pub offered: bool,
    /// On the wire where it is offered; as the console compresses the same body where it is not.
    pub bytes: Option<u64>,
    pub took_ms: Option<f64>,
    /// `Vary: Accept-Encoding` is there, without which caches give one client's encoding to another.
    pub varies: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum CompressionVerdict {
    /// Compressed, and worth it.
    Right,
    /// Small or not compressible, and sent as it is.
    RightlyPlain,
    /// Worth compressing, and sent as it is.
    Missing,
    /// Only gzip where brotli would save markedly more.
    Improvable,
    /// Compressed although it is below the threshold or of a compressed kind already.
    Needless,
    /// It did not answer as it should.
    Unknown,
}
