//! A repeated statement, read once: its tree, what its placeholders are compared with, and how it is printed.

use sqlparser::ast::{LimitClause, Statement};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;

use super::calls::count_rows;
use super::comparisons::{Comparison, comparisons};
use super::expressions::{column_name, placeholder};
use super::layout::layout;
use super::marks::{Mark, shortened_lists, with_marks};
use super::text;
use crate::sql::{fingerprint, statement_facts};

/// As deep as statements are read elsewhere.
const DEEPEST_NESTING: usize = 40;

pub(super) struct Read {
    pub(super) tree: Statement,
    /// As it stands today, printed as every rewrite is, so that only what changed differs.
    pub(super) before: String,
    /// The same without what masking made invalid.
    pub(super) sql: String,
    /// Numbers that its placeholders `$1`, `$2`, … had.
    pub(super) arguments: Vec<u32>,
    pub(super) comparisons: Vec<Comparison>,
    /// The comments of lists that are shown with their first item only.
    pub(super) lists: Vec<Mark>,
    /// What was taken for granted.
    pub(super) note: Option<&'static str>,
    placeholders: Vec<u32>,
}

/// None for text that is cut off, too long, too deep, of another dialect, or more than one statement.
pub(super) fn read(sql: &str, varying: &[u32]) -> Option<Read> {
    let lists = shortened_lists(sql);
    let printed = |tree: &Statement| layout(&with_marks(&tree.to_string(), &lists));
    let before = printed(&parse(sql)?);
    // A tree that prints another statement was misread.
    if fingerprint(before.as_bytes()) != fingerprint(sql.as_bytes()) {
        return None;
    }
    let tree = parse(&count_rows(sql, varying))?;
    Some(Read::of(tree, before, lists, None))
}

pub(super) fn parse(sql: &str) -> Option<Statement> {
    // Its limits on length and depth are those that keep a tree from overflowing the stack.
    if !statement_facts(sql).parsed {
        return None;
    }
    let dialect = PostgreSqlDialect {};
    let parser = Parser::new(&dialect).with_recursion_limit(DEEPEST_NESTING);
    let mut statements = parser.try_with_sql(sql).ok()?.parse_statements().ok()?;
    let only = statements.pop()?;
    statements.is_empty().then_some(only)
}

impl Read {
    fn of(tree: Statement, before: String, lists: Vec<Mark>, note: Option<&'static str>) -> Self {
        let printed = layout(&with_marks(&tree.to_string(), &lists));
        let (sql, arguments) = text::compacted(&printed);
        let placeholders = text::placeholders(&printed);
        Self { comparisons: comparisons(&tree), tree, before, sql, arguments, lists, note, placeholders }
    }

    /// Without an OFFSET that skips nothing: Prisma writes `OFFSET 0`, and no LIMIT, where it wants all rows.
    pub(super) fn without_offset(mut self, varying: &[u32]) -> Self {
        let Statement::Query(query) = &mut self.tree else { return self };
        let Some(LimitClause::LimitOffset { limit: None, offset: Some(offset), .. }) = &query.limit_clause
        else {
            return self;
        };
        let skips = placeholder(&offset.value).is_none_or(|(number, _)| varying.contains(&number));
        if skips && offset.value.to_string() != "0" {
            return self;
        }
        query.limit_clause = None;
        Self::of(
            self.tree,
            self.before,
            self.lists,
            Some("OFFSET without LIMIT is taken to be 0, and is gone."),
        )
    }

    pub(super) fn highest(&self) -> u32 {
        self.placeholders.iter().copied().max().unwrap_or(0)
    }

    pub(super) fn occurrences(&self, number: u32) -> usize {
        self.placeholders.iter().filter(|one| **one == number).count()
    }

    pub(super) fn comparison(&self, number: u32) -> Option<&Comparison> {
        self.comparisons.iter().find(|comparison| comparison.number == number)
    }

    /// What to call the value of a placeholder: its column, where it has one.
    pub(super) fn value_name(&self, number: u32) -> String {
        let column = self.comparison(number).and_then(|comparison| column_name(&comparison.column));
        let counts = || {
            ["limit", "offset"].into_iter().find(|word| text::follows(&self.tree.to_string(), word, number))
        };
        let name = column.map(|name| name.value.clone()).or_else(|| counts().map(str::to_owned));
        name.unwrap_or_else(|| format!("value{number}"))
    }

    /// What it is about: the table that it names first.
    pub(super) fn subject(&self) -> String {
        let table = statement_facts(&self.sql).main_table().map(|table| table.name.clone());
        table.unwrap_or_else(|| "rows".to_owned())
    }
}

/// What a loop gets for one key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Many,
    One,
    /// What was computed over its rows, none where it has none.
    Total,
    Exists,
}

/// What to write instead, ready to be shown.
#[derive(Clone, Debug)]
pub(super) struct Rewrite {
    pub(super) title: String,
    pub(super) sql: String,
    pub(super) notes: Vec<String>,
    /// Numbers that the placeholders `$1`, `$2`, … had in the statement.
    pub(super) arguments: Vec<u32>,
    /// Columns of the result that tell for which key a row is.
    pub(super) key_columns: Vec<String>,
    pub(super) answer: Answer,
}

impl Rewrite {
    /// `sql` as trees print it, with any numbers.
    pub(super) fn new(title: impl Into<String>, sql: &str) -> Self {
        let (sql, arguments) = text::compacted(sql);
        Self {
            title: title.into(),
            sql: layout(&sql),
            notes: Vec::new(),
            arguments,
            key_columns: Vec::new(),
            answer: Answer::Many,
        }
    }

    pub(super) fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }
}
