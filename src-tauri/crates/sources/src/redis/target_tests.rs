//! Every form of an address, and what it comes to.

use super::*;

fn url(text: &str) -> Result<Target, Problem> {
    Target::resolve(&Connection::Url { url: text.to_owned() }, None)
}

fn fields(nodes: &[&str], topology: RedisTopology) -> RedisConnection {
    RedisConnection {
        nodes: nodes.iter().map(|node| (*node).to_owned()).collect(),
        topology,
        database: 3,
        user: Some(" ".into()),
        tls: TlsMode::VerifyFull,
        root_certificate: None,
    }
}

fn sentinel() -> RedisTopology {
    RedisTopology::Sentinel { service: "mymaster".into(), authenticated: false }
}

#[test]
fn urls_are_read() {
    let cases = [
        ("redis://cache", "cache:6379", None, 0, TlsMode::Disable),
        ("redis://ada@cache:7000/2", "cache:7000", Some("ada"), 2, TlsMode::Disable),
        ("rediss://a%40b@[::1]:7000/", "[::1]:7000", Some("a@b"), 0, TlsMode::VerifyFull),
        ("redis://cache?db=4", "cache:6379", None, 4, TlsMode::Disable),
        #[cfg(unix)]
        ("redis+unix:///run/redis.sock?db=1", "/run/redis.sock", None, 1, TlsMode::Disable),
    ];
    for (text, address, user, database, tls) in cases {
        let found = url(text).expect(text);
        assert_eq!(found.addresses.iter().map(ToString::to_string).collect::<Vec<_>>(), [address], "{text}");
        assert_eq!((found.user.as_deref(), found.database, found.tls), (user, database, tls), "{text}");
    }
}

#[test]
fn what_cannot_be_read_is_told_without_a_secret() {
    let cases = [
        "cache:6379",
        "http://cache",
        "redis://",
        "redis://cache:0",
        "redis://cache/two",
        "redis://:hunter2@cache",
        "redis://ada:hunter2@cache:port",
        "redis://cache?password=hunter2",
        "redis://%zzhunter2@cache",
    ];
    for text in cases {
        let problem = url(text).expect_err(text);
        assert_eq!(problem.code, domain::ProblemCode::InvalidAddress, "{text}");
        assert!(!format!("{problem:?}").contains("hunter2"), "{problem:?}");
    }
}

#[test]
fn each_topology_has_its_port_and_its_bounds() {
    let resolve = |fields: RedisConnection| Target::resolve(&Connection::Redis(fields), Some(String::new()));
    let found = resolve(fields(&["b", "a:1", "", "b"], sentinel())).unwrap();
    let shown: Vec<_> = found.addresses.iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["a:1", "b:26379"]);
    assert_eq!((found.database, &found.user, &found.password), (3, &None, &None));
    let found = resolve(fields(&["a"], RedisTopology::Cluster)).unwrap();
    assert_eq!((found.database, found.addresses[0].to_string()), (0, "a:6379".to_owned()));
    for refused in [
        fields(&[], RedisTopology::Single),
        fields(&["a", "b"], RedisTopology::Single),
        fields(&["a"], RedisTopology::Sentinel { service: " ".into(), authenticated: false }),
    ] {
        assert!(resolve(refused.clone()).is_err(), "{refused:?}");
    }
}

#[test]
fn a_target_may_be_logged() {
    let target = Target::resolve(
        &Connection::Redis(fields(&["a"], RedisTopology::Single)),
        Some("hunter2".to_owned()),
    );
    assert!(!format!("{target:?}").contains("hunter2"));
}
