//! For a pipeline's test report: every pattern is a test that failed, an ignored one a test that was skipped.

use std::collections::HashSet;

use charts::text::{escape, escape_attribute, one_line};
use charts::utc;
use domain::{NPlusOneFinding, ReplayReport};

use crate::findings;

pub(crate) fn render(report: &ReplayReport) -> String {
    let skipped = findings::ignored(report).count();
    let failures = findings::told(report).count();
    let tests = (failures + skipped).max(1);
    let counts = format!(
        "tests=\"{tests}\" failures=\"{failures}\" errors=\"0\" time=\"{:.3}\"",
        report.replay.took_ms.filter(|ms| ms.is_finite()).unwrap_or(0.0).max(0.0) / 1e3
    );
    let at = report.replay.started_at;
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <testsuites name=\"{}\" {counts}>\n  \
         <testsuite name=\"n+1\" {counts} skipped=\"{skipped}\" timestamp=\"{}T{}\">\n",
        crate::TOOL,
        utc::date(at),
        utc::clock(at),
    );
    let mut named = HashSet::new();
    for finding in &report.findings {
        testcase(&mut out, finding, &mut named);
    }
    if report.findings.is_empty() {
        out.push_str("    <testcase name=\"No repeated queries\" classname=\"replay\"/>\n");
    }
    out.push_str("  </testsuite>\n</testsuites>\n");
    out
}

fn testcase(out: &mut String, finding: &NPlusOneFinding, named: &mut HashSet<(String, String)>) {
    let class = finding.routes.first().map_or("replay", |route| route.name.as_str());
    let mut name = one_line(&finding.title);
    // Readers tell tests apart by class and name alone.
    if !named.insert((class.to_owned(), name.clone())) {
        name = format!("{name} ({})", finding.id);
    }
    out.push_str(&format!(
        "    <testcase name=\"{}\" classname=\"{}\">\n",
        escape_attribute(&name),
        escape_attribute(&one_line(class))
    ));
    match &finding.ignored {
        Some(ignored) => {
            out.push_str(&format!("      <skipped message=\"{}\"/>\n", escape_attribute(&ignored.reason)));
        }
        None => {
            let message = format!("{}: {}", finding.kind.title(), findings::figures(finding));
            out.push_str(&format!(
                "      <failure message=\"{}\" type=\"{}\">{}</failure>\n",
                escape_attribute(&message),
                finding.kind.code(),
                escape(&body(finding))
            ));
        }
    }
    out.push_str("    </testcase>\n");
}

fn body(finding: &NPlusOneFinding) -> String {
    let mut body = format!("{}\n\n{}\n", finding.statement, findings::plain(finding).join("\n"));
    if let Some(fix) = findings::sql_fix(finding) {
        body.push_str(&format!("\nFix: {}\n{}\n", fix.title, fix.code));
        body.extend(fix.notes.iter().map(|note| format!("Note: {note}\n")));
    }
    body
}
