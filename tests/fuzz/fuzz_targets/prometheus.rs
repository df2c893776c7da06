//! Any bytes as a metrics body: read or refused, never a panic, and errors point into the body.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sources::prometheus::exposition::{Entry, Format, parse};

fuzz_target!(|body: &[u8]| {
    let lines = body.iter().filter(|byte| **byte == b'\n').count() + 1;
    for format in [Format::Text, Format::OpenMetrics] {
        let mut samples = 0;
        let outcome = parse(body, format, |entry| {
            if let Entry::Sample(sample) = entry {
                assert!(!sample.name.is_empty());
                assert!(sample.labels.iter().all(|label| !label.name.is_empty()));
                samples += 1;
            }
        });
        assert!(samples <= lines);
        if let Err(error) = outcome {
            assert!((1..=lines).contains(&error.line) && error.column >= 1);
        }
    }
});
