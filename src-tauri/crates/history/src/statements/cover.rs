//! Which buckets answer for a window: the coarsest that fit, for they tell most statements apart; pure.

use domain::TimeRange;

use super::schema::StatementTier;

/// A half-open span of whole buckets of one tier.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub tier: StatementTier,
    pub from: i64,
    pub to: i64,
}

/// Whole hours within, tens of minutes at their ends, minutes at the ends of those. `oldest` is where each tier begins;
/// before that the next one answers, and the window is widened to its buckets.
pub(super) fn cover(range: TimeRange, oldest: [i64; 3]) -> Vec<Span> {
    let [minutes, tens, _] = oldest;
    let finest = |at: i64| match at {
        at if StatementTier::Minute.start(at) >= minutes => StatementTier::Minute,
        at if StatementTier::TenMinutes.start(at) >= tens => StatementTier::TenMinutes,
        _ => StatementTier::Hour,
    };
    let from = finest(range.from.0).start(range.from.0);
    let last = range.to.0.saturating_sub(1);
    let end_tier = finest(last);
    let to = end_tier.start(last).saturating_add(end_tier.millis());
    let mut spans: Vec<Span> = Vec::new();
    let mut at = from;
    while at < to {
        let fits = |tier: &StatementTier| at == tier.start(at) && at.saturating_add(tier.millis()) <= to;
        let tier = StatementTier::ALL.into_iter().rev().find(fits).unwrap_or(StatementTier::Minute);
        let next = at.saturating_add(tier.millis());
        match spans.last_mut() {
            Some(span) if span.tier == tier => span.to = next,
            _ => spans.push(Span { tier, from: at, to: next }),
        }
        at = next;
    }
    spans
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;

    use super::*;
    use StatementTier::{Hour, Minute, TenMinutes};

    #[test]
    fn the_coarsest_buckets_that_fit() {
        let minute = 60_000;
        // Window, where minutes and tens begin (in minutes), spans in minutes.
        let cases = [
            ((0, 60), (0, 0), vec![(Hour, 0, 60)]),
            ((5, 25), (0, 0), vec![(Minute, 5, 10), (TenMinutes, 10, 20), (Minute, 20, 25)]),
            ((50, 190), (0, 0), vec![(TenMinutes, 50, 60), (Hour, 60, 180), (TenMinutes, 180, 190)]),
            ((5, 25), (60, 0), vec![(TenMinutes, 0, 30)]),
            ((5, 25), (60, 60), vec![(Hour, 0, 60)]),
            ((5, 5), (0, 0), vec![]),
        ];
        for ((from, to), (minutes, tens), expected) in cases {
            let range = TimeRange { from: Timestamp(from * minute), to: Timestamp(to * minute) };
            let found = cover(range, [minutes * minute, tens * minute, 0]);
            let found: Vec<_> = found.iter().map(|s| (s.tier, s.from / minute, s.to / minute)).collect();
            assert_eq!(found, expected, "{from} to {to}");
        }
    }
}
