//! One registry of measurements, its text exposition and its HTTP endpoint.

mod endpoint;
mod registry;

pub use endpoint::{CONTENT_TYPE, router, serve};
pub use prometheus::{Gauge, GaugeVec, Histogram, HistogramVec, IntCounter, IntCounterVec};
pub(crate) use registry::{Claim, member};
pub use registry::{MetricsError, Registry};

#[cfg(test)]
mod tests;
