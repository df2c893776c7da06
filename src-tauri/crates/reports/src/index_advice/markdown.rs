//! The advice for a comment on a pull request: one table, then each index folded away with its reasons and its SQL.

use charts::text::clip;
use domain::{DropSuggestion, IndexAdvice, IndexSuggestion, ServedStatement};

use super::summary;
use crate::markdown::escape::{code, fence, html, sentence, text};
use crate::markdown::{put, remedy_text};
use crate::words::{bytes, count, number, percent, time_or_unknown};

/// Characters of a text in a cell.
const CELL: usize = 120;
/// Longer SQL belongs into the script.
const LONGEST_CODE: usize = 4_000;
const MOST_STATEMENTS: usize = 30;
const MOST_SERVED: usize = 5;
/// GitHub takes 65,536 characters a comment: up to where each part may reach, so that the last has room too.
const ROWS: usize = 14_000;
const DROPS: usize = 24_000;
const DETAILS: usize = 44_000;
const BASIS: usize = 50_000;
const CONSIDERED: usize = 56_000;
const STATEMENTS: usize = 62_000;

pub(super) fn render(advice: &IndexAdvice) -> String {
    let mut out = format!(
        "## {}\n\n{} {}.\n\n",
        text(&clip(&summary::title(advice), 200)),
        text(&summary::headline(advice)),
        text(&summary::capital(&summary::effect(advice)))
    );
    if let Some(partial) = summary::partial(advice) {
        out.push_str(&format!("**{}**\n\n", text(partial)));
    }
    let listed = create(&mut out, advice);
    drop(&mut out, advice);
    let folded = advice.create.iter().take(listed).enumerate();
    let folded =
        folded.take_while(|(rank, one)| put(&mut out, &details(advice, rank + 1, one), DETAILS)).count();
    if folded < advice.create.len() {
        let more = count((advice.create.len() - folded) as u64, "index is", "indexes are");
        out.push_str(&format!("{more} not told in full: see the text or JSON report.\n\n"));
    }
    basis(&mut out, advice);
    considered(&mut out, advice);
    statements(&mut out, advice);
    out.push_str(&format!("<sub>{}, index advice of {}</sub>\n", crate::TOOL, html(&summary::made(advice))));
    out
}

fn create(out: &mut String, advice: &IndexAdvice) -> usize {
    if advice.create.is_empty() {
        return 0;
    }
    out.push_str("| # | Index | Priority | Evidence | Saves | Executions | Mean | Size |\n");
    out.push_str("| ---: | --- | --- | --- | ---: | ---: | ---: | ---: |\n");
    let rows = advice.create.iter().enumerate();
    let listed = rows.take_while(|(rank, one)| put(out, &row(rank + 1, one), ROWS)).count();
    out.push('\n');
    listed
}

fn row(rank: usize, one: &IndexSuggestion) -> String {
    let selected = if one.selected { "" } else { "<br>not selected" };
    format!(
        "| {rank} | **{}**<br>{}{selected} | {} | {} | {} | {} | {} → {} | {} |\n",
        text(&clip(&one.title, CELL)),
        code(&one.name, CELL),
        summary::priority(one.priority),
        summary::evidence_word(one.evidence),
        share(one.saved_ratio),
        number(one.calls),
        text(&time_or_unknown(one.mean_ms_before)),
        text(&time_or_unknown(one.mean_ms_after)),
        text(&summary::size(one.size_bytes)),
    )
}

fn share(ratio: f64) -> String {
    percent(ratio).replace('<', "&lt;")
}

fn drop(out: &mut String, advice: &IndexAdvice) {
    if advice.drop.is_empty() {
        return;
    }
    out.push_str("| Index to drop | Why | Size |\n| --- | --- | ---: |\n");
    let listed = advice.drop.iter().take_while(|one| put(out, &drop_row(one), DROPS)).count();
    out.push('\n');
    if let Some(more) = advice.drop.len().checked_sub(listed).filter(|more| *more > 0) {
        let more = count(more as u64, "more index to drop is", "more indexes to drop are");
        out.push_str(&format!("{more} in the text and JSON reports.\n\n"));
    }
}

fn drop_row(one: &DropSuggestion) -> String {
    let selected = if one.selected { "" } else { "<br>not selected" };
    format!(
        "| {}<br>{}{selected} | {}, {}: {} | {} |\n",
        code(&format!("{}.{}", one.schema, one.index), CELL),
        text(&clip(&one.title, CELL)),
        summary::drop_kind(one.kind),
        summary::evidence_word(one.evidence),
        sentence(&clip(&one.reason, 2 * CELL)),
        text(&bytes(one.size_bytes)),
    )
}

fn details(advice: &IndexAdvice, rank: usize, one: &IndexSuggestion) -> String {
    let mut out = format!(
        "<details>\n<summary>{rank}. {}</summary>\n\n{}\n\n",
        html(&clip(&one.title, 200)),
        sentence(&one.reason)
    );
    let mut line = |line: &str| out.push_str(&format!("- {line}\n"));
    line(&text(&summary::capital(&summary::figures(one))));
    line(&text(&summary::capital(summary::evidence(one.evidence))));
    summary::remarks(one).iter().for_each(|remark| line(&sentence(remark)));
    one.serves.iter().take(MOST_SERVED).for_each(|served| line(&change(advice, served)));
    if let Some(more) = one.serves.len().checked_sub(MOST_SERVED).filter(|more| *more > 0) {
        line(&format!("{} faster", count(more as u64, "more statement gets", "more statements get")));
    }
    for worse in one.worsens.iter().take(MOST_SERVED) {
        line(&format!("**Worse:** {}", change(advice, worse)));
    }
    let sql = summary::sql(one);
    if sql.len() > LONGEST_CODE {
        out.push_str("\nIts SQL is too long for a comment: it is in the script.\n");
    } else {
        out.push_str(&format!("\n{}", fence("sql", &sql)));
    }
    out.push_str("\n</details>\n\n");
    out
}

fn change(advice: &IndexAdvice, served: &ServedStatement) -> String {
    format!("{}: {}", text(&summary::change(served)), code(summary::statement(advice, served), CELL))
}

fn basis(out: &mut String, advice: &IndexAdvice) {
    out.push_str("<details>\n<summary>What it rests on</summary>\n\n");
    for line in summary::basis(advice) {
        put(out, &format!("- {}: {}\n", line.label, text(&clip(&line.text, 500))), BASIS);
    }
    for lack in &advice.lacks {
        let remedy = lack.remedy.as_ref().map(|remedy| format!(" Remedy: {}", remedy_text(remedy)));
        put(out, &format!("- Missing: {}{}\n", text(&lack.message), remedy.unwrap_or_default()), BASIS);
    }
    out.push_str("\n</details>\n\n");
}

fn considered(out: &mut String, advice: &IndexAdvice) {
    if advice.considered.is_empty() {
        return;
    }
    out.push_str("<details>\n<summary>Considered and not suggested</summary>\n\n");
    let lines = advice.considered.iter().map(|one| {
        format!("- **{}**: {}\n", text(&clip(&one.title, CELL)), sentence(&clip(&one.reason, 3 * CELL)))
    });
    let listed = lines.take_while(|line| put(out, line, CONSIDERED)).count();
    more(out, advice.considered.len() - listed, "more is", "more are");
    out.push_str("\n</details>\n\n");
}

fn statements(out: &mut String, advice: &IndexAdvice) {
    if advice.statements.is_empty() {
        return;
    }
    out.push_str("<details>\n<summary>Statements that took most time</summary>\n\n");
    out.push_str(
        "| Statement | Calls | Mean | Cost | After | Saved |\n| --- | ---: | ---: | ---: | ---: | ---: |\n",
    );
    let rows = advice.statements.iter().take(MOST_STATEMENTS).map(|one| {
        let saved =
            one.cost_before.zip(one.cost_after).and_then(|(before, after)| summary::saving(before, after));
        format!(
            "| {} | {} | {} | {} | {} | {} |\n",
            code(&one.statement, CELL),
            number(one.calls),
            text(&time_or_unknown(one.mean_ms)),
            summary::cost_or_unknown(one.cost_before),
            summary::cost_or_unknown(one.cost_after),
            share(saved.unwrap_or(f64::NAN)),
        )
    });
    let listed = rows.take_while(|row| put(out, row, STATEMENTS)).count();
    more(out, advice.statements.len() - listed, "more statement is", "more statements are");
    out.push_str("\n</details>\n\n");
}

fn more(out: &mut String, more: usize, one: &str, many: &str) {
    if more > 0 {
        out.push_str(&format!("\n{} in the JSON report.\n", count(more as u64, one, many)));
    }
}
