//! What happens between two readings, and what two windows tell, as data.

use std::collections::HashMap;

use domain::{
    ChangeVerdict, StatementCounts, StatementGapKind, StatementIdentity, StatementText, StatementTotal,
    StatementTotals, TimeRange, Timestamp,
};

use super::{Window, between, compare, name, rank};

const INTERVAL: i64 = 10_000;

fn identity(queryid: i64) -> StatementIdentity {
    StatementIdentity { queryid, user: 10, database: 5, top_level: true }
}

fn counts(calls: f64, exec_ms: f64) -> StatementCounts {
    StatementCounts { calls, exec_ms, ..StatementCounts::default() }
}

fn entry(queryid: i64, calls: f64) -> StatementTotal {
    StatementTotal { identity: identity(queryid), counts: counts(calls, calls * 2.0), since: None }
}

fn reading(seconds: i64, entries: Vec<StatementTotal>) -> StatementTotals {
    StatementTotals {
        at: Timestamp(1_000_000 + seconds * 1000),
        taken_at: Timestamp(seconds * 1000),
        started_at: Timestamp(-5_000),
        counted_since: Some(Timestamp(-4_000)),
        evicted: Some(3),
        entries,
        cut: false,
        hidden: 0,
    }
}

type Change = fn(&mut StatementTotals, &mut StatementTotals);
/// What differs, how, calls by query id, gaps, seconds counted.
type Case = (&'static str, Change, Vec<(i64, f64)>, Vec<StatementGapKind>, f64);

#[test]
fn what_lies_between_two_readings() {
    let one = || reading(100, vec![entry(1, 50.0), entry(2, 7.0)]);
    let other = || reading(110, vec![entry(1, 60.0), entry(2, 7.0), entry(3, 4.0)]);
    let cases: Vec<Case> = vec![
        ("nothing special", |_, _| {}, vec![(1, 10.0), (3, 4.0)], vec![], 10.0),
        (
            "a reset",
            |_, later| {
                later.counted_since = Some(Timestamp(106_000));
                later.evicted = Some(0);
                later.entries = vec![entry(1, 80.0), entry(3, 4.0)];
            },
            vec![(1, 80.0), (3, 4.0)],
            vec![StatementGapKind::Reset],
            4.0,
        ),
        (
            "a reset before version 1.9",
            |earlier, later| {
                (earlier.counted_since, earlier.evicted) = (None, None);
                (later.counted_since, later.evicted) = (None, None);
                later.entries = vec![entry(1, 3.0), entry(3, 4.0)];
            },
            vec![(3, 4.0), (1, 3.0)],
            vec![StatementGapKind::Reset],
            10.0,
        ),
        (
            "one entry was reset alone",
            |_, later| later.entries = vec![entry(1, 20.0), entry(2, 9.0)],
            vec![(1, 20.0), (2, 2.0)],
            vec![],
            10.0,
        ),
        (
            "one entry says that it is new, and is larger than before",
            |earlier, later| {
                earlier.entries = vec![StatementTotal { since: Some(Timestamp(1)), ..entry(1, 50.0) }];
                later.entries = vec![StatementTotal { since: Some(Timestamp(105_000)), ..entry(1, 60.0) }];
            },
            vec![(1, 60.0)],
            vec![],
            10.0,
        ),
        (
            "entries had to make room and one came back small",
            |_, later| {
                later.evicted = Some(5);
                later.entries = vec![entry(1, 60.0), entry(2, 1.0)];
            },
            vec![(1, 10.0), (2, 1.0)],
            vec![StatementGapKind::Evicted],
            10.0,
        ),
        (
            "a restart that kept the counts",
            |_, later| later.started_at = Timestamp(103_000),
            vec![(1, 10.0), (3, 4.0)],
            vec![StatementGapKind::Restart],
            10.0,
        ),
        (
            "a crash",
            |_, later| {
                later.started_at = Timestamp(103_000);
                later.counted_since = Some(Timestamp(103_000));
                later.evicted = Some(0);
                later.entries = vec![entry(1, 55.0)];
            },
            vec![(1, 55.0)],
            vec![StatementGapKind::Restart],
            7.0,
        ),
        (
            "a crash before version 1.9",
            |earlier, later| {
                (earlier.counted_since, earlier.evicted) = (None, None);
                (later.counted_since, later.evicted) = (None, None);
                later.started_at = Timestamp(103_000);
                later.entries = vec![entry(1, 55.0)];
            },
            vec![(1, 55.0)],
            vec![StatementGapKind::Restart],
            7.0,
        ),
        ("sleep", |_, later| later.at = Timestamp(1_131_000), vec![], vec![StatementGapKind::NotRead], 0.0),
        (
            "the clock went back",
            |_, later| later.at = Timestamp(1_000_000),
            vec![],
            vec![StatementGapKind::NotRead],
            0.0,
        ),
        ("not all was read", |earlier, _| earlier.cut = true, vec![(1, 10.0)], vec![], 10.0),
        ("a GRANT shows more", |earlier, _| earlier.hidden = 2, vec![(1, 10.0)], vec![], 10.0),
        (
            "not all was read, and an entry says since when it counts",
            |earlier, later| {
                earlier.cut = true;
                later.entries[2].since = Some(Timestamp(104_000));
            },
            vec![(1, 10.0), (3, 4.0)],
            vec![],
            10.0,
        ),
    ];
    for (what, change, expected, gaps, seconds) in cases {
        let (mut earlier, mut later) = (one(), other());
        change(&mut earlier, &mut later);
        let found = between(&earlier, &later, INTERVAL);
        let calls: Vec<(i64, f64)> =
            found.counts.iter().map(|(id, counts)| (id.queryid, counts.calls)).collect();
        assert_eq!(calls, expected, "{what}");
        assert_eq!(found.gaps.iter().map(|gap| gap.kind).collect::<Vec<_>>(), gaps, "{what}");
        assert_eq!(found.range.millis() as f64 / 1000.0, seconds, "{what}");
        assert!(found.gaps.iter().all(|gap| gap.sentence.ends_with('.')), "{what}: {:?}", found.gaps);
    }
}

#[test]
fn a_reset_says_what_it_took() {
    let earlier = reading(100, vec![entry(1, 50.0)]);
    let mut later = reading(110, vec![entry(1, 60.0)]);
    later.counted_since = Some(Timestamp(104_000));
    let gap = &between(&earlier, &later, INTERVAL).gaps[0];
    assert_eq!(gap.sentence, "Statistics were reset; 4 s before that are not counted.");
    assert_eq!(gap.at, Timestamp(1_104_000));
}

#[test]
fn rows_are_ranked_by_time_and_named_where_that_is_known() {
    let text = StatementText {
        identity: identity(2),
        text: Some("SELECT /* mpanel console: a.b */ 'secret' FROM t WHERE id = $1".to_owned()),
        database: "shop".to_owned(),
        user: "panel".to_owned(),
        own: true,
    };
    let names = HashMap::from([(identity(2), name(text))]);
    let all = vec![(identity(1), counts(4.0, 10.0)), (identity(2), counts(2.0, 30.0))];
    let ranked = rank(all, counts(1.0, 60.0), &names, &HashMap::new());
    assert_eq!((ranked.total.exec_ms, ranked.left_out), (100.0, 0));
    let [first, second] = &ranked.rows[..] else { panic!("two rows") };
    assert_eq!((first.queryid.as_str(), first.time_ratio, first.mean_ms), ("2", 0.3, Some(15.0)));
    assert!(first.own && first.fingerprint.is_some() && first.database == "shop");
    assert!(!first.statement.as_ref().unwrap().contains("secret"), "{:?}", first.statement);
    assert_eq!((second.database.as_str(), second.statement.as_ref()), ("OID 5", None));
    assert_eq!(second.hit_ratio, None);
    let many = (0..600).map(|id| (identity(id), counts(1.0, 1.0))).collect();
    assert_eq!(rank(many, StatementCounts::default(), &names, &HashMap::new()).left_out, 100);
}

fn window(counts: &[(StatementIdentity, StatementCounts)], seconds: f64) -> Window<'_> {
    Window { range: TimeRange { from: Timestamp(0), to: Timestamp(60_000) }, seconds, counts }
}

#[test]
fn two_windows_are_judged() {
    let cases = [
        ("slower", Some((100.0, 1_000.0)), Some((100.0, 4_000.0)), ChangeVerdict::Slower),
        ("faster", Some((100.0, 4_000.0)), Some((100.0, 1_000.0)), ChangeVerdict::Faster),
        ("as slow, more often", Some((100.0, 1_000.0)), Some((400.0, 4_100.0)), ChangeVerdict::MoreCalls),
        ("as slow, less often", Some((400.0, 4_000.0)), Some((100.0, 1_000.0)), ChangeVerdict::FewerCalls),
        ("a little slower", Some((100.0, 1_000.0)), Some((100.0, 1_200.0)), ChangeVerdict::Same),
        ("hardly any calls", Some((9.0, 90.0)), Some((100.0, 9_000.0)), ChangeVerdict::Same),
        ("much slower at next to no cost", Some((50.0, 1.0)), Some((50.0, 20.0)), ChangeVerdict::Same),
        ("new", None, Some((1.0, 5.0)), ChangeVerdict::New),
        ("gone", Some((1.0, 5.0)), None, ChangeVerdict::Gone),
    ];
    for (what, before, after, expected) in cases {
        let of = |pair: Option<(f64, f64)>| -> Vec<_> {
            pair.into_iter().map(|(calls, ms)| (identity(1), counts(calls, ms))).collect()
        };
        let (before, after) = (of(before), of(after));
        let found = compare(&window(&before, 60.0), &window(&after, 60.0), &HashMap::new());
        assert_eq!(found.rows[0].verdict, expected, "{what}");
    }
}

#[test]
fn windows_of_different_length_are_compared_by_rate_and_told() {
    let before = [(identity(1), counts(60.0, 600.0)), (identity(2), counts(60.0, 600.0))];
    let after = [(identity(1), counts(600.0, 60_000.0)), (identity(2), counts(600.0, 6_000.0))];
    let found = compare(&window(&before, 60.0), &window(&after, 600.0), &HashMap::new());
    let verdicts: Vec<_> =
        found.rows.iter().map(|row| (row.queryid.as_str(), row.verdict, row.cost)).collect();
    assert_eq!(verdicts, [("1", ChangeVerdict::Slower, 90.0), ("2", ChangeVerdict::Same, 0.0)]);
    assert_eq!(found.summary, "1 statement got slower; it costs 90 ms more each second.");
    let nothing = compare(&window(&[], 0.0), &window(&after, 600.0), &HashMap::new());
    assert!(nothing.summary.contains("earlier window"), "{}", nothing.summary);
    let many: Vec<_> = (0..300).map(|id| (identity(id), counts(60.0, f64::from(id as i32) * 60.0))).collect();
    let found = compare(&window(&[], 60.0), &window(&many, 60.0), &HashMap::new());
    assert_eq!((found.rows.len(), found.left_out), (200, 100));
}
