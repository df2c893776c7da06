//! What kind of server answered, and whether it serves.

use super::Info;

/// Product, version and state of a server.
#[derive(Debug, Clone, PartialEq)]
pub struct Server {
    /// "Redis 7.0.15", "Valkey 8.0.1"
    pub title: String,
    /// "7.0.15"
    pub version: String,
    /// It watches other servers and holds no data.
    pub is_sentinel: bool,
    pub in_cluster: bool,
    /// It reads its data from disk and serves nobody.
    pub loading: Option<Loading>,
}

#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Loading {
    pub percent: Option<f64>,
    pub seconds_left: Option<u64>,
}

/// None where nothing says that it is a Redis or a relative.
pub fn server(info: &Info<'_>) -> Option<Server> {
    let (product, version) = product(info)?;
    let mode = info.text("redis_mode").or_else(|| info.text("server_mode"));
    Some(Server {
        title: format!("{product} {version}"),
        version: version.to_owned(),
        is_sentinel: mode == Some("sentinel"),
        in_cluster: mode == Some("cluster") || info.flag("cluster_enabled"),
        loading: info.flag("loading").then(|| Loading {
            percent: info.number("loading_loaded_perc"),
            seconds_left: info.count("loading_eta_seconds"),
        }),
    })
}

/// The relatives call themselves a Redis of the version that they are compatible with, and say who they are elsewhere.
fn product<'t>(info: &Info<'t>) -> Option<(&'static str, &'t str)> {
    if let Some(version) = info.text("valkey_version") {
        return Some(("Valkey", version));
    }
    if let Some(version) = info.text("dragonfly_version") {
        return Some(("Dragonfly", version.trim_start_matches("df-v")));
    }
    let version = info.text("redis_version")?;
    let is_keydb = info.text("executable").is_some_and(|path| path.contains("keydb"))
        || info.text("mvcc_depth").is_some();
    Some((if is_keydb { "KeyDB" } else { "Redis" }, version))
}
