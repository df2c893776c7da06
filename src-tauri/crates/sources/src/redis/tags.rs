//! Tags of a query cache: the keys that fall with one, shown first and then removed. The only write of this module.

use domain::{Problem, ProblemCode, TagInvalidated, TagPreview};
use futures_util::future::try_join_all;
use redis::{RedisError, RedisResult, Value};

use super::RedisSource;
use super::commands;
use super::link::RedisLink;
use super::problem::{invalid_address, problem};
use super::slow_log::masked;

const PREFIX: &str = "cache:tag:";
const SHOWN: usize = 20;
/// Members asked for, and keys removed, in one step.
const STEP: usize = 100;
/// Steps of SSCAN without an end: something is wrong with the set.
const MOST_STEPS: usize = 100_000;
const TAG_BYTES: usize = 256;

impl RedisSource {
    /// What stands to be removed with `tag`; changes nothing.
    ///
    /// # Errors
    /// A [`Problem`] where the tag is no name, or the server cannot be asked.
    pub async fn preview_tag(&self, tag: &str) -> Result<TagPreview, Problem> {
        let key = key_of(tag)?;
        let mut link = self.connect().await?;
        self.in_time(async {
            let members: RedisResult<u64> = commands::members(&key).query_async(&mut link).await;
            let members = members.map_err(|error| self.refused("scard", &error))?;
            let (mut first, mut cursor) = (Vec::new(), START.to_vec());
            for _ in 0..SHOWN {
                let page = self.page(&mut link, &key, &cursor).await?;
                first.extend(page.members);
                cursor = page.next;
                if cursor == START || first.len() >= SHOWN {
                    break;
                }
            }
            first.truncate(SHOWN);
            let first = first.iter().map(|member| shown(member)).collect();
            Ok(TagPreview { tag: tag.to_owned(), members, first })
        })
        .await
    }

    /// Removes the cached results that carry `tag`, then the tag. Members that are no keys of a query cache stay.
    ///
    /// # Errors
    /// A [`Problem`] where this source does not allow it, or the server cannot be asked. What was removed until then is gone.
    pub async fn invalidate_tag(&self, tag: &str) -> Result<TagInvalidated, Problem> {
        let key = key_of(tag)?;
        if !self.allow_cache_writes {
            return Err(not_allowed());
        }
        let mut link = self.connect().await?;
        let (mut removed, mut cursor) = (0, START.to_vec());
        for _ in 0..MOST_STEPS {
            let page = self.page(&mut link, &key, &cursor).await?;
            let keys = page.members.into_iter().filter(|member| is_cache_key(member)).collect();
            removed += self.remove(&link, keys).await?;
            cursor = page.next;
            if cursor == START {
                self.remove(&link, vec![key.into_bytes()]).await?;
                return Ok(TagInvalidated { tag: tag.to_owned(), removed });
            }
        }
        Err(problem(
            ProblemCode::Timeout,
            format!("The set of the tag {tag:?} does not end; {removed} keys were removed."),
            "Look at it with SCARD, and try again when nothing writes to it.",
        ))
    }

    async fn page(&self, link: &mut RedisLink, key: &str, cursor: &[u8]) -> Result<Page, Problem> {
        let answer: RedisResult<Value> = commands::scan_members(key, cursor, STEP).query_async(link).await;
        let answer = answer.map_err(|error| self.refused("sscan", &error))?;
        Page::of(answer).ok_or_else(|| self.dialer.whole().unexpected("SSCAN gave no cursor"))
    }

    /// How many of `keys` were there. In a cluster each lies on a node of its own, so each has a command of its own.
    async fn remove(&self, link: &RedisLink, keys: Vec<Vec<u8>>) -> Result<u64, Problem> {
        let at_once = match link {
            RedisLink::Node(_) => STEP,
            RedisLink::Cluster(_) => 1,
        };
        let unlink = |keys: &[Vec<u8>]| {
            let (mut link, command) = (link.clone(), commands::unlink(keys));
            async move { command.query_async::<u64>(&mut link).await }
        };
        let removed = try_join_all(keys.chunks(at_once).map(unlink)).await;
        Ok(removed.map_err(|error| self.refused("unlink", &error))?.iter().sum())
    }

    fn refused(&self, command: &str, error: &RedisError) -> Problem {
        self.dialer.whole().problem(command, error)
    }
}

const START: &[u8] = b"0";

struct Page {
    next: Vec<u8>,
    members: Vec<Vec<u8>>,
}

impl Page {
    fn of(answer: Value) -> Option<Page> {
        let Value::Array(parts) = answer else { return None };
        let [Value::BulkString(next), Value::Array(members)] = parts.as_slice() else { return None };
        let text = |member: &Value| match member {
            Value::BulkString(bytes) => Some(bytes.clone()),
            _ => None,
        };
        Some(Page { next: next.clone(), members: members.iter().filter_map(text).collect() })
    }
}

fn key_of(tag: &str) -> Result<String, Problem> {
    if tag.is_empty() || tag.len() > TAG_BYTES || tag.chars().any(char::is_control) {
        return Err(invalid_address("This is no tag of a query cache.", "Choose a tag such as `products`."));
    }
    Ok(format!("{PREFIX}{tag}"))
}

/// `query:` and 16 hexadecimal digits, behind the prefix of an application or none.
fn is_cache_key(member: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(member) else { return false };
    let Some((before, hash)) = text.rsplit_once("query:") else { return false };
    (before.is_empty() || before.ends_with(':'))
        && hash.len() == 16
        && hash.chars().all(|c| c.is_ascii_hexdigit())
}

/// Hashes may be shown; whatever else lies in the set is no name of a result, and may hold one.
fn shown(member: &[u8]) -> String {
    if is_cache_key(member) { String::from_utf8_lossy(member).into_owned() } else { masked(member) }
}

fn not_allowed() -> Problem {
    problem(
        ProblemCode::Permission,
        "This source does not allow the console to remove cached results.",
        "Edit the source and switch on “Allow removing cached results”.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_keys_of_a_query_cache_are_removed() {
        let cases = [
            ("query:9f86d081884c7d65", true),
            ("mpanel:query:9F86D081884C7D65", true),
            ("query:9f86d081884c7d6", false),
            ("query:9f86d081884c7d6z", false),
            ("subquery:9f86d081884c7d65", false),
            ("query:9f86d081884c7d65:[{\"id\":1}]", false),
            ("session:1", false),
        ];
        for (member, wanted) in cases {
            assert_eq!(is_cache_key(member.as_bytes()), wanted, "{member}");
        }
        assert_eq!(shown(b"query:9f86d081884c7d65"), "query:9f86d081884c7d65");
        assert_eq!(shown(b"user:17"), "user:*");
    }

    #[test]
    fn a_tag_is_a_short_name() {
        assert_eq!(key_of("products").as_deref(), Ok("cache:tag:products"));
        for tag in ["", "a\nb", &"x".repeat(257)] {
            assert!(key_of(tag).is_err(), "{tag:?}");
        }
    }
}
