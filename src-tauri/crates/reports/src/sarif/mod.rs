//! SARIF 2.1.0 for code scanning: one run, three rules, one result for every pattern.

mod rules;
mod uri;

use charts::text::{clip, printable};
use charts::utc;
use domain::{NPlusOneFinding, ReplayReport, ReplayState, Severity};
use serde_json::{Map, Value, json};

use crate::{ReportError, findings, summary};
use uri::uri;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
/// Characters of a statement or a fix in a message.
const LONGEST: usize = 1_000;

pub(crate) fn render(report: &ReplayReport) -> Result<String, ReportError> {
    let inputs = report.replay.request.inputs.iter().filter(|input| !input.is_empty());
    let uris = distinct(inputs.map(|input| uri(input)));
    let artifacts: Vec<_> =
        uris.iter().map(|uri| json!({"location": {"uri": uri}, "roles": ["analysisTarget"]})).collect();
    let results: Vec<_> =
        report.findings.iter().map(|finding| result(finding, uris.first().map(String::as_str))).collect();
    let log = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": crate::TOOL,
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules::KINDS.map(rules::rule),
            }},
            "invocations": [invocation(report)],
            "artifacts": artifacts,
            "results": results,
        }],
    });
    let mut text = serde_json::to_string_pretty(&log).map_err(|error| ReportError::json(&error))?;
    text.push('\n');
    Ok(text)
}

/// What kept the run from telling everything, as notifications.
fn invocation(report: &ReplayReport) -> Value {
    let replay = &report.replay;
    let gaps = report.coverage.gaps.iter().map(|gap| {
        let remedy = gap.remedy.as_ref().map(|remedy| format!(" Remedy: {remedy}")).unwrap_or_default();
        ("warning", format!("{}{remedy}", gap.message))
    });
    let partial = summary::partial(report).map(|partial| ("warning", partial));
    let limits = report.limits.iter().map(|limit| ("warning", limit.clone()));
    let notifications: Vec<_> = partial
        .into_iter()
        .chain(gaps)
        .chain(limits)
        .map(|(level, text)| json!({"level": level, "message": {"text": message(&text)}}))
        .collect();
    let mut invocation = Map::new();
    let failed = matches!(replay.state, ReplayState::Failed { .. });
    invocation.insert("executionSuccessful".to_owned(), json!(!failed));
    invocation.insert("startTimeUtc".to_owned(), json!(utc::rfc3339(replay.started_at)));
    if let Some(took) = replay.took_ms {
        let end = replay.started_at.plus_millis(took as i64);
        invocation.insert("endTimeUtc".to_owned(), json!(utc::rfc3339(end)));
    }
    invocation.insert("toolExecutionNotifications".to_owned(), json!(notifications));
    Value::Object(invocation)
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "error",
        Severity::Warning => "warning",
        Severity::Info | Severity::Ok => "note",
    }
}

fn result(finding: &NPlusOneFinding, log: Option<&str>) -> Value {
    let routes = distinct(finding.routes.iter().map(|route| printable(&route.name).into_owned()));
    let routes: Vec<_> = routes
        .iter()
        .map(|route| json!({"name": route, "fullyQualifiedName": route, "kind": "route"}))
        .collect();
    let mut location = Map::new();
    if let Some(log) = log {
        // Code scanning shows no result without a region; a pattern is one of the whole log.
        let physical = json!({"artifactLocation": {"uri": log, "index": 0}, "region": {"startLine": 1}});
        location.insert("physicalLocation".to_owned(), physical);
    }
    if !routes.is_empty() {
        location.insert("logicalLocations".to_owned(), json!(routes));
    }
    let mut result = Map::new();
    let mut put = |name: &str, value: Value| _ = result.insert(name.to_owned(), value);
    put("ruleId", json!(rules::id(finding.kind)));
    put("ruleIndex", json!(rules::index(finding.kind)));
    put("kind", json!("fail"));
    put("level", json!(level(finding.severity)));
    put("message", json!({"text": message(&text(finding))}));
    put("locations", if location.is_empty() { json!([]) } else { json!([location]) });
    put("partialFingerprints", json!({"pattern/v1": finding.id}));
    put("occurrenceCount", json!(finding.units.max(1)));
    put("properties", properties(finding));
    if let Some(ignored) = &finding.ignored {
        put(
            "suppressions",
            json!([{"kind": "external", "status": "accepted", "justification": printable(&ignored.reason)}]),
        );
    }
    Value::Object(result)
}

fn text(finding: &NPlusOneFinding) -> String {
    let statement = clip(&finding.statement, LONGEST);
    let mut text = format!("{}: {}.\n{statement}\n", finding.kind.title(), finding.title);
    text.push_str(&findings::plain(finding).join("\n"));
    if let Some(fix) = findings::sql_fix(finding) {
        let code = if fix.code.len() > LONGEST { clip(&fix.code, LONGEST) } else { fix.code.clone() };
        text.push_str(&format!("\nFix, {}:\n{code}", fix.title));
    }
    text
}

/// Braces are placeholders and brackets before parentheses are links in a message of SARIF.
fn message(text: &str) -> String {
    printable(text).replace('{', "{{").replace('}', "}}").replace("](", "] (")
}

fn properties(finding: &NPlusOneFinding) -> Value {
    let mut properties = json!({
        "statement": printable(&finding.statement),
        "fingerprint": finding.fingerprint,
        "confidence": finding.confidence,
        "tables": finding.tables,
        "units": finding.units,
        "executions": finding.executions,
        "repeatsMedian": finding.repeats.median,
        "repeatsP95": finding.repeats.p95,
        "repeatsMax": finding.repeats.max,
        "queriesSaved": finding.queries_saved,
        "savedRatio": finding.saved_ratio,
        "totalMs": finding.total_ms,
        "givenBackMs": finding.given_back_ms,
        "unitMs": finding.unit_ms,
        "mendedUnitMs": finding.mended_unit_ms,
        "firstSeenUtc": utc::rfc3339(finding.first_seen),
        "lastSeenUtc": utc::rfc3339(finding.last_seen),
    });
    if let Value::Object(properties) = &mut properties {
        // What was not measured is absent, not null.
        properties.retain(|_, value| !value.is_null());
    }
    properties
}

/// In their order: the schema wants what is listed to be unique.
fn distinct(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut distinct = Vec::new();
    for name in names {
        if !distinct.contains(&name) {
            distinct.push(name);
        }
    }
    distinct
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_hold_no_placeholder_and_no_link() {
        assert_eq!(message("a {0} b[1](2)"), "a {{0}} b[1] (2)");
    }
}
