//! The form of `statements.db`, and the tiers in which counts are kept.

use crate::database::Format;

pub(super) const FORMAT: Format = Format {
    // "mPst"
    application_id: 0x6d50_7374,
    migrations: &[FIRST],
    synchronous: "NORMAL",
    check_whole: false,
};

/// `names.id` is the key of a statement in the buckets, never used twice; a text is masked and compressed.
const FIRST: &str = "
CREATE TABLE origins (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL UNIQUE
) STRICT;
CREATE TABLE names (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    origin INTEGER NOT NULL,
    queryid INTEGER NOT NULL,
    user_oid INTEGER NOT NULL,
    database_oid INTEGER NOT NULL,
    top_level INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    fingerprint TEXT,
    statement BLOB,
    database TEXT,
    user TEXT,
    own INTEGER NOT NULL DEFAULT 0,
    UNIQUE (origin, queryid, user_oid, database_oid, top_level)
) STRICT;
CREATE TABLE buckets (
    id INTEGER PRIMARY KEY,
    origin INTEGER NOT NULL,
    length INTEGER NOT NULL,
    start INTEGER NOT NULL,
    from_ms INTEGER NOT NULL,
    to_ms INTEGER NOT NULL,
    counted_ms INTEGER NOT NULL,
    crc INTEGER NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (origin, length, start)
) STRICT;
CREATE TABLE gaps (
    id INTEGER PRIMARY KEY,
    origin INTEGER NOT NULL,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    sentence TEXT NOT NULL
) STRICT;
CREATE INDEX gaps_by_time ON gaps (origin, at);
";

/// How finely counts are kept: the shorter the bucket, the fewer statements it tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum StatementTier {
    Minute,
    TenMinutes,
    Hour,
}

impl StatementTier {
    pub const ALL: [StatementTier; 3] =
        [StatementTier::Minute, StatementTier::TenMinutes, StatementTier::Hour];

    pub const fn millis(self) -> i64 {
        match self {
            StatementTier::Minute => 60_000,
            StatementTier::TenMinutes => 600_000,
            StatementTier::Hour => 3_600_000,
        }
    }

    /// Statements that took most time; the others are kept as one.
    pub(super) const fn most(self) -> usize {
        match self {
            StatementTier::Minute => 200,
            StatementTier::TenMinutes => 2_000,
            // As many as a reading has.
            StatementTier::Hour => 10_000,
        }
    }

    pub(super) fn start(self, at: i64) -> i64 {
        at.div_euclid(self.millis()).saturating_mul(self.millis())
    }

    /// The coarsest of which a step is made.
    pub fn for_step(step_ms: i64) -> StatementTier {
        let serves = |tier: &StatementTier| step_ms % tier.millis() == 0;
        StatementTier::ALL.into_iter().rev().find(serves).unwrap_or(StatementTier::Minute)
    }
}
