//! What retrying costs and gains, counted by service.

use std::time::Duration;

use prometheus::{Histogram, HistogramVec, IntCounter, IntCounterVec};

use super::ErrorClass;
use crate::metrics::{MetricsError, Registry};

const BUCKETS: [f64; 11] = [0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0];

/// The four documented families, by `service`:
///
/// - `retry_attempts_total`: attempts made after a failed one. First attempts are not retries and do not
///   count, failed or not; a wait that was abandoned before its attempt does not count either.
/// - `retry_success_total`: operations that succeeded after at least one such attempt.
/// - `retry_failure_total`: operations given up: failed after at least one such attempt, or failed
///   transiently with no attempt or no time left. An error that is permanent at once is not a failed retry.
/// - `retry_duration_seconds`: whole duration, waits included, of every operation that made at least one
///   such attempt, whether it succeeded or not.
#[derive(Debug, Clone)]
pub struct RetryMetrics {
    attempts: IntCounterVec,
    success: IntCounterVec,
    failure: IntCounterVec,
    duration: HistogramVec,
}

impl RetryMetrics {
    /// Registers the families; users of one registry share them.
    ///
    /// # Errors
    /// [`MetricsError`] when another part took one of the names for something else.
    pub fn new(registry: &Registry) -> Result<Self, MetricsError> {
        Ok(Self {
            attempts: registry.counter(
                "retry_attempts_total",
                "Attempts made again after a failed one",
                &["service"],
            )?,
            success: registry.counter(
                "retry_success_total",
                "Operations that succeeded after at least one retry",
                &["service"],
            )?,
            failure: registry.counter(
                "retry_failure_total",
                "Operations given up after their retries",
                &["service"],
            )?,
            duration: registry.histogram(
                "retry_duration_seconds",
                "Whole duration of operations that were retried, waits included",
                &["service"],
                &BUCKETS,
            )?,
        })
    }

    /// The series of one service; they exist from then on, at 0 until something happens.
    pub(super) fn of(&self, service: &str) -> Meter {
        // One label was registered and one is given: these cannot fail.
        let labels = [service];
        Meter {
            attempts: self.attempts.get_metric_with_label_values(&labels).ok(),
            success: self.success.get_metric_with_label_values(&labels).ok(),
            failure: self.failure.get_metric_with_label_values(&labels).ok(),
            duration: self.duration.get_metric_with_label_values(&labels).ok(),
        }
    }
}

/// The series of one service.
pub(super) struct Meter {
    attempts: Option<IntCounter>,
    success: Option<IntCounter>,
    failure: Option<IntCounter>,
    duration: Option<Histogram>,
}

impl Meter {
    pub(super) fn attempt(&self) {
        self.attempts.iter().for_each(IntCounter::inc);
    }

    /// `failed` is the class of the last error, none when the operation succeeded.
    pub(super) fn finish(&self, retried: bool, failed: Option<ErrorClass>, took: Duration) {
        match failed {
            None if retried => self.success.iter().for_each(IntCounter::inc),
            Some(class) if retried || class == ErrorClass::Transient => {
                self.failure.iter().for_each(IntCounter::inc);
            }
            _ => {}
        }
        if retried {
            self.duration.iter().for_each(|duration| duration.observe(took.as_secs_f64()));
        }
    }
}
