//! The form of `history.db`.

use crate::database::Format;

/// Four hours: the unit in which samples are rolled up and dropped.
pub(crate) const WINDOW_MS: i64 = 4 * 3_600_000;

/// "mPhi", so that `file` and others can tell.
const APPLICATION_ID: i64 = 0x6d50_6869;

pub(crate) const FORMAT: Format = Format {
    application_id: APPLICATION_ID,
    migrations: &[FIRST],
    synchronous: "NORMAL",
    check_whole: false,
};

/// Chunks are tables with a rowid: without one they would overflow their pages.
const FIRST: &str = "
CREATE TABLE origins (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL UNIQUE
) STRICT;
CREATE TABLE series (
    id INTEGER PRIMARY KEY,
    origin INTEGER NOT NULL,
    metric TEXT NOT NULL,
    labels TEXT NOT NULL,
    kind INTEGER NOT NULL,
    first_seen INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    UNIQUE (origin, metric, labels)
) STRICT;
CREATE TABLE head (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    origin INTEGER NOT NULL,
    at INTEGER NOT NULL,
    crc INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE INDEX head_by_time ON head (origin, at);
CREATE TABLE chunks (
    id INTEGER PRIMARY KEY,
    series INTEGER NOT NULL,
    from_ms INTEGER NOT NULL,
    to_ms INTEGER NOT NULL,
    count INTEGER NOT NULL,
    crc INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE INDEX chunks_by_time ON chunks (series, from_ms);
CREATE TABLE rollups (
    id INTEGER PRIMARY KEY,
    series INTEGER NOT NULL,
    resolution INTEGER NOT NULL,
    start INTEGER NOT NULL,
    crc INTEGER NOT NULL,
    body BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX rollups_by_time ON rollups (series, resolution, start);
-- pending: samples arrived that are not in the rollups yet. raw, minute: these are kept whole.
CREATE TABLE windows (
    origin INTEGER NOT NULL,
    start INTEGER NOT NULL,
    pending INTEGER NOT NULL,
    raw INTEGER NOT NULL,
    minute INTEGER NOT NULL,
    PRIMARY KEY (origin, start)
) STRICT;
";

/// Start of the window that holds a moment.
pub(crate) fn window_start(at: i64) -> i64 {
    at.div_euclid(WINDOW_MS).saturating_mul(WINDOW_MS)
}

/// Covers the numbers beside the bytes too, so that a moved or relabelled row is found out.
pub(crate) fn crc(owner: i64, from: i64, to: i64, body: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    for number in [owner, from, to] {
        hasher.update(&number.to_le_bytes());
    }
    hasher.update(body);
    hasher.finalize()
}
