//! Health checks as data: for each a server on which it speaks, one on which it does not, and one that hides what it needs.

mod about_all;
mod fixture;
mod memory;
mod objects;
mod replication;
mod settings;
mod transactions;
mod vacuum;
mod writing;

use domain::{HealthCheck, HealthCode, HealthFacts, Severity, Timestamp, Unseen};

use super::{Previous, check_all};
use fixture::{NOW, facts};

fn unseen() -> Unseen {
    Unseen {
        code: "missing_privilege".to_owned(),
        message: "The role \"ada\" may not see this.".to_owned(),
        remedy: Some("Let the role see it.".to_owned()),
        sql: Some("GRANT pg_monitor TO \"ada\";".to_owned()),
    }
}

/// What a check says of a healthy server that `change` has changed.
fn seen(code: HealthCode, change: impl Fn(&mut HealthFacts)) -> HealthCheck {
    seen_after(code, |_| {}, change)
}

/// The same, an hour after a reading that `before` changed.
fn seen_after(
    code: HealthCode,
    before: impl Fn(&mut HealthFacts),
    change: impl Fn(&mut HealthFacts),
) -> HealthCheck {
    let mut earlier = facts();
    before(&mut earlier);
    earlier.quick.at = Timestamp(NOW.0 - 3_600_000);
    if let Some(slow) = &mut earlier.slow {
        slow.at = earlier.quick.at;
    }
    look(code, Some(&Previous::of(&earlier)), change)
}

/// The same, with nothing known from before.
fn seen_first(code: HealthCode, change: impl Fn(&mut HealthFacts)) -> HealthCheck {
    look(code, None, change)
}

fn look(code: HealthCode, previous: Option<&Previous>, change: impl Fn(&mut HealthFacts)) -> HealthCheck {
    let mut facts = facts();
    change(&mut facts);
    let checks = check_all(&facts, previous, NOW);
    checks.into_iter().find(|check| check.code == code).expect("every check is always there")
}

fn is(check: &HealthCheck, severity: Severity, sentence: &str) {
    assert_eq!(check.severity, Some(severity), "{check:?}");
    assert_eq!(check.seen, sentence);
    if severity >= Severity::Warning {
        assert!(check.remedy.is_some(), "{check:?}");
    }
}

/// A check whose part is hidden says so, with the GRANT.
fn is_hidden(check: &HealthCheck) {
    assert_eq!(check.severity, None);
    assert_eq!(check.seen, "The role \"ada\" may not see this.");
    assert_eq!(check.sql.as_deref(), Some("GRANT pg_monitor TO \"ada\";"));
}

fn sql(check: &HealthCheck) -> &str {
    check.sql.as_deref().expect("there is SQL")
}
