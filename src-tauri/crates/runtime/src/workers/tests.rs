//! Workers as a caller sees them.

use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::*;
use crate::metrics::Registry;

const LONG: Duration = Duration::from_secs(20);

fn pool(threads: usize, queue_limit: usize) -> (WorkerPool, Registry) {
    let registry = Registry::new();
    let options = WorkerOptions { threads, queue_limit, default_timeout: LONG };
    (WorkerPool::new(options, &registry).unwrap(), registry)
}

/// Waits for the exposition to show a line: threads report just after they answer.
async fn shows(registry: &Registry, line: &str) {
    let deadline = Instant::now() + LONG;
    while !registry.render().lines().any(|l| l == line) {
        assert!(Instant::now() < deadline, "never saw {line} in\n{}", registry.render());
        tokio::task::yield_now().await;
    }
}

/// Work that goes on until it is told to stop, and says so.
fn until_stopped(stopped: mpsc::Sender<()>) -> impl FnOnce(&CancelFlag) + Send + 'static {
    move |flag| {
        while !flag.is_cancelled() {
            std::hint::spin_loop();
        }
        stopped.send(()).unwrap();
    }
}

#[tokio::test]
async fn a_task_gives_its_result_and_is_counted() {
    let (pool, registry) = pool(2, 4);
    assert_eq!(pool.submit("sum", |_| (1..=10).sum::<u32>()).unwrap().await, Ok(55));
    shows(&registry, r#"worker_pool_tasks_processed_total{status="success",task_type="sum"} 1"#).await;
    shows(&registry, r#"worker_pool_task_duration_seconds_count{task_type="sum"} 1"#).await;
    shows(&registry, "worker_pool_available_workers 2").await;
    shows(&registry, "worker_pool_active_workers 0").await;
}

#[tokio::test]
async fn a_panic_is_an_error_and_the_worker_lives_on() {
    let (pool, registry) = pool(1, 4);
    let job = pool.submit("parse", |_| -> u32 { panic!("line 7") }).unwrap();
    assert_eq!(job.await, Err(JobError::Panicked { name: "parse", message: "line 7".into() }));
    assert_eq!(pool.submit("parse", |_| 1).unwrap().await, Ok(1));
    shows(&registry, r#"worker_pool_tasks_processed_total{status="error",task_type="parse"} 1"#).await;
}

#[tokio::test]
async fn a_full_queue_turns_tasks_away_at_once() {
    let (pool, registry) = pool(1, 1);
    let (release, gate) = mpsc::channel::<()>();
    let busy = pool.submit("busy", move |_| gate.recv().is_ok()).unwrap();
    let waits = pool.submit("waits", |_| 2).unwrap();
    assert_eq!(pool.submit("late", |_| 3).unwrap_err(), QueueFull { limit: 1 });
    shows(&registry, "worker_pool_queue_size 1").await;
    shows(&registry, "worker_pool_active_workers 1").await;
    release.send(()).unwrap();
    assert_eq!(busy.await, Ok(true));
    assert_eq!(waits.await, Ok(2));
    shows(&registry, "worker_pool_queue_size 0").await;
    // The first task still counts as running for an instant after its answer: wait for its leave.
    shows(&registry, "worker_pool_active_workers 0").await;
}

#[tokio::test]
async fn a_timeout_answers_the_caller_and_stops_the_work() {
    let (pool, registry) = pool(1, 4);
    let (stopped, told) = mpsc::channel();
    let after = Duration::from_millis(20);
    let job = pool.submit_within("slow", after, until_stopped(stopped)).unwrap();
    assert_eq!(job.await, Err(JobError::TimedOut { name: "slow", after }));
    told.recv_timeout(LONG).unwrap();
    shows(&registry, r#"worker_pool_tasks_processed_total{status="timeout",task_type="slow"} 1"#).await;
}

#[tokio::test]
async fn cancelling_and_dropping_stop_the_work() {
    let (pool, registry) = pool(1, 4);
    let (stopped, told) = mpsc::channel();
    let job = pool.submit("export", until_stopped(stopped.clone())).unwrap();
    job.cancel();
    assert_eq!(job.await, Err(JobError::Cancelled { name: "export" }));
    let (stopped_too, _keep) = (stopped.clone(), stopped);
    drop(pool.submit("export", until_stopped(stopped_too)).unwrap());
    shows(&registry, r#"worker_pool_tasks_processed_total{status="cancelled",task_type="export"} 2"#).await;
    drop(told);
    assert_eq!(pool.submit("next", |_| 1).unwrap().await, Ok(1));
}

#[tokio::test]
async fn a_task_cancelled_in_the_queue_never_begins() {
    let (pool, _registry) = pool(1, 4);
    let (release, gate) = mpsc::channel::<()>();
    let busy = pool.submit("busy", move |_| gate.recv().is_ok()).unwrap();
    let (began, begun) = mpsc::channel();
    drop(pool.submit("unwanted", move |_| began.send(()).is_ok()).unwrap());
    release.send(()).unwrap();
    assert_eq!(busy.await, Ok(true));
    assert_eq!(begun.recv_timeout(LONG), Err(mpsc::RecvTimeoutError::Disconnected));
}

#[tokio::test]
async fn dropping_the_pool_cancels_what_runs_and_answers_who_waits() {
    let (pool, registry) = pool(1, 4);
    let (stopped, told) = mpsc::channel();
    let running = pool.submit("long", until_stopped(stopped)).unwrap();
    shows(&registry, "worker_pool_active_workers 1").await;
    let waiting = pool.submit("waits", |_| 1).unwrap();
    drop(pool);
    assert_eq!(waiting.await, Err(JobError::Stopped { name: "waits" }));
    told.recv_timeout(LONG).unwrap();
    assert_eq!(running.await, Err(JobError::Cancelled { name: "long" }));
    shows(&registry, "worker_pool_available_workers 0").await;
}
