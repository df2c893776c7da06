//! Tags of mPanel's query cache, and the cache types that carry each.

use std::collections::HashMap;

use domain::{CacheTag, TagMeasure};

use super::shown::shown_name;
use crate::cache_types::CACHE_TYPES;

/// Tags that are kept; more are counted.
const KEPT: usize = 1_000;
const SHOWN: usize = 100;

/// The cache types of an mPanel that carry `tag`; none for a tag of somebody else.
pub fn cache_types(tag: &str) -> Vec<String> {
    let carry = CACHE_TYPES.iter().filter(|kind| kind.tags.contains(&tag));
    carry.map(|kind| kind.name.to_owned()).collect()
}

#[derive(Debug, Default)]
pub(super) struct Tags {
    tags: HashMap<String, CacheTag>,
}

impl Tags {
    pub(super) fn add(&mut self, measure: &TagMeasure<'_>) {
        let tag = shown_name(measure.tag);
        if self.tags.len() >= KEPT && !self.tags.contains_key(&tag) {
            return;
        }
        let found = CacheTag {
            cache_types: cache_types(&tag),
            members: measure.members,
            alive_ratio: measure.alive_ratio,
            ttl_longest: measure.ttl_longest,
            tag: tag.clone(),
        };
        self.tags.insert(tag, found);
    }

    /// Those with most members, and how many of `seen` are not among them.
    pub(super) fn list(&self, seen: u64) -> (Vec<CacheTag>, u64) {
        let mut ranked: Vec<&CacheTag> = self.tags.values().collect();
        ranked.sort_unstable_by(|a, b| b.members.cmp(&a.members).then_with(|| a.tag.cmp(&b.tag)));
        let shown: Vec<CacheTag> = ranked.into_iter().take(SHOWN).cloned().collect();
        let left_out = seen.saturating_sub(shown.len() as u64);
        (shown, left_out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_by_tag() {
        let cases: [(&str, &[&str]); 5] = [
            ("products", &["products", "product_categories"]),
            ("domains", &["domain_pricing", "tld_list"]),
            ("billing", &["tax_rules"]),
            ("resellers", &["reseller_tree"]),
            ("mine", &[]),
        ];
        for (tag, types) in cases {
            assert_eq!(cache_types(tag), types, "{tag}");
        }
    }

    #[test]
    fn tags_are_bounded_and_told_by_members() {
        let mut tags = Tags::default();
        for number in 0..2_000_u64 {
            let tag = format!("t{number}");
            tags.add(&TagMeasure {
                tag: tag.as_bytes(),
                members: number,
                alive_ratio: None,
                ttl_longest: None,
            });
        }
        let (shown, left_out) = tags.list(2_000);
        assert_eq!((shown.len(), left_out, tags.tags.len()), (100, 1_900, 1_000));
        assert_eq!((shown[0].tag.as_str(), shown[0].members), ("t999", 999));
    }
}
