//! Packed data to bytes and back: a version, then postcard within zstd.

use std::io::Read;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::packed::VERSION;

/// A row of a second is written each second and lives for about a minute.
pub(super) const QUICK: i32 = 1;
/// A block is written once and stays for a day.
pub(super) const SMALL: i32 = 6;
/// A block that claims to be larger is damaged.
const LARGEST: u64 = 256 << 20;

/// Writing to memory does not fail; should it ever, the empty answer reads back as damage.
pub(super) fn to_bytes(value: &impl Serialize, level: i32) -> Vec<u8> {
    let plain = postcard::to_stdvec(value).unwrap_or_default();
    let mut bytes = vec![VERSION];
    bytes.extend(zstd::bulk::compress(&plain, level).unwrap_or_default());
    bytes
}

/// None for bytes that are damaged or of another version.
pub(super) fn from_bytes<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let (version, body) = bytes.split_first()?;
    if *version != VERSION {
        return None;
    }
    let mut plain = Vec::new();
    zstd::Decoder::new(body).ok()?.take(LARGEST).read_to_end(&mut plain).ok()?;
    postcard::from_bytes(&plain).ok()
}
