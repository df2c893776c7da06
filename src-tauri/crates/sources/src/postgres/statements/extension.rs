//! `pg_stat_statements` as it is found: where, in which version, with which columns, and since when it counts.

use domain::{Problem, StatementColumns, Timestamp};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Error, Row};

use super::missing::{not_created, not_loaded, not_usable, outdated};
use crate::postgres::columns::Columns;
use crate::postgres::own_queries::{Asking, OwnQueryName};

const SQL: &str = include_str!("../sql/statements/extension.sql");
const INFO: &str = include_str!("../sql/statements/info.sql");
const EXTENSION_QUERY: OwnQueryName = OwnQueryName {
    name: "statements.extension",
    purpose: "Whether pg_stat_statements is there, and what it counts",
};
const INFO_QUERY: OwnQueryName =
    OwnQueryName { name: "statements.info", purpose: "Since when statements are counted" };

pub(super) const VIEW: &str = "pg_stat_statements";
const INFO_VIEW: &str = "pg_stat_statements_info";

pub(super) struct Extension {
    pub role: String,
    /// Quoted.
    pub schema: String,
    pub columns: Columns,
    pub tracks: bool,
    pub identifies: bool,
    pub track_planning: bool,
    io_timing: bool,
    jit: bool,
}

pub(super) struct Info {
    pub taken_at: Timestamp,
    pub started_at: Timestamp,
    /// Version 1.9 and later, as is the next.
    pub counted_since: Option<Timestamp>,
    pub evicted: Option<u64>,
}

/// What is there, or why it cannot be read. Asked before each reading, for an extension may be updated at any time.
pub(super) async fn find(asking: Asking<'_>) -> Result<Result<Extension, Problem>, Error> {
    let row = asking.row(EXTENSION_QUERY, SQL, &[]).await?;
    let (role, database): (String, String) = (row.try_get("role")?, row.try_get("database")?);
    let loaded = row.try_get("loaded")?;
    let Some(schema) = row.try_get::<_, Option<String>>("schema")? else {
        return Ok(Err(if loaded { not_created(&database) } else { not_loaded(false) }));
    };
    if !loaded {
        return Ok(Err(not_loaded(true)));
    }
    if !row.try_get::<_, bool>("usable")? {
        return Ok(Err(not_usable(&schema, &role)));
    }
    let version = version(row.try_get("version")?);
    if version < (1, 8) {
        return Ok(Err(outdated(version)));
    }
    Ok(Ok(found(&row, role, schema)?))
}

fn found(row: &Row, role: String, schema: String) -> Result<Extension, Error> {
    let columns: Vec<&str> = row.try_get("columns")?;
    Ok(Extension {
        role,
        schema,
        columns: Columns::of(columns.iter().filter_map(|column| column.split_once('.'))),
        tracks: row.try_get("tracks")?,
        identifies: row.try_get("identifies")?,
        track_planning: row.try_get("track_planning")?,
        io_timing: row.try_get("io_timing")?,
        jit: row.try_get("jit")?,
    })
}

impl Extension {
    /// Read before the entries: what happens meanwhile is then counted too early rather than too late.
    pub(super) async fn info(&self, asking: Asking<'_>) -> Result<Info, Error> {
        let row = asking.row(INFO_QUERY, &info_sql(&self.columns, &self.schema), &[]).await?;
        Ok(Info {
            taken_at: Timestamp(row.try_get("taken_at")?),
            started_at: Timestamp(row.try_get("started_at")?),
            counted_since: row.try_get::<_, Option<i64>>("counted_since")?.map(Timestamp),
            evicted: row.try_get::<_, Option<i64>>("evicted")?.map(i64::unsigned_abs),
        })
    }

    /// Which counters mean something here.
    pub(super) fn counted(&self) -> StatementColumns {
        let has = |column| self.columns.has(VIEW, column);
        StatementColumns {
            planning: self.track_planning && has("total_plan_time"),
            io_timing: self.io_timing,
            wal: has("wal_bytes"),
            jit: self.jit && has("jit_generation_time"),
        }
    }
}

pub(super) fn top_level(columns: &Columns) -> String {
    columns.or(VIEW, "s", "toplevel", "true")
}

pub(super) fn since(columns: &Columns) -> String {
    columns.or(VIEW, "s", "stats_since", "NULL::timestamptz")
}

pub(super) fn info_sql(columns: &Columns, schema: &str) -> String {
    let info = if columns.has_view(INFO_VIEW) {
        format!("{schema}.{INFO_VIEW}")
    } else {
        "(SELECT NULL::timestamptz AS stats_reset, NULL::int8 AS dealloc)".to_owned()
    };
    INFO.replace("{info}", &info)
}

/// An entry is asked for in a server that was started without the library.
pub(super) fn is_not_loaded(error: &Error) -> bool {
    error.code() == Some(&SqlState::OBJECT_NOT_IN_PREREQUISITE_STATE)
}

/// "1.10" is later than "1.9".
fn version(text: &str) -> (u32, u32) {
    let mut parts = text.split('.').map(|part| part.parse().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
}
