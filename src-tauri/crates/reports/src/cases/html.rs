//! The page, read as XML: that it is whole, that it needs nothing, that it can be navigated.

use std::collections::BTreeSet;

use domain::ReportFormat;
use roxmltree::{Document, Node};

use super::{HOSTILE, empty, hostile, hostile_line, large, rendered, rich};

fn page(report: &domain::ReplayReport) -> String {
    let html = rendered(report, ReportFormat::Html);
    html.strip_prefix("<!doctype html>\n").expect("HTML 5").to_owned()
}

fn texts(node: Node<'_, '_>) -> String {
    let texts = node.descendants().filter(|node| node.is_text()).filter_map(|node| node.text());
    texts.collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
}

fn by_id<'a, 'd>(document: &'a Document<'d>, id: &str) -> Node<'a, 'd> {
    document.descendants().find(|node| node.attribute("id") == Some(id)).unwrap_or_else(|| panic!("no {id}"))
}

#[test]
fn the_page_says_it_all() {
    let page = page(&rich());
    let document = Document::parse(&page).unwrap();
    let cases: [(&str, &[&str]); 7] = [
        (
            "summary",
            &[
                "7 patterns of repeated queries",
                "1,098,537",
                "queries saved, 88% of all",
                "given back of 90 min",
                "Only 100,000 statements",
            ],
        ),
        (
            "findings",
            &[
                "3 or more executions in one unit of work",
                "SELECT * FROM orders WHERE customer_id = $1",
                "1 pattern is ignored by decision",
                "The sweep runs at night",
            ],
        ),
        (
            "finding-1",
            &[
                "21 → 1",
                "queries per request, median",
                "≈ 19 ms",
                "when batched",
                "the first 16 of 88 executions",
                "= ANY($1)",
                "DataLoader: a loader for each request",
                "A key without rows is missing",
            ],
        ),
        (
            "statements",
            &[
                "40 min, 45%",
                "382,284",
                "3 errors, the last: 57014",
                "Plan of the slowest execution, 812 ms",
                "Rows Removed by Filter",
            ],
        ),
        ("connections", &["12 connections carry this load", "connections needed", "12 needed", "Rounded up"]),
        (
            "forecasts",
            &[
                "97%",
                "Statements whose results cannot be kept",
                "it writes: 2 statements",
                "Shared executions",
            ],
        ),
        (
            "coverage",
            &[
                "4,310,222 of 4,321,004 lines (99%)",
                "no line of this format",
                "log_line_prefix = ",
                "logs/core.1: no text",
            ],
        ),
    ];
    for (id, expected) in cases {
        let text = texts(by_id(&document, id));
        for expected in expected {
            assert!(text.contains(expected), "{id}: {expected} in {text}");
        }
    }
    let charts = document.descendants().filter(|node| node.tag_name().name() == "svg").count();
    assert_eq!(charts, 7 + 2, "one for each finding, statements, connections");
}

#[test]
fn it_needs_nothing_and_runs_nothing() {
    for report in [rich(), hostile(), empty(), large(20, 20)] {
        let page = page(&report);
        let document = Document::parse(&page).unwrap();
        let policy = document.descendants().find(|node| node.has_attribute("http-equiv")).unwrap();
        assert_eq!(policy.attribute("http-equiv"), Some("Content-Security-Policy"));
        assert_eq!(
            policy.attribute("content"),
            Some("default-src 'none'; style-src 'unsafe-inline'; img-src data:")
        );
        for node in document.descendants().filter(Node::is_element) {
            let tag = node.tag_name().name();
            assert!(
                !["script", "img", "link", "iframe", "object", "form", "base", "use"].contains(&tag),
                "{tag}"
            );
            for attribute in node.attributes() {
                let (name, value) = (attribute.name(), attribute.value());
                assert!(!name.starts_with("on") && name != "src", "{tag} {name}");
                assert!(name != "href" || value.starts_with('#'), "{tag} {name}={value}");
            }
        }
        let style = document.descendants().find(|node| node.tag_name().name() == "style").unwrap();
        let style = style.text().unwrap();
        assert!(!style.contains("url(") && !style.contains("@import"));
    }
}

#[test]
fn every_link_leads_somewhere_and_every_id_is_one() {
    for report in [rich(), large(120, 120), empty()] {
        let page = page(&report);
        let document = Document::parse(&page).unwrap();
        let ids: Vec<_> = document.descendants().filter_map(|node| node.attribute("id")).collect();
        let unique: BTreeSet<_> = ids.iter().copied().collect();
        assert_eq!(ids.len(), unique.len());
        for link in document.descendants().filter_map(|node| node.attribute("href")) {
            assert!(unique.contains(link.trim_start_matches('#')), "{link}");
        }
    }
}

#[test]
fn hostile_texts_stay_texts() {
    let page = page(&hostile());
    let document = Document::parse(&page).unwrap();
    assert!(texts(document.root()).matches(&hostile_line()).count() > 50);
    assert!(!page.contains("<script") && !page.contains("]]>") && !page.contains("<!--"));
    let code = charts::text::printable(HOSTILE);
    let code = code.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(texts(by_id(&document, "finding-2")).contains(&code));
}

#[test]
fn pages_for_both_themes_use_only_the_colours_they_name() {
    let page = page(&rich());
    let names: BTreeSet<&str> =
        page.split("var(").skip(1).filter_map(|rest| rest.split([',', ')']).next()).collect();
    for name in names {
        assert!(page.matches(&format!("{name}: ")).count() >= 1, "{name} has a value");
    }
}
