//! What the terminal shows and what a key does to it: state and rules, without a terminal.

use engine::domain::{ActivitySession, SignalRequest, SourceId, Timestamp};
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::data::Data;
use super::dialog::{Dialog, SignalDialog};
use super::order::{Order, shown_sessions};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Page {
    Activity,
    Blocking,
    Queries,
    Pools,
}

impl Page {
    pub(crate) const ALL: [Page; 4] = [Page::Activity, Page::Blocking, Page::Queries, Page::Pools];

    pub(crate) fn title(self) -> &'static str {
        match self {
            Page::Activity => "Activity",
            Page::Blocking => "Blocking",
            Page::Queries => "Queries",
            Page::Pools => "Pools",
        }
    }
}

/// What the loop around has to do.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Effect {
    Quit,
    /// Figures of another server, or idle sessions too, are wanted at once.
    Refresh,
    Send(SignalRequest),
}

/// Seconds between two pictures: the shortest, what it begins with, the longest.
const DELAYS: [f64; 3] = [0.5, 1.0, 60.0];
const PAGE_STEP: usize = 10;

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct App {
    pub(crate) page: Page,
    /// The server that is looked at; the first when none was chosen.
    pub(crate) server: Option<SourceId>,
    /// The row of the page's table.
    pub(crate) selected: usize,
    /// Followed across refreshes, so that the selection stays on its session.
    pub(crate) followed: Option<i32>,
    pub(crate) order: Order,
    pub(crate) idle: bool,
    pub(crate) paused: bool,
    pub(crate) delay_seconds: f64,
    pub(crate) filter: String,
    /// Typing goes to the filter.
    pub(crate) filtering: bool,
    pub(crate) dialog: Option<Dialog>,
    /// What became of the last action.
    pub(crate) message: Option<String>,
}

impl App {
    pub(crate) fn new() -> App {
        App {
            page: Page::Activity,
            server: None,
            selected: 0,
            followed: None,
            order: Order::default(),
            idle: false,
            paused: false,
            delay_seconds: DELAYS[1],
            filter: String::new(),
            filtering: false,
            dialog: None,
            message: None,
        }
    }

    pub(crate) fn key(&mut self, key: KeyEvent, data: &Data) -> Option<Effect> {
        if key.modifiers.contains(KeyModifiers::CONTROL) && key.code == KeyCode::Char('c') {
            return Some(Effect::Quit);
        }
        if let Some(dialog) = self.dialog.take() {
            return self.dialog_key(dialog, key);
        }
        if self.filtering {
            self.filter_key(key.code);
            return None;
        }
        self.message = None;
        self.plain_key(key.code, data)
    }

    fn dialog_key(&mut self, dialog: Dialog, key: KeyEvent) -> Option<Effect> {
        match dialog.key(key.code) {
            Ok(request) => Some(Effect::Send(request)),
            Err(next) => {
                self.dialog = next;
                None
            }
        }
    }

    fn filter_key(&mut self, code: KeyCode) {
        match code {
            KeyCode::Char(letter) => self.filter.push(letter),
            KeyCode::Backspace => {
                self.filter.pop();
            }
            KeyCode::Esc => {
                self.filter.clear();
                self.filtering = false;
            }
            KeyCode::Enter => self.filtering = false,
            _ => {}
        }
        self.selected = 0;
        self.followed = None;
    }

    fn plain_key(&mut self, code: KeyCode, data: &Data) -> Option<Effect> {
        match code {
            KeyCode::Char('q') => return Some(Effect::Quit),
            KeyCode::Char('h' | '?') | KeyCode::F(1) => self.dialog = Some(Dialog::Help),
            KeyCode::Char(digit @ '1'..='4') => self.open(digit),
            KeyCode::Left => self.turn(Page::ALL.len() - 1),
            KeyCode::Right => self.turn(1),
            KeyCode::Tab => return self.next_server(data),
            KeyCode::Char(' ') => self.paused = !self.paused,
            KeyCode::Char('i') => {
                self.idle = !self.idle;
                return Some(Effect::Refresh);
            }
            KeyCode::Char('o' | '/') => self.filtering = true,
            KeyCode::Char('<') => self.order = self.order.previous(),
            KeyCode::Char('>') => self.order = self.order.next(),
            KeyCode::Char('R') => self.order = self.order.reversed(),
            KeyCode::Char('+') => self.delay_seconds = (self.delay_seconds * 2.0).min(DELAYS[2]),
            KeyCode::Char('-') => self.delay_seconds = (self.delay_seconds / 2.0).max(DELAYS[0]),
            KeyCode::Char('k') => self.ask_to_signal(data),
            KeyCode::Esc => self.filter.clear(),
            _ => self.move_selection(code, data),
        }
        None
    }

    fn open(&mut self, digit: char) {
        let page = digit.to_digit(10).and_then(|digit| usize::try_from(digit).ok());
        if let Some(page) = page.and_then(|digit| Page::ALL.get(digit.saturating_sub(1))) {
            self.show(*page);
        }
    }

    fn turn(&mut self, by: usize) {
        let place = Page::ALL.iter().position(|page| *page == self.page).unwrap_or(0);
        if let Some(page) = Page::ALL.get((place + by) % Page::ALL.len()) {
            self.show(*page);
        }
    }

    fn show(&mut self, page: Page) {
        self.page = page;
        self.selected = 0;
        self.followed = None;
    }

    fn next_server(&mut self, data: &Data) -> Option<Effect> {
        let place = data.servers.iter().position(|server| Some(&server.source) == data.server.as_ref());
        let next = place.map_or(0, |place| (place + 1) % data.servers.len().max(1));
        self.server = data.servers.get(next).map(|server| server.source.clone());
        self.selected = 0;
        self.followed = None;
        Some(Effect::Refresh)
    }

    fn move_selection(&mut self, code: KeyCode, data: &Data) {
        let rows = self.rows(data);
        let last = rows.saturating_sub(1);
        let at = self.selection(data);
        self.selected = match code {
            KeyCode::Up => at.saturating_sub(1),
            KeyCode::Down => (at + 1).min(last),
            KeyCode::PageUp => at.saturating_sub(PAGE_STEP),
            KeyCode::PageDown => (at + PAGE_STEP).min(last),
            KeyCode::Home => 0,
            KeyCode::End => last,
            _ => at,
        };
        self.followed = self.pid_at(self.selected, data);
    }

    fn rows(&self, data: &Data) -> usize {
        match self.page {
            Page::Activity => shown_sessions(self, data).len(),
            Page::Blocking => data.moment.as_ref().map_or(0, |moment| moment.blocking.rows.len()),
            Page::Queries => data.statements.as_ref().map_or(0, |page| page.rows.len()),
            Page::Pools => 0,
        }
    }

    /// Where the selection is now that rows may have moved.
    pub(crate) fn selection(&self, data: &Data) -> usize {
        let followed = self.followed.and_then(|pid| match self.page {
            Page::Activity => shown_sessions(self, data).iter().position(|session| session.pid == pid),
            Page::Blocking => {
                let moment = data.moment.as_ref()?;
                moment.blocking.rows.iter().position(|row| super::blocking::pid_of(&row.who) == Some(pid))
            }
            Page::Queries | Page::Pools => None,
        });
        followed.unwrap_or(self.selected).min(self.rows(data).saturating_sub(1))
    }

    fn pid_at(&self, row: usize, data: &Data) -> Option<i32> {
        match self.page {
            Page::Activity => shown_sessions(self, data).get(row).map(|session| session.pid),
            Page::Blocking => {
                let moment = data.moment.as_ref()?;
                moment.blocking.rows.get(row).and_then(|row| super::blocking::pid_of(&row.who))
            }
            Page::Queries | Page::Pools => None,
        }
    }

    /// The session under the cursor.
    pub(crate) fn session<'d>(&self, data: &'d Data) -> Option<&'d ActivitySession> {
        let pid = self.pid_at(self.selection(data), data)?;
        data.moment.as_ref()?.sessions.iter().find(|session| session.pid == pid)
    }

    fn ask_to_signal(&mut self, data: &Data) {
        let Some(server) = data.server.clone() else { return };
        let Some(session) = self.session(data) else {
            self.message = Some("No session is selected.".to_owned());
            return;
        };
        if !data.may_signal {
            self.message = Some(format!(
                "Ending sessions is not allowed on {}: allow it in the source's settings in the window.",
                data.server_name().unwrap_or("this server")
            ));
            return;
        }
        self.dialog = Some(Dialog::Signal(SignalDialog::new(server, session)));
    }

    /// The heading's words for what is looked at.
    pub(crate) fn when(&self, now: Timestamp, at: Option<Timestamp>) -> String {
        if self.paused {
            return "paused".to_owned();
        }
        match at.map(|at| now.seconds_since(at)) {
            Some(age) if age > 5.0 => format!("{} old", super::super::view::span(age)),
            Some(_) => "live".to_owned(),
            None => "no picture yet".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests;
