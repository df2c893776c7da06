//! One window of the built app in a WebDriver session: find, type, click, wait, take pictures.
#![allow(clippy::expect_used, clippy::panic, reason = "a test fails where it cannot go on")]

use std::future::Future;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::json;
use thirtyfour::prelude::*;

use super::display::Display;
use crate::support::{binary, eventually, within};

pub(super) const PATIENCE: Duration = Duration::from_secs(30);

pub(super) struct Window {
    pub page: WebDriver,
    driver: Child,
    display: Display,
}

impl Window {
    /// Opens the app on a data directory of its own, passwords in memory.
    pub(super) async fn open(data_dir: &Path) -> Window {
        let display = Display::start();
        let port = free_port();
        // A session bus of its own keeps the app away from the person's keychain and other windows.
        let driver = Command::new("dbus-run-session")
            .args(["--", "WebKitWebDriver", &format!("--port={port}"), "--host=127.0.0.1"])
            .env("DISPLAY", &display.name)
            .env("GDK_BACKEND", "x11")
            .env("TAURI_AUTOMATION", "true")
            .env("TAURI_WEBVIEW_AUTOMATION", "true")
            .env_remove("WAYLAND_DISPLAY")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .expect("dbus and WebKitWebDriver are installed by scripts/bootstrap test");
        let capabilities = capabilities(data_dir).expect("capabilities are JSON");
        // The WebDriver client insists on a provider for TLS, although it speaks plain HTTP here.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let url = format!("http://127.0.0.1:{port}");
        let page = eventually("the window opens", Duration::from_secs(60), || async {
            WebDriver::new(&url, capabilities.clone()).await.ok()
        })
        .await;
        Window { page, driver, display }
    }

    /// The X display that the window is on.
    pub(super) fn display(&self) -> &str {
        &self.display.name
    }

    /// Asks until the answer is there. After `limit` it fails with what the window shows instead.
    pub(super) async fn wait<T, F: Future<Output = Option<T>>>(
        &self,
        what: &str,
        limit: Duration,
        ask: impl FnMut() -> F,
    ) -> T {
        match within(limit, ask).await {
            Some(answer) => answer,
            None => {
                let body = self.page.find(By::Css("body")).await;
                let shown = match body {
                    Ok(body) => body.text().await.unwrap_or_else(|error| error.to_string()),
                    Err(error) => error.to_string(),
                };
                let picture = self.picture("failure").await;
                panic!("after {limit:?}: {what}. {} shows:\n{shown}", picture.display())
            }
        }
    }

    /// The element with this `data-testid`, once it is there.
    pub(super) async fn find(&self, id: &str) -> WebElement {
        let selector = format!("[data-testid='{id}']");
        self.wait(&format!("{id} is on the page"), PATIENCE, || async {
            self.page.find(By::Css(selector.as_str())).await.ok()
        })
        .await
    }

    pub(super) async fn click(&self, id: &str) {
        let what = format!("{id} can be clicked");
        self.wait(&what, PATIENCE, || async { self.find(id).await.click().await.ok() }).await;
    }

    pub(super) async fn fill(&self, id: &str, value: &str) {
        let field = self.find(id).await;
        field.clear().await.expect("a field can be cleared");
        field.send_keys(value).await.expect("a field takes keys");
    }

    pub(super) async fn choose(&self, id: &str, value: &str) {
        let selector = format!("[data-testid='{id}'] option[value='{value}']");
        let offered = format!("{id} offers {value}");
        let option = self
            .wait(&offered, PATIENCE, || async { self.page.find(By::Css(selector.as_str())).await.ok() })
            .await;
        option.click().await.expect("an option can be chosen");
    }

    pub(super) async fn text(&self, id: &str) -> String {
        self.find(id).await.text().await.unwrap_or_default()
    }

    /// Waits until the text of an element satisfies `wanted`.
    pub(super) async fn until_text(
        &self,
        id: &str,
        limit: Duration,
        wanted: impl Fn(&str) -> bool,
    ) -> String {
        self.wait(&format!("{id} says what is expected"), limit, || async {
            let text = self.text(id).await;
            wanted(&text).then_some(text)
        })
        .await
    }

    pub(super) async fn attribute(&self, id: &str, name: &str) -> Option<String> {
        self.find(id).await.attr(name).await.ok().flatten()
    }

    /// Keeps a picture under `target/screenshots`.
    pub(super) async fn picture(&self, name: &str) -> PathBuf {
        let directory = binary("mpanel-console").ancestors().nth(2).expect("target").join("screenshots");
        std::fs::create_dir_all(&directory).expect("a directory for pictures");
        let path = directory.join(format!("{name}.png"));
        // A picture shows the frame painted last: let what the page now holds be painted.
        let painted = "const done = arguments[0]; requestAnimationFrame(() => setTimeout(() => requestAnimationFrame(done), 100));";
        self.page.execute_async(painted, Vec::new()).await.expect("the page is painted");
        self.page.screenshot(&path).await.expect("a picture of the window");
        path
    }

    pub(super) async fn close(mut self) {
        let _ = self.page.clone().quit().await;
        self.end_driver();
    }

    fn end_driver(&mut self) {
        // The whole group: the bus, the driver and, should it still be there, the window.
        let group = format!("-{}", self.driver.id());
        let _ = Command::new("kill").args(["-TERM", "--", &group]).status();
        let _ = self.driver.wait();
    }
}

impl Drop for Window {
    fn drop(&mut self) {
        if matches!(self.driver.try_wait(), Ok(None)) {
            self.end_driver();
        }
    }
}

/// What WebKitWebDriver is told to start: the app as it was built, not a browser.
fn capabilities(data_dir: &Path) -> WebDriverResult<Capabilities> {
    let mut capabilities = Capabilities::new();
    capabilities.set("browserName", "wry")?;
    capabilities.set(
        "webkitgtk:browserOptions",
        json!({
            "binary": binary("mpanel-console"),
            "args": ["--data-dir", data_dir, "--passwords", "memory"],
        }),
    )?;
    Ok(capabilities)
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    listener.local_addr().expect("an address").port()
}
