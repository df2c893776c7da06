//! For a terminal: what matters first, at most 100 columns, no colours.

pub(crate) mod lines;
mod tables;
pub(crate) mod wrap;

use domain::{NPlusOneFinding, ReplayReport};

use crate::words::{count, number};
use crate::{findings, summary};
use lines::{heading, labelled};
use wrap::{code, paragraph};

const MOST_FINDINGS: usize = 50;
const MOST_QUERIES: usize = 30;
/// Lines of one fix.
const MOST_CODE: usize = 40;

pub(crate) fn render(report: &ReplayReport) -> String {
    let mut out = String::new();
    paragraph(&mut out, "", &report.replay.name);
    paragraph(&mut out, "", &summary::headline(report));
    if let Some(partial) = summary::partial(report) {
        paragraph(&mut out, "", &partial);
    }
    coverage(&mut out, report);
    list(&mut out, report);
    tables::queries(&mut out, report, MOST_QUERIES);
    tables::forecasts(&mut out, report);
    tables::own_reports(&mut out, report);
    limits(&mut out, report);
    out.push('\n');
    paragraph(&mut out, "", &format!("Made by {} from a replay of {}.", crate::TOOL, summary::made(report)));
    out
}

fn coverage(out: &mut String, report: &ReplayReport) {
    heading(out, "Coverage");
    for line in summary::coverage(&report.coverage) {
        labelled(out, line.label, &line.text);
    }
    for gap in &report.coverage.gaps {
        labelled(out, "Gap", &gap.message);
        if let Some(remedy) = &gap.remedy {
            labelled(out, "", &format!("Remedy: {remedy}"));
        }
    }
}

fn list(out: &mut String, report: &ReplayReport) {
    let told: Vec<_> = findings::told(report).collect();
    let title = count(told.len() as u64, "finding", "findings");
    let order = if told.len() > 1 { ", what gives most time back first" } else { "" };
    heading(out, &format!("{title}{order}"));
    if told.is_empty() {
        paragraph(out, "  ", "No statement is repeated often enough in one unit of work.");
    }
    for (index, finding) in told.iter().take(MOST_FINDINGS).enumerate() {
        if index > 0 {
            out.push('\n');
        }
        one(out, index + 1, finding);
    }
    if let Some(more) = told.len().checked_sub(MOST_FINDINGS).filter(|more| *more > 0) {
        let more = count(more as u64, "more finding is", "more findings are");
        out.push('\n');
        paragraph(out, "  ", &format!("{more} in the JSON, SARIF and JUnit reports."));
    }
    if let Some(ignored) = findings::ignored_count(report) {
        out.push('\n');
        paragraph(out, "  ", &format!("{ignored} by decision and not listed."));
    }
}

fn one(out: &mut String, rank: usize, finding: &NPlusOneFinding) {
    let head = format!(
        "{}: {} ({}, {})",
        finding.kind.title(),
        finding.title,
        findings::severity(finding.severity),
        findings::confidence(finding.confidence)
    );
    paragraph(out, &format!("{rank:>3}. "), &head);
    let mut line = |text: &str| paragraph(out, "     ", text);
    if let Some(route) = findings::route(finding) {
        line(&route);
    }
    line(&charts::text::clip(&finding.statement, 280));
    line(&format!("{}: {}", findings::units(finding), findings::repeats(finding)));
    line(&format!("{}; {}", findings::saved(finding), findings::time_back(finding)));
    if let Some(unit_time) = findings::unit_time(finding) {
        line(&unit_time);
    }
    if let Some(arithmetic) = &finding.arithmetic {
        line(&format!("Time given back: {arithmetic}"));
    }
    line(&finding.explanation);
    for reason in &finding.reasons {
        paragraph(out, if reason.against { "     − " } else { "     + " }, &reason.text);
    }
    let Some(fix) = findings::sql_fix(finding) else { return };
    paragraph(out, "     ", &format!("Fix: {}", fix.title));
    code(out, "         ", &fix.code, MOST_CODE);
    for note in &fix.notes {
        paragraph(out, "     Note: ", note);
    }
    let more = finding.fixes.len() - 1;
    if more > 0 {
        let others: Vec<_> = finding
            .fixes
            .iter()
            .filter(|other| other.style != fix.style)
            .map(|other| other.style.title())
            .collect();
        paragraph(
            out,
            "     ",
            &format!("Also written for {}, in the HTML and JSON reports.", others.join(", ")),
        );
    }
}

fn limits(out: &mut String, report: &ReplayReport) {
    if report.limits.is_empty() {
        return;
    }
    heading(out, &format!("Limits reached: {}", number(report.limits.len() as u64)));
    for limit in &report.limits {
        paragraph(out, "  ", limit);
    }
}
