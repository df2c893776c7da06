//! The only code that contacts monitored systems: one folder for each kind, all behind [`Source`].

pub mod compression;
mod http;
pub mod logs;
pub mod mpanel;
mod open;
pub mod pgbouncer;
pub mod postgres;
mod problem;
pub mod prometheus;
pub mod redis;
mod source;
mod tls;

pub use open::{Opened, SourceContext, open};
pub use source::Source;
