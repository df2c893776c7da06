//! Where time itself was discontinuous: the clock was set, or the machine slept.

use std::time::Duration;

use domain::{ChartMark, TimeRange, Timestamp};
use tokio::time::Instant;

const KEEP: usize = 200;
/// Ordinary clock discipline stays below this.
const TOLERANCE_MILLIS: i64 = 2_000;

/// Compares the wall clock with a monotonic one.
pub(crate) struct Marks {
    last: Option<(Timestamp, Instant)>,
    marks: Vec<ChartMark>,
}

impl Marks {
    pub(crate) fn new() -> Marks {
        Marks { last: None, marks: Vec::new() }
    }

    /// Call regularly; returns the mark when wall time ran differently from monotonic time since the last call.
    pub(crate) fn observe(&mut self, wall: Timestamp, monotonic: Instant) -> Option<ChartMark> {
        let (last_wall, last_monotonic) = self.last.replace((wall, monotonic))?;
        let elapsed = i64::try_from(monotonic.duration_since(last_monotonic).as_millis()).unwrap_or(i64::MAX);
        let drift = wall.millis_since(last_wall).saturating_sub(elapsed);
        if drift.abs() <= TOLERANCE_MILLIS {
            return None;
        }
        let mark = ChartMark { at: wall, label: describe(drift) };
        self.marks.push(mark.clone());
        let excess = self.marks.len().saturating_sub(KEEP);
        self.marks.drain(..excess);
        Some(mark)
    }

    pub(crate) fn within(&self, range: TimeRange) -> Vec<ChartMark> {
        self.marks.iter().filter(|mark| range.contains(mark.at)).cloned().collect()
    }
}

fn describe(drift_millis: i64) -> String {
    let span = Duration::from_millis(drift_millis.unsigned_abs());
    let text = match (span.as_secs() / 3600, span.as_secs() / 60 % 60) {
        (0, 0 | 1) => format!("{} s", span.as_secs()),
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    };
    if drift_millis > 0 {
        format!("The machine slept or its clock was set forward by {text}")
    } else {
        format!("The clock was set back by {text}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jump_is_marked_and_ordinary_drift_is_not() {
        let start = Instant::now();
        let cases = [
            (1_000, 1_000, None),
            (2_900, 1_000, None),
            (8 * 3_600_000 + 1_000, 1_000, Some("The machine slept or its clock was set forward by 8 h")),
            (-3_599_000, 1_000, Some("The clock was set back by 1 h")),
            (5_401_000, 1_000, Some("The machine slept or its clock was set forward by 1 h 30 min")),
            (61_000, 1_000, Some("The machine slept or its clock was set forward by 60 s")),
        ];
        for (wall, monotonic, expected) in cases {
            let mut marks = Marks::new();
            assert_eq!(marks.observe(Timestamp(0), start), None);
            let mark = marks.observe(Timestamp(wall), start + Duration::from_millis(monotonic));
            assert_eq!(mark.map(|mark| mark.label).as_deref(), expected);
        }
    }
}
