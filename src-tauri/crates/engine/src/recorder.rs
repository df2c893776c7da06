//! Writes samples in batches on a thread of its own; what cannot be written waits in memory, up to a bound.

use std::collections::VecDeque;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use domain::{Problem, ProblemCode, Retention, SourceId, Tick};
use history::{History, HistoryError};
use parking_lot::{Condvar, Mutex};

use crate::{Clock, EngineError};

/// About an hour of twenty sources polled every five seconds.
const MOST_WAITING: usize = 14_400;
/// A bound on samples too: one source may bring thousands with each tick.
const MOST_WAITING_SAMPLES: usize = 2_000_000;
/// After a failed write the disk gets a pause.
const RETRY_PAUSE: Duration = Duration::from_secs(5);

pub(crate) struct Recorder {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    queue: Mutex<Queue>,
    wake: Condvar,
}

struct Queue {
    ticks: VecDeque<Tick>,
    samples: usize,
    dropped: u64,
    problem: Option<Problem>,
    retention: Retention,
    stopping: bool,
}

/// How recording fares.
pub(crate) struct RecorderStatus {
    pub waiting: usize,
    pub dropped: u64,
    pub problem: Option<Problem>,
}

impl Recorder {
    pub(crate) fn start(
        history: History,
        clock: Arc<dyn Clock>,
        retention: Retention,
        record_every: Duration,
        maintain_every: Duration,
    ) -> Result<Recorder, EngineError> {
        let queue = Queue {
            ticks: VecDeque::new(),
            samples: 0,
            dropped: 0,
            problem: None,
            retention,
            stopping: false,
        };
        let shared = Arc::new(Shared { queue: Mutex::new(queue), wake: Condvar::new() });
        let worker = Worker { shared: Arc::clone(&shared), history, clock, record_every, maintain_every };
        let thread = std::thread::Builder::new()
            .name("recorder".to_owned())
            .spawn(move || worker.run())
            .map_err(|_| EngineError::Interrupted)?;
        Ok(Recorder { shared, thread: Mutex::new(Some(thread)) })
    }

    pub(crate) fn push(&self, tick: Tick) {
        let mut queue = self.shared.queue.lock();
        queue.samples += tick.samples.len();
        queue.ticks.push_back(tick);
        while queue.ticks.len() > MOST_WAITING || queue.samples > MOST_WAITING_SAMPLES {
            let Some(oldest) = queue.ticks.pop_front() else { break };
            queue.samples = queue.samples.saturating_sub(oldest.samples.len());
            queue.dropped += 1;
        }
    }

    /// Nothing of a removed source is written any more.
    pub(crate) fn forget(&self, source: &SourceId) {
        let mut queue = self.shared.queue.lock();
        for tick in &mut queue.ticks {
            tick.samples.retain(|sample| sample.key.source != *source);
        }
        queue.samples = queue.ticks.iter().map(|tick| tick.samples.len()).sum();
    }

    pub(crate) fn set_retention(&self, retention: Retention) {
        self.shared.queue.lock().retention = retention;
    }

    pub(crate) fn status(&self) -> RecorderStatus {
        let queue = self.shared.queue.lock();
        RecorderStatus { waiting: queue.ticks.len(), dropped: queue.dropped, problem: queue.problem.clone() }
    }

    /// Writes what waits and ends the thread.
    pub(crate) fn stop(&self) {
        self.shared.queue.lock().stopping = true;
        self.shared.wake.notify_all();
        if let Some(thread) = self.thread.lock().take() {
            let _ = thread.join();
        }
    }
}

struct Worker {
    shared: Arc<Shared>,
    history: History,
    clock: Arc<dyn Clock>,
    record_every: Duration,
    maintain_every: Duration,
}

impl Worker {
    fn run(self) {
        let mut maintained = Instant::now();
        let mut not_before = Instant::now();
        loop {
            let (batch, stopping) = self.wait();
            if stopping || Instant::now() >= not_before {
                if !self.write(batch) {
                    not_before = Instant::now() + RETRY_PAUSE;
                }
            } else {
                self.put_back(batch);
            }
            if stopping {
                return;
            }
            if maintained.elapsed() >= self.maintain_every {
                self.maintain();
                maintained = Instant::now();
            }
        }
    }

    fn wait(&self) -> (Vec<Tick>, bool) {
        let mut queue = self.shared.queue.lock();
        if !queue.stopping {
            self.shared.wake.wait_for(&mut queue, self.record_every);
        }
        queue.samples = 0;
        (queue.ticks.drain(..).collect(), queue.stopping)
    }

    /// True when everything handed over is on disk.
    fn write(&self, batch: Vec<Tick>) -> bool {
        if batch.is_empty() {
            return true;
        }
        match self.history.record_all(&batch) {
            Ok(()) => {
                self.shared.queue.lock().problem = None;
                true
            }
            Err(error) => {
                tracing::warn!(%error, waiting = batch.len(), "samples could not be written");
                self.shared.queue.lock().problem = Some(unwritable(&error));
                self.put_back(batch);
                false
            }
        }
    }

    fn put_back(&self, batch: Vec<Tick>) {
        let mut queue = self.shared.queue.lock();
        for tick in batch.into_iter().rev() {
            queue.samples += tick.samples.len();
            queue.ticks.push_front(tick);
        }
    }

    fn maintain(&self) {
        let retention = self.shared.queue.lock().retention.clone();
        if let Err(error) = self.history.maintain(self.clock.now(), &retention) {
            tracing::warn!(%error, "history could not be tidied");
            self.shared.queue.lock().problem = Some(unwritable(&error));
        }
    }
}

fn unwritable(error: &HistoryError) -> Problem {
    Problem {
        code: ProblemCode::Internal,
        message: format!("History cannot be written: {error}."),
        remedy: Some("Free space on the disk or choose a smaller history in Settings; samples wait in memory meanwhile.".to_owned()),
    }
}
