//! What every page stands in: the heading with the server and its waits, the pages' names, the line of keys, and dialogs.

use engine::domain::{ActivityMoment, Severity, WaitClass};
use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Layout, Rect};
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Block, Clear, Paragraph, Wrap};

use super::app::{App, Page};
use super::data::Data;
use super::dialog::{Dialog, KEYS, SignalDialog};
use super::{activity, blocking, pools, queries, style};
use crate::watch::state_words;

pub(super) fn draw(frame: &mut Frame<'_>, app: &App, data: &Data) {
    let [head, waits, pages, body, foot] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Length(1),
        Constraint::Min(3),
        Constraint::Length(1),
    ])
    .areas(frame.area());
    frame.render_widget(heading(app, data), head);
    frame.render_widget(wait_counts(data.moment.as_ref()), waits);
    frame.render_widget(page_names(app, data), pages);
    match app.page {
        Page::Activity => activity::draw(frame, body, app, data),
        Page::Blocking => blocking::draw(frame, body, app, data),
        Page::Queries => queries::draw(frame, body, app, data),
        Page::Pools => pools::draw(frame, body, data),
    }
    frame.render_widget(foot_line(app), foot);
    match &app.dialog {
        Some(Dialog::Help) => help(frame),
        Some(Dialog::Signal(dialog)) => confirmation(frame, dialog),
        None => {}
    }
}

fn heading<'a>(app: &App, data: &'a Data) -> Line<'a> {
    let mut line = Line::default();
    match data.choice() {
        Some(choice) => {
            line.push_span(Span::styled(choice.name.as_str(), style::heading()));
            line.push_span(format!("  {}", choice.version.as_deref().unwrap_or("PostgreSQL")));
            line.push_span(format!("  {}", state_words(&choice.state)));
        }
        None => line.push_span(Span::styled("No PostgreSQL", style::heading())),
    }
    if data.servers.len() > 1 {
        line.push_span(format!("  (1 of {}, Tab for the next)", data.servers.len()));
    }
    let when = app.when(data.now, data.moment.as_ref().map(|moment| moment.at));
    line.push_span(format!("  {when}, every {} s", app.delay_seconds));
    if let Some(worst) = data.findings.iter().map(|finding| finding.severity).max()
        && worst >= Severity::Warning
    {
        let words = format!("  {} need attention", data.findings.len());
        line.push_span(Span::styled(words, style::severity(worst)));
    }
    line
}

/// "Sessions  2 CPU  1 I/O  6 lock  3 idle in transaction  40 idle"
fn wait_counts(moment: Option<&ActivityMoment>) -> Line<'static> {
    let Some(moment) = moment else { return Line::default() };
    let mut line = Line::from(Span::raw("Sessions "));
    for class in WaitClass::ALL {
        let count = moment.sessions.iter().filter(|session| session.wait_class() == Some(class)).count();
        if count > 0 {
            line.push_span(Span::styled(format!(" {count} {} ", class.label()), style::wait(class)));
        }
    }
    line.push_span(Span::styled(format!(" {} idle", moment.idle), style::quiet()));
    if !moment.states_visible {
        let words = "  other people's sessions are hidden: GRANT pg_monitor";
        line.push_span(Span::styled(words, style::severity(Severity::Warning)));
    }
    line
}

fn page_names(app: &App, data: &Data) -> Line<'static> {
    let mut line = Line::default();
    for (number, page) in (1..).zip(Page::ALL) {
        let mut name = format!(" {number} {} ", page.title());
        let waiting = data.moment.as_ref().map_or(0, |moment| moment.blocking.waiting);
        if page == Page::Blocking && waiting > 0 {
            name = format!(" {number} {} ({waiting}) ", page.title());
        }
        let look = if page == app.page { style::chosen() } else { style::quiet() };
        line.push_span(Span::styled(name, look));
    }
    if app.filtering || !app.filter.is_empty() {
        let cursor = if app.filtering { "_" } else { "" };
        line.push_span(format!("  filter: {}{cursor}", app.filter));
    }
    line
}

fn foot_line(app: &App) -> Line<'static> {
    match &app.message {
        Some(message) => Line::from(Span::styled(message.clone(), style::heading())),
        None => Line::from(Span::styled(
            "h help   / filter   < > R sort   k cancel or end   i idle   Space pause   q quit",
            style::quiet(),
        )),
    }
}

fn help(frame: &mut Frame<'_>) {
    let lines: Vec<Line<'_>> = KEYS
        .iter()
        .map(|(key, what)| {
            Line::from(vec![Span::styled(format!("{key:<24}"), style::heading()), Span::raw(*what)])
        })
        .collect();
    over(frame, " Keys ", Text::from(lines));
}

fn confirmation(frame: &mut Frame<'_>, dialog: &SignalDialog) {
    let action = match dialog.signal {
        engine::domain::Signal::Cancel => "Cancel the statement",
        engine::domain::Signal::Terminate => "End the session",
    };
    let text = Text::from(vec![
        Line::from(Span::styled(format!("{action} of {} ({})?", dialog.pid, dialog.who), style::heading())),
        Line::default(),
        Line::from(dialog.consequence()),
        Line::default(),
        Line::from(format!("Type {} and Enter: {}_", dialog.pid, dialog.typed)),
        Line::from(Span::styled("Tab: cancel or end   Esc: back", style::quiet())),
    ]);
    over(frame, " Confirm ", text);
}

/// A box in the middle, as large as its text or as the terminal allows.
fn over(frame: &mut Frame<'_>, title: &str, text: Text<'_>) {
    const BORDER: usize = 2;
    let area = frame.area();
    let room = |wanted: usize, most: u16| u16::try_from(wanted).unwrap_or(most).min(most);
    let width = room(text.width() + BORDER + 2, area.width.saturating_sub(2));
    // Long lines wrap.
    let height = room(text.height() + BORDER + 3, area.height.saturating_sub(2));
    let place = Rect {
        x: area.x + (area.width.saturating_sub(width)) / 2,
        y: area.y + (area.height.saturating_sub(height)) / 2,
        width,
        height,
    };
    frame.render_widget(Clear, place);
    let block = Block::bordered().title(title.to_owned()).title_alignment(Alignment::Left);
    frame.render_widget(Paragraph::new(text).wrap(Wrap { trim: false }).block(block), place);
}
