//! What was read, what was understood, what was skipped and why: nothing is lost silently.

/// Why a line, or a part of one, yielded nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SkipReason {
    /// No line of this format: output of another program, a stack trace, a banner.
    NotARecord,
    /// A record that ends in the middle, as the end of a cut file does.
    CutOff,
    /// Begins as a record of this format and then breaks its rules.
    Malformed,
    /// The rest of a record above the size limit; its beginning was read.
    Overlong,
    /// DETAIL, CONTEXT or STATEMENT whose first line is not there.
    Orphan,
}

impl SkipReason {
    pub const ALL: [SkipReason; 5] = [
        SkipReason::NotARecord,
        SkipReason::CutOff,
        SkipReason::Malformed,
        SkipReason::Overlong,
        SkipReason::Orphan,
    ];

    /// Stable, for programs.
    pub fn code(self) -> &'static str {
        match self {
            SkipReason::NotARecord => "not_a_record",
            SkipReason::CutOff => "cut_off",
            SkipReason::Malformed => "malformed",
            SkipReason::Overlong => "overlong",
            SkipReason::Orphan => "orphan",
        }
    }
}

/// Counts over everything that a reader has read. Sizes are bytes after decompression.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Coverage {
    pub bytes: u64,
    pub lines: u64,
    pub records: u64,
    pub statements: u64,
    pub errors: u64,
    pub plans: u64,
    pub requests: u64,
    pub reports: u64,
    /// Parse and bind lines, and durations of these phases: understood, and not executions.
    pub parse_bind: u64,
    /// Lines that tell again of a statement counted already.
    pub repeated: u64,
    /// Understood, and about something else: checkpoints, connections, an application's own words.
    pub other: u64,
    /// Statements of which the log holds only the beginning.
    pub truncated: u64,
    /// Statements that never got a duration.
    pub without_duration: u64,
    skipped_lines: [u64; 5],
    /// Compressed inputs that end before their end, with what was readable read.
    pub broken_inputs: u64,
    /// Microseconds since the epoch.
    pub first_us: Option<i64>,
    pub last_us: Option<i64>,
    pub hints: Hints,
}

/// What the log lets one guess about the settings that wrote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Hints {
    /// The shortest duration of a statement, in microseconds. Far above zero, a threshold hid the fast ones.
    pub shortest_us: Option<u64>,
    /// `log_min_duration_statement` in milliseconds, where a line tells of its change; −1 is off.
    pub min_duration_ms: Option<i64>,
    /// A line tells that sampling was switched on.
    pub sampled: bool,
    /// A time zone abbreviation was unknown and read as UTC.
    pub unknown_zone: bool,
    /// `log_statement` text and `log_duration` time were on lines of their own and paired.
    pub paired: u64,
}

impl Coverage {
    pub fn skipped_lines(&self, reason: SkipReason) -> u64 {
        self.skipped_lines.get(reason as usize).copied().unwrap_or(0)
    }

    pub fn skipped(&self) -> u64 {
        self.skipped_lines.iter().sum()
    }

    /// Lines that were understood: all but the skipped.
    pub fn understood(&self) -> u64 {
        self.lines.saturating_sub(self.skipped())
    }

    pub(super) fn skip(&mut self, reason: SkipReason, lines: u64) {
        if let Some(count) = self.skipped_lines.get_mut(reason as usize) {
            *count += lines;
        }
    }

    #[inline]
    pub(super) fn seen_at(&mut self, at_us: i64) {
        self.first_us = Some(self.first_us.map_or(at_us, |first| first.min(at_us)));
        self.last_us = Some(self.last_us.map_or(at_us, |last| last.max(at_us)));
    }

    #[inline]
    pub(super) fn lasted(&mut self, duration_us: u64) {
        self.hints.shortest_us = Some(self.hints.shortest_us.map_or(duration_us, |old| old.min(duration_us)));
    }

    /// Adds the counts of another input.
    pub fn add(&mut self, other: &Coverage) {
        for (mine, theirs) in [
            (&mut self.bytes, other.bytes),
            (&mut self.lines, other.lines),
            (&mut self.records, other.records),
            (&mut self.statements, other.statements),
            (&mut self.errors, other.errors),
            (&mut self.plans, other.plans),
            (&mut self.requests, other.requests),
            (&mut self.reports, other.reports),
            (&mut self.parse_bind, other.parse_bind),
            (&mut self.repeated, other.repeated),
            (&mut self.other, other.other),
            (&mut self.truncated, other.truncated),
            (&mut self.without_duration, other.without_duration),
            (&mut self.broken_inputs, other.broken_inputs),
            (&mut self.hints.paired, other.hints.paired),
        ] {
            *mine += theirs;
        }
        for (mine, theirs) in self.skipped_lines.iter_mut().zip(other.skipped_lines) {
            *mine += theirs;
        }
        [other.first_us, other.last_us].into_iter().flatten().for_each(|at| self.seen_at(at));
        other.hints.shortest_us.into_iter().for_each(|duration| self.lasted(duration));
        self.hints.min_duration_ms = self.hints.min_duration_ms.or(other.hints.min_duration_ms);
        self.hints.sampled |= other.hints.sampled;
        self.hints.unknown_zone |= other.hints.unknown_zone;
    }
}
