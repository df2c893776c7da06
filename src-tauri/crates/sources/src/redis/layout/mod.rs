//! Which nodes a source consists of, asked anew at every poll: one, a primary with its replicas, or the primaries of a cluster.

mod answers;

use domain::{Problem, ProblemCode, RedisTopology};
use redis::Value;
use redis::aio::MultiplexedConnection;

use super::address::Address;
use super::commands;
use super::dial::{Dialer, Login};
use super::problem::problem;
use answers::{pair, primaries, replicas};

/// Nodes that are looked at; more would make a poll long.
pub(super) const MOST_NODES: usize = 64;

/// Where to look.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Layout {
    /// The primary first, or the primaries of a cluster.
    pub(super) nodes: Vec<Address>,
    /// Without the first, or without all of a cluster, there is nothing to tell.
    pub(super) kind: Kind,
    /// Nodes beyond [`MOST_NODES`].
    pub(super) left_out: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Kind {
    #[default]
    Single,
    /// The first is the primary as the Sentinels name it.
    Watched,
    Cluster,
}

#[derive(Clone, Copy)]
enum Question<'q> {
    /// Where the primary of this service is.
    Service(&'q str),
    /// Which nodes have the slots.
    Slots,
}

/// The connection over which the layout was asked the last time, and its end.
pub(super) type Guide = Option<(Address, MultiplexedConnection)>;

impl Dialer {
    /// Where everything is now.
    ///
    /// # Errors
    /// A [`Problem`] where none of the given addresses can tell.
    pub(super) async fn layout(&self, guide: &mut Guide) -> Result<Layout, Problem> {
        match &self.target.topology {
            RedisTopology::Single => Ok(Layout { nodes: self.target.addresses.clone(), ..Layout::default() }),
            RedisTopology::Sentinel { service, authenticated } => {
                let login = Login::Sentinel { authenticated: *authenticated };
                self.first_told(guide, login, Question::Service(service)).await
            }
            RedisTopology::Cluster => self.first_told(guide, Login::Node, Question::Slots).await,
        }
    }

    /// Asks over the connection that told the last time, then over the others, until one tells.
    async fn first_told(
        &self,
        guide: &mut Guide,
        login: Login,
        question: Question<'_>,
    ) -> Result<Layout, Problem> {
        if let Some((address, mut connection)) = guide.take()
            && let Ok(layout) = self.tell(question, &address, &mut connection).await
        {
            *guide = Some((address, connection));
            return Ok(layout);
        }
        let mut first = None;
        for address in &self.target.addresses {
            let told = match self.open(address, login).await {
                Ok(mut connection) => {
                    self.tell(question, address, &mut connection).await.map(|layout| (layout, connection))
                }
                Err(problem) => Err(problem),
            };
            match told {
                Ok((layout, connection)) => {
                    *guide = Some((address.clone(), connection));
                    return Ok(layout);
                }
                Err(problem) => first = first.or(Some(problem)),
            }
        }
        Err(first.unwrap_or_else(no_address))
    }

    async fn tell(
        &self,
        question: Question<'_>,
        address: &Address,
        connection: &mut MultiplexedConnection,
    ) -> Result<Layout, Problem> {
        match question {
            Question::Service(service) => self.watched(address, connection, service).await,
            Question::Slots => self.slots(address, connection).await,
        }
    }

    async fn watched(
        &self,
        sentinel: &Address,
        connection: &mut MultiplexedConnection,
        service: &str,
    ) -> Result<Layout, Problem> {
        let peer = self.peer(sentinel);
        let answer: Value = commands::primary_of(service)
            .query_async(connection)
            .await
            .map_err(|error| peer.problem("sentinel|get-master-addr-by-name", &error))?;
        let primary = pair(&answer).ok_or_else(|| unknown_service(sentinel, service))?;
        let answer: Value = commands::replicas_of(service)
            .query_async(connection)
            .await
            .map_err(|error| peer.problem("sentinel|replicas", &error))?;
        let mut nodes = vec![primary];
        nodes.extend(replicas(&answer));
        Ok(bounded(nodes, Kind::Watched))
    }

    async fn slots(&self, node: &Address, connection: &mut MultiplexedConnection) -> Result<Layout, Problem> {
        let peer = self.peer(node);
        let answer: Value = commands::slots()
            .query_async(connection)
            .await
            .map_err(|error| peer.problem("cluster|slots", &error))?;
        let nodes = primaries(&answer, node);
        if nodes.is_empty() {
            return Err(problem(
                ProblemCode::ServerError,
                format!("The cluster at {node} has given its slots to no node yet."),
                "Assign them with redis-cli --cluster create or CLUSTER ADDSLOTSRANGE; the console keeps trying.",
            ));
        }
        Ok(bounded(nodes, Kind::Cluster))
    }
}

fn bounded(mut nodes: Vec<Address>, kind: Kind) -> Layout {
    let left_out = nodes.len().saturating_sub(MOST_NODES);
    nodes.truncate(MOST_NODES);
    Layout { nodes, kind, left_out }
}

pub(super) fn no_address() -> Problem {
    super::problem::invalid_address("No host is given.", "Fill in a host or host:port.")
}

fn unknown_service(sentinel: &Address, service: &str) -> Problem {
    super::problem::invalid_address(
        format!("The Sentinel at {sentinel} watches no service {service:?}."),
        "Correct the name; SENTINEL MASTERS lists those that there are.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_beyond_the_bound_are_counted() {
        let nodes = (1..=70).map(|port| Address::tcp("a", port)).collect();
        let found = bounded(nodes, Kind::Cluster);
        assert_eq!((found.nodes.len(), found.left_out), (MOST_NODES, 6));
    }
}
