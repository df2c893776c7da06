//! The form of `flight_recorder.db`.

use crate::database::Format;

pub(super) const MINUTE_MS: i64 = 60_000;

pub(super) const FORMAT: Format = Format {
    // "mPfr"
    application_id: 0x6d50_6672,
    migrations: &[FIRST],
    synchronous: "NORMAL",
    check_whole: false,
};

/// The tally stands before the block: SQLite reads a row from its beginning and no further than it must.
const FIRST: &str = "
CREATE TABLE origins (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL UNIQUE
) STRICT;
CREATE TABLE seconds (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    origin INTEGER NOT NULL,
    at INTEGER NOT NULL,
    crc INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE INDEX seconds_by_time ON seconds (origin, at);
CREATE TABLE minutes (
    id INTEGER PRIMARY KEY,
    origin INTEGER NOT NULL,
    start INTEGER NOT NULL,
    from_ms INTEGER NOT NULL,
    to_ms INTEGER NOT NULL,
    tally_crc INTEGER NOT NULL,
    tally BLOB NOT NULL,
    crc INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX minutes_by_time ON minutes (origin, start);
CREATE INDEX minutes_by_age ON minutes (start);
";

/// Start of the minute that holds a moment.
pub(super) fn minute_start(at: i64) -> i64 {
    at.div_euclid(MINUTE_MS).saturating_mul(MINUTE_MS)
}
