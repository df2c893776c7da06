//! The Blocking page: who waits for whom, root blockers first, with what to do about the one that is selected.

use engine::domain::{ActivityMoment, Blocker, BlockingRow};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Cell, Paragraph, Row, Table, TableState, Wrap};

use super::activity::{nothing, one_line, seconds, state};
use super::app::App;
use super::data::Data;
use super::style;

const DETAIL_LINES: u16 = 7;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, data: &Data) {
    let Some(moment) = &data.moment else {
        frame.render_widget(nothing(data), area);
        return;
    };
    let forest = &moment.blocking;
    if forest.rows.is_empty() {
        frame.render_widget(Line::from(Span::styled("Nobody waits for a lock.", style::quiet())), area);
        return;
    }
    let [table, detail] =
        Layout::vertical([Constraint::Min(3), Constraint::Length(DETAIL_LINES)]).areas(area);
    let widths = [
        Constraint::Length(28),
        Constraint::Length(34),
        Constraint::Length(8),
        Constraint::Length(7),
        Constraint::Min(20),
    ];
    let heads = ["session", "waits for", "for", "blocks", "statement"];
    let header = Row::new(heads.map(|name| Cell::from(Span::styled(name, style::heading()))));
    let rows = forest.rows.iter().map(|row| line(row, moment));
    let list = Table::new(rows, widths).header(header).row_highlight_style(style::chosen());
    let selected = app.selection(data);
    let mut table_state = TableState::default().with_selected(Some(selected));
    frame.render_stateful_widget(list, table, &mut table_state);
    frame.render_widget(what_to_do(forest.rows.get(selected), forest.left_out), detail);
}

pub(super) fn pid_of(who: &Blocker) -> Option<i32> {
    match who {
        Blocker::Session { pid } => Some(*pid),
        Blocker::Prepared { .. } => None,
    }
}

fn line<'a>(row: &'a BlockingRow, moment: &'a ActivityMoment) -> Row<'a> {
    let session = pid_of(&row.who).and_then(|pid| moment.sessions.iter().find(|session| session.pid == pid));
    let indent = "  ".repeat(usize::try_from(row.depth.min(20)).unwrap_or(0));
    let name = match &row.who {
        Blocker::Session { pid } => {
            format!("{indent}{pid} {}", session.map_or("", |session| session.application.as_str()))
        }
        Blocker::Prepared { gid } => {
            format!("{indent}prepared {}", gid.as_deref().unwrap_or("transaction"))
        }
    };
    let waits = match &row.lock {
        Some(lock) => format!("{}: {}", lock.kind, lock.target),
        None => session.map_or_else(|| "holds".to_owned(), state),
    };
    let class = session.and_then(|session| session.wait_class());
    let blocks = if row.blocks == 0 { String::new() } else { row.blocks.to_string() };
    let since = row.waiting_seconds.or_else(|| session.and_then(|session| session.transaction_seconds));
    Row::new([
        Cell::from(one_line_kept(&name)),
        Cell::from(Span::styled(waits, class.map_or_else(style::quiet, style::wait))),
        Cell::from(seconds(since)),
        Cell::from(blocks),
        Cell::from(one_line(session.and_then(|session| session.statement.as_deref()).unwrap_or_default())),
    ])
}

/// Keeps the indentation.
fn one_line_kept(name: &str) -> String {
    name.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect()
}

fn what_to_do(row: Option<&BlockingRow>, left_out: u32) -> Paragraph<'_> {
    let mut lines = Vec::new();
    if let Some(row) = row {
        if let Some(note) = &row.note {
            lines.push(Line::from(note.as_str()));
        }
        if row.in_cycle {
            lines.push(Line::from("Part of a deadlock: the server ends one of them after deadlock_timeout."));
        }
        if let Some(remedy) = &row.remedy {
            lines.push(Line::from(remedy.sentence.as_str()));
            lines.push(Line::from(Span::styled(remedy.sql.as_str(), style::heading())));
            lines.extend(remedy.prevention.as_deref().map(Line::from));
        }
    }
    if left_out > 0 {
        lines.push(Line::from(Span::styled(format!("{left_out} more wait"), style::quiet())));
    }
    Paragraph::new(Text::from(lines)).wrap(Wrap { trim: false })
}
