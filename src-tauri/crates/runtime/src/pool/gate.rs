//! Admission to the pool: at most `max` inside, the rest in line, first come first served.
//!
//! The line is ours and not deadpool's, whose `resize` forgets only the permits of open connections: a pool
//! that is shrunk before it has filled would go on admitting the old number.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, TryAcquireError};

/// The gate is closed for good.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Closed;

#[derive(Debug)]
struct Size {
    max: usize,
    /// Permits to withdraw as soon as their holders leave, after a shrink below what was in use.
    owed: usize,
}

#[derive(Debug)]
pub(super) struct Gate {
    permits: Arc<Semaphore>,
    size: Mutex<Size>,
    waiting: AtomicUsize,
}

impl Gate {
    pub(super) fn new(max: usize) -> Arc<Self> {
        Arc::new(Self {
            permits: Arc::new(Semaphore::new(max)),
            size: Mutex::new(Size { max, owed: 0 }),
            waiting: AtomicUsize::new(0),
        })
    }

    /// Enters as soon as there is room; counted as waiting until then.
    pub(super) async fn enter(self: &Arc<Self>) -> Result<Pass, Closed> {
        if let Some(pass) = self.try_enter()? {
            return Ok(pass);
        }
        let in_line = InLine::join(&self.waiting);
        let permit = self.permits.clone().acquire_owned().await.map_err(|_| Closed)?;
        drop(in_line);
        Ok(Pass { permit: Some(permit), gate: self.clone() })
    }

    /// Enters if there is room at once.
    pub(super) fn try_enter(self: &Arc<Self>) -> Result<Option<Pass>, Closed> {
        match self.permits.clone().try_acquire_owned() {
            Ok(permit) => Ok(Some(Pass { permit: Some(permit), gate: self.clone() })),
            Err(TryAcquireError::NoPermits) => Ok(None),
            Err(TryAcquireError::Closed) => Err(Closed),
        }
    }

    pub(super) fn max(&self) -> usize {
        self.size.lock().max
    }

    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    pub(super) fn resize(&self, max: usize) {
        let mut size = self.size.lock();
        if max > size.max {
            let more = max - size.max;
            let forgiven = more.min(size.owed);
            size.owed -= forgiven;
            self.permits.add_permits(more - forgiven);
        } else {
            let fewer = size.max - max;
            size.owed += fewer - self.permits.forget_permits(fewer);
        }
        size.max = max;
    }

    pub(super) fn close(&self) {
        self.permits.close();
    }

    pub(super) fn is_closed(&self) -> bool {
        self.permits.is_closed()
    }
}

/// Leave to be inside; given back when dropped.
#[derive(Debug)]
pub(super) struct Pass {
    permit: Option<OwnedSemaphorePermit>,
    gate: Arc<Gate>,
}

impl Drop for Pass {
    fn drop(&mut self) {
        let mut size = self.gate.size.lock();
        let Some(permit) = self.permit.take() else { return };
        if size.owed > 0 {
            size.owed -= 1;
            permit.forget();
        }
    }
}

/// One place in line; a caller that leaves early frees it too.
struct InLine<'a>(&'a AtomicUsize);

impl<'a> InLine<'a> {
    fn join(waiting: &'a AtomicUsize) -> Self {
        waiting.fetch_add(1, Ordering::Relaxed);
        Self(waiting)
    }
}

impl Drop for InLine<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests;
