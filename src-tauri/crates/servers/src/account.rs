//! As whom a server runs: PostgreSQL and PgBouncer refuse root, so root runs them as an ordinary account.

use crate::{Program, ServerError};

/// User and group ids to switch to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) uid: u32,
    pub(crate) gid: u32,
}

/// None where the present account will do.
#[cfg(unix)]
pub(crate) fn account_for(program: Program) -> Result<Option<Account>, ServerError> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let accounts = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    // One account for all three, so that files of one demo belong together.
    ["postgres", "_postgres", "nobody"]
        .into_iter()
        .find_map(|name| named(&accounts, name))
        .map(Some)
        .ok_or(ServerError::NoAccount { program })
}

#[cfg(not(unix))]
pub(crate) fn account_for(_program: Program) -> Result<Option<Account>, ServerError> {
    Ok(None)
}

/// Looks a name up in the text of `/etc/passwd`.
#[cfg(unix)]
fn named(accounts: &str, name: &str) -> Option<Account> {
    accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next() != Some(name) {
            return None;
        }
        let uid = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        Some(Account { uid, gid })
    })
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn reads_ids_by_exact_name() {
        let accounts =
            "root:x:0:0:root:/root:/bin/bash\npostgres2:x:9:9::/:/x\npostgres:x:101:104::/:/bin/sh\n";
        assert_eq!(named(accounts, "postgres"), Some(Account { uid: 101, gid: 104 }));
        assert_eq!(named(accounts, "nobody"), None);
        assert_eq!(named("postgres:x:many:4", "postgres"), None);
    }
}
