//! Engine events on their way to the window, in batches: at most two a second.

use std::time::Duration;

use engine::domain::EngineEvent;
use tauri::{AppHandle, Emitter, Manager};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use crate::state::AppState;

const EVENT: &str = "engine-events";
/// Every batch wakes the page, which costs more than what is in it.
const BATCH_EVERY: Duration = Duration::from_millis(500);

pub(crate) fn forward(app: AppHandle) {
    tauri::async_runtime::spawn(async move {
        let Ok(engine) = app.state::<AppState>().engine().await else { return };
        let mut events = engine.subscribe();
        while let Some(first) = next(&mut events).await {
            tokio::time::sleep(BATCH_EVERY).await;
            let mut batch = vec![first];
            while let Ok(event) = events.try_recv() {
                supersede(&mut batch, event);
            }
            let _ = app.emit(EVENT, &batch);
        }
    });
}

/// The next event; a window that fell behind goes on with what is newest.
async fn next(events: &mut Receiver<EngineEvent>) -> Option<EngineEvent> {
    loop {
        match events.recv().await {
            Ok(event) => return Some(event),
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return None,
        }
    }
}

/// Within a batch only the newest word on a subject is worth sending.
fn supersede(batch: &mut Vec<EngineEvent>, event: EngineEvent) {
    batch.retain(|old| !same_subject(old, &event));
    batch.push(event);
}

fn same_subject(a: &EngineEvent, b: &EngineEvent) -> bool {
    match (a, b) {
        (EngineEvent::Polled { source: a, .. }, EngineEvent::Polled { source: b, .. })
        | (EngineEvent::ActivitySampled { source: a, .. }, EngineEvent::ActivitySampled { source: b, .. })
        | (EngineEvent::StatementsRead { source: a, .. }, EngineEvent::StatementsRead { source: b, .. })
        | (EngineEvent::HealthRead { source: a, .. }, EngineEvent::HealthRead { source: b, .. })
        | (EngineEvent::KeyspaceChanged { source: a, .. }, EngineEvent::KeyspaceChanged { source: b, .. }) => {
            a == b
        }
        (EngineEvent::SourceChanged { status: a }, EngineEvent::SourceChanged { status: b }) => {
            a.config.id == b.config.id
        }
        (EngineEvent::ReplayChanged { replay: a }, EngineEvent::ReplayChanged { replay: b }) => a.id == b.id,
        (EngineEvent::AdviceChanged { advice: a }, EngineEvent::AdviceChanged { advice: b }) => a.id == b.id,
        (EngineEvent::IndexBuildChanged { build: a }, EngineEvent::IndexBuildChanged { build: b }) => {
            a.id == b.id
        }
        (EngineEvent::FindingsChanged { .. }, EngineEvent::FindingsChanged { .. })
        | (EngineEvent::StatusChanged { .. }, EngineEvent::StatusChanged { .. }) => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use engine::domain::{SourceId, Timestamp};

    use super::*;

    #[test]
    fn a_batch_keeps_the_newest_word_on_each_subject() {
        let polled = |id: &str, at| EngineEvent::Polled { source: SourceId::new(id), at: Timestamp(at) };
        let found = || EngineEvent::FindingsChanged { open: Vec::new() };
        let mut batch = vec![polled("a", 1)];
        for event in [polled("b", 2), found(), polled("a", 3), found()] {
            supersede(&mut batch, event);
        }
        assert_eq!(batch, [polled("b", 2), polled("a", 3), found()]);
    }
}
