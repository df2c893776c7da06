//! What a walk tells is what is there.

use domain::{CacheLayout, KeyPrefix, Keyspace, KeyspaceOptions, KeyspaceState};
use redis::aio::MultiplexedConnection;
use tokio_util::sync::CancellationToken;

use crate::support::{ALL, connect, primary, run, server, walk_all, walk_with};

/// Sessions with a day to live, results of an hour with their tags, lists and a hash that stay.
const MIXED: &str = "
for n = 1, 3000 do redis.call('set', 'mpanel:session:' .. (100000 + n), string.rep('s', n % 200), 'EX', 86000) end
for n = 1, 2000 do
  local name = 'query:' .. string.format('%016x', n * 7919)
  redis.call('set', name, string.rep('r', n), 'EX', 3000)
  redis.call('sadd', 'cache:tag:' .. (n % 2 == 0 and 'products' or 'billing'), name)
end
for n = 1, 1000 do redis.call('sadd', 'cache:tag:products', 'query:gone' .. n) end
for n = 1, 50 do for m = 1, 200 do redis.call('rpush', 'queue:emails:' .. n, 'message ' .. m) end end
for n = 1, 900 do redis.call('hset', 'catalog', 'field' .. n, string.rep('h', 40)) end
return redis.call('dbsize')";

/// MEMORY USAGE over every key.
const TRUE_BYTES: &str = "
local sum, cursor = 0, '0'
repeat
  local reply = redis.call('scan', cursor, 'count', 1000)
  cursor = reply[1]
  for _, name in ipairs(reply[2]) do sum = sum + redis.call('memory', 'usage', name, 'samples', 0) end
until cursor == '0'
return sum";

async fn eval<T: redis::FromRedisValue>(connection: &mut MultiplexedConnection, script: &str) -> T {
    run(connection, &["EVAL", script, "0"]).await
}

fn prefix<'k>(keyspace: &'k Keyspace, name: &str) -> &'k KeyPrefix {
    keyspace.prefixes.iter().find(|prefix| prefix.prefix == name).unwrap()
}

fn near(found: f64, truth: f64, share: f64) -> bool {
    (found - truth).abs() <= truth * share
}

#[tokio::test]
async fn every_key_of_a_mixed_keyspace() {
    let server = server(&[]).await;
    let mut connection = connect(&server, None).await;
    let keys: u64 = eval(&mut connection, MIXED).await;
    let bytes: f64 = eval(&mut connection, TRUE_BYTES).await;
    let walked = walk_all(vec![primary(&server).await], ALL).await;
    let keyspace = walked.keyspace;
    assert_eq!(keyspace.state, KeyspaceState::Done);
    assert_eq!((keyspace.keys, keyspace.keys_expected, keyspace.measured), (keys, keys, keys));
    assert_eq!((keys, keyspace.lacks.as_slice()), (5_053, [].as_slice()));
    assert!(near(keyspace.bytes, bytes, 0.03), "{} of {bytes}", keyspace.bytes);

    let steps: Vec<_> = keyspace.ttl.iter().filter(|step| step.keys > 0.0).collect();
    let told: Vec<_> = steps.iter().map(|step| (step.label.as_str(), step.keys.round())).collect();
    assert_eq!(told, [("none", 53.0), ("10 to 60 min", 2_000.0), ("1 to 24 h", 3_000.0)]);
    assert_eq!(keyspace.without_ttl.round(), 53.0);
    let mut types: Vec<_> = keyspace.types.iter().map(|t| (t.name.as_str(), t.keys.round())).collect();
    types.sort_unstable_by(|a, b| a.0.cmp(b.0));
    assert_eq!(types, [("hash", 1.0), ("list", 50.0), ("set", 2.0), ("string", 5_000.0)]);

    assert_eq!(prefix(&keyspace, "mpanel:session:*").keys, 3_000);
    let query = prefix(&keyspace, "query:*");
    assert_eq!((query.keys, query.without_ttl_ratio, query.types.as_str()), (2_000, 0.0, "string"));
    assert!(
        query.ttl_longest.unwrap() <= 3_000.0 && near(query.ttl_median.unwrap(), 2_990.0, 0.15),
        "{query:?}"
    );
    assert_eq!(prefix(&keyspace, "queue:emails:*").types, "list");
    assert_eq!(prefix(&keyspace, "catalog").keys, 1);
    assert_eq!(keyspace.biggest.len(), 50);
    assert!(keyspace.biggest.is_sorted_by(|a, b| a.bytes >= b.bytes));
    assert_eq!(keyspace.biggest[0].kind, "set");

    assert_eq!(keyspace.layout, Some(CacheLayout::Intended { entries: 2_000, tags: 2 }));
    let tags: Vec<_> = keyspace.tags.iter().map(|tag| (tag.tag.as_str(), tag.members)).collect();
    assert_eq!(tags, [("products", 2_000), ("billing", 1_000)]);
    assert_eq!(keyspace.tags[1].alive_ratio, Some(1.0));
    assert!(keyspace.tags[0].alive_ratio.unwrap() < 1.0, "half of ten are gone: {:?}", keyspace.tags[0]);
    assert_eq!(keyspace.tags[0].cache_types, ["products", "product_categories"]);

    let cost = keyspace.cost;
    assert!(cost.server_ms.unwrap() > 0.0 && cost.commands > 4 * keys, "{cost:?}");
    assert!(cost.longest_step_ms > 0.0 && cost.core_ratio.unwrap() > 0.0, "{cost:?}");
}

#[tokio::test]
async fn a_walk_tells_the_hits_and_misses_that_it_adds() {
    let server = server(&[]).await;
    let mut connection = connect(&server, None).await;
    let _: u64 = eval(&mut connection, MIXED).await;
    let counted = async |connection: &mut MultiplexedConnection| {
        let info: String = run(connection, &["INFO", "stats"]).await;
        let figure = |name: &str| {
            info.lines().find_map(|line| line.strip_prefix(name)).unwrap().trim().parse::<u64>().unwrap()
        };
        (figure("keyspace_hits:"), figure("keyspace_misses:"))
    };
    let before = counted(&mut connection).await;
    let walked = walk_all(vec![primary(&server).await], ALL).await;
    let after = counted(&mut connection).await;
    assert_eq!((walked.end.hits, walked.end.misses), (after.0 - before.0, after.1 - before.1));
}

#[tokio::test]
async fn a_sample_tells_the_size_of_all() {
    let server = server(&[]).await;
    let mut connection = connect(&server, None).await;
    let script = "for n = 1, 60000 do redis.call('set', 'page:' .. n, string.rep('p', n % 3000)) end
for n = 1, 300 do redis.call('set', 'report:' .. n, string.rep('r', 20000), 'EX', 100) end return 1";
    let _: u64 = eval(&mut connection, script).await;
    let bytes: f64 = eval(&mut connection, TRUE_BYTES).await;
    let options = KeyspaceOptions { budget: 1.0, measured_keys: 6_000 };
    let keyspace = walk_all(vec![primary(&server).await], options).await.keyspace;
    assert_eq!(keyspace.keys, 60_300);
    assert!((5_000..=6_000).contains(&keyspace.measured), "{}", keyspace.measured);
    assert!(near(keyspace.bytes, bytes, 0.06), "{} of {bytes}", keyspace.bytes);
    let report = prefix(&keyspace, "report:*");
    assert!(report.measured >= 60 && near(report.bytes, 300.0 * 20_600.0, 0.1), "{report:?}");
    assert!(near(keyspace.without_ttl, 60_000.0, 0.001), "{}", keyspace.without_ttl);
}

#[tokio::test]
async fn each_database_and_each_primary_is_its_own() {
    let (one, two) = (server(&[]).await, server(&[]).await);
    let (mut first, mut second) = (connect(&one, None).await, connect(&two, None).await);
    let _: () = run(&mut first, &["DEBUG", "POPULATE", "3000", "zero"]).await;
    let _: () = run(&mut second, &["DEBUG", "POPULATE", "500", "other"]).await;
    let _: () = run(&mut first, &["SELECT", "5"]).await;
    let _: () = run(&mut first, &["DEBUG", "POPULATE", "700", "five"]).await;
    let never = CancellationToken::new();
    let five = walk_with(vec![primary(&one).await], 5, ALL, &never, |_| ()).await.keyspace;
    assert_eq!((five.keys, five.database, five.prefixes[0].prefix.as_str()), (700, 5, "five:*"));
    let both = walk_all(vec![primary(&one).await, primary(&two).await], ALL).await.keyspace;
    assert_eq!((both.keys, both.keys_expected, both.measured), (3_500, 3_500, 3_500));
    assert_eq!((prefix(&both, "zero:*").keys, prefix(&both, "other:*").keys), (3_000, 500));
}

#[tokio::test]
async fn an_empty_database_is_done_at_once() {
    let server = server(&[]).await;
    let keyspace = walk_all(vec![primary(&server).await], ALL).await.keyspace;
    assert_eq!((keyspace.state, keyspace.keys, keyspace.bytes), (KeyspaceState::Done, 0, 0.0));
}
