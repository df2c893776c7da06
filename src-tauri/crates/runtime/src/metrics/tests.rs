//! The registry and its endpoint as a scraper sees them.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_util::sync::CancellationToken;

use super::*;

/// The head and body of `GET /metrics`.
async fn get(addr: SocketAddr, accept: &str) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let request = format!(
        "GET /metrics HTTP/1.0\r\nhost: localhost\r\naccept-encoding: {accept}\r\nconnection: close\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
    (String::from_utf8(answer[..end].to_vec()).unwrap().to_lowercase(), answer[end + 4..].to_vec())
}

#[test]
fn the_same_family_twice_is_one_family() {
    let registry = Registry::new();
    for _ in 0..2 {
        registry.counter("calls_total", "Calls", &["what"]).unwrap().with_label_values(&["a"]).inc();
    }
    assert!(registry.render().contains("# TYPE calls_total counter\ncalls_total{what=\"a\"} 2\n"));
}

#[test]
fn another_kind_or_other_labels_under_a_name_conflict() {
    let registry = Registry::new();
    registry.counter("calls_total", "Calls", &["what"]).unwrap();
    let kind = registry.gauge("calls_total", "Calls", &["what"]).unwrap_err();
    let labels = registry.counter("calls_total", "Calls", &[]).unwrap_err();
    assert_eq!([kind.code(), labels.code()], ["metric_conflict"; 2]);
    assert_eq!(registry.counter("no spaces", "x", &[]).unwrap_err().code(), "metric_invalid");
}

#[test]
fn hooks_run_at_each_rendering_until_they_are_done() {
    let registry = Registry::new();
    let gauge = registry.gauge("left", "Left", &[]).unwrap();
    let mut left = 3.0;
    registry.on_render(move || {
        left -= 1.0;
        gauge.with_label_values::<&str>(&[]).set(left);
        left > 0.0
    });
    for expected in ["left 2\n", "left 1\n", "left 0\n", "left 0\n"] {
        assert!(registry.render().ends_with(expected), "{}", registry.render());
    }
}

#[test]
fn a_name_has_one_owner_at_a_time() {
    let registry = Registry::new();
    let claim = registry.claim("pool".to_owned());
    assert!(claim.is_some());
    assert!(registry.claim("pool".to_owned()).is_none());
    drop(claim);
    assert!(registry.claim("pool".to_owned()).is_some());
}

#[tokio::test]
async fn the_endpoint_compresses_what_is_long_and_stops_when_told() {
    let registry = Registry::new();
    let counter = registry.counter("calls_total", "Calls", &["what"]).unwrap();
    counter.with_label_values(&["a"]).inc();
    let stop = CancellationToken::new();
    let (addr, task) = serve(registry.clone(), "127.0.0.1:0".parse().unwrap(), stop.clone()).await.unwrap();

    let (head, body) = get(addr, "gzip").await;
    assert!(
        head.starts_with("http/1.0 200") && head.contains("content-type: text/plain; version=0.0.4"),
        "{head}"
    );
    assert!(!head.contains("content-encoding"), "short bodies stay as they are: {head}");
    assert_eq!(body, registry.render().as_bytes());

    (0..100).for_each(|n| counter.with_label_values(&[n.to_string()]).inc());
    let plain = registry.render().len();
    for accept in ["gzip", "br"] {
        let (head, body) = get(addr, accept).await;
        assert!(head.contains(&format!("content-encoding: {accept}")), "{head}");
        assert!(body.len() * 3 < plain, "{accept}: {} of {plain}", body.len());
    }
    let (head, body) = get(addr, "identity").await;
    assert!(!head.contains("content-encoding"), "{head}");
    assert_eq!(body.len(), plain);

    stop.cancel();
    task.await.unwrap();
    assert!(TcpStream::connect(addr).await.is_err());
}

#[tokio::test]
async fn only_loopback_is_served() {
    let open = "0.0.0.0:9100".parse().unwrap();
    let error = serve(Registry::new(), open, CancellationToken::new()).await.unwrap_err();
    assert!(error.to_string().contains("use 127.0.0.1:9100 instead of 0.0.0.0:9100"), "{error}");
}
