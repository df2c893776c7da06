//! The form of `flight_recorder.db`.

use crate::database::Format;

pub(super) const MINUTE_MS: i64 = 60_000;
pub(super) const HOUR_MS: i64 = 3_600_000;

pub(super) const FORMAT: Format = Format {
    // "mPfr"
    application_id: 0x6d50_6672,
    migrations: &[FIRST],
    synchronous: "NORMAL",
    check_whole: false,
};

/// The tally stands before the block: SQLite reads a row from its beginning and no further than it must. The tally of
/// an hour never outlives a change of its minutes.
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
    hour INTEGER NOT NULL,
    from_ms INTEGER NOT NULL,
    to_ms INTEGER NOT NULL,
    tally_crc INTEGER NOT NULL,
    tally BLOB NOT NULL,
    crc INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX minutes_by_time ON minutes (origin, start, hour);
CREATE INDEX minutes_by_age ON minutes (start);
CREATE TABLE hours (
    origin INTEGER NOT NULL,
    start INTEGER NOT NULL,
    crc INTEGER NOT NULL,
    tally BLOB NOT NULL,
    PRIMARY KEY (origin, start)
) STRICT;
CREATE TRIGGER minute_comes AFTER INSERT ON minutes BEGIN
    DELETE FROM hours WHERE origin = NEW.origin AND start = NEW.hour;
END;
CREATE TRIGGER minute_goes AFTER DELETE ON minutes BEGIN
    DELETE FROM hours WHERE origin = OLD.origin AND start = OLD.hour;
END;
";

/// Start of the minute or the hour that holds a moment.
pub(super) fn start_of(unit_ms: i64, at: i64) -> i64 {
    at.div_euclid(unit_ms).saturating_mul(unit_ms)
}
