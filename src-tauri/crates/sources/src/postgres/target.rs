//! Where a source connects, worked out from every form that a connection is given in.

use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use domain::{Connection, ConnectionFields, Problem, ProblemCode, TlsMode};

use super::parameters::{self, Parameters};
use super::problem::invalid_address;
use super::surroundings::{FileText, Surroundings};
use super::{pgpass, service};

/// What a kind of server assumes where nothing is said.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Defaults {
    pub(crate) port: u16,
    /// The only database that is asked for, where there is one; else it follows the user's name.
    pub(crate) database: Option<&'static str>,
}

/// A fully resolved connection.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) host: Host,
    pub(crate) port: u16,
    pub(crate) database: String,
    pub(crate) user: String,
    pub(crate) password: Option<String>,
    pub(crate) tls: TlsMode,
    pub(crate) root_certificate: Option<PathBuf>,
    /// Why a password file was not used; told only if the server then asks for a password.
    pub(crate) password_file_problem: Option<Problem>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Host {
    Tcp {
        /// The name that a certificate must carry.
        name: String,
        address: Option<IpAddr>,
    },
    Socket(PathBuf),
}

impl fmt::Debug for Target {
    /// Leaves the password out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Target")
            .field("place", &self.place())
            .field("database", &self.database)
            .field("user", &self.user)
            .field("tls", &self.tls)
            .finish_non_exhaustive()
    }
}

impl Target {
    /// `host:port`, for messages.
    pub(crate) fn place(&self) -> String {
        match &self.host {
            Host::Tcp { name, .. } if name.contains(':') => format!("[{name}]:{}", self.port),
            Host::Tcp { name, .. } => format!("{name}:{}", self.port),
            Host::Socket(folder) => format!("{}/.s.PGSQL.{}", folder.display(), self.port),
        }
    }

    /// In plain words, for the report of a test.
    pub(crate) fn encryption(&self) -> &'static str {
        match (self.tls, &self.host) {
            (_, Host::Socket(_)) => "none needed (Unix socket)",
            (TlsMode::VerifyFull, _) => "TLS, certificate and host name verified",
            (TlsMode::VerifyCa, _) => "TLS, certificate verified",
            (TlsMode::Disable, _) => "none",
        }
    }

    /// Resolves `connection`; `password` is what the person stored and wins over every file.
    pub(crate) fn resolve(
        connection: &Connection,
        password: Option<String>,
        defaults: Defaults,
        around: &Surroundings<'_>,
    ) -> Result<Target, Problem> {
        match connection {
            Connection::Fields(fields) => from_fields(fields, password, defaults, around),
            Connection::Url { url } => {
                let given = parameters::parse(url)?;
                from_parameters(with_service(given, around)?, password, defaults, around)
            }
            Connection::Service { name } => {
                from_parameters(from_service(name, around)?, password, defaults, around)
            }
            Connection::Environment => {
                from_parameters(with_service(from_environment(around)?, around)?, password, defaults, around)
            }
            Connection::Http(_) | Connection::Redis(_) => Err(invalid_address(
                "An address of another kind was given where a database connection is needed.",
                "Fill in host, port, database and user, or a postgres:// URL.",
            )),
        }
    }
}

fn from_fields(
    fields: &ConnectionFields,
    password: Option<String>,
    defaults: Defaults,
    around: &Surroundings<'_>,
) -> Result<Target, Problem> {
    if fields.port == 0 {
        return Err(bad_port());
    }
    let (host, user) = (fields.host.trim(), fields.user.trim());
    if host.is_empty() {
        return Err(invalid_address(
            "The host is empty.",
            "Fill in a host name, an address or a socket directory.",
        ));
    }
    if user.is_empty() {
        return Err(invalid_address("The user is empty.", "Fill in the role that the console logs in as."));
    }
    let host = host_of(host, None)?;
    let tls = if matches!(host, Host::Socket(_)) { TlsMode::Disable } else { fields.tls };
    let target = Target {
        port: fields.port,
        database: database_of(Some(fields.database.trim()), user, defaults),
        user: user.to_owned(),
        password,
        tls,
        root_certificate: fields
            .root_certificate
            .as_deref()
            .filter(|path| !path.is_empty())
            .map(PathBuf::from),
        password_file_problem: None,
        host,
    };
    Ok(with_password_file(target, None, around))
}

fn from_parameters(
    found: Parameters,
    password: Option<String>,
    defaults: Defaults,
    around: &Surroundings<'_>,
) -> Result<Target, Problem> {
    let port = match found.get("port") {
        Some(text) => text.trim().parse().ok().filter(|port| *port != 0).ok_or_else(bad_port)?,
        None => defaults.port,
    };
    let host = match (found.get("host"), found.get("hostaddr")) {
        (Some(host), address) => host_of(host, address)?,
        (None, Some(address)) => host_of(address, Some(address))?,
        (None, None) => default_host(port, around)?,
    };
    let user = match found.get("user") {
        Some(user) => user.to_owned(),
        None => {
            ["USER", "LOGNAME", "USERNAME"].iter().find_map(|name| around.get(name)).ok_or_else(|| {
                invalid_address(
                    "The address names no user.",
                    "Add the role that the console logs in as: user=….",
                )
            })?
        }
    };
    let root_certificate = found.get("sslrootcert").filter(|value| *value != "system").map(PathBuf::from);
    let tls = tls_mode(found.get("sslmode"), &host)?;
    let target = Target {
        database: database_of(found.get("dbname"), &user, defaults),
        password: password.or_else(|| found.get("password").map(str::to_owned)),
        password_file_problem: None,
        host,
        port,
        user,
        tls,
        root_certificate,
    };
    Ok(with_password_file(target, found.get("passfile"), around))
}

fn bad_port() -> Problem {
    invalid_address(
        "The port is not a number from 1 to 65535.",
        "Correct the port; PostgreSQL's usual one is 5432.",
    )
}

fn database_of(given: Option<&str>, user: &str, defaults: Defaults) -> String {
    defaults.database.or(given.filter(|name| !name.is_empty())).unwrap_or(user).to_owned()
}

/// `hostaddr`, as in libpq, saves the lookup of the name; the certificate is still checked against the name.
fn host_of(host: &str, address: Option<&str>) -> Result<Host, Problem> {
    if host.starts_with('/') {
        return Ok(Host::Socket(PathBuf::from(host)));
    }
    if host.starts_with('@') {
        return Err(invalid_address(
            "Abstract Unix sockets are not supported.",
            "Name the directory of the socket.",
        ));
    }
    if host.contains(',') {
        return Err(invalid_address(
            "The address names several hosts.",
            "A source is one server: add one source for each host.",
        ));
    }
    if host.chars().any(|c| c.is_whitespace() || c.is_control() || matches!(c, '/' | '@' | '?' | '#')) {
        return Err(invalid_address(
            "The host holds a character that no host name has.",
            "Correct the host name.",
        ));
    }
    let name = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let address = match address {
        Some(text) => Some(text.parse().map_err(|_| {
            invalid_address("hostaddr is not an IP address.", "Write it as 192.0.2.1 or 2001:db8::1.")
        })?),
        None => name.parse().ok(),
    };
    Ok(Host::Tcp { name, address })
}

/// Without a host libpq uses the local server's Unix socket.
fn default_host(port: u16, around: &Surroundings<'_>) -> Result<Host, Problem> {
    let socket = SOCKET_FOLDERS.iter().map(Path::new).find(|folder| {
        let file = (around.file)(&folder.join(format!(".s.PGSQL.{port}")));
        cfg!(unix) && !matches!(file, FileText::Absent)
    });
    socket.map_or_else(|| host_of("localhost", None), |folder| Ok(Host::Socket(folder.to_path_buf())))
}

const SOCKET_FOLDERS: [&str; 2] = ["/var/run/postgresql", "/tmp"];

/// libpq's `sslmode`, never weaker than asked for.
///
/// `require` encrypts without knowing to whom, so it is raised to verify-full. `prefer`, `allow` and nothing at all would
/// fall back to plain text silently: they mean verify-full, except where the traffic stays on this machine (loopback or a
/// Unix socket), where they mean no encryption.
fn tls_mode(sslmode: Option<&str>, host: &Host) -> Result<TlsMode, Problem> {
    let local = match host {
        Host::Socket(_) => return Ok(TlsMode::Disable),
        Host::Tcp { name, address } => {
            address.map_or_else(|| name.eq_ignore_ascii_case("localhost"), |address| address.is_loopback())
        }
    };
    match sslmode {
        Some("verify-full" | "require") => Ok(TlsMode::VerifyFull),
        Some("verify-ca") => Ok(TlsMode::VerifyCa),
        Some("disable") => Ok(TlsMode::Disable),
        None | Some("prefer" | "allow") if local => Ok(TlsMode::Disable),
        None | Some("prefer" | "allow") => Ok(TlsMode::VerifyFull),
        Some(_) => Err(invalid_address(
            "sslmode has a value that PostgreSQL does not know.",
            "Use verify-full, verify-ca or disable.",
        )),
    }
}

/// The `PG*` variables as parameters.
fn from_environment(around: &Surroundings<'_>) -> Result<Parameters, Problem> {
    const VARIABLES: [(&str, &str); 10] = [
        ("PGHOST", "host"),
        ("PGHOSTADDR", "hostaddr"),
        ("PGPORT", "port"),
        ("PGDATABASE", "dbname"),
        ("PGUSER", "user"),
        ("PGPASSWORD", "password"),
        ("PGPASSFILE", "passfile"),
        ("PGSERVICE", "service"),
        ("PGSSLMODE", "sslmode"),
        ("PGSSLROOTCERT", "sslrootcert"),
    ];
    let mut found = Parameters::default();
    for (variable, name) in VARIABLES {
        if let Some(value) = around.get(variable) {
            found.set(name, value)?;
        }
    }
    Ok(found)
}

/// A service stands between what was given and the defaults.
fn with_service(given: Parameters, around: &Surroundings<'_>) -> Result<Parameters, Problem> {
    match given.get("service").map(str::to_owned) {
        Some(name) => Ok(given.or_from(from_service(&name, around)?)),
        None => Ok(given),
    }
}

/// Looks where libpq looks: the user's file (or `PGSERVICEFILE`), then the system's.
fn from_service(name: &str, around: &Surroundings<'_>) -> Result<Parameters, Problem> {
    let personal = match around.get("PGSERVICEFILE") {
        Some(path) => Some(PathBuf::from(path)),
        None => around.personal(".pg_service.conf", ".pg_service.conf"),
    };
    let system = around.get("PGSYSCONFDIR").map(|folder| Path::new(&folder).join("pg_service.conf"));
    // Debian's libpq is built with this directory.
    let system =
        system.or_else(|| cfg!(unix).then(|| PathBuf::from("/etc/postgresql-common/pg_service.conf")));
    let mut looked = Vec::new();
    for path in personal.into_iter().chain(system) {
        match (around.file)(&path) {
            FileText::Text { text, .. } => match service::section(&text, name) {
                Some(found) => return found,
                None => looked.push(format!("{} (no such section)", path.display())),
            },
            FileText::Absent => looked.push(format!("{} (no such file)", path.display())),
            FileText::Unreadable(reason) => looked.push(format!("{} ({reason})", path.display())),
        }
    }
    Err(invalid_address(
        format!("The service {name:?} is not defined. Looked in: {}.", looked.join(", ")),
        format!("Add a section [{name}] with host, port, dbname and user to one of these files."),
    ))
}

/// Takes the password from the password file where nothing else gave one.
fn with_password_file(mut target: Target, named: Option<&str>, around: &Surroundings<'_>) -> Target {
    if target.password.is_some() {
        return target;
    }
    let path = match named.map(str::to_owned).or_else(|| around.get("PGPASSFILE")) {
        Some(path) => PathBuf::from(path),
        None => match around.personal(".pgpass", "pgpass.conf") {
            Some(path) => path,
            None => return target,
        },
    };
    match (around.file)(&path) {
        FileText::Absent => {}
        FileText::Unreadable(reason) => {
            target.password_file_problem = Some(Problem {
                code: ProblemCode::SecretMissing,
                message: format!("The password file {} cannot be read: {reason}.", path.display()),
                remedy: Some(
                    "Make it readable for you alone, or type the password into the password field."
                        .to_owned(),
                ),
            });
        }
        // As libpq: a password that others could have read or written is not used.
        FileText::Text { open_to_others: true, .. } => {
            target.password_file_problem = Some(Problem {
                code: ProblemCode::SecretMissing,
                message: format!(
                    "The password file {} is open to other accounts and was not used.",
                    path.display()
                ),
                remedy: Some(format!("chmod 0600 {}", path.display())),
            });
        }
        FileText::Text { text, .. } => {
            target.password = pgpass::find(
                &text,
                &password_host(&target.host),
                target.port,
                &target.database,
                &target.user,
            );
        }
    }
    target
}

/// The host as the password file spells it: the default socket counts as `localhost`.
fn password_host(host: &Host) -> String {
    match host {
        Host::Tcp { name, .. } => name.clone(),
        Host::Socket(folder) if SOCKET_FOLDERS.iter().any(|known| Path::new(known) == folder) => {
            "localhost".to_owned()
        }
        Host::Socket(folder) => folder.display().to_string(),
    }
}

#[cfg(test)]
#[path = "target_tests.rs"]
mod tests;
