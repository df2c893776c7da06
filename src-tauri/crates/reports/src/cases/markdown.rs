//! The comment on a pull request, as a parser of GitHub's markdown reads it.

use domain::ReportFormat;
use proptest::prelude::*;
use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd};

use super::{any_text, hostile, hostile_line, rendered, rich};
use crate::markdown::escape;

pub(crate) fn events(markdown: &str) -> Vec<Event<'_>> {
    Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH).collect()
}

/// Rows of all tables as the texts of their cells.
pub(crate) fn rows(markdown: &str) -> Vec<Vec<String>> {
    let mut rows: Vec<Vec<String>> = Vec::new();
    let mut within = false;
    for event in events(markdown) {
        match event {
            Event::Start(Tag::TableHead | Tag::TableRow) => rows.push(Vec::new()),
            Event::Start(Tag::TableCell) => {
                within = true;
                rows.last_mut().unwrap().push(String::new());
            }
            Event::End(TagEnd::TableCell) => within = false,
            Event::Text(text) | Event::Code(text) if within => {
                rows.last_mut().unwrap().last_mut().unwrap().push_str(&text);
            }
            _ => {}
        }
    }
    rows
}

#[test]
fn findings_stand_in_a_table_and_their_fixes_are_folded_away() {
    let text = rendered(&rich(), ReportFormat::Markdown);
    let rows = rows(&text);
    assert_eq!(
        rows[0],
        ["#", "Finding", "Statement", "Units", "Repeats", "Time given back", "Fewer queries"]
    );
    let expected = [
        "1",
        "N+1 query, criticalorders by customer_idGET /api/customers and 1 more route",
        "SELECT * FROM orders WHERE customer_id = $1",
        "18,204 requests",
        "21",
        "34 min",
        "95%",
    ];
    assert_eq!(rows[1], expected);
    assert_eq!(text.matches("<details>\n<summary>").count(), 7 + 2, "findings, coverage, statements");
    assert_eq!(text.matches("</details>").count(), 9);
    for expected in [
        "## api-2026-11-22.csv and 1 more\n",
        "```sql\nSELECT * FROM orders WHERE customer_id = ANY($1)\n```",
        "  - against it: Grouped by session",
        "1 pattern is ignored by decision.",
        "- A cache of results would save 21 min of database time.",
        "Remedy: `log_line_prefix = '%m [%p] %q%u@%d %a '`",
    ] {
        assert!(text.contains(expected), "{expected:?} in\n{text}");
    }
}

#[test]
fn hostile_texts_break_no_table_and_no_fold() {
    let text = rendered(&hostile(), ReportFormat::Markdown);
    let rows = rows(&text);
    assert_eq!(rows.iter().filter(|row| row.len() == 7).count(), 1 + 7, "head and findings");
    assert_eq!(rows.iter().filter(|row| row.len() == 6).count(), 1 + 9, "head and statements");
    assert_eq!(rows[2][2], charts::text::clip(&hostile_line(), 120));
    assert!(rows[2][1].ends_with(&format!("{} and 1 more route", hostile_line())));
    let allowed = ["<details>", "</details>", "<summary>", "<br>", "<code>", "</code>", "<sub>", "</sub>"];
    for event in events(&text) {
        match event {
            Event::Html(html) | Event::InlineHtml(html) => {
                let html = html.trim();
                assert!(allowed.iter().any(|tag| html.starts_with(tag)), "{html}");
                assert!(!html.contains("<script"), "{html}");
            }
            Event::Start(Tag::Link { .. } | Tag::Image { .. } | Tag::Emphasis | Tag::Strikethrough) => {
                panic!("{event:?}")
            }
            _ => {}
        }
    }
    let code: Vec<CowStr<'_>> = events(&text)
        .into_iter()
        .filter_map(|event| match event {
            Event::Text(text) if text.contains("<script>") && text.contains('\n') => Some(text),
            _ => None,
        })
        .collect();
    assert!(code.len() >= 7, "fences hold the statements as they are");
}

proptest! {
    #[test]
    fn what_is_escaped_is_read_back_from_a_cell(first in any_text(), second in any_text()) {
        let markdown = format!(
            "| a | b | c |\n| --- | --- | --- |\n| x{}x | x{}x | x{}x |\n",
            escape::text(&first),
            escape::code(&second, usize::MAX),
            escape::code(&first, usize::MAX),
        );
        let rows = rows(&markdown);
        let line = |text: &str| format!("x{}x", charts::text::one_line(text));
        prop_assert_eq!(&rows[1], &[line(&first), line(&second), line(&first)], "{}", markdown);
    }

    #[test]
    fn fences_hold_anything(text in any_text()) {
        let markdown = escape::fence("sql", &text);
        let blocks = events(&markdown).iter().filter(|event| matches!(event, Event::Start(Tag::CodeBlock(_)))).count();
        prop_assert_eq!(blocks, 1);
        let outside = events(&markdown).iter().any(|event| matches!(event, Event::Start(Tag::Paragraph)));
        prop_assert!(!outside);
    }
}
