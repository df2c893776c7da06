//! Keys as nobody wants them, keyspaces that do not hold still, servers that go.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::{CacheLayout, KeyspaceOptions, KeyspaceState, ProblemCode};
use tokio_util::sync::CancellationToken;

use crate::support::{ALL, connect, primary, resident_bytes, run, server, walk_all, walk_with};

#[tokio::test]
async fn names_of_megabytes_pass_one_by_one() {
    let server = server(&[]).await;
    let mut connection = connect(&server, None).await;
    let script = "for n = 1, 50 do
  local hash = string.format('%016x', n)
  redis.call('set', 'mpanel:query:' .. hash .. ':{\"rows\":\"' .. string.rep('x', (1 + n % 5) * 1048576) .. '\"}', 600, 'EX', 3600)
end
for n = 1, 3000 do redis.call('set', 'mpanel:session:' .. (100000 + n), 'x') end return 1";
    let _: u64 = run(&mut connection, &["EVAL", script, "0"]).await;
    let before = resident_bytes();
    let mut peak = before;
    let never = CancellationToken::new();
    let walked =
        walk_with(vec![primary(&server).await], 0, ALL, &never, |_| peak = peak.max(resident_bytes())).await;
    let keyspace = walked.keyspace;
    assert_eq!((keyspace.state, keyspace.keys, keyspace.measured), (KeyspaceState::Done, 3_050, 3_050));
    let Some(CacheLayout::Broken { entries: 50, name_bytes, intended_entries: 0 }) = keyspace.layout else {
        panic!("{:?}", keyspace.layout)
    };
    assert_eq!((keyspace.long_names, keyspace.long_name_bytes), (50, name_bytes));
    assert!(keyspace.bytes > name_bytes as f64);
    let big = &keyspace.biggest[0];
    assert!(big.name.starts_with("mpanel:query:") && big.name.ends_with(":…"), "{}", big.name);
    assert!(big.name_bytes > 5 << 20 && big.name.len() < 40);
    if let (Some(before), Some(peak)) = (before, peak) {
        let grown = (peak - before) >> 20;
        // All names are 150 MB.
        assert!(grown < 75, "{grown} MB");
    }
}

#[tokio::test]
async fn keys_that_stay_are_seen_while_others_come_and_go() {
    let server = server(&[]).await;
    let mut connection = connect(&server, None).await;
    let _: () = run(&mut connection, &["DEBUG", "POPULATE", "20000", "stays"]).await;
    let churn = "for n = 1, 400 do
  redis.call('set', 'comes:' .. ARGV[1] .. ':' .. n, n, 'PX', 1 + n % 40)
  redis.call('del', 'comes:' .. (ARGV[1] - 5) .. ':' .. n)
end return 1";
    let stop = CancellationToken::new();
    let rounds = Arc::new(AtomicU64::new(0));
    let writer = tokio::spawn({
        let (stop, rounds, mut writer) = (stop.clone(), rounds.clone(), connect(&server, None).await);
        async move {
            while !stop.is_cancelled() {
                let round = rounds.fetch_add(1, Ordering::Relaxed).to_string();
                let _: u64 = run(&mut writer, &["EVAL", churn, "0", &round]).await;
            }
        }
    });
    let options = KeyspaceOptions { budget: 0.3, measured_keys: 1_000_000 };
    let walked = walk_all(vec![primary(&server).await], options).await;
    stop.cancel();
    writer.await.unwrap();
    assert!(rounds.load(Ordering::Relaxed) > 1, "something changed meanwhile");
    let keyspace = walked.keyspace;
    assert_eq!((keyspace.state, keyspace.lacks), (KeyspaceState::Done, Vec::<String>::new()));
    let stays = keyspace.prefixes.iter().find(|prefix| prefix.prefix == "stays:*").unwrap();
    assert!((20_000..25_000).contains(&stays.keys), "SCAN may show a key twice: {}", stays.keys);
}

#[tokio::test]
async fn cancelling_ends_the_walk_with_what_was_seen() {
    let server = server(&[]).await;
    let mut connection = connect(&server, None).await;
    let _: () = run(&mut connection, &["DEBUG", "POPULATE", "200000", "key"]).await;
    let cancel = CancellationToken::new();
    let mut steps = 0;
    let options = KeyspaceOptions { budget: 0.01, measured_keys: 1_000_000 };
    let walked = walk_with(vec![primary(&server).await], 0, options, &cancel, |_| {
        steps += 1;
        if steps == 8 {
            cancel.cancel();
        }
    })
    .await;
    assert_eq!(walked.end.state, KeyspaceState::Cancelled);
    assert!((1..200_000).contains(&walked.keyspace.keys), "{}", walked.keyspace.keys);
}

#[tokio::test]
async fn a_lost_connection_keeps_what_was_seen() {
    let server = server(&[]).await;
    let mut connection = connect(&server, None).await;
    let _: () = run(&mut connection, &["DEBUG", "POPULATE", "200000", "key"]).await;
    let pid = rustix::process::Pid::from_raw(server.pid().unwrap().cast_signed()).unwrap();
    let mut steps = 0;
    let options = KeyspaceOptions { budget: 0.02, measured_keys: 1_000_000 };
    let never = CancellationToken::new();
    let walked = walk_with(vec![primary(&server).await], 0, options, &never, |_| {
        steps += 1;
        if steps == 8 {
            rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
        }
    })
    .await;
    let KeyspaceState::Failed { problem } = &walked.end.state else { panic!("{:?}", walked.end.state) };
    assert_eq!(problem.code, ProblemCode::Unreachable, "{problem:?}");
    assert!(problem.message.contains("127.0.0.1") && problem.remedy.is_some(), "{problem:?}");
    assert!((1..200_000).contains(&walked.keyspace.keys), "{}", walked.keyspace.keys);
}
