//! Invalidations that Redis did not take, kept until it does.

use std::collections::HashMap;

use parking_lot::Mutex;

use super::scope::Scope;

/// Beyond this many everything is owed, which takes less room and says no less.
const MOST: usize = 1_000;

/// Scopes that have to be invalidated before what they reach is read again.
#[derive(Debug, Default)]
pub(super) struct Debts(Mutex<Ledger>);

#[derive(Debug, Default)]
struct Ledger {
    owed: HashMap<Scope, u64>,
    entries: u64,
}

/// One debt as it stood when it was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Debt {
    pub(super) scope: Scope,
    entry: u64,
}

impl Debts {
    pub(super) fn owe(&self, scope: Scope) {
        let mut ledger = self.0.lock();
        ledger.entries += 1;
        let entry = ledger.entries;
        let scope = if ledger.owed.len() >= MOST && !ledger.owed.contains_key(&scope) {
            ledger.owed.clear();
            Scope::All
        } else {
            scope
        };
        ledger.owed.insert(scope, entry);
    }

    /// Begins what will be owed unless it is said to be done, also when its caller stops waiting.
    pub(super) fn unfinished(&self, scope: Scope) -> Unfinished<'_> {
        Unfinished { debts: self, scope: Some(scope) }
    }

    /// Whether one of `scopes` waits to be invalidated.
    pub(super) fn concern(&self, scopes: &[Scope]) -> bool {
        let ledger = self.0.lock();
        !ledger.owed.is_empty() && scopes.iter().any(|scope| ledger.owed.contains_key(scope))
    }

    pub(super) fn all(&self) -> Vec<Debt> {
        let ledger = self.0.lock();
        ledger.owed.iter().map(|(scope, entry)| Debt { scope: scope.clone(), entry: *entry }).collect()
    }

    /// Strikes a debt out, unless the same was incurred again meanwhile.
    pub(super) fn paid(&self, debt: &Debt) {
        let mut ledger = self.0.lock();
        if ledger.owed.get(&debt.scope) == Some(&debt.entry) {
            ledger.owed.remove(&debt.scope);
        }
    }
}

/// Something under way after which `scope` may hold what is outdated.
#[derive(Debug)]
pub(super) struct Unfinished<'a> {
    debts: &'a Debts,
    scope: Option<Scope>,
}

impl Unfinished<'_> {
    pub(super) fn done(mut self) {
        self.scope = None;
    }
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        if let Some(scope) = self.scope.take() {
            self.debts.owe(scope);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(n: usize) -> Scope {
        Scope::Tag(format!("tag{n}").into())
    }

    #[test]
    fn a_debt_stands_until_it_is_paid_and_no_later_one_is_lost() {
        let debts = Debts::default();
        assert!(!debts.concern(&[tag(1)]));
        debts.owe(tag(1));
        assert!(debts.concern(&[tag(2), tag(1)]) && !debts.concern(&[tag(2)]));
        let seen = debts.all();
        debts.owe(tag(1));
        seen.iter().for_each(|debt| debts.paid(debt));
        assert!(debts.concern(&[tag(1)]), "incurred again while the first was being paid");
        debts.all().iter().for_each(|debt| debts.paid(debt));
        assert!(!debts.concern(&[tag(1)]));
    }

    #[test]
    fn what_is_not_done_is_owed() {
        let debts = Debts::default();
        debts.unfinished(tag(1)).done();
        assert!(!debts.concern(&[tag(1)]));
        drop(debts.unfinished(tag(1)));
        assert!(debts.concern(&[tag(1)]));
    }

    #[test]
    fn too_many_debts_are_one_for_everything() {
        let debts = Debts::default();
        (0..=MOST).for_each(|n| debts.owe(tag(n)));
        assert_eq!(debts.all().len(), 1);
        assert!(debts.concern(&[Scope::All]));
    }
}
