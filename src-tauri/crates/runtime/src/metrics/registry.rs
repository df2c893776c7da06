//! The registry: families registered once and shared, gauges refreshed when somebody looks.

use std::collections::HashMap;
use std::sync::{Arc, Weak};

use parking_lot::Mutex;
use prometheus::core::Collector;
use prometheus::{GaugeVec, HistogramOpts, HistogramVec, IntCounterVec, Opts, TextEncoder};

/// Why a family could not be registered.
#[derive(Debug, thiserror::Error)]
pub enum MetricsError {
    /// The name is taken by a family of another kind or with other labels.
    #[error("metric {name} is already registered as another kind or with other labels: give it another name")]
    Conflict { name: String },
    /// The name, a label or the buckets break the rules of the text format.
    #[error("metric {name} cannot be registered: {reason}")]
    Invalid { name: String, reason: String },
}

impl MetricsError {
    /// Stable name of the error, for code that must tell them apart.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Conflict { .. } => "metric_conflict",
            Self::Invalid { .. } => "metric_invalid",
        }
    }
}

#[derive(Clone)]
enum Family {
    Counter(IntCounterVec),
    Gauge(GaugeVec),
    Histogram(HistogramVec),
}

struct Registered {
    labels: Vec<String>,
    family: Family,
}

/// Refreshes values just before they are read; answers whether it wants to be asked again.
type RenderHook = Box<dyn FnMut() -> bool + Send>;

#[derive(Default)]
struct Inner {
    prometheus: prometheus::Registry,
    families: Mutex<HashMap<String, Registered>>,
    hooks: Mutex<Vec<RenderHook>>,
    claims: Mutex<HashMap<String, Weak<()>>>,
}

/// All measurements of one process (or one test). Clones share the same families.
#[derive(Clone, Default)]
pub struct Registry {
    inner: Arc<Inner>,
}

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Registry")
            .field("families", &self.inner.families.lock().len())
            .finish_non_exhaustive()
    }
}

/// Held by the one owner of a set of series; while it lives nobody else gets the same name.
#[derive(Debug)]
pub(crate) struct Claim(#[expect(dead_code, reason = "its life is its meaning")] Arc<()>);

impl Registry {
    /// An empty registry.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A family of counters; the existing one when it is already registered with the same labels.
    ///
    /// # Errors
    /// [`MetricsError`] when the name is taken by something else or is not a valid metric name.
    pub fn counter(&self, name: &str, help: &str, labels: &[&str]) -> Result<IntCounterVec, MetricsError> {
        let made = || IntCounterVec::new(Opts::new(name, help), labels).map(Family::Counter);
        match self.family(name, labels, made)? {
            Family::Counter(counter) => Ok(counter),
            _ => Err(conflict(name)),
        }
    }

    /// A family of gauges; the existing one when it is already registered with the same labels.
    ///
    /// # Errors
    /// [`MetricsError`] when the name is taken by something else or is not a valid metric name.
    pub fn gauge(&self, name: &str, help: &str, labels: &[&str]) -> Result<GaugeVec, MetricsError> {
        let made = || GaugeVec::new(Opts::new(name, help), labels).map(Family::Gauge);
        match self.family(name, labels, made)? {
            Family::Gauge(gauge) => Ok(gauge),
            _ => Err(conflict(name)),
        }
    }

    /// A family of histograms with these upper bounds; the existing one (with its own bounds) when it is
    /// already registered with the same labels.
    ///
    /// # Errors
    /// [`MetricsError`] when the name is taken by something else, is not a valid metric name, or the bounds
    /// do not rise.
    pub fn histogram(
        &self,
        name: &str,
        help: &str,
        labels: &[&str],
        buckets: &[f64],
    ) -> Result<HistogramVec, MetricsError> {
        let made = || {
            HistogramVec::new(HistogramOpts::new(name, help).buckets(buckets.to_vec()), labels)
                .map(Family::Histogram)
        };
        match self.family(name, labels, made)? {
            Family::Histogram(histogram) => Ok(histogram),
            _ => Err(conflict(name)),
        }
    }

    /// Registers any other collector of the `prometheus` crate.
    ///
    /// # Errors
    /// [`MetricsError::Invalid`] when it is registered already or breaks the format's rules.
    pub fn register(&self, collector: Box<dyn Collector>) -> Result<(), MetricsError> {
        let name = collector.desc().first().map_or_else(String::new, |d| d.fq_name.clone());
        self.inner.prometheus.register(collector).map_err(|error| invalid(&name, &error))
    }

    /// Runs `hook` before every rendering, until it answers `false`. It may set metrics but not register any.
    pub fn on_render(&self, hook: impl FnMut() -> bool + Send + 'static) {
        self.inner.hooks.lock().push(Box::new(hook));
    }

    /// Everything in text format 0.0.4, families sorted by name.
    #[must_use]
    pub fn render(&self) -> String {
        self.inner.hooks.lock().retain_mut(|hook| hook());
        let mut text = String::new();
        for family in self.inner.prometheus.gather() {
            let before = text.len();
            if let Err(error) = TextEncoder::new().encode_utf8(std::slice::from_ref(&family), &mut text) {
                // One bad collector must not hide all the others.
                text.truncate(before);
                tracing::warn!(family = family.name(), %error, "metric family left out of the exposition");
            }
        }
        text
    }

    /// Makes the caller the only owner of `name` for as long as it keeps the claim.
    pub(crate) fn claim(&self, name: String) -> Option<Claim> {
        let mut claims = self.inner.claims.lock();
        if claims.get(&name).is_some_and(|held| held.strong_count() > 0) {
            return None;
        }
        let token = Arc::new(());
        claims.insert(name, Arc::downgrade(&token));
        Some(Claim(token))
    }

    fn family(
        &self,
        name: &str,
        labels: &[&str],
        make: impl FnOnce() -> prometheus::Result<Family>,
    ) -> Result<Family, MetricsError> {
        let mut families = self.inner.families.lock();
        if let Some(known) = families.get(name) {
            return if known.labels == labels { Ok(known.family.clone()) } else { Err(conflict(name)) };
        }
        let family = make().map_err(|error| invalid(name, &error))?;
        let collector: Box<dyn Collector> = match family.clone() {
            Family::Counter(family) => Box::new(family),
            Family::Gauge(family) => Box::new(family),
            Family::Histogram(family) => Box::new(family),
        };
        self.inner.prometheus.register(collector).map_err(|error| invalid(name, &error))?;
        let labels = labels.iter().map(|label| (*label).to_owned()).collect();
        families.insert(name.to_owned(), Registered { labels, family: family.clone() });
        Ok(family)
    }
}

/// The one member of `family` with these label values.
pub(crate) fn member<B: prometheus::core::MetricVecBuilder>(
    family: &prometheus::core::MetricVec<B>,
    name: &str,
    labels: &[&str],
) -> Result<B::M, MetricsError> {
    family.get_metric_with_label_values(labels).map_err(|error| invalid(name, &error))
}

fn conflict(name: &str) -> MetricsError {
    MetricsError::Conflict { name: name.to_owned() }
}

fn invalid(name: &str, error: &prometheus::Error) -> MetricsError {
    MetricsError::Invalid { name: name.to_owned(), reason: error.to_string() }
}
