//! Starts real PostgreSQL, PgBouncer and Redis servers in a directory of their own and always stops them.
//!
//! Each server listens on 127.0.0.1 only, keeps everything below one directory, and dies with its owner: on `stop`, on drop
//! (a failed test included), and on Linux also when the owning process is killed.

mod account;
mod error;
mod launch;
mod pgbouncer;
mod place;
mod postgres;
mod process;
mod program;
mod redis;
mod running;
mod start;

pub use error::ServerError;
pub use pgbouncer::{Pgbouncer, PgbouncerAuth, PgbouncerOptions, PoolMode};
pub use postgres::{Postgres, PostgresOptions};
pub use program::{Program, find};
pub use redis::{Redis, RedisCluster, RedisOptions, RedisTls, Sentinel, SentinelOptions};
