//! What a cache of results and shared executions would save, statement by statement.

use charts::text::clip;
use domain::{QueryStats, ReplayReport};

use super::{head, heading, number_cell, text};
use crate::forecasts::{self, CacheLine};
use crate::words::{UNKNOWN, count, number, percent, time};

const MOST: usize = 20;
/// Columns of times to live.
const TTLS: usize = 6;

pub(super) fn section(report: &ReplayReport) -> String {
    let mut out = cache(report);
    out.push_str(&coalescing(&forecasts::coalescing(report)));
    out
}

fn cache(report: &ReplayReport) -> String {
    let lines = forecasts::cache(report);
    let not = not_cacheable(report);
    if lines.is_empty() && not.is_empty() {
        return String::new();
    }
    let saved: f64 = lines.iter().map(|line| line.best.saved_ms).sum();
    let mut out = heading(
        "A cache of results",
        "share of calls answered, by how long a result is kept; writes to its tables end it",
        &format!("{} of database time", time(saved)),
    );
    out.push_str("<div class=\"panel\">");
    if lines.is_empty() {
        out.push_str("<p class=\"pad muted\">No statement is asked again before its tables change.</p>");
    } else {
        let ttls: Vec<_> = forecasts::ttls(&lines).into_iter().take(TTLS).collect();
        let names: Vec<_> = ttls.iter().map(|ttl| time(f64::from(*ttl) * 1e3)).collect();
        let mut columns = vec!["Statement", "Calls"];
        columns.extend(names.iter().map(String::as_str));
        columns.push("Time saved");
        out.push_str("<table>\n");
        out.push_str(&head(&columns));
        out.extend(lines.iter().take(MOST).map(|line| cache_row(line, &ttls)));
        out.push_str("</table>");
    }
    out.push_str("</div>\n");
    out.push_str(&super::more(MOST, lines.len(), ("more statement is", "more statements are")));
    out.push_str(&not);
    out
}

/// The time to live that suits a statement is marked: the shortest that saves nearly as much as the longest.
fn cache_row(line: &CacheLine<'_>, ttls: &[u32]) -> String {
    let mut row = format!(
        "<tr><td><code>{}</code></td>{}",
        text(&clip(&line.query.statement, 200)),
        number_cell(&number(line.query.calls))
    );
    for ttl in ttls {
        let at = line.by_ttl.iter().find(|at| at.ttl_seconds == *ttl);
        let best = if *ttl == line.best.ttl_seconds { " best" } else { "" };
        let ratio = at.map_or_else(|| UNKNOWN.to_owned(), |at| percent(at.hit_ratio));
        row.push_str(&format!("<td class=\"n{best}\">{}</td>", text(&ratio)));
    }
    row.push_str(&number_cell(&time(line.best.saved_ms)));
    row + "</tr>\n"
}

fn not_cacheable(report: &ReplayReport) -> String {
    let reasons = forecasts::not_cacheable(report);
    let lines = reasons.iter().take(MOST).map(|(reason, statements, calls)| {
        let statements = count(*statements, "statement", "statements");
        let calls = count(*calls, "execution", "executions");
        format!("<li class=\"note\">{}: {statements}, {calls}</li>", text(reason))
    });
    let lines: String = lines.collect();
    if lines.is_empty() {
        return lines;
    }
    format!(
        "<details class=\"more\"><summary>Statements whose results cannot be kept</summary><ul>{lines}</ul></details>\n"
    )
}

fn coalescing(queries: &[&QueryStats]) -> String {
    if queries.is_empty() {
        return String::new();
    }
    let saved: f64 = queries.iter().map(|query| query.coalescing.saved_ms).sum();
    let mut out = heading(
        "Shared executions",
        "calls that began while the same one ran and could have waited for its result",
        &format!("{} of database time", time(saved)),
    );
    out.push_str("<div class=\"panel\"><table>\n");
    out.push_str(&head(&["Statement", "Calls", "Shared", "Time saved"]));
    for query in queries.iter().take(MOST) {
        out.push_str(&format!(
            "<tr><td><code>{}</code></td>{}{}{}</tr>\n",
            text(&clip(&query.statement, 200)),
            number_cell(&number(query.calls)),
            number_cell(&number(query.coalescing.shared)),
            number_cell(&forecasts::shared_time(query)),
        ));
    }
    out.push_str("</table></div>\n");
    out.push_str(&super::more(MOST, queries.len(), ("more statement is", "more statements are")));
    out
}
