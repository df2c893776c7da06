//! The reports: for a terminal, a pull request and programs.

use charts::text::columns;
use domain::{AdviceDocument, AdviceFormat, IndexAdvice};
use pulldown_cmark::Event;

use super::assert_in_order;
use super::fixture::{empty, hostile, rich};
use crate::cases::markdown::{events, rows};
use crate::index_advice::{document, render};

const ALL: [AdviceFormat; 5] = [
    AdviceFormat::Text,
    AdviceFormat::Json,
    AdviceFormat::Document,
    AdviceFormat::Sql,
    AdviceFormat::Markdown,
];

fn rendered(advice: &IndexAdvice, format: AdviceFormat) -> String {
    render(advice, format).unwrap()
}

#[test]
fn the_document_has_the_shape_and_the_words_of_mpanel() {
    let expected = r#"{
  "timestamp": "2026-11-22T09:00:00.000Z",
  "slowQueriesAnalyzed": 47,
  "tablesAnalyzed": 3,
  "totalSuggestions": 3,
  "suggestions": [
    {
      "priority": "high",
      "table": "customers",
      "indexName": "idx_customers_tenant_id_email",
      "columns": [
        "tenant_id",
        "email"
      ],
      "reason": "Frequently used in WHERE clause (23 times, avg 157.50ms)",
      "estimatedImprovement": "60-95% faster queries",
      "sql": "CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_customers_tenant_id_email ON public.customers (tenant_id, email);"
    },
    {
      "priority": "medium",
      "table": "orders",
      "indexName": "idx_orders_customer_id",
      "columns": [
        "customer_id"
      ],
      "reason": "Used in JOIN clause (18 joins)",
      "estimatedImprovement": "71-95% faster joins",
      "sql": "CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_orders_customer_id ON public.orders (customer_id);"
    },
    {
      "priority": "low",
      "table": "events",
      "indexName": "idx_events_kind",
      "columns": [
        "data ->> 'kind'"
      ],
      "reason": "kind of events is looked for, and no index begins with it.",
      "estimatedImprovement": "not foretold",
      "sql": "CREATE INDEX IF NOT EXISTS idx_events_kind ON ONLY parts.events ((data ->> 'kind'));\nCREATE INDEX CONCURRENTLY IF NOT EXISTS idx_events_kind_2026 ON parts.events_2026 ((data ->> 'kind'));\nALTER INDEX parts.idx_events_kind ATTACH PARTITION parts.idx_events_kind_2026;"
    }
  ],
  "summary": {
    "highPriority": 1,
    "mediumPriority": 1,
    "lowPriority": 1
  }
}
"#;
    let text = rendered(&rich(), AdviceFormat::Document);
    assert_eq!(text, expected);
    let read: AdviceDocument = serde_json::from_str(&text).unwrap();
    assert_eq!(read, document(&rich()));
}

#[test]
fn json_holds_all_of_it() {
    for advice in [rich(), hostile(), empty()] {
        let read: IndexAdvice = serde_json::from_str(&rendered(&advice, AdviceFormat::Json)).unwrap();
        assert!(read == advice);
    }
}

#[test]
fn a_terminal_shows_what_to_do_first() {
    let text = rendered(&rich(), AdviceFormat::Text);
    assert_in_order(
        &text,
        &[
            "Index advice for billing\n2 indexes to create (48 MB), 1 index to drop (88 MB).\n",
            "The workload's cost falls from 4,953,770 to 3,327,281 (32% less); verified: the planner chose it",
            "Catalog     12 tables, 31 indexes, counting for 94 days",
            "Left out    73 statements: ran less than 5 times",
            "the planner answered 812 questions",
            "Missing     HypoPG is not installed.",
            "3 indexes to create, the most useful first",
            "  1. customers (tenant_id, email) (high, verified)",
            "Saves 32% of the workload's cost; 23 executions, mean 158 ms → 9.1 ms; about 48 MB.",
            "It makes `customers_tenant_id` redundant.",
            "     + cost 10,000 → 500 (95% less): SELECT * FROM customers",
            "     − cost 10 → 11 (10% more): SELECT",
            "CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_customers_tenant_id_email",
            "(medium, estimated)",
            "size not known",
            "(low, verified, not selected)",
            "It is built on 1 partition one after the other.",
            "ON ONLY parts.events",
            "1 index to drop",
            "   - public.customers_tenant_id: customers (tenant_id)\n     Redundant, 88 MB: covered by customers",
            "   - orders (status): 3 distinct values",
            "           13   200 ms       10,000          500    95%  SELECT * FROM customers",
            "relation \"gone\" does not exist",
            "Made by mPanel Console, 2026-11-22 09:00:00 UTC, found in 3.6 s.",
        ],
    );
    let text = rendered(&empty(), AdviceFormat::Text);
    assert_in_order(
        &text,
        &["No index to create or to drop.", "none was asked", "No index would help enough."],
    );
}

#[test]
fn no_line_is_wider_than_a_terminal() {
    for advice in [rich(), hostile(), empty()] {
        for line in rendered(&advice, AdviceFormat::Text).lines() {
            assert!(columns(line) <= 100, "{} columns: {line}", columns(line));
            assert_eq!(line.trim_end(), line);
        }
    }
}

#[test]
fn a_pull_request_gets_tables_and_folds() {
    let text = rendered(&rich(), AdviceFormat::Markdown);
    let rows = rows(&text);
    assert_eq!(
        rows[1],
        [
            "1",
            "customers (tenant_id, email)idx_customers_tenant_id_email",
            "high",
            "verified",
            "32%",
            "23",
            "158 ms → 9.1 ms",
            "48 MB"
        ]
    );
    assert_eq!(rows[5][0], "public.customers_tenant_idcustomers (tenant_id)");
    assert_eq!(text.matches("<details>").count(), 3 + 3, "indexes, basis, considered, statements");
    assert_eq!(text.matches("</details>").count(), 6);
    assert!(text.contains("```sql\nCREATE INDEX CONCURRENTLY"));
    assert!(!rendered(&empty(), AdviceFormat::Markdown).contains('|'));
}

#[test]
fn hostile_texts_stay_texts() {
    let text = rendered(&hostile(), AdviceFormat::Markdown);
    let rows = rows(&text);
    assert_eq!(rows.iter().map(Vec::len).collect::<Vec<_>>(), [8, 8, 8, 8, 3, 3, 6, 6, 6, 6, 6]);
    let allowed = ["<details>", "</details>", "<summary>", "<br>", "<code>", "</code>", "<sub>", "</sub>"];
    for event in events(&text) {
        if let Event::Html(html) | Event::InlineHtml(html) = event {
            let html = html.trim();
            assert!(allowed.iter().any(|tag| html.starts_with(tag)) && !html.contains("<script"), "{html}");
        }
    }
    for format in ALL {
        for advice in [rich(), hostile(), empty()] {
            let text = rendered(&advice, format);
            let bad = text
                .chars()
                .find(|one| one.is_control() && !matches!(one, '\n' | '\t') || *one == '\u{202e}');
            // JSON writes control characters as escapes; the direction of text is no matter of its.
            let json = matches!(format, AdviceFormat::Json | AdviceFormat::Document);
            assert!(bad.is_none_or(|bad| json && bad == '\u{202e}'), "{format:?}: {bad:?}");
            assert!(text.ends_with('\n'), "{format:?}");
        }
    }
}

#[test]
fn a_comment_fits_into_what_github_takes() {
    let mut advice = hostile();
    advice.create = advice.create.iter().cycle().take(300).cloned().collect();
    advice.drop = advice.drop.iter().cycle().take(300).cloned().collect();
    advice.considered = advice.considered.iter().cycle().take(900).cloned().collect();
    advice.statements = advice.statements.iter().cycle().take(300).cloned().collect();
    advice.lacks = advice.lacks.iter().cycle().take(300).cloned().collect();
    let text = rendered(&advice, AdviceFormat::Markdown);
    assert!(text.chars().count() < 65_536, "{}", text.chars().count());
    for expected in
        ["indexes are not told in full", "more indexes to drop are", "more are in the JSON report"]
    {
        assert!(text.contains(expected), "{expected}");
    }
}

#[test]
fn a_partial_result_says_so() {
    let mut advice = rich();
    advice.partial = true;
    for format in [AdviceFormat::Text, AdviceFormat::Markdown, AdviceFormat::Sql] {
        let text = rendered(&advice, format);
        assert!(text.contains("Partial"), "{format:?}");
    }
}
