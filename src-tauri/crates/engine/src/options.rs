//! What a shell decides before the engine starts.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::{Clock, SystemClock};

/// Where passwords are kept.
#[derive(Clone, Default)]
pub enum PasswordPlace {
    /// The OS keychain where there is one, else memory.
    #[default]
    Keychain,
    /// A file of the data directory, encrypted with this passphrase.
    EncryptedFile { passphrase: String },
    /// Nowhere: gone when the console ends.
    Memory,
}

#[derive(Clone)]
pub struct EngineOptions {
    /// Holds `history.db`, `settings.db` and, when chosen, the encrypted passwords. One engine at a time.
    pub data_dir: PathBuf,
    pub passwords: PasswordPlace,
    pub clock: Arc<dyn Clock>,
    /// How long samples may wait in memory before they are written.
    pub record_every: Duration,
    /// How often history is sealed, rolled up and trimmed.
    pub maintain_every: Duration,
    /// How often is looked whether index advice is due.
    pub look_for_due_advice_every: Duration,
    /// How often the sessions of servers are looked at.
    pub look_at_activity_every: Duration,
    /// How often what statements counted is read.
    pub read_statements_every: Duration,
    pub health: HealthOptions,
}

/// How often the health of servers is read.
#[derive(Debug, Clone, Copy)]
pub struct HealthOptions {
    /// Counters, sessions and settings.
    pub quick_every: Duration,
    /// Tables, indexes and sequences.
    pub slow_every: Duration,
}

impl Default for HealthOptions {
    fn default() -> HealthOptions {
        HealthOptions { quick_every: Duration::from_secs(60), slow_every: Duration::from_secs(600) }
    }
}

impl EngineOptions {
    pub fn new(data_dir: impl Into<PathBuf>) -> EngineOptions {
        EngineOptions {
            data_dir: data_dir.into(),
            passwords: PasswordPlace::default(),
            clock: Arc::new(SystemClock),
            record_every: Duration::from_secs(1),
            maintain_every: Duration::from_secs(60),
            look_for_due_advice_every: Duration::from_secs(60),
            look_at_activity_every: Duration::from_secs(1),
            read_statements_every: Duration::from_secs(10),
            health: HealthOptions::default(),
        }
    }
}
