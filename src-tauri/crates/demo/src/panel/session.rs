//! One connection from the pool, for one request; every statement names the route that sent it.

use std::sync::atomic::{AtomicBool, Ordering};

use runtime::pool::PooledConnection;
use tokio::runtime::Handle;
use tokio_postgres::{
    Row,
    types::{ToSql, Type},
};

use super::Refusal;

/// A parameter with its type: statements need no round trip to be described.
pub(crate) type Parameter<'a> = (&'a (dyn ToSql + Sync), Type);

/// Returned to the pool on drop, or closed when a statement or a transaction is still under way: the next request must
/// not wait behind what the last one left.
pub(crate) struct Session {
    connection: Option<PooledConnection>,
    comment: String,
    /// A statement runs or a transaction is open.
    busy: AtomicBool,
}

impl Session {
    pub(super) fn new(connection: PooledConnection, route: &str) -> Session {
        Session { connection: Some(connection), comment: comment(route), busy: AtomicBool::new(false) }
    }

    pub(crate) async fn query(&self, sql: &str, parameters: &[Parameter<'_>]) -> Result<Vec<Row>, Refusal> {
        let before = self.busy.swap(true, Ordering::Relaxed);
        let rows = self.connection()?.query_typed(&format!("{sql} {}", self.comment), parameters).await;
        self.busy.store(before, Ordering::Relaxed);
        Ok(rows?)
    }

    pub(crate) async fn begin(&self) -> Result<(), Refusal> {
        self.busy.store(true, Ordering::Relaxed);
        self.batch("BEGIN").await
    }

    /// Ends the transaction, by COMMIT or ROLLBACK.
    pub(crate) async fn end(&self, how: &str) -> Result<(), Refusal> {
        self.batch(how).await?;
        self.busy.store(false, Ordering::Relaxed);
        Ok(())
    }

    async fn batch(&self, sql: &str) -> Result<(), Refusal> {
        Ok(self.connection()?.batch_execute(&format!("{sql} {}", self.comment)).await?)
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.connection.as_ref().is_none_or(|connection| connection.is_closed())
    }

    fn connection(&self) -> Result<&PooledConnection, Refusal> {
        self.connection.as_ref().ok_or_else(|| Refusal::unavailable("the session is over"))
    }

    /// Writes to the audit log who did what.
    pub(super) async fn audit(
        &self,
        tenant: i32,
        actor: i64,
        action: &str,
        entity: &str,
        id: i64,
    ) -> Result<(), Refusal> {
        self.query(
            "INSERT INTO audit_log (tenant_id, actor_id, action, entity, entity_id, details, at) \
             VALUES ($1, $2, $3, $4, $5, jsonb_build_object('ip', '127.0.0.1', 'ok', true), now())",
            &[
                (&tenant, Type::INT4),
                (&actor, Type::INT8),
                (&action, Type::TEXT),
                (&entity, Type::TEXT),
                (&id, Type::INT8),
            ],
        )
        .await?;
        Ok(())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        if !*self.busy.get_mut() {
            return;
        }
        let Some(connection) = self.connection.take() else { return };
        let canceller = connection.canceller();
        connection.discard();
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move {
                if let Err(error) = canceller.cancel().await {
                    tracing::debug!(%error, "an abandoned statement was not cancelled");
                }
            });
        }
    }
}

/// sqlcommenter's form: values percent-encoded, in single quotes.
pub(crate) fn comment(route: &str) -> String {
    let mut encoded = String::with_capacity(route.len() + 16);
    for byte in route.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("/*route='{encoded}',application='panel'*/")
}

#[cfg(test)]
mod tests {
    use super::comment;

    #[test]
    fn comments_are_those_of_sqlcommenter() {
        for (route, text) in [
            ("GET /api/invoices", "/*route='GET%20%2Fapi%2Finvoices',application='panel'*/"),
            (
                "POST /api/invoices/:id/pay",
                "/*route='POST%20%2Fapi%2Finvoices%2F%3Aid%2Fpay',application='panel'*/",
            ),
            ("*/'", "/*route='%2A%2F%27',application='panel'*/"),
        ] {
            assert_eq!(comment(route), text);
        }
    }
}
