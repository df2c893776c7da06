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
use tokio_postgres::Error;
use tokio_postgres::error::SqlState;

use crate::postgres::own_queries::{Asking, OwnQueryName};
use crate::postgres::problem::Peer;
use crate::postgres::{PostgresSource, backends, too_old};
use lacks::Seen;

const BEGIN: &str = include_str!("../../sql/index_advice/begin.sql");
const PICTURE_QUERY: OwnQueryName =
    OwnQueryName { name: "catalog.picture", purpose: "Begin and end of one picture of the catalog" };
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
            let result = read(Asking { client, ledger: &self.ledger }, peer, now).await;
            // Advice is asked for seldom: nothing stays open until the next time.
            session.discard();
            result
        };
        tokio::time::timeout(DEADLINE, work).await.unwrap_or_else(|_| Err(peer.timeout(DEADLINE)))
    }
}

async fn read(asking: Asking<'_>, peer: Peer<'_>, now: Timestamp) -> Result<Catalog, Problem> {
    let version = backends::version(asking).await.map_err(|error| peer.problem(&error))?;
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
    let mut taken = picture(asking, &mut catalog).await;
    if taken.as_ref().is_err_and(|error| error.code() == Some(&SqlState::LOCK_NOT_AVAILABLE)) {
        // Somebody locked a table after it was found free; the next picture leaves it out.
        asking.run(PICTURE_QUERY, "ROLLBACK").await.map_err(|error| peer.problem(&error))?;
        taken = picture(asking, &mut catalog).await;
    }
    taken.map(|()| catalog).map_err(|error| peer.problem(&error))
}

async fn picture(asking: Asking<'_>, catalog: &mut Catalog) -> Result<(), Error> {
    asking.run(PICTURE_QUERY, BEGIN).await?;
    let role = database::read(asking, catalog).await?;
    let found = tables::read(asking, catalog.costs.block_size).await?;
    let mut tables = found.tables;
    columns::read(asking, &mut tables).await?;
    statistics::read(asking, &mut tables).await?;
    indexes::read(asking, catalog.costs.block_size, &mut tables).await?;
    relations::foreign_keys(asking, &mut tables).await?;
    relations::extended_statistics(asking, &mut tables).await?;
    tables::measure(asking, catalog.costs.block_size, &mut tables).await?;
    partitions::sum(&mut tables);
    let views = relations::views(asking).await?;
    asking.run(PICTURE_QUERY, "COMMIT").await?;

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
