//! What lies in a Redis, from a stream of key names and the measures of some: by prefix, type, tag, time to live and size.
//!
//! Memory is bounded whatever the names are: nothing is kept for a key but the largest fifty.

mod ages;
mod biggest;
mod group;
mod layout;
mod median;
mod prefix;
mod prefixes;
mod sampling;
mod shown;
mod snapshot;
mod tags;
mod tally;

#[cfg(test)]
mod cases;
#[cfg(test)]
mod properties;

pub use shown::shown_name;
pub use snapshot::WalkFacts;
pub use tags::cache_types;
pub use tally::Tally;
