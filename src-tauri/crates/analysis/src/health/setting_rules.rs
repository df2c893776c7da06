//! Which values of settings stand out, and why.

use domain::{HealthItem, Severity};

use super::Look;
use super::settings::Known;
use super::told::item;
use crate::words;

const MB: f64 = 1_048_576.0;
const GB: f64 = 1_073_741_824.0;
/// PostgreSQL's own default, made to start anywhere.
const DEFAULT_SHARED_BUFFERS: f64 = 128.0 * MB;
/// Databases of this size read by more than they fit.
const LARGE_DATABASE: f64 = GB;
/// Snapshots get dearer with connections, and few machines have a core for each hundred.
const MANY_CONNECTIONS: f64 = 500.0;
/// What work_mem may take if every connection sorts once at the same time, over shared_buffers.
const WORK_MEM_TIMES: f64 = 8.0;

struct Rule {
    name: &'static str,
    judge: fn(&Look<'_>, &Known<'_>) -> Found,
}

/// How grave, in words, and what sets it right.
type Found = Option<(Severity, String, Option<&'static str>)>;

/// Off where it must be on.
fn off(known: &Known<'_>, name: &str, severity: Severity, why: &str, sql: &'static str) -> Found {
    (known.text(name)? == "off").then(|| (severity, format!("off: {why}"), Some(sql)))
}

fn on(known: &Known<'_>, name: &str, severity: Severity, why: &str, sql: &'static str) -> Found {
    (known.text(name)? == "on").then(|| (severity, format!("on: {why}"), Some(sql)))
}

const RULES: [Rule; 23] = [
    Rule {
        name: "fsync",
        judge: |_, known| {
            off(
                known,
                "fsync",
                Severity::Critical,
                "after a crash of the machine all data may be lost",
                "ALTER SYSTEM SET fsync = on;",
            )
        },
    },
    Rule {
        name: "full_page_writes",
        judge: |_, known| {
            let why = "after a crash of the machine half-written pages cannot be mended";
            off(known, "full_page_writes", Severity::Critical, why, "ALTER SYSTEM SET full_page_writes = on;")
        },
    },
    Rule {
        name: "zero_damaged_pages",
        judge: |_, known| {
            let why = "damaged pages are silently emptied";
            on(known, "zero_damaged_pages", Severity::Critical, why, "ALTER SYSTEM RESET zero_damaged_pages;")
        },
    },
    Rule {
        name: "ignore_checksum_failure",
        judge: |_, known| {
            let why = "damaged pages are read as if they were good";
            on(
                known,
                "ignore_checksum_failure",
                Severity::Critical,
                why,
                "ALTER SYSTEM RESET ignore_checksum_failure;",
            )
        },
    },
    Rule {
        name: "autovacuum",
        judge: |_, known| {
            let why =
                "dead rows stay, statistics grow old, and transaction ids run out unless somebody vacuums";
            off(known, "autovacuum", Severity::Critical, why, "ALTER SYSTEM SET autovacuum = on;")
        },
    },
    Rule {
        name: "track_counts",
        judge: |_, known| {
            let why = "without counts autovacuum does not know where to go";
            off(known, "track_counts", Severity::Critical, why, "ALTER SYSTEM SET track_counts = on;")
        },
    },
    Rule {
        name: "track_activities",
        judge: |_, known| {
            let why = "nobody sees what sessions do";
            off(known, "track_activities", Severity::Warning, why, "ALTER SYSTEM SET track_activities = on;")
        },
    },
    Rule { name: "idle_in_transaction_session_timeout", judge: idle_timeout },
    Rule {
        name: "statement_timeout",
        judge: |_, known| {
            let never = known.number("statement_timeout")? == 0.0;
            let text = "0: a statement may run for ever; better set for the application's role than for all";
            never.then(|| (Severity::Info, text.to_owned(), None))
        },
    },
    Rule { name: "shared_buffers", judge: shared_buffers },
    Rule { name: "work_mem", judge: work_mem },
    Rule {
        name: "maintenance_work_mem",
        judge: |look, known| {
            let memory = known.bytes("maintenance_work_mem")?;
            let large = database_bytes(look)? >= 10.0 * GB;
            (large && memory <= 64.0 * MB).then(|| {
                let text = format!(
                    "{}: vacuum and index builds of a large database go faster with more",
                    words::bytes(memory)
                );
                (Severity::Info, text, Some("ALTER SYSTEM SET maintenance_work_mem = '512MB';"))
            })
        },
    },
    Rule { name: "random_page_cost", judge: random_page_cost },
    Rule {
        name: "max_connections",
        judge: |_, known| {
            let most = known.number("max_connections")?;
            (most > MANY_CONNECTIONS).then(|| {
                let text = format!("{}: many at work at once are slower than few that take turns; a pooler such as PgBouncer lets them", words::number(most));
                (Severity::Info, text, None)
            })
        },
    },
    Rule {
        name: "checkpoint_timeout",
        judge: |_, known| {
            let seconds = known.seconds("checkpoint_timeout")?;
            (seconds < 300.0).then(|| {
                let text = format!(
                    "{}: shorter than the default of 5 min, so that more whole pages go into the log",
                    words::duration(seconds)
                );
                (Severity::Info, text, Some("ALTER SYSTEM SET checkpoint_timeout = '15min';"))
            })
        },
    },
    Rule {
        name: "checkpoint_completion_target",
        judge: |_, known| {
            let target = known.number("checkpoint_completion_target")?;
            (target < 0.7).then(|| {
                let text = format!("{target}: checkpoints write in bursts rather than evenly");
                (Severity::Info, text, Some("ALTER SYSTEM SET checkpoint_completion_target = 0.9;"))
            })
        },
    },
    Rule { name: "max_wal_size", judge: max_wal_size },
    Rule {
        name: "log_lock_waits",
        judge: |_, known| {
            let why = "who waited for whom is not in the log afterwards";
            off(known, "log_lock_waits", Severity::Info, why, "ALTER SYSTEM SET log_lock_waits = on;")
        },
    },
    Rule {
        name: "track_io_timing",
        judge: |_, known| {
            let why = "how long statements wait for the disk is not known; pg_test_timing tells whether it is cheap here";
            off(known, "track_io_timing", Severity::Info, why, "ALTER SYSTEM SET track_io_timing = on;")
        },
    },
    Rule {
        name: "log_temp_files",
        judge: |_, known| {
            let never = known.number("log_temp_files")? < 0.0;
            let text = "-1: which statement wrote temporary files is not in the log";
            never
                .then(|| (Severity::Info, text.to_owned(), Some("ALTER SYSTEM SET log_temp_files = '10MB';")))
        },
    },
    Rule {
        name: "wal_level",
        judge: |_, known| {
            let minimal = known.text("wal_level")? == "minimal";
            let text = "minimal: neither standbys nor an archive nor an online backup are possible";
            minimal.then(|| {
                (
                    Severity::Warning,
                    text.to_owned(),
                    Some("ALTER SYSTEM SET wal_level = replica; -- needs a restart"),
                )
            })
        },
    },
    Rule { name: "ssl", judge: ssl },
    Rule {
        name: "password_encryption",
        judge: |_, known| {
            let old = matches!(known.text("password_encryption")?, "md5" | "on");
            let text = "md5: new passwords are kept in a form that is easy to break";
            old.then(|| {
                (
                    Severity::Info,
                    text.to_owned(),
                    Some("ALTER SYSTEM SET password_encryption = 'scram-sha-256';"),
                )
            })
        },
    },
];

/// What stands out, in the order of the rules.
pub(super) fn judge(look: &Look<'_>, known: &Known<'_>) -> Vec<HealthItem> {
    let judged = RULES.iter().filter_map(|rule| {
        let (severity, figure, sql) = (rule.judge)(look, known)?;
        Some(item(rule.name, figure, severity, sql.map(str::to_owned)))
    });
    judged.collect()
}

fn idle_timeout(_: &Look<'_>, known: &Known<'_>) -> Found {
    let never = known.number("idle_in_transaction_session_timeout")? == 0.0;
    let text = "0: a forgotten transaction stays open for ever, with its locks, and holds vacuum back";
    never.then(|| {
        let sql = "ALTER SYSTEM SET idle_in_transaction_session_timeout = '5min';";
        (Severity::Info, text.to_owned(), Some(sql))
    })
}

/// How much memory the machine has, the server does not tell; a database that outgrew the default does.
fn shared_buffers(look: &Look<'_>, known: &Known<'_>) -> Found {
    let buffers = known.bytes("shared_buffers")?;
    let database = database_bytes(look)?;
    (buffers <= DEFAULT_SHARED_BUFFERS && database >= LARGE_DATABASE).then(|| {
        let text = format!(
            "{}, for a database of {}: a quarter of the machine's memory is usual",
            words::bytes(buffers),
            words::bytes(database)
        );
        (Severity::Warning, text, None)
    })
}

fn work_mem(_: &Look<'_>, known: &Known<'_>) -> Found {
    let each = known.bytes("work_mem")?;
    let most = known.number("max_connections")?;
    let buffers = known.bytes("shared_buffers")?;
    let all = each * most;
    (all > 4.0 * GB && all > WORK_MEM_TIMES * buffers).then(|| {
        let text = format!(
            "{} for {} are {}: more than the machine may have, if all sort at once",
            words::bytes(each),
            words::connections(most),
            words::bytes(all)
        );
        (Severity::Info, text, None)
    })
}

/// What the disk is, the server does not tell either.
fn random_page_cost(_: &Look<'_>, known: &Known<'_>) -> Found {
    let random = known.number("random_page_cost")?;
    let sequential = known.number("seq_page_cost")?;
    (random >= 4.0 * sequential && sequential > 0.0).then(|| {
        let text = format!(
            "{random}, made for spinning disks: on an SSD 1.1 lets the planner use indexes where it should"
        );
        (Severity::Info, text, Some("ALTER SYSTEM SET random_page_cost = 1.1; -- on an SSD"))
    })
}

fn max_wal_size(look: &Look<'_>, known: &Known<'_>) -> Found {
    let size = known.bytes("max_wal_size")?;
    let counted = look.checkpoints().ok()?;
    let all = counted.rise.timed + counted.rise.requested;
    let often = all >= 10.0 && counted.rise.requested / all >= 0.5;
    (often && size <= GB).then(|| {
        let text = format!("{}: most checkpoints come because the log is full", words::bytes(size));
        (Severity::Warning, text, Some("ALTER SYSTEM SET max_wal_size = '4GB';"))
    })
}

fn ssl(look: &Look<'_>, known: &Known<'_>) -> Found {
    let connections = look.facts.quick.connections.as_ref().ok()?;
    let remote = connections.remote?;
    let plain = remote - connections.remote_encrypted?;
    let off = known.text("ssl")? == "off";
    if plain <= 0.0 {
        return None;
    }
    let sessions = words::count(plain, "session comes", "sessions come");
    let text = if off {
        format!("off: {sessions} from other machines without encryption")
    } else {
        format!(
            "on, yet {sessions} from other machines without encryption: hostssl in pg_hba.conf asks for it"
        )
    };
    let sql =
        off.then_some("ALTER SYSTEM SET ssl = on; -- with a certificate in ssl_cert_file and ssl_key_file");
    Some((if off { Severity::Warning } else { Severity::Info }, text, sql))
}

fn database_bytes(look: &Look<'_>) -> Option<f64> {
    look.facts.slow.as_ref()?.database_bytes.as_ref().ok().copied()
}
