//! Every format of the advice as its readers see it, and that no text from outside breaks out of it.

mod fixture;
mod formats;
mod scripts;

use domain::{IndexAdvice, ScriptChoice, ScriptFile, ScriptKind};

/// What the advice selects.
fn choice(advice: &IndexAdvice) -> ScriptChoice {
    let create = advice.create.iter().filter(|one| one.selected).map(|one| one.id.clone());
    let drop = advice.drop.iter().filter(|one| one.selected).map(|one| one.id.clone());
    ScriptChoice { create: create.collect(), drop: drop.collect() }
}

fn scripts(advice: &IndexAdvice, kind: ScriptKind) -> Vec<ScriptFile> {
    super::script(advice, &choice(advice), kind).unwrap()
}

/// Each expected text after the one before.
fn assert_in_order(text: &str, order: &[&str]) {
    let mut rest = text;
    for expected in order {
        let at = rest
            .find(expected)
            .unwrap_or_else(|| panic!("{expected:?} is missing or out of place in\n{text}"));
        rest = &rest[at + expected.len()..];
    }
}
