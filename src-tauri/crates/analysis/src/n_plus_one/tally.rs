//! Which routes and applications a pattern is seen in, counted in bounded memory.

use std::collections::HashMap;

/// Names remembered over all patterns; further ones are not told apart.
const NAMES: usize = 4_096;
/// Bytes kept of a name.
const NAME_BYTES: usize = 128;
/// Names counted for one pattern.
const COUNTED: usize = 64;
/// Names shown for one pattern.
const SHOWN: usize = 5;

/// A name with the units of work it was seen in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    pub name: String,
    pub units: u64,
}

/// Routes and applications by number: each is stored once.
#[derive(Debug, Default)]
pub(super) struct Names {
    numbers: HashMap<Box<str>, u32>,
    texts: Vec<Box<str>>,
    dropped: u64,
}

impl Names {
    /// None for a name beyond the bound.
    pub(super) fn number(&mut self, name: &str) -> Option<u32> {
        let name = cut(name, NAME_BYTES);
        if let Some(&number) = self.numbers.get(name) {
            return Some(number);
        }
        if self.texts.len() >= NAMES {
            self.dropped += 1;
            return None;
        }
        let number = u32::try_from(self.texts.len()).ok()?;
        self.texts.push(name.into());
        self.numbers.insert(name.into(), number);
        Some(number)
    }

    /// Times that a name was not noted for the bound.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Notes the names of another and gives the number here for each number there.
    pub(super) fn adopt(&mut self, other: &Names) -> Vec<Option<u32>> {
        other.texts.iter().map(|name| self.number(name)).collect()
    }

    pub(super) fn text(&self, number: u32) -> Option<&str> {
        self.texts.get(number as usize).map(AsRef::as_ref)
    }
}

/// The longest beginning of `text` that fits.
pub(super) fn cut(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or(text)
}

/// Units by name, of the names that came first.
#[derive(Clone, Debug, Default)]
pub(super) struct Tally(Vec<(u32, u64)>);

impl Tally {
    pub(super) fn add(&mut self, number: Option<u32>, units: u64) {
        let Some(number) = number else { return };
        let room = self.0.len() < COUNTED;
        match self.0.iter_mut().find(|(known, _)| *known == number) {
            Some((_, count)) => *count += units,
            None if room => self.0.push((number, units)),
            None => {}
        }
    }

    pub(super) fn merge(&mut self, other: &Tally) {
        for &(number, units) in &other.0 {
            self.add(Some(number), units);
        }
    }

    /// With the numbers that [`Names::adopt`] gave.
    pub(super) fn renumber(&mut self, numbers: &[Option<u32>]) {
        let known = |(number, units)| Some((numbers.get(number as usize).copied().flatten()?, units));
        self.0 = std::mem::take(&mut self.0).into_iter().filter_map(known).collect();
    }

    /// The names with the most units, most first.
    pub(super) fn top(&self, names: &Names) -> Vec<Share> {
        let named =
            |&(number, units): &(u32, u64)| Some(Share { name: names.text(number)?.to_owned(), units });
        let mut shares: Vec<Share> = self.0.iter().filter_map(named).collect();
        shares.sort_by(|one, other| other.units.cmp(&one.units).then_with(|| one.name.cmp(&other.name)));
        shares.truncate(SHOWN);
        shares
    }
}
