//! Expressions as keys of an index: SQL over the columns of one table that always gives the same.

use sqlparser::ast::{
    BinaryOperator, DataType, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments, TimezoneInfo,
    Value,
};

use super::relations::Place;
use super::walk::Walk;
use super::{Key, Unusable};
use crate::quoting::quoted;
use crate::sql::names;

/// Functions whose result depends on their arguments alone, whatever the session's settings.
const IMMUTABLE: &[&str] = &[
    "abs",
    "btrim",
    "ceil",
    "ceiling",
    "char_length",
    "coalesce",
    "floor",
    "greatest",
    "initcap",
    "least",
    "left",
    "length",
    "lower",
    "lpad",
    "ltrim",
    "md5",
    "mod",
    "nullif",
    "regexp_replace",
    "replace",
    "reverse",
    "right",
    "round",
    "rpad",
    "rtrim",
    "sign",
    "split_part",
    "strpos",
    "substr",
    "substring",
    "trim",
    "trunc",
    "upper",
    "jsonb_extract_path_text",
    "jsonb_extract_path",
    "json_extract_path_text",
    "array_length",
    "cardinality",
    "lower_inf",
    "upper_inf",
];
/// Immutable for every type but one with a time zone.
const WITHOUT_ZONE: &[&str] = &["date_trunc", "date_part", "date", "extract"];

/// Why an expression is no key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum NoKey {
    /// It names no column, or columns of several tables.
    NoColumn,
    /// It would be one, but for this.
    Unusable(usize, Unusable),
}

/// An expression as SQL, with the one table that its columns are of.
struct Written {
    sql: String,
    need: Option<usize>,
    columns: Vec<String>,
    trouble: Option<String>,
}

impl Walk<'_> {
    /// The key that an expression is, with its need.
    pub(super) fn key(&self, expr: &Expr) -> Result<(usize, Key), NoKey> {
        if let Some((need, column)) = self.place(expr) {
            return Ok((need, Key::Column(column)));
        }
        let inner = self.without_idle_casts(expr);
        if let Some((need, column)) = self.place(inner) {
            return Ok((need, Key::Column(column)));
        }
        let written = self.write(inner).ok_or(NoKey::NoColumn)?;
        let need = written.need.ok_or(NoKey::NoColumn)?;
        match written.trouble {
            Some(reason) => Err(NoKey::Unusable(need, Unusable { key: written.sql, reason })),
            None => {
                let mut columns = written.columns;
                columns.sort();
                columns.dedup();
                Ok((need, Key::Expression { sql: written.sql, columns }))
            }
        }
    }

    /// `name::text` of a text column compares as the column itself.
    fn without_idle_casts<'e>(&self, expr: &'e Expr) -> &'e Expr {
        match expr {
            Expr::Nested(inner) => self.without_idle_casts(inner),
            Expr::Cast { expr: inner, data_type, .. } if is_text(data_type) => match self.place(inner) {
                Some(place) if self.category(&place) == Some('S') => inner,
                _ => expr,
            },
            _ => expr,
        }
    }

    fn category(&self, place: &Place) -> Option<char> {
        let table = self.needs.get(place.0).and_then(|need| self.schema.table(need.table))?;
        table.column(&place.1).map(|column| column.category)
    }

    fn has_zone(&self, written: &Written) -> bool {
        let table = written.need.and_then(|need| self.needs.get(need));
        let table = table.and_then(|need| self.schema.table(need.table));
        table.is_some_and(|table| {
            written
                .columns
                .iter()
                .filter_map(|name| table.column(name))
                .any(|column| column.type_name.contains("with time zone"))
        })
    }

    fn write(&self, expr: &Expr) -> Option<Written> {
        match expr {
            Expr::Identifier(_) | Expr::CompoundIdentifier(_) => {
                let (need, column) = self.place(expr)?;
                Some(Written { sql: quoted(&column), need: Some(need), columns: vec![column], trouble: None })
            }
            Expr::Value(value) => match &value.value {
                Value::Placeholder(_) => Some(Written {
                    sql: value.to_string(),
                    need: None,
                    columns: Vec::new(),
                    trouble: Some(
                        "the constant in it is not shown by the log, so the expression is not known"
                            .to_owned(),
                    ),
                }),
                _ => Some(constant(value.to_string())),
            },
            Expr::Nested(inner) => self.write(inner).map(|inner| wrapped(inner, "(", ")")),
            Expr::Cast { expr, data_type, .. } => {
                let inner = self.write(expr)?;
                let zone = self.has_zone(&inner)
                    || matches!(
                        data_type,
                        DataType::Timestamp(_, TimezoneInfo::WithTimeZone | TimezoneInfo::Tz)
                    );
                let steady = !zone && !matches!(data_type, DataType::Regclass) && is_steady(data_type);
                let mut cast = wrapped(inner, "(", &format!(")::{data_type}"));
                if !steady {
                    cast.trouble = Some(unsteady());
                }
                Some(cast)
            }
            Expr::Extract { field, expr, .. } => {
                let inner = self.write(expr)?;
                let zone = self.has_zone(&inner);
                let mut extract = wrapped(inner, &format!("EXTRACT({field} FROM "), ")");
                if zone {
                    extract.trouble = Some(unsteady());
                }
                Some(extract)
            }
            Expr::AtTimeZone { timestamp, time_zone } => {
                let both = joined(self.write(timestamp)?, " AT TIME ZONE ", self.write(time_zone)?)?;
                Some(wrapped(both, "(", ")"))
            }
            Expr::Trim { trim_where: None, trim_what: None, expr, trim_characters: None } => {
                self.write(expr).map(|inner| wrapped(inner, "btrim(", ")"))
            }
            Expr::Substring { expr, substring_from: Some(from), substring_for, .. } => {
                let mut all = joined(self.write(expr)?, ", ", self.write(from)?)?;
                if let Some(length) = substring_for {
                    all = joined(all, ", ", self.write(length)?)?;
                }
                Some(wrapped(all, "substring(", ")"))
            }
            Expr::BinaryOp { left, op, right } if is_steady_operator(op) => {
                let operator = format!(" {op} ");
                let both = joined(self.write(left)?, &operator, self.write(right)?)?;
                Some(wrapped(both, "(", ")"))
            }
            Expr::Function(function) => self.function(function),
            _ => None,
        }
    }

    fn function(&self, function: &Function) -> Option<Written> {
        let name = names(&function.name).pop()?;
        let plain = function.over.is_none() && function.filter.is_none() && function.within_group.is_empty();
        let FunctionArguments::List(list) = &function.args else { return None };
        if !plain || list.duplicate_treatment.is_some() || !list.clauses.is_empty() {
            return None;
        }
        let mut all: Option<Written> = None;
        for argument in &list.args {
            let FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) = argument else { return None };
            let next = self.write(expr)?;
            all = Some(match all {
                Some(before) => joined(before, ", ", next)?,
                None => next,
            });
        }
        let arguments = all?;
        if crate::sql::AGGREGATES.contains(&name.as_str()) {
            return None;
        }
        let zone = self.has_zone(&arguments);
        let mut written = wrapped(arguments, &format!("{name}("), ")");
        if WITHOUT_ZONE.contains(&name.as_str()) {
            if zone {
                written.trouble = Some(unsteady());
            }
        } else if !IMMUTABLE.contains(&name.as_str()) && written.trouble.is_none() {
            written.trouble = Some(format!(
                "`{name}` is not known to give the same result forever, so it may not stand in an index"
            ));
        }
        Some(written)
    }
}

fn unsteady() -> String {
    "it depends on the session's time zone, so it may not stand in an index; compare the column with a range instead"
        .to_owned()
}

fn constant(sql: String) -> Written {
    Written { sql, need: None, columns: Vec::new(), trouble: None }
}

fn wrapped(inner: Written, before: &str, after: &str) -> Written {
    Written { sql: format!("{before}{}{after}", inner.sql), ..inner }
}

/// None where the two are of different tables.
fn joined(left: Written, between: &str, right: Written) -> Option<Written> {
    let need = match (left.need, right.need) {
        (Some(one), Some(other)) if one != other => return None,
        (one, other) => one.or(other),
    };
    let columns = left.columns.into_iter().chain(right.columns).collect();
    Some(Written {
        sql: format!("{}{between}{}", left.sql, right.sql),
        need,
        columns,
        trouble: left.trouble.or(right.trouble),
    })
}

pub(super) fn is_text(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Text | DataType::Varchar(_) | DataType::CharacterVarying(_))
}

/// Casts between numbers and text and the like, which no setting changes.
fn is_steady(data_type: &DataType) -> bool {
    is_text(data_type)
        || matches!(
            data_type,
            DataType::Int(_)
                | DataType::Integer(_)
                | DataType::BigInt(_)
                | DataType::SmallInt(_)
                | DataType::Numeric(_)
                | DataType::Decimal(_)
                | DataType::DoublePrecision
                | DataType::Real
                | DataType::Boolean
                | DataType::Bool
                | DataType::Uuid
                | DataType::JSONB
                | DataType::Date
        )
}

fn is_steady_operator(op: &BinaryOperator) -> bool {
    matches!(
        op,
        BinaryOperator::Plus
            | BinaryOperator::Minus
            | BinaryOperator::Multiply
            | BinaryOperator::Divide
            | BinaryOperator::Modulo
            | BinaryOperator::StringConcat
            | BinaryOperator::Arrow
            | BinaryOperator::LongArrow
            | BinaryOperator::HashArrow
            | BinaryOperator::HashLongArrow
    )
}
