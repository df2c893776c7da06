//! What an instance compresses, asked for by hand; the last answer stays in memory.

use std::collections::HashMap;

use domain::{
    CompressionProbe, CompressionRequest, Connection, SourceConfig, SourceId, SourceKind, Timestamp,
};
use parking_lot::Mutex;

use crate::{Engine, EngineError};

#[derive(Default)]
pub(crate) struct Probes(Mutex<HashMap<SourceId, CompressionProbe>>);

impl Probes {
    pub(crate) fn forget(&self, source: &SourceId) {
        self.0.lock().remove(source);
    }
}

impl Engine {
    /// Asks each path up to four times.
    ///
    /// # Errors
    /// `source_not_found`; `invalid_source` where the source has no web address, a path leads elsewhere, or there are too many.
    pub async fn probe_compression(
        &self,
        request: CompressionRequest,
    ) -> Result<CompressionProbe, EngineError> {
        let config = self.source(&request.source)?.config;
        let password = {
            let config = config.clone();
            self.blocking(move |engine| engine.password_of(&config)).await?
        };
        let probe = sources::compression::probe(&config, password, &request.paths, self.now())
            .await
            .map_err(EngineError::InvalidSource)?;
        self.inner.probes.0.lock().insert(config.id, probe.clone());
        Ok(probe)
    }

    /// The last probe of this run of the console.
    pub fn compression_probe(&self, source: &SourceId) -> Option<CompressionProbe> {
        self.inner.probes.0.lock().get(source).cloned()
    }
}

/// Asks an instance by its address; nothing is kept.
///
/// # Errors
/// `invalid_source` where the address cannot be used, a path leads elsewhere, or there are too many.
pub async fn probe_once(
    connection: Connection,
    password: Option<String>,
    paths: &[String],
    now: Timestamp,
) -> Result<CompressionProbe, EngineError> {
    let config = SourceConfig::unsaved("instance", SourceKind::Mpanel, connection);
    sources::compression::probe(&config, password, paths, now).await.map_err(EngineError::InvalidSource)
}
