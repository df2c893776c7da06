//! Statements that a server counted, since it began to or during a while.

use std::time::Duration;

use analysis::index_advice::Workload;
use domain::{AdviceLimits, AdviceStep, Degradation, Problem};
use sources::postgres::{PostgresSource, StatementCount, StatementsReading, statements_since};

use super::Gathered;
use super::collect::{Collected, Ran};
use crate::index_advice::watch::Watch;

/// What the wait looks like to those who watch.
const TELL_EVERY: Duration = Duration::from_millis(250);

/// As a workload is called before anything is known of it.
pub(in super::super) fn name_of_statements() -> String {
    "statements".to_owned()
}

/// Reads what was counted; cancelled while it waits, it takes what came in until then.
pub(in super::super) async fn of_statements(
    source: &PostgresSource,
    seconds: Option<u32>,
    limits: &AdviceLimits,
    watch: &mut Watch,
) -> Result<Gathered, Problem> {
    let nothing = || Gathered { origin: name_of_statements(), ..Gathered::default() };
    let Some(first) = watch.unless_cancelled(source.statements()).await.transpose()? else {
        return Ok(nothing());
    };
    let Some(seconds) = seconds else { return Ok(of_readings(None, &first, limits)) };
    wait(Duration::from_secs(u64::from(seconds)), watch).await;
    let later = source.statements().await?;
    Ok(of_readings(Some(&first), &later, limits))
}

/// What ran since the earlier reading, or since the server began to count.
pub(in super::super) fn of_readings(
    earlier: Option<&StatementsReading>,
    later: &StatementsReading,
    limits: &AdviceLimits,
) -> Gathered {
    let Some(earlier) = earlier else {
        let counted = later.counted_since.map(|since| later.taken_at.seconds_since(since));
        return gathered(later, &later.counts(), counted, limits, Vec::new());
    };
    let change = statements_since(earlier, later);
    let lacks = change.reset.then(|| Degradation {
        code: "statements_reset".to_owned(),
        message: "The server's counts began anew while they were read: what ran before that is missing."
            .to_owned(),
        remedy: None,
    });
    gathered(later, &change.counts, Some(change.seconds), limits, lacks.into_iter().collect())
}

async fn wait(window: Duration, watch: &mut Watch) {
    let end = tokio::time::Instant::now() + window;
    while tokio::time::Instant::now() < end {
        let next = (tokio::time::Instant::now() + TELL_EVERY).min(end);
        if watch.unless_cancelled(tokio::time::sleep_until(next)).await.is_none() {
            return;
        }
        watch.tell(AdviceStep::Workload);
    }
}

fn gathered(
    reading: &StatementsReading,
    counts: &[StatementCount],
    seconds: Option<f64>,
    limits: &AdviceLimits,
    mut lacks: Vec<Degradation>,
) -> Gathered {
    let mut all = Collected::default();
    for count in counts {
        all.add(Ran {
            sql: &count.text,
            calls: count.calls,
            total_ms: Some(count.total_ms),
            trend: None,
            cut: false,
        });
    }
    all.filter(limits);
    all.leave_out("run by others, and their text may not be seen", reading.hidden);
    all.leave_out("too long for the server to keep their text", reading.without_text);
    all.leave_out("no SELECT, INSERT, UPDATE, DELETE or MERGE", reading.unplanned);
    let (statements, seen, left_out) = all.finish();
    lacks.extend(reading.lacks.iter().cloned());
    if reading.cut {
        lacks.push(Degradation {
            code: "statements_cut".to_owned(),
            message: "The server counts more statements than are read; those that took most time are."
                .to_owned(),
            remedy: None,
        });
    }
    let seconds = seconds.filter(|seconds| *seconds > 0.0);
    let origin =
        seconds.map_or_else(name_of_statements, |seconds| format!("{} of statements", span(seconds)));
    Gathered { workload: Workload { statements, seconds }, origin, seen, left_out, lacks }
}

/// "60 s", "24 h", "12 days"
fn span(seconds: f64) -> String {
    let whole = |unit: f64, name: &str| format!("{} {name}", (seconds / unit).floor());
    match seconds {
        ..120.0 => whole(1.0, "s"),
        ..7_200.0 => whole(60.0, "min"),
        ..172_800.0 => whole(3_600.0, "h"),
        _ => whole(86_400.0, "days"),
    }
}

#[cfg(test)]
mod tests {
    use domain::Timestamp;

    use super::*;

    #[test]
    fn what_is_not_seen_is_counted_and_told() {
        let reading = StatementsReading {
            taken_at: Timestamp(86_400_000),
            counted_since: Some(Timestamp(0)),
            evicted: Some(0),
            entries: Vec::new(),
            cut: true,
            hidden: 3,
            without_text: 1,
            unplanned: 2,
            track_planning: false,
            lacks: Vec::new(),
        };
        let count = |text: &str, calls, total_ms| StatementCount {
            queryid: 1,
            text: text.to_owned(),
            calls,
            total_ms,
            rows: 1,
        };
        let counts = [
            count("SELECT a FROM t WHERE b = $1", 10, 5_000.0),
            count("SELECT 1 FROM t", 10, 5.0),
            count("BEGIN", 5, 1.0),
        ];
        let found = gathered(&reading, &counts, Some(86_400.0), &AdviceLimits::default(), Vec::new());
        assert_eq!(found.origin, "24 h of statements");
        assert_eq!((found.workload.statements.len(), found.seen), (1, 9));
        let left_out: usize = found.left_out.iter().map(|one| one.statements).sum();
        assert_eq!(left_out + found.workload.statements.len(), found.seen);
        assert_eq!(found.lacks[0].code, "statements_cut");
    }

    #[test]
    fn spans_are_told_as_people_tell_time() {
        for (seconds, told) in
            [(59.9, "59 s"), (119.0, "119 s"), (121.0, "2 min"), (90_000.0, "25 h"), (864_001.0, "10 days")]
        {
            assert_eq!(span(seconds), told);
        }
    }
}
