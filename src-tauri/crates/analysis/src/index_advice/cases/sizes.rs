//! How large indexes of TPC-H's lineitem become, against what PostgreSQL 15 builds of them.

use domain::*;

use super::fixture::{btree, column, primary, table};
use crate::index_advice::estimate::index_size;

const PAGE: f64 = 8_192.0;

/// As `pg_stats` and `pg_attribute` describe it at scale factor 1.
fn described(name: &str, distinct: f64, width: f64) -> CatalogColumn {
    let (type_name, length, deduplicated) = match name {
        "l_quantity" | "l_discount" | "l_extendedprice" => ("numeric(15,2)", -1, false),
        "l_comment" => ("character varying(44)", -1, true),
        "l_shipmode" | "l_shipinstruct" | "l_returnflag" => ("character(25)", -1, true),
        _ => ("integer", 4, true),
    };
    let frequent = if distinct > 0.0 && distinct < 10.0 { distinct as u64 } else { 0 };
    let value = |hash: u64| CommonValue { hash, ratio: 1.0 / distinct };
    CatalogColumn {
        storage: Some(ColumnStorage { length, alignment: 4, deduplicated }),
        statistics: Some(ColumnStatistics {
            distinct,
            width,
            common: (0..frequent).map(value).collect(),
            ..ColumnStatistics::default()
        }),
        ..column(name, type_name, 'N', distinct)
    }
}

fn lineitem() -> CatalogTable {
    let columns = [
        ("l_orderkey", 380_983.0, 4.0),
        ("l_linenumber", 7.0, 4.0),
        ("l_partkey", 193_794.0, 4.0),
        ("l_suppkey", 9_990.0, 4.0),
        ("l_shipdate", 2_510.0, 4.0),
        ("l_commitdate", 2_458.0, 4.0),
        ("l_receiptdate", 2_518.0, 4.0),
        ("l_quantity", 50.0, 5.0),
        ("l_discount", 11.0, 4.0),
        ("l_extendedprice", -0.122, 8.0),
        ("l_returnflag", 3.0, 2.0),
        ("l_shipmode", 7.0, 11.0),
        ("l_shipinstruct", 4.0, 26.0),
        ("l_comment", -0.147, 27.0),
    ];
    CatalogTable {
        columns: columns.map(|(name, distinct, width)| described(name, distinct, width)).to_vec(),
        indexes: vec![primary(2, "lineitem_pkey", &["l_orderkey", "l_linenumber"])],
        ..table(1, "lineitem", 6_001_469.0, Vec::new())
    }
}

fn definition(keys: &[&str], include: &[&str]) -> IndexDefinition {
    let include = include.iter().map(|name| (*name).to_owned()).collect();
    IndexDefinition { include, ..btree("lineitem", keys) }
}

/// Keys, included columns, pages of the real index.
type Case = (&'static [&'static str], &'static [&'static str], f64);

const BUILT: [Case; 14] = [
    (&["l_partkey"], &[], 5_503.0),
    (&["l_suppkey"], &[], 5_203.0),
    (&["l_shipdate"], &[], 5_212.0),
    (&["l_returnflag"], &[], 5_079.0),
    (&["l_shipmode"], &[], 5_165.0),
    (&["l_shipinstruct"], &[], 5_260.0),
    (&["l_quantity"], &[], 16_480.0),
    (&["l_extendedprice"], &[], 21_983.0),
    (&["l_suppkey", "l_shipdate"], &[], 16_028.0),
    (&["l_orderkey", "l_linenumber"], &[], 16_457.0),
    (&["l_orderkey"], &["l_quantity"], 23_102.0),
    (&["l_shipdate"], &["l_discount", "l_extendedprice", "l_quantity"], 29_711.0),
    (&["l_partkey", "l_suppkey", "l_orderkey"], &["l_discount", "l_extendedprice"], 34_690.0),
    (&["l_shipmode", "l_receiptdate"], &["l_commitdate", "l_orderkey", "l_shipdate"], 36_385.0),
];

#[test]
fn an_index_is_as_large_as_postgresql_builds_it() {
    let table = lineitem();
    let mut wrong = Vec::new();
    for (keys, include, pages) in BUILT {
        let size = index_size(&table, &definition(keys, include), 1.0);
        assert!(size.known, "{keys:?}");
        let ratio = size.bytes as f64 / PAGE / pages;
        if !(0.9..=1.1).contains(&ratio) {
            wrong.push(format!("{keys:?} {include:?}: {ratio:.3} of {pages} pages"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn values_that_depend_on_each_other_are_taken_for_more_than_there_are() {
    // Each part has four suppliers, which no statistics tell: 7,435 pages.
    let size = index_size(&lineitem(), &definition(&["l_partkey", "l_suppkey"], &[]), 1.0);
    assert!(size.bytes as f64 / PAGE > 7_435.0);
}

#[test]
fn a_catalog_that_does_not_tell_how_values_lie_is_no_knowledge() {
    let mut table = lineitem();
    for column in &mut table.columns {
        column.storage = None;
    }
    let size = index_size(&table, &definition(&["l_partkey"], &[]), 1.0);
    assert!(!size.known && size.bytes as f64 / PAGE > 16_000.0);
}
