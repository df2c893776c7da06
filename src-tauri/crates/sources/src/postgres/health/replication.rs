//! Standbys of this server, this server as a standby, and replication slots.

use domain::{Part, RecoveryFacts, SlotFacts, StandbyFacts};
use tokio_postgres::{Error, Row};

use super::ask::{Looker, moment};
use super::versions;
use crate::postgres::own_queries::OwnQueryName;

const STANDBYS: OwnQueryName =
    OwnQueryName { name: "health.standbys", purpose: "How far standbys are behind" };
const RECOVERY: OwnQueryName =
    OwnQueryName { name: "health.recovery", purpose: "How far this standby is behind" };
const SLOTS: OwnQueryName =
    OwnQueryName { name: "health.slots", purpose: "What replication slots hold back" };

pub(super) async fn standbys(looker: &Looker<'_>) -> Result<Part<Vec<StandbyFacts>>, Error> {
    let read = |row: &Row| {
        let state: Option<String> = row.try_get("state")?;
        Ok(state.is_some().then_some(StandbyFacts {
            name: row.try_get("name")?,
            client: row.try_get("client")?,
            state: state.unwrap_or_default(),
            sync_state: row.try_get("sync_state")?,
            behind_bytes: row.try_get("behind_bytes")?,
            behind_seconds: row.try_get("behind_seconds")?,
        }))
    };
    let rows = looker.rows(STANDBYS, include_str!("../sql/health/standbys.sql"), &[], read).await?;
    Ok(rows.and_then(|rows| {
        let seen: Option<Vec<StandbyFacts>> = rows.into_iter().collect();
        seen.ok_or_else(|| looker.hidden("how far standbys are behind"))
    }))
}

pub(super) async fn recovery(looker: &Looker<'_>) -> Result<Part<RecoveryFacts>, Error> {
    let read = |row: &Row| {
        Ok(RecoveryFacts {
            in_recovery: row.try_get("in_recovery")?,
            unapplied_bytes: row.try_get("unapplied_bytes")?,
            applied_age_seconds: row.try_get("applied_age")?,
            paused: row.try_get("paused")?,
            receiving: row.try_get("receiving")?,
        })
    };
    looker.row(RECOVERY, include_str!("../sql/health/recovery.sql"), read).await
}

pub(super) async fn slots(looker: &Looker<'_>) -> Result<Part<Vec<SlotFacts>>, Error> {
    looker.rows(SLOTS, &versions::slots(looker.columns), &[], slot).await
}

fn slot(row: &Row) -> Result<SlotFacts, Error> {
    Ok(SlotFacts {
        name: row.try_get("name")?,
        kind: row.try_get("kind")?,
        database: row.try_get("database")?,
        active: row.try_get("active")?,
        retained_bytes: row.try_get("retained_bytes")?,
        wal_status: row.try_get("wal_status")?,
        safe_bytes: row.try_get("safe_bytes")?,
        xmin_age: row.try_get("xmin_age")?,
        catalog_xmin_age: row.try_get("catalog_xmin_age")?,
        inactive_since: moment(row, "inactive_since")?,
        invalidation_reason: row.try_get("invalidation_reason")?,
    })
}
