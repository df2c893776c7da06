//! One connection from the pool, for one request; every statement names the route and the trace that sent it.

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
        // One session serves one request: its statements are one trace.
        let comment = comment(route, fastrand::u128(1..), fastrand::u64(1..));
        Session { connection: Some(connection), comment, busy: AtomicBool::new(false) }
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

/// sqlcommenter's form: values percent-encoded, in single quotes, keys in the order of the alphabet.
fn comment(route: &str, trace: u128, span: u64) -> String {
    let route = route_tag(route);
    format!("/*application='panel',{route},traceparent='00-{trace:032x}-{span:016x}-01'*/")
}

/// The part of the comment that all statements of a route have in common.
pub(crate) fn route_tag(route: &str) -> String {
    let mut encoded = String::with_capacity(route.len() + 16);
    for byte in route.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("route='{encoded}'")
}

#[cfg(test)]
mod tests {
    use super::{comment, route_tag};

    #[test]
    fn comments_are_those_of_sqlcommenter() {
        for (route, tag) in [
            ("GET /api/invoices", "route='GET%20%2Fapi%2Finvoices'"),
            ("POST /api/invoices/:id/pay", "route='POST%20%2Fapi%2Finvoices%2F%3Aid%2Fpay'"),
            ("*/'", "route='%2A%2F%27'"),
        ] {
            assert_eq!(route_tag(route), tag);
        }
        let text = "/*application='panel',route='GET%20%2F',traceparent='00-0000000000000000000000000000000a-000000000000000b-01'*/";
        assert_eq!(comment("GET /", 10, 11), text);
    }
}
