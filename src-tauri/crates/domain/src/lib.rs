//! The vocabulary: plain data that every layer shares; no async, no clock, no I/O.

pub mod catalog;
pub mod chart;
pub mod connection;
pub mod event;
pub mod finding;
pub mod fix;
pub mod index_advice;
pub mod n_plus_one;
pub mod overview;
pub mod pools;
pub mod queries;
pub mod reading;
pub mod replay;
pub mod sample;
pub mod settings;
pub mod source;
pub mod time;

pub use catalog::*;
pub use chart::*;
pub use connection::*;
pub use event::*;
pub use finding::*;
pub use fix::*;
pub use index_advice::*;
pub use n_plus_one::*;
pub use overview::*;
pub use pools::*;
pub use queries::*;
pub use reading::*;
pub use replay::*;
pub use sample::*;
pub use settings::*;
pub use source::*;
pub use time::*;
