//! The advice for a terminal: what to do first, then why, at most 100 columns, no colours.

use domain::{DropSuggestion, IndexAdvice, IndexSuggestion};

use super::summary;
use crate::text::lines::{heading, labelled, row};
use crate::text::wrap::{code, paragraph};
use crate::words::{count, number, percent, time_or_unknown};

const MOST_STATEMENTS: usize = 30;
const MOST_CONSIDERED: usize = 50;
/// Statements listed below one suggestion.
const MOST_SERVED: usize = 5;
/// Lines of the SQL for one suggestion; a recipe for many partitions is longer.
const MOST_CODE: usize = 20;

pub(super) fn render(advice: &IndexAdvice) -> String {
    let mut out = String::new();
    paragraph(&mut out, "", &summary::title(advice));
    paragraph(&mut out, "", &summary::headline(advice));
    paragraph(&mut out, "", &format!("{}.", summary::capital(&summary::effect(advice))));
    if let Some(partial) = summary::partial(advice) {
        paragraph(&mut out, "", partial);
    }
    heading(&mut out, "What it rests on");
    summary::basis(advice).iter().for_each(|line| labelled(&mut out, line.label, &line.text));
    for lack in &advice.lacks {
        labelled(&mut out, "Missing", &lack.message);
        if let Some(remedy) = &lack.remedy {
            labelled(&mut out, "", &format!("Remedy: {remedy}"));
        }
    }
    create(&mut out, advice);
    drop(&mut out, advice);
    considered(&mut out, advice);
    statements(&mut out, advice);
    out.push('\n');
    paragraph(&mut out, "", &format!("Made by {}, {}.", crate::TOOL, summary::made(advice)));
    out
}

fn create(out: &mut String, advice: &IndexAdvice) {
    let order = if advice.create.len() > 1 { ", the most useful first" } else { "" };
    let title = count(advice.create.len() as u64, "index to create", "indexes to create");
    heading(out, &format!("{title}{order}"));
    if advice.create.is_empty() {
        paragraph(out, "  ", "No index would help enough.");
    }
    for (rank, one) in advice.create.iter().enumerate() {
        if rank > 0 {
            out.push('\n');
        }
        suggestion(out, advice, rank + 1, one);
    }
}

fn suggestion(out: &mut String, advice: &IndexAdvice, rank: usize, one: &IndexSuggestion) {
    let priority = summary::priority(one.priority);
    let evidence = summary::evidence_word(one.evidence);
    let selected = if one.selected { "" } else { ", not selected" };
    paragraph(out, &format!("{rank:>3}. "), &format!("{} ({priority}, {evidence}{selected})", one.title));
    let mut line = |text: &str| paragraph(out, "     ", text);
    line(&one.reason);
    line(&format!("{}.", summary::capital(&summary::figures(one))));
    summary::remarks(one).iter().for_each(|remark| line(remark));
    for (served, sign) in one
        .serves
        .iter()
        .take(MOST_SERVED)
        .map(|served| (served, "     + "))
        .chain(one.worsens.iter().take(MOST_SERVED).map(|worse| (worse, "     − ")))
    {
        let statement = charts::text::clip(summary::statement(advice, served), 160);
        paragraph(out, sign, &format!("{}: {statement}", summary::change(served)));
    }
    if let Some(more) = one.serves.len().checked_sub(MOST_SERVED).filter(|more| *more > 0) {
        let more = count(more as u64, "more statement gets", "more statements get");
        paragraph(out, "       ", &format!("{more} faster."));
    }
    code(out, "         ", &summary::sql(one), MOST_CODE);
}

fn drop(out: &mut String, advice: &IndexAdvice) {
    if advice.drop.is_empty() {
        return;
    }
    heading(out, &count(advice.drop.len() as u64, "index to drop", "indexes to drop"));
    advice.drop.iter().for_each(|one| dropped(out, one));
}

fn dropped(out: &mut String, one: &DropSuggestion) {
    let selected = if one.selected { "" } else { " (not selected)" };
    paragraph(out, "   - ", &format!("{}.{}: {}{selected}", one.schema, one.index, one.title));
    paragraph(out, "     ", &format!("{}.", summary::capital(&summary::drop_reason(one))));
    one.notes.iter().for_each(|note| paragraph(out, "     ", note));
}

fn considered(out: &mut String, advice: &IndexAdvice) {
    if advice.considered.is_empty() {
        return;
    }
    heading(out, "Considered and not suggested");
    for one in advice.considered.iter().take(MOST_CONSIDERED) {
        paragraph(out, "   - ", &format!("{}: {}", one.title, one.reason));
    }
    more(out, advice.considered.len(), MOST_CONSIDERED, ("more is", "more are"));
}

fn statements(out: &mut String, advice: &IndexAdvice) {
    if advice.statements.is_empty() {
        return;
    }
    heading(out, "Statements, what took most time first");
    let head = [("calls", 11), ("mean", 8), ("cost", 12), ("after", 12), ("saved", 6)];
    row(out, &head.map(|(name, width)| (name.to_owned(), width)), "statement");
    for one in advice.statements.iter().take(MOST_STATEMENTS) {
        let saved =
            one.cost_before.zip(one.cost_after).and_then(|(before, after)| summary::saving(before, after));
        let cells = [
            (number(one.calls), 11),
            (time_or_unknown(one.mean_ms), 8),
            (summary::cost_or_unknown(one.cost_before), 12),
            (summary::cost_or_unknown(one.cost_after), 12),
            (saved.map_or_else(|| crate::words::UNKNOWN.to_owned(), percent), 6),
        ];
        row(out, &cells, &one.statement);
        if let Some(problem) = &one.problem {
            paragraph(out, &" ".repeat(57), problem);
        }
    }
    more(out, advice.statements.len(), MOST_STATEMENTS, ("more statement is", "more statements are"));
}

fn more(out: &mut String, all: usize, most: usize, (one, many): (&str, &str)) {
    if let Some(more) = all.checked_sub(most).filter(|more| *more > 0) {
        paragraph(out, "  ", &format!("{} in the JSON report.", count(more as u64, one, many)));
    }
}
