//! A connection to one node as the driver's cluster opens it: named like all others, and without the driver's own greeting.

use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::cluster_async::Connect;
use redis::{
    AsyncConnectionConfig, Client, Cmd, IntoConnectionInfo, Pipeline, RedisFuture, RedisResult, Value,
};

use super::commands;

/// CLIENT SETINFO, which the driver sends by itself, would be noted as refused on servers where the user has few rights.
#[derive(Clone)]
pub struct ClusterNode(MultiplexedConnection);

impl Connect for ClusterNode {
    fn connect_with_config<'a, T>(info: T, config: AsyncConnectionConfig) -> RedisFuture<'a, ClusterNode>
    where
        T: IntoConnectionInfo + Send + 'a,
    {
        Box::pin(async move {
            let info = info.into_connection_info()?;
            let settings = info.redis_settings().clone().set_skip_set_lib_name();
            let client = Client::open(info.set_redis_settings(settings))?;
            let mut connection = client.get_multiplexed_async_connection_with_config(&config).await?;
            // A name is a courtesy: where it may not be set, all else still works.
            let _: RedisResult<()> = commands::set_name().exec_async(&mut connection).await;
            Ok(ClusterNode(connection))
        })
    }
}

impl ConnectionLike for ClusterNode {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        self.0.req_packed_command(command)
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        self.0.req_packed_commands(pipeline, offset, count)
    }

    fn get_db(&self) -> i64 {
        self.0.get_db()
    }
}
