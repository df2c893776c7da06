//! Which stored form answers a question, window by window; pure but for one small read.

use domain::TimeRange;
use rusqlite::{Connection, params};

use crate::schema::{WINDOW_MS, window_start};

pub(crate) const MINUTE_MS: i64 = 60_000;
pub(crate) const QUARTER_MS: i64 = 15 * MINUTE_MS;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Layer {
    Raw,
    Minute,
    Quarter,
}

impl Layer {
    /// The coarsest form that loses nothing for this step, or little: a bucket counts to the step in which it starts,
    /// which a step of at least four buckets bears.
    pub(crate) fn for_step(step_ms: i64) -> Layer {
        let serves = |bucket: i64| step_ms % bucket == 0 || step_ms >= 4 * bucket;
        match step_ms {
            _ if serves(QUARTER_MS) => Layer::Quarter,
            _ if serves(MINUTE_MS) => Layer::Minute,
            _ => Layer::Raw,
        }
    }

    /// Milliseconds of a bucket, as stored; raw samples have none.
    pub(crate) fn bucket_ms(self) -> i64 {
        match self {
            Layer::Raw => 1,
            Layer::Minute => MINUTE_MS,
            Layer::Quarter => QUARTER_MS,
        }
    }
}

/// A half-open span `[from, to)` that one form answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Segment {
    pub from: i64,
    pub to: i64,
    pub layer: Layer,
}

/// One row of `windows`.
#[derive(Debug, Clone, Copy)]
struct Window {
    start: i64,
    pending: bool,
    raw: bool,
    minute: bool,
}

impl Window {
    /// The forms that together hold every sample of the window once, the wanted one where it exists.
    fn layers(self, wanted: Layer) -> [Option<Layer>; 2] {
        let rolled = if self.minute { wanted.max(Layer::Minute) } else { Layer::Quarter };
        match (self.pending, self.raw) {
            (true, true) => [Some(Layer::Raw), None],
            // Late samples for a window whose raw samples are gone already.
            (true, false) => [Some(rolled), Some(Layer::Raw)],
            (false, true) if wanted == Layer::Raw => [Some(Layer::Raw), None],
            (false, _) => [Some(rolled), None],
        }
    }
}

/// Whole steps around a range, so that no step is cut.
pub(crate) fn whole_steps(range: TimeRange, step_ms: i64) -> (i64, i64) {
    let from = range.from.0.div_euclid(step_ms).saturating_mul(step_ms);
    let last = range.to.0.saturating_sub(1).div_euclid(step_ms);
    (from, last.saturating_add(1).saturating_mul(step_ms))
}

/// The spans of one source, ascending.
pub(crate) fn segments(
    view: &Connection,
    origin: i64,
    from: i64,
    to: i64,
    wanted: Layer,
) -> rusqlite::Result<Vec<Segment>> {
    let mut statement = view.prepare_cached(
        "SELECT start, pending, raw, minute FROM windows WHERE origin = ? AND start >= ? AND start < ? ORDER BY start",
    )?;
    let mut rows = statement.query(params![origin, window_start(from), to])?;
    let mut segments: Vec<Segment> = Vec::new();
    while let Some(row) = rows.next()? {
        let window =
            Window { start: row.get(0)?, pending: row.get(1)?, raw: row.get(2)?, minute: row.get(3)? };
        let (begin, end) = (window.start.max(from), window.start.saturating_add(WINDOW_MS).min(to));
        for layer in window.layers(wanted).into_iter().flatten() {
            match segments.last_mut() {
                Some(last) if last.layer == layer && last.from < begin => last.to = end,
                _ => segments.push(Segment { from: begin, to: end, layer }),
            }
        }
    }
    Ok(segments)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_coarsest_form_that_serves() {
        let cases = [
            (1_000, Layer::Raw),
            (59_000, Layer::Raw),
            (60_000, Layer::Minute),
            (90_000, Layer::Raw),
            (300_000, Layer::Minute),
            (900_000, Layer::Quarter),
            (2_592_000, Layer::Minute),
            (7_200_000, Layer::Quarter),
        ];
        for (step, expected) in cases {
            assert_eq!(Layer::for_step(step), expected, "{step}");
        }
    }

    #[test]
    fn whole_steps_cover_the_range() {
        use domain::Timestamp;
        let cases = [((5, 25), (0, 30)), ((10, 20), (10, 20)), ((-5, 0), (-10, 0))];
        for ((from, to), expected) in cases {
            let range = TimeRange { from: Timestamp(from), to: Timestamp(to) };
            assert_eq!(whole_steps(range, 10), expected);
        }
    }
}
