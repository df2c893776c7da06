//! Users with few rights: what they lack is told with the command that gives it, and the rest works.

use sources::Source;

use super::*;

async fn allow(server: &servers::Redis, rights: &str) {
    let mut admin = client(server).await;
    let _: () = say(&mut admin, &format!("ACL SETUSER console reset on >sesame {rights}")).await;
}

#[tokio::test]
async fn each_right_that_is_missing_is_told_with_what_gives_it() {
    let server = server(&[("slowlog-log-slower-than", "0")]).await;
    allow(&server, "+info").await;
    let source = source(with_user(server.port(), "console"), Some("sesame"));
    let reading = source.poll(NOW).await.unwrap();
    let remedies: Vec<_> = reading.degraded.iter().filter_map(|one| one.remedy.clone()).collect();
    let wanted = ["ping", "latency|latest", "config|get", "client|list", "slowlog|get"];
    for right in wanted {
        let remedy = format!("ACL SETUSER console +{right}");
        assert!(remedies.contains(&remedy), "{right}: {remedies:?}");
    }
    assert_eq!(remedies.len(), wanted.len(), "{remedies:?}");
    let node = &facts(&reading).nodes[0];
    assert!(node.counters.commands > 0 && node.memory.used_bytes > 0);
    assert_eq!((node.slower_than_us, facts(&reading).slow.len()), (None, 0));

    // What is told to mend it does.
    let mut admin = client(&server).await;
    for remedy in remedies {
        let _: () = say(&mut admin, &remedy).await;
    }
    let reading = source.poll(NOW).await.unwrap();
    assert!(reading.degraded.is_empty(), "{:?}", reading.degraded);
    assert!(facts(&reading).nodes[0].slower_than_us == Some(0) && !facts(&reading).slow.is_empty());
}

#[tokio::test]
async fn without_info_there_is_nothing_to_tell() {
    let server = server(&[]).await;
    allow(&server, "+ping").await;
    let found = problem(&source(with_user(server.port(), "console"), Some("sesame"))).await;
    assert_eq!(found.code, ProblemCode::Permission, "{found:?}");
    assert!(found.remedy.as_ref().unwrap().starts_with("ACL SETUSER console +info"), "{found:?}");
    assert!(found.code.stops_polling());
}

#[tokio::test]
async fn a_command_that_the_server_does_not_have_is_no_alarm() {
    let server = server(&[("rename-command CONFIG", "\"\""), ("rename-command SLOWLOG", "\"\"")]).await;
    let reading = source(to_port(server.port()), None).poll(NOW).await.unwrap();
    assert!(reading.degraded.is_empty(), "{:?}", reading.degraded);
    let found = reading.found.join("\n");
    assert!(
        found.contains("CONFIG GET: not offered") && found.contains("SLOWLOG GET: not offered"),
        "{found}"
    );
}
