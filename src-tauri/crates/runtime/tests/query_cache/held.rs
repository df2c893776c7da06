//! A real connection that holds results back on their way to Redis until it is told to let them go.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use futures_util::FutureExt;
use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::{Arg, Cmd, Pipeline, RedisFuture, Value};
use tokio::sync::Semaphore;

#[derive(Clone)]
pub(crate) struct HeldStores {
    redis: MultiplexedConnection,
    waits: Arc<AtomicBool>,
    gate: Arc<Semaphore>,
}

impl HeldStores {
    pub(crate) fn on(redis: MultiplexedConnection) -> Self {
        Self { redis, waits: Arc::default(), gate: Arc::new(Semaphore::new(0)) }
    }

    /// Whether a result is being held back.
    pub(crate) fn waits(&self) -> bool {
        self.waits.load(Ordering::SeqCst)
    }

    pub(crate) fn let_go(&self) {
        self.gate.add_permits(1);
    }
}

fn stores_a_result(command: &Cmd) -> bool {
    let mut words = command.args_iter().map(|word| match word {
        Arg::Simple(word) => word,
        _ => &[],
    });
    words.next() == Some(b"SET") && words.next().is_some_and(|key| key.starts_with(b"query:"))
}

impl ConnectionLike for HeldStores {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        async move {
            if stores_a_result(command) {
                self.waits.store(true, Ordering::SeqCst);
                self.gate.acquire().await.unwrap().forget();
            }
            self.redis.req_packed_command(command).await
        }
        .boxed()
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        self.redis.req_packed_commands(pipeline, offset, count)
    }

    fn get_db(&self) -> i64 {
        self.redis.get_db()
    }
}
