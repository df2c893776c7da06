//! Bytes of a btree that is built anew, from what statistics know of its columns.
//!
//! The layout is that of PostgreSQL's nbtree: entries of eight bytes and their values, each value where its type may
//! begin, filled up to a multiple of eight; leaves filled to nine tenths, inner pages to seven. From version 13 on the
//! rows of one value share an entry, six bytes for each, unless the index includes columns or a type's equal values may
//! differ (`nbtdedup.c`). HypoPG knows neither this nor short values, and foretells two to seven times the size.

use domain::{CatalogColumn, CatalogTable, ColumnStatistics, IndexDefinition};

use crate::index_advice::needs::Key;
use crate::index_advice::selectivity;

const PAGE: f64 = 8_192.0;
/// Without the page's header and the links to its neighbours.
const USABLE: f64 = PAGE - 24.0 - 16.0;
/// Share of a page that a build leaves free, of leaves and of inner pages.
const LEAF_FREE: f64 = 0.1;
const INNER_FREE: f64 = 0.3;
/// Where an entry lies in its page.
const POINTER: f64 = 4.0;
const HEADER: f64 = 8.0;
/// Header of an entry that holds a NULL.
const NULL_HEADER: f64 = 16.0;
/// One row of an entry that many share, and the largest such entry that a build makes.
const ROW: f64 = 6.0;
const LARGEST_SHARED: f64 = 812.0;
/// What filling up to eight adds on average where lengths vary, as those of values wider than a number do.
const FILLED_UP: f64 = 3.5;
const NARROW: f64 = 12.0;
/// Varying values up to this length need no alignment.
const SHORT: f64 = 126.0;
/// Of an expression's value, which no statistics describe.
const EXPRESSION_WIDTH: f64 = 16.0;
/// A column with so many different values among its rows makes every list of keys unique.
const UNIQUE: f64 = 0.9;

/// What an index takes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::index_advice) struct Size {
    pub(in crate::index_advice) bytes: u64,
    /// Everything that it depends on is known.
    pub(in crate::index_advice) known: bool,
}

pub(super) fn btree(table: &CatalogTable, definition: &IndexDefinition, share: f64) -> Size {
    let rows = (selectivity::rows(table) * share).max(1.0);
    let columns: Vec<Option<&CatalogColumn>> = definition
        .keys
        .iter()
        .map(|key| key.column.as_deref())
        .chain(definition.include.iter().map(|name| Some(name.as_str())))
        .map(|name| name.and_then(|name| table.column(name)))
        .collect();
    let entry = Entry::of(&columns);
    let shared = definition.include.is_empty()
        && columns.iter().all(|column| {
            column.and_then(|column| column.storage).is_some_and(|storage| storage.deduplicated)
        });
    let leaf = if shared {
        groups(table, definition, rows, share).iter().map(|group| group.bytes(entry.bytes())).sum()
    } else {
        rows * (entry.bytes() + POINTER)
    };
    let known = columns
        .iter()
        .all(|column| column.is_some_and(|column| column.storage.is_some() && column.statistics.is_some()));
    Size { bytes: (pages(leaf, entry.bytes()) * PAGE) as u64, known }
}

/// Leaves, the pages that lead to them, and the one that describes the index.
fn pages(leaf_bytes: f64, entry: f64) -> f64 {
    // Every page also holds the border to its neighbour.
    let filled = |free: f64| USABLE - PAGE * free + entry / 2.0 - (entry + POINTER);
    let mut level = (leaf_bytes / filled(LEAF_FREE)).ceil().max(1.0);
    let fanout = (filled(INNER_FREE) / (entry + POINTER)).max(2.0);
    let mut all = level + 1.0;
    while level > 1.0 {
        level = (level / fanout).ceil();
        all += level;
    }
    all
}

/// Mean layout of an entry with one row.
struct Entry {
    width: f64,
    /// No value behind this place lies where it does in every other entry.
    varies: bool,
    /// Lengths vary by more than eight bytes.
    spread: bool,
    /// Share of the entries that hold a NULL.
    nulls: f64,
}

impl Entry {
    fn of(columns: &[Option<&CatalogColumn>]) -> Entry {
        let mut entry = Entry { width: 0.0, varies: false, spread: false, nulls: 0.0 };
        let mut complete = 1.0;
        for column in columns {
            let statistics = column.and_then(|column| column.statistics.as_ref());
            let present = 1.0 - statistics.map_or(0.0, |statistics| statistics.null_ratio);
            complete *= present;
            entry.add(*column, statistics, present);
        }
        entry.nulls = 1.0 - complete;
        entry
    }

    fn add(&mut self, column: Option<&CatalogColumn>, statistics: Option<&ColumnStatistics>, present: f64) {
        let storage = column.and_then(|column| column.storage);
        let length = storage.map(|storage| f64::from(storage.length)).filter(|length| *length > 0.0);
        let told = statistics.map_or(EXPRESSION_WIDTH, |statistics| statistics.width.max(1.0));
        let alignment = storage.map_or(8.0, |storage| f64::from(storage.alignment.max(1)));
        let padded = column.is_some_and(|column| column.type_name.starts_with("character("));
        let (width, aligned) = match length {
            Some(length) => (length, true),
            None if padded => (told, told > SHORT),
            // The server cuts the mean down to whole bytes.
            None => (told + 0.5, told > SHORT),
        };
        if length.is_none() && !padded {
            self.varies = true;
            self.spread |= told > NARROW;
        }
        if aligned && alignment > 1.0 {
            self.width = if self.varies {
                self.width + (alignment - 1.0) / 2.0
            } else {
                (self.width / alignment).ceil() * alignment
            };
        }
        self.width += width * present;
        self.varies |= present < 1.0;
        self.spread |= present < 1.0;
    }

    fn bytes(&self) -> f64 {
        let header = HEADER + self.nulls * (NULL_HEADER - HEADER);
        let bytes = header + self.width;
        let filled = if self.spread { bytes + FILLED_UP } else { up_to_eight(bytes) };
        filled.max(NULL_HEADER)
    }
}

fn up_to_eight(bytes: f64) -> f64 {
    (bytes / 8.0).ceil() * 8.0
}

/// So many values, each of so many rows.
struct Group {
    values: f64,
    rows: f64,
}

impl Group {
    fn bytes(&self, entry: f64) -> f64 {
        self.values * shared_bytes(self.rows, entry)
    }
}

/// What the rows of one value take.
fn shared_bytes(rows: f64, entry: f64) -> f64 {
    let alone = entry + POINTER;
    let most = ((LARGEST_SHARED - entry) / ROW).floor().max(2.0);
    let of = |rows: f64| (entry + ROW * rows + FILLED_UP).min(LARGEST_SHARED) + POINTER;
    let full = (rows / most).floor();
    let rest = rows - full * most;
    let rest = match rest {
        rest if rest <= 0.0 => 0.0,
        rest if rest < 1.0 => rest * alone,
        // Two that share are hardly smaller than two alone.
        rest if rest < 2.0 => alone + (rest - 1.0) * (of(2.0).min(2.0 * alone) - alone),
        rest => of(rest),
    };
    full * (up_to_eight(entry + ROW * most) + POINTER) + rest
}

/// The values of the keys by how many rows have them: frequent ones and NULLs for themselves where there is one key.
fn groups(table: &CatalogTable, definition: &IndexDefinition, rows: f64, share: f64) -> Vec<Group> {
    let keys: Vec<Key> =
        definition.keys.iter().filter_map(|key| key.column.clone().map(Key::Column)).collect();
    let [key] = keys.as_slice() else {
        let values = combined(table, &keys, rows, share);
        return vec![Group { values, rows: rows / values }];
    };
    let values = distinct(table, key);
    let statistics = key.column().and_then(|name| table.column(name)?.statistics.as_ref());
    let mut groups = Vec::new();
    let mut left = (rows, values);
    let frequent = statistics.map_or(&[][..], |statistics| statistics.common.as_slice());
    let nulls = statistics.map_or(0.0, |statistics| statistics.null_ratio);
    for ratio in frequent.iter().map(|value| value.ratio) {
        groups.push(Group { values: 1.0, rows: ratio * rows });
        left = (left.0 - ratio * rows, left.1 - 1.0);
    }
    if nulls > 0.0 {
        groups.push(Group { values: 1.0, rows: nulls * rows });
        left.0 -= nulls * rows;
    }
    if left.0 >= 1.0 {
        let values = remaining(left.1.max(1.0).min(left.0 / share), left.0 / share, share);
        groups.push(Group { values, rows: left.0 / values });
    }
    groups
}

/// Different values of one key. Samples find too few of those whose rows lie together; a unique index on it and another
/// column tells how many there are at least.
fn distinct(table: &CatalogTable, key: &Key) -> f64 {
    let whole = selectivity::rows(table);
    let told = selectivity::distinct(table, key);
    let pairs = table.indexes.iter().filter(|index| index.unique && index.predicate.is_none());
    let others = pairs.filter_map(|index| match index.keys.as_slice() {
        [one, other] if one.column.as_deref() == key.column() => other.column.clone(),
        [other, one] if one.column.as_deref() == key.column() => other.column.clone(),
        _ => None,
    });
    let least = others.map(|other| whole / selectivity::distinct(table, &Key::Column(other)).max(1.0));
    least.fold(told, f64::max).clamp(1.0, whole)
}

/// Different values among a share of the rows.
fn remaining(values: f64, rows: f64, share: f64) -> f64 {
    if share >= 1.0 {
        return values.max(1.0);
    }
    (values * (1.0 - (1.0 - share).powf(rows / values))).max(1.0)
}

/// Different lists of several keys, as if they did not depend on each other: with those that do, more share an entry.
fn combined(table: &CatalogTable, keys: &[Key], rows: f64, share: f64) -> f64 {
    let whole = selectivity::rows(table);
    let each = keys.iter().map(|key| distinct(table, key));
    let (mut product, mut unique) = (1.0_f64, is_unique(table, keys));
    for values in each {
        product = (product * values).min(f64::MAX.sqrt());
        unique |= values >= UNIQUE * whole;
    }
    if unique {
        return rows;
    }
    // So many of all possible lists are there, when rows take theirs by chance.
    let present = product * (1.0 - (-whole / product).exp());
    remaining(present.clamp(1.0, whole), whole, share).min(rows)
}

/// Whether a unique index sees to it.
fn is_unique(table: &CatalogTable, keys: &[Key]) -> bool {
    let holds = |name: Option<&str>| keys.iter().any(|key| key.column() == name);
    table.indexes.iter().any(|index| {
        index.unique
            && index.predicate.is_none()
            && index.keys.iter().all(|key| key.column.is_some() && holds(key.column.as_deref()))
    })
}
