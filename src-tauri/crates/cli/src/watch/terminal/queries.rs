//! The Queries page: the statements that took most time in the last quarter of an hour.

use engine::domain::{StatementRow, StatementsPage};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Cell, Paragraph, Row, Table, TableState, Wrap};

use super::activity::{nothing, one_line};
use super::app::App;
use super::data::Data;
use super::style;
use crate::watch::view::span;

const DETAIL_LINES: u16 = 4;

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, app: &App, data: &Data) {
    let Some(page) = &data.statements else {
        frame.render_widget(nothing(data), area);
        return;
    };
    if page.rows.is_empty() {
        frame.render_widget(why_empty(page), area);
        return;
    }
    let [table, detail] =
        Layout::vertical([Constraint::Min(3), Constraint::Length(DETAIL_LINES)]).areas(area);
    let seconds = page.counted.map(|counted| counted.millis()).filter(|millis| *millis > 0);
    let seconds = seconds.map(|millis| millis as f64 / 1000.0);
    let heads = ["time", "total", "calls/s", "mean", "rows/call", "hits", "statement"];
    let header = Row::new(heads.map(|name| Cell::from(Span::styled(name, style::heading()))));
    let widths = [6, 9, 9, 9, 10, 6].map(Constraint::Length).into_iter().chain([Constraint::Min(20)]);
    let rows = page.rows.iter().map(|row| line(row, seconds));
    let list = Table::new(rows, widths).header(header).row_highlight_style(style::chosen());
    let selected = app.selection(data);
    let mut state = TableState::default().with_selected(Some(selected));
    frame.render_stateful_widget(list, table, &mut state);
    frame.render_widget(whole(page, selected), detail);
}

fn why_empty(page: &StatementsPage) -> Paragraph<'_> {
    let mut lines: Vec<Line<'_>> = Vec::new();
    for lack in &page.lacks {
        lines.push(Line::from(lack.message.as_str()));
        lines.extend(lack.remedy.as_deref().map(Line::from));
    }
    if lines.is_empty() {
        lines.push(Line::from("Nothing has been counted yet: two readings are needed."));
    }
    Paragraph::new(Text::from(lines)).wrap(Wrap { trim: false })
}

fn line(row: &StatementRow, seconds: Option<f64>) -> Row<'_> {
    let counts = &row.counts;
    let per_call = (counts.calls > 0.0).then(|| counts.rows / counts.calls);
    let or_nothing = |value: Option<String>| value.unwrap_or_default();
    Row::new([
        Cell::from(format!("{:.0}%", row.time_ratio * 100.0)),
        Cell::from(span(counts.exec_ms / 1000.0)),
        Cell::from(or_nothing(seconds.map(|seconds| format!("{:.1}", counts.calls / seconds)))),
        Cell::from(or_nothing(row.mean_ms.map(milliseconds))),
        Cell::from(or_nothing(per_call.map(|rows| format!("{rows:.1}")))),
        Cell::from(or_nothing(row.hit_ratio.map(|ratio| format!("{:.0}%", ratio * 100.0)))),
        Cell::from(one_line(row.statement.as_deref().unwrap_or("text is not visible to this role"))),
    ])
}

/// A mean may be far below a millisecond.
fn milliseconds(ms: f64) -> String {
    if ms < 10.0 { format!("{ms:.2} ms") } else { span(ms / 1000.0) }
}

fn whole(page: &StatementsPage, selected: usize) -> Paragraph<'_> {
    let mut lines = Vec::new();
    if let Some(row) = page.rows.get(selected) {
        let facts = format!("{} as {}, queryid {}", row.database, row.user, row.queryid);
        lines.push(Line::from(Span::styled(facts, style::quiet())));
        lines.push(Line::from(one_line(row.statement.as_deref().unwrap_or_default())));
    }
    if let Some(gap) = page.gaps.last() {
        lines.push(Line::from(Span::styled(gap.sentence.as_str(), style::quiet())));
    }
    Paragraph::new(Text::from(lines)).wrap(Wrap { trim: false })
}
