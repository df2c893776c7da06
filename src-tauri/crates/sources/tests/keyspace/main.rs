//! Walks over real servers whose keys are known.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests may fail loudly"
)]

mod hostile;
mod kindness;
mod refusals;
mod support;
mod truth;
