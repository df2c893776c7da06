//! Rows of PostgreSQL as JSON records, column by column.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};
use tokio_postgres::{Row, types::Type};

use crate::data::Moment;

/// One row; a column of a type that the panel does not use reads as null.
pub(super) fn record(row: &Row) -> Value {
    let columns = row.columns().iter().enumerate();
    Value::Object(
        columns
            .map(|(at, column)| (column.name().to_owned(), cell(row, at, column.type_())))
            .collect::<Map<_, _>>(),
    )
}

pub(super) fn records(rows: &[Row]) -> Value {
    Value::Array(rows.iter().map(record).collect())
}

fn cell(row: &Row, at: usize, kind: &Type) -> Value {
    match *kind {
        Type::INT4 => read::<i32>(row, at).into(),
        Type::INT8 => read::<i64>(row, at).into(),
        Type::FLOAT8 => read::<f64>(row, at).into(),
        Type::BOOL => read::<bool>(row, at).into(),
        Type::TEXT | Type::VARCHAR | Type::BPCHAR => read::<String>(row, at).into(),
        Type::TIMESTAMPTZ => read::<SystemTime>(row, at).map(iso).into(),
        _ => Value::Null,
    }
}

fn read<'a, T: tokio_postgres::types::FromSql<'a>>(row: &'a Row, at: usize) -> Option<T> {
    row.try_get::<_, Option<T>>(at).ok().flatten()
}

fn iso(at: SystemTime) -> String {
    let since = at.duration_since(UNIX_EPOCH).unwrap_or_default();
    Moment(since.as_secs() as i64).iso(since.subsec_millis())
}
