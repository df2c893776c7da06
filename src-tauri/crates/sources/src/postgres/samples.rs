//! From one look at the backends to samples for the history.

use std::collections::{BTreeMap, HashMap};

use domain::{BackendState, Backends, MetricKind, Sample, SeriesKey, SourceId, metric};

/// Applications that get a series of their own, the largest first; more would flood the history.
const APPLICATIONS: usize = 50;

/// States that every application reports even at zero, so that their series do not break off.
const USUAL: [BackendState; 4] = [
    BackendState::Active,
    BackendState::Idle,
    BackendState::IdleInTransaction,
    BackendState::IdleInTransactionAborted,
];

/// What the role may not see is left out: absent is not zero.
pub(super) fn samples(source: &SourceId, backends: &Backends, poll_ms: f64) -> Vec<Sample> {
    let mut samples = vec![
        gauge(SeriesKey::new(source, metric::PG_BACKENDS_TOTAL), backends.total()),
        gauge(SeriesKey::new(source, metric::PG_MAX_CONNECTIONS), backends.max_connections),
        gauge(SeriesKey::new(source, metric::POLL_MS), poll_ms),
    ];
    if backends.states_visible {
        let longest = backends.longest_idle_in_transaction_seconds.unwrap_or(0.0);
        samples.push(gauge(SeriesKey::new(source, metric::PG_LONGEST_IDLE_IN_TRANSACTION), longest));
        samples.push(gauge(SeriesKey::new(source, metric::PG_BLOCKED), backends.waiting_for_lock));
        samples.extend(by_state(source, backends));
        samples.extend(by_application(source, backends));
    }
    samples
}

fn by_state(source: &SourceId, backends: &Backends) -> impl Iterator<Item = Sample> {
    let mut counts: BTreeMap<BackendState, f64> =
        BackendState::ALL.into_iter().map(|state| (state, 0.0)).collect();
    for group in &backends.groups {
        *counts.entry(group.state).or_default() += group.count;
    }
    counts.into_iter().map(|(state, count)| {
        gauge(SeriesKey::new(source, metric::PG_BACKENDS).with("state", state.label()), count)
    })
}

fn by_application(source: &SourceId, backends: &Backends) -> Vec<Sample> {
    let mut applications: HashMap<&str, BTreeMap<BackendState, f64>> = HashMap::new();
    for group in &backends.groups {
        let states = applications
            .entry(group.application.as_str())
            .or_insert_with(|| USUAL.into_iter().map(|state| (state, 0.0)).collect());
        *states.entry(group.state).or_default() += group.count;
    }
    let mut applications: Vec<_> = applications.into_iter().collect();
    let size = |states: &BTreeMap<BackendState, f64>| states.values().sum::<f64>();
    applications
        .sort_by(|(a_name, a), (b_name, b)| size(b).total_cmp(&size(a)).then_with(|| a_name.cmp(b_name)));
    applications
        .into_iter()
        .take(APPLICATIONS)
        .flat_map(|(name, states)| {
            states.into_iter().map(move |(state, count)| {
                let key = SeriesKey::new(source, metric::PG_APPLICATION_BACKENDS);
                gauge(key.with("application", name).with("state", state.label()), count)
            })
        })
        .collect()
}

pub(crate) fn gauge(key: SeriesKey, value: f64) -> Sample {
    Sample { key, kind: MetricKind::Gauge, value }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::BackendGroup;

    fn group(state: BackendState, application: &str, count: f64) -> BackendGroup {
        let name = || "x".to_owned();
        BackendGroup { state, database: name(), user: name(), application: application.to_owned(), count }
    }

    fn shown(backends: &Backends) -> BTreeMap<String, f64> {
        let samples = samples(&SourceId::new("pg"), backends, 7.0);
        samples.into_iter().map(|sample| (sample.key.to_string(), sample.value)).collect()
    }

    #[test]
    fn states_and_applications_are_summed_and_empty_ones_are_zero() {
        let backends = Backends {
            max_connections: 100.0,
            states_visible: true,
            waiting_for_lock: 1.0,
            groups: vec![
                group(BackendState::Active, "panel", 2.0),
                group(BackendState::Active, "panel", 1.0),
                group(BackendState::Idle, "", 4.0),
            ],
            ..Backends::default()
        };
        let found = shown(&backends);
        assert_eq!(found["pg_backends_count"], 7.0);
        assert_eq!(found["pg_backends{state=\"active\"}"], 3.0);
        assert_eq!(found["pg_backends{state=\"idle in transaction\"}"], 0.0);
        assert_eq!(found["pg_application_backends{application=\"panel\",state=\"active\"}"], 3.0);
        assert_eq!(
            found["pg_application_backends{application=\"panel\",state=\"idle in transaction\"}"],
            0.0
        );
        assert_eq!(found["pg_application_backends{application=\"\",state=\"idle\"}"], 4.0);
        assert_eq!(found["pg_longest_idle_in_transaction_seconds"], 0.0);
        assert_eq!(found["pg_backends_waiting_for_lock"], 1.0);
        assert_eq!(found["console_poll_milliseconds"], 7.0);
    }

    #[test]
    fn what_is_hidden_is_absent() {
        let backends = Backends {
            max_connections: 100.0,
            states_visible: false,
            groups: vec![group(BackendState::Unknown, "", 5.0)],
            ..Backends::default()
        };
        let names: Vec<_> = shown(&backends).into_keys().collect();
        assert_eq!(names, ["console_poll_milliseconds", "pg_backends_count", "pg_max_connections"]);
    }

    #[test]
    fn only_the_largest_applications_are_kept() {
        let groups = (0..200)
            .map(|number| group(BackendState::Idle, &format!("app {number}"), f64::from(number)))
            .collect();
        let backends = Backends { states_visible: true, groups, ..Backends::default() };
        let found = shown(&backends);
        let idle =
            |number: u32| format!("pg_application_backends{{application=\"app {number}\",state=\"idle\"}}");
        assert!(found.contains_key(&idle(199)) && found.contains_key(&idle(150)));
        assert!(!found.contains_key(&idle(149)));
    }
}
