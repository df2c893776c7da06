//! Where logs come from: files plain or compressed, rotated, of several servers, a pipe, or a file that grows.

mod ahead;
mod compression;
mod files;
mod follow;
mod merge;
mod reader;
mod replay;
#[cfg(test)]
mod tests;

pub use files::{LogFile, SetAside, first_lines, preview};
pub use follow::{Checkpoint, Follower, Polled};
pub use reader::{Batch, LogReader, ReadOptions};
pub use replay::replay;
