//! The findings of a comment: a table of all that are listed, then each with its reasons and its fix.

use charts::text::clip;
use domain::{NPlusOneFinding, ReplayReport};

use super::escape::{code, fence, html, sentence, text};
use super::{CELL, DETAILS, LONGEST_CODE, MOST_FINDINGS, ROWS, put};
use crate::findings;
use crate::words::{count, number, percent};

pub(super) fn list(out: &mut String, report: &ReplayReport) {
    let told: Vec<_> = findings::told(report).collect();
    let (mut listed, mut folded) = (0, 0);
    let ranked = || told.iter().take(MOST_FINDINGS).enumerate().map(|(index, finding)| (index + 1, finding));
    if !told.is_empty() {
        out.push_str("| # | Finding | Statement | Units | Repeats | Time given back | Fewer queries |\n");
        out.push_str("| ---: | --- | --- | ---: | ---: | ---: | ---: |\n");
        listed = ranked().take_while(|(rank, finding)| put(out, &row(*rank, finding), ROWS)).count();
        out.push('\n');
        folded =
            ranked().take(listed).take_while(|(rank, one)| put(out, &details(*rank, one), DETAILS)).count();
    }
    let mut missing = Vec::new();
    if listed > folded {
        let more = count((listed - folded) as u64, "finding is", "findings are");
        missing.push(format!("{more} listed without details, because a comment has room for no more"));
    }
    if told.len() > listed {
        let more = count((told.len() - listed) as u64, "more finding is", "more findings are");
        missing.push(format!("{more} not listed"));
    }
    if !missing.is_empty() {
        out.push_str(&format!("{}: see the HTML or JSON report.\n\n", missing.join("; ")));
    }
    if let Some(ignored) = findings::ignored_count(report) {
        out.push_str(&format!("{ignored} by decision.\n\n"));
    }
}

fn row(rank: usize, finding: &NPlusOneFinding) -> String {
    let route = findings::route(finding).map(|route| format!("<br>{}", text(&clip(&route, CELL))));
    format!(
        "| {rank} | **{}**, {}<br>{}{} | {} | {} | {} | {} | {} |\n",
        finding.kind.title(),
        findings::severity(finding.severity),
        text(&clip(&finding.title, CELL)),
        route.unwrap_or_default(),
        code(&finding.statement, CELL),
        text(&findings::units(finding)),
        number(finding.repeats.median),
        text(&findings::given_back(finding)),
        percent(finding.saved_ratio).replace('<', "&lt;"),
    )
}

fn details(rank: usize, finding: &NPlusOneFinding) -> String {
    let mut out = format!(
        "<details>\n<summary>{rank}. {}: {}</summary>\n\n{}\n\n",
        finding.kind.title(),
        html(&finding.title),
        sentence(&finding.explanation),
    );
    let mut line = |line: &str| out.push_str(&format!("- {line}\n"));
    line(&text(&findings::figures(finding)));
    if let Some(unit_time) = findings::unit_time(finding) {
        line(&text(&unit_time));
    }
    if let Some(arithmetic) = &finding.arithmetic {
        line(&format!("Time given back: {}", text(arithmetic)));
    }
    line(findings::confidence(finding.confidence));
    for reason in &finding.reasons {
        let sign = if reason.against { "against" } else { "for" };
        out.push_str(&format!("  - {sign} it: {}\n", text(&reason.text)));
    }
    out.push('\n');
    out.push_str(&block("sql", &finding.statement));
    if let Some(fix) = findings::sql_fix(finding) {
        out.push_str(&format!("**Fix: {}**\n\n", text(&fix.title)));
        out.push_str(&block(findings::language(fix.language), &fix.code));
        out.extend(fix.notes.iter().map(|note| format!("- {}\n", sentence(note))));
    }
    out.push_str("\n</details>\n\n");
    out
}

fn block(language: &str, code: &str) -> String {
    if code.len() > LONGEST_CODE {
        return "Too long for a comment: it is in the HTML and JSON reports.\n\n".to_owned();
    }
    fence(language, code) + "\n"
}
