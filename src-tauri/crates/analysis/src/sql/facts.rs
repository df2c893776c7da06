//! The facts about a statement that detectors and index advice reason with; they hold no constants.

/// What a statement is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StatementKind {
    Select,
    Insert,
    Update,
    Delete,
    Merge,
    /// BEGIN, COMMIT, ROLLBACK, SAVEPOINT, …
    Transaction,
    /// SET, SHOW, RESET, DISCARD, LISTEN, prepared statements: state of the session.
    Session,
    /// Definitions, maintenance, COPY, EXPLAIN and the like.
    Utility,
    Other,
}

/// A table as a statement names it; names are folded as PostgreSQL folds them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TableRef {
    pub schema: Option<String>,
    pub name: String,
    pub alias: Option<String>,
}

/// A column with the table it belongs to, when the statement says so or has only one table.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ColumnRef {
    /// Index into [`StatementFacts::tables`].
    pub table: Option<usize>,
    pub name: String,
}

/// How a filter compares its column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FilterOperator {
    Equal,
    NotEqual,
    /// `IN (…)` with a list.
    In,
    /// `= ANY(array)`.
    Any,
    /// `IN (SELECT …)`.
    InQuery,
    /// `<`, `<=`, `>`, `>=`, BETWEEN.
    Range,
    /// `LIKE`; whether the pattern begins with a fixed text, when the text shows the pattern.
    Like {
        anchored: Option<bool>,
    },
    /// `ILIKE`, likewise.
    ILike {
        anchored: Option<bool>,
    },
    /// `~`, `~*`, SIMILAR TO.
    Regex,
    IsNull,
    IsNotNull,
    /// A boolean column by itself, or IS TRUE.
    IsTrue,
    IsFalse,
    /// `@>`.
    Contains,
    /// `<@`.
    ContainedBy,
    /// `&&`.
    Overlaps,
    /// `?`, `?|`, `?&`.
    HasKey,
    /// `@@`, `@?`.
    Matches,
    Other,
}

/// What stands on the other side of a filter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FilterValue {
    /// Written into the text: the same in every call, unless the text was masked.
    Constant,
    /// `$1`, `?`, `:name`.
    Parameter,
    /// Anything computed: a function, another column, a subquery.
    Expression,
    /// The operator needs none.
    Nothing,
}

/// A condition on one column.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Filter {
    pub column: ColumnRef,
    pub operator: FilterOperator,
    pub value: FilterValue,
    /// Every row of the result meets it: it is not under OR or NOT.
    pub required: bool,
    /// The column is inside a function, a cast or `->>`: the function's or operator's name (`lower`, `->>`).
    pub wrapped: Option<String>,
}

/// `one = other`, between two tables.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct JoinColumns {
    pub one: ColumnRef,
    pub other: ColumnRef,
}

/// An ORDER BY item that is a column.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Ordering {
    pub column: ColumnRef,
    pub descending: bool,
    /// NULLS FIRST or LAST where the statement says so.
    pub nulls_first: Option<bool>,
}

/// What one reading of a statement tells. Subqueries and CTEs add their tables, filters and joins;
/// order, grouping, limit and projection are those of the outermost query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementFacts {
    pub kind: StatementKind,
    /// A full parse succeeded; otherwise only the kind, the tables and the flags were looked up in the words.
    pub parsed: bool,
    pub tables: Vec<TableRef>,
    pub filters: Vec<Filter>,
    pub joins: Vec<JoinColumns>,
    pub order_by: Vec<Ordering>,
    /// ORDER BY holds something else than plain columns.
    pub order_by_expressions: bool,
    pub group_by: Vec<ColumnRef>,
    pub distinct: bool,
    pub limit: bool,
    pub offset: bool,
    /// Columns selected as they are.
    pub projected: Vec<ColumnRef>,
    /// `*` or `table.*`.
    pub star: bool,
    /// Some output is computed by an aggregate function.
    pub aggregates: bool,
    /// Index of the table that is written.
    pub target: Option<usize>,
    /// Columns that INSERT, UPDATE or MERGE write.
    pub written: Vec<String>,
    /// Rows of VALUES.
    pub rows: usize,
    pub on_conflict: bool,
    pub for_update: bool,
    pub returning: bool,
    /// It calls a function whose answer changes by itself: the clock, a sequence, chance.
    pub volatile: bool,
    /// Nothing that an application asked for: see [`StatementFacts::is_ignorable`].
    pub(super) housekeeping: bool,
}

impl StatementFacts {
    pub(super) fn new(kind: StatementKind) -> Self {
        Self {
            kind,
            parsed: false,
            tables: Vec::new(),
            filters: Vec::new(),
            joins: Vec::new(),
            order_by: Vec::new(),
            order_by_expressions: false,
            group_by: Vec::new(),
            distinct: false,
            limit: false,
            offset: false,
            projected: Vec::new(),
            star: false,
            aggregates: false,
            target: None,
            written: Vec::new(),
            rows: 0,
            on_conflict: false,
            for_update: false,
            returning: false,
            volatile: false,
            housekeeping: false,
        }
    }

    /// Transaction control, session settings, connection checks (`SELECT 1`, `SELECT version()`) and the catalog
    /// queries of drivers: their repetition is no pattern of the application.
    pub fn is_ignorable(&self) -> bool {
        let catalog = |table: &TableRef| {
            matches!(table.schema.as_deref(), Some("pg_catalog" | "information_schema"))
                || (table.schema.is_none() && table.name.starts_with("pg_"))
        };
        match self.kind {
            StatementKind::Transaction | StatementKind::Session => true,
            StatementKind::Select => {
                self.housekeeping || (!self.tables.is_empty() && self.tables.iter().all(catalog))
            }
            _ => false,
        }
    }

    /// The table that the statement is about: the one written, else the first read.
    pub fn main_table(&self) -> Option<&TableRef> {
        self.target.and_then(|index| self.tables.get(index)).or_else(|| self.tables.first())
    }
}
