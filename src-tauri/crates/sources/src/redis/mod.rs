//! Redis and its relatives: one server, a primary with its replicas behind Sentinels, or a cluster; read-only and bounded.

mod address;
mod answer;
mod bounded;
pub mod clients;
mod cluster_node;
mod commands;
mod dial;
pub mod info;
pub mod keyspace;
pub mod latency;
mod layout;
mod link;
mod memory;
mod node;
mod problem;
mod reading;
mod samples;
mod shared;
pub mod slow_log;
mod tags;
mod target;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use domain::{PollResult, Problem, SourceConfig, SourceId, Timestamp};
use futures_util::future::join_all;
use redis::aio::MultiplexedConnection;
use tokio::sync::Mutex;

pub use cluster_node::ClusterNode;
pub use commands::{CLIENT_NAME, COMMANDS};
pub use link::{RedisLink, RedisPrimary};

use crate::{Source, SourceContext};
use address::Address;
use dial::{Dialer, Login};
use layout::{Guide, Kind, Layout};
use memory::Memory;
use node::Look;
use target::Target;

/// For a whole poll, connecting included.
const DEADLINE: Duration = Duration::from_secs(8);

/// One Redis, with all its nodes.
pub struct RedisSource {
    id: SourceId,
    dialer: Dialer,
    allow_cache_writes: bool,
    state: Mutex<State>,
}

/// What is kept from poll to poll.
#[derive(Default)]
struct State {
    guide: Guide,
    nodes: HashMap<Address, MultiplexedConnection>,
    memory: Memory,
}

/// A node and what came of looking at it.
type Seen = (Address, Result<(Look, MultiplexedConnection), Problem>);

impl RedisSource {
    /// Works out where to connect, without connecting.
    ///
    /// # Errors
    /// A [`Problem`] where the address or the root certificate cannot be used.
    pub fn new(
        config: &SourceConfig,
        password: Option<String>,
        _context: &SourceContext,
    ) -> Result<RedisSource, Problem> {
        let target = Target::resolve(&config.connection, password)?;
        Ok(RedisSource {
            id: config.id.clone(),
            dialer: Dialer::new(target)?,
            allow_cache_writes: config.allow_cache_writes,
            state: Mutex::default(),
        })
    }

    /// Its number; a cluster has only 0.
    pub fn database(&self) -> u32 {
        self.dialer.target.database
    }

    async fn read(&self, state: &mut State) -> PollResult {
        let begun = Instant::now();
        let layout = self.dialer.layout(&mut state.guide).await?;
        let mut open = std::mem::take(&mut state.nodes);
        let asked = layout.nodes.iter().map(|address| self.look(address, open.remove(address)));
        let (mut looks, mut silent) = (Vec::new(), Vec::new());
        for (address, result) in join_all(asked).await {
            match result {
                Ok((look, connection)) => {
                    state.nodes.insert(address, connection);
                    looks.push(look);
                }
                Err(problem) => silent.push((address, problem)),
            }
        }
        indispensable(&layout, &looks, &silent)?;
        let poll_ms = begun.elapsed().as_secs_f64() * 1000.0;
        let user = self.dialer.target.user_name();
        let mut reading = reading::reading(&layout, looks, &silent, user, &mut state.memory);
        reading.found.push(format!("Encryption: {}", self.dialer.target.encryption()));
        if let domain::Facts::Redis(facts) = &reading.facts {
            reading.samples = samples::samples(&self.id, facts, poll_ms);
        }
        Ok(reading)
    }

    /// Looks over the connection that there is, or over a new one where there is none or it has ended meanwhile.
    async fn look(&self, address: &Address, open: Option<MultiplexedConnection>) -> Seen {
        let peer = self.dialer.peer(address);
        if let Some(mut connection) = open {
            match node::look(&mut connection, &peer).await {
                Ok(look) => return (address.clone(), Ok((look, connection))),
                Err(problem) if problem.code != domain::ProblemCode::Unreachable => {
                    return (address.clone(), Err(problem));
                }
                Err(_) => {}
            }
        }
        let looked = async {
            let mut connection = self.dialer.open(address, Login::Node).await?;
            Ok((node::look(&mut connection, &peer).await?, connection))
        };
        (address.clone(), looked.await)
    }
}

/// Why there is nothing to tell: the one server, the primary, or all of a cluster is silent.
fn indispensable(layout: &Layout, looks: &[Look], silent: &[(Address, Problem)]) -> Result<(), Problem> {
    let missing = match layout.kind {
        Kind::Single | Kind::Watched => {
            silent.iter().find(|(address, _)| Some(address) == layout.nodes.first())
        }
        Kind::Cluster => silent.first().filter(|_| looks.is_empty()),
    };
    missing.map_or(Ok(()), |(_, problem)| Err(problem.clone()))
}

#[async_trait]
impl Source for RedisSource {
    async fn poll(&self, _now: Timestamp) -> PollResult {
        let mut state = self.state.lock().await;
        let read = tokio::time::timeout(DEADLINE, self.read(&mut state)).await;
        let result = read.unwrap_or_else(|_| Err(self.dialer.whole().timeout(DEADLINE)));
        if result.is_err() {
            // The role, the version and who is primary are asked for anew.
            state.guide = None;
            state.nodes.clear();
        }
        result
    }

    async fn close(&self) {
        let mut state = self.state.lock().await;
        state.guide = None;
        state.nodes.clear();
    }
}
