//! The slow log by its ids: nothing twice, gaps counted, values hidden.

use sources::Source;

use super::*;

async fn every_command_is_slow() -> servers::Redis {
    server(&[("slowlog-log-slower-than", "0"), ("slowlog-max-len", "64")]).await
}

/// Look-ups only, for the console's own commands are slow here too.
fn look_ups(reading: &Reading) -> Vec<&domain::SlowCommand> {
    facts(reading).slow.iter().filter(|slow| slow.command == "GET").collect()
}

async fn look_up(server: &servers::Redis, times: usize) {
    let mut load = client(server).await;
    for _ in 0..times {
        let _: Option<String> = say(&mut load, "GET query:9f86d081884c7d65").await;
    }
}

#[tokio::test]
async fn each_entry_is_told_once_and_those_that_came_and_went_are_counted() {
    let server = every_command_is_slow().await;
    let source = source(to_port(server.port()), None);
    look_up(&server, 5).await;
    let reading = source.poll(NOW).await.unwrap();
    assert_eq!((look_ups(&reading).len(), facts(&reading).slow_missed), (5, 0));
    let slow = look_ups(&reading)[0];
    assert_eq!((slow.key.as_deref(), slow.arguments), (Some("query:*"), 1));
    assert!(slow.client.as_ref().is_some_and(|client| client.starts_with("127.0.0.1:")), "{slow:?}");
    assert!(!format!("{:?}", facts(&reading).slow).contains("9f86d081"));

    look_up(&server, 7).await;
    let reading = source.poll(NOW).await.unwrap();
    assert_eq!((look_ups(&reading).len(), facts(&reading).slow_missed), (7, 0));
    assert!(facts(&reading).slow.is_sorted_by_key(|slow| slow.id.parse::<u64>().unwrap()));

    let seen = newest(&reading);
    look_up(&server, 200).await;
    let reading = source.poll(NOW).await.unwrap();
    let told = facts(&reading);
    assert!(told.slow.len() == 64 && told.slow_missed > 100, "{} {}", told.slow.len(), told.slow_missed);
    assert_eq!(told.slow_missed + 64, newest(&reading) - seen);
}

fn newest(reading: &Reading) -> u64 {
    facts(reading).slow.iter().map(|slow| slow.id.parse().unwrap()).max().unwrap()
}

#[tokio::test]
async fn ids_begin_anew_after_a_restart() {
    let mut server = every_command_is_slow().await;
    let source = source(to_port(server.port()), None);
    look_up(&server, 20).await;
    let before = source.poll(NOW).await.unwrap();
    server.restart().await.unwrap();
    look_up(&server, 3).await;
    let after = until_ok(&source).await;
    assert_ne!(facts(&before).nodes[0].run_id, facts(&after).nodes[0].run_id);
    assert_eq!((look_ups(&after).len(), facts(&after).slow_missed), (3, 0));
    assert!(newest(&after) < newest(&before));
}
