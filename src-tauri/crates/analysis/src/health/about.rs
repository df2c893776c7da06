//! What every check is called, where it belongs, and why it matters.

use domain::{HealthArea, HealthCheck, HealthCode, Part};

use super::told::Told;

struct About {
    area: HealthArea,
    title: &'static str,
    why: &'static str,
}

/// The check in the shape that all have.
pub(super) fn finish(code: HealthCode, told: Part<Told>) -> HealthCheck {
    let About { area, title, why } = about(code);
    let (title, why) = (title.to_owned(), why.to_owned());
    match told {
        Ok(told) => HealthCheck {
            code,
            area,
            severity: Some(told.severity),
            title,
            seen: told.seen,
            why,
            remedy: told.remedy,
            sql: told.sql,
            items: told.items,
            items_left_out: told.items_left_out,
            evidence: told.evidence,
        },
        Err(unseen) => HealthCheck {
            code,
            area,
            severity: None,
            title,
            seen: unseen.message,
            why,
            remedy: unseen.remedy,
            sql: unseen.sql,
            items: Vec::new(),
            items_left_out: 0,
            evidence: Vec::new(),
        },
    }
}

fn about(code: HealthCode) -> About {
    use HealthArea as Area;
    let (area, title, why) = match code {
        HealthCode::Connections => (
            Area::Connections,
            "Connections",
            "Once all are in use, applications are refused. Each idle one holds memory and a slot.",
        ),
        HealthCode::CacheHitRatio => (
            Area::Memory,
            "Cache hit ratio",
            "A block that is not in shared_buffers is asked of the operating system, and often of the disk.",
        ),
        HealthCode::Rollbacks => (
            Area::Transactions,
            "Rollbacks",
            "Work that is rolled back was done for nothing. Many rollbacks mean errors, conflicts or a broken health check.",
        ),
        HealthCode::Deadlocks => (
            Area::Transactions,
            "Deadlocks",
            "The server ends one of the transactions that wait for each other; its user sees an error.",
        ),
        HealthCode::TempFiles => (
            Area::Memory,
            "Temporary files",
            "A sort or hash that does not fit into work_mem goes to the disk, which is many times slower.",
        ),
        HealthCode::Checkpoints => (
            Area::Writing,
            "Checkpoints",
            "A checkpoint that the log's size asks for comes too soon: pages are written again and again, and whole pages go into the log.",
        ),
        HealthCode::WalRate => (
            Area::Writing,
            "Write-ahead log",
            "All of it is written to disk, sent to every standby and archived.",
        ),
        HealthCode::Archiving => (
            Area::Replication,
            "Archiving",
            "Log files that are not archived stay until the disk is full, and a restore can reach no further than the last one that was.",
        ),
        HealthCode::ReplicationLag => (
            Area::Replication,
            "Replication lag",
            "Reads from a standby see old data, and what it has not received is lost when the primary is.",
        ),
        HealthCode::ReplicationSlots => (
            Area::Replication,
            "Replication slots",
            "A slot keeps log until its consumer has read it, and rows that vacuum would remove. When the disk is full, PostgreSQL stops.",
        ),
        HealthCode::DeadTuples => (
            Area::Vacuum,
            "Dead rows",
            "Dead rows are read and kept in memory like live ones, until VACUUM makes room of them.",
        ),
        HealthCode::AutovacuumDue => (
            Area::Vacuum,
            "Autovacuum due",
            "A table that waits long for autovacuum grows, and its index-only scans have to look at the table.",
        ),
        HealthCode::AutovacuumRunning => {
            (Area::Vacuum, "Vacuums that run", "While all workers are busy, other tables wait.")
        }
        HealthCode::TableBloat => {
            (Area::Storage, "Bloat of tables", "Space between rows is read, cached and backed up like rows.")
        }
        HealthCode::IndexBloat => (
            Area::Storage,
            "Bloat of indexes",
            "A bloated index needs more memory and more reads for the same entries.",
        ),
        HealthCode::InvalidIndexes => (
            Area::Storage,
            "Invalid indexes",
            "An invalid index serves no query, yet every write may have to keep it up to date.",
        ),
        HealthCode::XidWraparound => (
            Area::Vacuum,
            "Wraparound of transaction ids",
            "Before ids run out, the server takes no more writes until old rows are frozen.",
        ),
        HealthCode::MultixactWraparound => (
            Area::Vacuum,
            "Wraparound of multixact ids",
            "Rows that several transactions lock at once use these ids up; before they run out, the server takes no more writes.",
        ),
        HealthCode::Sequences => {
            (Area::Storage, "Sequences", "After its last value, every INSERT that asks the sequence fails.")
        }
        HealthCode::LongTransactions => (
            Area::Transactions,
            "Long transactions",
            "While it is open, vacuum may not remove what died since it began, in any table.",
        ),
        HealthCode::PreparedTransactions => (
            Area::Transactions,
            "Prepared transactions",
            "One that its coordinator forgot keeps its locks and holds vacuum back, over restarts too.",
        ),
        HealthCode::ChecksumFailures => (
            Area::Storage,
            "Data checksums",
            "A wrong checksum means that the storage gave back something else than was written.",
        ),
        HealthCode::Settings => (
            Area::Settings,
            "Settings",
            "Some settings risk data, others leave a problem unseen or were made for small machines.",
        ),
        HealthCode::Extensions => (
            Area::Extensions,
            "Extensions",
            "With them the console shows statements, and proves what an index would do before it is built.",
        ),
    };
    About { area, title, why }
}
