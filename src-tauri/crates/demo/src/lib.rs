//! A small hosting panel on real servers that misbehaves on request.
//!
//! [`Demo::start`] starts PostgreSQL, PgBouncer and Redis on loopback, fills the database with a hosting business, and
//! runs a panel over them that can be told to saturate its pool, leak connections, hold transactions open and so on
//! ([`Scenario`]).

mod clock;
mod data;
mod database;
mod demo;
mod load;
mod misbehave;
mod options;
mod panel;
mod random;
mod scenario;
mod serve;

pub use data::{DataOptions, load as load_data};
pub use demo::Demo;
pub use options::{DemoError, DemoOptions, Endpoints, Missing, Progress, SqlEndpoint};
pub use scenario::{Scenario, UnknownScenario};
pub use servers::Program;
