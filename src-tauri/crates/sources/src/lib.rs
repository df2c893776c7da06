//! The only code that contacts monitored systems: one folder for each kind, all behind [`Source`].

mod http;
pub mod logs;
pub mod mpanel;
mod open;
pub mod pgbouncer;
pub mod postgres;
pub mod prometheus;
pub mod redis;
mod source;

pub use open::{SourceContext, open};
pub use source::Source;
