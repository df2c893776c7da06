//! PostgreSQL's own logs: how each format frames and names its fields, and one way to understand the records.

pub(super) mod assemble;
pub(super) mod cloud;
pub(super) mod csvlog;
pub(super) mod infer;
pub(super) mod jsonlog;
pub(super) mod message;
pub(super) mod open;
pub(super) mod prefix;
pub(super) mod record;
pub(super) mod stderr;
pub(super) mod syslog;
pub(super) mod unwrapped;
