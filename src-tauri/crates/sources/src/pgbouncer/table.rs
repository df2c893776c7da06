//! An answer of the admin console: text, read by column name, because columns come and go between versions.

use tokio_postgres::SimpleQueryMessage;

#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<Option<String>>>,
}

/// One row with its columns' names.
#[derive(Clone, Copy)]
pub(super) struct Row<'a> {
    columns: &'a [String],
    values: &'a [Option<String>],
}

/// A column that every supported version has is not there.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the column {0} is missing or not a number")]
pub(super) struct Missing(pub(super) &'static str);

impl Table {
    /// Takes the rows of one answer; whatever else the server says is passed over.
    pub(super) fn new(messages: Vec<SimpleQueryMessage>) -> Table {
        let mut table = Table::default();
        for message in messages {
            match message {
                SimpleQueryMessage::RowDescription(columns) => {
                    table.columns = columns.iter().map(|column| column.name().to_owned()).collect();
                }
                SimpleQueryMessage::Row(row) => {
                    let values = (0..row.len()).map(|at| row.try_get(at).ok().flatten().map(str::to_owned));
                    table.rows.push(values.collect());
                }
                _ => {}
            }
        }
        table
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.rows.iter().map(|values| Row { columns: &self.columns, values })
    }

    /// A table of names and values, as SHOW CONFIG and SHOW LISTS are.
    pub(super) fn named(&self, name_column: &str, name: &str) -> Option<Row<'_>> {
        self.rows().find(|row| row.text(name_column) == Some(name))
    }

    /// Recorded answers for tests: the first line names the columns; `|` separates, an empty field is NULL.
    #[cfg(test)]
    pub(super) fn recorded(text: &str) -> Table {
        let mut lines =
            text.lines().filter(|line| !line.trim().is_empty()).map(|line| line.split('|').map(str::trim));
        let columns = lines.next().into_iter().flatten().map(str::to_owned).collect();
        let value = |field: &str| (!field.is_empty()).then(|| field.to_owned());
        Table { columns, rows: lines.map(|line| line.map(value).collect()).collect() }
    }
}

impl<'a> Row<'a> {
    pub(super) fn text(self, column: &str) -> Option<&'a str> {
        let at = self.columns.iter().position(|name| name == column)?;
        self.values.get(at)?.as_deref()
    }

    pub(super) fn number(self, column: &str) -> Option<f64> {
        self.text(column)?.trim().parse().ok().filter(|number: &f64| number.is_finite())
    }

    pub(super) fn needed(self, column: &'static str) -> Result<f64, Missing> {
        self.number(column).ok_or(Missing(column))
    }

    pub(super) fn needed_text(self, column: &'static str) -> Result<String, Missing> {
        self.text(column).map(str::to_owned).ok_or(Missing(column))
    }
}
