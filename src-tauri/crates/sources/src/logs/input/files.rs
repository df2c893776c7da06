//! Which files are meant, which belong together, and in which order they are read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::super::error::LogError;
use super::super::event::LogEvent;
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

/// Statements and lines that are shown of a file before it is read.
const SHOWN: usize = 5;
const LONGEST_LINE: usize = 300;

/// A file to be read, and what its beginning tells.
#[derive(Debug, Clone)]
pub struct LogFile {
    pub path: PathBuf,
    pub format: LogFormat,
    /// Microseconds since the epoch of its first line.
    pub first_us: Option<i64>,
    /// As it lies on the disk.
    pub bytes: u64,
    pub compressed: bool,
    /// The first statements, as they are.
    pub statements: Vec<Vec<u8>>,
}

/// The files that are meant, in the order in which they are read, without reading more than their beginnings.
///
/// # Errors
/// A file that is named and cannot be read or is no log; a pattern that matches nothing.
pub fn preview(
    patterns: &[String],
    options: &ReadOptions,
) -> Result<(Vec<LogFile>, Vec<SetAside>), LogError> {
    let (families, set_aside) = families(patterns, options)?;
    Ok((families.into_iter().flatten().collect(), set_aside))
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
    families.iter_mut().for_each(|family| family.sort_by_key(|file| file.first_us.unwrap_or(i64::MAX)));
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
    let failed = |error: std::io::Error| unreadable(path, &error);
    let mut sample = vec![0; SAMPLE_BYTES];
    let mut input = Input::open(path, &Arc::default())?;
    let filled = input.fill(&mut sample).map_err(failed)?;
    sample.truncate(filled);
    let format = options.detect(&path.display().to_string(), &sample)?;
    let mut parser = Parser::new(&format, options.limits, options.now_us);
    let mut statements = Vec::new();
    let whole = filled < SAMPLE_BYTES;
    parser.feed(&sample, whole, &mut |event| {
        if let LogEvent::Statement(statement) = event
            && statements.len() < SHOWN
        {
            statements.push(statement.sql.to_vec());
        }
    });
    Ok(LogFile {
        path: path.to_owned(),
        format,
        first_us: parser.coverage().first_us,
        bytes: std::fs::metadata(path).map_err(failed)?.len(),
        compressed: input.is_compressed(),
        statements,
    })
}

/// The first lines of a file that was not recognised, as text; a long line is cut.
pub fn first_lines(path: &Path) -> Vec<String> {
    let mut sample = vec![0; SAMPLE_BYTES];
    let filled = Input::open(path, &Arc::default())
        .and_then(|mut input| input.fill(&mut sample).map_err(|error| unreadable(path, &error)));
    let text = sample.get(..filled.unwrap_or(0)).unwrap_or_default();
    let cut = |line: &[u8]| String::from_utf8_lossy(line.get(..LONGEST_LINE).unwrap_or(line)).into_owned();
    text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).take(SHOWN).map(cut).collect()
}
