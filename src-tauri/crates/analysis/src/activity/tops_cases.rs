//! Rankings of what was counted.

use domain::{
    ActivityDimension, ActivitySample, ActivitySession, ActivityTally, ActivityTop, BackendState, WaitClass,
    WaitEvent,
};

use super::fixture::{idle_in_transaction, sample, session};
use super::tops;

fn tally(samples: &[ActivitySample]) -> ActivityTally {
    let mut tally = ActivityTally::default();
    samples.iter().for_each(|sample| tally.count(sample));
    tally
}

fn rows(tops: &[ActivityTop], by: ActivityDimension) -> Vec<(String, f64, f64)> {
    let top = tops.iter().find(|top| top.by == by).unwrap();
    top.rows.iter().map(|row| (row.name.clone(), row.average, row.ratio)).collect()
}

fn waiting(pid: i32) -> ActivitySession {
    let wait = WaitEvent { kind: "Lock".to_owned(), event: "transactionid".to_owned() };
    ActivitySession {
        wait: Some(wait),
        fingerprint: Some("00112233aabbccdd".to_owned()),
        application: String::new(),
        ..session(pid)
    }
}

#[test]
fn averages_are_over_the_looks_that_were_taken() {
    let idle = ActivitySession { state: BackendState::Idle, ..session(9) };
    let busy =
        sample(vec![waiting(1), waiting(2), session(3), idle_in_transaction(4, 1.0), idle], Vec::new());
    let quiet = sample(vec![waiting(1)], Vec::new());
    let tops = tops(&tally(&[busy, quiet.clone(), quiet.clone(), quiet]));
    assert_eq!(
        rows(&tops, ActivityDimension::WaitEvent),
        [
            ("Lock: transactionid".to_owned(), 1.25, 5.0 / 7.0),
            ("CPU".to_owned(), 0.25, 1.0 / 7.0),
            ("idle in transaction".to_owned(), 0.25, 1.0 / 7.0),
        ]
    );
    let names = |by| rows(&tops, by).into_iter().map(|row| row.0).collect::<Vec<_>>();
    assert_eq!(names(ActivityDimension::Application), ["no application name", "panel"]);
    let statements = &tops.iter().find(|top| top.by == ActivityDimension::Statement).unwrap().rows;
    assert_eq!(statements[0].fingerprint.as_deref(), Some("00112233aabbccdd"));
    assert_eq!(statements[0].name, "UPDATE invoices SET total = $1");
    let classes: Vec<WaitClass> = statements[1].by_class.iter().map(|share| share.class).collect();
    assert_eq!(classes, [WaitClass::Cpu, WaitClass::IdleInTransaction]);
}

#[test]
fn what_is_beyond_the_bounds_counts_as_others() {
    let sessions = (0..3_000).map(|n| ActivitySession { user: format!("u{n}"), ..session(n) }).collect();
    let mut tally = tally(&[sample(sessions, Vec::new())]);
    tally.add(tally.clone());
    let users = rows(&tops(&tally), ActivityDimension::User);
    assert_eq!(users.len(), 21);
    assert_eq!(users[20], ("other users".to_owned(), 2_980.0, 2_980.0 / 3_000.0));
}

#[test]
fn nothing_is_said_of_a_gap() {
    assert_eq!(tops(&ActivityTally::default()), []);
    assert_eq!(tops(&tally(&[sample(Vec::new(), Vec::new())])).len(), ActivityDimension::ALL.len());
}
