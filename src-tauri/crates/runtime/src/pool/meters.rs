//! The pool's metric families, as documented, and a few that the document lacks.

use prometheus::{GaugeVec, Histogram, IntCounter};

use super::stats::{Capacity, Current};
use crate::metrics::{MetricsError, Registry, member};

/// Upper bounds in seconds, 1 ms to 30 s.
const ACQUIRE_BUCKETS: [f64; 14] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

const GAUGES: [(&str, &str); 7] = [
    ("db_pool_connections_total", "Open connections"),
    ("db_pool_connections_idle", "Open connections that are not in use"),
    ("db_pool_connections_active", "Connections in use"),
    ("db_pool_connections_waiting", "Callers waiting for a connection"),
    ("db_pool_connections_max", "Connections that the pool may open"),
    ("db_pool_saturation_ratio", "Connections in use / connections that the pool may open (active/max, 0-1)"),
    ("db_pool_open_ratio", "Open connections / connections that the pool may open (total/max, 0-1)"),
];

/// The series of one pool.
#[derive(Debug)]
pub(super) struct Meters {
    /// Observed for every acquire: answered, timed out, failed or abandoned by its caller.
    pub(super) acquire: Histogram,
    /// Connections that could not be opened or were found broken.
    pub(super) errors: IntCounter,
    exposed: Exposed,
}

impl Meters {
    /// With `label`, every series bears `pool="<label>"`.
    pub(super) fn new(registry: &Registry, label: Option<&str>) -> Result<Self, MetricsError> {
        let names: &[&str] = if label.is_some() { &["pool"] } else { &[] };
        let values: Vec<&str> = label.into_iter().collect();
        let acquire = registry.histogram(
            "db_pool_connection_acquire_duration_seconds",
            "Time to get a connection, waiting included, whether it succeeded or not",
            names,
            &ACQUIRE_BUCKETS,
        )?;
        let errors = registry.counter(
            "db_pool_connection_errors_total",
            "Connections that could not be opened or were found broken",
            names,
        )?;
        let families = GAUGES.into_iter().map(|(name, help)| registry.gauge(name, help, names));
        Ok(Self {
            acquire: member(&acquire, "db_pool_connection_acquire_duration_seconds", &values)?,
            errors: member(&errors, "db_pool_connection_errors_total", &values)?,
            exposed: Exposed {
                families: families.collect::<Result<_, _>>()?,
                label: label.map(str::to_owned),
            },
        })
    }

    pub(super) fn show(&self, current: Current, capacity: Capacity) {
        let values = [
            current.total as f64,
            current.idle as f64,
            current.active as f64,
            current.waiting as f64,
            capacity.max as f64,
            capacity.saturation,
            if capacity.max == 0 { 0.0 } else { current.total as f64 / capacity.max as f64 },
        ];
        self.exposed.set(values);
    }

    pub(super) fn exposed(&self) -> Exposed {
        self.exposed.clone()
    }
}

/// The gauges of one pool as the registry shows them.
#[derive(Debug, Clone)]
pub(super) struct Exposed {
    families: Vec<GaugeVec>,
    label: Option<String>,
}

impl Exposed {
    /// Looks the series up each time: a predecessor of the same name may have withdrawn them meanwhile.
    fn set(&self, values: [f64; GAUGES.len()]) {
        let labels: Vec<&str> = self.label.as_deref().into_iter().collect();
        for (family, value) in self.families.iter().zip(values) {
            if let Ok(gauge) = family.get_metric_with_label_values(&labels) {
                gauge.set(value);
            }
        }
    }

    /// Takes the gauges of a pool that is gone out of the exposition; its counters stay, as counters must.
    pub(super) fn withdraw(&self) {
        let values: Vec<&str> = self.label.as_deref().into_iter().collect();
        for family in &self.families {
            // A series that is not there needs no removal.
            let _ = family.remove_label_values(&values);
        }
    }
}
