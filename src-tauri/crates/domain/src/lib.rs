//! The vocabulary: plain data that every layer shares; no async, no clock, no I/O.

pub mod chart;
pub mod connection;
pub mod event;
pub mod finding;
pub mod overview;
pub mod pools;
pub mod reading;
pub mod sample;
pub mod settings;
pub mod source;
pub mod time;

pub use chart::*;
pub use connection::*;
pub use event::*;
pub use finding::*;
pub use overview::*;
pub use pools::*;
pub use reading::*;
pub use sample::*;
pub use settings::*;
pub use source::*;
pub use time::*;
