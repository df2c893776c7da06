//! Ends a statement or a session, where the source allows it and the person has typed which one.

use domain::{SignalOutcome, SignalRequest};
use sources::Source;

use crate::{Engine, EngineError};

impl Engine {
    /// Sends a signal to one session.
    ///
    /// # Errors
    /// `signals_not_allowed`, `pid_differs` where something else was typed, `database` where the server refuses.
    pub async fn send_signal(&self, request: SignalRequest) -> Result<SignalOutcome, EngineError> {
        let config = self.postgres_config(&request.source)?;
        if !config.allow_signals {
            return Err(EngineError::SignalsNotAllowed { name: config.name });
        }
        if request.typed.trim() != request.pid.to_string() {
            return Err(EngineError::PidDiffers { pid: request.pid });
        }
        let name = config.name.clone();
        let looking = self.inner.activities.of(&config.id).lock().source.clone();
        let outcome = match looking.filter(|source| source.allows_signals()) {
            Some(source) => source.signal(request.pid, &request.started, request.signal).await,
            // It is not looked at.
            None => {
                let source = self.blocking(move |engine| engine.own_database(&config)).await?;
                let outcome = source.signal(request.pid, &request.started, request.signal).await;
                source.close().await;
                outcome
            }
        };
        tracing::info!(source = %name, pid = request.pid, signal = ?request.signal, ?outcome, "sent a signal");
        outcome.map_err(EngineError::Database)
    }
}
