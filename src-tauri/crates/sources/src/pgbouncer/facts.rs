//! From the console's tables to pools and totals.

use std::collections::HashMap;

use domain::{Pgbouncer, PgbouncerPool, PgbouncerStats};

use super::table::{Missing, Row, Table};

/// The console itself shows up as a database; it is no pool.
const CONSOLE: &str = "pgbouncer";

/// The answers of one poll. `config` is absent where the login may not read it.
pub(super) struct Answers {
    pub(super) pools: Table,
    pub(super) databases: Table,
    pub(super) stats: Table,
    pub(super) lists: Table,
    pub(super) config: Option<Table>,
}

pub(super) fn facts(answers: &Answers) -> Result<Pgbouncer, Missing> {
    let setting = |name: &str| answers.config.as_ref()?.named("key", name)?.number("value");
    let list = |name: &str| answers.lists.named("list", name)?.number("items");
    let sizes: HashMap<&str, f64> = answers
        .databases
        .rows()
        .filter_map(|row| Some((row.text("name")?, row.number("pool_size").filter(|size| *size >= 0.0)?)))
        .collect();
    let default_size = setting("default_pool_size");
    let pools = rows_of_databases(&answers.pools)
        .map(|row| pool(row, |database| sizes.get(database).copied().or(default_size)))
        .collect::<Result<_, _>>()?;
    let databases = rows_of_databases(&answers.stats).map(stats).collect::<Result<_, _>>()?;
    Ok(Pgbouncer {
        pools,
        databases,
        max_client_connections: setting("max_client_conn"),
        used_clients: list("used_clients"),
        used_servers: list("used_servers"),
        query_wait_timeout_seconds: setting("query_wait_timeout"),
    })
}

fn rows_of_databases(table: &Table) -> impl Iterator<Item = Row<'_>> {
    table.rows().filter(|row| row.text("database") != Some(CONSOLE))
}

fn pool(row: Row<'_>, size: impl Fn(&str) -> Option<f64>) -> Result<PgbouncerPool, Missing> {
    let database = row.needed_text("database")?;
    Ok(PgbouncerPool {
        user: row.needed_text("user")?,
        mode: row.text("pool_mode").map(str::to_owned),
        cl_active: row.needed("cl_active")?,
        cl_waiting: row.needed("cl_waiting")?,
        sv_active: row.needed("sv_active")?,
        sv_idle: row.needed("sv_idle")?,
        sv_used: row.needed("sv_used")?,
        sv_login: row.needed("sv_login")?,
        maxwait_seconds: row.needed("maxwait")? + row.number("maxwait_us").unwrap_or(0.0) / MICROS,
        pool_size: size(&database),
        database,
    })
}

const MICROS: f64 = 1e6;

fn stats(row: Row<'_>) -> Result<PgbouncerStats, Missing> {
    Ok(PgbouncerStats {
        database: row.needed_text("database")?,
        transactions: row.needed("total_xact_count")?,
        queries: row.needed("total_query_count")?,
        query_seconds: row.needed("total_query_time")? / MICROS,
        transaction_seconds: row.needed("total_xact_time")? / MICROS,
        wait_seconds: row.needed("total_wait_time")? / MICROS,
    })
}

#[cfg(test)]
#[path = "facts_tests.rs"]
mod tests;
