//! Statements about what a script leaves: invalid indexes of an earlier try, and the proof at the end.

use super::names::{literal, name_literal};
use super::{Statement, StatementKind};

/// An index that is to be there and valid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct Wanted {
    pub schema: Option<String>,
    pub table: String,
    pub index: String,
}

/// Names of indexes and of their tables, as rows of VALUES.
pub(super) fn values(wanted: &[Wanted], indent: &str) -> Vec<String> {
    let rows = wanted.iter().enumerate().map(|(at, one)| {
        let schema = one.schema.as_deref();
        let comma = if at + 1 < wanted.len() { "," } else { "" };
        let (index, table) = (name_literal(schema, &one.index), name_literal(schema, &one.table));
        format!("{indent}({index}, {table}){comma}")
    });
    rows.collect()
}

/// A query that gives a DROP for each of the indexes that a failed try left invalid.
///
/// One that is being built is invalid too. Who may not see the progress of others takes every build for one of these.
pub(in super::super) fn leftovers(wanted: &[Wanted]) -> String {
    let mut lines = vec![
        "SELECT format('DROP INDEX CONCURRENTLY %s', i.indexrelid::regclass) AS left_by_a_failed_try"
            .to_owned(),
        "FROM (VALUES".to_owned(),
    ];
    lines.extend(values(wanted, "    "));
    lines.extend(
        [
            ") AS wanted (index_name, table_name)",
            "JOIN pg_catalog.pg_index i ON i.indexrelid = to_regclass(wanted.index_name)",
            "    AND i.indrelid = to_regclass(wanted.table_name)",
            "JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid AND c.relkind = 'i' AND NOT c.relispartition",
            "WHERE NOT i.indisvalid AND NOT EXISTS (",
            "    SELECT FROM pg_catalog.pg_stat_progress_create_index p",
            "    WHERE p.datname = current_database()",
            "    AND (p.index_relid IS NULL OR p.index_relid = i.indexrelid)",
            ")",
        ]
        .map(str::to_owned),
    );
    lines.join("\n")
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Proof {
    /// Before anything is built: what has one of the names is valid. To wait for a build of the same index would stop
    /// that one: each would wait for the other.
    Ready,
    /// All are there and valid.
    Done,
}

/// Fails with the names of the indexes for which the proof does not hold. IF NOT EXISTS compares no more than names, and
/// takes an invalid index for one that is there.
pub(in super::super) fn check(wanted: &[Wanted], proof: Proof) -> Statement {
    let hint = literal(
        "An invalid index is being built, or was left by a build that failed. Wait for the build, or DROP INDEX \
         CONCURRENTLY it; then run this again.",
    );
    let mut lines: Vec<String> = [
        "DO $check$",
        "DECLARE",
        "    problem text;",
        "BEGIN",
        "    SELECT string_agg(format('%s %s', wanted.index_name, CASE",
        "        WHEN i.indexrelid IS NULL THEN 'is not there'",
        "        WHEN i.indrelid IS DISTINCT FROM to_regclass(wanted.table_name) THEN 'is on another table'",
        "        ELSE 'is invalid' END), '; ')",
        "    INTO problem",
        "    FROM (VALUES",
    ]
    .map(str::to_owned)
    .to_vec();
    lines.extend(values(wanted, "        "));
    lines.push("    ) AS wanted (index_name, table_name)".to_owned());
    let conditions: &[&str] = match proof {
        // The index of a table with partitions is invalid until the last is attached.
        Proof::Ready => &[
            "    JOIN pg_catalog.pg_index i ON i.indexrelid = to_regclass(wanted.index_name)",
            "    JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid",
            "    WHERE c.relkind = 'i' AND NOT i.indisvalid",
        ],
        Proof::Done => &[
            "    LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = to_regclass(wanted.index_name)",
            "    WHERE i.indisvalid IS NOT TRUE",
        ],
    };
    lines.extend(conditions.iter().map(|line| (*line).to_owned()));
    lines.extend(
        [
            "        OR i.indrelid IS DISTINCT FROM to_regclass(wanted.table_name);",
            "    IF problem IS NOT NULL THEN",
        ]
        .map(str::to_owned),
    );
    lines.push(format!("        RAISE EXCEPTION USING MESSAGE = problem, HINT = {hint};"));
    lines.extend(["    END IF;", "END", "$check$"].map(str::to_owned));
    Statement::new(StatementKind::Check, lines)
}
