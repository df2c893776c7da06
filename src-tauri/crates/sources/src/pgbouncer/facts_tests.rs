//! The columns of the versions that matter, from 1.8 to 1.24.

use super::*;

/// Version, then SHOW POOLS, SHOW DATABASES, SHOW STATS and SHOW CONFIG with its columns.
const VERSIONS: [(&str, &str, &str, &str, &str); 4] = [
    (
        "1.8",
        "database|user|cl_active|cl_waiting|sv_active|sv_idle|sv_used|sv_tested|sv_login|maxwait|maxwait_us|pool_mode
         pgbouncer|pgbouncer|1|0|0|0|0|0|0|0|0|statement
         shop|panel|9|4|5|1|2|0|3|2|250000|transaction",
        "name|host|port|database|force_user|pool_size|reserve_pool|pool_mode|max_connections|current_connections|paused|disabled
         pgbouncer||6432|pgbouncer|pgbouncer|2|0|statement|0|0|0|0
         shop|db|5432|shop||5|0||0|5|0|0",
        "database|total_xact_count|total_query_count|total_received|total_sent|total_xact_time|total_query_time|total_wait_time|avg_xact_count|avg_query_count|avg_recv|avg_sent|avg_xact_time|avg_query_time|avg_wait_time
         pgbouncer|1|1|0|0|0|0|0|0|0|0|0|0|0|0
         shop|100|300|10|20|9000000|6000000|1500000|1|3|1|2|90000|20000|5000",
        "key|value|changeable
         max_client_conn|200|yes
         default_pool_size|20|yes
         query_wait_timeout|120|yes",
    ),
    (
        "1.18",
        "database|user|cl_active|cl_waiting|cl_active_cancel_req|cl_waiting_cancel_req|sv_active|sv_active_cancel|sv_being_canceled|sv_idle|sv_used|sv_tested|sv_login|maxwait|maxwait_us|pool_mode
         shop|panel|9|4|0|0|5|0|0|1|2|0|3|2|250000|transaction
         pgbouncer|pgbouncer|1|0|0|0|0|0|0|0|0|0|0|0|0|statement",
        "name|host|port|database|force_user|pool_size|min_pool_size|reserve_pool|pool_mode|max_connections|current_connections|paused|disabled
         shop|db|5432|shop||5|0|0||0|5|0|0",
        "database|total_xact_count|total_query_count|total_received|total_sent|total_xact_time|total_query_time|total_wait_time|avg_xact_count
         shop|100|300|10|20|9000000|6000000|1500000|1",
        "key|value|default|changeable
         max_client_conn|200|100|yes
         default_pool_size|20|20|yes
         query_wait_timeout|120|120|yes",
    ),
    (
        "1.23",
        "database|user|cl_active|cl_waiting|cl_active_cancel_req|cl_waiting_cancel_req|sv_active|sv_active_cancel|sv_being_canceled|sv_idle|sv_used|sv_tested|sv_login|maxwait|maxwait_us|pool_mode
         shop|panel|9|4|0|0|5|0|0|1|2|0|3|2|250000|transaction",
        "name|host|port|database|force_user|pool_size|min_pool_size|reserve_pool|server_lifetime|pool_mode|max_connections|current_connections|paused|disabled
         shop|db|5432|shop||5|0|0|3600||0|5|0|0",
        "database|total_server_assignment_count|total_xact_count|total_query_count|total_received|total_sent|total_xact_time|total_query_time|total_wait_time
         shop|7|100|300|10|20|9000000|6000000|1500000",
        "key|value|default|changeable
         max_client_conn|200|100|yes
         query_wait_timeout|120|120|yes",
    ),
    (
        "1.24",
        "database|user|cl_active|cl_waiting|cl_active_cancel_req|cl_waiting_cancel_req|sv_active|sv_active_cancel|sv_being_canceled|sv_idle|sv_used|sv_tested|sv_login|maxwait|maxwait_us|pool_mode|load_balance_hosts
         shop|panel|9|4|0|0|5|0|0|1|2|0|3|2|250000|transaction|",
        "name|host|port|database|force_user|pool_size|min_pool_size|reserve_pool_size|server_lifetime|pool_mode|load_balance_hosts|max_connections|current_connections|max_client_connections|current_client_connections|paused|disabled
         shop|db|5432|shop||5|0|0|3600|||0|5|0|9|0|0",
        "database|total_server_assignment_count|total_xact_count|total_query_count|total_received|total_sent|total_xact_time|total_query_time|total_wait_time|total_client_parse_count|total_server_parse_count|total_bind_count
         shop|7|100|300|10|20|9000000|6000000|1500000|0|0|0",
        "key|value|default|changeable
         max_client_conn|200|100|yes
         query_wait_timeout|120|120|yes",
    ),
];

const LISTS: &str = "list|items\n databases|2\n used_clients|10\n used_servers|5\n";

fn answers(pools: &str, databases: &str, stats: &str, config: Option<&str>) -> Answers {
    Answers {
        pools: Table::recorded(pools),
        databases: Table::recorded(databases),
        stats: Table::recorded(stats),
        lists: Table::recorded(LISTS),
        config: config.map(Table::recorded),
    }
}

#[test]
fn every_version_reads_the_same() {
    let wanted = Pgbouncer {
        pools: vec![PgbouncerPool {
            database: "shop".into(),
            user: "panel".into(),
            mode: Some("transaction".into()),
            cl_active: 9.0,
            cl_waiting: 4.0,
            sv_active: 5.0,
            sv_idle: 1.0,
            sv_used: 2.0,
            sv_login: 3.0,
            maxwait_seconds: 2.25,
            pool_size: Some(5.0),
        }],
        databases: vec![PgbouncerStats {
            database: "shop".into(),
            transactions: 100.0,
            queries: 300.0,
            query_seconds: 6.0,
            transaction_seconds: 9.0,
            wait_seconds: 1.5,
        }],
        max_client_connections: Some(200.0),
        used_clients: Some(10.0),
        used_servers: Some(5.0),
        query_wait_timeout_seconds: Some(120.0),
    };
    for (version, pools, databases, stats, config) in VERSIONS {
        assert_eq!(facts(&answers(pools, databases, stats, Some(config))), Ok(wanted.clone()), "{version}");
    }
}

#[test]
fn without_the_configuration_limits_are_unknown_not_zero() {
    let (_, pools, databases, stats, _) = VERSIONS[1];
    let found = facts(&answers(pools, databases, stats, None)).unwrap();
    assert_eq!((found.max_client_connections, found.query_wait_timeout_seconds), (None, None));
    assert_eq!(found.used_clients, Some(10.0));
    assert_eq!(found.pools[0].pool_size, Some(5.0));
}

#[test]
fn a_pool_without_its_own_size_has_the_default() {
    let (_, pools, _, stats, config) = VERSIONS[0];
    let found = facts(&answers(pools, "name|pool_size\n", stats, Some(config))).unwrap();
    assert_eq!(found.pools[0].pool_size, Some(20.0));
}

#[test]
fn a_missing_column_is_named() {
    let cases = [
        ("database|user|cl_active\nshop|panel|1", "database\n", "cl_waiting"),
        ("database|user|cl_active|cl_waiting\nshop|panel|1|many", "database\n", "cl_waiting"),
        ("database|user\n", "database|total_requests\nshop|4", "total_xact_count"),
    ];
    for (pools, stats, column) in cases {
        assert_eq!(facts(&answers(pools, "name\n", stats, None)), Err(Missing(column)));
    }
}
