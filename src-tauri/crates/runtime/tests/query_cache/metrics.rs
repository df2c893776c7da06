//! The figures tell what happened, without a series for each key.

use std::collections::{BTreeSet, HashSet};

use serde_json::json;

use crate::support::{Source, Stage, value};

#[tokio::test]
async fn counters_equal_what_a_generator_did() {
    let stage = Stage::new().await;
    let source = Source::new();
    let mut random = fastrand::Rng::with_seed(7);
    let mut cached = HashSet::new();
    let kinds = ["products", "tax_rules", "tld_list"];
    let tags = [&["products", "catalog"][..], &["tax", "billing"], &["domains"]];
    let (mut hits, mut misses, mut bypassed, mut invalidated) = ([0; 3], [0; 3], 0, 0);
    for _ in 0..2_000 {
        let kind = random.usize(0..3);
        let param = random.u32(0..20);
        match random.u32(0..100) {
            0..90 => {
                source.read(&stage.cache, kinds[kind], &[json!(param)]).await.unwrap();
                if cached.insert((kind, param)) { misses[kind] += 1 } else { hits[kind] += 1 }
            }
            90..97 => {
                stage.cache.set_enabled(false);
                source.read(&stage.cache, kinds[kind], &[json!(param)]).await.unwrap();
                stage.cache.set_enabled(true);
                bypassed += 1;
            }
            _ => {
                let before = cached.len();
                cached.retain(|(of, _)| *of != kind);
                let removed = stage.cache.invalidate_tags(tags[kind]).await.unwrap();
                assert_eq!(removed, (before - cached.len()) as u64);
                invalidated += removed;
            }
        }
    }
    for (kind, name) in kinds.into_iter().enumerate() {
        let counted = |family| value(&stage.registry, &format!("{family}{{type=\"{name}\"}}"));
        assert_eq!(counted("query_cache_hits_total"), f64::from(hits[kind]));
        assert_eq!(counted("query_cache_misses_total"), f64::from(misses[kind]));
    }
    let (all_hits, all_misses) = (hits.iter().sum::<u32>(), misses.iter().sum::<u32>());
    let counted = |name| value(&stage.registry, name);
    assert_eq!(counted("query_cache_bypassed_total"), f64::from(bypassed));
    assert_eq!(counted("query_cache_stores_total"), f64::from(all_misses));
    assert_eq!(counted("query_cache_invalidated_keys_total"), invalidated as f64);
    assert_eq!(counted("query_cache_latency_seconds_count"), f64::from(all_hits + all_misses));
    let stats = stage.cache.stats();
    assert_eq!((stats.hits, stats.misses), (all_hits.into(), all_misses.into()));
    assert_eq!((stats.bypassed, stats.invalidated_keys, stats.errors), (bypassed.into(), invalidated, 0));
    assert_eq!(source.calls(), all_misses + bypassed);
}

#[tokio::test]
async fn no_series_bears_a_key() {
    let stage = Stage::new().await;
    let source = Source::new();
    let series = || stage.registry.render().lines().filter(|line| line.starts_with("query_cache_")).count();
    source.read(&stage.cache, "products", &[]).await.unwrap();
    let before = series();
    for n in 0..200 {
        source.read(&stage.cache, "products", &[json!(n)]).await.unwrap();
    }
    assert_eq!(series(), before);
    let text = stage.registry.render();
    let labels: BTreeSet<&str> = text
        .lines()
        .filter(|line| line.starts_with("query_cache_"))
        .filter_map(|line| line.split_once('{')?.1.split_once('='))
        .map(|(label, _)| label)
        .collect();
    assert_eq!(labels, BTreeSet::from(["le", "outcome", "type"]));
    assert!(!text.contains("query:"));
    for kind in ["domain_pricing", "reseller_tree"] {
        assert_eq!(value(&stage.registry, &format!("query_cache_hits_total{{type=\"{kind}\"}}")), 0.0);
    }
}
