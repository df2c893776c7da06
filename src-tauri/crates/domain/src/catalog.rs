//! What a database says about its tables and indexes: one reading, on which index advice reasons without the server.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::{Degradation, Timestamp};

/// Partitions of partitions go nowhere near so deep.
const DEEPEST: usize = 1_000;

/// A reading of one database. It holds no value of any row: frequent values are kept as hashes.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Catalog {
    /// [`Catalog::FORMAT`] of the console that read it.
    pub format: u32,
    pub taken_at: Timestamp,
    pub database: String,
    /// `server_version_num`: 150018.
    pub version_number: i32,
    /// "15.18"
    pub version: String,
    /// Schemas in which names without one are looked for, in order; `pg_catalog` and temporary ones left out.
    pub search_path: Vec<String>,
    pub costs: PlannerCosts,
    /// Installed in this database: "pg_trgm".
    pub extensions: Vec<String>,
    /// Could be installed with CREATE EXTENSION.
    pub available_extensions: Vec<String>,
    /// Since when the counters of tables and indexes count, on every server that was asked.
    pub counted_since: Option<Timestamp>,
    pub in_recovery: bool,
    /// Standbys that were connected; absent where the role may not see them.
    pub replicas: Option<u32>,
    /// Of these, the ones that were asked too: scans are then those of all servers that were asked.
    #[serde(default)]
    pub replicas_asked: u32,
    /// It was read from a standby, and the primary was asked too.
    #[serde(default)]
    pub primary_asked: bool,
    pub tables: Vec<CatalogTable>,
    pub views: Vec<CatalogView>,
    /// What could not be read, with the GRANT that mends it.
    pub lacks: Vec<Degradation>,
}

impl Catalog {
    /// Files of another format are refused rather than misread.
    pub const FORMAT: u32 = 1;

    pub fn table(&self, oid: u32) -> Option<&CatalogTable> {
        self.tables.iter().find(|table| table.oid == oid)
    }

    /// Whether partitions, of tables and of indexes, are part of something that is no part of themselves. A server's are; a
    /// file that someone edited may hold a circle, which nobody who follows it comes out of.
    pub fn is_sound(&self) -> bool {
        let indexes = self.tables.iter().flat_map(|table| &table.indexes);
        all_end(self.tables.iter().map(|table| (table.oid, table.parent)))
            && all_end(indexes.map(|index| (index.oid, index.parent)))
    }

    /// Days that the counters have been counting, if that is known.
    pub fn counted_days(&self) -> Option<f64> {
        self.counted_since.map(|since| (self.taken_at.seconds_since(since) / 86_400.0).max(0.0))
    }
}

/// Whether every chain of parents comes to an end.
fn all_end(parts: impl Iterator<Item = (u32, Option<u32>)>) -> bool {
    let parents: HashMap<u32, u32> = parts.filter_map(|(oid, parent)| Some((oid, parent?))).collect();
    parents.keys().all(|start| {
        let chain = std::iter::successors(Some(start), |oid| parents.get(oid));
        chain.take(DEEPEST + 1).count() <= DEEPEST
    })
}

/// The planner's settings that an own estimate follows; PostgreSQL's names and units.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PlannerCosts {
    /// Bytes.
    pub block_size: u32,
    pub seq_page_cost: f64,
    pub random_page_cost: f64,
    pub cpu_tuple_cost: f64,
    pub cpu_index_tuple_cost: f64,
    pub cpu_operator_cost: f64,
    /// Bytes.
    pub effective_cache_size: u64,
    /// Bytes.
    pub work_mem: u64,
}

impl Default for PlannerCosts {
    /// PostgreSQL's defaults.
    fn default() -> PlannerCosts {
        PlannerCosts {
            block_size: 8_192,
            seq_page_cost: 1.0,
            random_page_cost: 4.0,
            cpu_tuple_cost: 0.01,
            cpu_index_tuple_cost: 0.005,
            cpu_operator_cost: 0.0025,
            effective_cache_size: 4 << 30,
            work_mem: 4 << 20,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableKind {
    Table,
    Partitioned,
    Foreign,
    MaterializedView,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CatalogTable {
    pub oid: u32,
    pub schema: String,
    pub name: String,
    pub kind: TableKind,
    pub temporary: bool,
    /// The partitioned table that this one is a partition of.
    pub parent: Option<u32>,
    /// Columns of the partition key, in order; empty for other tables.
    pub partition_key: Vec<String>,
    /// The planner's count; absent for a table that was never analysed. Of a partitioned table the sum of its partitions, as are
    /// its pages, bytes and activity.
    pub rows: Option<f64>,
    pub pages: u64,
    /// Pages whose rows all transactions see: index-only scans skip them.
    pub visible_pages: u64,
    /// Without indexes.
    pub bytes: u64,
    pub columns: Vec<CatalogColumn>,
    pub indexes: Vec<CatalogIndex>,
    pub foreign_keys: Vec<CatalogForeignKey>,
    /// Columns of each `CREATE STATISTICS`.
    pub extended_statistics: Vec<Vec<String>>,
    /// Pairs of columns that were looked at in a sample of the rows.
    #[serde(default)]
    pub dependencies: Vec<ColumnDependency>,
    pub activity: TableActivity,
}

impl CatalogTable {
    pub fn column(&self, name: &str) -> Option<&CatalogColumn> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// How far one column's value follows from another's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnDependency {
    pub from: String,
    pub to: String,
    /// Share of the rows whose value of `from` always comes with the same of `to`, 0 to 1; as PostgreSQL counts the degree of a
    /// functional dependency, of values that more than one row has.
    pub ratio: f64,
    /// Of so many rows.
    pub rows: u64,
}

impl ColumnDependency {
    /// From here on both columns together find hardly fewer rows than the first alone.
    pub const FOLLOWS: f64 = 0.95;

    pub fn follows(&self) -> bool {
        self.ratio >= ColumnDependency::FOLLOWS
    }
}

/// Counted since [`Catalog::counted_since`].
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct TableActivity {
    pub sequential_scans: u64,
    pub sequential_rows: u64,
    pub index_scans: u64,
    pub inserted: u64,
    pub updated: u64,
    /// Updates that touched no index.
    pub hot_updated: u64,
    pub deleted: u64,
    pub last_vacuum: Option<Timestamp>,
    pub last_analyze: Option<Timestamp>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CatalogColumn {
    pub name: String,
    /// As `format_type` writes it: "character varying(80)".
    pub type_name: String,
    /// `pg_type.typcategory`: 'S' text, 'N' number, 'D' date or time, 'B' boolean, 'A' array, 'U' user-defined, …
    pub category: char,
    pub nullable: bool,
    /// Text that is compared byte by byte, so that a plain index serves `LIKE 'x%'`; true where there is no collation.
    pub byte_order: bool,
    /// A default operator class for btree exists, so that it can be ordered.
    pub orderable: bool,
    /// Absent in files of consoles that did not read it yet.
    #[serde(default)]
    pub storage: Option<ColumnStorage>,
    /// Absent where the role may not read the statistics or there are none.
    pub statistics: Option<ColumnStatistics>,
}

/// How values of a column lie in an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnStorage {
    /// `pg_attribute.attlen`: bytes, negative where they vary.
    pub length: i16,
    /// A value begins at a multiple of so many bytes.
    pub alignment: u8,
    /// Equal values are the same to the byte, so that a btree keeps one of them for all its rows (PostgreSQL 13 and later).
    pub deduplicated: bool,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct ColumnStatistics {
    /// Share of NULLs, 0 to 1.
    pub null_ratio: f64,
    /// As `pg_stats.n_distinct`: a count, or negative the share of the rows.
    pub distinct: f64,
    /// Mean width in bytes.
    pub width: f64,
    /// Frequent values, the most frequent first.
    pub common: Vec<CommonValue>,
    /// How the order of the rows on the disk follows this column, -1 to 1.
    pub correlation: Option<f64>,
    /// Borders of equally filled ranges of a number or a time (seconds since 1970); never written into a file.
    #[serde(skip)]
    pub bounds: Vec<f64>,
}

/// A frequent value, recognised by [`value_hash`] of its text.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct CommonValue {
    pub hash: u64,
    /// Share of all rows, 0 to 1.
    pub ratio: f64,
}

/// FNV-1a of a value as PostgreSQL writes it: enough to recognise a constant of a statement, not to learn one.
pub fn value_hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CatalogIndex {
    pub oid: u32,
    /// In the schema of its table.
    pub name: String,
    /// "btree", "gin", …
    pub method: String,
    pub keys: Vec<CatalogIndexKey>,
    pub include: Vec<String>,
    /// As `pg_get_expr` writes it, without outer parentheses.
    pub predicate: Option<String>,
    pub unique: bool,
    pub primary: bool,
    pub exclusion: bool,
    /// The constraint that it belongs to.
    pub constraint: Option<String>,
    pub valid: bool,
    /// A build of it is running.
    pub being_built: bool,
    pub replica_identity: bool,
    /// The index of the partitioned table that it is part of.
    pub parent: Option<u32>,
    pub bytes: u64,
    /// Scans since [`Catalog::counted_since`].
    pub scans: u64,
    /// PostgreSQL 16 and later.
    pub last_scan: Option<Timestamp>,
    /// `pg_get_indexdef`.
    pub definition: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CatalogIndexKey {
    pub column: Option<String>,
    /// As `pg_get_indexdef` writes it, for a key that is no plain column.
    pub expression: Option<String>,
    /// "text_pattern_ops"; absent where it is the type's default.
    pub operator_class: Option<String>,
    /// Absent where it is the column's own.
    pub collation: Option<String>,
    pub descending: bool,
    pub nulls_first: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogForeignKey {
    pub name: String,
    pub columns: Vec<String>,
    pub referenced: u32,
    pub referenced_columns: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatalogView {
    pub schema: String,
    pub name: String,
    /// `pg_get_viewdef`.
    pub definition: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_circle_of_partitions_is_no_catalog() {
        let parts = |parts: &[(u32, Option<u32>)]| all_end(parts.iter().copied());
        assert!(parts(&[]));
        assert!(parts(&[(1, None), (2, Some(1)), (3, Some(2)), (4, Some(99))]));
        assert!(!parts(&[(1, Some(1))]));
        assert!(!parts(&[(1, Some(2)), (2, Some(1)), (3, None)]));
    }

    #[test]
    fn hashes_are_those_of_fnv() {
        for (text, hash) in
            [("", 0xcbf2_9ce4_8422_2325), ("a", 0xaf63_dc4c_8601_ec8c), ("foobar", 0x8594_4171_f739_67e8)]
        {
            assert_eq!(value_hash(text), hash, "{text}");
        }
    }
}
