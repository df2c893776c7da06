//! The units with the most repeated executions, to be told one by one.

use super::unit::{Unit, UnitSummary};

#[derive(Clone, Debug, Default)]
pub(super) struct Worst {
    room: usize,
    /// With their repeated executions, most first.
    units: Vec<(u64, UnitSummary)>,
}

impl Worst {
    pub(super) fn new(room: usize) -> Self {
        Self { room, units: Vec::new() }
    }

    pub(super) fn offer(&mut self, unit: &Unit, threshold: u64) {
        let repeated = if self.room == 0 { 0 } else { unit.repeated(threshold) };
        // Most units repeat nothing, or less than those kept: no summary is made of them.
        let least = self.units.get(self.room.saturating_sub(1)).map_or(0, |(least, _)| *least);
        if repeated > least {
            self.insert(repeated, unit.summary(threshold));
        }
    }

    fn insert(&mut self, repeated: u64, summary: UnitSummary) {
        let place = self.units.partition_point(|(other, _)| *other >= repeated);
        self.units.insert(place, (repeated, summary));
        self.units.truncate(self.room);
    }

    pub(super) fn absorb(&mut self, other: Worst) {
        for (repeated, summary) in other.units {
            self.insert(repeated, summary);
        }
    }

    pub(super) fn into_units(self) -> Vec<UnitSummary> {
        self.units.into_iter().map(|(_, summary)| summary).collect()
    }
}
