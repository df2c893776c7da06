//! About a million rows of a hosting business, the same for the same seed, loaded by COPY in seconds.

mod dates;
mod rows;
mod words;

use std::pin::pin;

use bytes::Bytes;
use futures_util::SinkExt;
use tokio_postgres::{Client, Config, NoTls, error::SqlState};

pub(crate) use dates::Moment;
use rows::Table;
pub(crate) use rows::World;

/// Raised whenever rows or schema change: data made by another version is made anew.
pub(crate) const VERSION: u32 = 1;

const SCHEMA: &str = include_str!("../../sql/schema.sql");
const INDEXES: &str = include_str!("../../sql/indexes.sql");
/// PostgreSQL leaves this index behind invalid, because some names are there twice.
const INVALID_INDEX: &str = "CREATE UNIQUE INDEX CONCURRENTLY domains_name_key ON domains (name)";
const CHUNK: usize = 256 * 1024;

/// What to generate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct DataOptions {
    /// 1.0 is about a million rows.
    pub scale: f64,
    pub seed: u64,
    /// The moment that the newest rows are just older than, seconds since the epoch. Dates move with it, all else stays.
    pub as_of: i64,
}

/// How many rows each table gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Sizes {
    pub(crate) tenants: u64,
    pub(crate) customers: u64,
    pub(crate) products: u64,
    pub(crate) orders: u64,
    pub(crate) invoices: u64,
    pub(crate) invoice_items: u64,
    pub(crate) domains: u64,
    pub(crate) dns_records: u64,
    pub(crate) tickets: u64,
    pub(crate) ticket_messages: u64,
    pub(crate) sessions: u64,
    pub(crate) audit_log: u64,
}

impl Sizes {
    pub(crate) fn of(scale: f64) -> Sizes {
        let scale = if scale.is_finite() { scale.clamp(0.001, 100.0) } else { 1.0 };
        let rows = |at_one: f64| (at_one * scale).ceil() as u64;
        Sizes {
            tenants: ((400.0 * scale.sqrt()).ceil() as u64).max(5),
            customers: rows(60_000.0),
            products: ((240.0 * scale.sqrt()).ceil() as u64).max(20),
            orders: rows(180_000.0),
            invoices: rows(200_000.0),
            invoice_items: rows(300_000.0),
            domains: rows(40_000.0),
            dns_records: rows(140_000.0),
            tickets: rows(20_000.0),
            ticket_messages: rows(50_000.0),
            sessions: rows(15_000.0),
            audit_log: rows(60_000.0),
        }
    }

    pub(crate) fn rows(&self, table: Table) -> u64 {
        match table {
            Table::Tenants => self.tenants,
            Table::Customers => self.customers,
            Table::Products => self.products,
            Table::Orders => self.orders,
            Table::Invoices => self.invoices,
            Table::InvoiceItems => self.invoice_items,
            Table::Domains => self.domains,
            Table::DnsRecords => self.dns_records,
            Table::Tickets => self.tickets,
            Table::TicketMessages => self.ticket_messages,
            Table::Sessions => self.sessions,
            Table::AuditLog => self.audit_log,
        }
    }

    pub(crate) fn total(&self) -> u64 {
        Table::ALL.iter().map(|table| self.rows(*table)).sum()
    }
}

/// Fills an empty database: tables, rows, keys, indexes (one of them invalid), statistics. Returns the number of rows.
///
/// # Errors
/// Whatever PostgreSQL refuses; a database that already has these tables is one such case.
pub async fn load(
    database: &Config,
    options: DataOptions,
    progress: &(dyn Fn(&str) + Send + Sync),
) -> Result<u64, tokio_postgres::Error> {
    let world = World::new(options.seed, options.scale, options.as_of);
    progress(&format!("Generating {} rows", world.sizes.total()));
    let first = connect(database).await?;
    first.batch_execute(SCHEMA).await?;
    let second = connect(database).await?;
    let (early, late): (Vec<Table>, Vec<Table>) = Table::ALL.iter().partition(|table| {
        matches!(
            table,
            Table::Tenants | Table::Products | Table::Invoices | Table::InvoiceItems | Table::AuditLog
        )
    });
    tokio::try_join!(copy_all(&first, world, &early), copy_all(&second, world, &late))?;
    progress("Building indexes and foreign keys");
    first.batch_execute(INDEXES).await?;
    leave_invalid_index(&first).await?;
    progress("Collecting statistics");
    first.batch_execute("VACUUM ANALYZE").await?;
    Ok(world.sizes.total())
}

async fn connect(database: &Config) -> Result<Client, tokio_postgres::Error> {
    let (client, connection) = database.connect(NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

async fn copy_all(client: &Client, world: World, tables: &[Table]) -> Result<(), tokio_postgres::Error> {
    for table in tables {
        copy(client, &world, *table).await?;
    }
    Ok(())
}

async fn copy(client: &Client, world: &World, table: Table) -> Result<(), tokio_postgres::Error> {
    let sink = client.copy_in(&format!("COPY {} FROM STDIN", table.name())).await?;
    let mut sink = pin!(sink);
    let mut chunk = String::with_capacity(CHUNK + 1024);
    for id in 1..=world.sizes.rows(table) {
        world.write(table, id, &mut chunk);
        if chunk.len() >= CHUNK {
            sink.send(Bytes::from(std::mem::take(&mut chunk))).await?;
            chunk.reserve(CHUNK + 1024);
        }
    }
    sink.send(Bytes::from(chunk)).await?;
    sink.as_mut().finish().await?;
    Ok(())
}

async fn leave_invalid_index(client: &Client) -> Result<(), tokio_postgres::Error> {
    match client.batch_execute(INVALID_INDEX).await {
        Err(error) if error.code() == Some(&SqlState::UNIQUE_VIOLATION) => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::Sizes;

    #[test]
    fn scale_one_is_about_a_million_rows_and_a_small_one_about_twenty_thousand() {
        assert!((1_000_000..1_200_000).contains(&Sizes::of(1.0).total()));
        assert!((18_000..24_000).contains(&Sizes::of(0.02).total()));
    }

    #[test]
    fn a_scale_that_makes_no_sense_still_gives_every_table_rows() {
        for scale in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert!(Sizes::of(scale).audit_log > 0, "{scale}");
        }
    }
}
