//! What statements cost with and without an index, by statistics alone: for servers without HypoPG, for kinds of indexes
//! that it does not know, and for advice from a log.
//!
//! The formulas are those of PostgreSQL's costsize.c, cut down to one table at a time: reading all pages, or descending
//! an index and fetching the rows that it names (Mackert and Lohman 1989 for how many pages those are on), then sorting
//! unless the index gives the order. A table that is joined is read once, or looked up for every row of the smaller side.

mod access;
mod model;
mod size;

use domain::{CatalogTable, IndexDefinition, IndexMethod};

use super::selectivity;

pub(super) use model::Model;
pub(super) use size::Size;

/// Bytes of a page.
const PAGE: f64 = 8_192.0;
/// Entries of a document or a text, and bytes of each in an inverted index, which stores equal keys once.
const GIN_KEYS: f64 = 12.0;
const GIN_BYTES: f64 = 3.0;
/// Table pages that one entry of a block range summarises.
const BRIN_PAGES: f64 = 128.0;

pub(super) fn index_size(table: &CatalogTable, definition: &IndexDefinition, share: f64) -> Size {
    let rows = selectivity::rows(table) * share;
    let bytes = match definition.method {
        IndexMethod::Btree => return size::btree(table, definition, share),
        IndexMethod::Gin => (rows * GIN_KEYS * GIN_BYTES).max(PAGE),
        IndexMethod::Brin => ((table.pages as f64 / BRIN_PAGES) * 32.0 + 3.0 * PAGE).max(3.0 * PAGE),
    };
    Size { bytes: bytes as u64, known: false }
}
