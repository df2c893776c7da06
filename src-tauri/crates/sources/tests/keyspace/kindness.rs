//! Others hardly notice a walk. Bounds are generous: machines that run tests are busy.

use std::time::{Duration, Instant};

use domain::{KeyspaceOptions, KeyspaceState};
use tokio_util::sync::CancellationToken;

use crate::support::{
    connect, cpu_seconds, percentile, ping_meanwhile, primary, resident_bytes, run, server, walk_with,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_thousand_keys_within_the_budget() {
    let server = server(&[]).await;
    let mut connection = connect(&server, None).await;
    let _: () = run(&mut connection, &["DEBUG", "POPULATE", "200000", "mpanel:session"]).await;
    let others_end = CancellationToken::new();
    let pings = ping_meanwhile(&server, others_end.clone());
    let options = KeyspaceOptions { budget: 0.1, measured_keys: 20_000 };

    let (cpu, began, resident) = (cpu_seconds(&mut connection).await, Instant::now(), resident_bytes());
    let mut peak = resident;
    let never = CancellationToken::new();
    let walked = walk_with(vec![primary(&server).await], 0, options, &never, |_| {
        peak = peak.max(resident_bytes());
    })
    .await;
    let share = (cpu_seconds(&mut connection).await - cpu) / began.elapsed().as_secs_f64();
    others_end.cancel();
    let waits = pings.join().unwrap();

    let keyspace = walked.keyspace;
    assert_eq!((keyspace.state, keyspace.keys), (KeyspaceState::Done, 200_000));
    assert!((18_000..=20_000).contains(&keyspace.measured), "{}", keyspace.measured);
    // A thousand pings a second take a share of their own.
    assert!(share < 0.25, "{share}");
    assert!(keyspace.cost.core_ratio.unwrap() < 0.12, "{:?}", keyspace.cost);
    let p99 = percentile(&waits, 99);
    assert!(waits.len() > 100 && p99 < Duration::from_millis(30), "{p99:?} of {}", waits.len());
    if let (Some(before), Some(peak)) = (resident, peak) {
        assert!(peak - before < 64 << 20, "{} MB", (peak - before) >> 20);
    }
}
