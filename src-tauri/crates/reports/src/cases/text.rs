//! The report for a terminal.

use charts::text::columns;
use domain::ReportFormat;

use super::{empty, hostile, large, rendered, rich};

#[test]
fn it_says_what_matters_first() {
    let text = rendered(&rich(), ReportFormat::Text);
    let order = [
        "api-2026-11-22.csv and 1 more\n7 patterns of repeated queries in 36,533 units of work.",
        "\nCoverage\n",
        "Understood  4,310,222 of 4,321,004 lines (99%)",
        "Skipped     10,662 lines: no line of this format",
        "Incomplete  36,256 statements without a duration",
        "Remedy: log_line_prefix = ",
        "7 findings, what gives most time back first",
        "  1. N+1 query: orders by customer_id (critical, high confidence)",
        "     GET /api/customers and 1 more route",
        "18,204 requests: 21 executions in each (median), 34 at p95, 88 at most",
        "364,080 of 382,284 queries not needed (95%); 34 min of 40 min given back",
        "     + The statement before returned as many rows",
        "     Fix: one query for all keys\n         SELECT * FROM orders WHERE customer_id = ANY($1)\n",
        "Row-by-row write: inserts into usage_samples",
        "time not measured",
        "     − Grouped by session and pauses only",
        "1 pattern is ignored by decision",
        "     40 min    45%     382,284   6.4 ms    16 ms  SELECT * FROM orders WHERE customer_id = $1",
        "3 errors, the last: 57014",
        "12 statements with 340 executions were not kept apart.",
        "A cache of results would save",
        "     34 s    97%      10 s  SELECT key, value FROM settings",
        "Sharing one execution",
        "12 connections carry this load; 9 were in use at the most.",
        " = 12  Rounded up",
        "14 × N+1 query pattern detected",
        "Limits reached: 1",
    ];
    let mut rest = text.as_str();
    for expected in order {
        let at = rest
            .find(expected)
            .unwrap_or_else(|| panic!("{expected:?} is missing or out of place in\n{text}"));
        rest = &rest[at..];
    }
}

#[test]
fn no_line_is_wider_than_a_terminal() {
    for report in [rich(), hostile(), empty(), large(60, 60)] {
        for line in rendered(&report, ReportFormat::Text).lines() {
            assert!(columns(line) <= 100, "{} columns: {line}", columns(line));
            assert_eq!(line.trim_end(), line);
        }
    }
}

#[test]
fn nothing_found_is_said_in_words() {
    let text = rendered(&empty(), ReportFormat::Text);
    for expected in
        ["No repeated queries.", "No statement is repeated often enough", "No statement was read."]
    {
        assert!(text.contains(expected), "{expected}");
    }
}
