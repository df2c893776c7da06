//! The customers of an ordinary day: a few requests a second, in gentle waves.

use std::{
    f64::consts::TAU,
    sync::Arc,
    time::{Duration, Instant},
};

use reqwest::Method;
use serde_json::json;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::{
    data::{Sizes, World},
    misbehave::{Call, get, pause_or_stop, send},
    panel::Panel,
};

const REQUESTS_PER_SECOND: f64 = 6.0;
/// Share of the rate that a wave adds and takes.
const SWING: f64 = 0.5;
const WAVE_SECONDS: f64 = 75.0;
/// People do not come back before they got an answer; this many are served or wait at once.
const AT_ONCE: usize = 24;

/// Sends requests until it is stopped.
pub(crate) async fn run(panel: Arc<Panel>, world: World, stop: CancellationToken) {
    let begin = Instant::now();
    let places = Arc::new(Semaphore::new(AT_ONCE));
    while !stop.is_cancelled() {
        let rate = rate_at(begin.elapsed());
        // Poisson arrivals: the gaps are exponential.
        let gap = -(1.0 - fastrand::f64()).ln() / rate;
        pause_or_stop(Duration::from_secs_f64(gap.clamp(0.001, 3.0)), &stop).await;
        if let Ok(place) = Arc::clone(&places).try_acquire_owned() {
            let (panel, call) = (Arc::clone(&panel), some_request(&world));
            tokio::spawn(async move {
                send(&panel, call).await;
                drop(place);
            });
        }
    }
}

/// Requests a second at a time of the day.
fn rate_at(elapsed: Duration) -> f64 {
    REQUESTS_PER_SECOND * (1.0 + SWING * (TAU * elapsed.as_secs_f64() / WAVE_SECONDS).sin())
}

/// One request as customers send them: cheap ones often, costly ones seldom.
fn some_request(world: &World) -> Call {
    let sizes = world.sizes;
    let tenant = 1 + (fastrand::f64().powi(3) * sizes.tenants as f64) as u64;
    let one_of = |rows: u64| fastrand::u64(1..=rows.max(1));
    match fastrand::u32(0..1000) {
        0..360 => get("/api/products".to_owned()),
        360..540 => get(format!("/api/orders/{}", one_of(sizes.orders))),
        540..680 => get(format!("/api/invoices?tenant={tenant}")),
        680..770 => get(format!("/api/domains/{}/dns", one_of(sizes.domains))),
        770..840 => get(format!("/api/tickets/{}", one_of(sizes.tickets))),
        840..880 => get(format!("/api/tickets?tenant={tenant}")),
        880..920 => get(format!("/api/audit?tenant={tenant}")),
        920..945 => get(format!("/api/domains/{}/availability", one_of(sizes.domains))),
        945..960 => (Method::POST, format!("/api/invoices/{}/pay", one_of(sizes.orders)), None),
        960..972 => get(format!("/api/customers?tenant={tenant}&limit=8")),
        972..980 => get(format!("/api/invoices/export?tenant={tenant}")),
        980..988 => place_order(one_of(sizes.customers), sizes),
        988..991 => get("/api/customers/search?email=ada.b&limit=10".to_owned()),
        991..994 => get(format!("/api/reports/revenue?tenant={tenant}")),
        994..997 => sign_in(&world.email_of(one_of(sizes.customers))),
        _ => (
            Method::PUT,
            format!("/api/products/{}/price", one_of(20)),
            Some(json!({ "cents": fastrand::i64(199..9_999) })),
        ),
    }
}

fn place_order(customer: u64, sizes: Sizes) -> Call {
    let products: Vec<u64> = (0..fastrand::u64(1..6)).map(|_| fastrand::u64(1..=sizes.products)).collect();
    (Method::POST, "/api/orders".to_owned(), Some(json!({ "customer": customer, "products": products })))
}

fn sign_in(email: &str) -> Call {
    (Method::POST, "/api/sessions".to_owned(), Some(json!({ "email": email, "password": "correct horse" })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_waves_between_half_and_one_and_a_half() {
        let rates: Vec<f64> = (0..150).map(|second| rate_at(Duration::from_secs(second))).collect();
        let (low, high) =
            (rates.iter().copied().fold(f64::MAX, f64::min), rates.iter().copied().fold(0.0, f64::max));
        assert!((2.9..3.2).contains(&low) && (8.8..9.1).contains(&high), "{low} {high}");
    }

    #[test]
    fn health_endpoints_are_left_to_those_who_watch() {
        for _ in 0..5_000 {
            let (_, path, _) = some_request(&World::new(1, 1.0, 0));
            assert!(path.starts_with("/api/"), "{path}");
            assert!(!["health", "ready", "live"].iter().any(|name| path.ends_with(name)), "{path}");
        }
    }
}
