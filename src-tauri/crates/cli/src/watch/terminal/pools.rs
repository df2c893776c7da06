//! The Pools page: every path of layers, its diagnosis first, and what needs attention.

use engine::domain::Severity;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Paragraph, Wrap};

use super::data::Data;
use super::style;
use crate::watch::view::{figures, source_table, span};

pub(super) fn draw(frame: &mut Frame<'_>, area: Rect, data: &Data) {
    let mut text = Text::default();
    for page in data.pools.iter().filter(|page| !page.path.is_empty()) {
        let names: Vec<&str> = page.path.iter().map(|layer| layer.name.as_str()).collect();
        text.push_line(Line::from(Span::styled(names.join(" > "), style::heading())));
        if let Some(diagnosis) = &page.diagnosis {
            let look = style::severity(diagnosis.severity);
            text.push_line(Line::from(Span::styled(diagnosis.headline.clone(), look)));
            text.push_line(Line::from(diagnosis.sentence.replace("**", "")));
            text.extend(diagnosis.remedy.clone().map(Line::from));
        }
        text.extend(page.now.as_ref().map(|now| Line::from(figures(now))));
        text.extend(page.size.as_ref().map(|size| Line::from(format!("Size: {}", size.summary))));
        text.push_line(Line::default());
    }
    for finding in data.findings.iter().filter(|finding| finding.severity >= Severity::Warning) {
        let lasted = span(data.now.seconds_since(finding.since).max(0.0));
        let words = format!("{} for {lasted}: {}", finding.title, finding.detail);
        text.push_line(Line::from(Span::styled(words, style::severity(finding.severity))));
    }
    text.push_line(Line::default());
    text.extend(Text::from(source_table(&data.sources, data.now)).lines);
    frame.render_widget(Paragraph::new(text).wrap(Wrap { trim: false }), area);
}
