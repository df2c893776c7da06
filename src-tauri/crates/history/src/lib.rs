//! Samples, settings, sources and findings kept in SQLite.
//!
//! Seven files, so that losing one never loses the others: `history.db` holds samples at `synchronous = NORMAL`
//! (nothing acknowledged is lost when the process dies), `settings.db` holds sources, settings and findings at `FULL`
//! (nor when the machine does), and so do `replays.db` with the reports of replays and `index_advice.db` with index
//! advice. `flight_recorder.db` holds the sessions of servers, second by second, and `statements.db` what their
//! statements counted; `caches.db` holds slow commands of Redis servers and the last walk over their keys. Secrets are in none.
//!
//! # `history.db`
//! | table | one row | kept for |
//! |---|---|---|
//! | `origins`, `series` | a source; a series of it | as long as it has data |
//! | `head` | one tick of one source, as it arrived | until 120 ticks wait, or two hours |
//! | `chunks` | up to 120 samples of one series, compressed, with CRC | [`retention::RAW_DAYS`] |
//! | `rollups` | four hours of one series at 1 or 15 minutes: min, max, sum, last, count, with CRC | [`retention::MINUTE_DAYS`]; `Retention::days` |
//! | `windows` | what is kept of one source for four hours | `Retention::days` |

mod caches;
mod catalogue;
mod civil;
pub mod codec;
mod database;
mod error;
mod flight_recorder;
mod head;
mod history;
mod index_advice;
mod kept_reports;
mod maintain;
mod notices;
mod plan;
mod query;
pub mod rate;
mod readers;
mod record;
mod replays;
pub mod retention;
mod schema;
mod seal;
mod settings;
mod statements;
mod steps;

pub use caches::CacheStore;
pub use error::HistoryError;
pub use flight_recorder::{FlightRecorder, RecorderUpkeep};
pub use history::History;
pub use index_advice::AdviceStore;
pub use maintain::MaintenanceReport;
pub use replays::ReplayStore;
pub use settings::SettingsStore;
pub use statements::{StatementBucket, StatementStore, StatementTier};
