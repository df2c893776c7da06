//! Lines of formats whose records never span lines, with the size limit kept.

use memchr::memchr;

use super::bytes::{at, cut, rest};
use super::coverage::{Coverage, SkipReason};
use super::parser::{Feed, Limits};

/// One line, without its ending.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) next: usize,
    /// Cut at the size limit.
    pub(super) overlong: bool,
}

impl Line {
    /// Why a line that breaks its format's rules does so: the last one may only be unfinished.
    pub(super) fn broken_because(&self, block: &[u8]) -> SkipReason {
        if self.overlong {
            SkipReason::Overlong
        } else if at(block, self.from) != b'{' {
            SkipReason::NotARecord
        } else if self.next == block.len() && at(block, self.next - 1) != b'\n' {
            SkipReason::CutOff
        } else {
            SkipReason::Malformed
        }
    }
}

#[derive(Debug)]
pub(super) struct Lines {
    limits: Limits,
    /// Inside the rest of an overlong line.
    passing: bool,
    /// Where in this block the rest of one ended.
    passed_to: usize,
}

impl Lines {
    pub(super) fn new(limits: Limits) -> Lines {
        Lines { limits, passing: false, passed_to: 0 }
    }

    /// The complete line at `from`, counted.
    #[inline]
    pub(super) fn next(&mut self, feed: &Feed<'_>, from: usize, coverage: &mut Coverage) -> Option<Line> {
        let block = feed.block;
        let mut from = from;
        if self.passing {
            from += memchr(b'\n', rest(block, from))? + 1;
            self.passing = false;
            self.passed_to = from;
        }
        if from >= block.len() {
            return None;
        }
        let (end, next, overlong) = match memchr(b'\n', rest(block, from)) {
            Some(found) => (from + found, from + found + 1, false),
            None if block.len() - from >= self.limits.record_bytes => {
                self.passing = !feed.ends;
                (block.len(), block.len(), true)
            }
            None if feed.ends => (block.len(), block.len(), false),
            None => return None,
        };
        coverage.lines += 1;
        let to = if cut(block, from, end).last() == Some(&b'\r') { end - 1 } else { end };
        Some(Line { from, to, next, overlong })
    }

    /// The bytes that need not be shown again, when the last line ended at `pos`.
    pub(super) fn taken(&mut self, feed: &Feed<'_>, pos: usize) -> usize {
        let passed_to = std::mem::take(&mut self.passed_to);
        if self.passing { feed.block.len() } else { pos.max(passed_to) }
    }
}
