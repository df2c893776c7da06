//! Statements from files, pipes and what was pasted.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use analysis::index_advice::Workload;
use analysis::sql::statements;
use domain::Degradation;

use super::Gathered;
use super::collect::{Collected, Ran};
use crate::EngineError;

/// More is no workload that somebody wrote down.
const LARGEST: usize = 16 << 20;

/// A text of SQL, with as much as is read of it.
pub struct SqlText {
    name: String,
    text: String,
    cut: bool,
}

impl SqlText {
    /// Reads a file.
    ///
    /// # Errors
    /// It is not there or cannot be read.
    pub fn read(path: &Path) -> Result<SqlText, EngineError> {
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let fail = |error| unreadable(&path.display().to_string(), &error);
        SqlText::from(name, File::open(path).map_err(fail)?).map_err(fail)
    }

    /// Reads a pipe to its end; the name is for messages.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn of_pipe(name: &str, pipe: impl Read) -> Result<SqlText, EngineError> {
        SqlText::from(name.to_owned(), pipe).map_err(|error| unreadable(name, &error))
    }

    pub fn pasted(sql: &str) -> SqlText {
        let cut = sql.len() > LARGEST;
        let text = sql.get(..sql.floor_char_boundary(LARGEST)).unwrap_or(sql);
        SqlText { name: "pasted SQL".to_owned(), text: whole(text, cut), cut }
    }

    fn from(name: String, input: impl Read) -> std::io::Result<SqlText> {
        let mut bytes = Vec::new();
        input.take(LARGEST as u64 + 1).read_to_end(&mut bytes)?;
        let cut = bytes.len() > LARGEST;
        bytes.truncate(LARGEST);
        let text = String::from_utf8_lossy(&bytes);
        Ok(SqlText { name, text: whole(&text, cut), cut })
    }
}

/// Without the statement in whose middle the text ends.
fn whole(text: &str, cut: bool) -> String {
    let last = text.rfind(';').filter(|_| cut);
    text.get(..last.unwrap_or(text.len())).unwrap_or_default().to_owned()
}

fn unreadable(name: &str, error: &std::io::Error) -> EngineError {
    EngineError::WorkloadUnreadable { name: name.to_owned(), reason: error.to_string() }
}

/// Every execution counts the same: nothing is known of their times.
pub(in super::super) fn of_texts(texts: &[SqlText]) -> Gathered {
    let mut all = Collected::default();
    for text in texts {
        statements(&text.text).for_each(|sql| all.add(Ran::once(sql)));
    }
    let (statements, seen, left_out) = all.finish();
    Gathered {
        workload: Workload { statements, seconds: None },
        origin: origin(texts),
        seen,
        left_out,
        lacks: texts.iter().filter(|text| text.cut).map(cut).collect(),
    }
}

fn origin(texts: &[SqlText]) -> String {
    match texts {
        [] => "no statements".to_owned(),
        [only] => only.name.clone(),
        [first, rest @ ..] => format!("{} and {} more", first.name, rest.len()),
    }
}

fn cut(text: &SqlText) -> Degradation {
    Degradation {
        code: "workload_cut".to_owned(),
        message: format!("Only the first {} MB of {} were read.", LARGEST >> 20, text.name),
        remedy: Some("Take the statements that matter, or replay a log.".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_within_bounds() {
        let read = SqlText::of_pipe("standard input", &b"SELECT a FROM t; SELECT \xff FROM t"[..]).unwrap();
        let found = of_texts(&[read, SqlText::pasted("SELECT a FROM t")]);
        assert_eq!((found.origin.as_str(), found.seen), ("standard input and 1 more", 2));
        assert_eq!(found.workload.statements[0].calls, 2);
        assert!(found.lacks.is_empty());

        let long = SqlText::of_pipe("dump.sql", std::io::repeat(b'x')).unwrap();
        assert!(long.cut && long.text.len() == LARGEST);
        let long = format!("SELECT 1 FROM t;\n{}", "SELECT b FROM t WHERE c = 'ü';\n".repeat(LARGEST / 30));
        let found = of_texts(&[SqlText::pasted(&long)]);
        assert_eq!(found.workload.statements.len(), 2);
        assert_eq!(found.lacks[0].code, "workload_cut");

        let missing = SqlText::read(Path::new("/nowhere/at/all.sql")).err().unwrap();
        assert_eq!((missing.code(), missing.remedy().is_some()), ("workload_unreadable", true));
        assert!(missing.to_string().contains("/nowhere/at/all.sql"), "{missing}");
    }
}
