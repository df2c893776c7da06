//! Where the advice of `mconsole advise` goes: a report, the script that undoes it, a migration.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use engine::domain::{AdviceFormat, IndexAdvice, ScriptChoice, ScriptKind};
use engine::index_advice::write_script;
use engine::reports::index_advice;

use super::arguments::AdviseArguments;
use crate::console::tell;

pub(super) fn write(arguments: &AdviseArguments, advice: &IndexAdvice) -> Result<()> {
    let text = index_advice::render(advice, AdviceFormat::from(arguments.format))?;
    match &arguments.output {
        Some(path) => write_file(path, &text)?,
        None => {
            // A reader that has seen enough closes the pipe.
            let _ = std::io::stdout().write_all(text.as_bytes());
        }
    }
    if arguments.rollback.is_none() && arguments.migration.is_none() {
        return Ok(());
    }
    let choice = selected(advice);
    if choice == ScriptChoice::default() {
        tell("mconsole: nothing is suggested, so no script is written.");
        return Ok(());
    }
    if let Some(path) = &arguments.rollback {
        let files = index_advice::script(advice, &choice, ScriptKind::RollBack)?;
        write_file(path, &files.into_iter().map(|file| file.contents).collect::<String>())?;
    }
    if let (Some(tool), Some(directory)) = (arguments.migration, &arguments.output_dir) {
        let files = index_advice::script(advice, &choice, ScriptKind::from(tool))?;
        for place in write_script(&files, directory)? {
            tell(&format!("Written to {}", place.display()));
        }
    }
    Ok(())
}

/// What the advice itself selects.
fn selected(advice: &IndexAdvice) -> ScriptChoice {
    ScriptChoice {
        create: advice.create.iter().filter(|one| one.selected).map(|one| one.id.clone()).collect(),
        drop: advice.drop.iter().filter(|one| one.selected).map(|one| one.id.clone()).collect(),
    }
}

fn write_file(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))?;
    tell(&format!("Written to {}", path.display()));
    Ok(())
}
