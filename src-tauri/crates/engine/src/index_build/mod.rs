//! Advice that is applied: indexes created and dropped after a confirmation, judged by what ran since, and rolled back.

mod counts;
mod judge;
mod kept;
mod plan;
mod record;
mod run;
mod start;
mod take_back;
mod unfinished;
mod verdict;

pub(crate) use kept::Builds;
