//! Tells what drivers and poolers ask for by themselves from what an application asks for.

use sqlparser::ast::{Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, SelectItem};

use super::scope::names;
use super::words::words;

/// What connection checks and drivers call without any table.
const PROBES: &[&str] = &[
    "current_catalog",
    "current_database",
    "current_role",
    "current_schema",
    "current_schemas",
    "current_setting",
    "current_timestamp",
    "current_user",
    "inet_server_addr",
    "now",
    "pg_backend_pid",
    "pg_is_in_recovery",
    "session_user",
    "set_config",
    "user",
    "version",
];

/// Functions that compute one value from many rows.
pub(crate) const AGGREGATES: &[&str] = &[
    "any_value",
    "array_agg",
    "avg",
    "bit_and",
    "bit_or",
    "bool_and",
    "bool_or",
    "count",
    "every",
    "json_agg",
    "json_object_agg",
    "jsonb_agg",
    "jsonb_object_agg",
    "max",
    "min",
    "mode",
    "percentile_cont",
    "percentile_disc",
    "range_agg",
    "stddev",
    "stddev_pop",
    "stddev_samp",
    "string_agg",
    "sum",
    "var_pop",
    "var_samp",
    "variance",
    "xmlagg",
];

/// Functions and words that give another answer without any write, or do something.
const VOLATILE: [&str; 34] = [
    "clock_timestamp",
    "current_date",
    "current_time",
    "current_timestamp",
    "currval",
    "gen_random_uuid",
    "lastval",
    "lo_import",
    "localtime",
    "localtimestamp",
    "nextval",
    "now",
    "pg_advisory_lock",
    "pg_advisory_lock_shared",
    "pg_advisory_unlock",
    "pg_advisory_unlock_all",
    "pg_advisory_unlock_shared",
    "pg_advisory_xact_lock",
    "pg_advisory_xact_lock_shared",
    "pg_notify",
    "pg_sleep",
    "pg_try_advisory_lock",
    "pg_try_advisory_lock_shared",
    "pg_try_advisory_xact_lock",
    "pg_try_advisory_xact_lock_shared",
    "random",
    "setval",
    "statement_timestamp",
    "timeofday",
    "transaction_timestamp",
    "txid_current",
    "uuid_generate_v1",
    "uuid_generate_v4",
    "uuidv7",
];

/// Whether a statement calls one of these.
pub(super) fn volatile(sql: &str) -> bool {
    words(sql).any(|word| VOLATILE.binary_search(&word.as_str()).is_ok())
}

/// Whether an item of a SELECT without FROM is a connection check.
pub(super) fn item(item: &SelectItem) -> bool {
    match item {
        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => probe(expr),
        _ => false,
    }
}

fn probe(expr: &Expr) -> bool {
    match expr {
        Expr::Value(_) => true,
        Expr::Cast { expr, .. } | Expr::Nested(expr) => probe(expr),
        Expr::Identifier(name) => PROBES.contains(&name.value.to_ascii_lowercase().as_str()),
        Expr::Function(function) => named(function, PROBES),
        _ => false,
    }
}

fn named(function: &Function, known: &[&str]) -> bool {
    names(&function.name).pop().is_some_and(|name| known.contains(&name.as_str()))
}

/// Whether an output is computed over many rows: an aggregate that is no window function, however deep.
pub(crate) fn aggregates(expr: &Expr) -> bool {
    match expr {
        Expr::Function(function) => {
            function.over.is_none() && (named(function, AGGREGATES) || arguments(function).any(aggregates))
        }
        Expr::Cast { expr, .. } | Expr::Nested(expr) | Expr::UnaryOp { expr, .. } => aggregates(expr),
        Expr::BinaryOp { left, right, .. } => aggregates(left) || aggregates(right),
        _ => false,
    }
}

fn arguments(function: &Function) -> impl Iterator<Item = &Expr> {
    let list = match &function.args {
        FunctionArguments::List(list) => list.args.as_slice(),
        _ => &[],
    };
    list.iter().filter_map(|argument| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_that_change_by_themselves_are_known_by_name() {
        assert!(VOLATILE.is_sorted());
        for (sql, expected) in [
            ("SELECT * FROM t WHERE due < NOW()", true),
            ("INSERT INTO t VALUES (CURRENT_TIMESTAMP)", true),
            ("SELECT pg_try_advisory_xact_lock($1)", true),
            ("SELECT pg_notify('a', 'b')", true),
            ("SELECT \"now\", 'random()' FROM t", false),
            ("SELECT nowhere FROM t", false),
        ] {
            assert_eq!(volatile(sql), expected, "{sql}");
        }
    }
}
