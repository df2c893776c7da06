//! All findings in a table, then each on a panel of its own.

use domain::{NPlusOneFinding, ReplayReport, Severity};

use super::{finding, head, heading, number_cell, text};
use crate::words::{count, number, percent};
use crate::{ReportError, findings};

const MOST: usize = 100;
/// Panels that are open when the page is.
const OPEN: usize = 10;

pub(super) fn section(report: &ReplayReport) -> Result<String, ReportError> {
    let told: Vec<_> = findings::told(report).collect();
    let title = count(told.len() as u64, "pattern", "patterns");
    let order = if told.len() > 1 { "what gives most time back first" } else { "" };
    let mut out = heading(&title, order, &threshold(report));
    if told.is_empty() {
        out.push_str(
            "<p class=\"panel pad muted\">No statement is repeated often enough in one unit of work.</p>\n",
        );
    } else {
        out.push_str("<div class=\"panel\"><table>\n");
        out.push_str(&head(&[
            "Repeated statement",
            "Units of work",
            "Repeats, median",
            "Time given back",
            "Fewer queries",
        ]));
        out.extend(told.iter().take(MOST).enumerate().map(|(index, finding)| row(index + 1, finding)));
        out.push_str("</table></div>\n");
    }
    for (index, finding) in told.iter().take(MOST).enumerate() {
        out.push_str(&finding::panel(index + 1, finding, index < OPEN)?);
    }
    out.push_str(&super::more(MOST, told.len(), ("more pattern is", "more patterns are")));
    out.push_str(&ignored(report));
    Ok(out)
}

fn threshold(report: &ReplayReport) -> String {
    let repeats = report.replay.request.threshold.unwrap_or(3);
    format!("{} or more executions in one unit of work", number(u64::from(repeats)))
}

/// The class of a colour.
pub(super) fn tone(severity: Severity) -> &'static str {
    match severity {
        Severity::Ok => "ok",
        Severity::Info => "info",
        Severity::Warning => "warn",
        Severity::Critical => "crit",
    }
}

fn row(rank: usize, finding: &NPlusOneFinding) -> String {
    let under = match findings::route(finding) {
        Some(route) => format!("{}, {}", finding.kind.title(), route),
        None => finding.kind.title().to_owned(),
    };
    format!(
        "<tr><td><span class=\"sev {}\"></span><a href=\"#finding-{rank}\"><code>{}</code></a>\
         <span class=\"under\">{}</span></td>{}{}{}{}</tr>\n",
        tone(finding.severity),
        text(&charts::text::clip(&finding.statement, 160)),
        text(&under),
        number_cell(&number(finding.units)),
        number_cell(&number(finding.repeats.median)),
        number_cell(&findings::given_back(finding)),
        number_cell(&percent(finding.saved_ratio)),
    )
}

/// What a person decided not to be told of again, with the reasons.
fn ignored(report: &ReplayReport) -> String {
    let Some(title) = findings::ignored_count(report) else { return String::new() };
    let rows = findings::ignored(report).take(MOST).map(|finding| {
        let reason = finding.ignored.as_ref().map_or("", |ignored| ignored.reason.as_str());
        format!(
            "<tr><td><code>{}</code><span class=\"under\">{}</span></td><td>{}</td></tr>\n",
            text(&charts::text::clip(&finding.statement, 160)),
            text(&finding.title),
            text(reason)
        )
    });
    format!(
        "<details class=\"panel\"><summary>{title} by decision</summary><table>\n\
         <tr><th scope=\"col\">Statement</th><th scope=\"col\">Reason</th></tr>\n{}</table></details>\n",
        rows.collect::<String>()
    )
}
