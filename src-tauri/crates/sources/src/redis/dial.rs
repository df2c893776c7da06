//! Opens one connection to one node: stream, encryption, login, name.

use std::io;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use domain::{Problem, TlsMode};
use redis::aio::MultiplexedConnection;
use redis::{AsyncConnectionConfig, Cmd, ProtocolVersion, RedisConnectionInfo, RedisError, RedisResult};
use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::address::Address;
use super::bounded::{Bounded, LIMIT};
use super::commands;
use super::problem::Peer;
use super::target::Target;

/// Name lookup, connecting, encryption and login together.
pub(super) const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// For one answer.
pub(super) const RESPONSE_TIMEOUT: Duration = Duration::from_secs(3);
/// Leaves time to find out why there was none.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(2);
const PROBE_TIMEOUT: Duration = Duration::from_millis(500);

/// Knows how to reach every node of one source. Has no `Debug`, so that it cannot be logged.
pub(super) struct Dialer {
    pub(super) target: Target,
    /// None without encryption.
    tls: Option<Arc<ClientConfig>>,
}

/// As whom, and into what, a connection is opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Login {
    /// A server that holds data.
    Node,
    /// A Sentinel, with the same user and password or with none.
    Sentinel { authenticated: bool },
}

impl Dialer {
    pub(super) fn new(target: Target) -> Result<Dialer, Problem> {
        let tls = match target.tls {
            TlsMode::Disable => None,
            mode => Some(Arc::new(crate::tls::client_config(mode, target.root_certificate.as_deref())?)),
        };
        Ok(Dialer { target, tls })
    }

    /// The source as a whole, by the addresses that were given.
    pub(super) fn whole(&self) -> Peer {
        let places: Vec<_> = self.target.addresses.iter().map(ToString::to_string).collect();
        self.named(places.join(", "), self.target.addresses.first().map(Address::host).unwrap_or_default())
    }

    pub(super) fn peer(&self, address: &Address) -> Peer {
        self.named(address.to_string(), address.host())
    }

    fn named(&self, place: String, host: String) -> Peer {
        Peer {
            place,
            host,
            user: self.target.user_name().to_owned(),
            has_password: self.target.password.is_some(),
            tls: self.target.tls,
        }
    }

    /// Connects and logs in, within [`CONNECT_TIMEOUT`].
    pub(super) async fn open(
        &self,
        address: &Address,
        login: Login,
    ) -> Result<MultiplexedConnection, Problem> {
        let opened = tokio::time::timeout(CONNECT_TIMEOUT, self.connect(address, login)).await;
        opened.unwrap_or_else(|_| Err(self.peer(address).timeout(CONNECT_TIMEOUT)))
    }

    async fn connect(&self, address: &Address, login: Login) -> Result<MultiplexedConnection, Problem> {
        let peer = self.peer(address);
        let stream = match self.stream(address).await {
            Ok(stream) => stream,
            Err(error) if is_handshake_timeout(&error) && speaks_plainly(address).await => {
                return Err(peer.no_tls());
            }
            Err(error) => return Err(peer.network(&error)),
        };
        let mut connection = over(stream).await.map_err(|error| peer.problem("auth", &error))?;
        let greeted = self.greet(&mut connection, login).await;
        let Err(refused) = greeted else { return Ok(connection) };
        if refused.error.is_connection_dropped() && self.tls.is_none() && speaks_postgres(address).await {
            return Err(peer.not_redis("it speaks the protocol of PostgreSQL"));
        }
        Err(peer.problem(refused.command, &refused.error))
    }

    async fn stream(&self, address: &Address) -> io::Result<Box<dyn Stream>> {
        let (host, port) = match address {
            Address::Tcp { host, port } => (host.as_str(), *port),
            Address::Socket(path) => return socket(path).await,
        };
        let plain = TcpStream::connect((host, port)).await?;
        // Where the system refuses, only time is lost.
        let _ = plain.set_nodelay(true);
        let Some(tls) = &self.tls else { return Ok(Box::new(plain)) };
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        let handshake = TlsConnector::from(Arc::clone(tls)).connect(name, plain);
        let encrypted = tokio::time::timeout(HANDSHAKE_TIMEOUT, handshake).await;
        Ok(Box::new(encrypted.map_err(|_| io::Error::new(io::ErrorKind::TimedOut, HandshakeTimeout))??))
    }

    /// The first words of a connection.
    async fn greet(&self, connection: &mut MultiplexedConnection, login: Login) -> Result<(), Refused> {
        let Target { user, password, database, .. } = &self.target;
        let silent = login == Login::Sentinel { authenticated: false };
        if let Some(password) = password.as_deref().filter(|_| !silent) {
            // Servers before 6.0 know no users; theirs is `default`.
            let user = user.as_deref().filter(|user| *user != "default");
            say(connection, "auth", commands::auth(user, password)).await?;
        }
        // Servers before 6.0 speak RESP2 only, and proxies may: what is asked can be told in either.
        if login == Login::Node {
            courtesy(say(connection, "hello", commands::hello()).await)?;
        }
        if login == Login::Node && *database != 0 {
            say(connection, "select", commands::select(*database)).await?;
        }
        courtesy(say(connection, "client|setname", commands::set_name()).await)
    }
}

/// Where a courtesy is refused, all else still works; a login that is missing is no such refusal.
fn courtesy(answer: Result<(), Refused>) -> Result<(), Refused> {
    match answer {
        Err(refused) if refused.error.code().is_some_and(|code| code != "NOAUTH") => Ok(()),
        other => other,
    }
}

struct Refused {
    command: &'static str,
    error: RedisError,
}

async fn say(
    connection: &mut MultiplexedConnection,
    command: &'static str,
    words: Cmd,
) -> Result<(), Refused> {
    words.exec_async(connection).await.map_err(|error| Refused { command, error })
}

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<S: AsyncRead + AsyncWrite + Send + Unpin> Stream for S {}

/// Login and name are given afterwards, so that each refusal is known by its code.
async fn over(stream: Box<dyn Stream>) -> RedisResult<MultiplexedConnection> {
    let bare = RedisConnectionInfo::default().set_protocol(ProtocolVersion::RESP2).set_skip_set_lib_name();
    let config = AsyncConnectionConfig::new().set_response_timeout(Some(RESPONSE_TIMEOUT));
    let bounded = Bounded::new(stream, LIMIT);
    let (connection, driver) = MultiplexedConnection::new_with_config(&bare, bounded, config).await?;
    // Ends when the last clone of the connection goes.
    tokio::spawn(driver);
    Ok(connection)
}

#[cfg(unix)]
async fn socket(path: &Path) -> io::Result<Box<dyn Stream>> {
    Ok(Box::new(tokio::net::UnixStream::connect(path).await?))
}

#[cfg(not(unix))]
async fn socket(_path: &Path) -> io::Result<Box<dyn Stream>> {
    Err(io::ErrorKind::Unsupported.into())
}

#[derive(Debug, thiserror::Error)]
#[error("the greeting of TLS was not answered")]
struct HandshakeTimeout;

fn is_handshake_timeout(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<HandshakeTimeout>())
}

/// A Redis without TLS takes the greeting for the beginning of a long command and waits; PING it answers, or refuses.
async fn speaks_plainly(address: &Address) -> bool {
    matches!(first_byte(address, b"PING\r\n").await, Some(b'+' | b'-'))
}

/// PostgreSQL and PgBouncer hang up on a Redis client without a word; to their own question about TLS they answer one letter.
async fn speaks_postgres(address: &Address) -> bool {
    const SSL_REQUEST: [u8; 8] = [0, 0, 0, 8, 4, 210, 22, 47];
    matches!(first_byte(address, &SSL_REQUEST).await, Some(b'S' | b'N'))
}

/// What a server at `address` answers to `words`, which hold no secret.
async fn first_byte(address: &Address, words: &[u8]) -> Option<u8> {
    let Address::Tcp { host, port } = address else { return None };
    let asked = async {
        let mut stream = TcpStream::connect((host.as_str(), *port)).await?;
        stream.write_all(words).await?;
        stream.read_u8().await
    };
    tokio::time::timeout(PROBE_TIMEOUT, asked).await.ok()?.ok()
}
