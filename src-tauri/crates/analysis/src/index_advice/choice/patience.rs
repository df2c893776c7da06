//! How long the search goes on, and where it tries its luck.

use std::cell::{Cell, RefCell};

/// How long to go on: so many costs of statements, and as long as nobody says no.
pub(super) struct Patience<'g> {
    left: Cell<u64>,
    asked_at: Cell<u64>,
    go_on: RefCell<&'g mut dyn FnMut() -> bool>,
}

impl<'g> Patience<'g> {
    /// Lookups between two questions whether to go on.
    const BETWEEN: u64 = 100_000;

    pub(super) fn new(lookups: u64, go_on: &'g mut dyn FnMut() -> bool) -> Patience<'g> {
        Patience { left: Cell::new(lookups), asked_at: Cell::new(u64::MAX), go_on: RefCell::new(go_on) }
    }

    pub(super) fn spend(&self) {
        self.left.set(self.left.get().saturating_sub(1));
    }

    pub(super) fn is_over(&self) -> bool {
        let left = self.left.get();
        if left > 0 && self.asked_at.get().saturating_sub(left) >= Patience::BETWEEN {
            self.asked_at.set(left);
            let ended = self.go_on.try_borrow_mut().is_ok_and(|mut go_on| !go_on());
            if ended {
                self.left.set(0);
            }
        }
        self.left.get() == 0
    }
}

/// xorshift64: the same sequence in every run.
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn new(seed: u64) -> Chance {
        Chance(seed | 1)
    }

    pub(super) fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit.max(1) as u64) as usize
    }
}
