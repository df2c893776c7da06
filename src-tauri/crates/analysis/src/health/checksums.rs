//! Whether storage gives back what was written.

use domain::{Part, Severity};

use super::Look;
use super::previous::total;
use super::settings::Known;
use super::told::{Told, item};
use crate::words;

pub(super) fn check(look: &Look<'_>) -> Part<Told> {
    let databases = look.facts.quick.databases.as_ref().map_err(Clone::clone)?;
    let Some(failures) = total(databases).checksum_failures else {
        return Ok(off());
    };
    if failures == 0.0 {
        let on = Known::of(look).and_then(|known| known.text("data_checksums")) != Some("off");
        return Ok(if on { Told::fine("Data checksums are on, and none was wrong.") } else { off() });
    }
    let items = databases
        .iter()
        .filter_map(|one| Some((one, one.checksum_failures.filter(|failures| *failures > 0.0)?)))
        .map(|(one, failures)| {
            let name = if one.name.is_empty() { "(shared tables)" } else { one.name.as_str() };
            item(name, words::count(failures, "wrong checksum", "wrong checksums"), Severity::Critical, None)
        })
        .collect();
    Ok(Told::new(
        Severity::Critical,
        format!("{} since statistics were reset.", words::count(failures, "checksum was wrong", "checksums were wrong")),
    )
    .items(items)
    .remedy(
        "Take a backup now and keep the older ones; find the tables by pg_amcheck, restore them from a backup or a standby, and have the disk and the memory of the machine tested.",
    )
    .evidence("Wrong checksums", words::number(failures), "pg_stat_database.checksum_failures"))
}

fn off() -> Told {
    Told::new(Severity::Info, "Data checksums are off: a page that the storage spoiled is not noticed.").remedy(
        "Switch them on while the server is stopped: pg_checksums --enable -D <data directory>. It reads and writes every page once.",
    )
}
