//! What the person may adjust, with the document's values as defaults.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::SourceId;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS, Default)]
#[ts(export)]
#[serde(default)]
pub struct Settings {
    pub pools: PoolThresholds,
    pub retention: Retention,
    pub flight_recorder: FlightRecorderSettings,
    pub appearance: Appearance,
    /// The name at the head of the navigation.
    pub team: Option<String>,
    /// `GET /metrics` on this loopback port, when set.
    pub metrics_port: Option<u16>,
    /// Looks for better indexes by itself, when set.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub index_advice: Option<AdviceSchedule>,
    /// The Redis through which the team's consoles share expensive reads of the databases. The console writes entries of its own there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional)]
    pub team_cache: Option<SourceId>,
}

/// Whose statements are looked at in the background, and how often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct AdviceSchedule {
    pub hours: u32,
    /// PostgreSQL databases with `pg_stat_statements`.
    pub sources: Vec<SourceId>,
}

impl AdviceSchedule {
    /// The document's rule.
    pub const DEFAULT_HOURS: u32 = 6;
}

/// When a pool is in trouble.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(default)]
pub struct PoolThresholds {
    /// active / max
    pub saturation_warning: f64,
    pub saturation_critical: f64,
    /// How long a condition must last before it is told.
    pub hold_seconds: f64,
    /// How long a condition must be gone before it is cleared.
    pub cooldown_seconds: f64,
    /// All connections active and none idle for longer than this is a suspected leak.
    pub leak_seconds: f64,
    /// p95 of the acquire time.
    pub acquire_warning_seconds: f64,
    pub acquire_critical_seconds: f64,
    pub idle_in_transaction_seconds: f64,
    /// Backends in use / (max_connections - reserved).
    pub connections_warning: f64,
    pub connections_critical: f64,
    /// Utilisation that size advice aims at.
    pub target_utilisation: f64,
}

impl Default for PoolThresholds {
    fn default() -> Self {
        PoolThresholds {
            saturation_warning: 0.75,
            saturation_critical: 0.90,
            hold_seconds: 5.0,
            cooldown_seconds: 10.0,
            leak_seconds: 30.0,
            acquire_warning_seconds: 0.1,
            acquire_critical_seconds: 1.0,
            idle_in_transaction_seconds: 30.0,
            connections_warning: 0.75,
            connections_critical: 0.90,
            target_utilisation: 0.7,
        }
    }
}

/// How much history is kept; whichever limit is met first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(default)]
pub struct Retention {
    pub days: u32,
    pub bytes: u64,
}

impl Default for Retention {
    fn default() -> Self {
        Retention { days: 30, bytes: 2 * 1024 * 1024 * 1024 }
    }
}

/// The flight recorder: sessions and lock trees of every PostgreSQL, sampled each second.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(default)]
pub struct FlightRecorderSettings {
    pub enabled: bool,
    /// How far back, and how much of the disk; whichever limit is met first.
    pub hours: u32,
    pub bytes: u64,
}

impl Default for FlightRecorderSettings {
    fn default() -> Self {
        FlightRecorderSettings { enabled: true, hours: 24, bytes: 200 * 1024 * 1024 }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum Appearance {
    #[default]
    System,
    Dark,
    Light,
}
