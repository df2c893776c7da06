//! A bounded pool of threads for CPU work, so that the window and the network never wait for it.

mod job;
mod meters;
mod pool;

pub use job::{CancelFlag, Job, JobError};
pub use pool::{QueueFull, WorkerError, WorkerOptions, WorkerPool};

#[cfg(test)]
mod tests;
