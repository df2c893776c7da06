//! The catalog of one server with what its copies counted: an index is unused only where no server uses it.

use std::collections::HashMap;

use domain::{Catalog, Replication};

/// A copy of the server that answered: how it stands to the others, and its scans by index.
pub struct AskedCopy {
    pub replication: Replication,
    pub scans: HashMap<u32, u64>,
}

/// Adds the scans of `copies`, all of which are servers of `own`'s system, and tells which standbys remain that nobody asked.
pub fn add_copies(catalog: &mut Catalog, own: &Replication, copies: &[AskedCopy]) {
    for index in catalog.tables.iter_mut().flat_map(|table| &mut table.indexes) {
        let scans = copies.iter().filter_map(|copy| copy.scans.get(&index.oid)).sum();
        index.scans = index.scans.saturating_add(scans);
    }
    let counted =
        || copies.iter().filter_map(|copy| Some((copy.replication.counted_since?, &copy.replication)));
    // Nothing is known of the time before the youngest counters began.
    let youngest = counted().map(|(since, _)| since).max();
    catalog.counted_since =
        catalog.counted_since.map(|since| youngest.map_or(since, |other| other.max(since)));

    let servers = || std::iter::once(own).chain(counted().map(|(_, replication)| replication));
    catalog.primary_asked = own.in_recovery && servers().any(|server| !server.in_recovery);
    let Some(mut listed) = listed(servers()) else { return };
    let all: usize = listed.values().sum();
    let mut asked = 0;
    for name in servers().filter(|server| server.in_recovery).filter_map(|server| server.known_as.as_deref())
    {
        if let Some(left) = listed.get_mut(name).filter(|left| **left > 0) {
            *left -= 1;
            asked += 1;
        }
    }
    catalog.replicas = u32::try_from(all).ok();
    catalog.replicas_asked = asked;
}

/// The standbys that stream from these servers, by name; a standby may feed others. None where one of them hides them.
fn listed<'r>(servers: impl Iterator<Item = &'r Replication>) -> Option<HashMap<&'r str, usize>> {
    let mut listed: HashMap<&str, usize> = HashMap::new();
    for server in servers {
        for name in server.standbys.as_ref()? {
            *listed.entry(name).or_default() += 1;
        }
    }
    Some(listed)
}
