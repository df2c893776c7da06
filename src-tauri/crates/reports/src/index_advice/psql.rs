//! The two scripts for `psql`: one that does what is chosen, one that takes it back.

use charts::text::{one_line, printable};
use charts::utc;
use domain::{CodeLanguage, IndexAdvice, ScriptFile, ScriptKind};

use super::chosen::Chosen;
use super::planned::{IndexName, StepEffect};
use super::sql::{
    Proof, Statement, StatementKind, Wanted, check, drop_marked, is_partitioned, leftovers, mark, note,
    tell_left,
};
use super::steps::{self, Group, RESETS, SET, Step, Subject, groups, set_lock_timeout, undos, wanted};
use super::{header, summary};
use crate::text::wrap::paragraph;

pub(super) fn apply(chosen: &Chosen<'_>) -> ScriptFile {
    let groups = groups(chosen);
    let kinds: Vec<_> = groups.iter().flat_map(|group| &group.steps).map(|step| step.run.kind).collect();
    let path = "apply-indexes.sql";
    let mut out = begin(chosen, ScriptKind::Apply, path, &kinds);
    let made: Vec<Wanted> = chosen.create.iter().flat_map(|one| wanted(one)).collect();
    let mut lock_timeout = sweep(&mut out, &made, &[]);
    if !made.is_empty() {
        out.push_str("\n-- Notes what is there already. The rest gets a comment, and only that does the way back drop.\n");
        put(&mut out, &mut lock_timeout, &note(&made));
    }
    let text = mark_of(chosen);
    for group in &groups {
        out.push('\n');
        out.push_str(&comment(&remark(group)));
        for step in &group.steps {
            put(&mut out, &mut lock_timeout, &step.run);
            if let StepEffect::Creates { index, .. } = &step.effect {
                put(&mut out, &mut lock_timeout, &mark(index.schema.as_deref(), &index.name, &text));
            }
        }
    }
    file(path, end(out))
}

/// The comment on what a script created.
fn mark_of(chosen: &Chosen<'_>) -> String {
    format!("Created by {} from its index advice of {}", crate::TOOL, utc::moment(chosen.advice.made_at))
}

pub(super) fn roll_back(chosen: &Chosen<'_>) -> ScriptFile {
    let steps = steps::steps(chosen);
    let undos = undos(&steps);
    let kinds: Vec<_> = undos.iter().map(|undo| undo.kind).collect();
    let path = "roll-back-indexes.sql";
    let mut out = begin(chosen, ScriptKind::RollBack, path, &kinds);
    // What is built at once is never left invalid, and what was dropped for being invalid does not come back.
    let again: Vec<Wanted> = chosen
        .drop
        .iter()
        .filter(|one| one.kind != domain::DropKind::Invalid)
        .map(|one| Wanted {
            schema: Some(one.schema.clone()),
            table: one.table.clone(),
            index: one.index.clone(),
        })
        .collect();
    let made: Vec<Wanted> = chosen.create.iter().flat_map(|one| wanted(one)).collect();
    let mut lock_timeout = sweep(&mut out, &again, &made);
    let creates: Vec<_> = undos
        .into_iter()
        .filter(|one| matches!(one.kind, StatementKind::CreateConcurrently | StatementKind::CreateAtOnce))
        .collect();
    if !creates.is_empty() {
        out.push_str("\n-- What was dropped, as it was.\n");
        creates.iter().for_each(|one| put(&mut out, &mut lock_timeout, one));
        put(&mut out, &mut lock_timeout, &check(&again, Proof::Done));
    }
    if !made.is_empty() {
        drop_created(&mut out, &mut lock_timeout, &created(&steps), &mark_of(chosen));
        put(&mut out, &mut lock_timeout, &tell_left(&made));
    }
    if chosen.drop.iter().any(|one| one.kind == domain::DropKind::Invalid) {
        out.push_str("\n-- Indexes that were dropped because they were invalid are not created again.\n");
    }
    file(path, end(out))
}

/// How each index that was created is dropped, the last first; what was attached goes with the one above.
fn created(steps: &[Step]) -> Vec<(StatementKind, &IndexName)> {
    let mut all = Vec::new();
    for step in steps.iter().rev() {
        let (Some(undo), StepEffect::Creates { index, .. } | StepEffect::Attaches { to: index, .. }) =
            (&step.undo, &step.effect)
        else {
            continue;
        };
        if !all.contains(&(undo.kind, index)) {
            all.push((undo.kind, index));
        }
    }
    all
}

fn drop_created(
    out: &mut String,
    lock_timeout: &mut Option<&'static str>,
    created: &[(StatementKind, &IndexName)],
    mark: &str,
) {
    out.push_str(
        "\n-- What the script created, by the comment that it left: psql drops these. An index of the same name that was\n\
         -- there before stays.\n",
    );
    for (kind, index) in created {
        out.extend(set_lock_timeout(lock_timeout, *kind).map(|set| format!("{set};\n")));
        let query = drop_marked(*kind, index.schema.as_deref(), &index.name, mark);
        out.push_str(&format!("{query};\n\\gexec\n"));
    }
}

/// The script of what the advice selects; a comment where that is nothing.
pub(super) fn selected(advice: &IndexAdvice) -> String {
    match Chosen::selected(advice) {
        Some(chosen) => apply(&chosen).contents,
        None => "-- The advice selects no index to create or to drop.\n".to_owned(),
    }
}

fn begin(chosen: &Chosen<'_>, kind: ScriptKind, path: &str, kinds: &[StatementKind]) -> String {
    let mut text = header::lines(chosen, kind, kinds).join("\n");
    text.push_str("\n\nRun it outside of a transaction, as the owner of the tables:\n\n");
    text.push_str(&format!("    psql -X -v ON_ERROR_STOP=1 -f {path}\n\n"));
    paragraph(
        &mut text,
        "",
        "It stops at the first error and can be run again: what is done is skipped. Other programs than psql run it \
         statement by statement without the lines that begin with a backslash; the query before such a line then \
         shows what is to be dropped by hand.",
    );
    let mut out = comment(&text);
    out.push_str(&format!("\n{SET};\n"));
    out
}

/// Drops what a failed try left of `wanted`, before IF NOT EXISTS takes it for the index that is wanted, and of what is
/// `unwanted`. Gives the `lock_timeout` that it sets.
fn sweep(out: &mut String, wanted: &[Wanted], unwanted: &[Wanted]) -> Option<&'static str> {
    let all = [wanted, unwanted].concat();
    if all.is_empty() {
        return None;
    }
    out.push_str(
        "\n-- A build that failed leaves its index behind, invalid and in the way of the next try: psql drops these.\n",
    );
    let mut lock_timeout = None;
    let set = set_lock_timeout(&mut lock_timeout, StatementKind::DropConcurrently);
    out.extend(set.map(|set| format!("{set};\n")));
    // The semicolon runs it for every program; psql runs it again for its next line, which executes what it gives.
    out.push_str(&format!("{};\n\\gexec\n", leftovers(&all)));
    if !wanted.is_empty() {
        out.push_str("\n-- Fails if one of them is still there, or is being built by someone else.\n");
        out.push_str(&format!("{};\n", check(wanted, Proof::Ready).block()));
    }
    lock_timeout
}

fn put(out: &mut String, lock_timeout: &mut Option<&'static str>, statement: &Statement) {
    if let Some(set) = set_lock_timeout(lock_timeout, statement.kind) {
        out.push_str(&format!("{set};\n"));
    }
    out.push_str(&format!("{};\n", statement.block()));
}

fn end(mut out: String) -> String {
    out.push('\n');
    out.extend(RESETS.map(|reset| format!("{reset};\n")));
    out
}

/// Why a group is there.
fn remark(group: &Group<'_>) -> String {
    let mut out = String::new();
    match group.subject {
        Subject::Create(one) => {
            paragraph(&mut out, "", &format!("{}, priority {}", one.title, summary::priority(one.priority)));
            paragraph(&mut out, "", &one.reason);
            let figures =
                format!("{}; {}.", summary::capital(&summary::figures(one)), summary::evidence(one.evidence));
            paragraph(&mut out, "", &figures);
            summary::remarks(one).iter().for_each(|remark| paragraph(&mut out, "", remark));
        }
        Subject::Drop(one) => {
            paragraph(&mut out, "", &format!("{}: {}", one.title, summary::drop_reason(one)));
            one.notes.iter().for_each(|note| paragraph(&mut out, "", note));
            if is_partitioned(&one.definition) {
                paragraph(
                    &mut out,
                    "",
                    "The table has partitions: their indexes go with it, and not CONCURRENTLY.",
                );
            }
        }
        Subject::Check => {
            paragraph(&mut out, "", "Fails if one of the new indexes is not there or not valid.")
        }
    }
    out
}

/// Every line as a comment: nothing that a name holds ends it.
fn comment(text: &str) -> String {
    let line = |line: &str| {
        let line = printable(line);
        if one_line(&line).is_empty() { "--\n".to_owned() } else { format!("-- {line}\n") }
    };
    text.lines().map(line).collect()
}

fn file(path: &str, contents: String) -> ScriptFile {
    ScriptFile { path: path.to_owned(), language: CodeLanguage::Sql, contents }
}
