//! Which routes and applications a pattern is seen in, counted in bounded memory.

use crate::names::Names;

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
