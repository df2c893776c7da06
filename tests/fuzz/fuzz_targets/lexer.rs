//! Any bytes as a statement: grouped, masked and read, never a panic; masking keeps the group and is done after once.

#![no_main]

use analysis::sql::{comment_tags, fingerprint, mask, Values, shape, statement_facts};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    assert_eq!(shape(bytes).fingerprint, fingerprint(bytes));
    comment_tags(bytes).count();
    Values::of_detail(bytes);
    let masked = mask(bytes);
    let Ok(sql) = std::str::from_utf8(bytes) else { return };
    assert_eq!(fingerprint(masked.as_bytes()), fingerprint(bytes), "{masked}");
    assert_eq!(mask(masked.as_bytes()), masked);
    statement_facts(sql);
});
