//! Schedules, records, judges, broadcasts: the one facade for every shell, which re-exports what they show.

mod charts;
mod clock;
mod drafts;
mod engine;
mod error;
pub mod explain;
mod findings;
pub mod health;
pub mod index_advice;
mod index_build;
mod judging;
mod layers;
mod marks;
mod options;
mod overview;
mod own_metrics;
mod passwords;
mod polling;
mod pools;
mod recent;
mod recorder;
pub mod replay;
mod samples;
mod schedule;
mod servers;
mod settings;
mod sources;
mod status;
mod watched;

pub use clock::{Clock, SystemClock};
pub use domain;
pub use engine::Engine;
pub use error::EngineError;
pub use options::{EngineOptions, HealthOptions, PasswordPlace};
pub use reports;
