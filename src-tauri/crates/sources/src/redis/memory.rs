//! What one poll must know of those before: how far slow logs were read, and who was primary.

use std::collections::HashMap;

use domain::{RedisNode, RedisRole, RedisRoleChange};

use super::slow_log::{Cursor, Fresh, SlowEntry, fresh};

/// Nodes come and go in a cluster; past this many the oldest knowledge is dropped whole.
const NODES: usize = 512;

/// By the address of the node.
#[derive(Debug, Default)]
pub(super) struct Memory {
    logs: HashMap<String, Cursor>,
    primaries: HashMap<String, bool>,
}

impl Memory {
    /// The entries that are new, and how many were missed; remembers how far the log was read.
    pub(super) fn read_log(&mut self, node: &RedisNode, entries: Vec<SlowEntry>) -> (Vec<SlowEntry>, u64) {
        let Fresh { entries, missed, cursor } = fresh(self.logs.get(&node.address), &node.run_id, entries);
        make_room(&mut self.logs);
        self.logs.insert(node.address.clone(), cursor);
        (entries, missed)
    }

    /// Tells when the node was something else at the poll before.
    pub(super) fn role(&mut self, node: &RedisNode) -> Option<RedisRoleChange> {
        let is_primary = node.role == RedisRole::Primary;
        make_room(&mut self.primaries);
        let was_primary = self.primaries.insert(node.address.clone(), is_primary)?;
        let change = || RedisRoleChange { address: node.address.clone(), became: node.role.clone() };
        (was_primary != is_primary).then(change)
    }
}

fn make_room<V>(known: &mut HashMap<String, V>) {
    if known.len() >= NODES {
        known.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redis::info::{Info, node};

    #[test]
    fn a_change_of_role_is_told_once() {
        let mut memory = Memory::default();
        let primary = node(&Info::parse("role:master\n"), "a:1", "7.0.15");
        let replica = node(&Info::parse("role:slave\nmaster_host:b\nmaster_port:2\n"), "a:1", "7.0.15");
        let seen: Vec<_> = [&primary, &primary, &replica, &replica, &primary]
            .into_iter()
            .map(|node| memory.role(node).map(|change| change.became == RedisRole::Primary))
            .collect();
        assert_eq!(seen, [None, None, Some(false), None, Some(true)]);
    }
}
