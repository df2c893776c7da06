//! A pattern in words: its short name, and what goes on, for people who did not write the code.

use domain::RepetitionKind;
use sqlparser::ast::Statement;

use super::expressions::{column_name, folded};
use super::keys::{self, Keys};
use super::statement::{Read, read};
use super::{Repeated, insert, pairing};
use crate::sql::{FilterOperator, StatementFacts, StatementKind, TableRef, statement_facts};
use crate::words;

/// Characters of a statement that has no table, in a title.
const SHORT: usize = 60;

pub(super) fn title(statement: &str, varying: &[u32]) -> String {
    let facts = statement_facts(statement);
    let Some(table) = facts.main_table().map(shown) else { return shortened(statement) };
    let subject = match facts.kind {
        StatementKind::Insert => return format!("insert into {table}"),
        StatementKind::Update => format!("update {table}"),
        StatementKind::Delete => format!("delete from {table}"),
        StatementKind::Merge => return format!("merge into {table}"),
        _ => table,
    };
    let columns =
        read(statement, varying).and_then(|read| Some(key_columns(&read, &keys::keys(&read, varying)?)));
    let columns = columns.unwrap_or_default();
    let columns = if columns.is_empty() { filtered(&facts) } else { columns };
    if columns.is_empty() { subject } else { format!("{subject} by {}", columns.join(", ")) }
}

fn shown(table: &TableRef) -> String {
    match &table.schema {
        Some(schema) => format!("{schema}.{}", table.name),
        None => table.name.clone(),
    }
}

fn shortened(statement: &str) -> String {
    let text = statement.split_whitespace().collect::<Vec<_>>().join(" ");
    if text.is_empty() {
        return "empty statement".to_owned();
    }
    match text.char_indices().nth(SHORT) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default().trim_end()),
        None => text,
    }
}

/// The columns that the changing values are compared with.
fn key_columns(read: &Read, Keys { numbers, .. }: &Keys) -> Vec<String> {
    let mut columns = Vec::new();
    for comparison in read.comparisons.iter().filter(|one| numbers.contains(&one.number)) {
        let name = column_name(&comparison.column).map_or_else(|| comparison.column.to_string(), folded);
        if !columns.contains(&name) {
            columns.push(name);
        }
    }
    columns
}

/// Without known keys: what is compared with a value or a list.
fn filtered(facts: &StatementFacts) -> Vec<String> {
    let by = |operator| matches!(operator, FilterOperator::Equal | FilterOperator::In | FilterOperator::Any);
    let mut columns = Vec::new();
    for filter in facts.filters.iter().filter(|filter| filter.required && by(filter.operator)) {
        if !columns.contains(&filter.column.name) {
            columns.push(filter.column.name.clone());
        }
    }
    columns.truncate(3);
    columns
}

pub(super) fn explanation(repeated: &Repeated<'_>) -> String {
    let facts = statement_facts(repeated.statement);
    let subject =
        facts.main_table().map_or_else(|| "the same data".to_owned(), |table| format!("`{}`", shown(table)));
    let times = words::count(repeated.repeats as f64, "time", "times");
    let Some(read) = read(repeated.statement, repeated.varying) else {
        return format!(
            "The same statement on {subject} runs {times} in one unit of work. \
             Its text could not be read in full, so no other is proposed."
        );
    };
    match repeated.kind {
        RepetitionKind::Redundant => format!(
            "{} is asked for {times} in one unit of work, with the same parameters each time. \
             One answer serves them all: ask once and keep it.",
            capital(&subject)
        ),
        RepetitionKind::BulkWrite => written(&facts, &read, &subject, &times, repeated),
        RepetitionKind::NPlusOne => fetched(&read, &subject, &times, repeated),
    }
}

fn fetched(read: &Read, subject: &str, times: &str, repeated: &Repeated<'_>) -> String {
    if keys::takes_lists(read, repeated.varying) {
        return format!(
            "The query on {subject} already takes a list of keys, and runs {times} in one unit of work: \
             these are portions of one list. Larger portions need fewer queries."
        );
    }
    let known = pairing::keys_and_parent(read, repeated.varying, repeated.parent);
    let (keys, parent) = known.map_or((None, None), |(keys, parent)| (Some(keys), parent));
    let columns = quoted(&keys.map(|keys| key_columns(read, &keys)).unwrap_or_default());
    let parent_table = repeated.parent.and_then(|text| statement_facts(text).main_table().map(shown));
    match (parent, parent_table) {
        (Some(parent), Some(table)) => format!(
            "One query fetches `{table}`, then one more runs for each of its rows. \
             The parameter changes every time and follows the parent's `{}`.",
            parent.column.name()
        ),
        (None, Some(table)) => format!(
            "One query fetches `{table}`, then one on {subject} runs {times}, \
             probably once for each of its rows.{}",
            changes(&columns)
        ),
        _ => format!("The same query on {subject} runs {times} in one unit of work.{}", changes(&columns)),
    }
}

fn changes(columns: &str) -> String {
    if columns.is_empty() {
        String::new()
    } else {
        format!(" What changes is {columns}: one query can take all values.")
    }
}

fn written(
    facts: &StatementFacts,
    read: &Read,
    subject: &str,
    times: &str,
    repeated: &Repeated<'_>,
) -> String {
    if insert::writes_many(read) || keys::takes_lists(read, repeated.varying) {
        return format!(
            "The statement already writes many rows of {subject} at once, \
             and runs {times} in one unit of work. Larger portions need fewer statements."
        );
    }
    let (doing, instead) = match facts.kind {
        StatementKind::Insert => {
            ("Rows are inserted into", "One INSERT of many rows does the same in one round trip.")
        }
        StatementKind::Update => {
            ("Rows are updated one by one in", "One UPDATE for all keys does the same in one round trip.")
        }
        StatementKind::Delete => {
            ("Rows are deleted one by one from", "One DELETE for all keys does the same in one round trip.")
        }
        _ => ("One statement at a time writes to", "Written together they need one round trip."),
    };
    let one_by_one = if matches!(read.tree, Statement::Insert(_)) { " one by one" } else { "" };
    format!("{doing} {subject}{one_by_one}, {times} in one unit of work. {instead}")
}

fn quoted(columns: &[String]) -> String {
    match columns {
        [] => String::new(),
        [only] => format!("`{only}`"),
        [first @ .., last] => {
            let first: Vec<String> = first.iter().map(|column| format!("`{column}`")).collect();
            format!("{} and `{last}`", first.join(", "))
        }
    }
}

fn capital(text: &str) -> String {
    let mut characters = text.chars();
    characters
        .next()
        .map(|first| first.to_uppercase().collect::<String>() + characters.as_str())
        .unwrap_or_default()
}
