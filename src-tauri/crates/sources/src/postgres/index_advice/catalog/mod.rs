//! Reads a database's tables, indexes and statistics in one transaction: a bounded number of queries, however many tables.

mod columns;
mod database;
mod indexes;
mod lacks;
mod partitions;
mod relations;
mod rows;
mod statistics;
mod tables;
mod values;

use std::time::Duration;

use domain::{Catalog, Problem, Timestamp};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error};

use crate::postgres::problem::Peer;
use crate::postgres::{PostgresSource, backends, too_old};
use lacks::Seen;

const BEGIN: &str = include_str!("../../sql/index_advice/begin.sql");
/// Connecting included.
const DEADLINE: Duration = Duration::from_secs(30);

impl PostgresSource {
    /// One picture of the database's tables, columns, indexes and statistics; `now` is when it is taken.
    ///
    /// # Errors
    /// A [`Problem`] where the server is too old, refuses, or takes more than half a minute. What the role may not see is no
    /// problem: the catalog says what it lacks.
    pub async fn catalog(&self, now: Timestamp) -> Result<Catalog, Problem> {
        let peer = self.advice.peer();
        let work = async {
            let session = self.advice.open("catalog for index advice").await?;
            let Some(client) = session.client() else { return Err(peer.unexpected("no session")) };
            let result = read(client, peer, now).await;
            // Advice is asked for seldom: nothing stays open until the next time.
            session.discard();
            result
        };
        tokio::time::timeout(DEADLINE, work).await.unwrap_or_else(|_| Err(peer.timeout(DEADLINE)))
    }
}

async fn read(client: &Client, peer: Peer<'_>, now: Timestamp) -> Result<Catalog, Problem> {
    let version = backends::version(client).await.map_err(|error| peer.problem(&error))?;
    if version.number < backends::OLDEST {
        return Err(too_old(&peer.target.place(), &version.text));
    }
    let mut catalog = Catalog {
        format: Catalog::FORMAT,
        taken_at: now,
        version_number: version.number,
        version: version.text,
        ..Catalog::default()
    };
    let mut taken = picture(client, &mut catalog).await;
    if taken.as_ref().is_err_and(|error| error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE)) {
        // Somebody locked a table after it was found free; the next picture leaves it out.
        client.batch_execute("ROLLBACK").await.map_err(|error| peer.problem(&error))?;
        taken = picture(client, &mut catalog).await;
    }
    taken.map(|()| catalog).map_err(|error| peer.problem(&error))
}

async fn picture(client: &Client, catalog: &mut Catalog) -> Result<(), Error> {
    client.batch_execute(BEGIN).await?;
    let role = database::read(client, catalog).await?;
    let found = tables::read(client, catalog.costs.block_size).await?;
    let mut tables = found.tables;
    columns::read(client, &mut tables).await?;
    statistics::read(client, &mut tables).await?;
    indexes::read(client, catalog.costs.block_size, &mut tables).await?;
    relations::foreign_keys(client, &mut tables).await?;
    relations::extended_statistics(client, &mut tables).await?;
    tables::measure(client, catalog.costs.block_size, &mut tables).await?;
    partitions::sum(&mut tables);
    let views = relations::views(client).await?;
    client.batch_execute("COMMIT").await?;

    catalog.tables = tables.into_tables();
    let seen = Seen {
        role: &role,
        tables: &found.seen,
        locked: &found.locked,
        all_tables: found.all,
        views_read: views.is_some(),
    };
    catalog.lacks = lacks::lacks(catalog, &seen);
    catalog.views = views.unwrap_or_default();
    Ok(())
}
