//! Removing what is no longer true, in small steps, and making up for what Redis did not take.

use std::sync::Arc;

use super::CacheFault;
use super::commands;
use super::connector::Connection;
use super::key::PREFIX;
use super::link::Lane;
use super::scope::Scope;
use super::shelf::Shelf;
use super::storing::MARK_LIFE;

impl<C: Connection> Shelf<C> {
    /// Removes what `scope` reaches; answers how many results there were.
    pub(super) async fn invalidate(&self, scope: Scope) -> Result<u64, CacheFault> {
        self.generations.advance(&scope);
        if !self.is_enabled() {
            self.debts.owe(scope);
            return Ok(0);
        }
        let unfinished = self.debts.unfinished(scope.clone());
        let removed = self.remove(&scope).await?;
        unfinished.done();
        Ok(removed)
    }

    /// Begins to make up for the invalidations that are outstanding, unless somebody is at it.
    pub(super) fn pay_debts(self: &Arc<Self>) {
        let Ok(alone) = self.paying.clone().try_lock_owned() else { return };
        if !self.link.admit(Lane::Debts, self.options.invalidate_timeout) {
            return;
        }
        let shelf = self.clone();
        tokio::spawn(async move {
            let _alone = alone;
            let outcome = shelf.pay_all().await;
            shelf.link.settle(Lane::Debts, outcome);
        });
    }

    async fn pay_all(&self) -> Result<(), CacheFault> {
        for debt in self.debts.all() {
            self.remove(&debt.scope).await?;
            self.debts.paid(&debt);
        }
        Ok(())
    }

    async fn remove(&self, scope: &Scope) -> Result<u64, CacheFault> {
        // First: a fetch that began earlier, here or in another process, finds its mark changed.
        let token = format!("{:032x}", fastrand::u128(..));
        let step = self.options.invalidate_timeout;
        self.link.attempt(step, |redis| commands::mark(redis, scope, &token, MARK_LIFE)).await?;
        match scope {
            Scope::Key(key) => {
                let key = [key.as_str().as_bytes().to_vec()];
                let removed = self.link.attempt(step, |redis| unlink(redis, &key)).await?;
                self.meters.invalidated(removed);
                Ok(removed)
            }
            Scope::Tag(tag) => self.remove_tagged(tag).await,
            Scope::All => self.remove_all().await,
        }
    }

    async fn remove_tagged(&self, tag: &str) -> Result<u64, CacheFault> {
        let set = commands::tag_set(tag);
        let (mut cursor, mut all) = (0, 0);
        loop {
            let step = self.link.attempt(self.options.invalidate_timeout, |redis| {
                commands::clear_members(redis, &set, cursor)
            });
            let (next, removed) = step.await?;
            self.meters.invalidated(removed);
            all += removed;
            cursor = next;
            if cursor == 0 {
                return Ok(all);
            }
        }
    }

    async fn remove_all(&self) -> Result<u64, CacheFault> {
        match self.link.primaries().await? {
            Some(nodes) => self.sweep_nodes(&nodes).await,
            None => {
                let step = self.options.invalidate_timeout;
                let node = self.link.attempt(step, |redis| std::future::ready(Ok(redis))).await?;
                self.sweep_nodes(&[node]).await
            }
        }
    }

    /// Results, then the sets that name them, so that a failure leaves none without a name; and results again,
    /// because one that was stored in between has lost its name.
    async fn sweep_nodes<N: Connection>(&self, nodes: &[N]) -> Result<u64, CacheFault> {
        let results = format!("{PREFIX}*");
        let sets = commands::tag_set("*");
        let mut all = 0;
        for pattern in [&results, &sets, &results] {
            for node in nodes {
                let removed = |keys| {
                    if pattern == &results {
                        all += keys;
                        self.meters.invalidated(keys);
                    }
                };
                self.sweep(node, pattern, removed).await?;
            }
        }
        Ok(all)
    }

    async fn sweep<N: Connection>(
        &self,
        node: &N,
        pattern: &str,
        mut removed: impl FnMut(u64),
    ) -> Result<(), CacheFault> {
        let step = self.options.invalidate_timeout;
        let mut cursor = 0;
        loop {
            let scan = self.link.attempt(step, |_| commands::scan(node.clone(), pattern, cursor));
            let (next, keys) = scan.await?;
            removed(self.link.attempt(step, |redis| unlink(redis, &keys)).await?);
            cursor = next;
            if cursor == 0 {
                return Ok(());
            }
        }
    }
}

async fn unlink<C: Connection>(redis: C, keys: &[Vec<u8>]) -> redis::RedisResult<u64> {
    commands::unlink(&redis, keys).await
}
