//! One page that needs nothing else: no script, no address, its charts within, light and dark.
//!
//! Written so that it is XML as well as HTML: whatever a log holds, a parser can prove that it stays text.

mod connections;
mod coverage;
mod finding;
mod forecast;
mod list;
mod sql;
mod statements;
mod summary;

use charts::text::{escape, one_line};
use domain::ReplayReport;

use crate::ReportError;
use crate::words::{Piece, pieces};

const STYLE: &str = include_str!("style.css");
/// Nothing may be fetched and nothing may run, whatever found its way into the page.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

pub(crate) fn render(report: &ReplayReport) -> Result<String, ReportError> {
    let name = text(&report.replay.name);
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n\
         <meta charset=\"utf-8\"/>\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{}\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
         <meta name=\"color-scheme\" content=\"dark light\"/>\n\
         <meta name=\"referrer\" content=\"no-referrer\"/>\n\
         <title>{name}: repeated queries</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n",
        escape(POLICY),
    );
    let mut sections = vec![
        ("summary", "Summary", summary::section(report)),
        ("findings", "Findings", list::section(report)?),
        ("statements", "Statements", statements::section(report)?),
        ("connections", "Connections", connections::section(report)?),
        ("forecasts", "Forecasts", forecast::section(report)),
        ("coverage", "Coverage", coverage::section(report)),
        ("own-reports", "mPanel's own reports", coverage::own_reports(report)),
    ];
    sections.retain(|(_, _, section)| !section.is_empty());
    page.push_str(&format!(
        "<header><div>\n<h1>Repeated queries<small>{name}</small></h1>\n<nav aria-label=\"Sections\">"
    ));
    page.extend(sections.iter().map(|(id, title, _)| format!("<a href=\"#{id}\">{}</a>", escape(title))));
    page.push_str("</nav>\n</div></header>\n<main>\n");
    for (id, title, section) in &sections {
        page.push_str(&format!(
            "<section id=\"{id}\" aria-label=\"{}\">\n{section}</section>\n",
            escape(title)
        ));
    }
    page.push_str("</main>\n<footer>Made by ");
    let made = crate::summary::made(report);
    page.push_str(&format!("{} from a replay of {}. Times are in UTC.", crate::TOOL, escape(&made)));
    page.push_str("</footer>\n</body>\n</html>\n");
    Ok(page)
}

/// On one line, escaped.
fn text(text: &str) -> String {
    escape(&one_line(text))
}

/// Names between backticks become code.
fn sentence(sentence: &str) -> String {
    let pieces = pieces(sentence).into_iter().map(|piece| match piece {
        Piece::Text(piece) => escape(piece),
        Piece::Code(name) => format!("<code>{}</code>", escape(name)),
    });
    pieces.collect()
}

/// A head figure: the value and what it is.
fn figure(value: &str, label: &str) -> String {
    format!("<div><b>{}</b><span>{}</span></div>", escape(value), escape(label))
}

/// The heading of a section; `aside` stands at its other end.
fn heading(title: &str, small: &str, aside: &str) -> String {
    format!("<h2>{}<small>{}</small><span>{}</span></h2>\n", escape(title), escape(small), escape(aside))
}

/// A row of columns; those after the first hold figures.
fn head(columns: &[&str]) -> String {
    let mut row = String::from("<tr>");
    for (index, column) in columns.iter().enumerate() {
        let class = if index == 0 { "" } else { " class=\"n\"" };
        row.push_str(&format!("<th scope=\"col\"{class}>{}</th>", escape(column)));
    }
    row + "</tr>\n"
}

fn number_cell(value: &str) -> String {
    format!("<td class=\"n\">{}</td>", escape(value))
}

/// What a list leaves out.
fn more(shown: usize, all: usize, (one, many): (&str, &str)) -> String {
    match all.saturating_sub(shown) as u64 {
        0 => String::new(),
        left => {
            format!("<p class=\"dim\">{} in the JSON report.</p>\n", crate::words::count(left, one, many))
        }
    }
}
