//! The arrows between crates hold, and nothing but the root package knows Tauri.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// What each crate may use of ours. A crate that is not listed has no business in the workspace.
const ARROWS: [(&str, &[&str]); 14] = [
    ("domain", &[]),
    ("analysis", &["domain"]),
    ("runtime", &[]),
    ("secrets", &[]),
    ("servers", &[]),
    ("history", &["domain"]),
    ("charts", &["domain"]),
    ("reports", &["charts", "domain"]),
    ("sources", &["domain", "runtime"]),
    ("engine", &["analysis", "domain", "history", "reports", "runtime", "secrets", "sources"]),
    ("demo", &["analysis", "runtime", "servers"]),
    ("mconsole", &["demo", "engine"]),
    ("mpanel-console", &["engine"]),
    ("tests", &[]),
];

/// Normal dependencies of every workspace member; tests may reach further.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .expect("cargo runs");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata is JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    packages
        .iter()
        .map(|package| {
            let normal = package["dependencies"].as_array().expect("dependencies").iter();
            let normal = normal.filter(|dependency| dependency["kind"].is_null());
            let names = normal.map(|dependency| dependency["name"].as_str().expect("a name").to_owned());
            (package["name"].as_str().expect("a name").to_owned(), names.collect())
        })
        .collect()
}

#[test]
fn every_arrow_is_allowed() {
    let allowed: BTreeMap<&str, BTreeSet<&str>> =
        ARROWS.iter().map(|(name, uses)| (*name, uses.iter().copied().collect())).collect();
    let found = dependencies();
    for (name, uses) in &found {
        let allowed_here =
            allowed.get(name.as_str()).unwrap_or_else(|| panic!("{name} has no place in the house"));
        for used in uses.iter().filter(|used| found.contains_key(*used)) {
            assert!(allowed_here.contains(used.as_str()), "{name} may not use {used}");
        }
    }
    assert_eq!(found.len(), ARROWS.len(), "every crate of the list exists");
}

#[test]
fn only_the_desktop_package_knows_tauri() {
    for (name, uses) in dependencies() {
        let tauri = uses.iter().any(|used| used.starts_with("tauri") || used == "wry" || used == "tao");
        assert_eq!(tauri, name == "mpanel-console", "{name}");
    }
}

#[test]
fn pure_crates_stay_pure() {
    let io = ["tokio", "reqwest", "rusqlite", "tokio-postgres", "axum", "sysinfo"];
    let found = dependencies();
    for name in ["domain", "analysis"] {
        let uses = &found[name];
        assert!(io.iter().all(|crate_name| !uses.contains(*crate_name)), "{name} uses {uses:?}");
    }
}
