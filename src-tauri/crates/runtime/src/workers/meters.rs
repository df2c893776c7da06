//! What the workers did and do.

use std::time::Duration;

use prometheus::{Gauge, HistogramVec, IntCounterVec};

use crate::metrics::{MetricsError, Registry, member};

const BUCKETS: [f64; 12] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0];

/// How a task ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Status {
    Success,
    /// It panicked.
    Error,
    Cancelled,
    Timeout,
}

impl Status {
    fn label(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Error => "error",
            Self::Cancelled => "cancelled",
            Self::Timeout => "timeout",
        }
    }
}

/// The documented families. The gauges move by steps, so that several pools of one registry add up.
#[derive(Debug, Clone)]
pub(super) struct Meters {
    processed: IntCounterVec,
    duration: HistogramVec,
    pub(super) queued: Gauge,
    pub(super) active: Gauge,
    pub(super) available: Gauge,
}

impl Meters {
    pub(super) fn new(registry: &Registry) -> Result<Self, MetricsError> {
        let gauge = |name: &str, help: &str| member(&registry.gauge(name, help, &[])?, name, &[]);
        Ok(Self {
            processed: registry.counter(
                "worker_pool_tasks_processed_total",
                "Tasks that ended, by what they were and how they ended",
                &["task_type", "status"],
            )?,
            duration: registry.histogram(
                "worker_pool_task_duration_seconds",
                "Time that tasks ran, without their wait in the queue",
                &["task_type"],
                &BUCKETS,
            )?,
            queued: gauge("worker_pool_queue_size", "Tasks waiting for a worker")?,
            active: gauge("worker_pool_active_workers", "Workers that run a task")?,
            available: gauge("worker_pool_available_workers", "Workers that are free")?,
        })
    }

    /// A task ended; `ran` is none when it never began.
    pub(super) fn ended(&self, name: &str, status: Status, ran: Option<Duration>) {
        if let Ok(processed) = self.processed.get_metric_with_label_values(&[name, status.label()]) {
            processed.inc();
        }
        if let (Some(ran), Ok(duration)) = (ran, self.duration.get_metric_with_label_values(&[name])) {
            duration.observe(ran.as_secs_f64());
        }
    }
}
