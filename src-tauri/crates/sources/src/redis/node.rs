//! One look at one node: what it is, counts and holds, and what it does not let the console see.

use std::time::Instant;

use domain::{Problem, RedisNode};
use redis::aio::MultiplexedConnection;
use redis::{Cmd, FromRedisValue, RedisError, Value};

use super::clients::{MOST_CLIENTS, groups};
use super::commands;
use super::info::{self, Info, Loading, Server};
use super::latency::events;
use super::problem::Peer;
use super::slow_log::{SlowEntry, entries};

/// What one node answered.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Look {
    pub(super) node: RedisNode,
    pub(super) server: Server,
    /// None where the log may not be read.
    pub(super) slow: Option<Vec<SlowEntry>>,
    pub(super) lacks: Vec<Lack>,
}

/// Something that a node did not show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Lack {
    /// The user may not run this command: "slowlog|get".
    Right(&'static str),
    /// The server does not have this command, or not under this name.
    Command(&'static str),
    /// There are so many clients that their list was not asked for.
    ManyClients(u64),
}

/// An answer that a look can do without.
struct Optional {
    command: &'static str,
    answer: Result<Value, RedisError>,
}

pub(super) async fn look(connection: &mut MultiplexedConnection, peer: &Peer) -> Result<Look, Problem> {
    let text: Value = ask(connection, &commands::info(), "info", peer).await?;
    let text = text_of(&text).ok_or_else(|| peer.not_redis("its INFO is no text"))?;
    let fields = Info::parse(&text);
    let server = info::server(&fields).ok_or_else(|| peer.not_redis("its INFO names no version"))?;
    if server.is_sentinel {
        return Err(peer.not_redis(
            "it is a Sentinel; choose Sentinel for this source, or name the server that it watches",
        ));
    }
    if let Some(loading) = server.loading {
        return Err(peer.loading(&progress(loading)));
    }
    let mut node = info::node(&fields, &peer.place, &server.version);
    let mut lacks = Vec::new();
    node.ping_ms = ping(connection, peer, &mut lacks).await?;
    let slow = fill(&mut node, connection, peer, &mut lacks).await?;
    Ok(Look { node, server, slow, lacks })
}

async fn ask<T: FromRedisValue>(
    connection: &mut MultiplexedConnection,
    words: &Cmd,
    command: &'static str,
    peer: &Peer,
) -> Result<T, Problem> {
    words.query_async(connection).await.map_err(|error| peer.problem(command, &error))
}

/// Milliseconds. A replica that has lost its primary, or a server that runs a script, says so here.
async fn ping(
    connection: &mut MultiplexedConnection,
    peer: &Peer,
    lacks: &mut Vec<Lack>,
) -> Result<f64, Problem> {
    let begun = Instant::now();
    let answer = optional(connection.clone(), "ping", commands::ping()).await;
    let took = begun.elapsed().as_secs_f64() * 1000.0;
    // Even a refusal made the round trip.
    granted(answer, peer, lacks).map(|_| took)
}

/// Everything besides INFO, asked at once: the server answers in one go.
async fn fill(
    node: &mut RedisNode,
    connection: &MultiplexedConnection,
    peer: &Peer,
    lacks: &mut Vec<Lack>,
) -> Result<Option<Vec<SlowEntry>>, Problem> {
    let many = node.clients.connected > MOST_CLIENTS;
    let ask = |command, words| optional(connection.clone(), command, words);
    let unless = |known: bool, command, words| async move {
        if known { None } else { Some(optional(connection.clone(), command, words).await) }
    };
    let (slow, latency, slower, clients, max, policy) = tokio::join!(
        ask("slowlog|get", commands::slow_log()),
        ask("latency|latest", commands::latency()),
        ask("config|get", commands::setting("slowlog-log-slower-than")),
        unless(many, "client|list", commands::client_list()),
        unless(node.clients.max.is_some(), "config|get", commands::setting("maxclients")),
        unless(!node.memory.policy.is_empty(), "config|get", commands::setting("maxmemory-policy")),
    );
    if let Some(answer) = granted(latency, peer, lacks)? {
        node.latency = events(&answer);
    }
    let setting = |answer: Option<Value>| answer.as_ref().and_then(setting_of);
    node.slower_than_us = setting(granted(slower, peer, lacks)?).and_then(|value| value.parse().ok());
    if let Some(max) = max {
        node.clients.max = setting(granted(max, peer, lacks)?).and_then(|value| value.parse().ok());
    }
    if let Some(policy) = policy {
        node.memory.policy = setting(granted(policy, peer, lacks)?).unwrap_or_default();
    }
    match clients {
        Some(clients) => {
            let list = granted(clients, peer, lacks)?;
            node.clients.groups = list.as_ref().and_then(text_of).map_or_else(Vec::new, |text| groups(&text));
        }
        None => lacks.push(Lack::ManyClients(node.clients.connected)),
    }
    Ok(granted(slow, peer, lacks)?.as_ref().map(entries))
}

async fn optional(mut connection: MultiplexedConnection, command: &'static str, words: Cmd) -> Optional {
    Optional { command, answer: words.query_async(&mut connection).await }
}

/// None, and a lack, where the user or the server does not have the command.
fn granted(optional: Optional, peer: &Peer, lacks: &mut Vec<Lack>) -> Result<Option<Value>, Problem> {
    let Optional { command, answer } = optional;
    let error = match answer {
        Ok(value) => return Ok(Some(value)),
        Err(error) => error,
    };
    let unknown = |detail: &str| detail.contains("unknown command") || detail.contains("unknown subcommand");
    let lack = match (error.code(), error.detail()) {
        (Some("NOPERM"), _) => Lack::Right(command),
        (Some("ERR"), Some(detail)) if unknown(&detail.to_ascii_lowercase()) => Lack::Command(command),
        _ => return Err(peer.problem(command, &error)),
    };
    if !lacks.contains(&lack) {
        lacks.push(lack);
    }
    Ok(None)
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::BulkString(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        Value::VerbatimString { text, .. } | Value::SimpleString(text) => Some(text.clone()),
        _ => None,
    }
}

/// The value in an answer to CONFIG GET of one name.
fn setting_of(answer: &Value) -> Option<String> {
    match answer {
        Value::Array(pair) => pair.get(1).and_then(text_of),
        Value::Map(pairs) => pairs.first().and_then(|(_, value)| text_of(value)),
        _ => None,
    }
}

fn progress(loading: Loading) -> String {
    let percent = loading.percent.map(|percent| format!(", {percent:.0} % so far"));
    let left = loading.seconds_left.map(|seconds| format!(", about {seconds} s to go"));
    [percent, left].into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_told_as_far_as_it_is_known() {
        let cases = [
            (Loading::default(), ""),
            (Loading { percent: Some(42.4), seconds_left: None }, ", 42 % so far"),
            (Loading { percent: Some(99.9), seconds_left: Some(3) }, ", 100 % so far, about 3 s to go"),
        ];
        for (loading, wanted) in cases {
            assert_eq!(progress(loading), wanted);
        }
    }
}
