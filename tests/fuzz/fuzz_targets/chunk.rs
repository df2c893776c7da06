//! Any bytes given to the decoders of the history are answered, and what decodes encodes again.
#![no_main]

use history::codec::{decode_chunk, decode_rollups, decode_tick, encode_chunk};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let _ = decode_rollups(bytes);
    let _ = decode_tick(bytes, |_, _| ());
    if let Ok(samples) = decode_chunk(bytes) {
        let again = decode_chunk(&encode_chunk(&samples)).expect("an encoded chunk decodes");
        assert!(samples.iter().zip(&again).all(|(a, b)| a.0 == b.0 && a.1.to_bits() == b.1.to_bits()));
        assert_eq!(samples.len(), again.len());
    }
});
