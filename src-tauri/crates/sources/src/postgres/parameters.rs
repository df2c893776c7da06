//! libpq's connection parameters: read from a URL or a `key=value` string.

use std::collections::BTreeMap;

use domain::Problem;

use super::percent;
use super::problem::invalid_address;

/// Parameters as libpq names them, before any of them is judged. Holds passwords that files and the environment gave.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Parameters(BTreeMap<String, String>);

/// Those that decide how a server is reached and read.
const USED: [&str; 9] =
    ["host", "hostaddr", "port", "dbname", "user", "password", "passfile", "service", "sslmode"];

/// Those that are allowed and change nothing here: the console sets its own timeouts, names and session settings.
const WITHOUT_EFFECT: [&str; 24] = [
    "application_name",
    "channel_binding",
    "client_encoding",
    "connect_timeout",
    "fallback_application_name",
    "gssdelegation",
    "gssencmode",
    "gsslib",
    "keepalives",
    "keepalives_count",
    "keepalives_idle",
    "keepalives_interval",
    "krbsrvname",
    "load_balance_hosts",
    "max_protocol_version",
    "min_protocol_version",
    "options",
    "requirepeer",
    "sslcompression",
    "sslnegotiation",
    "sslsni",
    "ssl_min_protocol_version",
    "target_session_attrs",
    "tcp_user_timeout",
];

impl Parameters {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Takes a parameter; a name that libpq does not know, or that cannot be honoured, is refused rather than ignored.
    pub(crate) fn set(&mut self, name: &str, value: impl Into<String>) -> Result<(), Problem> {
        let known = USED.contains(&name) || name == "sslrootcert";
        if known {
            self.0.insert(name.to_owned(), value.into());
            return Ok(());
        }
        if WITHOUT_EFFECT.contains(&name) {
            return Ok(());
        }
        if name.starts_with("ssl") || name == "require_auth" {
            return Err(invalid_address(
                format!("The connection parameter {name:?} is not supported."),
                "Remove it. Passwords over TLS are supported; client certificates and revocation lists are not.",
            ));
        }
        Err(invalid_address(
            "The address holds a connection parameter that PostgreSQL does not know.",
            format!("Remove it or correct its spelling; known are {}.", USED.join(", ")),
        ))
    }

    /// Fills in what is not set yet.
    pub(crate) fn or_from(mut self, other: Parameters) -> Parameters {
        for (name, value) in other.0 {
            self.0.entry(name).or_insert(value);
        }
        self
    }

    /// A stored address must hold no password: it belongs into the keychain.
    pub(crate) fn refuse_password(&self) -> Result<(), Problem> {
        if self.0.contains_key("password") { Err(password_in_address()) } else { Ok(()) }
    }
}

fn password_in_address() -> Problem {
    invalid_address(
        "The address holds a password.",
        "Take the password out of the address and type it into the password field, where it is kept in the keychain.",
    )
}

/// Reads `postgres://…`, `postgresql://…` or `key=value …`.
pub(crate) fn parse(text: &str) -> Result<Parameters, Problem> {
    let text = text.trim();
    if text.is_empty() {
        return Err(invalid_address("The address is empty.", EXAMPLE));
    }
    match text.strip_prefix("postgres://").or_else(|| text.strip_prefix("postgresql://")) {
        Some(rest) => parse_url(rest),
        None if text.contains("://") => Err(invalid_address(
            "The address is not a PostgreSQL address: it must begin with postgres://.",
            EXAMPLE,
        )),
        None => parse_words(text),
    }
}

const EXAMPLE: &str =
    "Write it as postgres://user@host:5432/database, or as host=… port=5432 dbname=… user=….";

/// What follows `postgres://`: `[user[:password]@][host[:port]][/database][?name=value&…]`.
/// Messages never quote the text: where it is malformed, any part of it may be a password.
fn parse_url(rest: &str) -> Result<Parameters, Problem> {
    let mut found = Parameters::default();
    let (rest, query) = rest.split_once('?').map_or((rest, None), |(rest, query)| (rest, Some(query)));
    let (authority, database) =
        rest.split_once('/').map_or((rest, ""), |(authority, database)| (authority, database));
    let hosts = match authority.rsplit_once('@') {
        Some((login, hosts)) => {
            let (user, password) =
                login.split_once(':').map_or((login, None), |(user, rest)| (user, Some(rest)));
            if password.is_some_and(|password| !password.is_empty()) {
                return Err(password_in_address());
            }
            set_decoded(&mut found, "user", user)?;
            hosts
        }
        None => authority,
    };
    let (host, port) = split_host(hosts)?;
    set_decoded(&mut found, "host", host)?;
    set_decoded(&mut found, "port", port)?;
    set_decoded(&mut found, "dbname", database)?;
    for pair in query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
        let Some((name, value)) = pair.split_once('=') else {
            return Err(invalid_address("A parameter after the ? of the address has no value.", EXAMPLE));
        };
        let name = decoded(name)?;
        // JDBC's spelling, which libpq takes too.
        let (name, value) = match (name.as_str(), value) {
            ("ssl", "true") => ("sslmode".to_owned(), "require"),
            _ => (name, value),
        };
        found.set(&name, decoded(value)?)?;
    }
    found.refuse_password()?;
    Ok(found)
}

/// Splits `host:port`, where the host may be an IPv6 address in brackets.
fn split_host(text: &str) -> Result<(&str, &str), Problem> {
    let malformed = || invalid_address("The host and port in the address are malformed.", EXAMPLE);
    if let Some(bracketed) = text.strip_prefix('[') {
        let (host, rest) = bracketed.split_once(']').ok_or_else(malformed)?;
        return match rest.strip_prefix(':') {
            Some(port) => Ok((host, port)),
            None if rest.is_empty() => Ok((host, "")),
            None => Err(malformed()),
        };
    }
    Ok(text.split_once(':').unwrap_or((text, "")))
}

fn set_decoded(found: &mut Parameters, name: &str, value: &str) -> Result<(), Problem> {
    if value.is_empty() { Ok(()) } else { found.set(name, decoded(value)?) }
}

fn decoded(text: &str) -> Result<String, Problem> {
    percent::decode(text).ok_or_else(|| {
        invalid_address(
            "The address holds a % that is not followed by two hexadecimal digits of UTF-8 text.",
            "Write a % of a name as %25.",
        )
    })
}

fn parse_words(text: &str) -> Result<Parameters, Problem> {
    let mut found = Parameters::default();
    for (name, value) in words(text)? {
        found.set(&name, value)?;
    }
    found.refuse_password()?;
    Ok(found)
}

/// libpq's `key = value` form: values in single quotes where they hold spaces, `\` before `'` and `\`.
pub(super) fn words(text: &str) -> Result<Vec<(String, String)>, Problem> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let Some((name, after)) = rest.split_once('=') else {
            return Err(invalid_address("A part of the address has no = sign.", EXAMPLE));
        };
        let name = name.trim();
        if name.is_empty() || name.contains(char::is_whitespace) {
            return Err(invalid_address("A part of the address has no = sign.", EXAMPLE));
        }
        let (value, after) = take_value(after.trim_start())?;
        found.push((name.to_owned(), value));
        rest = after.trim_start();
    }
    Ok(found)
}

/// One value and what follows it.
fn take_value(text: &str) -> Result<(String, &str), Problem> {
    let quoted = text.strip_prefix('\'');
    let body = quoted.unwrap_or(text);
    let mut value = String::new();
    let mut chars = body.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '\\' => value.extend(chars.next().map(|(_, escaped)| escaped)),
            '\'' if quoted.is_some() => return Ok((value, body.get(at + 1..).unwrap_or_default())),
            c if quoted.is_none() && c.is_whitespace() => {
                return Ok((value, body.get(at..).unwrap_or_default()));
            }
            c => value.push(c),
        }
    }
    if quoted.is_some() {
        return Err(invalid_address("A quoted value of the address has no closing quote.", EXAMPLE));
    }
    Ok((value, ""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ProblemCode;
    use proptest::prelude::*;

    fn shown(text: &str) -> Result<Vec<(String, String)>, ProblemCode> {
        parse(text).map(|found| found.0.into_iter().collect()).map_err(|problem| problem.code)
    }

    #[test]
    fn addresses_are_read_as_libpq_reads_them() {
        let cases: &[(&str, &[(&str, &str)])] = &[
            ("postgres://", &[]),
            ("postgresql://db.example.com", &[("host", "db.example.com")]),
            (
                "postgres://ada@db:6543/shop",
                &[("dbname", "shop"), ("host", "db"), ("port", "6543"), ("user", "ada")],
            ),
            ("postgres://a%40b:@db/", &[("host", "db"), ("user", "a@b")]),
            (
                "postgres:///shop?host=/run/pg&sslmode=verify-ca",
                &[("dbname", "shop"), ("host", "/run/pg"), ("sslmode", "verify-ca")],
            ),
            ("postgres://%2Frun%2Fpg/shop", &[("dbname", "shop"), ("host", "/run/pg")]),
            ("postgres://[::1]:5433/x", &[("dbname", "x"), ("host", "::1"), ("port", "5433")]),
            (
                "postgres://db?ssl=true&application_name=x&connect_timeout=3",
                &[("host", "db"), ("sslmode", "require")],
            ),
            ("host=db user=ada", &[("host", "db"), ("user", "ada")]),
            (
                "host = 'db one'  user='it\\'s' dbname=a\\ b",
                &[("dbname", "a b"), ("host", "db one"), ("user", "it's")],
            ),
            ("host='' port=5432", &[("host", ""), ("port", "5432")]),
        ];
        for (text, wanted) in cases {
            let wanted: Vec<_> = wanted.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
            assert_eq!(shown(text), Ok(wanted), "{text}");
        }
    }

    #[test]
    fn malformed_addresses_are_refused_without_repeating_them() {
        let secret = "hunter2";
        for text in [
            "",
            "   ",
            "http://db",
            "postgres://ada:hunter2@db/shop",
            "postgres://ada:hunter2/x@db/shop%zz",
            "postgres://db/shop?password=hunter2",
            "postgres://db/shop?hunter2",
            "postgres://db/shop?hunter2=x",
            "postgres://[::1/hunter2",
            "postgres://[::1]hunter2",
            "postgres://db/%ff%fe",
            "host=db password=hunter2",
            "host=db password='hunter2",
            "hunter2",
            "host=db hunter2",
            "=x",
            "sslcert=x",
        ] {
            let problem = parse(text).err().unwrap_or_else(|| panic!("{text} was accepted"));
            assert_eq!(problem.code, ProblemCode::InvalidAddress, "{text}");
            let told = format!("{problem:?}");
            assert!(!told.contains(secret), "{text} is repeated: {told}");
            assert!(problem.remedy.is_some(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in any::<String>(), prefix in "(postgres://|host=|)") {
            let _ = parse(&format!("{prefix}{text}"));
        }

        #[test]
        fn quoted_values_survive(value in "[^\\x00]{0,30}") {
            let quoted = value.replace('\\', "\\\\").replace('\'', "\\'");
            let found = parse(&format!("user='{quoted}' dbname=x")).unwrap();
            prop_assert_eq!(found.0.get("user"), Some(&value));
            prop_assert_eq!(found.get("dbname"), Some("x"));
        }

        #[test]
        fn encoded_names_survive_a_url(user in "[^\\x00]{1,20}", database in "[^\\x00]{1,20}") {
            let encode = |text: &str| text.bytes().map(|b| format!("%{b:02x}")).collect::<String>();
            let found = parse(&format!("postgres://{}@db/{}", encode(&user), encode(&database))).unwrap();
            prop_assert_eq!(found.0.get("user"), Some(&user));
            prop_assert_eq!(found.0.get("dbname"), Some(&database));
        }
    }
}
