//! What is chosen as statements in the order in which they run, each with the one that takes it back.

use domain::{AdvisedPartition, DropKind, DropSuggestion, IndexSuggestion};

use super::chosen::Chosen;
use super::planned::{IndexName, StepEffect};
use super::sql::{
    On, Proof, Statement, StatementKind, Target, Wanted, check, create, drop_index, is_partitioned,
    qualified, restore,
};

/// A statement, and what takes it back.
#[derive(Debug)]
pub(super) struct Step {
    /// "create idx_orders_customer_id"
    pub title: String,
    pub run: Statement,
    /// Absent where there is nothing to take back.
    pub undo: Option<Statement>,
    pub effect: StepEffect,
}

/// All steps for one suggestion.
pub(super) struct Group<'a> {
    pub subject: Subject<'a>,
    pub steps: Vec<Step>,
}

#[derive(Clone, Copy)]
pub(super) enum Subject<'a> {
    Create(&'a IndexSuggestion),
    Drop(&'a DropSuggestion),
    /// The proof that all is there.
    Check,
}

/// Creates, then drops, so that no statement is without its index between them. Those that come before the drops are
/// proven before anything is dropped.
pub(super) fn groups<'a>(chosen: &Chosen<'a>) -> Vec<Group<'a>> {
    let mut groups: Vec<_> = chosen.create.iter().map(|one| created(one)).collect();
    let all: Vec<Wanted> = chosen.create.iter().flat_map(|one| wanted(one)).collect();
    if !all.is_empty() {
        groups.push(Group { subject: Subject::Check, steps: vec![checked("check the new indexes", &all)] });
    }
    groups.extend(
        chosen.drop.iter().map(|one| Group { subject: Subject::Drop(one), steps: vec![dropped(one)] }),
    );
    groups
}

/// The steps of a migration, without their suggestions.
pub(super) fn steps(chosen: &Chosen<'_>) -> Vec<Step> {
    groups(chosen).into_iter().flat_map(|group| group.steps).collect()
}

/// What takes steps back, in the order in which it runs; each statement once.
pub(super) fn undos(steps: &[Step]) -> Vec<&Statement> {
    let mut undos: Vec<&Statement> = Vec::new();
    for undo in steps.iter().rev().filter_map(|step| step.undo.as_ref()) {
        if !undos.contains(&undo) {
            undos.push(undo);
        }
    }
    undos
}

/// The indexes that a suggestion makes, with those of the partitions.
pub(super) fn wanted(one: &IndexSuggestion) -> Vec<Wanted> {
    let mut all = vec![Wanted {
        schema: one.definition.schema.clone(),
        table: one.definition.table.clone(),
        index: one.name.clone(),
    }];
    all.extend(one.partitions.iter().map(of_partition));
    all
}

fn of_partition(partition: &AdvisedPartition) -> Wanted {
    Wanted {
        schema: Some(partition.schema.clone()),
        table: partition.table.clone(),
        index: partition.index_name.clone(),
    }
}

fn created(one: &IndexSuggestion) -> Group<'_> {
    let schema = one.definition.schema.as_deref();
    let target = Target { schema, table: &one.definition.table, index: &one.name };
    let steps =
        if one.partitions.is_empty() { vec![made(one, target, On::Table)] } else { recipe(one, target) };
    Group { subject: Subject::Create(one), steps }
}

/// What makes the index of one suggestion, without the proofs.
pub(super) fn creates(one: &IndexSuggestion) -> Vec<Statement> {
    let statements = created(one).steps.into_iter().map(|step| step.run);
    statements.filter(|run| run.kind != StatementKind::Check).collect()
}

fn made(one: &IndexSuggestion, target: Target<'_>, on: On) -> Step {
    Step {
        title: format!("create {}", target.index),
        run: create(target, on, &one.definition),
        undo: Some(drop_index(target.schema, target.index, on == On::Table)),
        effect: StepEffect::Creates {
            index: IndexName::of(target.schema, target.index),
            table: target.table.to_owned(),
            valid: on == On::Table,
        },
    }
}

/// PostgreSQL refuses CONCURRENTLY for a table with partitions. So the index is made without them first, invalid, then
/// on each partition, and becomes valid with the last that is attached.
fn recipe(one: &IndexSuggestion, parent: Target<'_>) -> Vec<Step> {
    let mut steps = vec![made(one, parent, On::Only)];
    steps.extend(one.partitions.iter().map(|partition| {
        let target =
            Target { schema: Some(&partition.schema), table: &partition.table, index: &partition.index_name };
        made(one, target, if partition.partitioned { On::Only } else { On::Table })
    }));
    // An invalid one could be attached, and then no longer be dropped.
    let leaves: Vec<_> = one.partitions.iter().filter(|one| !one.partitioned).map(of_partition).collect();
    if !leaves.is_empty() {
        steps.push(checked(&format!("check the partitions of {}", one.name), &leaves));
    }
    // Children first: what is attached last makes its parent valid.
    steps.extend(one.partitions.iter().rev().map(|partition| attached(one, partition, parent)));
    steps
}

fn attached(one: &IndexSuggestion, partition: &AdvisedPartition, top: Target<'_>) -> Step {
    let parent = partition.parent.and_then(|at| one.partitions.get(at));
    let parent = parent.map_or_else(
        || qualified(top.schema, top.index),
        |parent| qualified(Some(&parent.schema), &parent.index_name),
    );
    let child = qualified(Some(&partition.schema), &partition.index_name);
    Step {
        title: format!("attach {}", partition.index_name),
        run: Statement::new(
            StatementKind::Attach,
            [format!("ALTER INDEX {parent}"), format!("ATTACH PARTITION {child}")],
        ),
        // What is attached goes with its parent, and cannot go alone.
        undo: Some(drop_index(top.schema, top.index, false)),
        effect: StepEffect::Attaches {
            index: IndexName::of(Some(&partition.schema), &partition.index_name),
            to: IndexName::of(top.schema, top.index),
        },
    }
}

fn dropped(one: &DropSuggestion) -> Step {
    Step {
        title: format!("drop {}", one.index),
        run: drop_index(Some(&one.schema), &one.index, !is_partitioned(&one.definition)),
        // It served nobody, and a build that failed would fail again.
        undo: (one.kind != DropKind::Invalid).then(|| restore(&one.definition)),
        effect: StepEffect::Drops {
            index: IndexName::of(Some(&one.schema), &one.index),
            table: one.table.clone(),
            definition: one.definition.clone(),
        },
    }
}

fn checked(title: &str, wanted: &[Wanted]) -> Step {
    Step { title: title.to_owned(), run: check(wanted, Proof::Done), undo: None, effect: StepEffect::Checks }
}

/// Statements with the settings that they need before them.
pub(super) fn in_session<'a>(statements: impl IntoIterator<Item = &'a Statement>) -> Vec<String> {
    let mut lines = vec![SET.to_owned()];
    let mut current = None;
    for statement in statements {
        lines.extend(set_lock_timeout(&mut current, statement.kind));
        lines.push(statement.one_line());
    }
    lines
}

/// A timeout of the role would end a long build, and leave an invalid index.
pub(super) const SET: &str = "SET statement_timeout = 0";
/// The role's own again.
pub(super) const RESETS: [&str; 2] = ["RESET lock_timeout", "RESET statement_timeout"];

/// Where the setting is another than before.
pub(super) fn set_lock_timeout(current: &mut Option<&'static str>, next: StatementKind) -> Option<String> {
    let wanted = next.lock_timeout()?;
    if current.replace(wanted) == Some(wanted) { None } else { Some(format!("SET lock_timeout = {wanted}")) }
}
