//! How many calls were saved, and at what rate of late.

use std::sync::Arc;
use std::time::Instant;

use parking_lot::Mutex;
use prometheus::IntCounter;

use crate::metrics::{MetricsError, Registry, member};
use crate::window::Window;

#[derive(Debug, Clone, Copy, Default)]
struct Calls {
    all: u64,
    joined: u64,
}

/// Counter and sliding window of one coalescer.
#[derive(Debug)]
pub(super) struct Meters {
    coalesced: IntCounter,
    recent: Mutex<Window<Calls>>,
}

impl Meters {
    pub(super) fn new(registry: &Registry, what: &str) -> Result<Arc<Self>, MetricsError> {
        let coalesced = registry.counter(
            "coalesced_requests_total",
            "Requests answered by an identical one already in flight",
            &["what"],
        )?;
        let rate = registry.gauge(
            "request_deduplication_rate",
            "Share of the requests of the last 60 seconds that were coalesced (0-1)",
            &["what"],
        )?;
        let rate = member(&rate, "request_deduplication_rate", &[what])?;
        let meters = Arc::new(Self {
            coalesced: member(&coalesced, "coalesced_requests_total", &[what])?,
            recent: Mutex::new(Window::new(Instant::now(), Calls::default())),
        });
        let watched = Arc::downgrade(&meters);
        registry.on_render(move || {
            let Some(meters) = watched.upgrade() else { return false };
            rate.set(meters.rate(Instant::now()));
            true
        });
        Ok(meters)
    }

    pub(super) fn started(&self, now: Instant) {
        self.count(now, 0);
    }

    pub(super) fn joined(&self, now: Instant) {
        self.coalesced.inc();
        self.count(now, 1);
    }

    pub(super) fn coalesced(&self) -> u64 {
        self.coalesced.get()
    }

    /// joined ÷ all in the window; 0 when there was no call.
    pub(super) fn rate(&self, now: Instant) -> f64 {
        let mut recent = self.recent.lock();
        recent.advance(now, &Calls::default());
        let (all, joined) = recent.iter().fold((0, 0), |(a, j), calls| (a + calls.all, j + calls.joined));
        if all == 0 { 0.0 } else { joined as f64 / all as f64 }
    }

    fn count(&self, now: Instant, joined: u64) {
        let mut recent = self.recent.lock();
        recent.advance(now, &Calls::default());
        if let Some(calls) = recent.current() {
            calls.all += 1;
            calls.joined += joined;
        }
    }
}
