//! Colours with a meaning, and none where the person wants none (`NO_COLOR`).

use engine::domain::{Severity, WaitClass};
use ratatui::style::{Color, Modifier, Style};

fn coloured(color: Color) -> Style {
    if std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()) {
        Style::new()
    } else {
        Style::new().fg(color)
    }
}

pub(super) fn heading() -> Style {
    Style::new().add_modifier(Modifier::BOLD)
}

pub(super) fn quiet() -> Style {
    Style::new().add_modifier(Modifier::DIM)
}

pub(super) fn chosen() -> Style {
    Style::new().add_modifier(Modifier::REVERSED)
}

pub(super) fn severity(severity: Severity) -> Style {
    match severity {
        Severity::Critical => coloured(Color::Red),
        Severity::Warning => coloured(Color::Yellow),
        Severity::Info => coloured(Color::Blue),
        Severity::Ok => coloured(Color::Green),
    }
}

pub(super) fn wait(class: WaitClass) -> Style {
    match class {
        WaitClass::Cpu => coloured(Color::Green),
        WaitClass::Io => coloured(Color::Blue),
        WaitClass::Lock => coloured(Color::Red),
        WaitClass::Internal => coloured(Color::Magenta),
        WaitClass::IdleInTransaction => coloured(Color::Yellow),
        WaitClass::Client | WaitClass::Other => quiet(),
    }
}
