//! Advice of this console: what runs, what is kept, and what can still be chosen anew.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::{
    AdviceFormat, AdviceId, AdviceLimits, AdviceProgress, AdviceState, AdviceStatus, EngineEvent,
    IndexAdvice, ScriptChoice, ScriptFile, ScriptKind,
};
use parking_lot::Mutex;
use tokio_util::sync::CancellationToken;

use super::again::{AdviceAgain, totals};
use super::limits;
use crate::{Engine, EngineError};

/// Kept ones beyond this are removed, the oldest first.
const MOST_KEPT: usize = 100;
/// Of so many the newest, all that was learned stays in memory.
const MOST_AGAIN: usize = 4;

/// Statuses by number, and how to stop those that run.
#[derive(Default)]
pub(crate) struct Advices {
    all: Mutex<BTreeMap<u64, Known>>,
    /// The highest number given; one that was removed while it ran must not be taken for another.
    given: AtomicU64,
    /// What was asked for last: its page asks for it again.
    last: Mutex<Option<Arc<IndexAdvice>>>,
    again: Mutex<VecDeque<(AdviceId, Arc<AdviceAgain>)>>,
}

struct Known {
    status: AdviceStatus,
    cancel: Option<CancellationToken>,
}

impl Advices {
    pub(crate) fn restore(kept: Vec<AdviceStatus>) -> Advices {
        let known = |status: AdviceStatus| Some((number(&status.id)?, Known { status, cancel: None }));
        let all: BTreeMap<u64, Known> = kept.into_iter().filter_map(known).collect();
        let given = AtomicU64::new(all.keys().next_back().copied().unwrap_or(0));
        Advices { all: Mutex::new(all), given, ..Advices::default() }
    }

    /// Takes a number for what is about to run.
    pub(super) fn begin(
        &self,
        cancel: CancellationToken,
        status: impl FnOnce(AdviceId) -> AdviceStatus,
    ) -> AdviceStatus {
        let number = self.given.fetch_add(1, Ordering::Relaxed) + 1;
        let status = status(AdviceId(number.to_string()));
        self.all.lock().insert(number, Known { status: status.clone(), cancel: Some(cancel) });
        status
    }

    /// None where it was removed meanwhile.
    pub(super) fn progress(&self, id: &AdviceId, progress: AdviceProgress) -> Option<AdviceStatus> {
        let mut all = self.all.lock();
        let known = all.get_mut(&number(id)?)?;
        known.status.state = AdviceState::Running { progress };
        Some(known.status.clone())
    }

    /// False where it was removed meanwhile.
    pub(super) fn end(&self, status: AdviceStatus) -> bool {
        let mut all = self.all.lock();
        let known = number(&status.id).and_then(|number| all.get_mut(&number));
        known.map(|known| *known = Known { status, cancel: None }).is_some()
    }

    pub(super) fn remember(&self, advice: IndexAdvice, again: Option<AdviceAgain>) {
        if let Some(again) = again {
            let mut kept = self.again.lock();
            kept.retain(|(id, _)| *id != advice.id);
            kept.push_back((advice.id.clone(), Arc::new(again)));
            while kept.len() > MOST_AGAIN {
                kept.pop_front();
            }
        }
        *self.last.lock() = Some(Arc::new(advice));
    }

    fn forget(&self, id: &AdviceId) {
        if let Some(number) = number(id) {
            self.all.lock().remove(&number);
        }
        self.again.lock().retain(|(known, _)| known != id);
        self.last.lock().take_if(|known| known.id == *id);
    }

    fn status(&self, id: &AdviceId) -> Result<AdviceStatus, EngineError> {
        let all = self.all.lock();
        let known = number(id).and_then(|number| all.get(&number));
        Ok(known.ok_or_else(|| EngineError::AdviceNotFound(id.clone()))?.status.clone())
    }

    fn oldest_of_too_many(&self) -> Option<AdviceId> {
        let all = self.all.lock();
        let oldest = all.values().find(|known| known.cancel.is_none())?;
        (all.len() > MOST_KEPT).then(|| oldest.status.id.clone())
    }
}

fn number(id: &AdviceId) -> Option<u64> {
    id.0.parse().ok()
}

impl Engine {
    /// Advice, the newest first.
    pub fn advices(&self) -> Vec<AdviceStatus> {
        self.inner.advices.all.lock().values().rev().map(|known| known.status.clone()).collect()
    }

    /// Stops looking; what was found until then is told. Advice that is there stays as it is.
    ///
    /// # Errors
    /// `advice_not_found`
    pub fn cancel_advice(&self, id: &AdviceId) -> Result<(), EngineError> {
        let all = self.inner.advices.all.lock();
        let known = number(id).and_then(|number| all.get(&number));
        let known = known.ok_or_else(|| EngineError::AdviceNotFound(id.clone()))?;
        if let Some(cancel) = &known.cancel {
            cancel.cancel();
        }
        Ok(())
    }

    /// All that was found.
    ///
    /// # Errors
    /// `advice_not_found`, also for what is still looked for; `damaged`.
    pub async fn advice(&self, id: AdviceId) -> Result<IndexAdvice, EngineError> {
        self.blocking(move |engine| engine.stored_advice(&id).map(|advice| IndexAdvice::clone(&advice))).await
    }

    pub(crate) fn stored_advice(&self, id: &AdviceId) -> Result<Arc<IndexAdvice>, EngineError> {
        if let Some(known) = &*self.inner.advices.last.lock()
            && known.id == *id
        {
            return Ok(Arc::clone(known));
        }
        let advice = self.inner.advice_store.advice(id)?;
        let advice = Arc::new(advice.ok_or_else(|| EngineError::AdviceNotFound(id.clone()))?);
        *self.inner.advices.last.lock() = Some(Arc::clone(&advice));
        Ok(advice)
    }

    /// Chooses anew under another budget or another limit on the cost of writes, and keeps that.
    ///
    /// # Errors
    /// `advice_not_found`, `invalid_limits`; `advice_forgotten` where what was learned is no longer in memory.
    pub async fn limit_advice(&self, id: AdviceId, limits: AdviceLimits) -> Result<IndexAdvice, EngineError> {
        self.blocking(move |engine| engine.limit_advice_now(&id, &limits)).await
    }

    fn limit_advice_now(&self, id: &AdviceId, limits: &AdviceLimits) -> Result<IndexAdvice, EngineError> {
        limits::check(limits)?;
        let status = self.inner.advices.status(id)?;
        let again = {
            let kept = self.inner.advices.again.lock();
            kept.iter().find(|(known, _)| known == id).map(|(_, again)| Arc::clone(again))
        };
        let mut advice = again.ok_or_else(|| EngineError::AdviceForgotten(id.clone()))?.limit(limits);
        advice.partial |= status.state == AdviceState::Cancelled;
        let request = advice.request.clone();
        self.keep_advice(AdviceStatus { request, totals: Some(totals(&advice)), ..status }, &advice, None);
        Ok(advice)
    }

    /// Keeps what was found, then says so. What cannot be written can still be looked at while the console runs.
    pub(super) fn keep_advice(&self, status: AdviceStatus, advice: &IndexAdvice, again: Option<AdviceAgain>) {
        if let Err(error) = self.inner.advice_store.save(&status, advice) {
            tracing::warn!(%error, "index advice could not be kept");
        }
        self.inner.advices.remember(advice.clone(), again);
        self.advice_is_over(status);
        while let Some(oldest) = self.inner.advices.oldest_of_too_many() {
            if let Err(error) = self.remove_advice_now(&oldest) {
                tracing::warn!(%error, "old index advice could not be removed");
                return;
            }
        }
    }

    pub(super) fn advice_is_over(&self, status: AdviceStatus) {
        if self.inner.advices.end(status.clone()) {
            self.emit(EngineEvent::AdviceChanged { advice: status });
        } else if let Err(error) = self.forget_advice(&status.id) {
            tracing::warn!(%error, "index advice that was removed while it ran is still kept");
        }
    }

    /// Forgets advice; one that is looked for is stopped first.
    ///
    /// # Errors
    /// `advice_not_found`
    pub async fn remove_advice(&self, id: AdviceId) -> Result<(), EngineError> {
        self.blocking(move |engine| {
            engine.cancel_advice(&id)?;
            engine.remove_advice_now(&id)
        })
        .await
    }

    fn remove_advice_now(&self, id: &AdviceId) -> Result<(), EngineError> {
        self.forget_advice(id)?;
        self.emit(EngineEvent::AdviceRemoved { advice: id.clone() });
        Ok(())
    }

    fn forget_advice(&self, id: &AdviceId) -> Result<(), EngineError> {
        self.inner.advices.forget(id);
        self.inner.advice_store.remove(id)?;
        Ok(())
    }

    /// The files that create and drop what is chosen.
    ///
    /// # Errors
    /// `advice_not_found`, `advice_nothing_chosen`, `advice_unknown_suggestion`, `advice_not_writable`
    pub async fn advice_script(
        &self,
        id: AdviceId,
        choice: ScriptChoice,
        kind: ScriptKind,
    ) -> Result<Vec<ScriptFile>, EngineError> {
        self.blocking(move |engine| {
            Ok(reports::index_advice::script(&*engine.stored_advice(&id)?, &choice, kind)?)
        })
        .await
    }

    /// Advice in one of its forms.
    ///
    /// # Errors
    /// `advice_not_found`
    pub async fn export_advice(&self, id: AdviceId, format: AdviceFormat) -> Result<String, EngineError> {
        self.blocking(move |engine| Ok(reports::index_advice::render(&*engine.stored_advice(&id)?, format)?))
            .await
    }
}
