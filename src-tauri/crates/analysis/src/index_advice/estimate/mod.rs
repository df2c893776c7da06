//! What statements cost with and without an index, by statistics alone: for servers without HypoPG, for kinds of indexes
//! that it does not know, and for advice from a log.
//!
//! The formulas are those of PostgreSQL's costsize.c, cut down to one table at a time: reading all pages, or descending
//! an index and fetching the rows that it names (Mackert and Lohman 1989 for how many pages those are on), then sorting
//! unless the index gives the order. A table that is joined is read once, or looked up for every row of the smaller side.

mod access;
mod model;

use domain::{CatalogTable, IndexDefinition, IndexMethod};

use super::selectivity;

pub(super) use model::Model;

/// Bytes of a page and what of it a new btree fills.
const PAGE: f64 = 8_192.0;
const FILL: f64 = 0.9;
/// Line pointer and tuple header.
const ENTRY_OVERHEAD: f64 = 12.0;
/// Entries of a document or a text, and bytes of each in an inverted index, which stores equal keys once.
const GIN_KEYS: f64 = 12.0;
const GIN_BYTES: f64 = 3.0;
/// Table pages that one entry of a block range summarises.
const BRIN_PAGES: f64 = 128.0;

pub(super) fn index_bytes(table: &CatalogTable, definition: &IndexDefinition, share: f64) -> u64 {
    let rows = selectivity::rows(table) * share;
    let bytes = match definition.method {
        IndexMethod::Btree => {
            let columns = super::definition::columns(definition);
            let expressions = definition.keys.iter().filter(|key| key.column.is_none()).count();
            let width: f64 = columns.iter().map(|column| selectivity::width(table, column)).sum();
            let width = width + expressions as f64 * 16.0;
            let entry = (width / 8.0).ceil() * 8.0 + ENTRY_OVERHEAD;
            let per_page = (PAGE * FILL / entry).floor().max(1.0);
            ((rows / per_page).ceil() + 1.0) * PAGE
        }
        IndexMethod::Gin => (rows * GIN_KEYS * GIN_BYTES).max(PAGE),
        IndexMethod::Brin => ((table.pages as f64 / BRIN_PAGES) * 32.0 + 3.0 * PAGE).max(3.0 * PAGE),
    };
    bytes as u64
}
