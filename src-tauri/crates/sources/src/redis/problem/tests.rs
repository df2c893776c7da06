//! What servers and networks say, and what it comes to.

use super::*;

fn peer(has_password: bool) -> Peer {
    Peer {
        place: "cache:6379".into(),
        host: "cache".into(),
        user: "console".into(),
        has_password,
        tls: TlsMode::Disable,
    }
}

/// What a server says, whether a password was given, and what it comes to.
const TOLD: [(&str, bool, ProblemCode); 14] = [
    ("-NOAUTH Authentication required.", false, ProblemCode::SecretMissing),
    ("-NOAUTH Authentication required.", true, ProblemCode::Authentication),
    ("-WRONGPASS invalid username-password pair", true, ProblemCode::Authentication),
    ("-ERR Client sent AUTH, but no password is set", true, ProblemCode::Authentication),
    ("-NOPERM this user has no permissions to run the 'info' command", true, ProblemCode::Permission),
    ("-LOADING Redis is loading the dataset in memory", false, ProblemCode::StartingUp),
    ("-MASTERDOWN Link with MASTER is down", false, ProblemCode::ServerError),
    ("-BUSY Redis is busy running a script.", false, ProblemCode::ServerError),
    ("-READONLY You can't write against a read only replica.", false, ProblemCode::ServerError),
    ("-ERR max number of clients reached", false, ProblemCode::TooManyConnections),
    ("-ERR DB index is out of range", false, ProblemCode::InvalidAddress),
    ("-ERR This instance has cluster support disabled", false, ProblemCode::InvalidAddress),
    ("-DENIED Redis is running in protected mode", false, ProblemCode::Permission),
    ("-ERR something new", false, ProblemCode::ServerError),
];

#[test]
fn every_refusal_has_its_code_and_a_remedy() {
    for (told, has_password, code) in TOLD {
        let value = redis::parse_redis_value(format!("{told}\r\n").as_bytes()).unwrap();
        let error = value.extract_error().unwrap_err();
        let found = peer(has_password).problem("info", &error);
        assert_eq!(found.code, code, "{told}: {found:?}");
        assert!(found.remedy.is_some_and(|remedy| !remedy.is_empty()), "{told}");
    }
}

#[test]
fn a_missing_right_comes_with_the_command_that_gives_it() {
    let value = redis::parse_redis_value(b"-NOPERM no permissions\r\n").unwrap();
    let found = peer(true).problem("slowlog|get", &value.extract_error().unwrap_err());
    assert!(found.remedy.unwrap().starts_with("ACL SETUSER console +slowlog|get"));
    assert!(found.message.contains("SLOWLOG GET"), "{}", found.message);
}

#[test]
fn the_network_is_told_apart() {
    let cases = [
        (io::ErrorKind::ConnectionRefused, ProblemCode::Refused),
        (io::ErrorKind::ConnectionReset, ProblemCode::Unreachable),
        (io::ErrorKind::TimedOut, ProblemCode::Timeout),
        (io::ErrorKind::PermissionDenied, ProblemCode::Permission),
    ];
    for (kind, code) in cases {
        assert_eq!(peer(false).problem("ping", &RedisError::from(io::Error::from(kind))).code, code);
    }
    let large = RedisError::from(io::Error::other(TooLarge(1)));
    assert_eq!(peer(false).problem("ping", &large).code, ProblemCode::TooLarge);
    let wrong = io::Error::other(rustls::Error::InvalidCertificate(rustls::CertificateError::Expired));
    assert_eq!(peer(false).problem("ping", &wrong.into()).code, ProblemCode::TlsInvalid);
}
