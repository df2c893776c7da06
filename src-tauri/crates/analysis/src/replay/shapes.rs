//! Shapes of texts without constants, remembered: the extended protocol sends the same text again and again.

use crate::sql::{Shape, mix, mix_bytes, shape};

/// Texts remembered, at most one for each place.
const PLACES: usize = 1_024;
/// Longer texts are rare, and would take room.
const LONGEST: usize = 1_024;
const SEED: u64 = 0x94D0_49BB_1331_11EB;

/// What one thread remembers; lend it to every batch that the thread prepares.
#[derive(Debug, Default)]
pub struct Shapes {
    known: Vec<Option<(Box<[u8]>, Shape)>>,
}

impl Shapes {
    /// As [`shape`], without lexing what was lexed before.
    pub(super) fn of(&mut self, sql: &[u8]) -> Shape {
        if sql.len() > LONGEST {
            return shape(sql);
        }
        if self.known.is_empty() {
            self.known.resize_with(PLACES, || None);
        }
        // The beginning and the end tell most texts apart; those that share a place take turns.
        let head = sql.get(..32).unwrap_or(sql);
        let tail = sql.get(sql.len().saturating_sub(32)..).unwrap_or_default();
        let key = mix(mix_bytes(SEED, head), mix_bytes(sql.len() as u64, tail));
        let Some(place) = self.known.get_mut(key as usize % PLACES) else { return shape(sql) };
        if let Some((text, shape)) = place
            && **text == *sql
        {
            return *shape;
        }
        let found = shape(sql);
        // A text with constants of its own will hardly come again.
        if found.constants.count == 0 {
            *place = Some((sql.into(), found));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_remembered_is_what_would_be_found(
            texts in prop::collection::vec("(SELECT|select) (a|b|\\$1|5|'x') FROM [tu] WHERE x = (\\$1|7)", 1..60),
        ) {
            let mut shapes = Shapes::default();
            for text in &texts {
                prop_assert_eq!(shapes.of(text.as_bytes()), shape(text.as_bytes()));
            }
        }
    }

    #[test]
    fn long_and_empty_texts_are_read_too() {
        let mut shapes = Shapes::default();
        for text in [
            String::new(),
            "SELECT 1".repeat(300),
            "SELECT a FROM t".to_owned(),
            "SELECT a FROM t".to_owned(),
        ] {
            assert_eq!(shapes.of(text.as_bytes()), shape(text.as_bytes()));
        }
        assert_eq!(shapes.known.iter().flatten().count(), 2);
    }
}
