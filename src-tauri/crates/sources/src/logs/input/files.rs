//! Which files are meant, which belong together, and in which order they are read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::super::error::LogError;
use super::super::format::{LogFormat, SAMPLE_BYTES};
use super::super::parser::Parser;
use super::compression::{Input, unreadable};
use super::reader::ReadOptions;

/// A file of a directory or pattern that is not read, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetAside {
    pub path: PathBuf,
    pub reason: String,
}

/// A file to be read.
#[derive(Debug, Clone)]
pub(super) struct LogFile {
    pub(super) path: PathBuf,
    pub(super) format: LogFormat,
    first_us: i64,
}

/// Files by family, each in the order of time; a family is one log and what it was rotated to.
pub(super) fn families(
    patterns: &[String],
    options: &ReadOptions,
) -> Result<(Vec<Vec<LogFile>>, Vec<SetAside>), LogError> {
    let mut set_aside = Vec::new();
    let mut families: BTreeMap<(PathBuf, String), Vec<LogFile>> = BTreeMap::new();
    let mut named = Vec::new();
    let mut found = Vec::new();
    for pattern in patterns {
        let path = Path::new(pattern);
        if path.is_file() {
            named.push(path.to_owned());
        } else {
            found.extend(matching(pattern, path)?);
        }
    }
    found.sort();
    found.retain(|path| !named.contains(path));
    let twins = twins(&found);
    for (path, must) in
        named.into_iter().map(|path| (path, true)).chain(found.into_iter().map(|path| (path, false)))
    {
        if twins.contains(&path) {
            let reason = "the same records stand beside it in another format".to_owned();
            set_aside.push(SetAside { path, reason });
            continue;
        }
        match examine(&path, options) {
            Ok(file) => families.entry(family(&path)).or_default().push(file),
            Err(error) if must => return Err(error),
            Err(error) => set_aside.push(SetAside { path, reason: error.code().to_owned() }),
        }
    }
    if families.is_empty() {
        return Err(LogError::NothingMatches { pattern: patterns.join(" ") });
    }
    let mut families: Vec<Vec<LogFile>> = families.into_values().collect();
    families.iter_mut().for_each(|family| family.sort_by_key(|file| file.first_us));
    Ok((families, set_aside))
}

fn matching(pattern: &str, path: &Path) -> Result<Vec<PathBuf>, LogError> {
    let nothing = || LogError::NothingMatches { pattern: pattern.to_owned() };
    let paths: Vec<PathBuf> = if path.is_dir() {
        let entries = std::fs::read_dir(path).map_err(|error| unreadable(path, &error))?;
        entries.flatten().map(|entry| entry.path()).collect()
    } else {
        glob::glob(pattern).map_err(|_| nothing())?.flatten().collect()
    };
    let hidden =
        |path: &PathBuf| path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."));
    let files: Vec<PathBuf> = paths.into_iter().filter(|path| path.is_file() && !hidden(path)).collect();
    if files.is_empty() { Err(nothing()) } else { Ok(files) }
}

/// Of records that PostgreSQL wrote as csvlog, jsonlog and stderr side by side one is enough: the first of these.
fn twins(paths: &[PathBuf]) -> Vec<PathBuf> {
    const BETTER: [&str; 3] = ["csv", "json", "log"];
    let mut twins = Vec::new();
    for path in paths {
        let Some(rank) = BETTER.iter().position(|ending| path.extension().is_some_and(|own| own == *ending))
        else {
            continue;
        };
        if BETTER.iter().take(rank).any(|ending| paths.contains(&path.with_extension(ending))) {
            twins.push(path.clone());
        }
    }
    twins
}

/// The name without what rotation and compression add: digits and endings.
fn family(path: &Path) -> (PathBuf, String) {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let plain =
        [".gz", ".zst", ".bz2"].iter().fold(name.as_str(), |name, ending| name.trim_end_matches(ending));
    let kept: String = plain.chars().filter(|char| !char.is_ascii_digit()).collect();
    let kept = kept.trim_end_matches(['.', '-', '_']).to_owned();
    (path.parent().unwrap_or(Path::new("")).to_owned(), kept)
}

fn examine(path: &Path, options: &ReadOptions) -> Result<LogFile, LogError> {
    let mut sample = vec![0; SAMPLE_BYTES];
    let filled = Input::open(path)?.fill(&mut sample).map_err(|error| unreadable(path, &error))?;
    sample.truncate(filled);
    let format = options.detect(&path.display().to_string(), &sample)?;
    let mut parser = Parser::new(&format, options.limits, options.now_us);
    parser.feed(&sample, false, &mut |_| {});
    let first_us = parser.coverage().first_us.unwrap_or(i64::MAX);
    Ok(LogFile { path: path.to_owned(), format, first_us })
}
