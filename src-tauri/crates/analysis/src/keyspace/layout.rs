//! How an mPanel keeps query results: as it was meant, or with the result in the key's name.

use domain::{CacheLayout, cache_tag};

const INTENDED: &[u8] = b"query:";
const BROKEN: &[u8] = b"mpanel:query:";
const HASH_DIGITS: usize = 16;

/// What was seen of either layout.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct LayoutTally {
    intended: u64,
    tags: u64,
    broken: u64,
    broken_bytes: u64,
}

impl LayoutTally {
    #[inline]
    pub(super) fn see(&mut self, name: &[u8]) {
        match name.first() {
            Some(b'q') if is_intended(name) => self.intended += 1,
            Some(b'c') if cache_tag(name).is_some() => self.tags += 1,
            Some(b'm') if broken_hash_end(name).is_some() => {
                self.broken += 1;
                self.broken_bytes += name.len() as u64;
            }
            _ => {}
        }
    }

    pub(super) fn tags(&self) -> u64 {
        self.tags
    }

    /// None where no query result of an mPanel was seen. Tags alone may be another program's.
    pub(super) fn layout(&self) -> Option<CacheLayout> {
        if self.broken > 0 {
            return Some(CacheLayout::Broken {
                entries: self.broken,
                name_bytes: self.broken_bytes,
                intended_entries: self.intended,
            });
        }
        (self.intended > 0).then_some(CacheLayout::Intended { entries: self.intended, tags: self.tags })
    }
}

fn is_intended(name: &[u8]) -> bool {
    name.strip_prefix(INTENDED).is_some_and(is_hash)
}

/// Where the hash and its colon end in a name of the broken layout: what follows is the result.
pub(super) fn broken_hash_end(name: &[u8]) -> Option<usize> {
    let rest = name.strip_prefix(BROKEN)?;
    let (hash, rest) = rest.split_at_checked(HASH_DIGITS)?;
    (is_hash(hash) && rest.len() > 1 && rest.starts_with(b":")).then_some(BROKEN.len() + HASH_DIGITS + 1)
}

fn is_hash(text: &[u8]) -> bool {
    text.len() == HASH_DIGITS && text.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layout(names: &[&str]) -> Option<CacheLayout> {
        let mut tally = LayoutTally::default();
        names.iter().for_each(|name| tally.see(name.as_bytes()));
        tally.layout()
    }

    #[test]
    fn layouts_by_their_names() {
        let intended = |entries, tags| Some(CacheLayout::Intended { entries, tags });
        let broken = |entries, name_bytes, intended_entries| {
            Some(CacheLayout::Broken { entries, name_bytes, intended_entries })
        };
        let cases: [(&[&str], Option<CacheLayout>); 8] = [
            (&[], None),
            (&["session:1", "cache:tag:billing"], None),
            (&["query:01b6186951f77905", "cache:tag:tax", "cache:tag:billing"], intended(1, 2)),
            (&["query:01b6186951f77905"], intended(1, 0)),
            (&["query:01B6186951F77905", "query:01b6186951f7790", "query:01b6186951f779055"], None),
            (&["mpanel:query:32c5c6b95b6a81a6:{}"], broken(1, 32, 0)),
            (&["mpanel:query:32c5c6b95b6a81a6:{}", "query:01b6186951f77905"], broken(1, 32, 1)),
            (&["mpanel:query:32c5c6b95b6a81a6", "mpanel:query:32c5c6b95b6a81a6:", "mpanel:query:x:{}"], None),
        ];
        for (names, expected) in cases {
            assert_eq!(layout(names), expected, "{names:?}");
        }
    }
}
