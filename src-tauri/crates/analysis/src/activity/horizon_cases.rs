//! Holders of the horizon as servers show them.

use domain::{ActivitySample, ActivitySession, HorizonKind, RemoteHorizon};

use super::fixture::{idle_in_transaction, prepared, sample, session};
use super::horizon;

fn remote(kind: HorizonKind, name: &str, xmin_age: u32, active: Option<bool>) -> RemoteHorizon {
    RemoteHorizon {
        kind,
        name: name.to_owned(),
        xmin_age,
        active,
        retained_bytes: Some(3.0 * 1_073_741_824.0),
    }
}

#[test]
fn five_kinds_oldest_first() {
    let old = ActivitySession { xmin_age: Some(5_000), xid_age: None, ..idle_in_transaction(4182, 252.0) };
    let sample = ActivitySample {
        prepared: vec![prepared("billing 7")],
        remote_horizons: vec![
            remote(HorizonKind::SlotXmin, "eu'1", 70, Some(false)),
            remote(HorizonKind::SlotCatalogXmin, "cdc", 9_000, Some(true)),
            remote(HorizonKind::Standby, "replica-1", 800, None),
        ],
        ..sample(vec![old], Vec::new())
    };
    let holders = horizon(&sample);
    let told: Vec<(&str, u32, &str)> = holders
        .iter()
        .map(|holder| (holder.name.as_str(), holder.xmin_age, holder.detail.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (
                "cdc",
                9_000,
                "A slot in use; it keeps dead rows of the system catalogs, for decoding, and 3 GB of WAL"
            ),
            ("4182 panel", 5_000, "Idle in a transaction for 4 min, in billing"),
            ("billing 7", 900, "Prepared 3 h ago by App, in billing"),
            ("replica-1", 800, "A standby with hot_standby_feedback; a query there keeps dead rows here"),
            ("eu'1", 70, "A slot that nobody uses; it keeps dead rows of all tables, and 3 GB of WAL"),
        ]
    );
    let sql: Vec<&str> = holders.iter().filter_map(|holder| holder.sql.as_deref()).collect();
    assert_eq!(
        sql,
        [
            "SELECT * FROM pg_replication_slots WHERE slot_name = 'cdc';",
            "SELECT pg_terminate_backend(4182);",
            "ROLLBACK PREPARED 'billing 7';",
            "-- On the standby:\nSELECT pid, age(backend_xmin), xact_start, query FROM pg_stat_activity\nWHERE \
             backend_xmin IS NOT NULL ORDER BY age(backend_xmin) DESC LIMIT 10;",
            "-- Only if its consumer is gone for good: it could not go on.\nSELECT pg_drop_replication_slot('eu''1');",
        ]
    );
}

#[test]
fn whoever_holds_nothing_of_its_own_is_left_out() {
    let with = |pid, backend_type: &str, statement: &str| ActivitySession {
        backend_type: backend_type.to_owned(),
        statement: Some(statement.to_owned()),
        xmin_age: Some(10),
        ..session(pid)
    };
    let standby = vec![remote(HorizonKind::Standby, "replica-1", 10, None)];
    let cases = [
        (with(1, "client backend", "SELECT 1"), vec![], true),
        (ActivitySession { xmin_age: None, xid_age: None, ..session(1) }, vec![], false),
        (ActivitySession { xmin_age: None, xid_age: Some(4), ..session(1) }, vec![], true),
        (with(1, "client backend", "vacuum invoices"), vec![], false),
        (with(1, "client backend", "VACUUM (ANALYZE) invoices"), vec![], true),
        (with(1, "autovacuum worker", "autovacuum: VACUUM public.invoices"), vec![], false),
        (with(1, "autovacuum worker", "autovacuum : VACUUM public.invoices"), vec![], false),
        (with(1, "autovacuum worker", "autovacuum: ANALYZE public.invoices"), vec![], true),
        (with(1, "walsender", "START_REPLICATION 0/1"), standby, false),
        (with(1, "walsender", "START_REPLICATION 0/1"), vec![], true),
        (ActivitySession { leader: Some(2), ..with(1, "parallel worker", "SELECT 1") }, vec![], false),
    ];
    for (session, remote_horizons, holds) in cases {
        let name = format!("{} {:?}", session.backend_type, session.statement);
        let leader = ActivitySession { xmin_age: None, xid_age: None, ..super::fixture::session(2) };
        let sample = ActivitySample { remote_horizons, ..sample(vec![session, leader], Vec::new()) };
        let holders = horizon(&sample);
        assert_eq!(holders.iter().any(|holder| holder.pid == Some(1)), holds, "{name}");
    }
}
