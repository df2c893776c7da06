//! The steps that take a build back: only what it did itself.

use std::collections::BTreeMap;

use reports::index_advice::{IndexStep, StepEffect};

use super::record::Applied;

/// What was dropped is created before what was created is dropped, so that no statement is without its index between
/// them. The number is of the index that a drop is for.
pub(super) fn take_back(applied: &[Applied]) -> Vec<(IndexStep, Option<u32>)> {
    let mut groups: BTreeMap<usize, Vec<&Applied>> = BTreeMap::new();
    for one in applied {
        groups.entry(one.step.group).or_default().push(one);
    }
    let all: Vec<&Applied> = groups.into_values().rev().flat_map(of_group).collect();
    let (drops, creates): (Vec<_>, Vec<_>) = all
        .into_iter()
        .filter_map(|one| Some((IndexStep::clone(one.step.undo.as_deref()?), one.number)))
        .partition(|(undo, _)| matches!(undo.effect, StepEffect::Drops { .. }));
    // Of one that fails, the others are not thought to be part.
    let steps = creates.into_iter().chain(drops).enumerate();
    steps.map(|(group, (step, number))| (IndexStep { group, ..step }, number)).collect()
}

/// In the order in which they were made: indexes of partitions go with that of their table, and not alone.
fn of_group(steps: Vec<&Applied>) -> Vec<&Applied> {
    let attached = steps.iter().filter(|one| matches!(one.step.effect, StepEffect::Attaches { .. })).count();
    let mut others = steps;
    others.retain(|one| !matches!(one.step.effect, StepEffect::Attaches { .. }));
    if attached > 0 && attached + 1 == others.len() {
        others.truncate(1);
    }
    others
}

#[cfg(test)]
mod tests {
    use reports::index_advice::IndexName;

    use super::*;

    fn step(sql: &str, group: usize, effect: StepEffect, undo: Option<IndexStep>) -> IndexStep {
        IndexStep { sql: sql.to_owned(), lock_timeout: None, effect, group, undo: undo.map(Box::new) }
    }

    fn name(name: &str) -> IndexName {
        IndexName { schema: None, name: name.to_owned() }
    }

    fn creates(index: &str) -> StepEffect {
        StepEffect::Creates { index: name(index), table: "t".to_owned(), valid: true }
    }

    fn drops(index: &str) -> StepEffect {
        StepEffect::Drops { index: name(index), table: "t".to_owned(), definition: String::new() }
    }

    fn created(index: &str, group: usize, number: u32) -> Applied {
        let undo = step(&format!("drop {index}"), group, drops(index), None);
        let step = step(&format!("create {index}"), group, creates(index), Some(undo));
        Applied { step, number: Some(number), shown: 0 }
    }

    fn dropped(index: &str, group: usize) -> Applied {
        let undo = step(&format!("create {index}"), group, creates(index), None);
        let step = step(&format!("drop {index}"), group, drops(index), Some(undo));
        Applied { step, number: None, shown: 0 }
    }

    fn attached(index: &str, group: usize) -> Applied {
        let effect = StepEffect::Attaches { index: name(index), to: name("top") };
        let undo = step("drop top", group, drops("top"), None);
        Applied { step: step("attach", group, effect, Some(undo)), number: None, shown: 0 }
    }

    fn told(applied: &[Applied]) -> Vec<(String, Option<u32>)> {
        take_back(applied).into_iter().map(|(step, number)| (step.sql, number)).collect()
    }

    #[test]
    fn what_was_dropped_comes_back_first_and_partitions_go_with_their_table() {
        let whole = [
            created("a", 0, 1),
            created("top", 1, 2),
            created("leaf", 1, 3),
            attached("leaf", 1),
            dropped("old", 3),
        ];
        let of = |sql: &str, number| (sql.to_owned(), number);
        assert_eq!(told(&whole), [of("create old", None), of("drop top", Some(2)), of("drop a", Some(1))]);
        let half = [created("top", 1, 2), created("one", 1, 3), created("two", 1, 4), attached("two", 1)];
        assert_eq!(told(&half), [of("drop top", Some(2)), of("drop one", Some(3)), of("drop two", Some(4))]);
        assert!(told(&[]).is_empty());
    }
}
