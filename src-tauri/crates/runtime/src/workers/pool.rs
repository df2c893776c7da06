//! The threads and their queue.

use std::collections::{HashMap, VecDeque};
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};
use tokio::sync::oneshot;

use super::job::{CancelFlag, Job, JobError};
use super::meters::{Meters, Status};
use crate::coalesce::message_of;
use crate::metrics::{MetricsError, Registry};

/// Settings of a pool of workers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WorkerOptions {
    /// Threads; 0 counts as 1.
    pub threads: usize,
    /// Tasks that may wait when every thread is at work; further ones are turned away.
    pub queue_limit: usize,
    /// For tasks that name none: from handing in to the result.
    pub default_timeout: Duration,
}

impl Default for WorkerOptions {
    fn default() -> Self {
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        // One core stays free for the window and the network.
        Self {
            threads: threads.saturating_sub(1).max(1),
            queue_limit: 64,
            default_timeout: Duration::from_secs(60),
        }
    }
}

/// Why the pool could not start.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    /// The system gave no thread.
    #[error("cannot start a worker thread: {0}")]
    Thread(#[from] io::Error),
    /// The metric families are taken.
    #[error(transparent)]
    Metrics(#[from] MetricsError),
}

/// Every thread is at work and the queue is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("all workers are busy and {limit} tasks wait already: try again later")]
pub struct QueueFull {
    pub limit: usize,
}

struct Task {
    name: &'static str,
    flag: CancelFlag,
    run: Box<dyn FnOnce() -> Status + Send>,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Task>,
    running: HashMap<u64, CancelFlag>,
    started: u64,
    stopping: bool,
}

struct Shared {
    options: WorkerOptions,
    state: Mutex<State>,
    changed: Condvar,
    meters: Meters,
}

/// A bounded pool of threads. Dropping it cancels what runs, forgets what waits, and waits for nothing.
pub struct WorkerPool {
    shared: Arc<Shared>,
}

impl std::fmt::Debug for WorkerPool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("WorkerPool").field("options", &self.shared.options).finish_non_exhaustive()
    }
}

impl WorkerPool {
    /// Starts the threads.
    ///
    /// # Errors
    /// [`WorkerError`] when the system gives no thread or the metric names are taken.
    pub fn new(mut options: WorkerOptions, registry: &Registry) -> Result<Self, WorkerError> {
        options.threads = options.threads.max(1);
        let meters = Meters::new(registry)?;
        let shared = Arc::new(Shared { options, state: Mutex::default(), changed: Condvar::new(), meters });
        // Made first, so that an error below stops the threads that did start.
        let pool = Self { shared };
        for number in 0..options.threads {
            let shared = pool.shared.clone();
            shared.meters.available.inc();
            let spawned = std::thread::Builder::new().name(format!("worker-{number}")).spawn({
                let shared = shared.clone();
                move || shared.work()
            });
            spawned.inspect_err(|_| shared.meters.available.dec())?;
        }
        Ok(pool)
    }

    /// Hands in a task with the default timeout. `name` is its kind, for metrics and errors.
    ///
    /// # Errors
    /// [`QueueFull`], at once: whoever calls decides whether to wait, to drop the work or to say so.
    pub fn submit<T, F>(&self, name: &'static str, work: F) -> Result<Job<T>, QueueFull>
    where
        T: Send + 'static,
        F: FnOnce(&CancelFlag) -> T + Send + 'static,
    {
        self.submit_within(name, self.shared.options.default_timeout, work)
    }

    /// Hands in a task that must be done within `timeout`, its wait in the queue included. Past it the
    /// caller gets [`JobError::TimedOut`], the task is told to stop, and one still waiting never begins.
    ///
    /// # Errors
    /// [`QueueFull`], at once.
    pub fn submit_within<T, F>(
        &self,
        name: &'static str,
        timeout: Duration,
        work: F,
    ) -> Result<Job<T>, QueueFull>
    where
        T: Send + 'static,
        F: FnOnce(&CancelFlag) -> T + Send + 'static,
    {
        let flag = CancelFlag::new(Instant::now().checked_add(timeout));
        let (answer, result) = oneshot::channel();
        let run = {
            let flag = flag.clone();
            Box::new(move || {
                let (status, outcome) = attempt(name, timeout, &flag, work);
                // An error means that nobody waits any more.
                let _ = answer.send(outcome);
                status
            })
        };
        self.shared.enqueue(Task { name, flag: flag.clone(), run })?;
        Ok(Job { name, after: timeout, flag, result, timer: None })
    }
}

impl Drop for WorkerPool {
    fn drop(&mut self) {
        let mut state = self.shared.state.lock();
        state.stopping = true;
        state.running.values().for_each(CancelFlag::cancel);
        let forgotten = std::mem::take(&mut state.queue);
        self.shared.meters.queued.sub(forgotten.len() as f64);
        drop(state);
        self.shared.changed.notify_all();
    }
}

impl Shared {
    fn enqueue(&self, task: Task) -> Result<(), QueueFull> {
        let mut state = self.state.lock();
        let limit = self.options.queue_limit;
        if state.queue.len() + state.running.len() >= self.options.threads + limit {
            return Err(QueueFull { limit });
        }
        state.queue.push_back(task);
        self.meters.queued.inc();
        drop(state);
        self.changed.notify_one();
        Ok(())
    }

    /// The life of one thread.
    fn work(&self) {
        while let Some((number, task)) = self.next() {
            self.meters.available.dec();
            self.meters.active.inc();
            self.run(task);
            self.meters.active.dec();
            self.meters.available.inc();
            self.state.lock().running.remove(&number);
        }
        self.meters.available.dec();
    }

    fn next(&self) -> Option<(u64, Task)> {
        let mut state = self.state.lock();
        loop {
            if state.stopping {
                return None;
            }
            if let Some(task) = state.queue.pop_front() {
                self.meters.queued.dec();
                state.started += 1;
                let number = state.started;
                state.running.insert(number, task.flag.clone());
                return Some((number, task));
            }
            self.changed.wait(&mut state);
        }
    }

    fn run(&self, task: Task) {
        let started = Instant::now();
        if let Some(status) = given_up(&task.flag, started) {
            self.meters.ended(task.name, status, None);
            // The answer's channel closes with the task: its job sees why from the flag.
            return;
        }
        let status = (task.run)();
        self.meters.ended(task.name, status, Some(started.elapsed()));
    }
}

fn attempt<T>(
    name: &'static str,
    after: Duration,
    flag: &CancelFlag,
    work: impl FnOnce(&CancelFlag) -> T,
) -> (Status, Result<T, JobError>) {
    match catch_unwind(AssertUnwindSafe(|| work(flag))) {
        Err(panic) => (Status::Error, Err(JobError::Panicked { name, message: message_of(&*panic) })),
        Ok(value) => match given_up(flag, Instant::now()) {
            None => (Status::Success, Ok(value)),
            Some(Status::Timeout) => (Status::Timeout, Err(JobError::TimedOut { name, after })),
            // A task that was told to stop returns whatever it has: not a result.
            Some(status) => (status, Err(JobError::Cancelled { name })),
        },
    }
}

/// Late counts before cancelled, since a caller whose time is up cancels too.
fn given_up(flag: &CancelFlag, now: Instant) -> Option<Status> {
    if flag.is_late(now) { Some(Status::Timeout) } else { flag.was_cancelled().then_some(Status::Cancelled) }
}
