//! What a script created carries a comment, and the way back drops nothing else: IF EXISTS compares no more than names.

use super::guard::{Wanted, values};
use super::names::{literal, name_literal};
use super::{Statement, StatementKind};

/// Of the session: what had one of the names before anything was created.
const THERE_BEFORE: &str = "mpanel_console.there_before";

/// Notes which indexes are there already, so that only the others are marked.
pub(in super::super) fn note(wanted: &[Wanted]) -> Statement {
    let mut lines = vec![
        "DO $check$".to_owned(),
        "BEGIN".to_owned(),
        format!("    PERFORM set_config('{THERE_BEFORE}', (SELECT array_agg(there.oid)::text FROM ("),
        "        SELECT coalesce(to_regclass(wanted.index_name)::oid, 0) AS oid".to_owned(),
        "        FROM (VALUES".to_owned(),
    ];
    lines.extend(values(wanted, "            "));
    lines.extend(
        ["        ) AS wanted (index_name, table_name)", "    ) AS there), false);", "END", "$check$"]
            .map(str::to_owned),
    );
    Statement::new(StatementKind::Check, lines)
}

/// Marks an index that was not there before.
pub(in super::super) fn mark(schema: Option<&str>, index: &str, mark: &str) -> Statement {
    let name = name_literal(schema, index);
    let lines = [
        "DO $check$".to_owned(),
        "DECLARE".to_owned(),
        format!("    made regclass := to_regclass({name});"),
        "BEGIN".to_owned(),
        format!("    IF made::oid <> ALL (current_setting('{THERE_BEFORE}', true)::oid[]) THEN"),
        format!("        EXECUTE format('COMMENT ON INDEX %s IS %L', made, {});", literal(mark)),
        "    END IF;".to_owned(),
        "END".to_owned(),
        "$check$".to_owned(),
    ];
    Statement::new(StatementKind::Check, lines)
}

/// A query that gives the DROP for an index that carries the mark. One that is attached to another goes with that.
pub(in super::super) fn drop_marked(
    kind: StatementKind,
    schema: Option<&str>,
    index: &str,
    mark: &str,
) -> String {
    let concurrently = if kind == StatementKind::DropConcurrently { "CONCURRENTLY " } else { "" };
    [
        format!("SELECT format('DROP INDEX {concurrently}%s', c.oid::regclass) AS created_by_the_script"),
        "FROM pg_catalog.pg_class c".to_owned(),
        format!("WHERE c.oid = to_regclass({}) AND NOT c.relispartition", name_literal(schema, index)),
        format!("    AND obj_description(c.oid, 'pg_class') = {}", literal(mark)),
    ]
    .join("\n")
}

/// Warns of indexes that have one of the names and stay.
pub(in super::super) fn tell_left(wanted: &[Wanted]) -> Statement {
    let hint = literal("Only what the script created is dropped, and only psql drops it.");
    let mut lines: Vec<String> = [
        "DO $check$",
        "DECLARE",
        "    kept text;",
        "BEGIN",
        "    SELECT string_agg(wanted.index_name, '; ') INTO kept",
        "    FROM (VALUES",
    ]
    .map(str::to_owned)
    .to_vec();
    lines.extend(values(wanted, "        "));
    lines.extend(
        [
            "    ) AS wanted (index_name, table_name)",
            "    WHERE to_regclass(wanted.index_name) IS NOT NULL;",
            "    IF kept IS NOT NULL THEN",
        ]
        .map(str::to_owned),
    );
    lines.push(format!(
        "        RAISE WARNING USING MESSAGE = format('left as they are: %s', kept), HINT = {hint};"
    ));
    lines.extend(["    END IF;", "END", "$check$"].map(str::to_owned));
    Statement::new(StatementKind::Check, lines)
}
