//! What is said about the whole: compiling, planning, triggers, workers, and what never ran.

use domain::{PlanObservation, Severity};

use crate::explain::text::trigger_name;
use crate::explain::times::is_gather;
use crate::explain::title::title;
use crate::explain::tree::Tree;
use crate::quoting::quoted;
use crate::words::{count, duration, number, percent};

/// Share of the time from which something dominates.
const DOMINATES: f64 = 0.5;
/// Shorter is nothing to care about.
const LONG_MS: f64 = 10.0;

pub(super) fn observations(tree: &Tree) -> Vec<PlanObservation> {
    let mut found: Vec<PlanObservation> =
        [compiling(tree), planning(tree), never_executed(tree)].into_iter().flatten().collect();
    found.extend(triggers(tree));
    found.extend(workers(tree));
    found
}

fn observation(severity: Severity, node: usize, sentence: String, advice: &str) -> PlanObservation {
    let advice = (!advice.is_empty()).then(|| advice.to_owned());
    PlanObservation { severity, node: u32::try_from(node).unwrap_or(u32::MAX), sentence, advice }
}

fn ms(value: f64) -> String {
    duration(value / 1_000.0)
}

fn compiling(tree: &Tree) -> Option<PlanObservation> {
    let execution = tree.whole.number("Execution Time")?;
    let jit = tree.whole.object("JIT")?.object("Timing")?.number("Total")?;
    if jit < LONG_MS || jit < execution * DOMINATES {
        return None;
    }
    let sentence = format!("Compiling it (JIT) takes {} of {}.", ms(jit), ms(execution));
    let advice = "SET jit = off; for this statement, or raise jit_above_cost.";
    Some(observation(Severity::Warning, 0, sentence, advice))
}

fn planning(tree: &Tree) -> Option<PlanObservation> {
    let (planning, execution) = (tree.whole.number("Planning Time")?, tree.whole.number("Execution Time")?);
    if planning < LONG_MS || planning < execution {
        return None;
    }
    let sentence = format!("Planning takes {}, running it {}.", ms(planning), ms(execution));
    let advice = "Prepare the statement once and run it often; fewer partitions, joins and indexes are planned faster.";
    Some(observation(Severity::Warning, 0, sentence, advice))
}

fn triggers(tree: &Tree) -> Vec<PlanObservation> {
    let Some(execution) = tree.whole.number("Execution Time") else { return Vec::new() };
    let one = |trigger: crate::explain::tree::Fields| {
        let time =
            trigger.number("Time").filter(|time| *time >= LONG_MS && *time >= execution * DOMINATES)?;
        let place =
            trigger.text("Relation").map(|table| format!(" on {}", quoted(table))).unwrap_or_default();
        let calls = count(trigger.number("Calls").unwrap_or(0.0), "call", "calls");
        let sentence =
            format!("{}{place} takes {} of {} in {calls}.", trigger_name(&trigger), ms(time), ms(execution));
        let advice = match trigger.text("Constraint Name") {
            Some(_) => {
                "An index on the columns of the foreign key, in the table that refers to this one, makes the check quick."
            }
            None => "Look at what the trigger does for each row; once for a statement may do.",
        };
        Some(observation(Severity::Warning, 0, sentence, advice))
    };
    tree.whole.objects("Triggers").filter_map(one).collect()
}

fn workers(tree: &Tree) -> Vec<PlanObservation> {
    let one = |(id, node): (usize, &crate::explain::tree::Node)| {
        let (planned, launched) = (node.number("Workers Planned")?, node.number("Workers Launched")?);
        if !is_gather(node) || launched >= planned || node.loops() == Some(0.0) {
            return None;
        }
        let got = if launched == 0.0 { "none".to_owned() } else { number(launched) };
        let sentence =
            format!("{} asked for {} and got {got}.", title(node), count(planned, "worker", "workers"));
        let advice = "Others were using them: see max_parallel_workers and max_worker_processes.";
        Some(observation(Severity::Info, id, sentence, advice))
    };
    tree.all().filter_map(one).collect()
}

/// The topmost of those that were not run; what is below them was not either.
fn never_executed(tree: &Tree) -> Option<PlanObservation> {
    let never = |id: usize| tree.node(id).loops() == Some(0.0);
    let topmost = |id: usize| never(id) && !tree.node(id).parent.is_some_and(never);
    let all: Vec<usize> = (0..tree.len()).filter(|id| never(*id)).collect();
    let first = all.iter().copied().find(|id| topmost(*id))?;
    let others = match all.len() {
        1 => String::new(),
        all_of_them => {
            let share = percent(all_of_them as f64, tree.len() as f64);
            format!(", nor were {} more ({share} of the plan)", number(all_of_them as f64 - 1.0))
        }
    };
    let sentence = format!("{} was never executed{others}.", title(tree.node(first)));
    Some(observation(Severity::Info, first, sentence, ""))
}
