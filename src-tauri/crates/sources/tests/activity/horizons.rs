//! A standby whose readers hold back the primary's vacuum: by its connection alone, and through a slot that outlives it.

use domain::{HorizonKind, RemoteHorizon};

use super::*;

const SETTINGS: [(&str, &str); 3] =
    [("hot_standby_feedback", "on"), ("wal_receiver_status_interval", "1s"), ("cluster_name", "reports")];

async fn standby(primary: &Postgres, slot: Option<&str>) -> Postgres {
    let slot = slot.map(|slot| ("primary_slot_name", slot));
    let settings = SETTINGS.into_iter().chain(slot);
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    primary.standby(PostgresOptions { settings, ..PostgresOptions::default() }).await.unwrap()
}

/// A transaction on the standby that sees the table as it is now, and rows that are written on the primary afterwards.
async fn long_report(primary: &Client, standby: &Postgres) -> Client {
    let reader = client(standby, "monthly report").await;
    let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM t";
    let deadline = Instant::now() + Duration::from_secs(20);
    // The table may not have arrived yet.
    while reader.batch_execute(begin).await.is_err() {
        reader.batch_execute("ROLLBACK").await.unwrap();
        assert!(Instant::now() < deadline, "the standby never had the table");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    for _ in 0..3 {
        primary.batch_execute("INSERT INTO t VALUES (1)").await.unwrap();
    }
    reader
}

fn held(reading: &ActivityReading, kind: HorizonKind) -> Option<&RemoteHorizon> {
    let held = |horizon: &&RemoteHorizon| horizon.kind == kind && horizon.xmin_age >= 3;
    reading.sample.remote_horizons.iter().find(held)
}

#[tokio::test]
async fn a_standbys_reader_holds_the_primarys_horizon_by_its_connection() {
    let primary = start(&[]).await;
    let admin = client(&primary, "admin").await;
    admin.batch_execute("CREATE TABLE t (x int)").await.unwrap();
    let standby = standby(&primary, None).await;
    let reader = long_report(&admin, &standby).await;
    let source = source(&primary);
    let reading = until(&source, |reading| held(reading, HorizonKind::Standby).is_some()).await;
    assert_eq!(held(&reading, HorizonKind::Standby).unwrap().name, "reports");
    reader.batch_execute("COMMIT").await.unwrap();
    until(&source, |reading| held(reading, HorizonKind::Standby).is_none()).await;
}

#[tokio::test]
async fn a_slot_holds_it_on_when_its_standby_is_gone() {
    let primary = start(&[]).await;
    let admin = client(&primary, "admin").await;
    let made = "CREATE TABLE t (x int); SELECT pg_create_physical_replication_slot('reports')";
    admin.batch_execute(made).await.unwrap();
    let standby = standby(&primary, Some("reports")).await;
    let _reader = long_report(&admin, &standby).await;
    let source = source(&primary);
    let reading = until(&source, |reading| held(reading, HorizonKind::SlotXmin).is_some()).await;
    let slot = held(&reading, HorizonKind::SlotXmin).unwrap();
    assert_eq!((slot.name.as_str(), slot.active), ("reports", Some(true)));
    standby.stop().await;
    let gone = |reading: &ActivityReading| {
        held(reading, HorizonKind::SlotXmin).is_some_and(|slot| slot.active == Some(false))
    };
    let reading = until(&source, gone).await;
    assert!(held(&reading, HorizonKind::SlotXmin).unwrap().retained_bytes.is_some());
}
