//! What is kept of every Redis.
#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "tests may fail loudly")]

use domain::{Keyspace, KeyspaceCost, KeyspaceState, SlowCommand, SourceId, Timestamp};
use history::CacheStore;

fn slow(run_id: &str, id: u64, at: i64) -> SlowCommand {
    SlowCommand {
        node: "10.0.0.5:6379".to_owned(),
        run_id: run_id.to_owned(),
        id: id.to_string(),
        at: Timestamp(at),
        took_us: 20_000 + id,
        command: "HGETALL".to_owned(),
        key: Some("session:*".to_owned()),
        arguments: 1,
        client: None,
    }
}

fn keyspace(source: &SourceId, keys: u64) -> Keyspace {
    Keyspace {
        source: source.clone(),
        started_at: Timestamp(5),
        took_ms: 12.5,
        state: KeyspaceState::Done,
        database: 0,
        keys,
        keys_expected: keys,
        measured: keys,
        bytes: 1e6,
        without_ttl: 0.0,
        types: Vec::new(),
        prefixes: Vec::new(),
        keys_left_out: 0,
        ttl: Vec::new(),
        idle: Vec::new(),
        biggest: Vec::new(),
        tags: Vec::new(),
        tags_left_out: 0,
        long_names: 0,
        long_name_bytes: 0,
        layout: None,
        cost: KeyspaceCost::default(),
        lacks: Vec::new(),
    }
}

fn open(dir: &tempfile::TempDir) -> CacheStore {
    CacheStore::open(&dir.path().join("caches.db"), Timestamp(0)).expect("a store")
}

#[test]
fn slow_commands_outlive_the_log_of_the_server_and_are_kept_once() {
    let dir = tempfile::tempdir().expect("a directory");
    let (cache, other) = (SourceId::new("cache"), SourceId::new("other"));
    let first = [slow("a", 0, 100), slow("a", 1, 200)];
    // After a restart ids begin anew: the same id is another command.
    let later = [slow("a", 1, 200), slow("b", 0, 300)];
    let store = open(&dir);
    store.keep_slow(&cache, &first).expect("kept");
    store.keep_slow(&cache, &later).expect("kept");
    store.keep_slow(&other, &first[..1]).expect("kept");
    drop(store);
    let store = open(&dir);
    let expected = [later[1].clone(), first[1].clone(), first[0].clone()];
    assert_eq!(store.slow(&cache, 10).expect("slow commands"), expected);
    assert_eq!(store.slow(&cache, 1).expect("slow commands"), expected[..1]);
    store.forget(&cache).expect("forgotten");
    assert_eq!(store.slow(&cache, 10).expect("slow commands"), []);
    assert_eq!(store.slow(&other, 10).expect("slow commands"), first[..1]);
}

#[test]
fn only_the_newest_commands_stay() {
    let dir = tempfile::tempdir().expect("a directory");
    let cache = SourceId::new("cache");
    let store = open(&dir);
    let most = u64::from(CacheStore::MOST_SLOW);
    for start in [0, most - 10, most + 500] {
        let batch: Vec<SlowCommand> = (start..start + 500).map(|id| slow("a", id, id as i64)).collect();
        store.keep_slow(&cache, &batch).expect("kept");
    }
    let kept = store.slow(&cache, u32::MAX).expect("slow commands");
    assert_eq!(kept.len(), 1_500, "fewer than the bound all stay");
    let batch: Vec<SlowCommand> = (9_000..9_000 + most - 1).map(|id| slow("a", id, id as i64)).collect();
    store.keep_slow(&cache, &batch).expect("kept");
    let kept = store.slow(&cache, u32::MAX).expect("slow commands");
    assert_eq!(kept.len(), CacheStore::MOST_SLOW as usize);
    assert_eq!(kept.last().map(|command| command.at), Some(Timestamp(most as i64 + 999)));
}

#[test]
fn the_last_walk_replaces_the_one_before() {
    let dir = tempfile::tempdir().expect("a directory");
    let cache = SourceId::new("cache");
    let store = open(&dir);
    assert_eq!(store.keyspace(&cache).expect("an answer"), None);
    for keys in [10, 20] {
        store.keep_keyspace(&keyspace(&cache, keys)).expect("kept");
    }
    assert_eq!(open(&dir).keyspace(&cache).expect("an answer"), Some(keyspace(&cache, 20)));
    store.forget(&cache).expect("forgotten");
    assert_eq!(store.keyspace(&cache).expect("an answer"), None);
}

#[test]
fn a_damaged_file_is_set_aside_and_told() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("caches.db");
    drop(open(&dir));
    std::fs::write(&path, vec![7; 8_192]).expect("damage");
    let store = open(&dir);
    let notices = store.notices();
    assert!(notices.len() == 1 && notices[0].contains("caches.db was damaged"), "{notices:?}");
    assert_eq!(store.slow(&SourceId::new("cache"), 10).expect("an empty store"), []);
}
