//! What stands over the page: the list of keys, and the confirmation before a session is cancelled or ended.

use engine::domain::{ActivitySession, Signal, SignalRequest, SourceId};
use ratatui::crossterm::event::KeyCode;

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Dialog {
    Help,
    Signal(SignalDialog),
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SignalDialog {
    source: SourceId,
    pub(crate) pid: i32,
    started: String,
    pub(crate) who: String,
    pub(crate) signal: Signal,
    pub(crate) typed: String,
}

impl Dialog {
    /// A request where the person has confirmed one, else what stands there next.
    pub(super) fn key(self, code: KeyCode) -> Result<SignalRequest, Option<Dialog>> {
        match self {
            Dialog::Help => Err(None),
            Dialog::Signal(dialog) => dialog.key(code).map_err(|next| next.map(Dialog::Signal)),
        }
    }
}

impl SignalDialog {
    pub(super) fn new(source: SourceId, session: &ActivitySession) -> SignalDialog {
        SignalDialog {
            source,
            pid: session.pid,
            started: session.started.clone(),
            who: [session.application.as_str(), session.user.as_str()]
                .into_iter()
                .find(|name| !name.is_empty())
                .unwrap_or("a session")
                .to_owned(),
            signal: Signal::Cancel,
            typed: String::new(),
        }
    }

    fn key(mut self, code: KeyCode) -> Result<SignalRequest, Option<SignalDialog>> {
        match code {
            KeyCode::Esc => return Err(None),
            KeyCode::Enter if self.typed == self.pid.to_string() => {
                return Ok(SignalRequest {
                    source: self.source,
                    pid: self.pid,
                    started: self.started,
                    signal: self.signal,
                    typed: self.typed,
                });
            }
            KeyCode::Tab => {
                self.signal = match self.signal {
                    Signal::Cancel => Signal::Terminate,
                    Signal::Terminate => Signal::Cancel,
                }
            }
            KeyCode::Char(digit) if digit.is_ascii_digit() && self.typed.len() < 10 => self.typed.push(digit),
            KeyCode::Backspace => {
                self.typed.pop();
            }
            _ => {}
        }
        Err(Some(self))
    }

    /// What will happen, before it does.
    pub(crate) fn consequence(&self) -> &'static str {
        match self.signal {
            Signal::Cancel => {
                "Its statement ends with an error; the session and its transaction's locks stay until it ends the transaction."
            }
            Signal::Terminate => {
                "The session ends; its open transaction is rolled back and its locks are freed."
            }
        }
    }
}

/// Every key, in the order in which the help shows them.
pub(crate) const KEYS: [(&str, &str); 15] = [
    ("1 2 3 4, ← →", "Activity, Blocking, Queries, Pools"),
    ("Tab", "next server"),
    ("↑ ↓ PgUp PgDn Home End", "select a row"),
    ("k", "cancel the statement or end the session that is selected"),
    ("/ or o", "filter; Enter keeps it, Esc clears it"),
    ("< >", "sort by the column to the left or right"),
    ("R", "reverse the order"),
    ("i", "show idle sessions"),
    ("Space", "pause and go on"),
    ("+ -", "longer or shorter delay"),
    ("h or ?", "this help"),
    ("q, Ctrl+C", "quit"),
    ("", ""),
    ("in the question", "type the pid, then Enter"),
    ("", "Tab changes between cancel and end, Esc goes back"),
];
