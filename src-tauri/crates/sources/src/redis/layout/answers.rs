//! The answers of Sentinels and of nodes of a cluster about where everything is.

use redis::Value;

use crate::redis::address::{Address, PORT};
use crate::redis::answer::text;

/// Host and port.
pub(super) fn pair(answer: &Value) -> Option<Address> {
    let Value::Array(parts) = answer else { return None };
    let [host, port] = parts.as_slice() else { return None };
    Some(Address::tcp(text(host)?, text(port)?.parse().ok()?))
}

/// Replicas that the Sentinel holds for reachable, in the order of their addresses.
pub(super) fn replicas(answer: &Value) -> Vec<Address> {
    let Value::Array(found) = answer else { return Vec::new() };
    let replica = |value: &Value| {
        let Value::Array(fields) = value else { return None };
        let named = |name| {
            let mut pairs =
                fields.chunks_exact(2).filter_map(|pair| Some((text(pair.first()?)?, text(pair.get(1)?)?)));
            pairs.find(|(given, _)| *given == name).map(|(_, value)| value)
        };
        let gone = named("flags")
            .is_some_and(|flags| flags.split(',').any(|flag| flag == "s_down" || flag == "o_down"));
        if gone { None } else { Some(Address::tcp(named("ip")?, named("port")?.parse().ok()?)) }
    };
    let mut addresses: Vec<_> = found.iter().filter_map(replica).collect();
    addresses.sort();
    addresses
}

/// The first node of each range of slots is its primary. A node that does not know its own name means the one that was asked.
pub(super) fn primaries(answer: &Value, asked: &Address) -> Vec<Address> {
    let Value::Array(ranges) = answer else { return Vec::new() };
    let primary = |range: &Value| {
        let Value::Array(parts) = range else { return None };
        let Some(Value::Array(node)) = parts.get(2) else { return None };
        let host = node.first().and_then(text).filter(|host| !host.is_empty() && *host != "?");
        let host = host.map_or_else(|| asked.host(), str::to_owned);
        let port = match node.get(1) {
            Some(Value::Int(port)) => u16::try_from(*port).ok()?,
            _ => PORT,
        };
        Some(Address::tcp(host, port))
    };
    let mut addresses: Vec<_> = ranges.iter().filter_map(primary).collect();
    addresses.sort();
    addresses.dedup();
    addresses
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(reply: &str) -> Value {
        redis::parse_redis_value(reply.replace('\n', "\r\n").as_bytes()).unwrap()
    }

    fn shown(addresses: &[Address]) -> Vec<String> {
        addresses.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn each_primary_of_a_cluster_is_found_once() {
        let answer = read(
            "*3\n*4\n:0\n:8191\n*2\n$9\n127.0.0.1\n:7001\n*2\n$9\n127.0.0.1\n:7003\n\
             *3\n:8192\n:16000\n*3\n$0\n\n:7002\n$2\nid\n*3\n:16001\n:16383\n*2\n$1\n?\n:7002\n",
        );
        let found = primaries(&answer, &Address::tcp("cache", 7009));
        assert_eq!(shown(&found), ["127.0.0.1:7001", "cache:7002"]);
        assert!(primaries(&Value::Okay, &Address::tcp("cache", 1)).is_empty());
    }

    #[test]
    fn a_sentinel_names_the_primary_and_the_replicas_that_are_there() {
        assert_eq!(pair(&read("*2\n$3\n::1\n$4\n6379\n")).unwrap().to_string(), "[::1]:6379");
        assert_eq!(pair(&Value::Nil), None);
        let answer = read(
            "*2\n*6\n$2\nip\n$1\nb\n$4\nport\n$1\n2\n$5\nflags\n$5\nslave\n\
             *6\n$2\nip\n$1\na\n$4\nport\n$1\n1\n$5\nflags\n$12\ns_down,slave\n",
        );
        assert_eq!(shown(&replicas(&answer)), ["b:2"]);
    }
}
