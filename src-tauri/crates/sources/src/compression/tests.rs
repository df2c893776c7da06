//! Real HTTP servers that compress well, badly, or not at all.

use std::io::Write;

use domain::{CompressionVerdict as Verdict, HttpAuth, ProblemCode, SourceKind};

use super::*;
use crate::http::served::{Reply, Server, gzip, whole};

fn config(url: &str) -> SourceConfig {
    crate::prometheus::tests::config(SourceKind::Mpanel, url, HttpAuth::None)
}

fn brotli(body: &[u8]) -> Vec<u8> {
    let mut encoder = brotli::CompressorWriter::new(Vec::new(), 4_096, 6, 22);
    encoder.write_all(body).expect("memory");
    encoder.flush().expect("memory");
    encoder.into_inner()
}

/// As a list of an API looks.
fn rows(count: usize) -> Vec<u8> {
    let row = |id: usize| format!("{{\"id\":{id},\"name\":\"Plan {}\",\"price\":{}}}", id % 7, id * 31 % 977);
    format!("[{}]", (0..count).map(row).collect::<Vec<_>>().join(",")).into_bytes()
}

/// Nothing makes this smaller.
fn noise(count: usize) -> Vec<u8> {
    let mut state = 1_u64;
    let mut byte = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    (0..count).map(|_| byte()).collect()
}

fn accepts(head: &str, encoding: &str) -> bool {
    let head = head.to_lowercase();
    let line = head.lines().find(|line| line.starts_with("accept-encoding:")).unwrap_or_default();
    line.trim_start_matches("accept-encoding:").split(',').any(|name| name.trim() == encoding)
}

const VARY: &str = "Vary: Accept-Encoding\r\n";

/// One path for each way to answer.
fn answer(head: &str) -> Reply {
    let path = head.split(' ').nth(1).unwrap_or_default();
    let gzipped = |body: &[u8], more: &str| {
        whole(
            "200 OK",
            &format!("Content-Type: application/json\r\nContent-Encoding: gzip\r\n{more}"),
            &gzip(body),
        )
    };
    let plain = |body: &[u8]| whole("200 OK", "Content-Type: application/json\r\n", body);
    match path {
        "/panel/both" if accepts(head, "br") => {
            let headers = format!("Content-Type: application/json\r\nContent-Encoding: br\r\n{VARY}");
            whole("200 OK", &headers, &brotli(&rows(2_000)))
        }
        "/panel/both" | "/panel/gzip-only" if accepts(head, "gzip") => gzipped(&rows(2_000), ""),
        "/panel/both" | "/panel/gzip-only" | "/panel/never" => plain(&rows(2_000)),
        "/panel/small" => plain(&rows(3)),
        "/panel/small-gzip" if accepts(head, "gzip") => gzipped(&rows(3), VARY),
        "/panel/small-gzip" => plain(&rows(3)),
        "/panel/noise" => plain(&noise(5_000)),
        "/panel/noise-gzip" if accepts(head, "gzip") => gzipped(&noise(5_000), VARY),
        "/panel/noise-gzip" => plain(&noise(5_000)),
        "/panel/limited" => whole("429 Too Many Requests", "Retry-After: 9\r\n", b"no"),
        _ => whole("404 Not Found", "", b""),
    }
}

async fn probed(paths: &[&str]) -> (CompressionProbe, Server) {
    let server = Server::start(answer).await;
    let paths: Vec<String> = paths.iter().map(|path| (*path).to_owned()).collect();
    let config = config(&format!("{}/panel/metrics", server.url));
    let probe = probe(&config, None, &paths, Timestamp(7)).await.expect("a probe");
    (probe, server)
}

#[tokio::test]
async fn each_way_to_answer_is_judged() {
    let cases = [
        ("/both", Verdict::Right, "br instead of"),
        ("/gzip-only", Verdict::Improvable, "of gzip are sent;"),
        ("/never", Verdict::Missing, "are sent as they are and could be"),
        ("/small", Verdict::RightlyPlain, "under the threshold of 1024 bytes"),
        ("/small-gzip", Verdict::Needless, "is under the threshold of 1024 bytes"),
        ("/noise", Verdict::RightlyPlain, "5.0 kB sent as they are, and compressed already."),
        ("/noise-gzip", Verdict::Needless, "does not become smaller"),
        ("/gone", Verdict::Unknown, "404"),
    ];
    let (probe, server) = probed(&cases.map(|(path, ..)| path)).await;
    for ((path, verdict, seen), endpoint) in cases.iter().zip(&probe.endpoints) {
        assert_eq!((endpoint.path.as_str(), endpoint.verdict), (*path, *verdict), "{endpoint:?}");
        assert!(endpoint.seen.contains(seen), "{path}: {}", endpoint.seen);
    }
    for endpoint in &probe.endpoints[..3] {
        let sizes = [endpoint.best_bytes, endpoint.now_bytes, endpoint.plain_bytes];
        assert!(sizes.iter().all(Option::is_some) && sizes.is_sorted(), "{endpoint:?}");
    }
    let [both, gzip_only, never, ..] = probe.endpoints.as_slice() else { panic!("{probe:?}") };
    let plain = rows(2_000).len() as u64;
    assert_eq!(both.plain_bytes, Some(plain));
    let offers: Vec<_> = both.encodings.iter().map(|offer| (offer.offered, offer.varies)).collect();
    assert_eq!(offers, [(true, true), (true, false)]);
    assert_eq!(both.encodings[0].bytes, Some(brotli(&rows(2_000)).len() as u64));
    assert!(gzip_only.remedy.as_deref().is_some_and(|remedy| remedy.starts_with("Add brotli")));
    // What is not offered is measured on the same body.
    assert!(!never.encodings[0].offered && never.encodings[0].bytes == both.encodings[0].bytes);
    // As a browser and plain, then each encoding that the browser was not given; what is not there is asked once.
    assert_eq!(server.requests("/panel/both"), 3);
    assert_eq!(server.requests("/panel/never"), 2);
    assert_eq!(server.requests("/panel/gone"), 1);
    assert!(probe.best_bytes < probe.now_bytes && probe.now_bytes < probe.plain_bytes, "{probe:?}");
}

#[tokio::test]
async fn a_limit_ends_the_probe() {
    let (probe, server) = probed(&["/limited", "/both", "/never"]).await;
    assert_eq!(probe.requests, 1);
    assert_eq!(server.requests("/panel/both") + server.requests("/panel/never"), 0);
    let codes: Vec<_> = probe.endpoints.iter().filter_map(|one| Some(one.problem.as_ref()?.code)).collect();
    assert_eq!(codes, [ProblemCode::RateLimited; 3]);
}

#[test]
fn paths_stay_below_the_instance() {
    let base = Url::parse("https://panel.example.com/eu/").expect("a base");
    for (path, expected) in [
        ("/api/products?limit=5", Some("https://panel.example.com/eu/api/products?limit=5")),
        ("api/products", Some("https://panel.example.com/eu/api/products")),
        ("//evil.example.com/x", Some("https://panel.example.com/eu/evil.example.com/x")),
        ("https://evil.example.com/", Some("https://panel.example.com/eu/https://evil.example.com/")),
        ("", Some("https://panel.example.com/eu/")),
        ("/../../admin", None),
    ] {
        let found = url(&base, path).ok();
        assert_eq!(found.as_ref().map(Url::as_str), expected, "{path}");
    }
}

#[tokio::test]
async fn too_many_paths_are_refused_and_a_dead_instance_is_told() {
    let paths = vec!["/x".to_owned(); MOST_PATHS + 1];
    let refused = probe(&config("http://127.0.0.1:1"), None, &paths, Timestamp(0)).await;
    assert_eq!(refused.expect_err("too many").code, ProblemCode::TooLarge);
    let dead = probe(&config("http://127.0.0.1:1"), None, &paths[..1], Timestamp(0)).await.expect("a probe");
    assert_eq!(dead.endpoints[0].verdict, Verdict::Unknown);
    assert_eq!(dead.endpoints[0].problem.as_ref().map(|problem| problem.code), Some(ProblemCode::Refused));
}
