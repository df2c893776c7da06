//! What servers of several versions told, and what is made of it.

use domain::{RedisDatabase, RedisNode, RedisReplica, RedisRole, Timestamp};
use proptest::prelude::*;

use super::*;

/// Recorded after the same load: 13 keys written, 4 with a time to live, 7 look-ups that hit and 3 that missed.
const RECORDED: [(&str, &str); 4] = [
    ("Redis 6.2.14", include_str!("../../tests/recordings/redis/redis_6.2.txt")),
    ("Redis 7.0.15", include_str!("../../tests/recordings/redis/redis_7.0.txt")),
    ("Redis 8.2.3", include_str!("../../tests/recordings/redis/redis_8.2.txt")),
    ("Valkey 9.1.2", include_str!("../../tests/recordings/redis/valkey_9.1.txt")),
];

/// The fields of 5.0 that matter: no user, no totals of errors, no rejected calls, no maxclients.
const REDIS_5: &str = "# Server\r\nredis_version:5.0.14\r\nredis_mode:standalone\r\nrun_id:b1\r\nuptime_in_seconds:60\r\n\
    # Clients\r\nconnected_clients:3\r\nblocked_clients:0\r\n# Memory\r\nused_memory:859624\r\nmaxmemory:0\r\n\
    maxmemory_policy:noeviction\r\nmem_fragmentation_ratio:7.21\r\n# Stats\r\nkeyspace_hits:7\r\nkeyspace_misses:3\r\n\
    # Replication\r\nrole:master\r\nconnected_slaves:0\r\n# Commandstats\r\n\
    cmdstat_get:calls=10,usec=20,usec_per_call=2.00\r\n# Keyspace\r\ndb0:keys=13,expires=4,avg_ttl=0\r\n";
const KEYDB: &str =
    "redis_version:6.3.4\nexecutable:/usr/local/bin/keydb-server\nrole:active-replica\nmvcc_depth:0\n";

fn read(text: &str) -> (Server, RedisNode) {
    let fields = Info::parse(text);
    let server = server(&fields).expect("a server");
    let node = node(&fields, "a:1", &server.version);
    (server, node)
}

#[test]
fn every_version_tells_the_same_of_the_same_load() {
    for (title, text) in RECORDED {
        let (server, node) = read(text);
        assert_eq!(server.title, title);
        assert!(!server.is_sentinel && !server.in_cluster && server.loading.is_none(), "{server:?}");
        let counted = node.counters;
        assert_eq!((counted.hits, counted.misses, counted.connections), (7, 3, 1), "{title}");
        assert!(
            counted.errors >= 2 && counted.cpu_us > 0 && counted.input_bytes == 918,
            "{title}: {counted:?}"
        );
        assert_eq!((node.memory.max_bytes, node.memory.policy.as_str()), (Some(64 << 20), "allkeys-lru"));
        assert!(node.memory.used_bytes > 500_000 && node.memory.fragmentation_ratio > Some(1.0), "{title}");
        assert_eq!((node.clients.connected, node.clients.max), (1, Some(10_000)), "{title}");
        let [database] = node.databases.as_slice() else { panic!("{title}: {:?}", node.databases) };
        assert_eq!((database.database, database.keys, database.expiring), (0, 13, 4), "{title}");
        let get = node.commands.iter().find(|command| command.command == "get").expect(title);
        assert_eq!((get.calls, get.failed), (10, 0), "{title}");
        assert!(node.commands.is_sorted_by_key(|command| std::cmp::Reverse(command.total_us)), "{title}");
        assert_eq!((&node.role, node.run_id.len()), (&RedisRole::Primary, 40), "{title}");
        let saved = &node.persistence;
        assert_eq!((saved.changes_since_save, saved.last_save_ok, saved.append_only), (13, true, false));
        assert!(saved.last_save_at > Some(Timestamp(1_700_000_000_000)), "{title}");
    }
}

#[test]
fn what_a_version_does_not_tell_is_not_made_up() {
    let (server, node) = read(REDIS_5);
    assert_eq!(server.title, "Redis 5.0.14");
    assert_eq!((node.clients.max, node.memory.max_bytes, node.counters.errors), (None, None, 0));
    assert_eq!((node.commands[0].rejected, node.databases[0].mean_ttl_ms), (0, None));
    assert!(node.persistence.last_save_ok && node.persistence.last_save_at.is_none());
    assert_eq!(read(KEYDB).0.title, "KeyDB 6.3.4");
    assert_eq!(super::server(&Info::parse("HTTP/1.1 200 OK\nserver: nginx\n")), None);
}

#[test]
fn modes_and_loading_are_told() {
    let of = |text: &str| read(&format!("redis_version:7.0.15\n{text}")).0;
    assert!(of("redis_mode:sentinel\n").is_sentinel);
    assert!(of("redis_mode:cluster\n").in_cluster && of("server_mode:cluster\n").in_cluster);
    let loading = of("loading:1\nloading_loaded_perc:42.50\nloading_eta_seconds:3\n").loading;
    assert_eq!(loading, Some(Loading { percent: Some(42.5), seconds_left: Some(3) }));
    assert_eq!(of("loading:0\nasync_loading:1\n").loading, None);
}

#[test]
fn a_replica_tells_of_its_link_and_a_primary_of_its_replicas() {
    let (_, node) = read(
        "redis_version:7.0.15\nrole:slave\nmaster_host:::1\nmaster_port:7001\nmaster_link_status:down\n\
         master_link_down_since_seconds:12\nslave_repl_offset:70\n",
    );
    let wanted = RedisRole::Replica {
        primary: "[::1]:7001".into(),
        link_up: false,
        down_seconds: Some(12),
        behind_bytes: None,
    };
    assert_eq!((node.role, node.replicas), (wanted, vec![]));
    let (_, node) = read(
        "redis_version:7.0.15\nrole:master\nmaster_repl_offset:100\nslave0:ip=b,port=2,state=online,offset=60,lag=1\n\
         slave1:ip=c,port=3,state=wait_bgsave,offset=0,lag=0\nslave_expires_tracked_keys:0\n",
    );
    let replica = |address: &str, state: &str, behind_bytes, lag| RedisReplica {
        address: address.into(),
        state: state.into(),
        behind_bytes,
        lag_seconds: Some(lag),
    };
    assert_eq!(node.replicas, [replica("b:2", "online", 40, 1), replica("c:3", "wait_bgsave", 100, 0)]);
}

#[test]
fn databases_come_in_the_order_of_their_numbers() {
    let (_, node) =
        read("redis_version:7\ndb10:keys=1,expires=0,avg_ttl=0\ndb2:keys=2,expires=1,avg_ttl=500\n");
    let database =
        |database, keys, expiring, mean_ttl_ms| RedisDatabase { database, keys, expiring, mean_ttl_ms };
    assert_eq!(node.databases, [database(2, 2, 1, Some(500.0)), database(10, 1, 0, None)]);
}

proptest! {
    #[test]
    fn no_text_breaks_it(text in "(?s).{0,400}") {
        let text = format!("redis_version:7.0.15\r\n{text}");
        let (_, node) = read(&text);
        prop_assert!(node.memory.fragmentation_ratio.is_none_or(|ratio| ratio.is_finite() && ratio > 0.0));
        prop_assert!(node.commands.len() <= 50);
    }

    #[test]
    fn what_is_written_is_read(
        hits in any::<u64>(),
        keys in any::<u64>(),
        calls in any::<u64>(),
        usec in any::<u64>(),
        name in "[a-z]{1,8}(\\|[a-z]{1,8})?",
    ) {
        let (_, node) = read(&format!(
            "redis_version:7.0.15\r\nkeyspace_hits:{hits}\r\ncmdstat_{name}:calls={calls},usec={usec},usec_per_call=1\r\n\
             db3:keys={keys},expires=0,avg_ttl=0\r\n"
        ));
        prop_assert_eq!((node.counters.hits, node.databases[0].keys), (hits, keys));
        let command = &node.commands[0];
        prop_assert_eq!((&command.command, command.calls, command.total_us), (&name, calls, usec));
    }
}
