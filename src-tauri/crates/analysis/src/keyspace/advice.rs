//! What a layout of the query cache means, and how the broken one is mended.

use domain::CacheLayout;

use crate::words::{bytes, count, number};

/// In plain sentences, for every face.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LayoutAdvice {
    pub title: String,
    pub explanation: String,
    pub fix: String,
}

/// None for the intended layout, which needs none.
pub fn layout_advice(layout: &CacheLayout) -> Option<LayoutAdvice> {
    let CacheLayout::Broken { entries, name_bytes, intended_entries } = *layout else { return None };
    let beside = match intended_entries {
        0 => String::new(),
        1 => " One entry has the intended layout: another process or version writes here too.".to_owned(),
        many => format!(
            " {} entries have the intended layout: another process or version writes here too.",
            number(many as f64)
        ),
    };
    Some(LayoutAdvice {
        title: "The query cache never finds anything".to_owned(),
        explanation: format!(
            "{} written as mpanel:query:<hash>:<result>: the result is in the key's name ({} of names), its value \
is the number meant as time to live, and the time to live is the default of an hour. mPanel asks for the name without the \
result, so every lookup misses, and no cache:tag:* set lists these keys, so nothing can be dropped by tag.{beside}",
            count(entries as f64, "entry is", "entries are"),
            bytes(name_bytes as f64),
        ),
        fix: "The names show arguments that are shifted by one place where mPanel's query cache writes: Redis is to set namespace, id, \
value and time to live, but gets key, value and time to live. Pass a namespace first, on reading too, and store query:<hash> with the result \
as value, its own time to live, and the hash in the cache:tag:<tag> sets. The broken entries expire by themselves within an hour \
of the last write."
            .to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_broken_layout_is_explained() {
        assert_eq!(layout_advice(&CacheLayout::Intended { entries: 3, tags: 2 }), None);
        let broken = CacheLayout::Broken { entries: 1_200, name_bytes: 3 << 20, intended_entries: 0 };
        let advice = layout_advice(&broken).unwrap();
        assert!(advice.explanation.starts_with("1,200 entries are written as"), "{}", advice.explanation);
        assert!(advice.explanation.contains("3 MB of names"), "{}", advice.explanation);
        assert!(advice.explanation.ends_with("by tag."), "{}", advice.explanation);
        let mixed = CacheLayout::Broken { entries: 1, name_bytes: 90, intended_entries: 1 };
        let advice = layout_advice(&mixed).unwrap();
        assert!(advice.explanation.starts_with("1 entry is written"), "{}", advice.explanation);
        assert!(advice.explanation.contains("One entry has the intended layout"), "{}", advice.explanation);
    }
}
