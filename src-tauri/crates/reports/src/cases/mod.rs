//! Every format as its readers see it: what it says, and that no text of a log breaks out of it.

mod html;
mod junit;
pub(crate) mod markdown;
mod sarif;
mod text;

use charts::text::one_line;
use domain::{NPlusOneDocument, ReplayProgress, ReplayReport, ReplayState, ReportFormat};
use proptest::prelude::*;

use crate::fixture::{HOSTILE, empty, hostile, large, rich};
use crate::render;

fn rendered(report: &ReplayReport, format: ReportFormat) -> String {
    render(report, format).expect("every report can be written")
}

/// [`HOSTILE`] as it is shown where lines are folded.
fn hostile_line() -> String {
    one_line(HOSTILE)
}

/// Of every character, control characters often.
fn any_text() -> impl Strategy<Value = String> {
    let character = prop_oneof![
        any::<char>(),
        proptest::char::range('\0', '~'),
        proptest::sample::select(vec!['|', '`', '\\', '<', '>', '&', '*', '_', '\n', ' ']),
    ];
    proptest::collection::vec(character, 0..60).prop_map(String::from_iter)
}

#[test]
fn json_holds_the_whole_report() {
    for report in [rich(), hostile(), empty()] {
        let text = rendered(&report, ReportFormat::Json);
        let read: ReplayReport = serde_json::from_str(&text).unwrap();
        assert!(read == report, "{}", report.replay.name);
    }
    let text = rendered(&empty(), ReportFormat::Json);
    assert!(
        text.starts_with("{\n  \"replay\": {\n    \"id\": \"17\","),
        "stable names, in the order of the fields"
    );
}

#[test]
fn the_document_is_what_mpanel_logs() {
    let text = rendered(&rich(), ReportFormat::Document);
    let read: Vec<NPlusOneDocument> = serde_json::from_str(&text).unwrap();
    assert_eq!(read, rich().documents);
    for name in
        ["\"requestId\": \"abc123\"", "\"totalTime\": \"523ms\"", "\"percentageReduction\": \"90.0%\""]
    {
        assert!(text.contains(name), "{name}");
    }
    assert_eq!(rendered(&empty(), ReportFormat::Document), "[]\n");
}

#[test]
fn no_format_lets_a_control_character_through() {
    for format in ReportFormat::ALL {
        for report in [rich(), hostile(), empty()] {
            let text = rendered(&report, format);
            let bad = text
                .chars()
                .find(|one| one.is_control() && !matches!(one, '\n' | '\t') || *one == '\u{202e}');
            // JSON writes control characters as escapes; the direction of text is no matter of its.
            let json = matches!(format, ReportFormat::Json | ReportFormat::Document | ReportFormat::Sarif);
            assert!(bad.is_none_or(|bad| json && bad == '\u{202e}'), "{format:?}: {bad:?}");
            assert!(text.ends_with('\n'), "{format:?}");
        }
    }
}

#[test]
fn a_partial_result_says_so_everywhere() {
    let mut report = rich();
    let running =
        ReplayProgress { bytes_read: 41, bytes_total: Some(100), statements: 7, ..ReplayProgress::default() };
    let states = [
        (ReplayState::Running { progress: running }, "still running, 41% of the logs read so far"),
        (ReplayState::Cancelled, "stopped before the end of the logs"),
        (
            ReplayState::Failed {
                problem: domain::Problem {
                    code: domain::ProblemCode::Internal,
                    message: "The disk went away.".to_owned(),
                    remedy: Some("Attach it again.".to_owned()),
                },
            },
            "the replay failed. The disk went away. Attach it again.",
        ),
    ];
    for (state, expected) in states {
        report.replay.state = state;
        for format in [ReportFormat::Text, ReportFormat::Markdown, ReportFormat::Html, ReportFormat::Sarif] {
            let text = rendered(&report, format).replace('\n', " ");
            assert!(text.contains(expected), "{format:?}: {expected}");
        }
    }
    assert!(!rendered(&rich(), ReportFormat::Text).contains("Partial"));
}

#[test]
fn programs_get_all_findings_and_people_those_that_matter() {
    let report = large(300, 200);
    let counts = [
        (ReportFormat::Text, "     Fix: ", 50),
        (ReportFormat::Markdown, "\n| ", 1 + 1 + 50 + 30 + 2),
        (ReportFormat::Sarif, "\"ruleIndex\"", 300),
        (ReportFormat::Junit, "<testcase ", 300),
        (ReportFormat::Html, "id=\"finding-", 100),
    ];
    for (format, mark, expected) in counts {
        let text = rendered(&report, format);
        let found = text.matches(mark).count();
        assert_eq!(found, expected, "{format:?}");
    }
    let text = rendered(&report, ReportFormat::Text);
    let told = report.findings.iter().filter(|finding| finding.ignored.is_none()).count();
    assert!(text.contains(&format!("{} more findings are in the JSON, SARIF and JUnit reports.", told - 50)));
    assert!(text.contains("170 more statements are in the JSON report."));
}

#[test]
fn a_comment_fits_into_what_github_takes() {
    let mut worst = hostile();
    worst.findings = worst.findings.iter().cycle().take(500).cloned().collect();
    worst.queries = worst.queries.iter().cycle().take(500).cloned().collect();
    worst.coverage.set_aside = worst.coverage.set_aside.iter().cycle().take(5_000).cloned().collect();
    worst.limits = vec![super::fixture::HOSTILE.to_owned(); 500];
    for report in [large(4_000, 2_000), worst, rich()] {
        let text = rendered(&report, ReportFormat::Markdown);
        assert!(text.chars().count() < 65_536, "{}", text.chars().count());
    }
    let text = rendered(&large(4_000, 2_000), ReportFormat::Markdown);
    assert!(text.contains("listed without details, because a comment has room for no more"));
}
