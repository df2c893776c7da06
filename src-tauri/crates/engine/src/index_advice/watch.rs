//! How advice is watched and stopped while it is worked out.

use std::future::Future;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use analysis::index_advice::Progress;
use domain::{AdviceProgress, AdviceStep};
use tokio_util::sync::CancellationToken;

/// Progress is told this often.
const TELL_EVERY: Duration = Duration::from_millis(200);

/// What a shell gives along.
pub struct AdviceControl {
    /// Cancelled to stop: what was found until then is told.
    pub cancel: CancellationToken,
    /// Told now and then how far it is.
    pub progress: Box<dyn FnMut(AdviceProgress) + Send>,
}

impl Default for AdviceControl {
    fn default() -> AdviceControl {
        AdviceControl { cancel: CancellationToken::new(), progress: Box::new(|_| {}) }
    }
}

pub(super) struct Watch {
    control: AdviceControl,
    step: AdviceStep,
    candidates: usize,
    /// When the step began.
    began: Instant,
    told: Option<Instant>,
    /// Questions when the choice was last asked to go on; fewer mean that it began anew.
    calls: u64,
}

impl Watch {
    pub(super) fn new(control: AdviceControl) -> Watch {
        Watch {
            control,
            step: AdviceStep::Workload,
            candidates: 0,
            began: Instant::now(),
            told: None,
            calls: 0,
        }
    }

    pub(super) fn is_cancelled(&self) -> bool {
        self.control.cancel.is_cancelled()
    }

    /// The outcome, unless the person no longer waits for it.
    pub(super) async fn unless_cancelled<T>(&mut self, work: impl Future<Output = T>) -> Option<T> {
        self.control.cancel.run_until_cancelled(work).await
    }

    /// Says that a step goes on.
    pub(super) fn tell(&mut self, step: AdviceStep) {
        self.enter(step);
        self.progress(Progress::default());
    }

    /// Says that the choice begins among so many candidates.
    pub(super) fn choosing_among(&mut self, candidates: usize) {
        self.candidates = candidates;
        self.tell(AdviceStep::Choosing);
    }

    /// Says how far the choice is; breaks it off when time is up or it was cancelled.
    pub(super) fn choosing(&mut self, progress: Progress, most: Duration) -> ControlFlow<()> {
        if progress.calls < self.calls {
            // The planner is gone, and our own model starts from nothing.
            self.began = Instant::now();
        }
        self.calls = progress.calls;
        if self.is_cancelled() || self.began.elapsed() >= most {
            return ControlFlow::Break(());
        }
        self.progress(progress);
        ControlFlow::Continue(())
    }

    fn enter(&mut self, step: AdviceStep) {
        if step != self.step {
            self.step = step;
            self.began = Instant::now();
            self.told = None;
        }
    }

    fn progress(&mut self, progress: Progress) {
        let now = Instant::now();
        if self.told.is_some_and(|told| now.duration_since(told) < TELL_EVERY) {
            return;
        }
        self.told = Some(now);
        (self.control.progress)(AdviceProgress {
            step: self.step,
            candidates: self.candidates,
            what_if_calls: progress.calls,
            seconds: self.began.elapsed().as_secs_f64(),
            cost_before: progress.cost_before,
            cost_best: progress.cost_best,
            indexes_best: progress.indexes_best,
        });
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use parking_lot::Mutex;

    use super::*;

    #[test]
    fn each_step_is_told_at_once_and_a_choice_ends_in_time() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&told);
        let cancel = CancellationToken::new();
        let control = AdviceControl {
            cancel: cancel.clone(),
            progress: Box::new(move |progress| heard.lock().push((progress.step, progress.candidates))),
        };
        let mut watch = Watch::new(control);
        watch.tell(AdviceStep::Workload);
        watch.tell(AdviceStep::Workload);
        watch.tell(AdviceStep::Catalog);
        watch.choosing_among(7);
        let asked = Progress { calls: 5, ..Progress::default() };
        let most = Duration::from_secs(3_600);
        assert!(watch.choosing(asked, most).is_continue());
        assert!(watch.choosing(asked, Duration::ZERO).is_break());
        assert!(watch.choosing(asked, most).is_continue());
        cancel.cancel();
        assert!(watch.choosing(asked, most).is_break());
        assert_eq!(
            *told.lock(),
            [(AdviceStep::Workload, 0), (AdviceStep::Catalog, 0), (AdviceStep::Choosing, 7)]
        );
    }
}
