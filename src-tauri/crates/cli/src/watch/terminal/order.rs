//! Which sessions are listed, and in which order.

use std::cmp::Ordering;

use engine::domain::{ActivitySession, BackendState};

use super::app::App;
use super::data::Data;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SortBy {
    /// Seconds of the transaction.
    Transaction,
    Statement,
    State,
    User,
    Application,
    Pid,
}

impl SortBy {
    pub(crate) const ALL: [SortBy; 6] = [
        SortBy::Transaction,
        SortBy::Statement,
        SortBy::State,
        SortBy::User,
        SortBy::Application,
        SortBy::Pid,
    ];
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Order {
    pub(crate) by: SortBy,
    /// Largest first.
    pub(crate) descending: bool,
}

impl Default for Order {
    fn default() -> Order {
        Order { by: SortBy::Transaction, descending: true }
    }
}

impl Order {
    pub(super) fn next(self) -> Order {
        self.turned(1)
    }

    pub(super) fn previous(self) -> Order {
        self.turned(SortBy::ALL.len() - 1)
    }

    pub(super) fn reversed(self) -> Order {
        Order { descending: !self.descending, ..self }
    }

    fn turned(self, by: usize) -> Order {
        let place = SortBy::ALL.iter().position(|sort| *sort == self.by).unwrap_or(0);
        let by = SortBy::ALL.get((place + by) % SortBy::ALL.len()).copied().unwrap_or(self.by);
        Order { by, ..self }
    }

    fn compare(self, a: &ActivitySession, b: &ActivitySession) -> Ordering {
        let seconds = |a: Option<f64>, b: Option<f64>| a.unwrap_or(-1.0).total_cmp(&b.unwrap_or(-1.0));
        let ordering = match self.by {
            SortBy::Transaction => seconds(a.transaction_seconds, b.transaction_seconds),
            SortBy::Statement => seconds(a.statement_seconds, b.statement_seconds),
            SortBy::State => a.state.cmp(&b.state).then(a.wait.cmp(&b.wait)),
            SortBy::User => a.user.cmp(&b.user),
            SortBy::Application => a.application.cmp(&b.application),
            SortBy::Pid => a.pid.cmp(&b.pid),
        };
        let ordering = if self.descending { ordering.reverse() } else { ordering };
        ordering.then(a.pid.cmp(&b.pid))
    }
}

/// The sessions of the Activity page as they are listed.
pub(crate) fn shown_sessions<'d>(app: &App, data: &'d Data) -> Vec<&'d ActivitySession> {
    let Some(moment) = &data.moment else { return Vec::new() };
    let filter = app.filter.to_lowercase();
    let mut shown: Vec<&ActivitySession> = moment
        .sessions
        .iter()
        .filter(|session| app.idle || session.state != BackendState::Idle)
        .filter(|session| filter.is_empty() || holds(session, &filter))
        .collect();
    shown.sort_by(|a, b| app.order.compare(a, b));
    shown
}

fn holds(session: &ActivitySession, filter: &str) -> bool {
    let pid = session.pid.to_string();
    let wait =
        session.wait.as_ref().map_or_else(String::new, |wait| format!("{}: {}", wait.kind, wait.event));
    [
        Some(pid.as_str()),
        Some(&session.user),
        Some(&session.database),
        Some(&session.application),
        Some(session.state.label()),
        Some(&wait),
        session.client.as_deref(),
        session.statement.as_deref(),
    ]
    .into_iter()
    .flatten()
    .any(|text| text.to_lowercase().contains(filter))
}
