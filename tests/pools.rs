//! Pools watched on the demo's real servers: trouble is found within two polls and cleared after it ends.
#![allow(clippy::expect_used, reason = "a test fails where it cannot go on")]

use std::time::Duration;

use demo::{Demo, Scenario};
use engine::domain::{BackendState, Check, Layer, PoolsPage, Severity, SourceId, SourceState};

use crate::support::{BOUNCER, Console, DATABASE, PANEL, eventually, quiet_demo};

/// Two polls of the panel, with room for jitter and a busy machine.
const TWO_POLLS: Duration = Duration::from_secs(20);

async fn watched() -> (Demo, Console) {
    let demo = quiet_demo().await;
    let console = Console::start().await;
    console.hurry(|pools| pools.leak_seconds = 4.0).await;
    console.watch(&demo).await;
    eventually("every source answers", Duration::from_secs(30), || async {
        let all = console.engine.sources();
        all.iter()
            .all(|status| matches!(status.state, SourceState::Ok | SourceState::Degraded { .. }))
            .then_some(())
    })
    .await;
    (demo, console)
}

async fn page(console: &Console) -> PoolsPage {
    let range = console.last_minutes(5);
    console.engine.pools_page(Some(SourceId::new(PANEL)), range).await.expect("the page is made")
}

async fn found(console: &Console, check: Check, source: &str) -> engine::domain::Finding {
    eventually(&format!("{check:?} is found on {source}"), TWO_POLLS, || async {
        let open = console.engine.open_findings();
        open.into_iter().find(|finding| finding.check == check && finding.source.0 == source)
    })
    .await
}

async fn cleared(console: &Console, check: Check) {
    eventually(&format!("{check:?} is cleared"), Duration::from_secs(40), || async {
        (!console.engine.open_findings().iter().any(|finding| finding.check == check)).then_some(())
    })
    .await;
}

async fn end(demo: Demo, console: Console) {
    console.engine.shutdown().await;
    demo.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_calm_pool_is_called_calm_and_saturation_is_found_and_cleared() {
    let (demo, console) = watched().await;

    let calm = eventually("both sides are charted", TWO_POLLS, || async {
        let page = page(&console).await;
        (page.application.is_some() && page.pgbouncer.is_some() && page.postgres.is_some()).then_some(page)
    })
    .await;
    let layers: Vec<Layer> = calm.path.iter().map(|layer| layer.layer).collect();
    assert_eq!(layers, [Layer::Application, Layer::Pgbouncer, Layer::Postgres]);
    let diagnosis = calm.diagnosis.expect("a diagnosis");
    assert_eq!((diagnosis.severity, diagnosis.queuing), (Severity::Ok, None), "{}", diagnosis.sentence);

    demo.set(Scenario::PoolSaturation, true).await.expect("saturation begins");
    let finding = found(&console, Check::PoolSaturation, PANEL).await;
    assert_eq!(finding.severity, Severity::Critical, "{}", finding.detail);
    found(&console, Check::PoolClientsWaiting, PANEL).await;
    let saturated = page(&console).await;
    let now = saturated.now.expect("head figures");
    assert!(now.active_ratio.value.expect("active / max") >= 0.9);
    assert!(now.waiting.value.expect("waiting") > 0.0);
    let diagnosis = saturated.diagnosis.expect("a diagnosis");
    assert_eq!(diagnosis.queuing, Some(Layer::Application), "{}", diagnosis.sentence);
    assert!(diagnosis.held_idle.is_empty(), "overload is not called a leak: {}", diagnosis.sentence);

    demo.set(Scenario::PoolSaturation, false).await.expect("saturation ends");
    cleared(&console, Check::PoolSaturation).await;
    let past = console.engine.findings(console.last_minutes(5)).await.expect("findings");
    let past = past.iter().find(|past| past.id == finding.id).expect("the past finding is kept");
    assert!(past.cleared_at.is_some());
    end(demo, console).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leak_is_proven_by_both_views_and_cleared() {
    let (demo, console) = watched().await;
    demo.set(Scenario::ConnectionLeak, true).await.expect("the leak begins");

    let finding = eventually("the leak is found", Duration::from_secs(40), || async {
        let open = console.engine.open_findings();
        open.into_iter().find(|finding| finding.check == Check::PoolLeak)
    })
    .await;
    assert_eq!(finding.source, SourceId::new(PANEL));
    let leaking = eventually("all ten are held", Duration::from_secs(40), || async {
        let page = page(&console).await;
        let held = page.diagnosis.as_ref().map_or(0, |diagnosis| diagnosis.held_idle.len());
        (held >= 9).then_some(page)
    })
    .await;
    let diagnosis = leaking.diagnosis.expect("a diagnosis");
    assert!(diagnosis.severity >= Severity::Warning);
    assert!(diagnosis.sentence.contains("leak"), "{}", diagnosis.sentence);
    assert!(diagnosis.sentence.contains("/api/invoices/export"), "{}", diagnosis.sentence);
    assert!(diagnosis.held_idle.iter().all(|held| held.state == BackendState::Idle));
    assert!(!diagnosis.evidence.is_empty());
    let size = leaking.size.expect("size advice");
    assert_ne!(size.verdict, engine::domain::SizeVerdict::Grow, "a leak is not mended by a larger pool");

    demo.set(Scenario::ConnectionLeak, false).await.expect("the leak ends");
    cleared(&console, Check::PoolLeak).await;
    end(demo, console).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn idle_in_transaction_is_found_with_those_it_blocks_and_cleared() {
    let (demo, console) = watched().await;
    console.hurry(|pools| pools.idle_in_transaction_seconds = 2.0).await;
    demo.set(Scenario::IdleInTransaction, true).await.expect("a transaction is left open");

    let finding = found(&console, Check::IdleInTransaction, DATABASE).await;
    assert!(finding.severity >= Severity::Warning, "{}", finding.detail);

    demo.set(Scenario::IdleInTransaction, false).await.expect("the transaction ends");
    cleared(&console, Check::IdleInTransaction).await;
    assert!(matches!(console.status(BOUNCER).state, SourceState::Ok | SourceState::Degraded { .. }));
    end(demo, console).await;
}
