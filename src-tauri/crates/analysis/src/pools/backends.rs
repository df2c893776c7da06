//! PostgreSQL's own limits: connections in use, and transactions that sit open.

use domain::{BackendSession, Backends, Check, Evidence, PoolThresholds, Severity, SourceId};

use super::saturation::grade;
use super::sessions::{commonest_route, is_in_transaction};
use super::streak;
use super::{BackendsPoint, Detector, Layer, Layers};
use crate::words;

/// An open transaction this many times over the threshold is critical though nobody waits yet: vacuum does.
const MUCH_TOO_LONG: f64 = 10.0;
const VIEW: &str = "pg_stat_activity";

/// Connections that ordinary users may open.
pub(super) fn limit(backends: &Backends) -> f64 {
    backends.max_connections - backends.reserved
}

pub(super) fn fullness(backends: &Backends, thresholds: &PoolThresholds) -> Option<Severity> {
    let limit = limit(backends);
    let (warning, critical) = (thresholds.connections_warning, thresholds.connections_critical);
    (limit > 0.0).then(|| grade(backends.total(), limit, warning, critical))
}

pub(super) struct NearLimit<'a> {
    layer: Layer<'a, BackendsPoint>,
    used: f64,
    limit: f64,
    reserved: f64,
    severity: Severity,
    seconds: f64,
    /// Who uses most of them, and how many.
    largest: Option<(&'a str, f64)>,
}

impl<'a> Detector<'a> for NearLimit<'a> {
    const CHECK: Check = Check::ConnectionsNearLimit;

    fn check(layers: &Layers<'a>, thresholds: &PoolThresholds) -> Option<Self> {
        let layer = layers.postgres?;
        let backends = &layer.last()?.backends;
        let severity = fullness(backends, thresholds)?;
        let run = streak::run(layer.points, |point| fullness(&point.backends, thresholds) >= Some(severity));
        Some(NearLimit {
            layer,
            used: backends.total(),
            limit: limit(backends),
            reserved: backends.reserved,
            severity,
            seconds: streak::span_seconds(run),
            largest: largest_application(backends),
        })
    }

    fn source(&self) -> &SourceId {
        self.layer.source
    }

    fn severity(&self) -> Severity {
        self.severity
    }

    fn title(&self) -> String {
        match self.severity {
            Severity::Ok => format!("Connections to spare on {}", self.layer.name),
            _ => format!("Connections near the limit on {}", self.layer.name),
        }
    }

    /// "92 of 97 connections, 94% for 6 min, most by `mpanel` (60)"
    fn explain(&self) -> String {
        let mut text = format!(
            "{} of {}, {}",
            words::number(self.used),
            words::connections(self.limit),
            words::percent(self.used, self.limit)
        );
        if self.severity > Severity::Ok {
            if self.seconds > 0.0 {
                text.push_str(&format!(" for {}", words::duration(self.seconds)));
            }
            if let Some((application, count)) = self.largest {
                text.push_str(&format!(", most by `{application}` ({})", words::number(count)));
            }
        }
        text
    }

    fn evidence(&self) -> Vec<Evidence> {
        let number = words::number;
        vec![
            self.layer.evidence("Client backends", number(self.used), VIEW, "last poll"),
            self.layer.evidence(
                "max_connections",
                number(self.limit + self.reserved),
                "pg_settings",
                "last poll",
            ),
            self.layer.evidence("Reserved", number(self.reserved), "pg_settings", "last poll"),
        ]
    }

    fn remedy(&self) -> Option<String> {
        Some("Close what is idle or put PgBouncer in front before raising max_connections: each backend costs memory.".into())
    }
}

fn largest_application(backends: &Backends) -> Option<(&str, f64)> {
    let mut counts: Vec<(&str, f64)> = Vec::new();
    for group in backends.groups.iter().filter(|group| !group.application.is_empty()) {
        match counts.iter_mut().find(|(application, _)| *application == group.application) {
            Some((_, count)) => *count += group.count,
            None => counts.push((&group.application, group.count)),
        }
    }
    counts.into_iter().max_by(|a, b| a.1.total_cmp(&b.1))
}

pub(super) struct IdleInTransaction<'a> {
    layer: Layer<'a, BackendsPoint>,
    longest: f64,
    waiting_for_lock: f64,
    threshold: f64,
    open: Vec<&'a BackendSession>,
}

impl<'a> Detector<'a> for IdleInTransaction<'a> {
    const CHECK: Check = Check::IdleInTransaction;

    fn check(layers: &Layers<'a>, thresholds: &PoolThresholds) -> Option<Self> {
        let layer = layers.postgres?;
        let backends = &layer.last()?.backends;
        if !backends.states_visible {
            return None;
        }
        let threshold = thresholds.idle_in_transaction_seconds;
        let long = |session: &&BackendSession| session.state_seconds.is_some_and(|idle| idle >= threshold);
        let mut open: Vec<&BackendSession> = backends
            .sessions
            .iter()
            .filter(|session| is_in_transaction(session.state))
            .filter(long)
            .collect();
        open.sort_by(|a, b| b.state_seconds.unwrap_or(0.0).total_cmp(&a.state_seconds.unwrap_or(0.0)));
        Some(IdleInTransaction {
            layer,
            longest: backends.longest_idle_in_transaction_seconds.unwrap_or(0.0),
            waiting_for_lock: backends.waiting_for_lock,
            threshold,
            open,
        })
    }

    fn source(&self) -> &SourceId {
        self.layer.source
    }

    fn severity(&self) -> Severity {
        if self.longest < self.threshold {
            Severity::Ok
        } else if self.waiting_for_lock > 0.0 || self.longest >= self.threshold * MUCH_TOO_LONG {
            Severity::Critical
        } else {
            Severity::Warning
        }
    }

    fn title(&self) -> String {
        match self.severity() {
            Severity::Ok => format!("No transaction left open on {}", self.layer.name),
            _ => format!("Transaction left open on {}", self.layer.name),
        }
    }

    /// "pid 4182 idle in transaction for 4 min, 3 sessions wait for locks, last in `POST /api/orders`"
    fn explain(&self) -> String {
        if self.longest <= 0.0 {
            return "none idle in transaction".to_owned();
        }
        let who =
            self.open.first().map_or_else(|| "longest".to_owned(), |session| format!("pid {}", session.pid));
        let mut text = format!("{who} idle in transaction for {}", words::duration(self.longest));
        if self.open.len() > 1 {
            text.push_str(&format!(", {} in all", self.open.len()));
        }
        if self.waiting_for_lock > 0.0 && self.severity() > Severity::Ok {
            text.push_str(&format!(", {}", sessions_wait(self.waiting_for_lock)));
        }
        if let Some((route, _)) = commonest_route(&self.open) {
            text.push_str(&format!(", last in `{route}`"));
        }
        text
    }

    fn evidence(&self) -> Vec<Evidence> {
        let now = "last poll";
        let mut evidence = vec![
            self.layer.evidence("Longest idle in transaction", words::duration(self.longest), VIEW, now),
            self.layer.evidence("Waiting for a lock", words::number(self.waiting_for_lock), VIEW, now),
        ];
        evidence.extend(self.open.iter().take(10).map(|session| {
            let idle = words::duration(session.state_seconds.unwrap_or(0.0));
            self.layer.evidence(
                &format!("pid {}", session.pid),
                format!("{} for {idle}", session.state.label()),
                VIEW,
                now,
            )
        }));
        evidence
    }

    fn remedy(&self) -> Option<String> {
        Some("End transactions before waiting for anything else; idle_in_transaction_session_timeout ends forgotten ones.".into())
    }
}

/// "3 sessions wait for locks"
pub(super) fn sessions_wait(count: f64) -> String {
    if count == 1.0 {
        "1 session waits for a lock".into()
    } else {
        format!("{} sessions wait for locks", words::number(count))
    }
}

#[cfg(test)]
mod tests {
    use domain::{BackendGroup, BackendState};

    use super::*;
    use crate::pools::fixture::{Path, backends, routed, session};

    fn used(count: f64, max: f64, reserved: f64) -> BackendsPoint {
        let mut point = backends(0, Vec::new());
        point.backends.max_connections = max;
        point.backends.reserved = reserved;
        point.backends.groups = vec![BackendGroup {
            state: BackendState::Idle,
            database: "hosting".into(),
            user: "panel".into(),
            application: "mpanel".into(),
            count,
        }];
        point
    }

    #[test]
    fn near_the_limit() {
        let cases = [
            (0.0, 100.0, 0.0, Some(Severity::Ok)),
            (74.0, 100.0, 0.0, Some(Severity::Ok)),
            (75.0, 100.0, 0.0, Some(Severity::Warning)),
            (89.0, 100.0, 0.0, Some(Severity::Warning)),
            (90.0, 100.0, 0.0, Some(Severity::Critical)),
            // Reserved slots are not for the asking: 90 of 97 is above 90 %.
            (88.0, 100.0, 3.0, Some(Severity::Critical)),
            (5.0, 3.0, 3.0, None),
        ];
        for (count, max, reserved, expected) in cases {
            let path = Path::new().postgres(vec![used(count, max, reserved)]);
            assert_eq!(path.severity(Check::ConnectionsNearLimit), expected, "{count} of {max} - {reserved}");
        }
        let detail = Path::new()
            .postgres(vec![used(92.0, 100.0, 3.0)])
            .verdict(Check::ConnectionsNearLimit)
            .unwrap()
            .detail;
        assert_eq!(detail, "92 of 97 connections, 94%, most by `mpanel` (92)");
    }

    #[test]
    fn idle_in_transaction() {
        let cases = [
            (29.9, false, Severity::Ok),
            (30.0, false, Severity::Warning),
            (240.0, true, Severity::Critical),
            (299.0, false, Severity::Warning),
            (300.0, false, Severity::Critical),
            (5.0, true, Severity::Ok),
        ];
        for (seconds, blocks, expected) in cases {
            let mut waiter = session(2, BackendState::Active, 1.0);
            waiter.waiting_for_lock = blocks;
            let path = Path::new().postgres(vec![backends(
                0,
                vec![session(1, BackendState::IdleInTransaction, seconds), waiter],
            )]);
            assert_eq!(
                path.severity(Check::IdleInTransaction),
                Some(expected),
                "{seconds} s, blocks: {blocks}"
            );
        }
    }

    #[test]
    fn the_sentence_names_who_and_where() {
        let mut waiter = session(2, BackendState::Active, 1.0);
        waiter.waiting_for_lock = true;
        let open = routed(session(4182, BackendState::IdleInTransaction, 240.0), "POST /api/orders");
        let verdict = Path::new()
            .postgres(vec![backends(0, vec![waiter, open])])
            .verdict(Check::IdleInTransaction)
            .unwrap();
        assert_eq!(
            verdict.detail,
            "pid 4182 idle in transaction for 4 min, 1 session waits for a lock, last in `POST /api/orders`"
        );
    }

    #[test]
    fn hidden_states_give_no_verdict() {
        let mut point = backends(0, vec![session(1, BackendState::IdleInTransaction, 600.0)]);
        point.backends.states_visible = false;
        assert_eq!(Path::new().postgres(vec![point]).severity(Check::IdleInTransaction), None);
    }
}
