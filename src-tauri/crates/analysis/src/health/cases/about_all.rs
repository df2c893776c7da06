//! What holds for every check.

use domain::{HealthFacts, Severity};

use super::fixture::{NOW, facts};
use super::{check_all, unseen};
use crate::health::summary;

fn hidden() -> HealthFacts {
    let mut facts = facts();
    let quick = &mut facts.quick;
    quick.connections = Err(unseen());
    quick.databases = Err(unseen());
    quick.checkpoints = Err(unseen());
    quick.wal = Err(unseen());
    quick.archiver = Err(unseen());
    quick.standbys = Err(unseen());
    quick.recovery = Err(unseen());
    quick.slots = Err(unseen());
    quick.vacuums = Err(unseen());
    quick.ages = Err(unseen());
    quick.transactions = Err(unseen());
    quick.prepared = Err(unseen());
    quick.settings = Err(unseen());
    if let Some(slow) = &mut facts.slow {
        slow.database_bytes = Err(unseen());
        slow.tables = Err(unseen());
        slow.oldest_tables = Err(unseen());
        slow.table_bloat = Err(unseen());
        slow.index_bloat = Err(unseen());
        slow.invalid_indexes = Err(unseen());
        slow.sequences = Err(unseen());
        slow.extensions = Err(unseen());
    }
    facts
}

#[test]
fn on_a_healthy_server_nothing_is_told() {
    let checks = check_all(&facts(), None, NOW);
    assert_eq!(checks.len(), 24);
    for check in &checks {
        assert_eq!(check.severity, Some(Severity::Ok), "{check:?}");
        assert!(check.remedy.is_none() && check.sql.is_none(), "{check:?}");
        assert!(check.seen.ends_with('.') && check.why.ends_with('.'), "{check:?}");
    }
    assert_eq!(summary(&checks), "None of 24 need attention");
}

#[test]
fn what_is_hidden_is_told_as_such_with_its_grant() {
    let checks = check_all(&hidden(), None, NOW);
    assert_eq!(checks.len(), 24);
    checks.iter().for_each(super::is_hidden);
    assert_eq!(summary(&checks), "None of 24 need attention, 24 could not be looked at");
}

#[test]
fn what_was_not_looked_at_yet_is_not_fine() {
    let checks = check_all(&HealthFacts { slow: None, ..facts() }, None, NOW);
    let waiting = checks.iter().filter(|check| check.severity.is_none()).count();
    assert_eq!((checks.len(), waiting), (24, 7));
    assert_eq!(checks[0].seen, "Tables and indexes have not been looked at yet.");
}

#[test]
fn the_worst_stands_first() {
    let mut facts = facts();
    facts.quick.standbys = Err(unseen());
    if let Ok(settings) = &mut facts.quick.settings {
        settings.retain(|setting| setting.name != "fsync");
        settings.push(super::fixture::setting("fsync", "off", None));
    }
    if let Ok(connections) = &mut facts.quick.connections {
        connections.used = 80.0;
    }
    if let Ok(archiver) = &mut facts.quick.archiver {
        archiver.on = false;
    }
    let checks = check_all(&facts, None, NOW);
    let severities: Vec<_> = checks.iter().take(5).map(|check| check.severity).collect();
    let wanted =
        [Some(Severity::Critical), Some(Severity::Warning), Some(Severity::Info), None, Some(Severity::Ok)];
    assert_eq!(severities, wanted);
    assert_eq!(summary(&checks), "2 of 24 need attention, 1 could not be looked at");
}
