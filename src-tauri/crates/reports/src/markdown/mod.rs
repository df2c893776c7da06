//! For a comment on a pull request: one table, then each finding folded away with its fix.

pub(crate) mod escape;
mod findings;

use charts::text::clip;
use domain::{QueryStats, ReplayReport};

use crate::words::{count, number, percent, time_or_unknown};
use crate::{forecasts, summary};
use escape::{code, html, sentence, text};

const MOST_FINDINGS: usize = 50;
const MOST_QUERIES: usize = 30;
/// Characters of a statement in a cell.
const CELL: usize = 120;
/// Longer code belongs into a report that one opens.
const LONGEST_CODE: usize = 4_000;
/// GitHub takes 65,536 characters a comment: up to where each part may reach, so that the last has room too.
const ROWS: usize = 22_000;
const DETAILS: usize = 44_000;
const COVERAGE: usize = 50_000;
const QUERIES: usize = 58_000;
const LIMITS: usize = 62_000;

pub(crate) fn render(report: &ReplayReport) -> String {
    let mut out =
        format!("## {}\n\n{}\n\n", text(&clip(&report.replay.name, 200)), text(&summary::headline(report)));
    if let Some(partial) = summary::partial(report) {
        out.push_str(&format!("**{}**\n\n", text(&clip(&partial, 500))));
    }
    findings::list(&mut out, report);
    coverage(&mut out, report);
    queries(&mut out, report);
    forecast(&mut out, report);
    if !report.limits.is_empty() {
        out.push_str("**Limits reached**\n\n");
        report.limits.iter().all(|limit| put(&mut out, &format!("- {}\n", text(limit)), LIMITS));
        out.push('\n');
    }
    out.push_str(&format!("<sub>{}, replay of {}</sub>\n", crate::TOOL, html(&summary::made(report))));
    out
}

/// Appends a part unless the comment would then reach beyond `most`.
pub(crate) fn put(out: &mut String, part: &str, most: usize) -> bool {
    let fits = out.len() + part.len() <= most;
    if fits {
        out.push_str(part);
    }
    fits
}

fn coverage(out: &mut String, report: &ReplayReport) {
    out.push_str("<details>\n<summary>Coverage</summary>\n\n");
    for line in summary::coverage(&report.coverage) {
        put(out, &format!("- {}: {}\n", line.label, text(&line.text)), COVERAGE);
    }
    for gap in &report.coverage.gaps {
        let remedy = gap.remedy.as_ref().map(|remedy| format!(" Remedy: {}", remedy_text(remedy)));
        put(out, &format!("- Gap: {}{}\n", text(&gap.message), remedy.unwrap_or_default()), COVERAGE);
    }
    out.push_str("\n</details>\n\n");
}

/// A setting can be copied, advice is read.
pub(crate) fn remedy_text(remedy: &str) -> String {
    if crate::summary::is_setting(remedy) { code(remedy, 300) } else { sentence(remedy) }
}

fn queries(out: &mut String, report: &ReplayReport) {
    if report.queries.is_empty() {
        return;
    }
    out.push_str("<details>\n<summary>Statements that took most time</summary>\n\n");
    out.push_str(
        "| Statement | Time | Share | Calls | Mean | p95 |\n| --- | ---: | ---: | ---: | ---: | ---: |\n",
    );
    let rows = report.queries.iter().take(MOST_QUERIES).map(query_row);
    let listed = rows.take_while(|row| put(out, row, QUERIES)).count();
    let more = report.queries.len().saturating_sub(listed) as u64;
    if more > 0 {
        out.push_str(&format!(
            "\n{} in the JSON report.\n",
            count(more, "more statement is", "more statements are")
        ));
    }
    out.push_str("\n</details>\n\n");
}

fn query_row(query: &QueryStats) -> String {
    let known = query.timed > 0;
    format!(
        "| {} | {} | {} | {} | {} | {} |\n",
        code(&query.statement, CELL),
        text(&time_or_unknown(known.then_some(query.total_ms))),
        text(&percent(if known { query.time_ratio } else { f64::NAN })),
        number(query.calls),
        text(&time_or_unknown(query.mean_ms)),
        text(&time_or_unknown(query.p95_ms)),
    )
}

fn forecast(out: &mut String, report: &ReplayReport) {
    let mut lines = Vec::new();
    let cache: f64 = forecasts::cache(report).iter().map(|line| line.best.saved_ms).sum();
    if cache > 0.0 {
        lines.push(format!(
            "A cache of results would save {} of database time.",
            time_or_unknown(Some(cache))
        ));
    }
    let shared: f64 = forecasts::coalescing(report).iter().map(|query| query.coalescing.saved_ms).sum();
    if shared > 0.0 {
        let saved = time_or_unknown(Some(shared));
        lines.push(format!("Sharing executions that run at the same time would save {saved}."));
    }
    lines.extend(report.pool.as_ref().map(|pool| clip(&pool.summary, 300)));
    out.extend(lines.iter().map(|line| format!("- {}\n", text(line))));
    if !lines.is_empty() {
        out.push('\n');
    }
}
