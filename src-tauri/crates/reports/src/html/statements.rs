//! The statements that took most time: bars for a glance, a table for the figures.

use charts::text::{clip, escape};
use charts::{Bar, ChartStyle, bars};
use domain::{QueryStats, ReplayReport};

use super::{head, heading, number_cell, text};
use crate::ReportError;
use crate::words::{UNKNOWN, count, decimal, number, percent, time, time_or_unknown};

const MOST: usize = 100;
const BARS: usize = 8;

pub(super) fn section(report: &ReplayReport) -> Result<String, ReportError> {
    if report.queries.is_empty() {
        return Ok(String::new());
    }
    let left_out = match report.queries_left_out {
        0 => String::new(),
        statements => format!(
            "{} with {} not kept apart",
            count(statements, "statement", "statements"),
            count(report.calls_left_out, "execution", "executions")
        ),
    };
    let mut out = heading("Statements", "what took most time first", &left_out);
    let timed: Vec<_> = report.queries.iter().filter(|query| query.timed > 0).take(BARS).map(bar).collect();
    if !timed.is_empty() {
        let style = ChartStyle::titled("Statements by the time of all their executions").wide(960);
        out.push_str(&format!("<div class=\"panel pad\">{}</div>\n", bars(&timed, &style)?));
    }
    out.push_str("<div class=\"panel\"><table>\n");
    out.push_str(&head(&[
        "Statement",
        "Time",
        "Share",
        "Calls",
        "Mean",
        "p95",
        "p99",
        "Longest",
        "Rows, mean",
    ]));
    out.extend(report.queries.iter().take(MOST).map(row));
    out.push_str("</table></div>\n");
    out.push_str(&super::more(MOST, report.queries.len(), ("more statement is", "more statements are")));
    Ok(out)
}

fn bar(query: &QueryStats) -> Bar {
    Bar {
        label: query.statement.clone(),
        value: query.total_ms,
        text: format!("{}, {}", time(query.total_ms), percent(query.time_ratio)),
    }
}

fn row(query: &QueryStats) -> String {
    let known = query.timed > 0;
    let rows = query.rows_mean.map_or_else(|| UNKNOWN.to_owned(), decimal);
    format!(
        "<tr><td><code>{}</code>{}{}</td>{}{}{}{}{}{}{}{}</tr>\n",
        text(&clip(&query.statement, 300)),
        under(query),
        plan(query),
        number_cell(&time_or_unknown(known.then_some(query.total_ms))),
        number_cell(&if known { percent(query.time_ratio) } else { UNKNOWN.to_owned() }),
        number_cell(&number(query.calls)),
        number_cell(&time_or_unknown(query.mean_ms)),
        number_cell(&time_or_unknown(query.p95_ms)),
        number_cell(&time_or_unknown(query.p99_ms)),
        number_cell(&time_or_unknown(query.max_ms)),
        number_cell(&rows),
    )
}

/// Routes, errors, and what limits the figures.
fn under(query: &QueryStats) -> String {
    let mut parts = query.routes.clone();
    if query.errors > 0 {
        let last = query.last_error.as_ref().map(|error| format!(", the last: {error}")).unwrap_or_default();
        parts.push(format!("{}{last}", count(query.errors, "error", "errors")));
    }
    if query.truncated {
        parts.push("the log holds only its beginning".to_owned());
    }
    if query.timed > 0 && query.timed < query.calls {
        parts.push(format!("{} measured", count(query.timed, "execution", "executions")));
    }
    if parts.is_empty() {
        String::new()
    } else {
        format!("<br/><span class=\"dim\">{}</span>", text(&parts.join("; ")))
    }
}

fn plan(query: &QueryStats) -> String {
    let Some(plan) = &query.plan else { return String::new() };
    let took = plan.duration_ms.map(|ms| format!(", {}", time(ms))).unwrap_or_default();
    format!(
        "<details class=\"more\"><summary>Plan of the slowest execution{took}</summary><pre>{}</pre></details>",
        escape(&plan.text)
    )
}
