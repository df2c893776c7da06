//! Asks a panel over HTTP and reads its metrics.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use demo::Demo;
use serde_json::Value;

pub(crate) struct Probe {
    pub(crate) http: reqwest::Client,
    base: String,
}

impl Probe {
    pub(crate) fn of(demo: &Demo) -> Probe {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(rustls::RootCertStore::empty())
            .with_no_client_auth();
        let http = reqwest::Client::builder().tls_backend_preconfigured(tls).no_proxy().build().unwrap();
        Probe { http, base: demo.endpoints().panel.clone().unwrap() }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// None when nobody answers.
    pub(crate) async fn status(&self, path: &str) -> Option<u16> {
        Some(self.http.get(self.url(path)).send().await.ok()?.status().as_u16())
    }

    pub(crate) async fn json(&self, path: &str) -> Value {
        self.http.get(self.url(path)).send().await.unwrap().json().await.unwrap()
    }

    pub(crate) async fn send(&self, method: &str, path: &str, body: Value) -> u16 {
        let request = self.http.request(method.parse().unwrap(), self.url(path)).json(&body);
        request.send().await.unwrap().status().as_u16()
    }

    pub(crate) async fn metrics(&self) -> String {
        self.http.get(self.url("/metrics")).send().await.unwrap().text().await.unwrap()
    }

    /// The sum of all series of a family, or of those that begin with `begin`.
    pub(crate) async fn sum(&self, begin: &str) -> f64 {
        let text = self.metrics().await;
        let values = text.lines().filter(|line| {
            line.strip_prefix(begin).is_some_and(|rest| begin.contains('{') || rest.starts_with([' ', '{']))
        });
        values.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
    }
}

/// Asks again until it is so.
pub(crate) async fn eventually(seconds: u64, what: &str, so: impl AsyncFn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(seconds);
    while !so().await {
        assert!(Instant::now() < deadline, "not within {seconds} s: {what}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
