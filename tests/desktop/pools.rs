//! The main path of the pools feature: add sources by hand, see the chart move, cause saturation, see the alert.
#![allow(clippy::expect_used, reason = "a test fails where it cannot go on")]

use std::time::Duration;

use demo::{Demo, DemoOptions, Scenario};
use tempfile::TempDir;

use super::driver::{PATIENCE, Window};
use super::sources::{ANSWER, describe_database, save_source};
use crate::support::SCALE;

#[tokio::test(flavor = "multi_thread")]
async fn sources_are_added_by_hand_and_saturation_is_seen() {
    let demo =
        Demo::start(DemoOptions { scale: SCALE, ..DemoOptions::default() }).await.expect("the demo starts");
    let directory = TempDir::new().expect("a directory");
    let window = Window::open(directory.path()).await;
    window.find("first-start").await;
    window.picture("first-start").await;

    add_database(&window, &demo).await;
    add_panel(&window, &demo).await;

    window.click("nav-pools").await;
    let points = || async { window.attribute("chart-application", "data-points").await?.parse::<u32>().ok() };
    let before = window.wait("the chart tells its points", PATIENCE, points).await;
    let more = || async { points().await.filter(|now| *now > before) };
    window.wait("the chart moves", Duration::from_secs(40), more).await;
    window.picture("pools-calm").await;

    demo.set(Scenario::PoolSaturation, true).await.expect("saturation begins");
    window
        .until_text("diagnosis", Duration::from_secs(60), |text| {
            text.contains("queues") && text.contains("critical")
        })
        .await;
    window.picture("pools-saturated").await;

    window.click("nav-alerts").await;
    let near_capacity = |text: &str| text.contains("panel-eu-1") && text.to_lowercase().contains("pool");
    window.until_text("page-alerts", PATIENCE, near_capacity).await;
    window.picture("alerts").await;
    window.click("nav-overview").await;
    window.find("attention-row").await;
    window.picture("overview").await;
    window.close().await;
    demo.stop().await;
}

async fn add_database(window: &Window, demo: &Demo) {
    let server = demo.endpoints().postgres.clone().expect("PostgreSQL runs");
    describe_database(window, "billing-db", &server).await;

    // A wrong password first: the test says what to do, and nothing is lost.
    window.fill("source-password", "wrong").await;
    window.click("source-test").await;
    window.until_text("test-result", ANSWER, |text| text.contains("password")).await;
    window.picture("source-test-fails").await;

    window.fill("source-password", &server.password).await;
    window.click("source-test").await;
    window.until_text("test-result", ANSWER, |text| text.contains("PostgreSQL 1")).await;
    save_source(window, "billing-db").await;
}

async fn add_panel(window: &Window, demo: &Demo) {
    let url = demo.endpoints().panel.clone().expect("the panel runs");
    window.click("add-source").await;
    window.click("source-kind-mpanel").await;
    window.fill("source-name", "panel-eu-1").await;
    window.fill("source-http-url", &url).await;
    window.fill("source-application-name", "panel").await;
    window.choose("source-upstream", "billing-db").await;
    save_source(window, "panel-eu-1").await;
    window.picture("sources").await;
}
