//! A command as the slow log keeps it: which word is its key, and how many words there were.

use redis::Value;

use super::bytes;
use super::keys::masked;

/// The log keeps this many words of a command; the last then says how many more there were.
const LOGGED_WORDS: usize = 32;
const NAME_CHARACTERS: usize = 32;

/// Commands whose second word is part of their name.
const CONTAINERS: [&str; 15] = [
    "ACL", "CLIENT", "CLUSTER", "COMMAND", "CONFIG", "DEBUG", "FUNCTION", "LATENCY", "MEMORY", "MODULE",
    "OBJECT", "PUBSUB", "SCRIPT", "SLOWLOG", "SENTINEL",
];
/// Containers whose third word is a key.
const KEYED_CONTAINERS: [&str; 4] = ["OBJECT", "XGROUP", "XINFO", "BITOP"];

/// Commands whose first argument is a key. What is not listed may begin with a value, and then shows none.
const KEYED: &str = " APPEND BITCOUNT BITFIELD BITFIELD_RO BITPOS BLMOVE BLPOP BRPOP BRPOPLPUSH BZPOPMAX BZPOPMIN \
    COPY DECR DECRBY DEL DUMP EXISTS EXPIRE EXPIREAT EXPIRETIME GEOADD GEODIST GEOHASH GEOPOS GEORADIUS \
    GEORADIUSBYMEMBER GEORADIUSBYMEMBER_RO GEORADIUS_RO GEOSEARCH GEOSEARCHSTORE GET GETBIT GETDEL GETEX GETRANGE \
    GETSET HDEL HEXISTS HEXPIRE HEXPIREAT HGET HGETALL HGETDEL HGETEX HINCRBY HINCRBYFLOAT HKEYS HLEN HMGET HMSET \
    HPERSIST HPEXPIRE HPTTL HRANDFIELD HSCAN HSET HSETEX HSETNX HSTRLEN HTTL HVALS INCR INCRBY INCRBYFLOAT LCS \
    LINDEX LINSERT LLEN LMOVE LPOP LPOS LPUSH LPUSHX LRANGE LREM LSET LTRIM MGET MOVE MSET MSETNX PERSIST PEXPIRE \
    PEXPIREAT PEXPIRETIME PFADD PFCOUNT PFMERGE PSETEX PTTL RENAME RENAMENX RESTORE RPOP RPOPLPUSH RPUSH RPUSHX \
    SADD SCARD SDIFF SDIFFSTORE SET SETBIT SETEX SETNX SETRANGE SINTER SINTERSTORE SISMEMBER SMEMBERS SMISMEMBER \
    SMOVE SORT SORT_RO SPOP SRANDMEMBER SREM SSCAN STRLEN SUBSTR SUNION SUNIONSTORE TOUCH TTL TYPE UNLINK WATCH \
    XACK XADD XAUTOCLAIM XCLAIM XDEL XLEN XPENDING XRANGE XREVRANGE XSETID XTRIM ZADD ZCARD ZCOUNT ZDIFFSTORE \
    ZINCRBY ZINTERSTORE ZLEXCOUNT ZMSCORE ZPOPMAX ZPOPMIN ZRANDMEMBER ZRANGE ZRANGEBYLEX ZRANGEBYSCORE ZRANGESTORE \
    ZRANK ZREM ZREMRANGEBYLEX ZREMRANGEBYRANK ZREMRANGEBYSCORE ZREVRANGE ZREVRANGEBYLEX ZREVRANGEBYSCORE ZREVRANK \
    ZSCAN ZSCORE ZUNIONSTORE ";
/// Commands whose first argument says how many keys follow.
const COUNTED: &str = " LMPOP SINTERCARD ZDIFF ZINTER ZINTERCARD ZMPOP ZUNION ";
/// Commands whose second argument says how many keys follow, after a script or a timeout.
const COUNTED_LATER: &str = " BLMPOP BZMPOP EVAL EVALSHA EVALSHA_RO EVAL_RO FCALL FCALL_RO ";

pub(super) struct Words<'v> {
    words: Vec<&'v [u8]>,
}

impl<'v> Words<'v> {
    pub(super) fn new(values: &'v [Value]) -> Words<'v> {
        Words {
            words: values.iter().take(LOGGED_WORDS).map(|value| bytes(value).unwrap_or_default()).collect(),
        }
    }

    fn upper(&self, at: usize) -> Option<String> {
        self.words.get(at).and_then(|word| name(word))
    }

    /// "GET", "CONFIG GET"; the name of what is none is not shown, for it may be anything.
    pub(super) fn command(&self) -> Option<String> {
        let first = self.words.first()?;
        let Some(first) = name(first) else { return Some("?".to_owned()) };
        match self.upper(1).filter(|_| self.takes_subcommand(&first)) {
            Some(second) => Some(format!("{first} {second}")),
            None => Some(first),
        }
    }

    fn takes_subcommand(&self, first: &str) -> bool {
        CONTAINERS.contains(&first) || matches!(first, "XGROUP" | "XINFO")
    }

    pub(super) fn key(&self) -> Option<String> {
        let first = self.upper(0)?;
        let listed = |list: &str| list.contains(&format!(" {first} "));
        let at = if listed(KEYED) {
            1
        } else if KEYED_CONTAINERS.contains(&first.as_str()) || self.is("MEMORY", "USAGE") {
            2
        } else if listed(COUNTED) {
            self.counted(1)?
        } else if listed(COUNTED_LATER) {
            self.counted(2)?
        } else if matches!(first.as_str(), "XREAD" | "XREADGROUP") {
            self.words.iter().position(|word| word.eq_ignore_ascii_case(b"STREAMS"))? + 1
        } else if first == "MIGRATE" {
            3
        } else {
            return None;
        };
        self.words.get(at).filter(|key| !key.is_empty()).map(|key| masked(key))
    }

    fn is(&self, first: &str, second: &str) -> bool {
        self.upper(0).as_deref() == Some(first) && self.upper(1).as_deref() == Some(second)
    }

    /// Where the first key is, after the number of keys `at`; none where there are none.
    fn counted(&self, at: usize) -> Option<usize> {
        let keys: u64 = std::str::from_utf8(self.words.get(at)?).ok()?.parse().ok()?;
        (keys > 0).then_some(at + 1)
    }

    /// Those that the log left out included.
    pub(super) fn arguments(&self) -> u64 {
        let own = self.command().map_or(1, |command| command.split(' ').count());
        let left_out =
            self.words.last().filter(|_| self.words.len() == LOGGED_WORDS).and_then(|last| left_out(last));
        let logged = (self.words.len() as u64).saturating_sub(own as u64);
        left_out.map_or(logged, |more| logged.saturating_sub(1).saturating_add(more))
    }
}

/// `... (40 more arguments)`
fn left_out(word: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(word).ok()?;
    text.strip_prefix("... (")?.strip_suffix(" more arguments)")?.parse().ok()
}

/// The name of a command; modules have dots in theirs.
fn name(word: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(word).ok()?;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    (!text.is_empty() && text.len() <= NAME_CHARACTERS && text.chars().all(plain))
        .then(|| text.to_ascii_uppercase())
}
