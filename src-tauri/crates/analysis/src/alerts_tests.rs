//! The alert book: what is told when, and what holds for every sequence of verdicts.

use proptest::prelude::*;

use super::*;

const TIMING: Timing = Timing { hold_seconds: 5.0, cooldown_seconds: 10.0 };

fn verdict(severity: Severity) -> Verdict {
    of(Check::PoolSaturation, "panel", severity)
}

fn of(check: Check, source: &str, severity: Severity) -> Verdict {
    Verdict {
        check,
        source: SourceId::new(source),
        severity,
        title: "Pool near capacity on panel".into(),
        detail: format!("{severity:?}"),
        evidence: Vec::new(),
        remedy: None,
    }
}

fn at(seconds: i64) -> Timestamp {
    Timestamp(1_000_000 + seconds * 1_000)
}

fn letters(changes: &[Change]) -> String {
    changes
        .iter()
        .map(|change| match change {
            Change::Opened(_) => 'O',
            Change::Updated(_) => 'U',
            Change::Escalated(_) => 'E',
            Change::Cleared(_) => 'C',
        })
        .collect()
}

/// Plays `(second, severity)`; `None` is a poll without a verdict.
fn play(book: &mut AlertBook, steps: &[(i64, Option<Severity>)]) -> Vec<String> {
    steps
        .iter()
        .map(|(second, severity)| {
            let verdicts: Vec<Verdict> = severity.iter().copied().map(verdict).collect();
            letters(&book.apply(at(*second), &verdicts, &TIMING))
        })
        .collect()
}

use Severity::{Critical, Ok, Warning};

#[test]
fn sequences() {
    let (w, c, o) = (Some(Warning), Some(Critical), Some(Ok));
    type Case<'a> = (&'a str, &'a [(i64, Option<Severity>)], &'a [&'a str]);
    let cases: &[Case] = &[
        ("told after it lasted", &[(0, w), (5, w), (10, w)], &["", "O", "U"]),
        ("exactly the hold is enough, a hair less is not", &[(0, w), (4, w), (5, w)], &["", "", "O"]),
        ("one good poll starts it again", &[(0, w), (4, o), (5, w), (9, w), (10, w)], &["", "", "", "", "O"]),
        ("the same moment twice is one poll", &[(0, w), (0, w)], &["", ""]),
        ("worse is told at once", &[(0, w), (5, w), (6, c), (7, c)], &["", "O", "E", "U"]),
        ("it opens as grave as it is", &[(0, w), (5, c)], &["", "O"]),
        ("cleared after the cooldown", &[(0, w), (5, w), (10, o), (15, o), (20, o)], &["", "O", "", "", "C"]),
        (
            "a bad poll starts the cooldown again",
            &[(0, w), (5, w), (10, o), (15, w), (20, o), (25, o), (30, o)],
            &["", "O", "", "U", "", "", "C"],
        ),
        (
            "silence neither clears nor extends",
            &[(0, w), (5, w), (60, None), (600, None)],
            &["", "O", "", ""],
        ),
        (
            "two bad polls an hour apart are not one condition",
            &[(0, w), (3600, w), (3605, w)],
            &["", "", "O"],
        ),
        ("a clock set back neither opens nor breaks", &[(100, w), (40, w), (45, w)], &["", "", "O"]),
        (
            "a clock set back while open still clears",
            &[(100, w), (105, w), (10, w), (15, o), (20, o), (25, o)],
            &["", "O", "U", "", "", "C"],
        ),
        ("nothing wrong, nothing told", &[(0, o), (5, o)], &["", ""]),
    ];
    for (name, steps, expected) in cases {
        assert_eq!(&play(&mut AlertBook::default(), steps), expected, "{name}");
    }
}

#[test]
fn no_hold_tells_at_once() {
    let timing = Timing { hold_seconds: 0.0, cooldown_seconds: 0.0 };
    let mut book = AlertBook::default();
    assert_eq!(letters(&book.apply(at(0), &[verdict(Warning)], &timing)), "O");
    assert_eq!(letters(&book.apply(at(0), &[verdict(Ok)], &timing)), "C");
}

#[test]
fn since_is_when_it_began_and_last_seen_when_it_was_last_true() {
    let mut book = AlertBook::default();
    play(&mut book, &[(0, Some(Warning)), (5, Some(Warning)), (10, Some(Ok)), (15, None)]);
    let open = book.open();
    assert_eq!((open[0].since, open[0].last_seen, open[0].cleared_at), (at(0), at(5), None));
}

#[test]
fn milder_only_after_it_stayed_so() {
    let mut book = AlertBook::default();
    play(&mut book, &[(0, Some(Critical)), (5, Some(Critical)), (10, Some(Warning)), (15, Some(Warning))]);
    assert_eq!(book.open()[0].severity, Critical);
    play(&mut book, &[(20, Some(Warning))]);
    assert_eq!(book.open()[0].severity, Warning);
    play(&mut book, &[(25, Some(Critical))]);
    assert_eq!(book.open()[0].severity, Critical);
}

#[test]
fn the_gravest_is_first_and_ids_ascend() {
    let mut book = AlertBook::restore(Vec::new(), 41);
    let verdicts = [
        of(Check::PoolSaturation, "a", Warning),
        of(Check::PoolLeak, "a", Critical),
        of(Check::PoolLeak, "b", Warning),
        of(Check::PoolLeak, "b", Critical),
    ];
    book.apply(at(0), &verdicts, &TIMING);
    book.apply(at(5), &verdicts, &TIMING);
    let open = book.open();
    assert_eq!(
        open.iter().map(|finding| finding.severity).collect::<Vec<_>>(),
        [Critical, Critical, Warning]
    );
    let mut ids: Vec<&str> = open.iter().map(|finding| finding.id.as_str()).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["41", "42", "43"]);
}

#[test]
fn restored_findings_go_on_and_doubles_are_cleared() {
    let mut first = AlertBook::restore(Vec::new(), 7);
    play(&mut first, &[(0, Some(Warning)), (5, Some(Warning))]);
    let mut stored = first.open();
    stored.push(Finding { id: "9".into(), ..stored[0].clone() });
    let mut book = AlertBook::restore(stored, 1);
    let changes = book.apply(at(60), &[verdict(Warning), of(Check::PoolLeak, "x", Warning)], &TIMING);
    assert_eq!(letters(&changes), "CU");
    assert_eq!(changes[1].finding().id, "7");
    assert_eq!(changes[1].finding().since, at(0));
    let opened = book.apply(at(65), &[of(Check::PoolLeak, "x", Warning)], &TIMING);
    assert_eq!(opened[0].finding().id, "10", "above every id that was known");
}

#[test]
fn a_mute_outlives_a_short_clearing_but_not_its_time() {
    let mut book = AlertBook::default();
    play(&mut book, &[(0, Some(Warning)), (5, Some(Warning))]);
    let id = book.open()[0].id.clone();
    assert_eq!(book.mute(&id, Some(at(60))).and_then(|finding| finding.muted_until), Some(at(60)));
    assert_eq!(book.mute("none", Some(at(60))), None);
    play(&mut book, &[(10, Some(Ok)), (20, Some(Ok)), (25, Some(Warning)), (30, Some(Warning))]);
    assert_ne!(book.open()[0].id, id);
    assert_eq!(book.open()[0].muted_until, Some(at(60)));
    play(&mut book, &[(35, Some(Ok)), (45, Some(Ok)), (60, Some(Warning)), (65, Some(Warning))]);
    assert_eq!(book.open()[0].muted_until, None);
}

#[test]
fn a_forgotten_source_leaves_nothing() {
    let mut book = AlertBook::default();
    let verdicts = [of(Check::PoolLeak, "a", Critical), of(Check::PoolLeak, "b", Critical)];
    book.apply(at(0), &verdicts, &TIMING);
    book.apply(at(5), &verdicts, &TIMING);
    let changes = book.forget_source(&SourceId::new("a"));
    assert_eq!(letters(&changes), "C");
    assert_eq!(changes[0].finding().cleared_at, Some(at(5)));
    assert_eq!(book.open().len(), 1);
}

fn any_severity() -> impl Strategy<Value = Option<Severity>> {
    prop_oneof![
        Just(None),
        Just(Some(Ok)),
        Just(Some(Severity::Info)),
        Just(Some(Warning)),
        Just(Some(Critical))
    ]
}

proptest! {
    /// Whatever is said, in whatever order, with whatever clock: one open finding a check and source; each is opened
    /// before it changes, and cleared once, after it was opened.
    #[test]
    fn every_finding_lives_once(
        steps in prop::collection::vec((-20i64..40, prop::collection::vec(any_severity(), 3)), 1..80),
        hold in 0u8..15,
        cooldown in 0u8..15,
    ) {
        let timing = Timing { hold_seconds: f64::from(hold), cooldown_seconds: f64::from(cooldown) };
        let keys = [(Check::PoolLeak, "a"), (Check::PoolSaturation, "a"), (Check::PoolLeak, "b")];
        let mut book = AlertBook::default();
        let mut now = 0;
        let mut living: BTreeMap<String, Key> = BTreeMap::new();
        let mut last_id = None;
        for (step, severities) in steps {
            now += step;
            let verdicts: Vec<Verdict> = keys
                .iter()
                .zip(&severities)
                .filter_map(|((check, source), severity)| severity.map(|severity| of(*check, source, severity)))
                .collect();
            for change in book.apply(at(now), &verdicts, &timing) {
                let finding = change.finding().clone();
                let key = (finding.check, finding.source.clone());
                match change {
                    Change::Opened(_) => {
                        prop_assert!(!living.values().any(|other| *other == key), "two open for {key:?}");
                        let id: u64 = finding.id.parse().unwrap();
                        prop_assert!(last_id.is_none_or(|last| id > last));
                        last_id = Some(id);
                        prop_assert!(finding.since <= at(now));
                        living.insert(finding.id, key);
                    }
                    Change::Updated(_) | Change::Escalated(_) => {
                        prop_assert_eq!(living.get(&finding.id), Some(&key));
                        prop_assert_eq!(finding.last_seen, at(now));
                    }
                    Change::Cleared(_) => {
                        prop_assert_eq!(living.remove(&finding.id), Some(key));
                        prop_assert_eq!(finding.cleared_at, Some(at(now)));
                    }
                }
            }
            let mut open: Vec<String> = book.open().into_iter().map(|finding| finding.id).collect();
            open.sort();
            let mut expected: Vec<String> = living.keys().cloned().collect();
            expected.sort();
            prop_assert_eq!(open, expected);
        }
    }

    /// Bad for long enough is always told, gone for long enough is always cleared, wherever the clock stands.
    #[test]
    fn nothing_sticks(before in prop::collection::vec((-50i64..50, any_severity()), 0..40)) {
        let mut book = AlertBook::default();
        let mut now = 0;
        for (step, severity) in before {
            now += step;
            let verdicts: Vec<Verdict> = severity.into_iter().map(verdict).collect();
            book.apply(at(now), &verdicts, &TIMING);
        }
        for _ in 0..3 {
            now += 5;
            book.apply(at(now), &[verdict(Critical)], &TIMING);
        }
        prop_assert_eq!(book.open().len(), 1);
        for _ in 0..3 {
            now += 5;
            book.apply(at(now), &[verdict(Ok)], &TIMING);
        }
        prop_assert!(book.open().is_empty());
    }
}
