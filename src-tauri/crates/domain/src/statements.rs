//! Statements as `pg_stat_statements` counts them: by interval, without ever resetting a server.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::{ChartData, Degradation, Problem, ServerChoice, SourceId, TimeRange, Timestamp};

/// Counters of one statement: totals in a reading, what was added in an interval.
///
/// What a version does not count stays 0 and is named in [`StatementColumns`].
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct StatementCounts {
    pub calls: f64,
    /// Milliseconds of execution.
    pub exec_ms: f64,
    pub plans: f64,
    pub plan_ms: f64,
    pub rows: f64,
    pub shared_hit: f64,
    pub shared_read: f64,
    pub shared_dirtied: f64,
    pub shared_written: f64,
    pub local_hit: f64,
    pub local_read: f64,
    pub temp_read: f64,
    pub temp_written: f64,
    /// Milliseconds of reading and writing blocks; only with `track_io_timing`.
    pub io_ms: f64,
    pub wal_bytes: f64,
    pub jit_ms: f64,
}

impl StatementCounts {
    /// Every counter with its name, in the order in which history keeps them. Names never change; new ones go to the end.
    pub const NAMES: [&'static str; 16] = [
        "calls",
        "exec_ms",
        "plans",
        "plan_ms",
        "rows",
        "shared_hit",
        "shared_read",
        "shared_dirtied",
        "shared_written",
        "local_hit",
        "local_read",
        "temp_read",
        "temp_written",
        "io_ms",
        "wal_bytes",
        "jit_ms",
    ];

    pub fn to_array(self) -> [f64; 16] {
        [
            self.calls,
            self.exec_ms,
            self.plans,
            self.plan_ms,
            self.rows,
            self.shared_hit,
            self.shared_read,
            self.shared_dirtied,
            self.shared_written,
            self.local_hit,
            self.local_read,
            self.temp_read,
            self.temp_written,
            self.io_ms,
            self.wal_bytes,
            self.jit_ms,
        ]
    }

    pub fn from_array(values: [f64; 16]) -> StatementCounts {
        let [
            calls,
            exec_ms,
            plans,
            plan_ms,
            rows,
            shared_hit,
            shared_read,
            shared_dirtied,
            shared_written,
            local_hit,
            local_read,
            temp_read,
            temp_written,
            io_ms,
            wal_bytes,
            jit_ms,
        ] = values;
        StatementCounts {
            calls,
            exec_ms,
            plans,
            plan_ms,
            rows,
            shared_hit,
            shared_read,
            shared_dirtied,
            shared_written,
            local_hit,
            local_read,
            temp_read,
            temp_written,
            io_ms,
            wal_bytes,
            jit_ms,
        }
    }

    #[must_use]
    pub fn plus(self, other: StatementCounts) -> StatementCounts {
        let (mut sum, other) = (self.to_array(), other.to_array());
        sum.iter_mut().zip(other).for_each(|(sum, other)| *sum += other);
        StatementCounts::from_array(sum)
    }

    /// What was counted since `earlier`; none where any counter fell, which means that it began anew.
    #[must_use]
    pub fn since(self, earlier: StatementCounts) -> Option<StatementCounts> {
        let (mut rest, earlier) = (self.to_array(), earlier.to_array());
        for (rest, earlier) in rest.iter_mut().zip(earlier) {
            *rest -= earlier;
            // Sums of floating-point milliseconds may be off by their last digits.
            if *rest < -1e-6 * earlier.abs().max(1.0) {
                return None;
            }
            *rest = rest.max(0.0);
        }
        Some(StatementCounts::from_array(rest))
    }

    /// Milliseconds of one execution.
    pub fn mean_ms(&self) -> Option<f64> {
        (self.calls > 0.0).then(|| self.exec_ms / self.calls)
    }
}

/// What one key of `pg_stat_statements` is: userid, dbid, queryid, toplevel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct StatementIdentity {
    pub queryid: i64,
    pub user: u32,
    pub database: u32,
    /// False inside a function.
    pub top_level: bool,
}

/// One statement over a window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct StatementRow {
    /// Decimal text; differs across major versions.
    pub queryid: String,
    /// The console's own, 16 hexadecimal digits: the same on every server. None while its text is not known.
    pub fingerprint: Option<String>,
    /// Masked. None where the role may not see it or the server has lost it.
    pub statement: Option<String>,
    pub database: String,
    pub user: String,
    pub top_level: bool,
    pub counts: StatementCounts,
    pub mean_ms: Option<f64>,
    /// Share of the time of all statements, 0 to 1.
    pub time_ratio: f64,
    /// Hits over hits and reads of shared blocks, 0 to 1.
    pub hit_ratio: Option<f64>,
    /// Milliseconds of execution each second, by step of the page's chart; for a small chart in the row.
    pub trend: Vec<Option<f64>>,
    /// It is the console's own.
    pub own: bool,
}

/// Counters that this server cannot give, with the reason and what mends it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct StatementColumns {
    /// `pg_stat_statements.track_planning` is on: `plans` and `plan_ms` count.
    pub planning: bool,
    /// `track_io_timing` is on: `io_ms` counts.
    pub io_timing: bool,
    /// `wal_bytes` is counted.
    pub wal: bool,
    /// `jit_ms` is counted.
    pub jit: bool,
}

/// Something that makes the figures of a window less than complete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct StatementGap {
    pub at: Timestamp,
    pub kind: StatementGapKind,
    /// "Statistics were reset at 10:01:22; 14 s are not counted."
    pub sentence: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum StatementGapKind {
    /// `pg_stat_statements_reset()`.
    Reset,
    /// The server started again.
    Restart,
    /// Entries had to make room: what they counted since the last reading is lost.
    Evicted,
    /// Nothing was read for longer than three intervals.
    NotRead,
}

/// Everything the Queries page shows of a server over a window.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct StatementsPage {
    pub choices: Vec<ServerChoice>,
    pub source: Option<SourceId>,
    /// What was really counted within the range; none before the second reading.
    pub counted: Option<TimeRange>,
    /// Those that took most time first; at most 500.
    pub rows: Vec<StatementRow>,
    /// Statements that ran beyond the rows.
    pub left_out: u32,
    /// All statements together, left out ones included.
    pub total: StatementCounts,
    /// Milliseconds of execution each second: the statements that took most time, and the others together; to be stacked.
    pub chart: Option<ChartData>,
    pub columns: StatementColumns,
    pub gaps: Vec<StatementGap>,
    pub lacks: Vec<Degradation>,
    pub problem: Option<Problem>,
}

/// One statement by time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct StatementDetail {
    pub row: StatementRow,
    /// Milliseconds of execution each second.
    pub time: Option<ChartData>,
    /// Calls each second.
    pub calls: Option<ChartData>,
    /// Milliseconds of one execution.
    pub mean: Option<ChartData>,
    /// Shared blocks hit and read each second.
    pub blocks: Option<ChartData>,
    /// N+1 findings of kept replays with this fingerprint.
    pub patterns: Vec<StatementLink>,
    /// Suggestions of kept index advice that serve this fingerprint.
    pub advice: Vec<StatementLink>,
    /// Sessions that run it now.
    pub running: u32,
}

/// Where else this statement is spoken of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct StatementLink {
    /// The replay's or the advice's id.
    pub report: String,
    /// The pattern's id or the index's name.
    pub item: String,
    pub label: String,
    pub at: Timestamp,
}

/// Two windows beside each other: what got slower.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct StatementsComparison {
    pub before: TimeRange,
    pub after: TimeRange,
    /// Those that cost most more first.
    pub rows: Vec<StatementChange>,
    pub left_out: u32,
    /// "3 statements got slower; they cost 412 ms more each second."
    pub summary: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct StatementChange {
    pub queryid: String,
    pub fingerprint: Option<String>,
    pub statement: Option<String>,
    pub before: StatementCounts,
    pub after: StatementCounts,
    /// Seconds that each window really counted, to make rates of.
    pub before_seconds: f64,
    pub after_seconds: f64,
    pub verdict: ChangeVerdict,
    /// Milliseconds each second that it costs more (or less, negative).
    pub cost: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS)]
#[ts(export)]
#[serde(rename_all = "snake_case")]
pub enum ChangeVerdict {
    /// One execution takes longer.
    Slower,
    /// As fast as before, but more often.
    MoreCalls,
    New,
    Faster,
    FewerCalls,
    Gone,
    Same,
}
