//! The head of the page: the outcome in a sentence and in figures.

use domain::ReplayReport;

use super::{figure, text};
use crate::findings;
use crate::summary::{headline, partial, saving};
use crate::words::{UNKNOWN, count, number, share, time};

pub(super) fn section(report: &ReplayReport) -> String {
    let mut out = format!("<p class=\"lead\">{}</p>\n", text(&headline(report)));
    if let Some(partial) = partial(report) {
        out.push_str(&format!("<p class=\"notice\">{}</p>\n", text(&partial)));
    }
    out.push_str(
        &report
            .limits
            .iter()
            .map(|limit| format!("<p class=\"notice\">{}</p>\n", text(limit)))
            .collect::<String>(),
    );
    out.push_str(&format!("<div class=\"panel figures\">{}</div>\n", figures(report)));
    out
}

fn figures(report: &ReplayReport) -> String {
    let told = findings::told(report).count() as u64;
    let (saved, given_back) = saving(report);
    let measured = findings::told(report).any(|finding| finding.given_back_ms.is_some());
    let patterns = if told == 1 { "pattern of repeated queries" } else { "patterns of repeated queries" };
    let back = if measured { time(given_back) } else { UNKNOWN.to_owned() };
    let Some(totals) = &report.replay.totals else {
        return [
            figure(&number(told), patterns),
            figure(&number(saved), "queries saved"),
            figure(&back, "given back"),
        ]
        .concat();
    };
    let saved_share = match totals.statements {
        0 => "queries saved".to_owned(),
        statements => format!("queries saved, {} of all", share(saved, statements)),
    };
    let database = match totals.database_ms {
        Some(ms) if ms > 0.0 => format!("given back of {}", time(ms)),
        _ => "given back".to_owned(),
    };
    let statements = format!("executions of {}", count(totals.fingerprints, "statement", "statements"));
    [
        figure(&number(told), patterns),
        figure(&number(saved), &saved_share),
        figure(&back, &database),
        figure(&number(totals.statements), &statements),
        figure(&number(totals.units), "units of work"),
        figure(&number(totals.errors), "errors"),
    ]
    .concat()
}
