//! Connections for what is more than a poll: one that routes by key, and one to each primary.

use std::path::PathBuf;

use domain::{Problem, RedisTopology, TlsMode};
use futures_util::future::try_join_all;
use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::cluster::{ClusterClient, ClusterClientBuilder};
use redis::cluster_async::ClusterConnection;
use redis::{
    Cmd, ConnectionAddr, IntoConnectionInfo, Pipeline, ProtocolVersion, RedisError, RedisFuture, RedisResult,
    TlsCertificates, TlsMode as ClusterTls, Value,
};

use super::address::Address;
use super::cluster_node::ClusterNode;
use super::commands;
use super::dial::{CONNECT_TIMEOUT, Login, RESPONSE_TIMEOUT};
use super::info::Info;
use super::layout::Layout;
use super::{DEADLINE, RedisSource};

/// A connection that is cheap to clone and may be used by many at once. It does not connect again by itself once its server
/// or, with Sentinels, its primary is gone: ask [`RedisSource::connect`] for another.
#[derive(Clone)]
pub enum RedisLink {
    /// To one server; with Sentinels, to the primary.
    Node(MultiplexedConnection),
    /// Each command goes to the node that has its key, and follows keys that move. Keys of one command must share a slot.
    Cluster(ClusterConnection<ClusterNode>),
}

/// A primary with a connection of its own.
pub struct RedisPrimary {
    /// `host:port`
    pub address: String,
    pub run_id: String,
    pub connection: MultiplexedConnection,
}

impl ConnectionLike for RedisLink {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            RedisLink::Node(connection) => connection.req_packed_command(command),
            RedisLink::Cluster(connection) => connection.req_packed_command(command),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            RedisLink::Node(connection) => connection.req_packed_commands(pipeline, offset, count),
            RedisLink::Cluster(connection) => connection.req_packed_commands(pipeline, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            RedisLink::Node(connection) => connection.get_db(),
            RedisLink::Cluster(connection) => connection.get_db(),
        }
    }
}

impl RedisSource {
    /// A new connection, logged in. Connecting and every answer have a deadline of 3 s.
    ///
    /// # Errors
    /// A [`Problem`] where it cannot be reached or refuses the login.
    pub async fn connect(&self) -> Result<RedisLink, Problem> {
        self.in_time(async {
            let layout = self.dialer.layout(&mut None).await?;
            let first = layout.nodes.first().ok_or_else(super::layout::no_address)?;
            if self.dialer.target.topology != RedisTopology::Cluster {
                return self.dialer.open(first, Login::Node).await.map(RedisLink::Node);
            }
            // Proves login and encryption, with a better word for what is wrong.
            self.dialer.open(first, Login::Node).await?;
            let connected = async { self.cluster(&layout)?.get_async_generic_connection().await };
            connected.await.map(RedisLink::Cluster).map_err(|error| self.problem(&error))
        })
        .await
    }

    /// A plain connection to every primary: to one server, to the primary behind Sentinels, to each of a cluster.
    ///
    /// # Errors
    /// A [`Problem`] where one of them cannot be reached or does not tell its run.
    pub async fn primaries(&self) -> Result<Vec<RedisPrimary>, Problem> {
        self.in_time(async {
            let mut layout = self.dialer.layout(&mut None).await?;
            if self.dialer.target.topology != RedisTopology::Cluster {
                layout.nodes.truncate(1);
            }
            try_join_all(layout.nodes.iter().map(|address| self.primary(address))).await
        })
        .await
    }

    async fn primary(&self, address: &Address) -> Result<RedisPrimary, Problem> {
        let mut connection = self.dialer.open(address, Login::Node).await?;
        let text: RedisResult<String> = commands::info().query_async(&mut connection).await;
        let text = text.map_err(|error| self.dialer.peer(address).problem("info", &error))?;
        let run_id = Info::parse(&text).text("run_id").unwrap_or_default().to_owned();
        Ok(RedisPrimary { address: address.to_string(), run_id, connection })
    }

    /// What an error of a [`RedisLink`] or of a [`RedisPrimary`] means, in plain words and without a secret.
    pub fn problem(&self, error: &RedisError) -> Problem {
        self.dialer.whole().problem("", error)
    }

    pub(super) async fn in_time<T>(
        &self,
        work: impl Future<Output = Result<T, Problem>>,
    ) -> Result<T, Problem> {
        tokio::time::timeout(DEADLINE, work)
            .await
            .unwrap_or_else(|_| Err(self.dialer.whole().timeout(DEADLINE)))
    }

    fn cluster(&self, layout: &Layout) -> RedisResult<ClusterClient> {
        let target = &self.dialer.target;
        let secure = target.tls != TlsMode::Disable;
        let nodes = layout.nodes.iter().map(|address| address_of(address, secure).into_connection_info());
        let mut builder = ClusterClientBuilder::new(nodes.collect::<RedisResult<Vec<_>>>()?)
            .connection_timeout(CONNECT_TIMEOUT)
            .response_timeout(RESPONSE_TIMEOUT)
            .overall_response_timeout(Some(DEADLINE))
            .use_protocol(ProtocolVersion::RESP2)
            .retries(3);
        if let Some(password) = &target.password {
            builder = builder.password(password);
        }
        if let Some(user) = &target.user {
            builder = builder.username(user);
        }
        if secure {
            let named = target.root_certificate.as_ref();
            // As everywhere: with the public authorities any site's certificate would do without the name.
            let any_name = target.tls == TlsMode::VerifyCa && named.is_some();
            builder = builder
                .tls(ClusterTls::Secure)
                .danger_accept_invalid_hostnames(any_name)
                .certs(TlsCertificates { client_tls: None, root_cert: named.map(read).transpose()? });
        }
        builder.build()
    }
}

fn read(path: &PathBuf) -> RedisResult<Vec<u8>> {
    std::fs::read(path).map_err(RedisError::from)
}

fn address_of(address: &Address, secure: bool) -> ConnectionAddr {
    match address {
        Address::Tcp { host, port } if secure => {
            ConnectionAddr::TcpTls { host: host.clone(), port: *port, insecure: false, tls_params: None }
        }
        Address::Tcp { host, port } => ConnectionAddr::Tcp(host.clone(), *port),
        Address::Socket(path) => ConnectionAddr::Unix(path.clone()),
    }
}
