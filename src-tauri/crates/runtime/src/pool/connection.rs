//! A connection on loan: used like a client, given back when dropped.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Instant;

use deadpool_postgres::Object;
use tokio_postgres::{CancelToken, Client};

use super::Inner;
use super::connect::CancelQuery;
use super::gate::Pass;

/// A connection that is yours until you drop it.
///
/// A query whose future was dropped goes on running on the server: [`discard`](Self::discard) such a
/// connection, after [`canceller`](Self::canceller) if the query should stop.
pub struct PooledConnection {
    // Dropped in this order: the connection is back before the books say so, and both before the next
    // caller is let in.
    object: Object,
    loan: Loan,
    _pass: Pass,
}

impl PooledConnection {
    pub(super) fn new(inner: &Arc<Inner>, object: Object, site: Arc<str>, pass: Pass) -> Self {
        let id = inner.ledger.lock().taken(Instant::now(), site);
        Self { object, loan: Loan { id, inner: inner.clone() }, _pass: pass }
    }

    /// Closes the connection instead of giving it back, because it is broken or in an unknown state.
    pub fn discard(self) {
        drop(Object::take(self.object));
    }

    /// Number of this loan, as [`super::Held::id`] shows it.
    #[must_use]
    pub fn id(&self) -> u64 {
        self.loan.id
    }

    /// What can stop this connection's query from another task.
    #[must_use]
    pub fn canceller(&self) -> Canceller {
        Canceller { token: self.object.cancel_token(), cancel: self.loan.inner.cancel.clone() }
    }
}

impl std::fmt::Debug for PooledConnection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PooledConnection").field("id", &self.loan.id).finish_non_exhaustive()
    }
}

impl Deref for PooledConnection {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.object
    }
}

impl DerefMut for PooledConnection {
    fn deref_mut(&mut self) -> &mut Client {
        &mut self.object
    }
}

/// Stops a connection's current query on the server.
#[derive(Clone)]
pub struct Canceller {
    token: CancelToken,
    cancel: CancelQuery,
}

impl Canceller {
    /// Asks the server to cancel; the query then fails with 57014, unless it had finished.
    ///
    /// # Errors
    /// When the server cannot be reached to ask.
    pub async fn cancel(&self) -> Result<(), tokio_postgres::Error> {
        (self.cancel)(self.token.clone()).await
    }
}

impl std::fmt::Debug for Canceller {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Canceller")
    }
}

/// The entry in the books.
struct Loan {
    id: u64,
    inner: Arc<Inner>,
}

impl Drop for Loan {
    fn drop(&mut self) {
        self.inner.returned(self.id);
    }
}
