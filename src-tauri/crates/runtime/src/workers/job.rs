//! A task handed in: awaited, cancelled, or given up in time.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use tokio::sync::oneshot;
use tokio::time::Sleep;

/// Why a task gave no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JobError {
    /// It was cancelled.
    #[error("{name} was cancelled")]
    Cancelled { name: &'static str },
    /// It was not done in time, its wait in the queue included.
    #[error("{name} was stopped because it was not done within {after:?}: give it less to do or more time")]
    TimedOut { name: &'static str, after: Duration },
    /// It panicked; the worker lives on.
    #[error("{name} failed unexpectedly ({message})")]
    Panicked { name: &'static str, message: Arc<str> },
    /// The pool was dropped first.
    #[error("{name} was not done because the workers were stopped")]
    Stopped { name: &'static str },
}

impl JobError {
    /// Stable name of the error, for code that must tell them apart.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Cancelled { .. } => "job_cancelled",
            Self::TimedOut { .. } => "job_timeout",
            Self::Panicked { .. } => "job_panicked",
            Self::Stopped { .. } => "job_stopped",
        }
    }
}

/// Tells a running task to stop. A thread cannot be ended from outside: long work asks this now and then.
#[derive(Debug, Clone)]
pub struct CancelFlag {
    cancelled: Arc<AtomicBool>,
    deadline: Option<Instant>,
}

impl CancelFlag {
    pub(super) fn new(deadline: Option<Instant>) -> Self {
        Self { cancelled: Arc::default(), deadline }
    }

    /// Whether to stop now: cancelled, or past the deadline.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.was_cancelled() || self.is_late(Instant::now())
    }

    /// Asks the task to stop.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    pub(super) fn was_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    pub(super) fn is_late(&self, now: Instant) -> bool {
        self.deadline.is_some_and(|deadline| now >= deadline)
    }
}

/// A task in the queue or at work. Await it for the result; dropping it cancels the task.
#[derive(Debug)]
#[must_use = "dropping a job cancels it"]
pub struct Job<T> {
    pub(super) name: &'static str,
    pub(super) after: Duration,
    pub(super) flag: CancelFlag,
    pub(super) result: oneshot::Receiver<Result<T, JobError>>,
    /// Made at the first poll: handing in a task needs no timer running, awaiting it does.
    pub(super) timer: Option<Pin<Box<Sleep>>>,
}

impl<T> Job<T> {
    /// Asks the task to stop; awaiting then answers [`JobError::Cancelled`], unless the result is there.
    pub fn cancel(&self) {
        self.flag.cancel();
    }

    /// The flag of this task, to cancel it from elsewhere.
    #[must_use]
    pub fn flag(&self) -> CancelFlag {
        self.flag.clone()
    }

    fn abandoned(&self) -> JobError {
        let name = self.name;
        if self.flag.was_cancelled() {
            JobError::Cancelled { name }
        } else if self.flag.is_late(Instant::now()) {
            JobError::TimedOut { name, after: self.after }
        } else {
            JobError::Stopped { name }
        }
    }
}

impl<T> Future for Job<T> {
    type Output = Result<T, JobError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = &mut *self;
        if let Poll::Ready(result) = Pin::new(&mut this.result).poll(cx) {
            return Poll::Ready(result.unwrap_or_else(|_| Err(this.abandoned())));
        }
        if this.flag.was_cancelled() {
            return Poll::Ready(Err(JobError::Cancelled { name: this.name }));
        }
        let Some(deadline) = this.flag.deadline else { return Poll::Pending };
        let timer = this.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline.into())));
        if timer.as_mut().poll(cx).is_ready() {
            this.flag.cancel();
            return Poll::Ready(Err(JobError::TimedOut { name: this.name, after: this.after }));
        }
        Poll::Pending
    }
}

impl<T> Drop for Job<T> {
    fn drop(&mut self) {
        self.flag.cancel();
    }
}
