//! What a statement is to the replay: where transactions begin and end, what reads and what writes, what could be cached.

use crate::sql::{StatementFacts, StatementKind, words};

/// What a statement is to the replay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Opens a transaction.
    Begin,
    /// Ends one.
    End,
    /// Savepoints, settings, connection checks: nothing that an application asked for.
    Control,
    Read(Cacheable),
    /// Changes its tables.
    Write,
    Other,
}

/// Whether an answer may be kept and given again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cacheable {
    Yes,
    Locks,
    Volatile,
    NotRead,
    NoTable,
}

impl Cacheable {
    /// Why not, as the end of a sentence.
    pub(super) fn reason(self) -> Option<&'static str> {
        match self {
            Cacheable::Yes => None,
            Cacheable::Locks => Some("It locks the rows that it reads."),
            Cacheable::Volatile => {
                Some("It calls a function whose answer changes by itself, such as the clock.")
            }
            Cacheable::NotRead => {
                Some("The statement could not be read in full: its tables are not certain.")
            }
            Cacheable::NoTable => Some("It reads no table."),
        }
    }
}

/// `text` is the masked statement.
pub(super) fn role(text: &str, facts: &StatementFacts) -> Role {
    match facts.kind {
        StatementKind::Transaction => transaction(text),
        _ if facts.is_ignorable() => Role::Control,
        StatementKind::Session => Role::Control,
        // A write under WITH makes a reader a writer.
        StatementKind::Select if facts.target.is_some() => Role::Write,
        StatementKind::Select => Role::Read(cacheable(facts)),
        StatementKind::Insert | StatementKind::Update | StatementKind::Delete | StatementKind::Merge => {
            Role::Write
        }
        StatementKind::Utility if changes_rows(text) => Role::Write,
        StatementKind::Utility | StatementKind::Other => Role::Other,
    }
}

fn transaction(text: &str) -> Role {
    let mut words = words(text);
    let (first, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    match (first.as_str(), second.as_str()) {
        ("begin" | "start", _) => Role::Begin,
        ("rollback", "to") => Role::Control,
        ("rollback" | "commit" | "end" | "abort", _) if words.all(|word| word != "to") => Role::End,
        _ => Role::Control,
    }
}

fn changes_rows(text: &str) -> bool {
    let mut words = words(text);
    match words.next().as_deref() {
        Some("truncate" | "alter" | "drop" | "refresh" | "cluster") => true,
        Some("copy") => words.any(|word| word == "from"),
        _ => false,
    }
}

fn cacheable(facts: &StatementFacts) -> Cacheable {
    if facts.for_update {
        Cacheable::Locks
    } else if facts.volatile {
        Cacheable::Volatile
    } else if !facts.parsed {
        Cacheable::NotRead
    } else if facts.tables.is_empty() {
        Cacheable::NoTable
    } else {
        Cacheable::Yes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sql::{mask, statement_facts};

    #[test]
    fn roles() {
        use Cacheable::*;
        let cases = [
            ("BEGIN", Role::Begin),
            ("begin isolation level serializable read only", Role::Begin),
            ("START TRANSACTION", Role::Begin),
            ("COMMIT", Role::End),
            ("END", Role::End),
            ("ROLLBACK", Role::End),
            ("abort work", Role::End),
            ("ROLLBACK TO SAVEPOINT s1", Role::Control),
            ("ROLLBACK WORK TO s1", Role::Control),
            ("SAVEPOINT s1", Role::Control),
            ("RELEASE s1", Role::Control),
            ("SET search_path = a", Role::Control),
            ("SELECT 1", Role::Control),
            ("SELECT * FROM pg_class", Role::Control),
            ("SELECT * FROM orders WHERE id = 5", Role::Read(Yes)),
            ("SELECT * FROM orders FOR UPDATE", Role::Read(Locks)),
            ("SELECT * FROM orders WHERE due < now()", Role::Read(Volatile)),
            ("SELECT * FROM orders WHERE due < CURRENT_DATE", Role::Read(Volatile)),
            ("SELECT \"now\" FROM orders", Role::Read(Yes)),
            ("SELECT 'now()' FROM orders", Role::Read(Yes)),
            ("SELECT * FROM orders WHERE (id", Role::Read(NotRead)),
            ("SELECT abs(-1)", Role::Read(NoTable)),
            ("WITH gone AS (DELETE FROM a RETURNING *) SELECT * FROM gone", Role::Write),
            ("INSERT INTO a VALUES (1)", Role::Write),
            ("TRUNCATE a", Role::Write),
            ("COPY a FROM STDIN", Role::Write),
            ("COPY a TO STDOUT", Role::Other),
            ("VACUUM a", Role::Other),
            ("EXPLAIN SELECT 1", Role::Other),
        ];
        for (sql, expected) in cases {
            assert_eq!(role(&mask(sql.as_bytes()), &statement_facts(sql)), expected, "{sql}");
        }
    }
}
