//! Statements, forecasts and mPanel's own reports as columns of a terminal.

use charts::text::{clip, columns};
use charts::utc;
use domain::ReplayReport;

use super::lines::{heading, row};
use super::wrap::paragraph;
use crate::forecasts;
use crate::words::{count, number, percent, time, time_or_unknown};

const MOST_FORECASTS: usize = 10;

pub(super) fn queries(out: &mut String, report: &ReplayReport, most: usize) {
    heading(out, "Statements, what took most time first");
    if report.queries.is_empty() {
        paragraph(out, "  ", "No statement was read.");
        return;
    }
    let head = [("time", 9), ("share", 6), ("calls", 11), ("mean", 8), ("p95", 8)];
    row(out, &head.map(|(name, width)| (name.to_owned(), width)), "statement");
    for query in report.queries.iter().take(most) {
        let known = query.timed > 0;
        let cells = [
            (time_or_unknown(known.then_some(query.total_ms)), 9),
            (time_share(query.time_ratio, known), 6),
            (number(query.calls), 11),
            (time_or_unknown(query.mean_ms), 8),
            (time_or_unknown(query.p95_ms), 8),
        ];
        row(out, &cells, &query.statement);
        if query.errors > 0 {
            let last =
                query.last_error.as_ref().map(|error| format!(", the last: {error}")).unwrap_or_default();
            paragraph(out, &" ".repeat(50), &format!("{}{last}", count(query.errors, "error", "errors")));
        }
    }
    let more = report.queries.len().saturating_sub(most) as u64;
    if more > 0 {
        let more = count(more, "more statement is", "more statements are");
        paragraph(out, "  ", &format!("{more} in the JSON report."));
    }
    if report.queries_left_out > 0 {
        let left_out = count(report.queries_left_out, "statement", "statements");
        let calls = count(report.calls_left_out, "execution", "executions");
        paragraph(out, "  ", &format!("{left_out} with {calls} were not kept apart."));
    }
}

fn time_share(ratio: f64, known: bool) -> String {
    if known { percent(ratio) } else { crate::words::UNKNOWN.to_owned() }
}

pub(super) fn forecasts(out: &mut String, report: &ReplayReport) {
    let cache = forecasts::cache(report);
    if !cache.is_empty() {
        heading(out, "A cache of results would save");
        let head = [("time", 9), ("hits", 6), ("kept for", 9)];
        row(out, &head.map(|(name, width)| (name.to_owned(), width)), "statement");
        for line in cache.iter().take(MOST_FORECASTS) {
            let cells = [
                (time(line.best.saved_ms), 9),
                (percent(line.best.hit_ratio), 6),
                (time(f64::from(line.best.ttl_seconds) * 1e3), 9),
            ];
            row(out, &cells, &line.query.statement);
        }
        more(out, cache.len());
    }
    let coalescing = forecasts::coalescing(report);
    if !coalescing.is_empty() {
        heading(out, "Sharing one execution among those that ask at the same time would save");
        row(out, &[("time".to_owned(), 9), ("shared".to_owned(), 11)], "statement");
        for query in coalescing.iter().take(MOST_FORECASTS) {
            let cells = [(forecasts::shared_time(query), 9), (number(query.coalescing.shared), 11)];
            row(out, &cells, &query.statement);
        }
        more(out, coalescing.len());
    }
    pool(out, report);
}

fn pool(out: &mut String, report: &ReplayReport) {
    let Some(pool) = &report.pool else { return };
    heading(out, "Connections that this load needs");
    paragraph(out, "  ", &pool.summary);
    let widest = pool.arithmetic.iter().map(|line| columns(&line.value)).max().unwrap_or(0).min(20);
    for line in &pool.arithmetic {
        let mark = if line.result { " =" } else { "  " };
        let value = clip(&line.value, 20);
        let missing = " ".repeat(widest.saturating_sub(columns(&value)));
        paragraph(out, &format!("{mark}{missing}{value}  "), &line.label);
    }
}

pub(super) fn own_reports(out: &mut String, report: &ReplayReport) {
    if report.reports.is_empty() {
        return;
    }
    heading(out, "What mPanel reported on itself");
    for own in &report.reports {
        let span = utc::span(own.first_at, own.last_at);
        paragraph(out, &format!("  {:>6} × ", number(own.count)), &format!("{}, {span}", own.title));
    }
}

fn more(out: &mut String, all: usize) {
    if let Some(more) = all.checked_sub(MOST_FORECASTS).filter(|more| *more > 0) {
        let more = count(more as u64, "more statement is", "more statements are");
        paragraph(out, "  ", &format!("{more} in the JSON report."));
    }
}
