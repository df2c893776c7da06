//! A list whose entries are each stored once.

use std::collections::HashMap;
use std::hash::Hash;

use super::packed::Number;

pub(super) struct Dictionary<T> {
    numbers: HashMap<T, Number>,
    entries: Vec<T>,
}

impl<T> Default for Dictionary<T> {
    fn default() -> Dictionary<T> {
        Dictionary { numbers: HashMap::new(), entries: Vec::new() }
    }
}

impl<T: Clone + Eq + Hash> Dictionary<T> {
    pub(super) fn number(&mut self, entry: T) -> Number {
        if let Some(number) = self.numbers.get(&entry) {
            return *number;
        }
        // A block of a minute never has four thousand million entries.
        let number = Number::try_from(self.entries.len()).unwrap_or(Number::MAX);
        self.entries.push(entry.clone());
        self.numbers.insert(entry, number);
        number
    }

    pub(super) fn into_entries(self) -> Vec<T> {
        self.entries
    }
}

impl Dictionary<String> {
    pub(super) fn text(&mut self, text: &str) -> Number {
        match self.numbers.get(text) {
            Some(number) => *number,
            None => self.number(text.to_owned()),
        }
    }
}
