//! The report for code scanning, held against what the schema of SARIF 2.1.0 asks for.

use domain::ReportFormat;
use serde_json::Value;

use super::{HOSTILE, empty, hostile, rendered, rich};

fn parsed(report: &domain::ReplayReport) -> Value {
    serde_json::from_str(&rendered(report, ReportFormat::Sarif)).unwrap()
}

/// Names that an object may have by the schema, which allows no others; those that it must have begin with `!`.
const SHAPES: [(&str, &[&str]); 13] = [
    ("", &["$schema", "!version", "!runs"]),
    ("/runs/0", &["!tool", "invocations", "artifacts", "results"]),
    ("/runs/0/tool", &["!driver"]),
    ("/runs/0/tool/driver", &["!name", "semanticVersion", "rules"]),
    (
        "/runs/0/tool/driver/rules/0",
        &["!id", "name", "shortDescription", "fullDescription", "help", "defaultConfiguration", "properties"],
    ),
    ("/runs/0/tool/driver/rules/0/help", &["!text", "markdown"]),
    ("/runs/0/tool/driver/rules/0/defaultConfiguration", &["level"]),
    (
        "/runs/0/invocations/0",
        &["!executionSuccessful", "startTimeUtc", "endTimeUtc", "toolExecutionNotifications"],
    ),
    ("/runs/0/invocations/0/toolExecutionNotifications/0", &["!message", "level"]),
    ("/runs/0/artifacts/0", &["location", "roles"]),
    (
        "/runs/0/results/0",
        &[
            "ruleId",
            "ruleIndex",
            "kind",
            "level",
            "!message",
            "locations",
            "partialFingerprints",
            "occurrenceCount",
            "properties",
            "suppressions",
        ],
    ),
    ("/runs/0/results/0/locations/0", &["physicalLocation", "logicalLocations"]),
    ("/runs/0/results/0/locations/0/logicalLocations/0", &["name", "fullyQualifiedName", "kind"]),
];

#[test]
fn objects_have_the_names_of_the_schema() {
    for report in [rich(), hostile()] {
        let log = parsed(&report);
        for (pointer, names) in SHAPES {
            let object =
                log.pointer(pointer).and_then(Value::as_object).unwrap_or_else(|| panic!("{pointer}"));
            for name in object.keys() {
                assert!(names.iter().any(|known| known.trim_start_matches('!') == name), "{pointer}: {name}");
            }
            for required in names.iter().filter_map(|name| name.strip_prefix('!')) {
                assert!(object.contains_key(required), "{pointer} needs {required}");
            }
        }
    }
}

#[test]
fn values_are_those_that_the_schema_knows() {
    let log = parsed(&rich());
    let cases = [
        ("/version", "2.1.0"),
        ("/$schema", "https://json.schemastore.org/sarif-2.1.0.json"),
        ("/runs/0/tool/driver/rules/0/id", "n-plus-one"),
        ("/runs/0/tool/driver/rules/1/id", "redundant-query"),
        ("/runs/0/tool/driver/rules/2/id", "bulk-write"),
        ("/runs/0/invocations/0/startTimeUtc", "2026-11-22T19:00:00.000Z"),
        ("/runs/0/invocations/0/endTimeUtc", "2026-11-22T19:00:41.250Z"),
        ("/runs/0/artifacts/0/location/uri", "file:///var/log/postgresql/api-2026-11-22.csv"),
        ("/runs/0/artifacts/1/location/uri", "logs/*.log"),
        ("/runs/0/results/0/ruleId", "n-plus-one"),
        ("/runs/0/results/0/level", "error"),
        ("/runs/0/results/0/kind", "fail"),
        ("/runs/0/results/0/locations/0/logicalLocations/0/name", "GET /api/customers"),
    ];
    for (pointer, expected) in cases {
        assert_eq!(log.pointer(pointer).and_then(Value::as_str), Some(expected), "{pointer}");
    }
    let results = log["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), rich().findings.len());
    for (result, finding) in results.iter().zip(rich().findings) {
        let rule = result["ruleIndex"].as_u64().unwrap() as usize;
        assert_eq!(log["runs"][0]["tool"]["driver"]["rules"][rule]["id"], result["ruleId"]);
        assert!(["error", "warning", "note"].contains(&result["level"].as_str().unwrap()));
        assert_eq!(result["partialFingerprints"]["pattern/v1"], finding.id);
        assert_eq!(result["occurrenceCount"], finding.units);
        let properties = result["properties"].as_object().unwrap();
        assert!(properties.values().all(|value| !value.is_null()), "what is unknown is absent");
        assert_eq!(properties.contains_key("givenBackMs"), finding.given_back_ms.is_some());
        let suppressed = result.pointer("/suppressions/0/justification").and_then(Value::as_str);
        assert_eq!(suppressed, finding.ignored.as_ref().map(|ignored| ignored.reason.as_str()));
    }
}

#[test]
fn nothing_found_is_a_run_without_results() {
    let log = parsed(&empty());
    assert_eq!(log["runs"][0]["results"].as_array().map(Vec::len), Some(0));
    assert_eq!(log["runs"][0]["invocations"][0]["executionSuccessful"], true);
}

#[test]
fn hostile_texts_stay_texts() {
    let log = parsed(&hostile());
    let message = log.pointer("/runs/0/results/1/message/text").and_then(Value::as_str).unwrap();
    assert!(message.contains("{{0}} [a] (b)"), "neither a placeholder nor a link: {message}");
    let uri = log.pointer("/runs/0/artifacts/0/location/uri").and_then(Value::as_str).unwrap();
    assert!(uri.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>\"{}|\\^`".contains(&byte)), "{uri}");
    let results = log["runs"][0]["results"].as_array().unwrap();
    let reasons: Vec<_> =
        results.iter().filter_map(|result| result.pointer("/suppressions/0/justification")).collect();
    assert_eq!(reasons, [charts::text::printable(HOSTILE).as_ref()]);
}
