//! The query cache on real Redis servers.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test binary may fail loudly"
)]

mod cluster;
mod failing;
mod held;
mod invalidation;
mod metrics;
mod reading;
mod support;
mod warming;
