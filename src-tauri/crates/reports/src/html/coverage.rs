//! How much of the logs was understood, what they leave out, and the setting that would show it.

use charts::utc;
use domain::ReplayReport;

use super::{head, heading, number_cell, text};
use crate::summary;
use crate::words::{number, share};

pub(super) fn section(report: &ReplayReport) -> String {
    let coverage = &report.coverage;
    let understood = format!("{} of lines understood", share(coverage.understood, coverage.lines));
    let mut out = heading("Coverage", "what the findings rest on", &understood);
    out.push_str("<div class=\"panel\"><table>\n");
    for line in summary::coverage(coverage) {
        out.push_str(&row(line.label, &text(&line.text)));
    }
    for gap in &coverage.gaps {
        let remedy = gap.remedy.as_ref().map(|remedy| format!("<br/>Remedy: {}", remedy_html(remedy)));
        out.push_str(&row("Gap", &format!("{}{}", text(&gap.message), remedy.unwrap_or_default())));
    }
    out.push_str(&row("Inputs", &text(&report.replay.request.inputs.join(", "))));
    out.push_str("</table></div>\n");
    out
}

/// A setting can be copied, advice is read.
fn remedy_html(remedy: &str) -> String {
    if summary::is_setting(remedy) {
        format!("<code>{}</code>", text(remedy))
    } else {
        super::sentence(remedy)
    }
}

fn row(label: &str, html: &str) -> String {
    format!("<tr><td class=\"label\">{label}</td><td>{html}</td></tr>\n")
}

pub(super) fn own_reports(report: &ReplayReport) -> String {
    if report.reports.is_empty() {
        return String::new();
    }
    let mut out = heading("What mPanel reported on itself", "lines of its own log", "");
    out.push_str("<div class=\"panel\"><table>\n");
    out.push_str(&head(&["Report", "Times", "First", "Last"]));
    for own in &report.reports {
        out.push_str(&format!(
            "<tr><td>{}</td>{}{}{}</tr>\n",
            text(&own.title),
            number_cell(&number(own.count)),
            number_cell(&utc::moment(own.first_at)),
            number_cell(&utc::moment(own.last_at)),
        ));
    }
    out.push_str("</table></div>\n");
    out
}
