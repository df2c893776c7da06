//! The statement that creates a dropped index again, from what `pg_get_indexdef` says of it.

use super::{Statement, StatementKind};

struct Parts<'a> {
    /// "CREATE UNIQUE INDEX ".
    head: &'a str,
    /// The index's name, quoted where it must be.
    name: &'a str,
    only: bool,
    /// The table and all that follows.
    rest: &'a str,
}

fn parts(definition: &str) -> Option<Parts<'_>> {
    let definition = definition.trim().trim_end_matches(';');
    let head =
        ["CREATE INDEX ", "CREATE UNIQUE INDEX "].into_iter().find(|head| definition.starts_with(head))?;
    let (head, rest) = definition.split_at_checked(head.len())?;
    let (name, rest) = rest.split_at_checked(name_length(rest)?)?;
    let rest = rest.strip_prefix(" ON ")?;
    let (only, rest) = rest.strip_prefix("ONLY ").map_or((false, rest), |rest| (true, rest));
    Some(Parts { head, name, only, rest })
}

/// Bytes of the name at the start; quotes within a quoted name are doubled.
fn name_length(text: &str) -> Option<usize> {
    let Some(inner) = text.strip_prefix('"') else { return text.find(' ') };
    let mut characters = inner.char_indices().peekable();
    while let Some((index, character)) = characters.next() {
        if character == '"' && characters.next_if(|(_, next)| *next == '"').is_none() {
            return Some(index + 2);
        }
    }
    None
}

/// The index is that of a table with partitions: it and those of the partitions are dropped and created together, and
/// not CONCURRENTLY.
pub(in super::super) fn is_partitioned(definition: &str) -> bool {
    parts(definition).is_some_and(|parts| parts.only)
}

pub(in super::super) fn restore(definition: &str) -> Statement {
    let Some(Parts { head, name, only, rest }) = parts(definition) else {
        let text = definition.trim().trim_end_matches(';').to_owned();
        return Statement::new(StatementKind::CreateAtOnce, [text]);
    };
    let (kind, concurrently) = if only {
        (StatementKind::CreateAtOnce, "")
    } else {
        (StatementKind::CreateConcurrently, "CONCURRENTLY ")
    };
    Statement::new(kind, [format!("{head}{concurrently}IF NOT EXISTS {name}"), format!("ON {rest}")])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_put_in_where_they_belong() {
        let cases = [
            (
                "CREATE INDEX idx_a ON public.t USING btree (a)",
                "CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_a ON public.t USING btree (a)",
            ),
            (
                "CREATE UNIQUE INDEX \"odd \"\" ON ONLY x\" ON s.t USING btree (a) WHERE (b = ' ON ONLY '::text)",
                "CREATE UNIQUE INDEX CONCURRENTLY IF NOT EXISTS \"odd \"\" ON ONLY x\" ON s.t USING btree (a) \
                 WHERE (b = ' ON ONLY '::text)",
            ),
            (
                "CREATE INDEX idx_p ON ONLY s.parent USING btree (a)",
                "CREATE INDEX IF NOT EXISTS idx_p ON s.parent USING btree (a)",
            ),
            ("ALTER TABLE t ADD UNIQUE (a);", "ALTER TABLE t ADD UNIQUE (a)"),
        ];
        for (definition, expected) in cases {
            assert_eq!(restore(definition).one_line(), expected);
        }
        assert!(is_partitioned(cases[2].0) && !is_partitioned(cases[1].0));
    }
}
