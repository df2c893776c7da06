//! Every form of a connection, with made-up environments and files.

use std::collections::HashMap;

use domain::HttpConnection;

use super::*;

const POSTGRES: Defaults = Defaults { port: 5432, database: None };

/// Resolves with these variables and files; a file whose text begins with `OPEN ` is open to others.
fn resolve(
    connection: &Connection,
    password: Option<&str>,
    variables: &[(&str, &str)],
    files: &[(&str, &str)],
) -> Result<Target, Problem> {
    let variables: HashMap<_, _> = variables.iter().copied().collect();
    let files: HashMap<_, _> = files.iter().map(|(path, text)| (PathBuf::from(path), *text)).collect();
    let around = Surroundings {
        variable: &|name| variables.get(name).map(|value| (*value).to_owned()),
        file: &|path| match files.get(path) {
            None => FileText::Absent,
            Some(text) => {
                let closed = text.strip_prefix("OPEN ");
                FileText::Text { text: closed.unwrap_or(text).to_owned(), open_to_others: closed.is_some() }
            }
        },
    };
    Target::resolve(connection, password.map(str::to_owned), POSTGRES, &around)
}

fn url(text: &str) -> Connection {
    Connection::Url { url: text.to_owned() }
}

fn fields(host: &str, port: u16, tls: TlsMode) -> Connection {
    Connection::Fields(ConnectionFields {
        host: host.to_owned(),
        port,
        database: "shop".to_owned(),
        user: "ada".to_owned(),
        tls,
        root_certificate: None,
    })
}

/// place, database, user, password, TLS
fn brief(target: &Target) -> (String, &str, &str, Option<&str>, TlsMode) {
    (target.place(), &target.database, &target.user, target.password.as_deref(), target.tls)
}

#[test]
fn encryption_is_never_weaker_than_asked_for() {
    use TlsMode::*;
    let cases = [
        ("postgres://a@db", VerifyFull),
        ("postgres://a@db?sslmode=prefer", VerifyFull),
        ("postgres://a@db?sslmode=allow", VerifyFull),
        ("postgres://a@db?sslmode=require", VerifyFull),
        ("postgres://a@db?sslmode=verify-ca", VerifyCa),
        ("postgres://a@db?sslmode=verify-full", VerifyFull),
        ("postgres://a@db?sslmode=disable", Disable),
        ("postgres://a@localhost", Disable),
        ("postgres://a@127.0.0.9?sslmode=prefer", Disable),
        ("postgres://a@[::1]", Disable),
        ("postgres://a@localhost?sslmode=require", VerifyFull),
        ("postgres://a@localhost?hostaddr=192.0.2.1", VerifyFull),
        ("postgres://a@127.0.0.1.example.com", VerifyFull),
        ("host=/run/pg user=a sslmode=verify-full", Disable),
    ];
    for (text, wanted) in cases {
        assert_eq!(resolve(&url(text), None, &[], &[]).unwrap().tls, wanted, "{text}");
    }
}

#[test]
fn a_url_is_completed_with_defaults_only() {
    let target =
        resolve(&url("postgres://db"), None, &[("USER", "ada"), ("PGPORT", "1"), ("PGPASSWORD", "no")], &[]);
    assert_eq!(brief(&target.unwrap()), ("db:5432".into(), "ada", "ada", None, TlsMode::VerifyFull));
    let target = resolve(&url("postgres://eve@[2001:db8::1]:99/x"), Some("stored"), &[], &[]).unwrap();
    assert_eq!(brief(&target), ("[2001:db8::1]:99".into(), "x", "eve", Some("stored"), TlsMode::VerifyFull));
}

#[test]
fn the_environment_is_read_as_libpq_reads_it() {
    let all = [
        ("PGHOST", "db"),
        ("PGPORT", "6543"),
        ("PGDATABASE", "shop"),
        ("PGUSER", "ada"),
        ("PGPASSWORD", "pw"),
        ("PGSSLMODE", "verify-ca"),
        ("PGSSLROOTCERT", "/ca.pem"),
    ];
    let target = resolve(&Connection::Environment, None, &all, &[]).unwrap();
    assert_eq!(brief(&target), ("db:6543".into(), "shop", "ada", Some("pw"), TlsMode::VerifyCa));
    assert_eq!(target.root_certificate, Some("/ca.pem".into()));
    assert_eq!(
        resolve(&Connection::Environment, Some("mine"), &all, &[]).unwrap().password.as_deref(),
        Some("mine")
    );

    let bare = resolve(&Connection::Environment, None, &[("USER", "ada")], &[]).unwrap();
    assert_eq!(brief(&bare), ("localhost:5432".into(), "ada", "ada", None, TlsMode::Disable));
    let socket = [("/var/run/postgresql/.s.PGSQL.5432", "")];
    let local = resolve(&Connection::Environment, None, &[("USER", "ada")], &socket).unwrap();
    assert_eq!(local.place(), "/var/run/postgresql/.s.PGSQL.5432");
    assert!(resolve(&Connection::Environment, None, &[], &[]).is_err());
}

#[test]
fn services_come_from_the_personal_then_the_system_file() {
    let service = Connection::Service { name: "shop".to_owned() };
    let text = "[shop]\nhost=db\nuser=ada\ndbname=s\npassword=filed\n";
    let home = ("HOME", "/home/ada");
    let places: [(&[(&str, &str)], &str); 4] = [
        (&[home], "/home/ada/.pg_service.conf"),
        (&[home, ("PGSERVICEFILE", "/srv/services")], "/srv/services"),
        (&[home, ("PGSYSCONFDIR", "/sys")], "/sys/pg_service.conf"),
        (&[], "/etc/postgresql-common/pg_service.conf"),
    ];
    for (variables, path) in places {
        let target = resolve(&service, None, variables, &[(path, text)]).unwrap();
        assert_eq!(
            brief(&target),
            ("db:5432".into(), "s", "ada", Some("filed"), TlsMode::VerifyFull),
            "{path}"
        );
    }
    let both =
        [("/home/ada/.pg_service.conf", "[shop]\nhost=mine\nuser=u\n"), ("/sys/pg_service.conf", text)];
    let target = resolve(&service, None, &[home, ("PGSYSCONFDIR", "/sys")], &both).unwrap();
    assert_eq!(target.place(), "mine:5432");

    let problem = resolve(&service, None, &[home], &[("/home/ada/.pg_service.conf", "[x]\n")]).unwrap_err();
    assert!(problem.message.contains(".pg_service.conf (no such section)"), "{}", problem.message);

    let by_url = url("postgres://eve@/?service=shop");
    assert_eq!(
        resolve(&by_url, None, &[], &[("/etc/postgresql-common/pg_service.conf", text)]).unwrap().user,
        "eve"
    );
    let by_environment = [("PGSERVICE", "shop"), ("PGSERVICEFILE", "/f"), ("PGHOST", "elsewhere")];
    let target = resolve(&Connection::Environment, None, &by_environment, &[("/f", text)]).unwrap();
    assert_eq!((target.place(), target.user), ("elsewhere:5432".into(), "ada".into()));
}

#[test]
fn the_password_file_is_used_unless_others_can_read_it() {
    let file = "/home/ada/.pgpass";
    let home = [("HOME", "/home/ada")];
    let connection = fields("db", 5432, TlsMode::VerifyFull);
    let line = "db:5432:shop:ada:filed";
    assert_eq!(
        resolve(&connection, None, &home, &[(file, line)]).unwrap().password.as_deref(),
        Some("filed")
    );
    assert_eq!(
        resolve(&connection, Some("set"), &home, &[(file, line)]).unwrap().password.as_deref(),
        Some("set")
    );
    let moved = [("PGPASSFILE", "/p")];
    assert_eq!(
        resolve(&connection, None, &moved, &[("/p", line)]).unwrap().password.as_deref(),
        Some("filed")
    );
    let named = url("postgres://ada@db/shop?passfile=/q");
    assert_eq!(resolve(&named, None, &moved, &[("/q", line)]).unwrap().password.as_deref(), Some("filed"));
    let socket = url("host=/tmp user=ada dbname=shop");
    let local = [(file, "localhost:*:*:*:local")];
    assert_eq!(resolve(&socket, None, &home, &local).unwrap().password.as_deref(), Some("local"));

    let refused = resolve(&connection, None, &home, &[(file, "OPEN db:5432:shop:ada:filed")]).unwrap();
    assert_eq!(refused.password, None);
    let problem = refused.password_file_problem.unwrap();
    assert_eq!(problem.code, ProblemCode::SecretMissing);
    assert_eq!(problem.remedy.as_deref(), Some("chmod 0600 /home/ada/.pgpass"));
}

#[test]
fn what_cannot_be_reached_is_told_at_once() {
    let http = Connection::Http(HttpConnection {
        url: "http://x".into(),
        auth: domain::HttpAuth::None,
        root_certificate: None,
    });
    let cases = [
        url("postgres://a@db:0"),
        url("postgres://a@db:65536"),
        url("postgres://a@db:port"),
        url("postgres://a@one,two"),
        url("postgres://a@d b"),
        url("postgres://a@db?hostaddr=nowhere"),
        url("postgres://a@db?sslmode=maybe"),
        url("postgres://db"),
        url("host=@abstract user=a"),
        fields("", 5432, TlsMode::Disable),
        fields("db", 0, TlsMode::Disable),
        fields("db/shop", 5432, TlsMode::Disable),
        fields("postgres://db", 5432, TlsMode::Disable),
        http,
    ];
    for connection in cases {
        let problem = resolve(&connection, None, &[], &[]).expect_err(&format!("{connection:?}"));
        assert_eq!(problem.code, ProblemCode::InvalidAddress, "{connection:?}");
        assert!(problem.remedy.is_some_and(|remedy| !remedy.is_empty()), "{connection:?}");
    }
}

#[test]
fn a_target_hides_its_password() {
    let target = resolve(&url("postgres://a@db"), Some("hunter2"), &[], &[]).unwrap();
    assert!(!format!("{target:?}").contains("hunter2"));
}
