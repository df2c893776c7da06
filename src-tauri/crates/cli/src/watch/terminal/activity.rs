//! The Activity page: sessions with what they wait for, oldest transaction first unless sorted otherwise.

use engine::domain::{ActivitySession, BackendState};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Cell, Paragraph, Row, Table, TableState, Wrap};

use super::app::App;
use super::data::Data;
use super::order::{SortBy, shown_sessions};
use super::style;
use crate::watch::view::span;

/// Lines for the whole statement of the session that is selected.
const STATEMENT_LINES: u16 = 4;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, data: &Data) {
    let Some(moment) = &data.moment else {
        frame.render_widget(nothing(data), area);
        return;
    };
    let sessions = shown_sessions(app, data);
    if sessions.is_empty() {
        let words = if app.filter.is_empty() {
            "No session does anything."
        } else {
            "No session matches the filter."
        };
        frame.render_widget(Line::from(Span::styled(words, style::quiet())), area);
        return;
    }
    let [table, detail] =
        Layout::vertical([Constraint::Min(3), Constraint::Length(STATEMENT_LINES)]).areas(area);
    let rows = sessions.iter().map(|session| row(session));
    let widths = [
        Constraint::Length(8),
        Constraint::Length(18),
        Constraint::Length(12),
        Constraint::Length(24),
        Constraint::Length(8),
        Constraint::Length(8),
        Constraint::Min(20),
    ];
    let list = Table::new(rows, widths).header(header(app)).row_highlight_style(style::chosen());
    let mut state = TableState::default().with_selected(Some(app.selection(data)));
    frame.render_stateful_widget(list, table, &mut state);
    frame.render_widget(statement(app.session(data), moment.left_out), detail);
}

/// Why there is nothing to see.
pub(super) fn nothing(data: &Data) -> Paragraph<'static> {
    let words = match &data.problem {
        Some(problem) => match &problem.remedy {
            Some(remedy) => format!("{} {remedy}", problem.message),
            None => problem.message.clone(),
        },
        None if data.servers.is_empty() => {
            "No PostgreSQL is watched. Add one: mconsole sources add postgres postgres://…".to_owned()
        }
        None => "Waiting for the first look at its sessions.".to_owned(),
    };
    Paragraph::new(words).wrap(Wrap { trim: false })
}

fn header(app: &App) -> Row<'static> {
    let columns = [
        ("pid", Some(SortBy::Pid)),
        ("application", Some(SortBy::Application)),
        ("user", Some(SortBy::User)),
        ("state, wait", Some(SortBy::State)),
        ("in tx", Some(SortBy::Transaction)),
        ("runs", Some(SortBy::Statement)),
        ("statement", None),
    ];
    Row::new(columns.map(|(name, sort)| {
        let mark = match sort {
            Some(sort) if sort == app.order.by => {
                if app.order.descending {
                    "▼"
                } else {
                    "▲"
                }
            }
            _ => "",
        };
        Cell::from(Span::styled(format!("{name}{mark}"), style::heading()))
    }))
}

fn row(session: &ActivitySession) -> Row<'_> {
    let class = session.wait_class();
    let look = class.map_or_else(style::quiet, style::wait);
    Row::new([
        Cell::from(session.pid.to_string()),
        Cell::from(named(session)),
        Cell::from(session.user.as_str()),
        Cell::from(Span::styled(state(session), look)),
        Cell::from(seconds(session.transaction_seconds)),
        Cell::from(seconds(runs(session))),
        Cell::from(one_line(session.statement.as_deref().unwrap_or_default())),
    ])
}

fn named(session: &ActivitySession) -> &str {
    if session.application.is_empty() { &session.backend_type } else { &session.application }
}

/// "active, IO: DataFileRead"
pub(super) fn state(session: &ActivitySession) -> String {
    match (&session.wait, session.state) {
        (Some(wait), BackendState::Active) => format!("{}: {}", wait.kind, wait.event),
        (_, state) => state.label().to_owned(),
    }
}

/// Of a statement that runs; a session that does not run one is in its state for so long.
fn runs(session: &ActivitySession) -> Option<f64> {
    match session.state {
        BackendState::Active => session.statement_seconds,
        _ => session.state_seconds,
    }
}

pub(super) fn seconds(seconds: Option<f64>) -> String {
    seconds.map_or_else(String::new, span)
}

/// Statements may hold line breaks, and text from outside control characters.
pub(super) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len().min(400));
    for word in text.split(|letter: char| letter.is_whitespace() || letter.is_control()) {
        if word.is_empty() {
            continue;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

fn statement(session: Option<&ActivitySession>, left_out: u32) -> Paragraph<'_> {
    let mut lines = Vec::new();
    if let Some(session) = session {
        let client = session.client.as_deref().unwrap_or("local socket");
        let route = session.route.as_deref().map_or_else(String::new, |route| format!(", {route}"));
        let facts = format!("{} on {}, {client}{route}", session.pid, session.database);
        lines.push(Line::from(Span::styled(facts, style::quiet())));
        lines.push(Line::from(one_line(session.statement.as_deref().unwrap_or("no statement is shown"))));
    }
    if left_out > 0 {
        lines.push(Line::from(Span::styled(
            format!("{left_out} more sessions are not listed"),
            style::quiet(),
        )));
    }
    Paragraph::new(Text::from(lines)).wrap(Wrap { trim: false })
}
