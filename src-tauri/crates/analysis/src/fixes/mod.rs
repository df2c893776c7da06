//! What to write instead of a statement that one unit of work repeats: SQL, and frameworks' code.

mod batch;
mod calls;
mod comparisons;
mod delete;
mod existence;
mod expressions;
mod insert;
mod join;
mod keys;
mod layout;
mod lookup;
mod marks;
mod names;
mod outputs;
mod pairing;
mod per_key;
mod plurals;
mod predicates;
mod sides;
mod statement;
mod style;
mod text;
mod update;
mod update_rows;
mod words;
mod written;

#[cfg(test)]
mod cases;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod word_cases;

use domain::{CodeLanguage, Fix, FixStyle, RepetitionKind};

use sqlparser::ast::Statement;
use statement::{Read, Rewrite, read};

use crate::sql::statement_facts;

/// A statement that one unit of work repeats, and what is known about its executions.
#[derive(Clone, Copy, Debug)]
pub struct Repeated<'a> {
    pub kind: RepetitionKind,
    /// As [`crate::sql::mask`] gives it.
    pub statement: &'a str,
    /// Numbers of the placeholders that are known to change from run to run; empty when not known.
    pub varying: &'a [u32],
    /// Masked text of the statement whose rows it was looped over, where one is known.
    pub parent: Option<&'a str>,
    /// Median repeats in one unit of work.
    pub repeats: u64,
}

/// What to write instead, best first; empty where nothing safe can be said.
pub fn fixes(repeated: &Repeated<'_>) -> Vec<Fix> {
    let Some(read) = read(repeated.statement, repeated.varying) else { return Vec::new() };
    match repeated.kind {
        RepetitionKind::NPlusOne => reads(repeated, &read.without_offset(repeated.varying)),
        RepetitionKind::BulkWrite => writes(repeated, &read),
        RepetitionKind::Redundant => once(&read),
    }
}

/// "orders by customer_id": a short name of the pattern.
pub fn title(statement: &str, varying: &[u32]) -> String {
    words::title(statement, varying)
}

/// One to three plain sentences for people; names stand between backticks.
pub fn explanation(repeated: &Repeated<'_>) -> String {
    words::explanation(repeated)
}

fn reads(repeated: &Repeated<'_>, read: &Read) -> Vec<Fix> {
    if !matches!(read.tree, Statement::Query(_)) || keys::takes_lists(read, repeated.varying) {
        return Vec::new();
    }
    let known = pairing::keys_and_parent(read, repeated.varying, repeated.parent);
    let Some((keys, parent)) = known else { return Vec::new() };
    let rewrite = batch::rewrite(read, &keys).or_else(|| per_key::rewrite(read, &keys));
    let joined = parent.as_ref().and_then(|parent| join::rewrite(read, &keys, parent));
    let lookup = lookup::lookup(read, &keys.numbers, parent.as_ref());
    let code = style::reads(read, rewrite.as_ref(), &keys, lookup.as_ref(), parent.as_ref());
    rewrite.iter().chain(&joined).filter_map(|rewrite| sql(read, rewrite)).chain(code).collect()
}

fn writes(repeated: &Repeated<'_>, read: &Read) -> Vec<Fix> {
    if insert::writes_many(read) || keys::takes_lists(read, repeated.varying) {
        return Vec::new();
    }
    let keys = keys::keys(read, repeated.varying);
    let rewrites: Vec<Rewrite> = update::rewrites(read, repeated.varying)
        .into_iter()
        .chain(insert::rewrite(read, repeated.varying))
        .chain(keys.as_ref().and_then(|keys| delete::rewrite(read, keys)))
        .collect();
    let written = written::written(read, keys.as_ref(), repeated.varying);
    let code = written.iter().flat_map(style::writes);
    rewrites.iter().filter_map(|rewrite| sql(read, rewrite)).chain(code).collect()
}

/// A plain read gives the same answer to whoever asks; one that locks or counts up does not.
fn once(read: &Read) -> Vec<Fix> {
    let Statement::Query(query) = &read.tree else { return Vec::new() };
    if !query.locks.is_empty() || statement_facts(&read.sql).volatile || !per_key::may_be_lateral(query) {
        return Vec::new();
    }
    let lookup = lookup::lookup(read, &[], None);
    style::once(read, lookup.as_ref())
}

/// None for what would not be read again.
fn sql(read: &Read, rewrite: &Rewrite) -> Option<Fix> {
    statement::parse(&rewrite.sql)?;
    let mut notes = rewrite.notes.clone();
    notes.extend(read.note.map(str::to_owned));
    if rewrite.arguments.iter().zip(1..).any(|(was, is)| *was != is) {
        notes.push("The parameters are numbered anew.".to_owned());
    }
    Some(Fix {
        style: FixStyle::Sql,
        title: rewrite.title.clone(),
        language: CodeLanguage::Sql,
        before: Some(read.before.clone()),
        code: rewrite.sql.clone(),
        notes,
    })
}
