//! The test report of a pipeline.

use charts::text::printable;
use domain::ReportFormat;
use roxmltree::{Document, Node};

use super::{HOSTILE, empty, hostile, hostile_line, rendered, rich};

fn all<'a, 'd>(document: &'a Document<'d>, tag: &'static str) -> Vec<Node<'a, 'd>> {
    document.descendants().filter(|node| node.has_tag_name(tag)).collect()
}

#[test]
fn every_pattern_is_a_failed_test_and_an_ignored_one_is_skipped() {
    let text = rendered(&rich(), ReportFormat::Junit);
    let document = Document::parse(&text).unwrap();
    let suite = all(&document, "testsuite")[0];
    for (name, expected) in [
        ("name", "n+1"),
        ("tests", "8"),
        ("failures", "7"),
        ("errors", "0"),
        ("skipped", "1"),
        ("time", "41.250"),
        ("timestamp", "2026-11-22T19:00:00"),
    ] {
        assert_eq!(suite.attribute(name), Some(expected), "{name}");
    }
    let (cases, failures, skipped) =
        (all(&document, "testcase"), all(&document, "failure"), all(&document, "skipped"));
    assert_eq!((cases.len(), failures.len(), skipped.len()), (8, 7, 1));
    assert_eq!(cases[0].attribute("name"), Some("orders by customer_id"));
    assert_eq!(cases[0].attribute("classname"), Some("GET /api/customers"));
    assert!(cases.iter().any(|case| case.attribute("classname") == Some("replay")), "without a route");
    assert_eq!(failures[0].attribute("type"), Some("n_plus_one"));
    assert!(
        failures[0].attribute("message").unwrap().starts_with("N+1 query: 18,204 requests: 21 executions")
    );
    assert!(failures[0].text().unwrap().contains("SELECT * FROM orders WHERE customer_id = ANY($1)"));
    assert!(skipped[0].attribute("message").unwrap().starts_with("The sweep runs at night"));
}

#[test]
fn without_findings_one_test_passes() {
    let text = rendered(&empty(), ReportFormat::Junit);
    let document = Document::parse(&text).unwrap();
    assert_eq!(all(&document, "testsuite")[0].attribute("tests"), Some("1"));
    let [case] = all(&document, "testcase")[..] else { panic!("one test") };
    assert!(!case.has_children());
}

#[test]
fn hostile_texts_are_read_back() {
    let text = rendered(&hostile(), ReportFormat::Junit);
    let document = Document::parse(&text).unwrap();
    let cases = all(&document, "testcase");
    assert_eq!(cases[0].attribute("name"), Some(hostile_line().as_str()));
    assert_eq!(cases[0].attribute("classname"), Some(hostile_line().as_str()));
    let failures = all(&document, "failure");
    assert!(failures[1].text().unwrap().starts_with(printable(HOSTILE).as_ref()));
    assert_eq!(all(&document, "skipped")[0].attribute("message"), Some(printable(HOSTILE).as_ref()));
    let mut names: Vec<_> = cases.iter().map(|case| case.attribute("name")).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), 8, "readers tell tests apart by name");
}
