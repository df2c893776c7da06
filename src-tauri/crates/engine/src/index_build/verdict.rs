//! Whether statements became quicker, from their counts before and after.

use std::collections::BTreeMap;

use domain::{IndexBuildJudgement, IndexBuildVerdict, JudgedStatement, Timestamp};

use super::record::{Count, Served};

/// Fewer executions since are no proof.
const FEWEST_CALLS: u64 = 5;
/// A change of the mean that counts.
const NOTABLE: f64 = 0.1;

/// Statements that ran before and since are compared by the executions since, so that another mixture changes nothing.
pub(super) fn verdict(
    served: &[Served],
    before: &BTreeMap<String, Count>,
    after: &BTreeMap<String, Count>,
    now: Timestamp,
) -> IndexBuildJudgement {
    let statements: Vec<JudgedStatement> = served.iter().map(|one| judged(one, before, after)).collect();
    let compared = statements.iter().filter_map(|one| {
        Some((one.calls_after, one.mean_ms_before?, one.mean_ms_after?)).filter(|(calls, ..)| *calls > 0)
    });
    let (mut ran, mut calls, mut was_ms, mut is_ms) = (0_usize, 0_u64, 0.0, 0.0);
    for (since, was, is) in compared {
        ran += 1;
        calls = calls.saturating_add(since);
        was_ms += was * since as f64;
        is_ms += is * since as f64;
    }
    let verdict = match () {
        () if calls < FEWEST_CALLS => IndexBuildVerdict::NotYet,
        () if is_ms < was_ms * (1.0 - NOTABLE) => IndexBuildVerdict::Helped,
        () if is_ms > was_ms * (1.0 + NOTABLE) => IndexBuildVerdict::Worse,
        () => IndexBuildVerdict::NoChange,
    };
    let summary = match verdict {
        IndexBuildVerdict::NotYet => too_little(&statements, calls),
        _ => compared_words(verdict, ran, was_ms / calls as f64, is_ms / calls as f64),
    };
    IndexBuildJudgement { judged_at: now, verdict, summary, statements }
}

fn judged(
    one: &Served,
    before: &BTreeMap<String, Count>,
    after: &BTreeMap<String, Count>,
) -> JudgedStatement {
    let of = |counts: &BTreeMap<String, Count>| counts.get(&one.fingerprint).copied().unwrap_or_default();
    let (before, after) = (of(before), of(after));
    JudgedStatement {
        fingerprint: one.fingerprint.clone(),
        statement: one.statement.clone(),
        calls_before: before.calls,
        mean_ms_before: before.mean_ms(),
        calls_after: after.calls,
        mean_ms_after: after.mean_ms(),
    }
}

fn compared_words(verdict: IndexBuildVerdict, ran: usize, was: f64, is: f64) -> String {
    let who = match ran {
        1 => "The statement that ran since takes".to_owned(),
        many => format!("The {many} statements that ran since take"),
    };
    match verdict {
        IndexBuildVerdict::NoChange => format!("{who} {} on average, about as before ({}).", ms(is), ms(was)),
        _ => format!("{who} {} instead of {} on average.", ms(is), ms(was)),
    }
}

fn too_little(statements: &[JudgedStatement], calls: u64) -> String {
    let since: u64 = statements.iter().map(|one| one.calls_after).sum();
    let them = match statements.len() {
        1 => "The statement that it is for".to_owned(),
        many => format!("The {many} statements that it is for"),
    };
    match (since, calls) {
        (0, _) => format!("{them} did not run since."),
        (_, 0) => format!("{them} ran since, but not before: there is nothing to compare with."),
        (_, 1) => format!("{them} ran once since; {FEWEST_CALLS} executions are needed."),
        (_, calls) => format!("{them} ran {calls} times since; {FEWEST_CALLS} executions are needed."),
    }
}

/// "0.04 ms", "157 ms", "2.5 s"
fn ms(value: f64) -> String {
    match value {
        value if value >= 1e3 => format!("{:.1} s", value / 1e3),
        value if value >= 10.0 => format!("{value:.0} ms"),
        value if value >= 0.1 => format!("{value:.1} ms"),
        value => format!("{value:.2} ms"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Counts<'a> = &'a [(&'a str, u64, f64)];

    fn served(names: &[&str]) -> Vec<Served> {
        let one =
            |name: &&str| Served { fingerprint: (*name).to_owned(), statement: format!("SELECT {name}") };
        names.iter().map(one).collect()
    }

    fn counts(all: Counts<'_>) -> BTreeMap<String, Count> {
        let one = |(name, calls, mean): &(&str, u64, f64)| {
            ((*name).to_owned(), Count { calls: *calls, total_ms: mean * *calls as f64 })
        };
        all.iter().map(one).collect()
    }

    #[test]
    fn a_change_of_more_than_a_tenth_is_told() {
        use IndexBuildVerdict::{Helped, NoChange, NotYet, Worse};
        let before = counts(&[("a", 100, 157.0), ("b", 5, 2_500.0)]);
        let cases: [(Counts<'_>, _, &str); 8] = [
            (
                &[("a", 5, 0.4)],
                Helped,
                "The statement that ran since takes 0.4 ms instead of 157 ms on average.",
            ),
            (&[("a", 5, 141.0)], Helped, "141 ms instead of 157 ms"),
            (&[("a", 5, 142.0)], NoChange, "takes 142 ms on average, about as before (157 ms)."),
            (&[("a", 5, 172.0)], NoChange, "172 ms"),
            (&[("a", 5, 173.0)], Worse, "173 ms instead of 157 ms"),
            // Each by itself is as before, whatever the mixture.
            (&[("a", 1, 157.0), ("b", 9, 2_500.0)], NoChange, "The 2 statements that ran since take 2.3 s"),
            (
                &[("a", 4, 0.04)],
                NotYet,
                "The 3 statements that it is for ran 4 times since; 5 executions are needed.",
            ),
            (&[], NotYet, "did not run since."),
        ];
        for (after, expected, words) in cases {
            let judged = verdict(&served(&["a", "b", "new"]), &before, &counts(after), Timestamp(7));
            assert_eq!(judged.verdict, expected, "{after:?}");
            assert!(judged.summary.contains(words), "{}", judged.summary);
            assert_eq!((judged.judged_at, judged.statements.len()), (Timestamp(7), 3));
        }
        let new = verdict(&served(&["new"]), &before, &counts(&[("new", 50, 1.0)]), Timestamp(7));
        assert_eq!(new.verdict, NotYet);
        assert!(new.summary.contains("but not before"), "{}", new.summary);
        assert_eq!((new.statements[0].mean_ms_before, new.statements[0].mean_ms_after), (None, Some(1.0)));
    }
}
