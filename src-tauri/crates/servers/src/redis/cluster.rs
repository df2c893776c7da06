//! A Redis cluster of its own: primaries that share the slots evenly, without replicas.

use std::time::{Duration, Instant};

use super::home::{BUS_OFFSET, Role};
use super::{HOST, Redis, RedisOptions, client_error};
use crate::ServerError;

const SLOTS: usize = 16_384;
const JOIN_DEADLINE: Duration = Duration::from_secs(30);
const STEP: Duration = Duration::from_millis(50);

/// Running nodes, each with its part of the slots. Dropping it stops them at once.
#[derive(Debug)]
pub struct RedisCluster {
    nodes: Vec<Redis>,
}

impl RedisCluster {
    /// Starts `primaries` nodes with the same options and waits until each knows that all slots are served.
    pub async fn start(primaries: usize, options: RedisOptions) -> Result<RedisCluster, ServerError> {
        let mut nodes: Vec<Redis> = Vec::new();
        for at in 0..primaries {
            let node = Redis::begin(options.clone(), Role::InCluster).await?;
            let slots = SLOTS * at / primaries..SLOTS * (at + 1) / primaries;
            let slots: Vec<String> = slots.map(|slot| slot.to_string()).collect();
            let words: Vec<&str> =
                ["CLUSTER", "ADDSLOTS"].into_iter().chain(slots.iter().map(String::as_str)).collect();
            node.ask(&words).await?;
            if let Some(first) = nodes.first() {
                let (port, bus) = (first.port().to_string(), (first.port() + BUS_OFFSET).to_string());
                node.ask(&["CLUSTER", "MEET", HOST, &port, &bus]).await?;
            }
            nodes.push(node);
        }
        let cluster = RedisCluster { nodes };
        cluster.joined().await?;
        Ok(cluster)
    }

    async fn joined(&self) -> Result<(), ServerError> {
        let deadline = Instant::now() + JOIN_DEADLINE;
        let known = format!("cluster_known_nodes:{}", self.nodes.len());
        for node in &self.nodes {
            loop {
                let told = node.ask(&["CLUSTER", "INFO"]).await?;
                if told.contains("cluster_state:ok") && told.contains(&known) {
                    break;
                }
                if Instant::now() > deadline {
                    return Err(client_error(format!("the cluster did not come together:\n{told}")));
                }
                tokio::time::sleep(STEP).await;
            }
        }
        Ok(())
    }

    pub fn nodes(&self) -> &[Redis] {
        &self.nodes
    }

    pub fn nodes_mut(&mut self) -> &mut [Redis] {
        &mut self.nodes
    }

    pub async fn stop(self) {
        for node in self.nodes {
            node.stop().await;
        }
    }
}
